"""What a person should look at, come upon while something else was done: one finding a cause."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple

UNNAMED = "somebody the vendor does not name"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A resurrection: mail allowed again to people who had opted out, by `writer`, in `system`, for `scope`.

    `people` are subjects (keyed hashes), each with the moment it was done where anybody tells; `waits_since`
    is the oldest of their opt-outs. However often it is seen, the same cause stays one finding.
    """

    kind: Literal["resurrection"]
    system: str
    writer: str
    scope: str
    people: Mapping[str, datetime | None]
    waits_since: datetime | None = None


class Undone(NamedTuple):
    """One opt-out that somebody undid: of whom, where, by whom and when, and since when it had held."""

    subject: str
    system: str
    scope: str
    writer: str
    at: datetime | None
    held_since: datetime | None


def resurrections(undone: Iterable[Undone]) -> tuple[Finding, ...]:
    """One finding for each system, writer and scope."""
    people: dict[tuple[str, str, str], dict[str, datetime | None]] = {}
    oldest: dict[tuple[str, str, str], datetime] = {}
    for each in undone:
        cause = (each.system, each.writer or UNNAMED, each.scope)
        people.setdefault(cause, {})[each.subject] = each.at
        if each.held_since is not None:
            oldest[cause] = min(each.held_since, oldest.get(cause, each.held_since))
    return tuple(
        Finding(
            kind="resurrection",
            system=system,
            writer=writer,
            scope=scope,
            people=own,
            waits_since=oldest.get((system, writer, scope)),
        )
        for (system, writer, scope), own in people.items()
    )
