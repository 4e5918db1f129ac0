"""Other words for the words of a question, from a small thesaurus of the trade.

Each word of a question becomes a slot: the word itself, and what people also say for it. A passage fills a
slot with the best of them, so that ten synonyms on a page count no more than one word.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from knowledge.words import STOP, stem, surface, words

_FILE = Path(__file__).with_name("thesaurus.words")
_LONGEST = 4  # words of a phrase
Phrase = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Slot:
    """One thing a question asks for: its term, and the terms of its synonyms."""

    term: str
    others: tuple[str, ...] = ()


def slots(question: str) -> list[Slot]:
    """The slots of a question in order; filler words have none."""
    said = [stem(word) for word in surface(question)]
    found: dict[str, dict[str, None]] = {stem(word): {} for word in words(question) if word not in STOP}
    for phrase in _phrases(said):
        others = [other for other in _thesaurus().get(phrase, ()) if other not in said]
        telling = next((term for term in phrase if term in found), None)
        if telling is not None:
            found[telling].update(dict.fromkeys(others))
    return [Slot(term, tuple(others)) for term, others in found.items()]


def _phrases(said: list[str]) -> Iterator[Phrase]:
    for start in range(len(said)):
        for end in range(start + 1, min(start + _LONGEST, len(said)) + 1):
            yield tuple(said[start:end])


@lru_cache(maxsize=1)
def _thesaurus() -> dict[Phrase, tuple[str, ...]]:
    """Phrase as stems -> the single words, as stems, of every group it is in."""
    known: dict[Phrase, tuple[str, ...]] = {}
    for line in _FILE.read_text(encoding="utf-8").splitlines():
        if line.startswith("#") or not line.strip():
            continue
        phrases = [tuple(stem(word) for word in surface(phrase)) for phrase in line.split(",")]
        single = tuple(dict.fromkeys(phrase[0] for phrase in phrases if len(phrase) == 1))
        for phrase in phrases:
            known[phrase] = (*known.get(phrase, ()), *single)
    return known
