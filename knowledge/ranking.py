"""From scores of passages to an order of pages and sections, and to one of three outcomes.

With vectors a passage scores cosine + 0.3 x normalised BM25 + 0.3 x coverage; without, BM25 and coverage
alone. Pages are ordered by their best passage with a little for the next best, so that a page that is about
the matter wins over one that mentions it.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from knowledge.lexical import Floats

Outcome = Literal["answer", "closest", "none"]
BM25_WEIGHT, COVERAGE_WEIGHT = 0.3, 0.3
SECOND, THIRD = 0.08, 0.04  # what a page's next best passages add to it


@dataclass(frozen=True, slots=True)
class Bar:
    """What a passage's score must reach to be shown, and to be claimed; and the words a claim needs."""

    closest: float
    answer: float
    own_words: float


MOST_WORDS, CLEAR_LEAD = 0.75, 0.25  # one of the two is needed for a claim: see `outcome`
DENSE_BAR = Bar(closest=0.46, answer=0.82, own_words=0.4)
LEXICAL_BAR = Bar(closest=0.22, answer=0.48, own_words=0.5)


@dataclass(frozen=True, slots=True)
class Ranked:
    """Passages and pages by number, best first, with the score of every passage."""

    passages: list[int]
    pages: list[int]
    scores: Floats


def fused(bm25: Floats, coverage: Floats, cosine: Floats | None) -> Floats:
    """The score of every passage; `cosine` holds -1 where a passage is not among the near ones."""
    if cosine is None:
        made: Floats = 0.8 * bm25 + 0.2 * coverage * (bm25 > 0)
        return made
    return np.asarray(cosine + BM25_WEIGHT * bm25 + COVERAGE_WEIGHT * coverage, dtype=np.float32)


def rank(scores: Floats, page_of: NDArray[np.int32], *, limit: int = 50) -> Ranked:
    """Order passages and pages by these scores; passages at or below zero are left out."""
    first = best(scores, limit)
    sums: dict[int, list[float]] = {}
    for number in first:
        sums.setdefault(int(page_of[number]), []).append(float(scores[number]))
    pages = {page: _page_score(values) for page, values in sums.items()}
    ordered = sorted(pages, key=lambda page: -pages[page])
    place = {page: pages[page] - sums[page][0] for page in pages}
    first.sort(key=lambda number: -(float(scores[number]) + place[int(page_of[number])]))
    return Ranked(first, ordered, scores)


def best(scores: Floats, limit: int) -> list[int]:
    """The passages with the highest scores above zero, best first, at most `limit`."""
    count = min(limit, len(scores))
    if not count:
        return []
    top = np.argpartition(-scores, count - 1)[:count]
    top = top[np.argsort(-scores[top], kind="stable")]
    return [int(number) for number in top if scores[number] > 0]


def _page_score(values: list[float]) -> float:
    """The best passage, and a little of the next two."""
    more = (*values[1:3], 0.0, 0.0)
    return values[0] + SECOND * more[0] + THIRD * more[1]


def lead(ranked: Ranked, page_of: NDArray[np.int32]) -> float:
    """By how much the best passage is ahead of the best one of any other page."""
    first, *others = ranked.passages
    best_other = next((each for each in others if page_of[each] != page_of[first]), None)
    return float(ranked.scores[first] - (ranked.scores[best_other] if best_other is not None else 0))


def outcome(score: float, coverage: float, ahead: float, *, dense: bool) -> Outcome:
    """What may be claimed of the best passage: that it answers, that it is the closest, or nothing.

    Good paraphrases score below questions that the pages do not answer, whatever the threshold. So a claim
    needs a high score and part of the question's own words in the passage (`coverage`, 0 to 1); and then
    either most of those words, or to be clearly `ahead` of every other page. What is merely near is shown
    without a claim. The thresholds were set on questions over our own and other people's pages.
    """
    bar = DENSE_BAR if dense else LEXICAL_BAR
    stands_out = coverage >= MOST_WORDS or ahead >= CLEAR_LEAD
    if score >= bar.answer and coverage >= bar.own_words and stands_out:
        return "answer"
    return "closest" if score >= bar.closest else "none"
