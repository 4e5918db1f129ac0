"""Ordinary retrieval over the same pages: the bare things `clearance bench retrieval` compares to.

Two of them: sentence vectors in chroma over chunks of 1,000 characters, which is what most assistants do; and
textbook BM25 over passages cut by heading, without synonyms, typing errors or coverage.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from knowledge import chroma_index, ranking
from knowledge.chunking import Passage, passages
from knowledge.embedding import Embedder
from knowledge.evaluation import Retrieved
from knowledge.lexical import Lexical
from knowledge.markdown import sections
from knowledge.runbook import Runbook
from knowledge.synonyms import Slot
from knowledge.words import asked

CHUNK = 1_000  # characters
NEAR = 50


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of a page, cut without regard to headings, and every heading some of it stands under."""

    path: str
    headings: tuple[str, ...]
    text: str


class PlainChroma:
    """Cosine of sentence vectors over chunks of 1,000 characters; a page counts by its best chunk."""

    def __init__(self, pages: Sequence[Runbook], embedder: Embedder, folder: Path) -> None:
        """Cuts, embeds and stores the pages in `folder`, which chroma keeps open until `close`."""
        self._chunks = [chunk for page in pages for chunk in chunks(page)]
        self._embedder = embedder
        vectors = embedder.embed([chunk.text for chunk in self._chunks])
        chroma_index.build(folder, "plain", vectors, ["everyone"] * len(self._chunks))
        self._dense = chroma_index.DenseIndex(folder, "plain")

    def __len__(self) -> int:
        """Chunks in it."""
        return len(self._chunks)

    def ask(self, question: str) -> Retrieved:
        """The nearest chunks. It has no way to say that nothing answers."""
        near = self._dense.nearest(self._embedder.embed([question])[0], NEAR, None)
        best = sorted(near, key=lambda number: -near[number])
        return _retrieved(
            [(self._chunks[each].path, name) for each in best for name in self._chunks[each].headings]
        )

    def close(self) -> None:
        """Let go of chroma's files."""
        self._dense.close()


class PlainBM25:
    """BM25 over passages cut by heading; a page counts by its best passage."""

    def __init__(self, pages: Sequence[Runbook]) -> None:
        """Cuts and indexes the pages in memory."""
        self._passages: list[Passage] = [passage for page in pages for passage in passages(page)]
        self._lexical = Lexical.build([("", passage.indexed) for passage in self._passages])

    def __len__(self) -> int:
        """Passages in it."""
        return len(self._passages)

    def ask(self, question: str) -> Retrieved:
        """The passages that share the rarest words with the question."""
        scores = self._lexical.scores([Slot(term) for term in asked(question)]).bm25
        best = ranking.best(scores, NEAR)
        found = [
            (self._passages[each].path, part.heading) for each in best for part in self._passages[each].parts
        ]
        return _retrieved(found)


def chunks(page: Runbook) -> Iterator[Chunk]:
    """A page in pieces of 1,000 characters, as they come."""
    text = ""
    starts: list[tuple[int, str]] = []
    for section in sections(page.body, page.title):
        starts.append((len(text), section.heading))
        text += "\n".join([section.heading, *section.blocks, ""])
    ends = [start for start, _ in starts[1:]] + [len(text)]
    for at in range(0, len(text), CHUNK):
        under = [
            name for (start, name), end in zip(starts, ends, strict=True) if start < at + CHUNK and end > at
        ]
        yield Chunk(page.path, tuple(under), text[at : at + CHUNK])


def _retrieved(found: Sequence[tuple[str, str]]) -> Retrieved:
    pages = tuple(dict.fromkeys(path for path, _ in found))
    return Retrieved(
        pages=pages, sections=tuple(dict.fromkeys(found))[:5], outcome="answer" if found else "none"
    )
