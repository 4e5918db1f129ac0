"""Words of a question that the pages hardly know, and the page word each was probably meant to be.

A correction is an additional query, never a silent replacement: it is shown, and the words as typed still
count.
"""

from collections.abc import Mapping

from rapidfuzz import process
from rapidfuzz.distance import OSA

from knowledge.lexical import Lexical
from knowledge.words import STOP, stem, surface

RARE = 3  # a word in fewer passages than this may be a slip
COMMON = 3  # ... and is read as a word that is in at least this many
_PREFIXES = ("un", "re", "in", "de", "ex", "non", "dis", "pre")
_SHORT, _LONG = 4, 8  # letters from which one slip, and two slips, are believed


def corrections(question: str, lexical: Lexical) -> dict[str, str]:
    """Word as typed -> word as the pages write it, for words that look like slips."""
    found: dict[str, str] = {}
    for word in dict.fromkeys(surface(question)):
        known = lexical.holding(stem(word))
        if known >= RARE or len(word) < _SHORT or word in STOP or not word.isalpha():
            continue
        near = _nearest(word, lexical.spelling, at_least=max(COMMON, known * 20) if known else 1)
        if near:
            found[word] = near
    return found


def _nearest(word: str, spelling: Mapping[int, Mapping[str, int]], *, at_least: int) -> str:
    """The most frequent word at the smallest distance, or nothing."""
    slips = 2 if len(word) >= _LONG else 1
    drawers = [spelling.get(length, {}) for length in range(len(word) - slips, len(word) + slips + 1)]
    known = {other: passages for drawer in drawers for other, passages in drawer.items()}
    alike = [other for other, passages in known.items() if passages >= at_least]
    close = process.extract(word, alike, scorer=OSA.distance, score_cutoff=slips, limit=20)
    close = [near for near in close if not _another_word(word, near[0])]
    if not close:
        return ""
    return min(close, key=lambda near: (near[1], near[0][0] != word[0], -known[near[0]]))[0]


def _another_word(word: str, other: str) -> bool:
    """A plural or a tense is no slip, and `subscribe` is not what `unsubscribe` was meant to be."""
    prefixed = any(word == prefix + other or other == prefix + word for prefix in _PREFIXES)
    return prefixed or stem(word) == stem(other)
