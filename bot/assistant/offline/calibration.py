"""Where certainty begins: thresholds chosen so that left-out examples of the catalogue come out best."""

from collections.abc import Sequence
from dataclasses import replace

from bot.assistant.offline.classifier import Classifier
from bot.assistant.offline.deciding import Heard, Thresholds, rank
from bot.assistant.offline.fitting import Manners
from bot.assistant.offline.manners import ANY_DAY
from bot.assistant.offline.mood import mood
from bot.assistant.offline.reading import Reading
from tools.registry import Tool

# What a mistake costs in right proposals: a wrong answer one, a wrong change four.
COST_READ = 1.0
COST_CHANGE = 4.0
READS = (0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5)
CHANGES = (0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7)


def thresholds(
    classifier: Classifier, tools: Sequence[Tool], manners: Manners, own: frozenset[str]
) -> Thresholds:
    """The thresholds that pay best over every example, each judged without itself."""
    found = list(_judged(classifier, tools, manners, own))
    return replace(
        Thresholds(),
        read=_best(READS, COST_READ, [(right, share) for plans, right, share in found if not plans]),
        change=_best(CHANGES, COST_CHANGE, [(right, share) for plans, right, share in found if plans]),
    )


def _judged(
    classifier: Classifier, tools: Sequence[Tool], manners: Manners, own: frozenset[str]
) -> list[tuple[bool, bool, float]]:
    """For each example: whether the best tool changes something, whether it is right, how probable it is."""
    named = {each.name: each for each in tools}
    examples = [(tool.name, example) for tool in tools for example in tool.examples]
    judged: list[tuple[bool, bool, float]] = []
    # the examples are the first documents learnt; descriptions and names come after them
    for (owner, example), guess in zip(examples, classifier.left_out(), strict=False):
        reading = Reading(example, ANY_DAY)
        best, share = rank(guess, Heard(reading, mood(reading.masked, own)), named, manners)[0]
        if best in named:
            judged.append((named[best].returns == "plan", best == owner, share))
    return judged


def _best(grid: Sequence[float], cost: float, judged: Sequence[tuple[bool, float]]) -> float:
    def pays(threshold: float) -> float:
        return sum((1.0 if right else -cost) for right, share in judged if share >= threshold)

    return max(grid, key=lambda each: (pays(each), each))
