"""From scores of passages to an order of pages and sections, and to one of three outcomes.

With vectors a passage scores cosine + 0.2 x normalised BM25 + 0.1 x coverage; without, BM25 and coverage
alone. Pages are ordered by their best passage with a little for the next best, so that a page that is about
the matter wins over one that mentions it.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from knowledge.lexical import Floats

Outcome = Literal["answer", "closest", "none"]
BM25_WEIGHT, COVERAGE_WEIGHT = 0.2, 0.1
SECOND, THIRD = 0.08, 0.04  # what a page's next best passages add to it
DEPRECATED, DRAFT = 0.75, 0.95  # factors on the scores of such pages


@dataclass(frozen=True, slots=True)
class Ranked:
    """Passages and pages by number, best first, with the score of every passage."""

    passages: list[int]
    pages: list[int]
    scores: Floats


def fused(bm25: Floats, coverage: Floats, cosine: Floats | None) -> Floats:
    """The score of every passage; `cosine` holds -1 where a passage is not among the near ones."""
    if cosine is None:
        made: Floats = 0.75 * bm25 + 0.25 * coverage * (bm25 > 0)
        return made
    return np.asarray(cosine + BM25_WEIGHT * bm25 + COVERAGE_WEIGHT * coverage, dtype=np.float32)


def rank(scores: Floats, page_of: NDArray[np.int32], *, limit: int = 50) -> Ranked:
    """Order passages and pages by these scores; passages at or below zero are left out."""
    count = min(limit, len(scores))
    top = np.argpartition(-scores, count - 1)[:count] if count else np.zeros(0, dtype=np.int64)
    top = top[np.argsort(-scores[top], kind="stable")]
    best = [int(number) for number in top if scores[number] > 0]
    sums: dict[int, list[float]] = {}
    for number in best:
        sums.setdefault(int(page_of[number]), []).append(float(scores[number]))
    pages = {page: _page_score(values) for page, values in sums.items()}
    ordered = sorted(pages, key=lambda page: -pages[page])
    place = {page: pages[page] - sums[page][0] for page in pages}
    best.sort(key=lambda number: -(float(scores[number]) + place[int(page_of[number])]))
    return Ranked(best, ordered, scores)


def _page_score(values: list[float]) -> float:
    """The best passage, and a little of the next two."""
    more = (*values[1:3], 0.0, 0.0)
    return values[0] + SECOND * more[0] + THIRD * more[1]


def outcome(*, bm25: float, coverage: float, cosine: float | None) -> Outcome:
    """What may be claimed of the best passage: that it answers, that it is the closest, or nothing.

    Paraphrases score below questions that the pages do not answer, whatever the threshold. So a claim needs
    most of the question's own words in the passage, or a very near vector; what is merely near is shown
    without a claim.
    """
    if cosine is None:
        if coverage >= 0.7 and bm25 >= 0.3:  # noqa: PLR2004 (calibrated, see the evaluation sets)
            return "answer"
        return "closest" if coverage >= 0.3 else "none"  # noqa: PLR2004 (calibrated)
    if (coverage >= 0.7 and cosine >= 0.4) or cosine >= 0.72:  # noqa: PLR2004 (calibrated)
        return "answer"
    return "closest" if cosine >= 0.3 or coverage >= 0.6 else "none"  # noqa: PLR2004 (calibrated)
