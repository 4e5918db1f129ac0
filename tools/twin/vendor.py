"""What every vendor of the twin offers the gate."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from tools.twin.wire import Call, Reply, Route


@dataclass
class Vendor:
    """A vendor: its routes, how it answers, and how it words a failure of its own.

    `concurrent` is the documented number of requests it serves at once (0: no such limit).
    """

    name: str
    routes: Sequence[Route]
    answer: Callable[[Call], Reply]
    failure: Callable[[str, Call], Reply]
    concurrent: int = 0
    _inside: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def admitted(self) -> Iterator[bool]:
        """Whether the request is within the concurrency limit; counts it while it is served."""
        with self._lock:
            self._inside += 1
            allowed = not self.concurrent or self._inside <= self.concurrent
        try:
            yield allowed
        finally:
            with self._lock:
                self._inside -= 1

    def too_many_at_once(self, call: Call) -> Reply:
        """The vendor's words for too many requests at once."""
        return self.failure("concurrent", call)
