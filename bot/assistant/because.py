"""“Why?”: the clause, the vetoes and the evidence behind the last thing done in a thread."""

import csv
import io
import math
import re

from bot.engine.cards import PlanCard
from tools.answer import Answer, Evidence, File
from tools.rules.stack import title

_HELD = r"left|skipped|refused|excluded|spared|kept|vetoed|veto|held back|passed over|not touched|untouched"
_WHY = re.compile(
    r"(?:but |and |ok |so )?"
    r"(?:why(?: not| so| that| is that| was that| is it| does it say that)?|how come|"
    r"how do you know(?: that)?|"
    r"where (?:does|do) (?:that|this|it|these|those)(?: numbers?| figures?)? come from|"
    r"says who|source|what is that based on|what's that based on|"
    r"why (?:did|do|have|would) (?:you|we|it) "
    r"(?:leave|left|skip|skipped|refuse|refused|exclude|spare|keep|not)\b.*|"
    r"why (?:were|was|are|is|did|does|do|has|have) (?:not )?"
    r"(?:some|they|those|these|many|so many|\d+|she|he|it|that one|this one|\S+@\S+)\b.*"
    rf"(?:{_HELD})\b.*)[?!. ]*",
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


def how_long(card: PlanCard) -> str:
    """What a run is expected to take, vendor by vendor; one begins when it is cleared."""
    lines = [
        f"{title(each.system)}: about {each.calls:,} calls, {max(1, math.ceil(each.minutes)):,} min"
        for each in card.header.cost
        if each.calls
    ]
    state = card.header.state.replace("_", " ")
    begins = " It begins once it is cleared." if state == "pending" else ""
    return "\n".join(
        [f"{card.header.id} is {state}. Expected of a run:{begins}", *(lines or ["next to nothing"])]
    )


def taken_back(card: PlanCard) -> str:
    """How a request is taken back that nobody wants any more."""
    header = card.header
    if header.state.startswith("landed"):
        return f"{header.id} has landed; “undo {header.id}” prepares the way back."
    if header.state != "pending":
        return f"{header.id} is {header.state}."
    return f"Nothing has run. {header.id} waits until somebody decides, or you press Withdraw on its card."


def of_person(rows: File, address: str) -> list[str]:
    """What the file of all rows says of one person: each row's operation, system and reason."""
    lines = csv.DictReader(io.StringIO(rows.content.decode("utf-8-sig")))
    mine = [each for each in lines if each["person"].casefold() == address.casefold()]
    told = dict.fromkeys(f"{each['system']}, {each['what happens']}: {each['reason']}" for each in mine)
    if not told:
        return [f"No row names {address}; whoever is left alone in every system stands there by record only."]
    return [f"{address} in this plan:", *list(told)[:SHOWN]]


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
