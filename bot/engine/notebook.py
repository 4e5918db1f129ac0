"""What has to be found again after a restart, kept in the store."""

from collections.abc import Mapping
from datetime import timedelta

from typing_extensions import override

from bot.store import notes
from bot.store.connect import Store
from tools.ports import Clock, Notebook


class StoredNotebook(Notebook):
    """`Notebook` over rows of the store, shared by all processes. Expiry goes by the product's clock."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    @override
    def get(self, key: str) -> Mapping[str, object] | None:
        """The value of that name, unless it has expired."""
        with self._store.read() as connection:
            return notes.get(connection, key, now=self._clock.now())

    @override
    def put(self, key: str, value: Mapping[str, object], *, keep: timedelta) -> None:
        """Write it down for so long."""
        with self._store.begin() as connection:
            notes.put(connection, key, value, expires=self._clock.now() + keep)

    @override
    def forget(self, key: str) -> None:
        """Take it out."""
        with self._store.begin() as connection:
            notes.forget(connection, key)
