"""From a guess to a decision: call it, ask between two, or say it is not for us. Changes need more than reads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from bot.assistant.offline.classifier import NOWHERE, Guess
from bot.assistant.offline.learning import Learnt
from bot.assistant.offline.mood import Mood
from tools.registry import Tool

DECISIVE = 3  # tools looked at


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Where certainty begins. Similarities are cosines, the rest probabilities."""

    similar: float = 0.2  # to the nearest example, below which it is not for us
    nobodys: float = 0.5  # that it is not for us at all
    read: float = 0.3  # to answer at once
    change: float = 0.5  # to prepare a change
    lead: float = 0.08  # over the second reading


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do: `call` the first tool, `ask` between the tools, or `decline` and show them as suggestions."""

    kind: Literal["call", "ask", "decline"]
    tools: tuple[Tool, ...]
    certainty: float = 0.0


def decide(
    guess: Guess,
    mood: Mood,
    tools: Mapping[str, Tool],
    learnt: Learnt,
    limits: Thresholds,
    *,
    may_change: bool,
) -> Decision:
    """The decision for one request."""
    fitting = _fitting(guess, mood, tools, learnt, may_change=may_change)
    nearest = _by_similarity(guess, tools)
    if not fitting or _elsewhere(guess, limits, fitting):
        return Decision("decline", tuple(nearest[:DECISIVE]))
    certainty, best = fitting[0]
    second = fitting[1][0] if len(fitting) > 1 else 0.0
    enough = limits.change if best.returns == "plan" else limits.read
    if certainty >= enough and certainty - second >= limits.lead:
        return Decision("call", (best,), certainty)
    return Decision("ask", tuple(tool for _, tool in fitting[:2]), certainty)


def orders(tool: Tool, mood: Mood, learnt: Learnt) -> bool:
    """Whether the words order, in the affirmative, what this tool does."""
    return mood.act == "order" and bool(mood.ordered & learnt.verbs.get(tool.name, frozenset()))


def _fitting(
    guess: Guess, mood: Mood, tools: Mapping[str, Tool], learnt: Learnt, *, may_change: bool
) -> Sequence[tuple[float, Tool]]:
    """Tools by probability among those the mood allows: no change without its order."""
    found: list[tuple[float, Tool]] = []
    for name, probability in guess.ranked:
        tool = tools.get(name)
        if tool is None:
            continue
        if tool.returns == "plan" and not (may_change and orders(tool, mood, learnt)):
            continue
        found.append((probability, tool))
    return found


def _elsewhere(guess: Guess, limits: Thresholds, fitting: Sequence[tuple[float, Tool]]) -> bool:
    if guess.probability(NOWHERE) >= limits.nobodys:
        return True
    return guess.nearest.get(fitting[0][1].name, 0.0) < limits.similar


def _by_similarity(guess: Guess, tools: Mapping[str, Tool]) -> list[Tool]:
    names = sorted((name for name in guess.nearest if name in tools), key=lambda each: -guess.nearest[each])
    return [tools[each] for each in names]
