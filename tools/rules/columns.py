"""Marks of consent written down as they stream by: a file a column, and the words beside them in one more.

A batch is written at a time and a column at a time: a million marks take as long as Python spends on each.
"""

import marshal
import os
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from itertools import accumulate
from pathlib import Path
from types import TracebackType
from typing import IO, TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    import numpy as np

# each column's type, as numpy names it
TYPES: Mapping[str, str] = {"hi": "u8", "lo": "u8", "state": "u1", "scope": "u2", "moment": "i8", "ref": "i8"}
_LENGTH = 4  # bytes before a mark's words that tell how many follow
_USUAL = 512  # bytes that a mark's words seldom exceed

Key = tuple[int, int]  # the first half of a keyed hash
Words = tuple[str, ...]


def key_of(subject: str) -> Key:
    """The first 128 bits of a subject (64 hex digits) as two integers: enough to tell people apart."""
    return int(subject[:16], 16), int(subject[16:32], 16)


def keys_of(subjects: Sequence[str]) -> "tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]":
    """`key_of` for many: the column of first halves and that of second halves."""
    import numpy as np

    digits = bytes.fromhex("".join([subject[:32] for subject in subjects]))
    halves = np.frombuffer(digits, dtype=">u8").reshape(-1, 2).astype("u8")
    return np.ascontiguousarray(halves[:, 0]), np.ascontiguousarray(halves[:, 1])


class Columns:
    """One system's marks, on their way to disk. Use it in a `with` block."""

    def __init__(self, folder: Path, system: str) -> None:
        self._parts = ExitStack()
        self._files = {name: self._open(folder, system, name) for name in (*TYPES, "words")}
        self._end = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._parts.close()

    def add(
        self,
        subjects: Sequence[str],
        states: Sequence[int],
        scopes: Sequence[int],
        moments: Sequence[int],
        words: Sequence[Words],
    ) -> list[int]:
        """Write a batch of marks, a sequence for each column; returns where the words of each lie."""
        import numpy as np

        texts = list(map(marshal.dumps, words))  # any text, letter for letter, six times as fast as JSON
        *refs, self._end = accumulate((_LENGTH + len(text) for text in texts), initial=self._end)
        self._files["words"].write(b"".join([len(text).to_bytes(_LENGTH) + text for text in texts]))
        columns = (*keys_of(subjects), states, scopes, moments, refs)
        for (name, kind), column in zip(TYPES.items(), columns, strict=True):
            self._files[name].write(np.asarray(column, dtype=kind).tobytes())
        return refs

    def _open(self, folder: Path, system: str, name: str) -> IO[bytes]:
        return self._parts.enter_context((folder / f"{system}.{name}").open("wb"))


def words_at(file: IO[bytes], ref: int) -> Words:
    """The words of the mark whose place is `ref`, by one read where they are no longer than usual."""
    text = os.pread(file.fileno(), _USUAL, ref)
    end = _LENGTH + int.from_bytes(text[:_LENGTH])
    if end > _USUAL:
        text = os.pread(file.fileno(), end, ref)
    words: Words = marshal.loads(text[_LENGTH:end])  # noqa: S302 (written above by this very process)
    return words


def mapped(folder: Path, system: str) -> "dict[str, np.ndarray[Any, Any]]":
    """The columns of one system, left on disk."""
    import numpy as np

    return {
        name: np.memmap(path, dtype=kind, mode="r")
        if (path := folder / f"{system}.{name}").stat().st_size
        else np.empty(0, dtype=kind)
        for name, kind in TYPES.items()
    }
