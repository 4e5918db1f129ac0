"""BM25 over passages in numpy: every term's postings are arrays, so a question costs a few vector additions.

The score is normalised: 1 would be a passage in which every term of the question occurs without end. Beside
it comes coverage, the share of the question (by rarity) that a passage mentions at all.
"""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from knowledge.synonyms import Slot
from knowledge.words import surface, terms

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]
K1, B = 1.2, 0.75
SYNONYM = 0.7  # of what the word itself would count
HEADING_WEIGHT = 2  # a word in a heading counts as this many in the text


@dataclass(frozen=True, slots=True)
class Scores:
    """For every passage, each 0 to 1: BM25 and coverage by the question's own words, and with synonyms."""

    bm25: Floats
    coverage: Floats
    loose_bm25: Floats
    loose_coverage: Floats

    def or_better(self, other: "Scores") -> "Scores":
        """The higher of both, passage by passage."""
        return Scores(
            np.maximum(self.bm25, other.bm25),
            np.maximum(self.coverage, other.coverage),
            np.maximum(self.loose_bm25, other.loose_bm25),
            np.maximum(self.loose_coverage, other.loose_coverage),
        )


@dataclass(frozen=True, slots=True)
class Lexical:
    """The index: per term a run of passages and what the term adds to each. Read-only once built."""

    count: int
    places: dict[str, int]  # term -> its place in `starts`
    starts: Ints
    passages: Ints
    gains: Floats
    idf: Floats
    spelling: dict[int, dict[str, int]]  # letters -> word as written -> passages it occurs in

    def scores(self, question: Sequence[Slot]) -> Scores:
        """Scores of every passage for a question's slots."""
        bm25, coverage, loose_bm25, loose_coverage = np.zeros((4, self.count), dtype=np.float32)
        whole = 1e-6
        for slot in question:
            gain, held = np.zeros((2, self.count), dtype=np.float32)
            weight = self.rarity(slot.term)
            whole += weight
            self._fill(gain, held, slot.term, 1.0, weight)
            bm25 += gain
            coverage += held
            for other in slot.others:
                scale = min(1.0, weight / self.rarity(other))
                self._fill(gain, held, other, SYNONYM * scale, SYNONYM * weight)
            loose_bm25 += gain
            loose_coverage += held
        all_words, all_gains = np.float32(whole), np.float32(whole * (K1 + 1))
        return Scores(
            np.minimum(bm25 / all_gains, 1),
            coverage / all_words,
            np.minimum(loose_bm25 / all_gains, 1),
            loose_coverage / all_words,
        )

    def _fill(self, gain: Floats, held: Floats, term: str, scale: float, weight: float) -> None:
        """Let a term fill a slot wherever it does so better than what has filled it already."""
        place = self.places.get(term)
        if place is None:
            return
        run = slice(self.starts[place], self.starts[place + 1])
        where = self.passages[run]
        gain[where] = np.maximum(gain[where], self.gains[run] * np.float32(scale))
        held[where] = np.maximum(held[where], np.float32(weight))

    def rarity(self, term: str) -> float:
        """The weight of a term: high for one that few passages hold, highest for one that none does."""
        place = self.places.get(term)
        return float(self.idf[place] if place is not None else self._unknown())

    def holding(self, term: str) -> int:
        """How many passages hold a term."""
        place = self.places.get(term)
        return 0 if place is None else int(self.starts[place + 1] - self.starts[place])

    def _unknown(self) -> np.float32:
        return np.float32(np.log(1 + (self.count + 0.5) / 0.5))

    def save(self, folder: Path) -> None:
        """Write it into a folder of its own."""
        folder.mkdir(parents=True)
        np.savez(
            folder / "postings.npz",
            starts=self.starts, passages=self.passages, gains=self.gains, idf=self.idf,
        )  # fmt: skip
        vocabulary = {
            "count": self.count,
            "terms": list(self.places),
            "spelling": list(self.spelling.values()),
        }
        (folder / "vocabulary.json").write_text(json.dumps(vocabulary), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> "Lexical":
        """Read what `save` wrote."""
        vocabulary = json.loads((folder / "vocabulary.json").read_text(encoding="utf-8"))
        with np.load(folder / "postings.npz", allow_pickle=False) as arrays:
            return cls(
                count=vocabulary["count"],
                places={term: place for place, term in enumerate(vocabulary["terms"])},
                starts=arrays["starts"],
                passages=arrays["passages"],
                gains=arrays["gains"],
                idf=arrays["idf"],
                spelling={len(next(iter(some))): some for some in vocabulary["spelling"]},
            )

    @classmethod
    def build(cls, texts: Sequence[tuple[str, str]]) -> "Lexical":
        """Index (headings, text) pairs, one for each passage."""
        postings: dict[str, list[tuple[int, int]]] = {}
        spelling: Counter[str] = Counter()
        lengths = np.zeros(len(texts), dtype=np.float32)
        for number, (headings, text) in enumerate(texts):
            counted = Counter(terms(text))
            for term in terms(headings):
                counted[term] += HEADING_WEIGHT
            lengths[number] = counted.total()
            spelling.update(set(surface(f"{headings} {text}")))
            for term, times in counted.items():
                postings.setdefault(term, []).append((number, times))
        return cls._weighed(postings, lengths, _by_length(spelling))

    @classmethod
    def _weighed(
        cls, postings: dict[str, list[tuple[int, int]]], lengths: Floats, spelling: dict[int, dict[str, int]]
    ) -> "Lexical":
        count = len(lengths)
        runs = [len(run) for run in postings.values()]
        flat = np.array([pair for run in postings.values() for pair in run], dtype=np.int32).reshape(-1, 2)
        holding = np.array(runs, dtype=np.float32)
        idf = np.log(1 + (count - holding + 0.5) / (holding + 0.5)).astype(np.float32)
        passages, times = flat[:, 0], flat[:, 1].astype(np.float32)
        typical = float(lengths.mean()) if count else 1.0
        length = K1 * (1 - B + B * lengths[passages] / max(typical, 1.0))
        gains = np.repeat(idf, runs) * times * (K1 + 1) / (times + length)
        return cls(
            count=count,
            places={term: place for place, term in enumerate(postings)},
            starts=np.concatenate([[0], np.cumsum(runs)]).astype(np.int32),
            passages=passages.copy(),
            gains=gains.astype(np.float32),
            idf=idf,
            spelling=spelling,
        )


def _by_length(spelling: Counter[str]) -> dict[int, dict[str, int]]:
    """Words of letters alone, sorted into drawers by length: slips are looked for in a few of them."""
    drawers: dict[int, dict[str, int]] = {}
    for word, passages in spelling.items():
        if word.isalpha():
            drawers.setdefault(len(word), {})[word] = passages
    return drawers
