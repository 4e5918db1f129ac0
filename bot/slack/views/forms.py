"""The inputs of modals, each within Slack's limits; `bot.slack.given` reads them back by the same names."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime

from bot.slack.escape import clip, plain
from bot.slack.views.pieces import Block

OPTIONS = 100
BOXES = 10


def modal(
    callback: str, title: str, submit: str, blocks: Sequence[Block], where: Mapping[str, object]
) -> Block:
    """A modal. `where` travels along as ids: what was pressed and on which message."""
    return {
        "type": "modal",
        "callback_id": callback,
        "private_metadata": json.dumps(where, separators=(",", ":")),
        "title": text(clip(title, 24)),
        "submit": text(clip(submit, 24)),
        "close": text("Back"),
        "blocks": list(blocks),
    }


def line(  # noqa: PLR0913 (each is one property of Slack's input)
    name: str,
    label: str,
    *,
    least: int = 0,
    most: int = 500,
    several: bool = False,
    optional: bool = False,
    initial: str = "",
    hint: str = "",
) -> Block:
    """A line of text, or several."""
    element: Block = {
        "type": "plain_text_input",
        "action_id": name,
        "multiline": several,
        "max_length": most,
    }
    if least:
        element["min_length"] = least
    if initial:
        element["initial_value"] = clip(initial, most)
    return _input(name, label, element, optional=optional, hint=hint)


def number(name: str, label: str, *, most: int, hint: str = "") -> Block:
    """A whole number from 1, or nothing."""
    element: Block = {
        "type": "number_input",
        "action_id": name,
        "is_decimal_allowed": False,
        "min_value": "1",
        "max_value": str(max(most, 1)),
    }
    return _input(name, label, element, optional=True, hint=hint)


def boxes(name: str, label: str, options: Sequence[tuple[str, str]]) -> Block:
    """Boxes to tick, all ticked at first: (value, label) each."""
    made = [_option(value, shown) for value, shown in options[:BOXES]]
    element: Block = {"type": "checkboxes", "action_id": name, "options": made, "initial_options": made}
    return _input(name, label, element, optional=False, hint="")


def pick(
    name: str, label: str, options: Sequence[tuple[str, str]], *, initial: str = "", optional: bool = False
) -> Block:
    """One of a list: (value, label) each."""
    made = [_option(value, shown) for value, shown in options[:OPTIONS]]
    element: Block = {"type": "static_select", "action_id": name, "options": made}
    for each, (value, _) in zip(made, options, strict=False):
        if value == initial:
            element["initial_option"] = each
    return _input(name, label, element, optional=optional, hint="")


def person(name: str, label: str) -> Block:
    """One person of the workspace."""
    return _input(name, label, {"type": "users_select", "action_id": name}, optional=False, hint="")


def attachment(name: str, label: str, *, optional: bool = False, hint: str = "") -> Block:
    """One CSV or XLSX file."""
    element: Block = {
        "type": "file_input",
        "action_id": name,
        "filetypes": ["csv", "xlsx"],
        "max_files": 1,
    }
    return _input(name, label, element, optional=optional, hint=hint)


def moment(name: str, label: str, initial: datetime) -> Block:
    """A day and a time of day; Slack shows them in the reader's own zone."""
    element: Block = {
        "type": "datetimepicker",
        "action_id": name,
        "initial_date_time": int(initial.timestamp()),
    }
    return _input(name, label, element, optional=False, hint="")


def text(shown: str) -> Block:
    """Plain text as Slack wants it in titles and labels."""
    return {"type": "plain_text", "text": plain(shown)}


def _input(name: str, label: str, element: Block, *, optional: bool, hint: str) -> Block:
    made: Block = {
        "type": "input",
        "block_id": name,
        "label": text(clip(label, 150)),
        "element": element,
        "optional": optional,
    }
    return {**made, "hint": text(clip(hint, 150))} if hint else made


def _option(value: str, label: str) -> Block:
    return {"text": text(clip(label, 75)), "value": clip(value, 150)}
