"""How much a model may be used: per turn, per day, per person. Counted in this process."""

import threading
from collections import defaultdict, deque
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Tokens in one turn and one day, seconds in one turn, requests of one person in one minute."""

    turn_tokens: int = 60_000
    turn_seconds: float = 60.0
    day_tokens: int = 3_000_000
    person_per_minute: int = 20


@dataclass(slots=True)
class Budgets:
    """Counts what is used and says when it is enough. Safe to share between threads."""

    limits: Limits = field(default_factory=Limits)
    _day: date = date.min
    _used: int = 0
    _asked: defaultdict[str, deque[datetime]] = field(default_factory=lambda: defaultdict(deque))
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def refusal(self, person: str, now: datetime, *, first: bool) -> str:
        """Why the model may not be asked now; empty when it may. `first`: the first step of a turn counts."""
        with self._lock:
            if now.date() != self._day:
                self._day, self._used = now.date(), 0
            if self._used >= self.limits.day_tokens:
                return "Today's budget for the language model is used up"
            recent = self._asked[person]
            while recent and recent[0] <= now - timedelta(minutes=1):
                recent.popleft()
            if first and len(recent) >= self.limits.person_per_minute:
                return "That were many requests in one minute"
            if first:
                recent.append(now)
            return ""

    def spent(self, tokens: int) -> None:
        """Count tokens towards today's budget."""
        with self._lock:
            self._used += tokens
