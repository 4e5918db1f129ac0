"""What is learnt from a catalogue: sentences to recognise each tool by, the verbs that order it, thresholds.

Everything comes from the tools themselves (examples, description, name) and from a list of sentences that are
nobody's. It is learnt again when the catalogue changes and kept under the catalogue's hash in a cache
directory.
"""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from importlib import metadata, resources
from pathlib import Path

import numpy as np

from bot.assistant.offline import classifier, features
from bot.assistant.offline.classifier import NOWHERE, Array, Classifier, Document, Weights
from bot.assistant.offline.fitting import Manner
from bot.assistant.offline.lexicon import lexicon
from bot.assistant.offline.mood import mood
from bot.assistant.offline.reading import Reading
from tools.registry import Tool

ANY_DAY = date(2026, 1, 15)  # periods are masked, so the day does not matter
DESCRIPTION_WEIGHT = 0.3
NAME_WEIGHT = 0.5
TOO_CLOSE = 0.5  # a sentence of nobody's that is this similar to an example is somebody's
GROUP_SHARE = 0.3  # a tool orders with a group of verbs when this share of its examples does
REVISION = "1"  # of this module's way to learn; part of the cache's key


@dataclass(frozen=True, slots=True)
class Learnt:
    """A trained classifier, how people speak to each tool, and the verbs no lexicon knew."""

    classifier: Classifier
    manners: Mapping[str, Manner]
    own_verbs: frozenset[str]
    vocabulary: tuple[str, ...]


def learn(tools: Sequence[Tool], cache: Path | None = None) -> Learnt:
    """Learn from these tools, or take what was learnt from the same catalogue before."""
    key = catalogue_hash(tools)
    kept = cache / f"understanding-{key}.npz" if cache else None
    own = own_verbs(tools)
    weights = load(kept) if kept and kept.exists() else None
    if weights is None:
        weights = classifier.train(documents(tools, own))
        if kept:
            save(weights, kept)
    words = sorted({each for each in weights.vocabulary if each.isalpha()} | _surface(tools))
    return Learnt(Classifier(weights), manners(tools, own), own, tuple(words))


def catalogue_hash(tools: Sequence[Tool]) -> str:
    """Changes whenever a tool, an example, the lexicon or the way to learn changes."""
    said = [[each.name, each.description, list(each.examples), each.returns] for each in tools]
    digest = hashlib.sha256(json.dumps([REVISION, metadata.version("numpy"), sorted(said)]).encode())
    for name in ("lexicon.toml", "elsewhere.txt"):
        digest.update(resources.files("bot.assistant.offline").joinpath(name).read_bytes())
    return digest.hexdigest()[:16]


def documents(tools: Sequence[Tool], own: frozenset[str]) -> list[Document]:
    """Every sentence to learn from."""
    found: list[Document] = []
    for each in tools:
        found += [Document(each.name, counted(example, own)) for example in each.examples]
        found.append(Document(each.name, counted(each.description, own), DESCRIPTION_WEIGHT))
        found.append(Document(each.name, counted(each.name.replace("_", " "), own), NAME_WEIGHT))
    return [*found, *_nobodys(found, own)]


def counted(text: str, own: frozenset[str]) -> tuple[Counter[str], Counter[str]]:
    """The features of a sentence."""
    masked = Reading(text, ANY_DAY).masked
    return features.raw(masked, mood(masked, own).act)


def own_verbs(tools: Sequence[Tool]) -> frozenset[str]:
    """First words of tools' names and orders that no lexicon lists: how foreign tools bring their verbs."""
    known = lexicon()
    never = known.stop | known.words("looking") | known.words("determiners") | known.verbs
    found: Counter[str] = Counter()
    for tool in tools:
        if tool.returns != "plan":
            continue
        first = [tool.name.split("_")[0], *(_first_word(each) for each in tool.examples)]
        found.update(word for word, times in Counter(first).items() if times > 1 or word == first[0])
    return frozenset(each for each in found if each.isalpha() and each not in never)


def manners(tools: Sequence[Tool], own: frozenset[str]) -> dict[str, Manner]:
    """How people speak to each tool: its examples' verbs, and groups of verbs that many of them use."""
    return {each.name: manner_of(each, own) for each in tools}


def save(weights: Weights, to: Path) -> None:
    """Keep what was learnt; a half-written file is never read."""
    to.parent.mkdir(parents=True, exist_ok=True)
    partial = to.with_suffix(".partial.npz")
    np.savez(
        partial,
        vocabulary=np.array(weights.vocabulary),
        labels=np.array(weights.labels),
        numbers=np.array([weights.sharpness, weights.unseen]),
        **{name: getattr(weights, name) for name in _ARRAYS},
    )
    partial.replace(to)


def load(kept: Path) -> Weights | None:
    """What was learnt before, or None when the file cannot be read."""
    try:
        with np.load(kept, allow_pickle=False) as stored:
            arrays: dict[str, Array] = {name: stored[name] for name in _ARRAYS}
            sharpness, unseen = stored["numbers"].tolist()
            vocabulary, labels = tuple(stored["vocabulary"].tolist()), tuple(stored["labels"].tolist())
    except (OSError, ValueError, KeyError, EOFError):
        return None
    return Weights(vocabulary=vocabulary, labels=labels, sharpness=sharpness, unseen=unseen, **arrays)  # type: ignore[arg-type]  # arrays by name, as saved


_ARRAYS = ("rarity", "of_document", "documents", "linear", "left_out")


def _nobodys(known: Sequence[Document], own: frozenset[str]) -> Iterator[Document]:
    """Sentences that are nobody's, without those that a tool of this catalogue would claim."""
    text = resources.files("bot.assistant.offline").joinpath("elsewhere.txt").read_text(encoding="utf-8")
    rarity = features.inverse_frequency(each.counts[0] for each in known)
    unseen = max(rarity.values())
    vectors = [
        features.weighted((each.counts[0], Counter()), rarity, unseen)[0]
        for each in known
        if each.weight == 1
    ]
    for line in text.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        counts = counted(line.strip(), own)
        vector, _ = features.weighted((counts[0], Counter()), rarity, unseen)
        closest = max(
            (sum(value * each.get(name, 0.0) for name, value in vector.items()) for each in vectors),
            default=0,
        )
        if closest < TOO_CLOSE * features.WORDS_SHARE:
            yield Document(NOWHERE, counts)


def manner_of(tool: Tool, own: frozenset[str]) -> Manner:
    moods = [mood(Reading(each, ANY_DAY).masked, own) for each in tool.examples]
    ordered = [each.ordered for each in moods]
    exact = frozenset().union(*ordered)
    shares = {
        name: sum(bool(verbs & each) for each in ordered) / len(ordered)
        for name, verbs in lexicon().verb_groups.items()
    }
    best = max(shares.values())
    groups = [name for name, share in shares.items() if share >= max(GROUP_SHARE, best * 0.75)]
    verbs = exact.union(*(lexicon().verb_groups[name] for name in groups)) | {tool.name.split("_")[0]}
    return Manner(
        verbs=verbs,
        exact=exact,
        nouns=_nouns(tool, exact),
        topics=_topics(tool),
        orders=sum(each.act == "order" for each in moods) / len(moods),
    )


def _nouns(tool: Tool, verbs: frozenset[str]) -> frozenset[str]:
    """The words of a tool's sentences that say to what something is done; pronouns for tools that undo a plan."""
    small = lexicon().stop | lexicon().verbs | verbs
    said = [
        word
        for each in (*tool.examples, tool.description)
        for word in features.tokens(Reading(each, ANY_DAY).masked)
    ]
    named = {features.stem(each) for each in said if each not in small}
    pronouns = {"that", "this", "it", "last"} if {"plan", "run"} & set(tool.kinds.values()) else set()
    return frozenset(named | {features.stem(each) for each in pronouns})


def _topics(tool: Tool) -> dict[str, float]:
    """The share of a tool's sentences that name each concept."""
    said = [
        Reading(each, ANY_DAY).masked
        for each in (*tool.examples, tool.description, tool.name.replace("_", " "))
    ]
    named = Counter(name for each in said for name in features.concepts(each))
    return {name: times / len(said) for name, times in named.items()}


def _first_word(text: str) -> str:
    match = re.match(r"\s*(?:please\s+)?([a-z]+)", text.lower())
    return match[1] if match else ""


def _surface(tools: Sequence[Tool]) -> set[str]:
    return {
        word
        for each in tools
        for text in (*each.examples, each.description)
        for word in features.tokens(text.lower())
    }
