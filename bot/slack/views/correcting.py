"""“That was wrong”: the modal that asks what should have been understood."""

from collections.abc import Sequence

from bot.slack import ids
from bot.slack.views import forms
from bot.slack.views.pieces import Block, context, section
from tools.registry import Tool

MEANT, WORDS = "clearance_meant", "clearance_words"
NONE = "-"


def correct(likely: Sequence[Tool], where: dict[str, object]) -> Block:
    """Ask for the tool that was meant, among the likeliest, and for words about it."""
    options = [(each.name, f"{_name(each)}: {each.description}") for each in likely]
    blocks = [
        section("Noted, thank you. Tell me what you meant and it becomes a test that I have to pass."),
        forms.pick(MEANT, "What did you mean?", [*options, (NONE, "Something else")]),
        forms.line(WORDS, "What was wrong, or missing?", several=True, optional=True),
        context("Addresses are not kept."),
    ]
    return forms.modal(ids.CORRECTED, "That was wrong", "Send", blocks, where)


def _name(tool: Tool) -> str:
    return tool.name.replace("_", " ").capitalize()
