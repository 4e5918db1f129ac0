"""Builds a new generation of the index from folders of pages and swaps it in.

Nothing is rebuilt when nothing changed; vectors are computed for changed passages only. What is wrong with
pages is reported to whoever indexes, never fatal.
"""

import hashlib
import os
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np

from knowledge import chroma_index, index
from knowledge.chunking import CHUNKER, Passage, passages
from knowledge.duplicates import near_duplicates
from knowledge.embedding import Embedder, EmbedderError, NoEmbedder, Vectors
from knowledge.generations import Generation, Generations, building, finish, sweep
from knowledge.runbook import Runbook
from knowledge.sources import Source, pages, settled_audiences
from knowledge.vector_cache import VectorCache
from knowledge.vectors import passage_vectors, texts_of

Progress = Callable[[str, int, int], None]  # what is being done, how much of it is done, of how much


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestReport:
    """What indexing did: counts, and what the owners of pages should know."""

    generation: Generation
    changed: bool  # False: everything was as the served index has it already
    embedded: int  # passages whose vector had to be computed
    problems: tuple[tuple[str, str], ...]  # (path, what is wrong)
    duplicates: tuple[tuple[str, str, float], ...]  # (path, path, likeness)
    notice: str = ""  # a sentence when vectors could not be had


def _silent(_what: str, _done: int, _total: int) -> None:
    """No progress shown."""


class Library:
    """The place on disk where generations are built, with the embedder that makes their vectors."""

    def __init__(
        self,
        home: Path,
        generations: Generations,
        embedder: Embedder,
        *,
        chroma_url: str = "",
        shared: Path | None = None,
    ) -> None:
        """`home` holds generations and the cache of vectors; `chroma_url` puts vectors on a server.

        `shared` is a cache that other homes read too: the shipped pages' vectors, made once.
        """
        self._home = home
        self._cache = VectorCache(home / "vectors.db", shared)
        self._generations = generations
        self._embedder = embedder
        self._chroma_url = chroma_url

    def index(
        self, sources: Sequence[Source], *, now: datetime, progress: Progress = _silent, force: bool = False
    ) -> IngestReport:
        """Index exactly these sources, in place of whatever was indexed before."""
        read = _read(sources, progress)
        with building(self._home):
            current = self._generations.current()
            digest = self._digest(read, self._embedder.name)
            fresh = current is not None and current.digest == digest and (self._home / current.id).is_dir()
            if current is not None and fresh and not force:
                return _report(current, read, changed=False, embedded=0, notice="")
            return self._build(read, sources, now, progress)

    def at_once(self, sources: Sequence[Source]) -> bool:
        """Whether these sources could be indexed without embedding anything."""
        if not self._embedder.dimension:
            return True
        cut = [passage for page in _read(sources, _silent) if page.readable for passage in passages(page)]
        return self._cache.holds(self._embedder, texts_of(cut))

    def _build(
        self, read: Sequence[Runbook], sources: Sequence[Source], now: datetime, progress: Progress
    ) -> IngestReport:
        described = _described(read)
        cut = [passage for page in read if page.readable for passage in passages(page)]
        name = f"{index.PREFIX}{now:%Y%m%d-%H%M%S}-{uuid.uuid4().hex[:8]}"
        folder = self._home / name
        folder.mkdir()
        progress("indexing words", 0, len(cut))
        index.write(folder, described, cut)
        embedder, vectors, embedded, notice = self._vectors(cut, progress)
        if vectors.shape[1] and len(vectors):
            progress("storing vectors", 0, len(cut))
            keys = {page.path: page.audience_key for page in described}
            place = self._chroma_url or index.vectors_of(folder)
            chroma_index.build(place, name, vectors, [keys[passage.path] for passage in cut])
        index.verify(folder, len(cut))
        finish(folder)
        made = Generation(
            id=name,
            embedder=embedder.name,
            dimension=embedder.dimension,
            pages=len(described),
            passages=len(cut),
            built_at=now.isoformat(),
            digest=self._digest(read, embedder.name),
            sources=tuple((source.prefix, str(source.place)) for source in sources),
        )
        _to_disk(self._home)
        self._generations.swap(made)
        self._retire(name)
        return _report(made, read, changed=True, embedded=embedded, notice=notice)

    def _vectors(self, cut: Sequence[Passage], progress: Progress) -> tuple[Embedder, Vectors, int, str]:
        if not self._embedder.dimension:
            return self._embedder, np.zeros((len(cut), 0), dtype=np.float32), 0, ""
        try:
            vectors, embedded = passage_vectors(
                self._cache,
                self._embedder,
                cut,
                lambda done, total: progress("computing vectors", done, total),
            )
        except EmbedderError as failed:
            notice = f"{failed} The index was built without vectors and answers by words alone."
            return NoEmbedder(), np.zeros((len(cut), 0), dtype=np.float32), 0, notice
        return self._embedder, vectors, embedded, ""

    def _retire(self, keep: str) -> None:
        retired = sweep(self._home, keep)
        if self._chroma_url and retired:
            chroma_index.drop(self._chroma_url, retired)

    def _digest(self, read: Sequence[Runbook], embedder: str) -> str:
        """What the index is a function of: pages, the way they are cut, and what makes the vectors."""
        lines = [
            index.PREFIX,
            CHUNKER,
            embedder,
            self._chroma_url,
            *(f"{page.path} {page.digest}" for page in read),
        ]
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _read(sources: Sequence[Source], progress: Progress) -> list[Runbook]:
    read: list[Runbook] = []
    for page in pages(sources):
        read.append(page)
        progress("reading pages", len(read), 0)
    return read


def _described(read: Sequence[Runbook]) -> list[index.Page]:
    """Entries of the pages that can be served, with audiences settled and superseded pages marked."""
    audiences = settled_audiences(read)
    replaced = {
        key: page.title for page in read for old in page.supersedes for key in (old.casefold(), _stem(old))
    }
    return [
        index.described(
            page,
            audiences[page.path],
            replaced.get(page.title.casefold()) or replaced.get(_stem(page.path)) or "",
        )
        for page in read
        if page.readable
    ]


def _stem(path: str) -> str:
    """How a page may be named by another: its file's name without folder and ending."""
    return path.rsplit("/", 1)[-1].rsplit(".", 1)[0].casefold()


def _report(
    generation: Generation, read: Sequence[Runbook], *, changed: bool, embedded: int, notice: str
) -> IngestReport:
    return IngestReport(
        generation=generation,
        changed=changed,
        embedded=embedded,
        problems=tuple((page.path, problem) for page in read for problem in page.problems),
        duplicates=tuple(near_duplicates(read)),
        notice=notice,
    )


def _to_disk(folder: Path) -> None:
    """Make the new folder's name survive a power cut before any row names it."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
