"""How well a tool fits what a request holds, besides its words: its mood, and the values named in it.

A guess by words is corrected by what is certain: a tool without a place for an address is not meant by a
request that names one; a change needs its order; a question is not answered by a change.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.assistant.offline.classifier import NOWHERE
from bot.assistant.offline.mood import Mood
from bot.assistant.offline.reading import Reading
from bot.assistant.offline.slots import kind_of
from tools.registry import Tool

# The kinds of argument with a place for each kind of value; a question in the asker's words holds anything.
PLACES: Mapping[str, frozenset[str]] = {
    "email": frozenset({"email", "emails", "who", "question", "definition"}),
    "file": frozenset({"file", "question"}),
    "plan": frozenset({"plan", "run", "question", "word", "reference"}),
    "reference": frozenset({"reference", "reason", "question", "word", "plan", "run"}),
    "period": frozenset({"period", "question", "word", "definition", "reason", "days", "campaign"}),
}
NO_PLACE: Mapping[str, float] = {"email": 0.15, "file": 0.15, "plan": 0.15, "reference": 0.5, "period": 0.5}
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


@dataclass(frozen=True, slots=True)
class Manner:
    """How people speak to a tool: the verbs that order it, and the share of its examples that are orders."""

    verbs: frozenset[str]
    exact: frozenset[str]
    orders: float


def fit(tool: Tool, reading: Reading, mood: Mood, manner: Manner, files: Sequence[str] = ()) -> float:
    """A factor on the tool's probability; 0 when it cannot be meant."""
    return _mood_fit(tool, mood, manner) * _value_fit(tool, reading, files)


def corrected(
    ranked: Sequence[tuple[str, float]], factors: Mapping[str, float], fallback: float = 1.0
) -> list[tuple[str, float]]:
    """Probabilities times factors, adding up to one again, best first."""
    scored = [
        (name, share * (factors.get(name, 0.0) if name != NOWHERE else fallback)) for name, share in ranked
    ]
    total = sum(share for _, share in scored) or 1.0
    return sorted(((name, share / total) for name, share in scored), key=lambda each: -each[1])


def _mood_fit(tool: Tool, mood: Mood, manner: Manner) -> float:
    if tool.returns == "plan":
        if mood.act != "order" or not mood.ordered & manner.verbs:
            return 0.0
        return 1.5 if mood.ordered & manner.exact else 1.0
    return max(manner.orders, 0.15) if mood.act == "order" else 1.0


def _value_fit(tool: Tool, reading: Reading, files: Sequence[str]) -> float:
    kinds = {kind_of(tool, name): each.is_required() for name, each in tool.arguments.model_fields.items()}
    named = {each.kind for each in reading.spans} | ({"file"} if files else set())
    factor = 1.0
    for value, places in PLACES.items():
        if value in named and not places & kinds.keys():
            factor *= NO_PLACE[value]
    for kind, values in NEEDED.items():
        if kinds.get(kind) and not any(each in named for each in values):
            factor *= NOT_GIVEN
    if reading.systems and not SYSTEM_PLACES & kinds.keys():
        factor *= NO_SYSTEM
    return factor
