"""How long an opt-out may take to be honoured everywhere, and how late it is.

Sources: Gmail's and Yahoo's requirements for bulk senders of 2024 (two days); CAN-SPAM, 15 USC 7704(a)(4),
and CASL section 11(3) (ten business days). Public holidays differ by country and are not counted, so a
deadline shown here is never too late.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

MAILBOX_PROVIDERS = timedelta(days=2)
BUSINESS_DAYS = 10
_SATURDAY = 5

Lateness = Literal["over 10 business days", "over 2 days", "in time", "no date"]
LATENESS: tuple[Lateness, ...] = ("over 10 business days", "over 2 days", "in time", "no date")


def legal_deadline(since: datetime) -> datetime:
    """The end of the tenth business day after an opt-out; weekends do not count."""
    day, left = since, BUSINESS_DAYS
    while left:
        day += timedelta(days=1)
        left -= day.weekday() < _SATURDAY
    return day


def lateness(since: datetime | None, now: datetime) -> Lateness:
    """How late an opt-out of that moment is where it is still not honoured."""
    if since is None:
        return "no date"
    if now > legal_deadline(since):
        return "over 10 business days"
    return "over 2 days" if now > since + MAILBOX_PROVIDERS else "in time"


@dataclass(slots=True)
class Clock:
    """The opt-outs one system still has to honour, by how late they are, and the oldest of them."""

    counts: dict[Lateness, int]
    oldest: datetime | None = None

    @property
    def overdue(self) -> int:
        """Those over a deadline of either kind."""
        return self.counts["over 10 business days"] + self.counts["over 2 days"]


def clock(waiting: Iterable[datetime | None], now: datetime) -> Clock:
    """Opt-outs that wait in one system, by the moment each was made."""
    found = Clock(dict.fromkeys(LATENESS, 0))
    for since in waiting:
        found.counts[lateness(since, now)] += 1
        if since is not None and (found.oldest is None or since < found.oldest):
            found.oldest = since
    return found
