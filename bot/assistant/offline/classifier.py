"""Which tool is meant: regularised least squares over the features of the tools' own examples.

A linear classifier solved in closed form in the dual (one small matrix for a few hundred examples), which
also gives every example's leave-one-out score exactly and for nothing; thresholds are calibrated on those. Raw
similarity to the nearest example answers the other question: is this for us at all?
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bot.assistant.offline import features
from bot.assistant.offline.features import Vector

Array = npt.NDArray[np.float32]

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
    counts: tuple[Counter[str], Counter[str]]
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Guess:
    """Labels by probability, best first; the nearest sentence of each; the share of words unknown."""

    ranked: tuple[tuple[str, float], ...]
    nearest: Mapping[str, float]
    unknown: float

    @property
    def best(self) -> str:
        """The likeliest label."""
        return self.ranked[0][0]

    def probability(self, label: str) -> float:
        """How likely that label is."""
        return dict(self.ranked).get(label, 0.0)


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
    left_out: Array  # documents × labels: leave-one-out probabilities
    unseen: float


class Classifier:
    """Guesses the label of a request."""

    def __init__(self, weights: Weights) -> None:
        self.weights = weights
        self._index = {name: at for at, name in enumerate(weights.vocabulary)}
        self._rarity = dict(zip(weights.vocabulary, weights.rarity.tolist(), strict=True))

    def guess(self, counts: tuple[Counter[str], Counter[str]]) -> Guess:
        """Score a request."""
        weights = self.weights
        vector, unknown = features.weighted(counts, self._rarity, weights.unseen)
        at = np.fromiter((self._index[name] for name in vector), dtype=np.int64, count=len(vector))
        values = np.fromiter(vector.values(), dtype=np.float32, count=len(vector))
        odds = softmax(values @ weights.linear[at], weights.sharpness)
        similar = values @ weights.documents[at]
        nearest = np.zeros(len(weights.labels), dtype=np.float32)
        np.maximum.at(nearest, weights.of_document, similar)
        blended = odds**TEMPER * np.exp(NEARNESS * nearest)
        blended /= blended.sum()
        return Guess(
            ranked=tuple((weights.labels[each], float(blended[each])) for each in np.argsort(-blended)),
            nearest=dict(zip(weights.labels, nearest.tolist(), strict=True)),
            unknown=unknown,
        )


def train(documents: Sequence[Document]) -> Weights:
    """Learn from sentences. Deterministic; half a second for a thousand sentences."""
    labels = tuple(sorted({each.label for each in documents}))
    rarity = features.inverse_frequency(
        [*each.counts[0], *(f"~{gram}" for gram in each.counts[1])] for each in documents
    )
    unseen = max(rarity.values())
    vectors = [features.weighted(each.counts, rarity, unseen)[0] for each in documents]
    vocabulary = tuple(sorted(rarity))
    matrix = _matrix(vectors, vocabulary)
    owners = np.array([labels.index(each.label) for each in documents])
    confidence = np.array([each.weight for each in documents], dtype=np.float32)
    alphas, left_out = _solve(matrix, owners, len(labels), confidence)
    examples = confidence == 1
    sharpness = _calibrated(left_out[examples], owners[examples])
    return Weights(
        vocabulary=vocabulary,
        rarity=np.array([rarity[name] for name in vocabulary], dtype=np.float32),
        labels=labels,
        of_document=owners,
        documents=matrix,
        linear=(matrix @ alphas).astype(np.float32),
        sharpness=sharpness,
        left_out=softmax(left_out, sharpness),
        unseen=unseen,
    )


def softmax(scores: Array, sharpness: float) -> Array:
    """Scores as probabilities over the last axis."""
    powers = np.exp(sharpness * (scores - scores.max(axis=-1, keepdims=True)))
    shares: Array = (powers / powers.sum(axis=-1, keepdims=True)).astype(np.float32)
    return shares


def _matrix(vectors: Sequence[Vector], vocabulary: tuple[str, ...]) -> Array:
    index = {name: at for at, name in enumerate(vocabulary)}
    matrix = np.zeros((len(vocabulary), len(vectors)), dtype=np.float32)
    for number, vector in enumerate(vectors):
        matrix[[index[name] for name in vector], number] = list(vector.values())
    return matrix


def _solve(
    matrix: Array, owners: npt.NDArray[np.int64], labels: int, confidence: Array
) -> tuple[Array, Array]:
    """Dual weights, and leave-one-out scores: y_i - alpha_i / inverse_ii. Low confidence means more slack."""
    targets = np.eye(labels, dtype=np.float32)[owners]
    kernel = (matrix.T @ matrix).astype(np.float64)
    inverse = np.linalg.inv(kernel + np.diag(RIDGE / confidence.astype(np.float64)))
    alphas = inverse @ targets
    left_out = targets - alphas / np.diag(inverse)[:, None]
    return alphas.astype(np.float32), left_out.astype(np.float32)


def _calibrated(scores: Array, owners: npt.NDArray[np.int64]) -> float:
    """The sharpness under which the left-out scores are the most honest probabilities."""
    rows = np.arange(len(owners))
    losses = [-np.log(softmax(scores, each)[rows, owners] + 1e-9).mean() for each in SHARPNESS]
    return float(SHARPNESS[int(np.argmin(losses))])
