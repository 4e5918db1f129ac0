"""Replies made of what is at hand: which of several, not built yet, how a call may be repaired."""

import re
from collections.abc import Mapping

from bot.assistant.model import Call, Step
from bot.assistant.resolution import Doubt
from bot.assistant.turn import Turn
from bot.assistant.understood import understood
from bot.assistant.utterance import Choice, Reply
from tools.errors import InvalidArguments
from tools.registry import Registry, Tool

REPAIRS = 5  # offered as buttons
LABEL = 75  # letters on a button


def which(tool: Tool, call: Call, doubt: Doubt) -> Reply:
    """The question which of several names is meant."""
    args = {name: value for name, value in call.args.items() if name != doubt.argument}
    return Reply(
        outcome="asked",
        text=doubt.question,
        understood=understood(tool, args),
        tool=tool.name,
        args=args,
        choices=tuple(Choice(label=each[:LABEL], text=each) for each in doubt.candidates),
    )


def not_yet(tool: Tool, call: Call, registry: Registry) -> Reply:
    """What to say of a tool that is not built, with what can be asked on the same subject today."""
    available = registry.available()
    alike = [
        each for each in available if each.subject == tool.subject and each.returns == "answer"
    ] or available
    choices = tuple(Choice(label=each.examples[0][:LABEL], text=each.examples[0]) for each in alike[:3])
    words = tool.name.replace("_", " ")
    text = (
        f"I understand, but I can't {words} yet. Here is what I can do today:"
        if choices
        else f"I can't {words} yet."
    )
    return Reply(outcome="declined", text=text, understood=understood(tool, call.args), choices=choices)


def refused(call: Call, why: str) -> Step:
    """A call that was not made, as a step that a model reads."""
    return Step(tool=call.tool, args=call.args, result=why, call_id=call.call_id, failed=True)


def tried_twice(turn: Turn, call: Call) -> bool:
    """Whether a model has repaired this call twice already."""
    return sum(each.failed and each.tool == call.tool for each in turn.steps) >= 2  # noqa: PLR2004 (repairs are tried twice)


def repairs(error: InvalidArguments, said: str, args: Mapping[str, object]) -> tuple[Choice, ...]:
    """The request again with each of the values that would be right."""
    return tuple(
        Choice(label=each[:LABEL], text=repaired(said, args, each, error.on))
        for each in error.choices[:REPAIRS]
    )


def repaired(said: str, args: Mapping[str, object], choice: str, wrong: str = "") -> str:
    """The request with the wrong value replaced by the choice, when the value stands in it; else both.

    `wrong` is what the error is about: with it no other value is taken for the wrong one.
    """
    texts = [each for each in args.values() if isinstance(each, str) and each]
    blamed = [each for each in texts if each.casefold() in wrong.casefold()] if wrong else texts
    for value in blamed or filter(None, [wrong]):
        shape = re.compile(rf"(?<!\w){re.escape(value)}(?!\w)", re.IGNORECASE)
        if shape.search(said):
            return shape.sub(lambda _: choice, said, count=1)
    return f"{said} {choice}"
