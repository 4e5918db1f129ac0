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
    feedback,
    feedback_plain,
    message,
    section,
    sections,
    tables,
)
from tools.answer import Answer, Citation, Evidence

CHOICES = 8
VALUE = 2_000
RUNBOOKS = "search_runbooks"
SECTION = 700  # characters of a section in an answer; the button shows the whole
SECTIONS = 3
NOTHING = "I have nothing to add."


def reply(said: Reply, *, turn: int = 0) -> Message:
    """A reply that is no card: the words, then the answer's parts, then buttons for what one may say next.

    `turn` is the exchange's key: with it, people can say what they thought of it and see whole sections.
    """
    text = said.text or (said.answer.text if said.answer else said.understood)
    rich, plain = (_blocks(said, text, turn, simple=simple) for simple in (False, True))
    return message(text or NOTHING, rich, plain)


def whole(cited: Citation) -> Message:
    """A section in full, as it stands on its page."""
    return message(
        f"{cited.title} › {cited.heading}",
        [section(_source(cited)), *sections(cited.text or cited.quote)],
    )


def _blocks(said: Reply, text: str, turn: int, *, simple: bool) -> list[Block]:
    blocks = (
        [context(f"Understood: {said.understood}")] if said.understood and said.outcome != "asked" else []
    )
    blocks += sections(_start(said, text) or NOTHING)
    if said.answer is not None:
        blocks += _answer(said.answer, simple=simple)
    if turn and said.answer is not None:
        blocks += _whole_sections(said, text, turn)
    blocks += choices(_next(said))
    return blocks + (_thumbs(said, turn, simple=simple) if turn and said.outcome != "asked" else [])


def _answer(answer: Answer, *, simple: bool) -> list[Block]:
    blocks = tables(answer.tables, simple=simple)
    blocks += [section(_citation(each)) for each in answer.citations[:5]]
    if answer.evidence:
        blocks.append(context(*(_evidence(each) for each in answer.evidence[:5])))
    return blocks


def _start(said: Reply, text: str) -> str:
    """The text; of a long section its first paragraphs."""
    if said.tool != RUNBOOKS or len(text) <= SECTION:
        return text
    cut = max(text.rfind("\n", 0, SECTION), text.rfind(". ", 0, SECTION) + 1)
    return f"{text[: cut if cut > SECTION // 3 else SECTION].rstrip()} …"


def _whole_sections(said: Reply, text: str, turn: int) -> list[Block]:
    """Buttons for the sections that the answer shows in part."""
    if said.tool != RUNBOOKS or said.answer is None:
        return []
    cited = [each for each in said.answer.citations[:SECTIONS] if each.text]
    if said.answer.facts.get("outcome") == "answer":
        cited = cited[:1] if len(text) > SECTION else []
    made = [
        button(f"{ids.SECTION}_{at}", _called(each, alone=len(cited) == 1), f"t.{turn}.{at}")
        for at, each in enumerate(cited)
    ]
    return [actions(*made)] if made else []


def _called(cited: Citation, *, alone: bool) -> str:
    return "Show the section" if alone else f"Show “{cited.heading or cited.title}”"


def _thumbs(said: Reply, turn: int, *, simple: bool) -> list[Block]:
    cited = said.answer.citations[0] if said.answer and said.answer.citations else None
    page = (cited.path, cited.heading or cited.title, cited.quote) if cited else ("", "", "")
    up, down = (ids.Thumb(way, f"t.{turn}", *page).value() for way in ids.WAYS)
    return [feedback_plain(up, down) if simple else feedback(up, down)]


def _citation(each: Citation) -> str:
    return f"> {mrkdwn(each.quote)}\n{_source(each)}"


def _source(each: Citation) -> str:
    stale = " (overdue for review)" if each.stale else ""
    reviewed = f", reviewed {each.last_reviewed}{stale}" if each.last_reviewed else stale
    return f"{bold(f'{each.title} › {each.heading}')} {mrkdwn(each.path + reviewed)}"


def _evidence(each: Evidence) -> str:
    source = wording.NAMES.get(each.source, each.source)
    note = f" {each.note}" if each.note else ""
    return f"{source}, read {wording.moment(each.as_of)}, {each.count:,} rows: {each.query}{note}"


def _next(said: Reply) -> Sequence[Choice]:
    if said.choices or said.answer is None:
        return said.choices
    doing = "Do it: " if said.tool == RUNBOOKS else ""
    return tuple(Choice(label=f"{doing}{step}", text=step) for step in said.answer.next_steps)


def choices(offered: Sequence[Choice]) -> list[Block]:
    """Buttons under a question; pressing one is saying its text. One whose text is too long is left out."""
    fit = [each for each in offered if each.text and len(each.text) <= VALUE][:CHOICES]
    made = [button(f"{ids.CHOICE}_{at}", each.label or each.text, each.text) for at, each in enumerate(fit)]
    return [actions(*made)] if made else []


def chosen(blocks: list[Block], label: str, who: str) -> list[Block]:
    """The question after somebody pressed a button: the choices make room for what was chosen."""
    return [*(block for block in blocks if not _offers(block)), context(f"{who} chose “{label}”.")]


def _offers(block: Block) -> bool:
    elements = block.get("elements")
    if block.get("type") != "actions" or not isinstance(elements, list):
        return False
    return any(ids.CHOICE_PATTERN.match(str(each.get("action_id", ""))) for each in elements)
