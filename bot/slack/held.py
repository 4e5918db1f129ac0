"""A kept request stays its worker's until all of it is done: being handed over, and the turn it asks for.

The worker's inbox holds it out while it hands it over; whoever goes on with it in the background takes a
share and gives it back at the end. The last share given back is the end of the request. A process that dies
gives nothing back, so that another worker takes the request up.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar


class Held:
    """One request in this process: how many workers took it, and whether it was `left` to others."""

    def __init__(self, done: Callable[[], None] | None = None, *, takes: int = 1) -> None:
        self.takes = takes
        self.left = threading.Event()
        self.kept = done is not None  # whether anybody takes it up when this process ends
        self._done = done
        self._shares = 0
        self._lock = threading.Lock()

    def share(self) -> "Held":
        """One more has to give it back."""
        with self._lock:
            self._shares += 1
        return self

    def give_back(self) -> None:
        """Done with this share."""
        with self._lock:
            self._shares -= 1
            over = self._shares == 0
        if over and self._done is not None and not self.left.is_set():
            self._done()


_held: ContextVar[Held | None] = ContextVar("held", default=None)


@contextmanager
def held_out(held: Held) -> Iterator[None]:
    """What is heard in this block is this request."""
    token = _held.set(held.share())
    try:
        yield
    finally:
        _held.reset(token)
        held.give_back()


def taken() -> Held:
    """A share of the request that is being handed over; of one that nobody keeps without an inbox."""
    return (_held.get() or Held()).share()
