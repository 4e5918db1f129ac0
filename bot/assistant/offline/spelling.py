"""Misspelt words put right, towards the words that the catalogue and the lexicon know."""

import re
from collections.abc import Sequence

from rapidfuzz import process
from rapidfuzz.distance import DamerauLevenshtein

from bot.assistant.offline.lexicon import lexicon

SHORTEST = 4  # letters; shorter words are left as they are
LONG = 8  # letters from which two slips are forgiven

_WORD = re.compile(r"(?<![\w@.-])[a-z]{4,}(?![\w@-]|\.\w)")


class Speller:
    """Knows a list of words."""

    def __init__(self, words: Sequence[str]) -> None:
        known = {each for each in words if each.isalpha()} | {
            each for each in lexicon().known if each.isalpha()
        }
        self._known = frozenset(known)
        self._targets = sorted(each for each in known if len(each) >= SHORTEST)

    def corrected(self, masked: str) -> str:
        """The text with unknown words replaced by a known one that is one slip away (two for long words)."""
        return _WORD.sub(lambda match: self._word(match.group()), masked)

    def _word(self, word: str) -> str:
        if word in self._known or word.startswith("x") or word.removesuffix("s") in self._known:
            return word
        slips = 2 if len(word) >= LONG else 1
        best = process.extractOne(
            word, self._targets, scorer=DamerauLevenshtein.distance, score_cutoff=slips, processor=None
        )
        return str(best[0]) if best and best[0][0] == word[0] else word
