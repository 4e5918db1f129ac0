"""Rows gathered table by table and written many at a time."""

import time
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final

from tools.twin.world import World

DAY: Final = 86_400


@lru_cache(maxsize=8_192)
def _date(day: int) -> str:
    """The date so many days after 1970."""
    return time.strftime("%Y-%m-%d", time.gmtime(day * DAY))


@lru_cache(maxsize=DAY)
def _time(second: int) -> str:
    """The time of day at this second."""
    return f"{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}"


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
        day, second = divmod(int(self.now - days * DAY), DAY)
        return f"{_date(day)}T{_time(second)}Z"

    def date(self, days: float) -> str:
        """A stored date so many days ago."""
        return _date(int(self.now - days * DAY) // DAY)

    def unix(self, days: float) -> int:
        """Unix seconds so many days ago."""
        return int(self.now - days * DAY)

    def flush(self) -> None:
        """Write what is buffered."""
        for name, rows in self._rows.items():
            if rows:
                self.world.fill(self._sql[name], rows)
                rows.clear()
