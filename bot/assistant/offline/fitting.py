"""How well a tool fits what a request holds, besides its words: its mood, and the values named in it.

A guess by words is corrected by what is certain: a tool without a place for an address is not meant by a
request that names one; a change needs its order; a question is not answered by a change.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from bot.assistant.offline.classifier import NOWHERE
from bot.assistant.offline.features import concepts, stem, tokens
from bot.assistant.offline.lexicon import lexicon, pattern
from bot.assistant.offline.mood import Mood
from bot.assistant.offline.reading import Reading
from tools.registry import Tool

# The kinds of argument with a place for each kind of value; a question in the asker's words holds anything.
PLACES: Mapping[str, frozenset[str]] = {
    "column": frozenset({"columns"}),
    "email": frozenset({"email", "emails", "who", "question", "definition"}),
    "file": frozenset({"file", "question"}),
    "plan": frozenset({"plan", "run", "question", "word", "reference"}),
    "reference": frozenset({"reference", "reason", "question", "word", "plan", "run"}),
    "period": frozenset({"period", "question", "word", "definition", "reason", "days", "campaign"}),
}
NO_PLACE: Mapping[str, float] = {
    "column": 0.15,
    "email": 0.15,
    "file": 0.15,
    "plan": 0.15,
    "reference": 0.5,
    "period": 0.5,
}
NEEDED: Mapping[str, tuple[str, ...]] = {
    "email": ("email",),
    "emails": ("email",),
    "file": ("file",),
    "plan": ("plan",),
    "reference": ("reference", "plan"),
}
NOT_GIVEN = 0.25  # a required value of a kind that is always recognised is missing
SYSTEM_PLACES = frozenset(
    {"system", "systems", "vendor", "question", "word", "definition", "campaign", "segment"}
)
NO_SYSTEM = 0.7
NAMED_PLACES = frozenset({"campaign", "segment", "list", "definition"})
NO_TARGET = 0.4  # a change of people, and nobody is named
PEOPLE = "c_person"
KINDRED_VERB = 0.4
STRANGE_ACT = 0.5  # an answer to a question of a kind that no example asks
TOPICAL = 0.5  # a concept in this share of a tool's sentences is its topic
RARE_TOPIC = 0.2  # below this share, a concept is no topic of a tool
FOREIGN_TOPIC = 0.4
FOREIGN_CHANGE = 0.1


@dataclass(frozen=True, slots=True)
class Manner:
    """How people speak to a tool.

    The verbs that order it (by itself, and with their like), the words that say to what, the share of its
    sentences that are orders, and the share that names each concept, and the
    acts among them.
    """

    verbs: frozenset[str]
    kindred: frozenset[str]  # verbs that could order it, less surely
    exact: frozenset[str]
    nouns: frozenset[str]
    orders: float
    topics: Mapping[str, float]
    acts: frozenset[str]
    kinds: Mapping[str, bool]  # kinds of its arguments; true when one is required


class Manners(dict[str, Manner]):
    """How people speak to each tool, by its name, and what follows from all of them together."""

    @cached_property
    def topics(self) -> frozenset[str]:
        """Concepts that are the very topic of some tool."""
        return frozenset(
            name for manner in self.values() for name, share in manner.topics.items() if share >= TOPICAL
        )

    @cached_property
    def specific(self) -> frozenset[str]:
        """Verbs that order one tool only, and concepts that are one tool's topic: they say what is meant."""
        times = Counter(verb for manner in self.values() for verb in manner.verbs)
        found = {name for name, count in times.items() if count == 1}
        for name in self.topics:
            said = sorted((each.topics.get(name, 0.0) for each in self.values()), reverse=True)
            if len(said) > 1 and said[1] < RARE_TOPIC:
                found.add(name)
        return frozenset(found)


def fit(
    tool: Tool, reading: Reading, mood: Mood, manner: Manner, own: frozenset[str], files: Sequence[str] = ()
) -> float:
    """A factor on the tool's probability; 0 when it cannot be meant."""
    return _mood_fit(tool, reading, mood, manner, own) * _value_fit(tool, reading, manner.kinds, files)


def named_topics(reading: Reading, mood: Mood, manners: Manners) -> frozenset[str]:
    """The topics that a request names, besides by its order: opt-outs, campaigns, seats."""
    said = pattern(mood.ordered).sub(" ", reading.bare) if mood.ordered else reading.bare
    return concepts(said) & manners.topics


def foreign_topics(named: frozenset[str], manner: Manner) -> frozenset[str]:
    """Those that no sentence of this tool names: opt-outs are no campaign."""
    return frozenset(each for each in named if not manner.topics.get(each))


def topic_fit(named: frozenset[str], manner: Manner, *, changes: bool) -> float:
    """A factor below 1 for each foreign topic; changes pay more for it."""
    foreign = foreign_topics(named, manner)
    return float((FOREIGN_CHANGE if changes else FOREIGN_TOPIC) ** min(len(foreign), 3))


def corrected(
    ranked: Sequence[tuple[str, float]], factors: Mapping[str, float], fallback: float = 1.0
) -> list[tuple[str, float]]:
    """Probabilities times factors, adding up to one again, best first."""
    scored = [
        (name, share * (factors.get(name, 0.0) if name != NOWHERE else fallback)) for name, share in ranked
    ]
    total = sum(share for _, share in scored) or 1.0
    return sorted(((name, share / total) for name, share in scored), key=lambda each: -each[1])


def substance(reading: Reading, mood: Mood, manner: Manner, own: frozenset[str]) -> bool:
    """Whether an order says to what: a value, or a word the tool's examples use besides verbs.

    “Delete it”, “delete contacts” and “clean up acme” name nothing that tells one tool from another. `own`
    are the verbs that do so by themselves.
    """
    acts = concepts(" ".join(sorted(mood.ordered)))
    telling = mood.ordered & own & manner.exact or any(
        manner.topics.get(each, 0) >= TOPICAL for each in acts & own
    )
    if telling and any(stem(each) in manner.nouns for each in tokens(reading.masked)):
        return True
    if any(each.kind != "number" for each in reading.spans) or reading.systems:
        return True
    small = lexicon().verbs | {part for verb in mood.ordered for part in verb.split()}
    said = [each for each in tokens(reading.masked) if each not in small and PEOPLE not in concepts(each)]
    if any(stem(each) in manner.nouns for each in said):
        return True
    rest = pattern(mood.ordered).sub(" ", reading.masked)
    return bool((concepts(rest) - {PEOPLE}) & manner.topics.keys())


def _mood_fit(tool: Tool, reading: Reading, mood: Mood, manner: Manner, own: frozenset[str]) -> float:
    if tool.returns == "plan":
        if mood.act != "order" or not substance(reading, mood, manner, own):
            return 0.0
        if mood.ordered & manner.exact:
            return 1.5
        return 1.0 if mood.ordered & manner.verbs else KINDRED_VERB * bool(mood.ordered & manner.kindred)
    if mood.act == "order":
        return max(manner.orders, 0.15)
    return STRANGE_ACT if mood.act in {"how", "past"} and mood.act not in manner.acts else 1.0


def _value_fit(tool: Tool, reading: Reading, kinds: Mapping[str, bool], files: Sequence[str]) -> float:
    named = {each.kind for each in reading.spans} | ({"file"} if files else set())
    factor = 1.0
    for value, places in PLACES.items():
        if value in named and not places & kinds.keys():
            factor *= NO_PLACE[value]
    for kind, values in NEEDED.items():
        if kinds.get(kind) and not any(each in named for each in values):
            factor *= NOT_GIVEN
    targets = {"email", "emails", "file"} & kinds.keys()
    if (
        tool.returns == "plan"
        and targets
        and not named & {"email", "file", "domain"}
        and not NAMED_PLACES & kinds.keys()
    ):
        factor *= NO_TARGET
    if reading.systems and not SYSTEM_PLACES & kinds.keys():
        factor *= NO_SYSTEM
    return factor
