"""A vector for every passage: mostly what it says, and in part what its headings say it is about.

Headings are the author's own summary. Mixed into the vector they bring questions in other words nearer to the
right section, without a second index to search.
"""

from collections.abc import Callable, Sequence

import numpy as np

from knowledge.chunking import Passage
from knowledge.embedding import Embedder, Vectors, unit
from knowledge.vector_cache import VectorCache

HEADING_SHARE = 0.25  # of a passage's vector that comes from its headings


def passage_vectors(
    cache: VectorCache, embedder: Embedder, passages: Sequence[Passage], progress: Callable[[int, int], None]
) -> tuple[Vectors, int]:
    """Vectors of length 1, one a passage, and how many passages had to be embedded anew."""
    headings = _headings(passages)
    places = {text: at for at, text in enumerate(dict.fromkeys(text for some in headings for text in some))}
    texts = [passage.indexed for passage in passages]
    made, computed = cache.vectors(embedder, texts_of(passages), progress)
    bodies, named = made[: len(texts)], made[len(texts) :]
    about = np.zeros_like(bodies)
    for row, some in enumerate(headings):
        about[row] = named[[places[text] for text in some]].sum(axis=0)
    mixed = unit((1 - HEADING_SHARE) * bodies + HEADING_SHARE * unit(about))
    return mixed, sum(at < len(texts) for at in computed)


def texts_of(passages: Sequence[Passage]) -> list[str]:
    """Every text that is embedded for these passages: what they say, then their headings, each once."""
    named = dict.fromkeys(text for some in _headings(passages) for text in some)
    return [*(passage.indexed for passage in passages), *named]


def _headings(passages: Sequence[Passage]) -> list[list[str]]:
    return [[f"{passage.title}: {part.heading}" for part in passage.parts] for passage in passages]
