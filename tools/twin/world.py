"""The twin's state: one SQLite database, one clock, one lock, quotas and settings."""

import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from tools.twin.faults import Faults
from tools.twin.journal import Log
from tools.twin.settings import Settings
from tools.twin.tape import Tape

META: Final = """
CREATE TABLE IF NOT EXISTS twin_meta (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS twin_counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL);
"""


PATIENCE: Final = 60.0


def iso(moment: datetime) -> str:
    """A moment as the twin stores it: ISO 8601, UTC, whole seconds, `Z`. Sorts as text."""
    return moment.astimezone(UTC).isoformat(timespec="seconds")[:19] + "Z"


class World:
    """Everything that a snapshot holds, and what does not belong in one (log, tape, faults, tokens, quotas).

    `now` fixes where the twin's clock starts; it then runs with real time and can be advanced.
    """

    def __init__(self, *, path: str = ":memory:", now: datetime | None = None) -> None:
        self.lock = threading.RLock()
        self.settings = Settings()
        self.faults = Faults()
        self.log = Log()
        self.tape = Tape()
        self.memory: dict[str, Any] = {}  # tokens, quota windows, query cursors: gone with the process
        self._snapshots: dict[str, sqlite3.Connection] = {}
        self._started = time.monotonic()
        self.db = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=PATIENCE)
        self.db.row_factory = sqlite3.Row
        # A file outlives a killed process whole: a write-ahead log, though not synced to disk.
        self.db.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF; PRAGMA cache_size=-65536;")
        self.db.executescript(META)
        real = datetime.fromtimestamp(time.time(), UTC)
        kept = float(self.meta("shift", "0"))
        self.origin = now.astimezone(UTC) if now else real + timedelta(seconds=kept)
        self.advanced = float(self.meta("advanced", "0"))
        self.set_meta("shift", str((self.origin - real).total_seconds()))

    def close(self) -> None:
        """Close the database and all snapshots."""
        with self.lock:
            for snapshot in self._snapshots.values():
                snapshot.close()
            self.db.close()

    # -- clock

    def now(self) -> datetime:
        """The twin's now."""
        return self.origin + timedelta(seconds=time.monotonic() - self._started + self.advanced)

    def stamp(self, **delta: float) -> str:
        """Now plus a timedelta's arguments, as stored text."""
        return iso(self.now() + timedelta(**delta))

    def advance(self, seconds: float) -> None:
        """Move the clock forward: sync lag, bins, tokens and quota windows pass without waiting."""
        with self.lock:
            self.advanced += seconds
            self.set_meta("advanced", str(self.advanced))
            self.memory.pop("windows", None)

    # -- database

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """The lock and a transaction that is undone when the block raises."""
        with self.lock:
            if self.db.in_transaction:
                yield self.db
                return
            self.db.execute("BEGIN IMMEDIATE")
            try:
                yield self.db
            except BaseException:
                self.db.execute("ROLLBACK")
                raise
            self.db.execute("COMMIT")

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[sqlite3.Row]:
        """All rows of a query."""
        return self.db.execute(sql, values).fetchall()

    def one(self, sql: str, values: Sequence[Any] = ()) -> sqlite3.Row | None:
        """The first row of a query, if any."""
        row: sqlite3.Row | None = self.db.execute(sql, values).fetchone()
        return row

    def run(self, sql: str, values: Sequence[Any] = ()) -> int:
        """Run one statement; returns the rows it changed."""
        return self.db.execute(sql, values).rowcount

    def fill(self, sql: str, values: Iterable[Sequence[Any]]) -> None:
        """Run one statement for many rows."""
        self.db.executemany(sql, values)

    def count(self, name: str, step: int = 1) -> int:
        """The next number of a series, starting at 1; `step` reserves several and returns the last."""
        row = self.one(
            "INSERT INTO twin_counter VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = value + ?"
            " RETURNING value",
            (name, step, step),
        )
        return int(row["value"]) if row else 0

    def meta(self, name: str, default: str = "") -> str:
        """One named value that belongs to the state."""
        row = self.one("SELECT value FROM twin_meta WHERE name = ?", (name,))
        return str(row["value"]) if row else default

    def set_meta(self, name: str, value: str) -> None:
        """Keep one named value with the state."""
        self.run("INSERT OR REPLACE INTO twin_meta VALUES (?, ?)", (name, value))

    # -- snapshots

    def snapshot(self, name: str) -> None:
        """Keep the whole state under a name, in memory."""
        with self.lock:
            old = self._snapshots.pop(name, None)
            if old:
                old.close()
            kept = sqlite3.connect(":memory:", check_same_thread=False)
            self.db.backup(kept)
            self._snapshots[name] = kept

    def restore(self, name: str) -> None:
        """Put a snapshot back, with its clock's offset; quota windows and cursors start anew.

        Raises `KeyError` when there is none of that name.
        """
        with self.lock:
            self._snapshots[name].backup(self.db)
            self.advanced = float(self.meta("advanced", "0"))
            self.memory.pop("windows", None)
            self.memory.pop("cursors", None)
