"""The request log: every request any vendor of the twin received. It is the judge of call counts."""

import threading
from collections import deque
from dataclasses import asdict, dataclass
from typing import Any, Final

KEPT: Final = 200_000
BODY_LIMIT: Final = 8_000


@dataclass(kw_only=True)
class Entry:
    """One request and what it got. `time` is real time, `twin_time` the twin's; bodies are cut to a limit."""

    n: int
    time: str
    twin_time: str
    system: str
    method: str
    path: str
    query: str
    status: int
    rows: int
    request: str
    response: str
    fault: str
    milliseconds: float


class Log:
    """The newest requests, in order. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: deque[Entry] = deque(maxlen=KEPT)
        self._count = 0

    def next_number(self) -> int:
        """The number of the request that is arriving."""
        with self._lock:
            self._count += 1
            return self._count

    def add(self, entry: Entry) -> None:
        """Keep one entry."""
        with self._lock:
            self._entries.append(entry)

    def clear(self) -> None:
        """Forget all entries; numbering goes on."""
        with self._lock:
            self._entries.clear()

    def view(self, system: str = "", since: int = 0) -> list[dict[str, Any]]:
        """Entries in order, of one system if named, numbered above `since`."""
        with self._lock:
            kept = [entry for entry in self._entries if entry.n > since and system in {"", entry.system}]
        return [asdict(entry) for entry in kept]


def cut(body: bytes) -> str:
    """A body as text, cut to the limit."""
    return body[:BODY_LIMIT].decode("utf-8", "replace")
