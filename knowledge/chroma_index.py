"""Vectors in chromadb; the only importer of it. Written once a generation, then only read.

Each audience has a collection of its own and a search opens only those it may see: chroma's own filter takes
ten times as long. Chroma's embedder is never used: vectors come from our `Embedder`. A client that is open
while another process or thread writes to its folder gives stale or broken results, which is why a generation
is complete before anyone opens it.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import numpy as np

from knowledge.embedding import Vectors

if TYPE_CHECKING:
    from chromadb.api import ClientAPI
    from chromadb.api.models.Collection import Collection

_PAGE = 2_000  # chroma refuses to hand out or take very many records at once
_SPACE: Any = {"hnsw": {"space": "cosine", "ef_construction": 100, "ef_search": 200}}
_AUDIENCE = "audience"


class DenseIndex:
    """The opened vectors of one generation, addressed by passage number."""

    def __init__(self, place: Path | str, name: str) -> None:
        """Open what `build` wrote into a folder or, given a URL, onto a server."""
        self._client = _client(place)
        found = [each for each in self._client.list_collections() if each.name.startswith(f"{name}-")]
        self._collections = {str((each.metadata or {})[_AUDIENCE]): (each, each.count()) for each in found}

    def nearest(self, vector: Vectors, limit: int, audiences: Sequence[str] | None) -> dict[int, float]:
        """Passage number -> cosine of the nearest passages that these audiences may see (None: all)."""
        near: dict[int, float] = {}
        for audience, (collection, count) in self._collections.items():
            if audiences is None or audience in audiences:
                near |= _nearest(collection, vector, min(limit, count))
        return near

    def cosines(self, vector: Vectors, numbers: Sequence[int]) -> dict[int, float]:
        """Passage number -> cosine, for passages that were found some other way."""
        known: dict[int, float] = {}
        for collection, _ in self._collections.values() if numbers else ():
            found = collection.get(ids=[str(number) for number in numbers], include=["embeddings"])
            if found["ids"]:
                vectors = np.asarray(found["embeddings"], dtype=np.float32)
                known |= dict(zip(map(int, found["ids"]), map(float, vectors @ vector), strict=True))
        return known

    def close(self) -> None:
        """Let go of files, threads and connections."""
        _close(self._client)


def build(place: Path | str, name: str, vectors: Vectors, audiences: Sequence[str]) -> None:
    """Write the vectors of a generation; row n is passage n, for the audience at n. Raises `OSError`."""
    client = _client(place)
    try:
        for number, audience in enumerate(sorted(set(audiences))):
            rows = [row for row, owner in enumerate(audiences) if owner == audience]
            collection = client.create_collection(
                f"{name}-{number}",
                embedding_function=None,
                configuration=_SPACE,
                metadata={_AUDIENCE: audience},
            )
            for start in range(0, len(rows), _PAGE):
                some = rows[start : start + _PAGE]
                collection.add(ids=[str(row) for row in some], embeddings=vectors[some])
            if collection.count() != len(rows):
                raise OSError(f"chroma holds {collection.count()} vectors of {len(rows)}")
    finally:
        _close(client)


def drop(url: str, names: Sequence[str]) -> None:
    """Delete the collections of retired generations from a server."""
    client = _client(url)
    try:
        for collection in client.list_collections():
            if collection.name.rpartition("-")[0] in names:
                client.delete_collection(collection.name)
    finally:
        _close(client)


def _nearest(collection: "Collection", vector: Vectors, limit: int) -> dict[int, float]:
    found = collection.query(query_embeddings=[vector.tolist()], n_results=limit, include=["distances"])
    distances = found["distances"] or [[]]
    return {int(name): 1 - float(far) for name, far in zip(found["ids"][0], distances[0], strict=True)}


def _close(client: "ClientAPI") -> None:
    """Close a client, and the connections that chroma's HTTP client and its inner one leave open."""
    closing: Any = client
    closing.close()
    for part in (closing, getattr(closing, "_admin_client", None)):
        session = getattr(getattr(part, "_server", None), "_session", None)
        if session is not None:
            session.close()


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
