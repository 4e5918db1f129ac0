"""Marks of consent written down as they stream by: a file a column, and the words beside them in one more."""

import json
from array import array
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import IO, TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    import numpy as np

FLUSH = 4096  # marks held before they are written
# each column's type, as Python's arrays and as numpy name it
TYPES: Mapping[str, tuple[str, str]] = {
    "hi": ("Q", "u8"), "lo": ("Q", "u8"), "state": ("B", "u1"), "scope": ("H", "u2"), "moment": ("q", "i8"),
    "ref": ("q", "i8"),
}  # fmt: skip

Key = tuple[int, int]  # the first half of a keyed hash


def key_of(subject: str) -> Key:
    """The first 128 bits of a subject (64 hex digits) as two integers: enough to tell people apart."""
    return int(subject[:16], 16), int(subject[16:32], 16)


class Columns:
    """One system's marks, on their way to disk. Use it in a `with` block."""

    def __init__(self, folder: Path, system: str) -> None:
        self._parts = ExitStack()
        self._files = {name: self._open(folder, system, name) for name in (*TYPES, "words")}
        self._held = {name: array(code) for name, (code, _) in TYPES.items()}
        self._words: list[bytes] = []
        self._end = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self._flush()
        self._parts.close()

    def add(self, key: Key, state: int, scope: int, at: int, words: Sequence[str]) -> int:
        """Write one mark; returns where its words lie."""
        line = json.dumps(words).encode() + b"\n"
        ref = self._end
        self._end += len(line)
        self._words.append(line)
        for name, value in zip(TYPES, (*key, state, scope, at, ref), strict=True):
            self._held[name].append(value)
        if len(self._words) >= FLUSH:
            self._flush()
        return ref

    def _open(self, folder: Path, system: str, name: str) -> IO[bytes]:
        return self._parts.enter_context((folder / f"{system}.{name}").open("wb"))

    def _flush(self) -> None:
        self._files["words"].write(b"".join(self._words))
        self._words.clear()
        for name, held in self._held.items():
            held.tofile(self._files[name])
            del held[:]


def mapped(folder: Path, system: str) -> "dict[str, np.ndarray[Any, Any]]":
    """The columns of one system, left on disk."""
    import numpy as np

    return {
        name: np.memmap(path, dtype=kind, mode="r")
        if (path := folder / f"{system}.{name}").stat().st_size
        else np.empty(0, dtype=kind)
        for name, (_, kind) in TYPES.items()
    }
