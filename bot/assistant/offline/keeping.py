"""What was learnt, kept in a file under the hash of all it was learnt from."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from importlib import metadata, resources
from pathlib import Path
from typing import Any

import numpy as np

from bot.assistant.offline.classifier import Classifier, Weights
from bot.assistant.offline.deciding import Thresholds
from bot.assistant.offline.fitting import Manner, Manners
from bot.assistant.offline.learnt import Learnt
from tools.registry import Tool


def catalogue_hash(tools: Sequence[Tool]) -> str:
    """Changes whenever a tool, an example, the lexicon or the way to learn changes."""
    said = sorted([each.name, each.description, list(each.examples), each.returns] for each in tools)
    digest = hashlib.sha256(json.dumps([metadata.version("numpy"), said]).encode())
    for part in sorted(resources.files("bot.assistant.offline").iterdir(), key=lambda each: each.name):
        if part.name.endswith((".py", ".toml", ".txt", ".lark")):
            digest.update(part.read_bytes())
    return digest.hexdigest()[:16]


def save(learnt: Learnt, to: Path) -> None:
    """Keep it; a half-written file is never read."""
    weights = learnt.classifier.weights
    to.parent.mkdir(parents=True, exist_ok=True)
    partial = to.with_suffix(".partial.npz")
    cells = np.flatnonzero(weights.documents)
    np.savez(
        partial,
        meta=np.frombuffer(json.dumps(_meta(learnt)).encode(), dtype=np.uint8),
        rarity=weights.rarity,
        of_document=weights.of_document,
        linear=weights.linear.astype(np.float16),
        cells=cells,
        values=weights.documents.ravel()[cells].astype(np.float16),
    )
    partial.replace(to)


def load(kept: Path) -> Learnt | None:
    """What was kept, or None when the file cannot be read."""
    try:
        with np.load(kept, allow_pickle=False) as stored:
            meta: dict[str, Any] = json.loads(stored["meta"].tobytes())
            weights = _weights(meta, stored)
    except (OSError, ValueError, KeyError, EOFError):
        return None
    return Learnt(
        classifier=Classifier(weights),
        manners=Manners({name: _manner(each) for name, each in meta["manners"].items()}),
        own_verbs=frozenset(meta["own_verbs"]),
        words=tuple(meta["words"]),
        limits=Thresholds(**meta["limits"]),
    )


def _meta(learnt: Learnt) -> dict[str, Any]:
    weights = learnt.classifier.weights
    return {
        "vocabulary": weights.vocabulary,
        "labels": weights.labels,
        "sharpness": weights.sharpness,
        "unseen": weights.unseen,
        "manners": {name: _plain(asdict(each)) for name, each in learnt.manners.items()},
        "own_verbs": sorted(learnt.own_verbs),
        "words": learnt.words,
        "limits": asdict(learnt.limits),
    }


def _weights(meta: Mapping[str, Any], stored: Mapping[str, Any]) -> Weights:
    owners = stored["of_document"]
    documents = np.zeros(len(meta["vocabulary"]) * len(owners), dtype=np.float32)
    documents[stored["cells"]] = stored["values"]
    return Weights(
        vocabulary=tuple(meta["vocabulary"]),
        rarity=stored["rarity"],
        labels=tuple(meta["labels"]),
        of_document=owners,
        documents=documents.reshape(len(meta["vocabulary"]), len(owners)),
        linear=stored["linear"].astype(np.float32),
        sharpness=meta["sharpness"],
        unseen=meta["unseen"],
    )


def _plain(manner: Mapping[str, Any]) -> dict[str, Any]:
    return {name: sorted(each) if isinstance(each, frozenset) else each for name, each in manner.items()}


def _manner(kept: Mapping[str, Any]) -> Manner:
    return Manner(
        verbs=frozenset(kept["verbs"]),
        kindred=frozenset(kept["kindred"]),
        exact=frozenset(kept["exact"]),
        nouns=frozenset(kept["nouns"]),
        orders=kept["orders"],
        topics=kept["topics"],
        acts=frozenset(kept["acts"]),
        kinds=kept["kinds"],
    )
