"""How much a model may be used: per turn, per person and day, per day in all, and requests a minute.

What is used is kept in a ledger: in the store, where several processes share it, or in memory for a trial.
"""

import hashlib
import threading
from collections import Counter, defaultdict, deque
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Protocol

from bot.store import counters, quotas
from bot.store.connect import Store

MINUTE = 60.0
KEY = "t:"  # counters of tokens begin so


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Tokens in a turn, of a person a day, of all a day; seconds in a turn; a person's requests a minute."""

    turn_tokens: int = 60_000
    turn_seconds: float = 60.0
    person_day_tokens: int = 500_000
    day_tokens: int = 3_000_000
    person_per_minute: int = 20


class Ledger(Protocol):
    """Remembers what was used."""

    def used(self, person: str, day: date) -> tuple[int, int]:
        """Tokens used on that day by this person, and by everybody."""

    def spend(self, person: str, day: date, tokens: int) -> None:
        """Add tokens to both."""

    def asks(self, person: str, now: datetime, per_minute: int) -> bool:
        """Take one of the person's requests of this minute; False when none is left."""


class MemoryLedger:
    """Kept in this process alone, for trials. Safe to share between threads."""

    def __init__(self) -> None:
        self._tokens: Counter[tuple[str, date]] = Counter()
        self._asked: defaultdict[str, deque[datetime]] = defaultdict(deque)
        self._lock = threading.Lock()

    def used(self, person: str, day: date) -> tuple[int, int]:
        """See `Ledger`."""
        with self._lock:
            return self._tokens[person, day], self._tokens["", day]

    def spend(self, person: str, day: date, tokens: int) -> None:
        """See `Ledger`."""
        with self._lock:
            self._tokens[person, day] += tokens
            self._tokens["", day] += tokens

    def asks(self, person: str, now: datetime, per_minute: int) -> bool:
        """See `Ledger`."""
        with self._lock:
            recent = self._asked[person]
            while recent and recent[0] <= now - timedelta(seconds=MINUTE):
                recent.popleft()
            if len(recent) >= per_minute:
                return False
            recent.append(now)
            return True


class StoreLedger:
    """Kept in the store: every process counts into the same numbers. People stand there as hashes."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def used(self, person: str, day: date) -> tuple[int, int]:
        """See `Ledger`."""
        with self._store.read() as connection:
            return (
                counters.current(connection, _key(day, person)),
                counters.current(connection, _key(day)),
            )

    def spend(self, person: str, day: date, tokens: int) -> None:
        """See `Ledger`. The first tokens of a day drop the numbers of the days before."""
        with self._store.begin() as connection:
            counters.added(connection, _key(day, person), tokens)
            if counters.added(connection, _key(day), tokens) == tokens:
                counters.forget(connection, KEY, but=_key(day))

    def asks(self, person: str, now: datetime, per_minute: int) -> bool:
        """See `Ledger`. A bucket that holds a minute's requests and fills evenly, by the database's clock."""
        name = f"asked/{_short(person)}"
        interval = MINUTE / per_minute
        with self._store.begin() as connection:
            if quotas.ahead(connection, name) > MINUTE - interval:
                return False
            quotas.reserve(connection, name, interval=interval, tolerance=MINUTE, now=now)
            return True


@dataclass(frozen=True, slots=True)
class Budgets:
    """Says when it is enough."""

    limits: Limits = field(default_factory=Limits)
    ledger: Ledger = field(default_factory=MemoryLedger)

    def refusal(self, person: str, now: datetime, *, first: bool) -> str:
        """Why the model may not be asked now; empty when it may. `first`: the first step of a turn counts."""
        own, everybody = self.ledger.used(person, now.date())
        if everybody >= self.limits.day_tokens:
            return "Today's budget for the language model is used up"
        if own >= self.limits.person_day_tokens:
            return "Your budget for the language model is used up for today"
        if first and not self.ledger.asks(person, now, self.limits.person_per_minute):
            return "That were many requests in one minute"
        return ""

    def spent(self, person: str, now: datetime, tokens: int) -> None:
        """Count tokens towards today's budgets."""
        self.ledger.spend(person, now.date(), tokens)


def _key(day: date, person: str = "") -> str:
    """At most 20 characters: the day, and a short hash of the person."""
    return f"{KEY}{day:%Y%m%d}" + (f":{_short(person)}" if person else "")


def _short(person: str) -> str:
    return hashlib.sha256(person.encode()).hexdigest()[:8]
