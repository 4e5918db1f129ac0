"""Making a message fit: fewer rows and shorter paragraphs, never a message that Slack refuses whole."""

from collections.abc import Iterator
from typing import Any

from bot.slack.escape import clip

BLOCKS = 50
TEXT = 12_500  # a little under what Slack takes of a message's blocks together

Block = dict[str, Any]


def fitted(blocks: list[Block]) -> list[Block]:
    """The same blocks, cut until they are within Slack's limits for one message."""
    kept = blocks if len(blocks) <= BLOCKS else [*blocks[: BLOCKS - 1], blocks[-1]]
    while (over := weight(kept) - TEXT) > 0:
        heaviest = max(range(len(kept)), key=lambda at: weight([kept[at]]))
        shorter = _shorter(kept[heaviest], over)
        if shorter == kept[heaviest]:
            kept = kept[:heaviest] + kept[heaviest + 1 :]
        else:
            kept = [*kept[:heaviest], shorter, *kept[heaviest + 1 :]]
    return kept


def weight(blocks: list[Block]) -> int:
    """Characters of text in these blocks together."""
    return sum(len(text) for text in _texts(blocks))


def _shorter(block: Block, over: int) -> Block:
    if block["type"] == "table" and len(block["rows"]) > 2:  # noqa: PLR2004 (the head and one row stay)
        return {**block, "rows": block["rows"][: max(2, len(block["rows"]) - 1 - over // 400)]}
    if block["type"] == "section" and "text" in block:
        text = block["text"]["text"]
        shorter = clip(text, max(200, len(text) - over))
        return {**block, "text": {**block["text"], "text": shorter}}
    return block


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("text"), str):
            yield value["text"]
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)
