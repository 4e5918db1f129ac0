"""Which tool is meant: regularised least squares over the features of the tools' own examples.

A linear classifier solved in closed form in the dual (one small matrix for a few hundred examples), which
also gives every example's leave-one-out score exactly and for nothing; thresholds are calibrated on those.
Raw similarity to the nearest example answers the other question: is this for us at all?
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bot.assistant.offline import features

Array = npt.NDArray[np.float32]
Counts = tuple[Counter[str], Counter[str]]

RIDGE = 0.4
NOWHERE = ""  # the label of sentences that are nobody's
# The linear model's odds are tempered, and a near example counts beside them; both by leave-one-out.
TEMPER = 0.5
NEARNESS = 4.0
SHARPNESS = np.linspace(4, 16, 13)


@dataclass(frozen=True, slots=True)
class Document:
    """A sentence to learn from: whose it is, its feature counts; `weight` below 1 for a mere description."""

    label: str
    counts: Counts
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Guess:
    """Labels by probability, best first; the nearest sentence of each; the share of words unknown."""

    ranked: tuple[tuple[str, float], ...]
    nearest: Mapping[str, float]
    unknown: float


@dataclass(frozen=True, slots=True)
class Weights:
    """What training leaves: everything `Classifier` needs, as arrays that can be saved."""

    vocabulary: tuple[str, ...]
    rarity: Array
    labels: tuple[str, ...]
    of_document: npt.NDArray[np.int64]
    documents: Array  # features × documents
    linear: Array  # features × labels
    sharpness: float
    unseen: float
    alone: Array | None = None  # documents × labels: leave-one-out scores, only after training


class Classifier:
    """Guesses the label of a request."""

    def __init__(self, weights: Weights) -> None:
        self.weights = weights
        self._index = {name: at for at, name in enumerate(weights.vocabulary)}
        self._rarity = dict(zip(weights.vocabulary, weights.rarity.tolist(), strict=True))
        self._order = np.argsort(weights.of_document, kind="stable")  # documents label by label
        self._starts = np.searchsorted(weights.of_document[self._order], np.arange(len(weights.labels)))

    def guess(self, counts: Counts) -> Guess:
        """Score a request."""
        weights = self.weights
        vector, unknown = features.weighted(counts, self._rarity, weights.unseen)
        at = np.fromiter((self._index[name] for name in vector), dtype=np.int64, count=len(vector))
        values = np.fromiter(vector.values(), dtype=np.float32, count=len(vector))
        nearest = self._nearest(values @ weights.documents[at])
        return Guess(
            ranked=self._ranked(values @ weights.linear[at], nearest),
            nearest=dict(zip(weights.labels, nearest.tolist(), strict=True)),
            unknown=unknown,
        )

    def left_out(self) -> Iterator[tuple[tuple[str, float], ...]]:
        """What would be guessed of each document if it had not been learnt, in the order of documents."""
        weights = self.weights
        assert weights.alone is not None
        similar = weights.documents.T @ weights.documents
        np.fill_diagonal(similar, 0.0)
        for scores, others in zip(weights.alone, similar, strict=True):
            yield self._ranked(scores, self._nearest(others))

    def _nearest(self, similar: Array) -> Array:
        """Similarity of the nearest document of each label; every label has a document."""
        nearest: Array = np.maximum.reduceat(similar[self._order], self._starts)
        return nearest

    def _ranked(self, scores: Array, nearest: Array) -> tuple[tuple[str, float], ...]:
        """Labels by probability: tempered odds of the linear model times the pull of the nearest example."""
        blended = softmax(scores, self.weights.sharpness) ** TEMPER * np.exp(NEARNESS * nearest)
        blended /= blended.sum()
        return tuple((self.weights.labels[each], float(blended[each])) for each in np.argsort(-blended))


def train(documents: Sequence[Document]) -> Weights:
    """Learn from sentences. Deterministic; about a second for a thousand sentences."""
    labels = tuple(sorted({each.label for each in documents}))
    rarity = _rarity(each.counts for each in documents)
    unseen = max(rarity.values())
    vocabulary = tuple(sorted(rarity))
    matrix = _matrix([each.counts for each in documents], rarity, vocabulary)
    owners = np.array([labels.index(each.label) for each in documents])
    confidence = np.array([each.weight for each in documents], dtype=np.float32)
    alphas, alone = _solve(matrix, owners, len(labels), confidence)
    examples = confidence == 1
    return Weights(
        vocabulary=vocabulary,
        rarity=np.array([rarity[name] for name in vocabulary], dtype=np.float32),
        labels=labels,
        of_document=owners,
        documents=matrix,
        linear=(matrix @ alphas).astype(np.float32),
        sharpness=_calibrated(alone[examples], owners[examples]),
        unseen=unseen,
        alone=alone,
    )


def closest(candidates: Sequence[Counts], known: Sequence[Counts]) -> list[float]:
    """For each candidate the similarity of its nearest known sentence (0..1)."""
    rarity = _rarity(known)
    vocabulary = tuple(sorted(rarity))
    similar = _matrix(candidates, rarity, vocabulary).T @ _matrix(known, rarity, vocabulary)
    found: list[float] = similar.max(axis=1).tolist()
    return found


def softmax(scores: Array, sharpness: float) -> Array:
    """Scores as probabilities over the last axis."""
    powers = np.exp(sharpness * (scores - scores.max(axis=-1, keepdims=True)))
    shares: Array = (powers / powers.sum(axis=-1, keepdims=True)).astype(np.float32)
    return shares


def _rarity(counts: Iterable[Counts]) -> dict[str, float]:
    return features.inverse_frequency(
        [*words, *(f"~{gram}" for gram in letters)] for words, letters in counts
    )


def _matrix(counts: Sequence[Counts], rarity: Mapping[str, float], vocabulary: tuple[str, ...]) -> Array:
    index = {name: at for at, name in enumerate(vocabulary)}
    unseen = max(rarity.values())
    matrix = np.zeros((len(vocabulary), len(counts)), dtype=np.float32)
    for number, each in enumerate(counts):
        vector, _ = features.weighted(each, rarity, unseen)
        matrix[[index[name] for name in vector], number] = list(vector.values())
    return matrix


def _solve(
    matrix: Array, owners: npt.NDArray[np.int64], labels: int, confidence: Array
) -> tuple[Array, Array]:
    """Dual weights, and leave-one-out scores: y_i - alpha_i / inverse_ii. Low confidence means more slack."""
    targets = np.eye(labels, dtype=np.float32)[owners]
    inverse = np.linalg.inv(matrix.T @ matrix + np.diag(RIDGE / confidence))
    alphas = inverse @ targets
    left_out = targets - alphas / np.diag(inverse)[:, None]
    return alphas.astype(np.float32), left_out.astype(np.float32)


def _calibrated(scores: Array, owners: npt.NDArray[np.int64]) -> float:
    """The sharpness under which the left-out scores are the most honest probabilities."""
    rows = np.arange(len(owners))
    losses = [-np.log(softmax(scores, each)[rows, owners] + 1e-9).mean() for each in SHARPNESS]
    return float(SHARPNESS[int(np.argmin(losses))])
