"""Generations of the index: each in a folder of its own, served only once a row names it.

A builder works in a folder no reader knows. Swapping the row is the only moment anything changes for readers,
so a builder killed at any point leaves the old generation serving. Readers hold a shared lock on the
generation they have open; whoever finds a retired one without readers deletes it.
"""

import fcntl
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Protocol

_LOCK = ".lock"


@dataclass(frozen=True, slots=True, kw_only=True)
class Generation:
    """One finished index: its folder's name, what made its vectors, and how much is in it."""

    id: str
    embedder: str  # "none" in lexical mode
    dimension: int
    pages: int
    passages: int
    built_at: str  # ISO 8601, UTC
    digest: str  # of everything it was made from: equal means a rebuild would change nothing
    sources: tuple[tuple[str, str], ...] = ()  # (prefix of the paths, folder or file) pairs


class Generations(Protocol):
    """The row that says which generation is served."""

    def current(self) -> Generation | None:
        """The one being served, or None before the first build."""

    def swap(self, generation: Generation) -> None:
        """Serve this one from now on, for every process."""


def as_row(generation: Generation) -> dict[str, object]:
    """A generation as JSON values, for a row of any store."""
    return asdict(generation)


def from_row(row: dict[str, object]) -> Generation:
    """A generation from what `as_row` gave. Raises `ValueError` on anything else."""
    try:
        sources = tuple((str(prefix), str(place)) for prefix, place in row["sources"])  # type: ignore[attr-defined]  # checked by the except
        return Generation(
            id=str(row["id"]),
            embedder=str(row["embedder"]),
            dimension=int(str(row["dimension"])),
            pages=int(str(row["pages"])),
            passages=int(str(row["passages"])),
            built_at=str(row["built_at"]),
            digest=str(row["digest"]),
            sources=sources,
        )
    except (KeyError, TypeError, ValueError) as wrong:
        raise ValueError("not a generation of the index") from wrong


class FileGenerations:
    """The row as a small JSON file, replaced in one step. For use without a store, and for trials."""

    def __init__(self, file: Path) -> None:
        """`file` need not exist yet."""
        self._file = file

    def current(self) -> Generation | None:
        """What the file names; None when there is no file or it cannot be read."""
        try:
            return from_row(json.loads(self._file.read_text(encoding="utf-8")))
        except (FileNotFoundError, ValueError):
            return None

    def swap(self, generation: Generation) -> None:
        """Write beside the file, flush to disk, then put it in its place."""
        self._file.parent.mkdir(parents=True, exist_ok=True)
        beside = self._file.with_name(f"{self._file.name}.{os.getpid()}")
        with beside.open("w", encoding="utf-8") as out:
            json.dump(as_row(generation), out)
            out.flush()
            os.fsync(out.fileno())
        beside.replace(self._file)


@contextmanager
def building(home: Path) -> Iterator[None]:
    """One builder at a time: waits for another. The lock goes with the process, however it ends."""
    home.mkdir(parents=True, exist_ok=True)
    with (home / "build.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def hold(folder: Path) -> IO[str] | None:
    """Keep a generation from being deleted until the returned handle is closed; None if it is gone."""
    try:
        handle = (folder / _LOCK).open("r")
    except FileNotFoundError:
        return None
    fcntl.flock(handle, fcntl.LOCK_SH)
    if (folder / _LOCK).exists():
        return handle
    handle.close()
    return None


def finish(folder: Path) -> None:
    """Mark a built folder as one that readers may hold."""
    (folder / _LOCK).touch()


def sweep(home: Path, keep: str) -> list[str]:
    """Delete every generation but `keep` that nobody holds. Call it under `building`."""
    folders = sorted(path for path in home.glob("g*-*") if path.is_dir() and path.name != keep)
    return [folder.name for folder in folders if _unused(folder)]


def _unused(folder: Path) -> bool:
    """Delete this folder unless a reader holds it; whether it was deleted."""
    mark = folder / _LOCK
    if not mark.exists():  # never finished: its builder is gone, since we hold the builders' lock
        shutil.rmtree(folder, ignore_errors=True)
        return True
    with mark.open("r") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        mark.unlink(missing_ok=True)  # from here on no reader can take hold of it
        shutil.rmtree(folder, ignore_errors=True)
    return True
