"""Vectors in chromadb; the only importer of it. One collection a generation, written once, then only read.

Chroma's own embedder is never used: vectors come from our `Embedder`. A client that is open while another
process or thread writes to its folder gives stale or broken results, which is why a generation is complete
before anyone opens it.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

import numpy as np

from knowledge.embedding import Vectors

if TYPE_CHECKING:
    from chromadb.api import ClientAPI
    from chromadb.api.models.Collection import Collection
    from chromadb.api.types import Where

_NAME = "passages"
_PAGE = 2_000  # chroma refuses to hand out or take very many records at once
_SPACE = {"hnsw": {"space": "cosine", "ef_construction": 200, "ef_search": 200, "max_neighbors": 32}}


class DenseIndex:
    """An opened collection of vectors, addressed by passage number."""

    def __init__(self, client: "ClientAPI", collection: "Collection") -> None:
        """Use `open_folder`, `open_server` or `build`."""
        self._client = client
        self._collection = collection

    def count(self) -> int:
        """Vectors in it."""
        return self._collection.count()

    def nearest(self, vector: Vectors, limit: int, audiences: Sequence[str] | None) -> dict[int, float]:
        """Passage number -> cosine of the nearest passages that these audiences may see (None: all)."""
        if audiences is not None and not audiences:
            return {}
        found = self._collection.query(
            query_embeddings=[vector.tolist()],
            n_results=min(limit, max(self._collection.count(), 1)),
            where=_visible_to(audiences),
            include=["distances"],
        )
        distances = found["distances"] or [[]]
        return {int(name): 1 - float(far) for name, far in zip(found["ids"][0], distances[0], strict=True)}

    def cosines(self, vector: Vectors, numbers: Sequence[int]) -> dict[int, float]:
        """Passage number -> cosine, for passages that were found some other way."""
        if not numbers:
            return {}
        found = self._collection.get(ids=[str(number) for number in numbers], include=["embeddings"])
        vectors = np.asarray(found["embeddings"], dtype=np.float32)
        near = vectors @ np.asarray(vector, dtype=np.float32)
        return {int(name): float(value) for name, value in zip(found["ids"], near, strict=True)}

    def close(self) -> None:
        """Let go of files and threads."""
        close: Callable[[], None] | None = getattr(self._client, "close", None)
        if close is not None:
            close()


def _visible_to(audiences: Sequence[str] | None) -> "Where | None":
    """Chroma's filter for the audience keys of pages."""
    keys: list[str | int | float | bool] = list(audiences or ())
    among: dict[Literal["$in", "$nin"], list[str | int | float | bool]] = {"$in": keys}
    return None if audiences is None else {"audience": among}


def build(place: Path | str, name: str, vectors: Vectors, audiences: Sequence[str]) -> None:
    """Write a new collection into a folder or, by URL, onto a server; row n is passage n."""
    client = _client(place)
    try:
        collection = client.create_collection(
            _collection(place, name),
            embedding_function=None,
            configuration=_SPACE,  # type: ignore[arg-type]  # chroma types it as a TypedDict of its own
        )
        for start in range(0, len(vectors), _PAGE):
            rows = range(start, min(start + _PAGE, len(vectors)))
            metadata: list[Mapping[str, str]] = [{"audience": audiences[row]} for row in rows]
            collection.add(
                ids=[str(row) for row in rows],
                embeddings=vectors[rows.start : rows.stop],
                metadatas=metadata,  # type: ignore[arg-type]  # invariant in its element type
            )
        if collection.count() != len(vectors):
            raise OSError(f"chroma holds {collection.count()} vectors of {len(vectors)}")
    finally:
        DenseIndex(client, None).close()  # type: ignore[arg-type]  # only closes


def open_index(place: Path | str, name: str) -> DenseIndex:
    """Open what `build` wrote, for reading."""
    client = _client(place)
    return DenseIndex(client, client.get_collection(_collection(place, name), embedding_function=None))


def drop(url: str, names: Sequence[str]) -> None:
    """Delete the collections of retired generations from a server."""
    client = _client(url)
    present = {collection.name for collection in client.list_collections()}
    for name in names:
        if name in present:
            client.delete_collection(name)


def _collection(place: Path | str, name: str) -> str:
    return name if isinstance(place, str) else _NAME


def _client(place: Path | str) -> "ClientAPI":
    import chromadb
    from chromadb.config import Settings

    settings = Settings(anonymized_telemetry=False)
    if isinstance(place, Path):
        return chromadb.PersistentClient(path=str(place), settings=settings)
    url = urlsplit(place)
    return chromadb.HttpClient(
        host=url.hostname or "127.0.0.1",
        port=url.port or (443 if url.scheme == "https" else 8000),
        ssl=url.scheme == "https",
        settings=settings,
    )
