"""An answer or a question in the thread: text, tables, citations, where figures come from, what is next."""

from collections.abc import Sequence

from bot import wording
from bot.assistant.utterance import Choice, Reply
from bot.slack import ids
from bot.slack.escape import mrkdwn
from bot.slack.views.pieces import (
    Block,
    Message,
    actions,
    bold,
    button,
    context,
    message,
    section,
    sections,
    tables,
)
from tools.answer import Answer, Citation, Evidence

CHOICES = 8
VALUE = 2_000


def reply(said: Reply) -> Message:
    """A reply that is no card: the words, then the answer's parts, then buttons for what one may say next."""
    text = said.text or (said.answer.text if said.answer else said.understood)
    return message(
        text or "I have nothing to add.", _blocks(said, text, simple=False), _blocks(said, text, simple=True)
    )


def _blocks(said: Reply, text: str, *, simple: bool) -> list[Block]:
    blocks = (
        [context(f"Understood: {said.understood}")] if said.understood and said.outcome != "asked" else []
    )
    blocks += sections(text or "I have nothing to add.")
    if said.answer is not None:
        blocks += _answer(said.answer, simple=simple)
    return blocks + choices(_next(said))


def _answer(answer: Answer, *, simple: bool) -> list[Block]:
    blocks = tables(answer.tables, simple=simple)
    blocks += [section(_citation(each)) for each in answer.citations[:5]]
    if answer.evidence:
        blocks.append(context(*(_evidence(each) for each in answer.evidence[:5])))
    return blocks


def _citation(each: Citation) -> str:
    stale = " (overdue for review)" if each.stale else ""
    reviewed = f", reviewed {each.last_reviewed}{stale}" if each.last_reviewed else stale
    return f"> {mrkdwn(each.quote)}\n{bold(f'{each.title} › {each.heading}')} {mrkdwn(each.path + reviewed)}"


def _evidence(each: Evidence) -> str:
    source = wording.NAMES.get(each.source, each.source)
    note = f" {each.note}" if each.note else ""
    return f"{source}, read {wording.moment(each.as_of)}, {each.count:,} rows: {each.query}{note}"


def _next(said: Reply) -> Sequence[Choice]:
    if said.choices or said.answer is None:
        return said.choices
    return tuple(Choice(label=step, text=step) for step in said.answer.next_steps)


def choices(offered: Sequence[Choice]) -> list[Block]:
    """Buttons under a question; pressing one is saying its text. One whose text is too long is left out."""
    fit = [each for each in offered if each.text and len(each.text) <= VALUE][:CHOICES]
    made = [button(f"{ids.CHOICE}_{at}", each.label or each.text, each.text) for at, each in enumerate(fit)]
    return [actions(*made)] if made else []


def chosen(blocks: list[Block], label: str, who: str) -> list[Block]:
    """The question after somebody pressed a button: the buttons make room for what was chosen."""
    kept = [block for block in blocks if block.get("type") != "actions"]
    return [*kept, context(f"{who} chose “{label}”.")]
