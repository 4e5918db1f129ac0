"""Asking once for many at a moment: an answer is shared only by those who waited when it was asked for."""

import threading
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class _Kept(Generic[Value]):
    asked_at: float
    value: Value


class Fresh(Generic[Key, Value]):
    """Answers by key. `now` rests on a question put after the call began, `recent` on a kept one.

    Fifty clicks at once make at most two calls, and none of them rests on an answer older than its click.
    """

    def __init__(self, ask: Callable[[Key], Value], *, seconds: float) -> None:
        self._ask = ask
        self._seconds = seconds
        self._kept: dict[Key, _Kept[Value]] = {}
        self._locks: dict[Key, threading.Lock] = {}
        self._guard = threading.Lock()

    def now(self, key: Key) -> Value:
        """The answer as of now. What `ask` raises goes through."""
        return self._not_older_than(key, time.monotonic())

    def recent(self, key: Key) -> Value:
        """The answer, at most `seconds` old."""
        return self._not_older_than(key, time.monotonic() - self._seconds)

    def _not_older_than(self, key: Key, moment: float) -> Value:
        with self._guard:
            lock = self._locks.setdefault(key, threading.Lock())
        with lock:
            kept = self._kept.get(key)
            if kept is not None and kept.asked_at >= moment:
                return kept.value
            asked_at = time.monotonic()
            value = self._ask(key)
            self._kept[key] = _Kept(asked_at, value)
            return value
