"""The pace kept towards each vendor, shared by all threads and processes of all workers.

Paces stay below what the vendors publish, because other integrations share the same quota.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace

from typing_extensions import override

from bot.store import quotas
from bot.store.connect import Store
from tools.plan import System
from tools.ports import Clock, Quota

NAP = 0.25
LATER = 0.5  # the part of a burst that calls which are not urgent may use


@dataclass(frozen=True, slots=True)
class Pace:
    """At most `calls` in any `seconds`, of which `burst` may come at once."""

    calls: int
    seconds: float
    burst: int

    @property
    def interval(self) -> float:
        """Seconds between two calls once the burst is used up; burst and pace together keep the limit."""
        return self.seconds / max(1, self.calls - self.burst)

    @property
    def ahead(self) -> float:
        """Seconds by which a burst may run ahead of the pace."""
        return (self.burst - 1) * self.interval


# Sources: Marketo REST, 100 calls in 20 seconds shared by all integrations; Salesforce, 25 concurrent long
# requests and a daily allowance of 100,000 and more; SendGrid v3, 600 requests a minute; HubSpot, 190
# requests in 10 seconds for private apps.
PACES: Mapping[System, Pace] = {
    "marketo": Pace(80, 20.0, 20),
    "salesforce": Pace(1000, 60.0, 50),
    "sendgrid": Pace(600, 60.0, 50),
    "hubspot": Pace(150, 10.0, 30),
}
UNKNOWN = Pace(60, 60.0, 5)


def hurried(times: float) -> Mapping[System, Pace]:
    """The same paces so many times faster, for a twin whose rate windows pass faster."""
    return {system: replace(pace, seconds=pace.seconds / times) for system, pace in PACES.items()}


_check: ContextVar[Callable[[], None] | None] = ContextVar("check", default=None)


@contextmanager
def watched(check: Callable[[], None]) -> Iterator[None]:
    """Calls that take a slot in this block are checked first; `check` raises to keep them from leaving."""
    token = _check.set(check)
    try:
        yield
    finally:
        _check.reset(token)


class Limiter(Quota):
    """`Quota` over rows of the store, by the database's clock. `tenant` keeps installations apart."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        *,
        tenant: str = "default",
        paces: Mapping[System, Pace] = PACES,
    ) -> None:
        self._store = store
        self._clock = clock
        self._tenant = tenant
        self._paces = paces

    @override
    def reserve(self, system: System, bucket: str = "api", *, urgent: bool = True) -> float:
        """Take one slot and return the seconds to wait before sending.

        Inside of `watched` it waits itself, awake enough to be stopped, and returns 0.
        """
        check = _check.get()
        if check is not None:
            check()
        wait = self._take(system, bucket, urgent=urgent)
        if check is None:
            return wait
        while wait > 0:
            self._clock.sleep(min(wait, NAP))
            wait -= NAP
            check()
        return 0.0

    @override
    def learned(self, system: System, bucket: str = "api", *, retry_after: float) -> None:
        """The vendor asked for a pause: everybody waits."""
        if retry_after <= 0:
            return
        # callers may run ahead of the pace by a burst: the pause is put on top of that
        pause = retry_after + self._paces.get(system, UNKNOWN).ahead
        with self._store.begin() as connection:
            now = self._store.now(connection)
            quotas.push_back(connection, self._name(system, bucket), seconds=pause, now=now)

    def _take(self, system: System, bucket: str, *, urgent: bool) -> float:
        pace = self._paces.get(system, UNKNOWN)
        ahead = pace.ahead * (1.0 if urgent else LATER)
        with self._store.begin() as connection:
            return quotas.reserve(
                connection,
                self._name(system, bucket),
                interval=pace.interval,
                tolerance=ahead,
                now=self._store.now(connection),
            )

    def _name(self, system: System, bucket: str) -> str:
        return f"{self._tenant}/{system}/{bucket}"
