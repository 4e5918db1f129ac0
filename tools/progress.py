"""How far a long read has come, told in plain sentences while it goes on, to whoever listens.

A surface listens with `heard_by` around a turn; readers and tools tell. Where nobody listens it costs one
look at a variable. A listener may raise `Stopped`: telling is where a read can be ended from outside. A
thread that is started for a part of a read tells nobody unless it is given the context
(`contextvars.copy_context`).
"""

from collections.abc import Callable, Iterable, Iterator, Sized
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

Listener = Callable[[str, str], None]  # (source: the system that is read, or "" for all; sentence)
Batch = TypeVar("Batch", bound=Sized)

_listener: ContextVar[Listener | None] = ContextVar("listener", default=None)


class Stopped(Exception):  # noqa: N818 (a signal, named by what happened)
    """The read was ended from outside. No failure of a vendor: nothing may take it for one and go on."""


@contextmanager
def heard_by(listener: Listener) -> Iterator[None]:
    """What is told in this block is told to this listener."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)


def tell(source: str, sentence: str) -> None:
    """Say how far the read of a system is. Raises `Stopped` when it is to end."""
    listener = _listener.get()
    if listener is not None:
        listener(source, sentence)


def counted(source: str, batches: Iterable[Batch], what: str = "people") -> Iterator[Batch]:
    """The same batches, counted aloud as they pass: `40,000 people read`."""
    if _listener.get() is None:
        yield from batches
        return
    read = 0
    tell(source, f"reading {what}")
    for batch in batches:
        yield batch
        read += len(batch)
        tell(source, f"{read:,} {what} read")
