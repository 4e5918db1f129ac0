"""Vectors kept by what they were made of, so that a rebuild embeds only what changed."""

import hashlib
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

import numpy as np

from knowledge.embedding import Embedder, Vectors

_STEP = 32  # texts embedded between two words of progress, and the most that a kill can lose


class VectorCache:
    """A SQLite file of vectors by embedder and SHA-256 of the text. It holds no text."""

    def __init__(self, file: Path, shared: Path | None = None) -> None:
        """The file is made when it is first needed. What `shared` already holds is taken from there."""
        self._file = file
        self._shared = shared

    def vectors(
        self, embedder: Embedder, texts: Sequence[str], progress: Callable[[int, int], None]
    ) -> tuple[Vectors, list[int]]:
        """Vectors of all texts in order, and the places of those that had to be computed."""
        keys = _keys(texts)
        result = np.zeros((len(texts), embedder.dimension), dtype=np.float32)
        with closing(self._opened()) as connection:
            own = _known(connection, embedder)
            known = self._elsewhere(embedder) | own
            missing = [at for at, key in enumerate(keys) if key not in known]
            for at, key in enumerate(keys):
                if key in known:
                    result[at] = np.frombuffer(known[key], dtype=np.float32)
            for start in range(0, len(missing), _STEP):
                some = missing[start : start + _STEP]
                result[some] = embedder.embed([texts[at] for at in some])
                rows = [(embedder.name, keys[at], result[at].tobytes()) for at in some]
                connection.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?, ?)", rows)
                connection.commit()
                progress(start + len(some), len(missing))
            self._forget(connection, embedder.name, set(own) - set(keys))
        return result, missing

    def holds(self, embedder: Embedder, texts: Sequence[str]) -> bool:
        """Whether all vectors are there, so that an index can be built at once."""
        with closing(self._opened()) as connection:
            known = self._elsewhere(embedder).keys() | _known(connection, embedder).keys()
        return known >= set(_keys(texts))

    def _elsewhere(self, embedder: Embedder) -> dict[bytes, bytes]:
        if self._shared is None or not self._shared.exists():
            return {}
        with closing(sqlite3.connect(f"file:{self._shared}?mode=ro", uri=True, timeout=30)) as connection:
            return _known(connection, embedder)

    def _opened(self) -> sqlite3.Connection:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(self._file, timeout=30)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute(
            "CREATE TABLE IF NOT EXISTS vectors"
            " (embedder TEXT, text BLOB, vector BLOB, PRIMARY KEY (embedder, text))"
        )
        return connection

    def _forget(self, connection: sqlite3.Connection, embedder: str, gone: set[bytes]) -> None:
        """A passage that is no longer on any page leaves no vector behind."""
        connection.executemany(
            "DELETE FROM vectors WHERE embedder = ? AND text = ?", [(embedder, key) for key in gone]
        )
        connection.commit()


def _keys(texts: Sequence[str]) -> list[bytes]:
    return [hashlib.sha256(text.encode()).digest() for text in texts]


def _known(connection: sqlite3.Connection, embedder: Embedder) -> dict[bytes, bytes]:
    rows = connection.execute("SELECT text, vector FROM vectors WHERE embedder = ?", (embedder.name,))
    return dict(rows.fetchall())
