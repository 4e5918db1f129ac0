"""Faults the twin can be told to commit, and which of them a request meets."""

import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

KINDS: Final = frozenset(
    {"429", "401", "500", "502", "timeout", "drop_reply", "drop_row", "partial", "kill"},
)
CODE: Final = re.compile(r"[67]\d\d|1\d\d\d")
"""Marketo's own codes are kinds too: the request is refused with them."""
ROW_KINDS: Final = frozenset({"drop_row", "partial"})


@dataclass(kw_only=True)
class Fault:
    """One fault: met by the `nth` to `nth + times - 1` request that matches.

    `match` is a regular expression searched in "METHOD /path?query" (the path below the vendor's prefix).
    `when` says whether a `timeout` or `kill` comes `before` the write is taken or `after` it. `rows` are the
    positions in the batch that `drop_row` and `partial` strike; those two count only requests that write.
    `code` is the vendor's code of a row refused by `partial`, where rows have codes.
    """

    system: str
    kind: str
    match: str = ""
    nth: int = 1
    times: int = 1
    pid: int = 0
    when: str = "before"
    seconds: float = 30.0
    rows: frozenset[int] = frozenset({0})
    code: str = ""
    seen: int = 0
    struck: int = 0
    pattern: re.Pattern[str] = field(default_factory=lambda: re.compile(""))

    def view(self) -> dict[str, Any]:
        """The fault as the control API shows it."""
        names = ("system", "kind", "match", "nth", "times", "pid", "when", "seconds", "seen", "struck")
        return {name: getattr(self, name) for name in names} | {"rows": sorted(self.rows)}


def parse(spec: Mapping[str, Any]) -> Fault:
    """A fault from its JSON form; raises `ValueError` with the reason."""
    known = {"system", "kind", "match", "nth", "times", "pid", "when", "seconds", "rows", "code"}
    unknown = set(spec) - known
    if unknown:
        raise ValueError(f"unknown keys: {', '.join(sorted(unknown))}")
    given = dict(spec)
    given["rows"] = frozenset(int(row) for row in given.get("rows", (0,)))
    given.setdefault("system", "")
    fault = Fault(**given)
    if fault.kind not in KINDS and not (fault.system == "marketo" and CODE.fullmatch(fault.kind)):
        raise ValueError(f"kind must be one of {', '.join(sorted(KINDS))}")
    if fault.when not in {"before", "after"}:
        raise ValueError("when must be before or after")
    if fault.kind == "kill" and fault.pid <= 0:
        raise ValueError("kill needs the pid of a process you started")
    fault.pattern = re.compile(fault.match)
    return fault


class Faults:
    """The faults in force. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Put a fault in force."""
        with self._lock:
            self._faults.append(fault)

    def clear(self) -> None:
        """Lift every fault."""
        with self._lock:
            self._faults.clear()

    def view(self) -> list[dict[str, Any]]:
        """Every fault with how often it was matched and how often it struck."""
        with self._lock:
            return [fault.view() for fault in self._faults]

    def met(self, system: str, line: str, *, writes: bool) -> Fault | None:
        """The fault this request meets, if any; every matching fault counts the request."""
        found = None
        with self._lock:
            for fault in self._faults:
                if not _matches(fault, system, line, writes=writes):
                    continue
                fault.seen += 1
                if found is None and fault.nth <= fault.seen < fault.nth + fault.times:
                    fault.struck += 1
                    found = fault
        return found


def _matches(fault: Fault, system: str, line: str, *, writes: bool) -> bool:
    """Whether the request is one this fault counts."""
    if fault.system not in {"", system} or (fault.kind in ROW_KINDS and not writes):
        return False
    return fault.pattern.search(line) is not None
