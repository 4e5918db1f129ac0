"""The outcome of learning a catalogue."""

from dataclasses import dataclass

from bot.assistant.offline.classifier import Classifier
from bot.assistant.offline.deciding import Thresholds
from bot.assistant.offline.fitting import Manners


@dataclass(frozen=True, slots=True, kw_only=True)
class Learnt:
    """A trained classifier, how people speak to each tool, verbs and words of the catalogue, thresholds."""

    classifier: Classifier
    manners: Manners
    own_verbs: frozenset[str]
    words: tuple[str, ...]
    limits: Thresholds
