"""Words, concepts and letters of a request as weighted features; names are masked before."""

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import pairwise

from bot.assistant.offline.lexicon import lexicon, pattern
from bot.assistant.offline.mood import Act

WORDS_SHARE = 0.8  # of a text's length in feature space; the rest is n-grams of letters
STOP_WEIGHT = 0.4
CONCEPT_WEIGHT = 2.6
PAIR_WEIGHT = 1.7
ACT_WEIGHT = 1.0
FIRST_WEIGHT = 0.8  # the word a request begins with
LETTERS = (3, 4)

Vector = dict[str, float]

_TOKEN = re.compile(r"[a-z][a-z'+]*(?:[-/][a-z]+)*|\+")


def tokens(masked: str) -> list[str]:
    """The words, in order; hyphens join."""
    return [each.strip("'") for each in _TOKEN.findall(masked)]


@lru_cache(maxsize=8192)
def stem(word: str) -> str:
    """A word without its plural, -ing or -ed: crude, and the same for examples and requests."""
    word = word.removesuffix("'s")
    for ending, least in (("ies", 3), ("ing", 4), ("ed", 4), ("es", 4), ("s", 3)):
        if word.endswith(ending) and len(word) - len(ending) >= least and not word.endswith("ss"):
            cut = word[: -len(ending)]
            return f"{cut}y" if ending == "ies" else _undoubled(cut)
    return word.removesuffix("e") if len(word) > 4 else word  # noqa: PLR2004 (short words keep their e)


def raw(masked: str, act: Act) -> tuple[Counter[str], Counter[str]]:
    """Counts of word features and of letter features."""
    said = tokens(masked)
    words: Counter[str] = Counter()
    for each in said:
        words[stem(each)] += 1
    stems = ["^", *(stem(each) for each in said)]
    for first, second in pairwise(stems):
        words[f"{first} {second}"] += 1
    for name in concepts(masked):
        words[name] += 1
        words[f"{name}&{act}"] += 1  # bounces asked about are another tool's than bounces to be purged
    words[f"act={act}"] += 1
    letters = Counter(gram for each in said if each not in lexicon().stop for gram in _grams(each))
    return words, letters


@lru_cache(maxsize=4096)
def concepts(masked: str) -> frozenset[str]:
    """The concepts named in a masked text."""
    found = {name for name, shape in lexicon().concepts if shape.search(masked)}
    return frozenset(found | {"c_who"} if _who().search(masked) else found)


def inverse_frequency(documents: Iterable[Iterable[str]]) -> dict[str, float]:
    """How rare each feature is."""
    seen: Counter[str] = Counter()
    total = 0
    for each in documents:
        total += 1
        seen.update(set(each))
    return {name: math.log((1 + total) / (1 + count)) + 1 for name, count in seen.items()}


def weighted(
    counts: tuple[Counter[str], Counter[str]], rarity: Mapping[str, float], unseen: float
) -> tuple[Vector, float]:
    """A unit vector over known features, and the share of its length that falls on unknown ones (0..1)."""
    words = {
        name: _weight(name) * rarity.get(name, unseen) * (1 + math.log(count))
        for name, count in counts[0].items()
    }
    letters = {f"~{name}": rarity.get(f"~{name}", unseen) for name in counts[1]}
    vector = _unit(words, math.sqrt(WORDS_SHARE)) | _unit(letters, math.sqrt(1 - WORDS_SHARE))
    known = {name: value for name, value in vector.items() if name in rarity}
    return known, 1 - sum(value * value for value in known.values())


def _weight(name: str) -> float:
    if name.startswith("c_"):
        return CONCEPT_WEIGHT if "&" not in name else PAIR_WEIGHT
    if name.startswith("act="):
        return ACT_WEIGHT
    plain = [each for each in name.split() if each != "^"]
    stops = sum(each in _stop_stems() for each in plain)
    if name.startswith("^"):
        return FIRST_WEIGHT
    if " " in name:
        return 0.7 if stops < len(plain) else STOP_WEIGHT
    return STOP_WEIGHT if stops else 1.0


@lru_cache(maxsize=1)
def _who() -> re.Pattern[str]:
    """Words that say who is meant: titles, industries, regions, domains."""
    words = lexicon()
    regions = [
        each for phrase in words.table("regions").values() for each in phrase.split("|") if each != "us"
    ]
    named = [
        *words.table("titles")["patterns"].split("|"),
        *words.table("industries")["names"].split("|"),
        *regions,
    ]
    return pattern([*named, "xdomain"])


@lru_cache(maxsize=1)
def _stop_stems() -> frozenset[str]:
    return frozenset(stem(each) for each in lexicon().stop)


def _grams(word: str) -> Iterator[str]:
    padded = f"<{word}>"
    for length in LETTERS:
        for start in range(len(padded) - length + 1):
            yield padded[start : start + length]


def _unit(vector: Vector, length: float) -> Vector:
    norm = math.sqrt(sum(value * value for value in vector.values()))
    return {name: length * value / norm for name, value in vector.items()} if norm else {}


def _undoubled(word: str) -> str:
    doubled = len(word) > 3 and word[-1] == word[-2] and word[-1] not in "lsz"  # noqa: PLR2004
    return word[:-1] if doubled else word.removesuffix("e")
