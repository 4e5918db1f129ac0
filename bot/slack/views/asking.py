"""Modals that take a request: a slash command's fields, and a question about a message."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.slack import ids
from bot.slack.escape import clip
from bot.slack.views import forms
from bot.slack.views.pieces import Block, context

QUESTION = "clearance_question"
MESSAGE = 3_000  # characters of a message that a request can begin with


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One input of a command's modal. `said` puts what was filled in into words, in place of `{}`."""

    name: str
    label: str
    said: str = "{}"
    several: bool = False
    optional: bool = False
    hint: str = ""
    file: bool = False

    @property
    def block(self) -> str:
        """The name of its input."""
        return f"clearance_{self.name}"


def form(title: str, fields: Sequence[Field], where: dict[str, object]) -> Block:
    """A command's fields."""
    return forms.modal(ids.FORM, title, "Prepare", [_field(each) for each in fields], where)


def about(text: str, where: dict[str, object]) -> Block:
    """A request about a message: its words are there to begin with, and to be changed."""
    blocks = [
        forms.line(
            QUESTION,
            "What should I answer or prepare?",
            several=True,
            most=MESSAGE,
            least=2,
            initial=clip(text, MESSAGE),
        ),
        context("I answer in that message's thread. Nothing is changed before it is cleared."),
    ]
    return forms.modal(ids.ASKED_ABOUT, "Ask Clearance", "Ask", blocks, where)


def _field(each: Field) -> Block:
    if each.file:
        return forms.attachment(each.block, each.label, optional=each.optional, hint=each.hint)
    return forms.line(
        each.block,
        each.label,
        several=each.several,
        most=MESSAGE if each.several else 200,
        optional=each.optional,
        hint=each.hint,
    )
