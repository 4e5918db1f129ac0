"""Slack's limits on what we send, checked by ourselves: the SDK checks some, the server refuses the rest.

Source: Block Kit reference (limits by block and element) and the message size of about 13,000 characters of
text over all blocks.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

BLOCKS = {"message": 50, "modal": 100, "home": 100}
TOTAL_TEXT = 13_000
TEXT = {
    "header": 150,
    "section": 3_000,
    "markdown": 12_000,
    "button": 75,
    "value": 2_000,
    "field": 2_000,
    "label": 2_000,
    "option": 75,
    "option value": 150,
}
MANY = 100
OPTIONS = {"overflow": 5, "checkboxes": 10, "radio_buttons": 10}
COUNT = {
    "fields": 10,
    "actions": 25,
    "context": 10,
    "context_actions": 5,
    "table_rows": 100,
    "table_columns": 20,
}
CONFIRM = {"title": 100, "text": 300, "confirm": 30, "deny": 30}
MODAL = {"title": 24, "submit": 24, "close": 24}
ID = 255
PRIVATE_METADATA = 3_000
STATUSES = frozenset({"pending", "in_progress", "complete", "error"})
CONTEXT_ACTIONS = frozenset({"feedback_buttons", "icon_button"})
FORBIDDEN = {
    "message": {"input"},
    "modal": {"table", "task_card", "plan", "context_actions"},
    "home": {"table", "task_card", "plan", "context_actions"},
}

Json = Mapping[str, Any]


def faults(blocks: Sequence[Json], *, surface: str = "message", text: str | None = "") -> list[str]:
    """Every limit these blocks break, in sentences; empty when Slack would take them."""
    found = [*_count("blocks", len(blocks), BLOCKS[surface])]
    found += [
        f"a {block['type']} block cannot be in a {surface}"
        for block in blocks
        if block["type"] in FORBIDDEN[surface]
    ]
    found += _duplicates("block_id", [block["block_id"] for block in blocks if "block_id" in block])
    for block in blocks:
        found += _duplicates(
            "action_id", [each["action_id"] for each in _elements(block) if "action_id" in each]
        )
        found += _block(block)
    found += _count("characters in all", sum(map(len, _texts(list(blocks)))), TOTAL_TEXT)
    if surface == "message" and not text:
        found.append("a message needs top-level text")
    return found


def view_faults(view: Json) -> list[str]:
    """The limits of a modal or a Home view: its blocks, its titles, its metadata."""
    found = faults(view["blocks"], surface=view["type"], text=None)
    for name, most in MODAL.items():
        if name in view:
            found += _length(name, view[name]["text"], most)
    return [*found, *_length("private_metadata", view.get("private_metadata", ""), PRIVATE_METADATA)]


def _block(block: Json) -> Iterator[str]:
    kind = block["type"]
    yield from _length("block_id", block.get("block_id", ""), ID)
    if kind in {"header", "section"} and "text" in block:
        yield from _length(kind, block["text"]["text"], TEXT[kind])
    if kind == "markdown":
        yield from _length(kind, block["text"], TEXT[kind])
    if kind == "section":
        yield from _section(block)
    if kind in {"actions", "context", "context_actions"}:
        yield from _count(f"{kind} elements", len(block["elements"]), COUNT[kind])
    if kind in SPECIAL:
        yield from SPECIAL[kind](block)
    for element in _elements(block):
        yield from _element(element)


def _input(block: Json) -> Iterator[str]:
    if "label" not in block:
        yield "an input needs a label"
    yield from _length("label", block.get("label", {}).get("text", ""), TEXT["label"])
    yield from _length("hint", block.get("hint", {}).get("text", ""), TEXT["label"])


def _context_actions(block: Json) -> Iterator[str]:
    for each in block["elements"]:
        if each["type"] not in CONTEXT_ACTIONS:
            yield f"a {each['type']} cannot be in context_actions"


def _section(block: Json) -> Iterator[str]:
    if "text" not in block and not block.get("fields"):
        yield "a section needs text or fields"
    yield from _count("fields", len(block.get("fields", ())), COUNT["fields"])
    for field in block.get("fields", ()):
        yield from _length("field", field["text"], TEXT["field"])


def _table(block: Json) -> Iterator[str]:
    yield from _count("table rows", len(block["rows"]), COUNT["table_rows"])
    if not block["rows"]:
        yield "a table needs a row"
    for row in block["rows"]:
        yield from _count("table columns", len(row), COUNT["table_columns"])
        if any(cell["type"] == "raw_text" and not cell["text"] for cell in row):
            yield "a table cell is empty"


def _plan(block: Json) -> Iterator[str]:
    yield from _length("header", block["title"], TEXT["header"])
    yield from _duplicates("task_id", [each["task_id"] for each in block["tasks"]])
    for each in block["tasks"]:
        if each["status"] not in STATUSES:
            yield f"a task cannot be {each['status']}"


SPECIAL: Mapping[str, Callable[[Json], Iterator[str]]] = {
    "table": _table,
    "input": _input,
    "plan": _plan,
    "context_actions": _context_actions,
}


def _element(element: Json) -> Iterator[str]:
    yield from _length("action_id", element.get("action_id", ""), ID)
    if element["type"] == "feedback_buttons":
        for each in (element["positive_button"], element["negative_button"]):
            yield from _length("button", each["text"]["text"], TEXT["button"])
            yield from _length("value", each["value"], TEXT["value"])
            yield from _length("accessibility_label", each.get("accessibility_label", ""), TEXT["button"])
    if "options" in element:
        yield from _options(element)
    if element["type"] == "button":
        yield from _length("button", element["text"]["text"], TEXT["button"])
        yield from _length("value", element.get("value", ""), TEXT["value"])
    for name, text in element.get("confirm", {}).items():
        if name in CONFIRM:
            yield from _length(f"confirm {name}", text["text"], CONFIRM[name])


def _options(element: Json) -> Iterator[str]:
    most = OPTIONS.get(element["type"], MANY)
    yield from _count("options", len(element["options"]), most)
    if not element["options"]:
        yield "a choice needs an option"
    for each in element["options"]:
        yield from _length("option", each["text"]["text"], TEXT["option"])
        yield from _length("option value", each["value"], TEXT["option value"])


def _elements(block: Json) -> list[Json]:
    inside = [*block.get("elements", ())] if block["type"] != "context" else []
    return inside + [block[name] for name in ("element", "accessory") if name in block]


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, Mapping):
        if isinstance(value.get("text"), str):
            yield value["text"]
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, (list, tuple)):
        for each in value:
            yield from _texts(each)


def _length(what: str, text: str, most: int) -> Iterator[str]:
    if len(text) > most:
        yield f"{what} has {len(text)} characters; Slack takes {most}"
    if not text and what in {"header", "section", "button", "field"}:
        yield f"{what} is empty"


def _count(what: str, number: int, most: int) -> Iterator[str]:
    if number > most:
        yield f"{number} {what}; Slack takes {most}"


def _duplicates(what: str, ids: Sequence[str]) -> list[str]:
    return [
        f"{what} {each!r} is used twice" for each in sorted({each for each in ids if ids.count(each) > 1})
    ]
