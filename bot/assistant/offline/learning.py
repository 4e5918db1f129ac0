"""What is learnt from a catalogue: sentences to recognise each tool by, the verbs that order it, thresholds.

Everything comes from the tools themselves (examples, description, name) and from a list of sentences that are
nobody's. It is learnt again when the catalogue changes, and kept in a cache directory otherwise.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from bot.assistant.offline import calibration, classifier, features, keeping
from bot.assistant.offline.classifier import NOWHERE, Classifier, Document
from bot.assistant.offline.fitting import Manners
from bot.assistant.offline.learnt import Learnt
from bot.assistant.offline.lexicon import elsewhere
from bot.assistant.offline.manners import manner_of, masked, own_verbs
from bot.assistant.offline.mood import mood
from tools.registry import Tool

DESCRIPTION_WEIGHT = 0.3
NAME_WEIGHT = 0.5
TOO_CLOSE = 0.5  # a sentence of nobody's that is this similar to an example is somebody's


def learn(tools: Sequence[Tool], cache: Path | None = None) -> Learnt:
    """Learn from these tools, or take what was learnt from the same catalogue before."""
    kept = cache / f"understanding-{keeping.catalogue_hash(tools)}.npz" if cache else None
    before = keeping.load(kept) if kept and kept.exists() else None
    if before is not None:
        return before
    learnt = _learn(tools)
    if kept:
        keeping.save(learnt, kept)
    return learnt


def _learn(tools: Sequence[Tool]) -> Learnt:
    own = own_verbs(tools)
    trained = Classifier(classifier.train(documents(tools, own)))
    manners = Manners({each.name: manner_of(each, own) for each in tools})
    said = {word for each in tools for text in (*each.examples, each.description) for word in _words(text)}
    return Learnt(
        classifier=trained,
        manners=manners,
        own_verbs=own,
        words=tuple(sorted(said)),
        limits=calibration.thresholds(trained, tools, manners, own),
    )


def documents(tools: Sequence[Tool], own: frozenset[str]) -> list[Document]:
    """Every sentence to learn from: all examples first, tool by tool, then descriptions, names, nobody's."""
    found = [Document(each.name, counted(example, own)) for each in tools for example in each.examples]
    for each in tools:
        found.append(Document(each.name, counted(each.description, own), DESCRIPTION_WEIGHT))
        found.append(Document(each.name, counted(each.name.replace("_", " "), own), NAME_WEIGHT))
    return [*found, *_nobodys(found, own)]


def counted(text: str, own: frozenset[str]) -> tuple[Counter[str], Counter[str]]:
    """The features of a sentence."""
    plain = masked(text)
    return features.raw(plain, mood(plain, own).act)


def _nobodys(known: Sequence[Document], own: frozenset[str]) -> Iterator[Document]:
    """Sentences that are nobody's, without those that a tool of this catalogue would claim."""
    candidates = [Document(NOWHERE, counted(line, own)) for line in elsewhere()]
    closest = classifier.closest(
        [each.counts for each in candidates], [each.counts for each in known if each.weight == 1]
    )
    return (each for each, near in zip(candidates, closest, strict=True) if near < TOO_CLOSE)


def _words(text: str) -> list[str]:
    return features.tokens(text.lower())
