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

    def __init__(self, file: Path) -> None:
        """The file is made when it is first needed."""
        self._file = file

    def vectors(
        self, embedder: Embedder, texts: Sequence[str], progress: Callable[[int, int], None]
    ) -> tuple[Vectors, list[int]]:
        """Vectors of all texts in order, and the places of those that had to be computed."""
        keys = [hashlib.sha256(text.encode()).digest() for text in texts]
        result = np.zeros((len(texts), embedder.dimension), dtype=np.float32)
        with closing(self._opened()) as connection:
            known = dict(
                connection.execute("SELECT text, vector FROM vectors WHERE embedder = ?", (embedder.name,))
            )
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
            self._forget(connection, embedder.name, set(known) - set(keys))
        return result, missing

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
