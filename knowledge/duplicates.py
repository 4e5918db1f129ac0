"""Pages that say nearly the same: found by the smallest hashes of their five-word runs."""

import zlib
from collections import Counter, defaultdict
from collections.abc import Sequence

from knowledge.runbook import Runbook
from knowledge.words import surface

_RUN = 5  # words
_KEPT = 96  # smallest hashes kept of a page
_ALIKE = 0.8
_SHORTEST = 30  # words; shorter pages resemble each other by chance


def near_duplicates(pages: Sequence[Runbook]) -> list[tuple[str, str, float]]:
    """Pairs of paths with their likeness, 0.8 to 1, the most alike first."""
    sketches = {page.path: sketch for page in pages if (sketch := _sketch(page.body))}
    holders: defaultdict[int, list[str]] = defaultdict(list)
    shared: Counter[tuple[str, str]] = Counter()
    for path, sketch in sketches.items():
        for value in sketch:
            if len(holders[value]) < _KEPT:  # boilerplate that is on every page says nothing
                shared.update((other, path) for other in holders[value])
                holders[value].append(path)
    pairs = (
        (one, two, _likeness(sketches[one], sketches[two]))
        for (one, two), common in shared.items()
        if common > min(len(sketches[one]), len(sketches[two])) // 2
    )
    return sorted(((a, b, round(x, 2)) for a, b, x in pairs if x >= _ALIKE), key=lambda pair: -pair[2])


def _sketch(body: str) -> frozenset[int]:
    found = surface(body)
    if len(found) < _SHORTEST:
        return frozenset()
    runs = {zlib.crc32(" ".join(found[at : at + _RUN]).encode()) for at in range(len(found) - _RUN + 1)}
    return frozenset(sorted(runs)[:_KEPT])


def _likeness(one: frozenset[int], two: frozenset[int]) -> float:
    """The share of common runs, estimated from the smallest hashes of both together."""
    smallest = sorted(one | two)[:_KEPT]
    return sum(value in one and value in two for value in smallest) / len(smallest)
