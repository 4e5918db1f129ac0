"""Which texts a question is about, by the words they share; rare words weigh more than common ones."""

import math
import re
from collections import Counter
from collections.abc import Sequence

_WORD = re.compile(r"[^\W_]+")
_ENDINGS = ("ions", "ion", "ings", "ing", "ies", "ied", "ers", "es", "ed", "er", "s", "e", "y")
_SHORTEST_STEM = 3
_SMALL = frozenset(
    _WORD.findall(
        "a an and are as at be by can could do does for from has have how i if in is it may me my of on or "
        "our please show so tell that the their them they this to us was we what when where which who whose "
        "why will with would you your need needs needed many much more about again any also just some there "
        "than then into up out get somebody anybody someone anyone everybody"
    )
)


def stems(text: str) -> list[str]:
    """The words that carry meaning, in lower case, without common English endings."""
    words = (word.lower() for word in _WORD.findall(text))
    return [_stem(word) for word in words if word not in _SMALL]


def rank(question: str, texts: Sequence[str], *, known: bool = False) -> list[tuple[int, float]]:
    """Indexes of the texts that share a word with the question, best first, with their score (0 to 1).

    A score is the share of the question's weight that the text covers; a word's weight is its rarity among
    the texts. A word that no text holds counts as the rarest, or not at all when only `known` words count.
    """
    bags = [frozenset(stems(text)) for text in texts]
    held = Counter(stem for bag in bags for stem in bag)
    asked = {stem for stem in stems(question) if held[stem] or not known}
    weights = {stem: math.log(1 + len(texts) / (1 + held[stem])) for stem in asked}
    whole = sum(weights.values())
    scores = [sum(weight for stem, weight in weights.items() if stem in bag) for bag in bags]
    found = [(index, score / whole) for index, score in enumerate(scores) if score > 0]
    return sorted(found, key=lambda pair: (-pair[1], pair[0]))


def _stem(word: str) -> str:
    for ending in _ENDINGS:
        if word.endswith(ending) and not word.endswith("ss") and len(word) - len(ending) >= _SHORTEST_STEM:
            return word[: -len(ending)]
    return word
