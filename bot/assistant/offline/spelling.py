"""Misspelt words put right, towards the words that the catalogue and the lexicon know."""

import re
from collections.abc import Iterable, Sequence

from rapidfuzz import process
from rapidfuzz.distance import DamerauLevenshtein

from bot.assistant.offline.lexicon import lexicon

SHORTEST = 4  # letters; shorter words are left as they are
NEAREST = 8  # known words compared
LONG = 10  # letters from which two slips are forgiven

_UNITS = ("day", "days", "week", "weeks", "month", "months", "quarter", "quarters", "year", "years")
_DAYS = (
    "yesterday", "january", "february", "march", "april", "august", "september", "october", "november",
    "december", "monday", "tuesday", "wednesday", "thursday", "friday",
)  # fmt: skip
_AFTER_CUE = re.compile(
    r"(?<=\s)(?P<cue>(?:\d+|last|this|past|previous|since|in|until|per|two|three|six)\s)(?P<word>[a-z]{4,9})\b",
    re.IGNORECASE,
)
_LONE = re.compile(r"\b[A-Za-z]{6,9}\b")
_WORD = re.compile(r"(?<![\w@.-])[a-z]{4,}(?![\w@-]|\.\w)")


class Speller:
    """Knows a list of words; `others` are right as they are, but nothing is corrected towards them."""

    def __init__(self, words: Sequence[str], others: Iterable[str] = ()) -> None:
        self._said = frozenset(words)
        known = {each for each in (*words, *lexicon().known) if each.isalpha()}
        self._known = frozenset(known).union(others)
        self._targets = sorted(each for each in known if len(each) >= SHORTEST)

    def corrected(self, masked: str) -> str:
        """The text with unknown words replaced by a known one that is one slip away (two for long words)."""
        return _WORD.sub(lambda match: self._word(match.group()), masked)

    def dated(self, text: str) -> str:
        """The text with misspelt names of days, months and lengths of time put right, nothing else."""
        units = _AFTER_CUE.sub(
            lambda match: match["cue"] + self._time(match["word"], _UNITS + _DAYS), f" {text}"
        )
        return _LONE.sub(lambda match: self._time(match.group(), _DAYS), units[1:])

    def _time(self, word: str, among: Sequence[str]) -> str:
        lower = word.lower()
        if lower in self._known or lower in among:
            return word
        near = process.extractOne(lower, among, scorer=DamerauLevenshtein.distance, score_cutoff=1)
        return str(near[0]) if near and near[0][0] == lower[0] else word

    def _word(self, word: str) -> str:
        if word in self._known or word.startswith("x") or word.removesuffix("s") in self._known:
            return word
        slips = 2 if len(word) >= LONG else 1
        near = process.extract(
            word, self._targets, scorer=DamerauLevenshtein.distance, score_cutoff=slips, limit=NEAREST
        )
        alike = [(distance, each) for each, distance, _ in near if each[0] == word[0]]
        return min(alike, key=lambda found: (found[0], *self._rarely(found[1])))[1] if alike else word

    def _rarely(self, word: str) -> tuple[bool, bool, str]:
        """Verbs and words of the catalogue's sentences are likelier than others."""
        return word not in lexicon().verbs, word not in self._said, word
