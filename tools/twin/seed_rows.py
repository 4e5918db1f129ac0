"""Rows gathered table by table and written many at a time."""

import time
from collections.abc import Sequence
from typing import Any, Final

from tools.twin.world import World

DAY: Final = 86_400


class Rows:
    """Buffers rows per table; `flush` writes them. Moments are given as days before the twin's now."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.now = int(world.now().timestamp())
        self._rows: dict[str, list[Sequence[Any]]] = {}
        self._sql: dict[str, str] = {}

    def table(self, name: str, columns: str) -> None:
        """Declare the columns, comma-separated, that rows of this table will come with."""
        marks = ", ".join("?" * len(columns.split(",")))
        self._sql[name] = f"INSERT INTO {name} ({columns}) VALUES ({marks})"
        self._rows[name] = []

    def add(self, name: str, row: Sequence[Any]) -> None:
        """Add one row."""
        self._rows[name].append(row)

    def at(self, days: float) -> str:
        """A stored moment so many days ago."""
        return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self.now - days * DAY))

    def date(self, days: float) -> str:
        """A stored date so many days ago."""
        return time.strftime("%Y-%m-%d", time.gmtime(self.now - days * DAY))

    def unix(self, days: float) -> int:
        """Unix seconds so many days ago."""
        return int(self.now - days * DAY)

    def flush(self) -> None:
        """Write what is buffered."""
        for name, rows in self._rows.items():
            if rows:
                self.world.fill(self._sql[name], rows)
                rows.clear()
