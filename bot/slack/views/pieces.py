"""The few kinds of block we use, each cut to Slack's limits and free of foreign markup."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from bot.slack import ids
from bot.slack.escape import clip, mrkdwn, plain
from bot.slack.views.fit import fitted
from tools.answer import Table

Block = dict[str, object]
CELL = 120  # characters of one table cell: wide tables are unreadable long before Slack refuses them
ROWS = 20  # rows of a table shown in a message; the file has the rest
COLUMNS = 20
TABLES = 10
MOST = 13_000  # characters that one message can show at all


@dataclass(frozen=True, slots=True)
class Message:
    """One message: text for notifications, the blocks, and blocks for a Slack that refuses newer kinds."""

    text: str
    blocks: list[Block]
    simple: list[Block]


def message(text: str, blocks: list[Block], simple: list[Block] | None = None) -> Message:
    """A message whose top-level text is made harmless and short enough for a notification."""
    return Message(
        clip(mrkdwn(text[:MOST]), 600), fitted(blocks), fitted(blocks if simple is None else simple)
    )


def words(text: str) -> Message:
    """A message of text alone."""
    return message(text, sections(text))


def bold(text: str) -> str:
    """Data in bold, already escaped."""
    return f"*{mrkdwn(text)}*"


def header(text: str) -> Block:
    """A title."""
    return {"type": "header", "text": {"type": "plain_text", "text": clip(plain(text), 150), "emoji": False}}


def section(markup: str) -> Block:
    """A paragraph of markup that is ours; foreign text in it has gone through `mrkdwn`."""
    return {"type": "section", "text": _markup(clip(markup, 3_000))}


def sections(text: str) -> list[Block]:
    """Plain text of any length as paragraphs that each fit."""
    return [section(mrkdwn(part)) for part in _parts(clip(text, MOST), 2_400)]


def titled(title: str, lines: Iterable[str], *, most: int = 16) -> list[Block]:
    """A bold title over a list of lines of data; nothing when there are none."""
    listed = list(lines)
    if not listed:
        return []
    shown = [f"• {mrkdwn(line)}" for line in listed[:most]]
    if len(listed) > most:
        shown.append(f"… and {len(listed) - most} more")
    return [section("\n".join([bold(title), *shown]))]


def fields(pairs: Sequence[tuple[str, str]]) -> Block:
    """Up to ten labelled values side by side."""
    shown = [_markup(clip(f"{bold(label)}\n{mrkdwn(value)}", 2_000)) for label, value in pairs[:10] if value]
    return {"type": "section", "fields": shown}


def context(*texts: str) -> Block:
    """Small print."""
    return {
        "type": "context",
        "elements": [_markup(clip(mrkdwn(text), 1_500)) for text in texts[:10] if text],
    }


def table(columns: Sequence[str], rows: Sequence[Sequence[str | int | float]]) -> Block:
    """A table: the first row is the head; long cells are cut, long tables end early."""
    head = [{"type": "raw_text", "text": _cell(each)} for each in columns[:COLUMNS]]
    body = [[{"type": "raw_text", "text": _cell(each)} for each in row[:COLUMNS]] for row in rows[:ROWS]]
    return {"type": "table", "rows": [head, *body]}


def table_lines(columns: Sequence[str], rows: Sequence[Sequence[str | int | float]]) -> list[Block]:
    """The same table as paragraphs, for a Slack that has no tables."""
    lines = [
        " · ".join(f"{name}: {_cell(cell)}" for name, cell in zip(columns, row, strict=False))
        for row in rows[:ROWS]
    ]
    return titled(" / ".join(columns), lines[:ROWS], most=ROWS) if lines else []


def tables(found: Sequence[Table], *, simple: bool = False) -> list[Block]:
    """Tables with their titles, and how many rows are not shown."""
    blocks: list[Block] = []
    for each in found[:TABLES]:
        if not each.rows:
            continue
        blocks += table_lines(each.columns, each.rows) if simple else [table(each.columns, each.rows)]
        cut = f" The first {ROWS} of {len(each.rows):,} rows." if len(each.rows) > ROWS else ""
        blocks.append(context(f"{each.title}.{cut}"))
    return blocks


def plan_of_steps(title: str, steps: Sequence[tuple[str, str]]) -> Block:
    """Steps with their states, as Slack shows work that goes on."""
    tasks = [
        {"type": "task_card", "task_id": f"step-{at}", "title": clip(plain(step), 150), "status": state}
        for at, (step, state) in enumerate(steps, 1)
    ]
    return {"type": "plan", "title": clip(plain(title), 150), "tasks": tasks}


def feedback(up: str, down: str) -> Block:
    """Thumbs under an answer; each carries ids of what it is about."""
    element = {
        "type": "feedback_buttons",
        "action_id": ids.FEEDBACK,
        "positive_button": _thumb("That helped", up, "This answer helped"),
        "negative_button": _thumb("That was wrong", down, "This answer was wrong, or of no help"),
    }
    return {"type": "context_actions", "elements": [element]}


def feedback_plain(up: str, down: str) -> Block:
    """The same as ordinary buttons, for a Slack that has no thumbs."""
    made = (
        button(f"{ids.FEEDBACK}_up", "That helped", up),
        button(f"{ids.FEEDBACK}_down", "That was wrong", down),
    )
    return actions(*made)


def _thumb(label: str, value: str, spoken: str) -> Block:
    shown = {"type": "plain_text", "text": label}
    return {"text": shown, "value": value, "accessibility_label": spoken}


def button(action: str, label: str, value: str, *, style: str = "", confirm: Block | None = None) -> Block:
    """A button; `value` is ids only."""
    made: Block = {
        "type": "button",
        "action_id": action,
        "text": {"type": "plain_text", "text": clip(plain(label), 75), "emoji": False},
        "value": value,
    }
    return {**made, **({"style": style} if style else {}), **({"confirm": confirm} if confirm else {})}


def confirm(title: str, text: str, yes: str, no: str = "Not yet") -> Block:
    """The question before a button counts."""
    return {
        "title": {"type": "plain_text", "text": clip(plain(title), 100)},
        "text": {"type": "plain_text", "text": clip(plain(text), 300)},
        "confirm": {"type": "plain_text", "text": clip(yes, 30)},
        "deny": {"type": "plain_text", "text": clip(no, 30)},
    }


def actions(*buttons: Block) -> Block:
    """A row of buttons."""
    return {"type": "actions", "elements": list(buttons)}


def _markup(text: str) -> Block:
    # verbatim: Slack turns no bare URL, channel or name in it into a link
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def _cell(value: str | float) -> str:
    text = f"{value:,}" if isinstance(value, int | float) and not isinstance(value, bool) else str(value)
    return clip(plain(text[: 4 * CELL]).replace("\n", " "), CELL) or "—"


def _parts(text: str, most: int) -> Iterator[str]:
    rest = text.strip()
    while len(rest) > most:
        cut = max(rest.rfind("\n", 0, most), rest.rfind(" ", 0, most))
        cut = cut if cut > most // 2 else most
        yield rest[:cut].strip()
        rest = rest[cut:].strip()
    if rest:
        yield rest
