"""“Why?”: the clause, the vetoes and the evidence behind the last thing done in a thread."""

import re

from bot.engine.cards import PlanCard
from tools.answer import Answer, Evidence

_WHY = re.compile(
    r"(?:but |and |ok |so )?"
    r"(?:why(?: not| so| that| is that| was that| is it| does it say that)?|how come|"
    r"how do you know(?: that)?|"
    r"where (?:does|do) (?:that|this|it|these|those)(?: numbers?| figures?)? come from|"
    r"says who|source|what is that based on|what's that based on|"
    r"why (?:did|do|have|would) (?:you|we|it) "
    r"(?:leave|left|skip|skipped|refuse|refused|exclude|spare|keep|not)\b.*|"
    r"why (?:were|was|are|is) (?:some|they|those|these|many|so many|\d+)\b.*"
    r"(?:left|skipped|refused|excluded|spared|kept|vetoed)\b.*)[?!. ]*",
    re.IGNORECASE,
)
SHOWN = 5


def asks_why(text: str) -> bool:
    """Whether nothing is asked but the reason."""
    return bool(_WHY.fullmatch(text.strip()))


def of_plan(card: PlanCard) -> str:
    """Why a plan waits or was refused, and why rows were left out."""
    header = card.header
    state = header.state.replace("_", " ")
    lines = [f"{header.id} is {state} under clause {card.clause}: {card.clause_text}".rstrip(": ")]
    for code, number in sorted(header.vetoes.items(), key=lambda each: -each[1])[:SHOWN]:
        lines.append(f"{number:,} refused: {card.veto_texts.get(code, code.replace('_', ' '))}")
    return "\n".join([*lines, *_sources(header.evidence)])


def of_answer(answer: Answer) -> str:
    """Where an answer's figures come from."""
    lines = _sources(answer.evidence) or ["Nothing was read from a vendor for that."]
    quoted = [f"{each.title} › {each.heading}: “{each.quote}”" for each in answer.citations[:SHOWN]]
    return "\n".join(["I read it again just now.", *lines, *quoted])


def _sources(evidence: tuple[Evidence, ...]) -> list[str]:
    return [
        f"From {each.source}: {each.query} — {each.count:,} rows, as of {each.as_of:%d %b %Y %H:%M} UTC"
        + (f" ({each.note})" if each.note else "")
        for each in evidence[:SHOWN]
    ]
