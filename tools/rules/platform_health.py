"""How a connected system is doing, from the signs it gives: what is in trouble, what to watch, what to do.

Sources: the vendors' published quotas (beyond them syncs, forms and people stop, not only the job that used
them up); practitioners' handbooks of CRM syncs, where minutes are usual and a backlog follows mass updates.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

Level = Literal["fine", "watch", "trouble"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """From when on a sign is worth a word, all settable: shares of a quota, waits, days to an expiry."""

    calls_watch: float = 0.8
    calls_trouble: float = 0.95
    lag: timedelta = timedelta(minutes=15)
    backlog: int = 1_000
    expires: timedelta = timedelta(days=30)


DEFAULT = Limits()


@dataclass(frozen=True, slots=True, kw_only=True)
class Signs:
    """What one system says of itself; None where it does not tell. `errors` counts today's by code."""

    reachable: bool
    permitted: bool
    note: str = ""
    used: int | None = None
    limit: int | None = None
    lag: timedelta | None = None
    backlog: int | None = None
    errors: Mapping[str, int] = field(default_factory=dict)
    expires: datetime | None = None

    @property
    def share(self) -> float | None:
        """The used part of the quota; None when either is not told."""
        return None if self.used is None or not self.limit else self.used / self.limit


@dataclass(frozen=True, slots=True)
class Concern:
    """One thing that is not as it should be: how bad, what, and what to do next."""

    level: Level
    what: str
    do: str


def concerns(signs: Signs, *, now: datetime, limits: Limits = DEFAULT) -> tuple[Concern, ...]:
    """Everything worth a word, the worst first. A system that is down tells nothing else."""
    if not signs.reachable:
        return (Concern("trouble", "cannot be reached", signs.note or "Look at the vendor's status page."),)
    found = [*_rights(signs), *_calls(signs, limits), *_sync(signs, limits), *_keys(signs, now, limits)]
    return tuple(sorted(found, key=lambda each: each.level != "trouble"))


def level(found: tuple[Concern, ...]) -> Level:
    """How a system is doing on the whole."""
    return found[0].level if found else "fine"


def _rights(signs: Signs) -> Iterator[Concern]:
    if not signs.permitted:
        yield Concern("trouble", "lacks rights", signs.note or "Check the rights of the integration user.")


def _calls(signs: Signs, limits: Limits) -> Iterator[Concern]:
    share = signs.share
    if share is None or share < limits.calls_watch:
        return
    level: Level = "trouble" if share >= limits.calls_trouble else "watch"
    yield Concern(level, f"has used {share:.0%} of its calls", "Put off bulk work until the quota is reset.")


def _sync(signs: Signs, limits: Limits) -> Iterator[Concern]:
    if signs.lag is not None and signs.lag > limits.lag:
        minutes = signs.lag.total_seconds() / 60
        yield Concern("watch", f"is {minutes:,.0f} minutes behind", "Find the mass update the sync works on.")
    if signs.backlog is not None and signs.backlog > limits.backlog:
        words = f"has {signs.backlog:,} records waiting to sync"
        yield Concern("watch", words, "Find the mass update the sync works on.")
    if total := sum(signs.errors.values()):
        named = ", ".join(f"{code} ({count:,})" for code, count in _often(signs.errors))
        words = f"has refused {total:,} calls today"
        yield Concern("watch", words, f"Look up what its codes mean: {named}.")


def _often(errors: Mapping[str, int]) -> list[tuple[str, int]]:
    return sorted(errors.items(), key=lambda each: (-each[1], each[0]))[:5]


def _keys(signs: Signs, now: datetime, limits: Limits) -> Iterator[Concern]:
    if signs.expires is None or signs.expires - now > limits.expires:
        return
    level: Level = "trouble" if signs.expires <= now else "watch"
    verb = "expired" if signs.expires <= now else "expires"
    yield Concern(level, f"has a credential that {verb} on {signs.expires:%Y-%m-%d}", "Renew it.")
