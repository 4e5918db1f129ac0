"""From a guess to a decision: call it, ask between two, or decline. Changes need more than reads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from bot.assistant.offline.classifier import NOWHERE, Guess
from bot.assistant.offline.features import concepts
from bot.assistant.offline.fitting import (
    TOPICAL,
    Manners,
    corrected,
    fit,
    foreign_topics,
    named_topics,
    topic_fit,
)
from bot.assistant.offline.mood import Mood
from bot.assistant.offline.reading import Reading
from tools.registry import Tool

SUGGESTIONS = 3
RIVALS = 0.03  # probability from which another change is a rival
AUTOMATIC = frozenset({"c_agent", "c_schedule"})
CLOSER = 0.9  # an example of another change may not be nearer than this allows


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Where certainty begins. Similarity is a cosine, the rest are probabilities."""

    similar: float = 0.2  # to the nearest example, below which it is not for us
    nobodys: float = 0.5  # that it is not for us at all
    read: float = 0.3  # to answer at once
    change: float = 0.5  # to prepare a change
    lead: float = 0.08  # over the second reading


@dataclass(frozen=True, slots=True)
class Decision:
    """`call` the first tool, `ask` between the tools, or `decline` and show them as suggestions."""

    kind: Literal["call", "ask", "decline"]
    tools: tuple[Tool, ...]
    certainty: float = 0.0


@dataclass(frozen=True, slots=True)
class Heard:
    """One request as it was heard: its values, its mood, its attachments, whether it may change anything."""

    reading: Reading
    mood: Mood
    files: Sequence[str] = ()
    may_change: bool = True


def decide(
    guess: Guess, heard: Heard, tools: Mapping[str, Tool], manners: Manners, limits: Thresholds
) -> Decision:
    """The decision for one request."""
    if heard.mood.act == "statement" and heard.mood.negated:
        return Decision("decline", tuple(_nearest(guess, tools)[:SUGGESTIONS]))
    ranked = rank(guess.ranked, heard, tools, manners)
    fitting = [(share, tools[name]) for name, share in ranked if name in tools and share > 0]
    nobodys = dict(ranked).get(NOWHERE, 0.0)
    if not fitting or nobodys >= limits.nobodys or guess.nearest[fitting[0][1].name] < limits.similar:
        return Decision("decline", tuple(_nearest(guess, tools)[:SUGGESTIONS]))
    certainty, best = fitting[0]
    if best.returns == "plan" and heard.mood.conditional and not AUTOMATIC & concepts(heard.reading.masked):
        return Decision("ask", (best,), certainty)  # nobody here waits for a condition but a standing agent
    second = max(fitting[1][0] if len(fitting) > 1 else 0.0, nobodys)
    enough = limits.change if best.returns == "plan" else limits.read
    rival = _rival(best, [tool for share, tool in fitting[1:] if share >= RIVALS], guess, heard, manners)
    if certainty >= enough and certainty - second >= limits.lead and rival is None:
        return Decision("call", (best,), certainty)
    return Decision("ask", (best, rival) if rival else tuple(tool for _, tool in fitting[:2]), certainty)


def _rival(best: Tool, others: Sequence[Tool], guess: Guess, heard: Heard, manners: Manners) -> Tool | None:
    """Another change that these words order too, by a nearer example or by a topic the best does not know."""
    if best.returns != "plan":
        return None
    changes = [each for each in others if each.returns == "plan"]
    foreign = foreign_topics(named_topics(heard.reading, heard.mood, manners), manners[best.name])
    for each in changes:
        if any(manners[each.name].topics.get(topic, 0.0) >= TOPICAL for topic in foreign):
            return each
        if guess.nearest[each.name] > guess.nearest[best.name] / CLOSER:
            return each
    return None


def rank(
    ranked: Sequence[tuple[str, float]],
    heard: Heard,
    tools: Mapping[str, Tool],
    manners: Manners,
) -> list[tuple[str, float]]:
    """Labels by probability, corrected by mood and values; tools that cannot be meant have none left."""
    named = named_topics(heard.reading, heard.mood, manners)
    factors = {
        name: fit(tool, heard.reading, heard.mood, manners[name], manners.specific, heard.files)
        * topic_fit(named, manners[name], changes=tool.returns == "plan")
        for name, tool in tools.items()
        if heard.may_change or tool.returns == "answer"
    }
    return corrected(ranked, factors)


def orders(tool: Tool, mood: Mood, manners: Manners) -> bool:
    """Whether the words order, in the affirmative, what this tool does."""
    manner = manners[tool.name]
    return mood.act == "order" and bool(mood.ordered & (manner.verbs | manner.kindred))


def _nearest(guess: Guess, tools: Mapping[str, Tool]) -> list[Tool]:
    names = sorted((name for name in guess.nearest if name in tools), key=lambda each: -guess.nearest[each])
    return [tools[each] for each in names]
