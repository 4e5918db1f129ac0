"""Stretches of time in which leads were created, walked back from now: no call tells when the first was."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from tools.connectors.marketo.client import BATCH, Client, Record
from tools.connectors.values import moment

WINDOW = timedelta(days=31)
SECOND = timedelta(seconds=1)
QUIET = 12  # windows without a lead before an older one is asked for by id: a year
SAMPLE = BATCH  # ids asked for then: one call
FIRST = datetime(2006, 1, 1, tzinfo=UTC)  # the year Marketo was founded: nothing is older


@dataclass(slots=True)
class Back:
    """The windows, newest first, until it is likely that nothing older is left.

    Ids are given in the order of creation. After a year of windows without a lead, ids below the lowest one
    seen are asked for, all of them or `SAMPLE` spread evenly: when one is there, the walk goes on to its day.
    What can be missed is a handful of leads, older than a year in which none was created.
    """

    client: Client
    end: datetime
    lowest: int | None = None
    quiet: int = 0
    until: datetime | None = None  # the walk surely goes on to here
    asked: int | None = None  # the lowest id when older ones were last asked for

    def next(self) -> tuple[datetime, datetime] | None:
        """The next window, or None when the walk is over."""
        if self.end <= FIRST or not self._goes_on():
            return None
        start, end = self.end - WINDOW + SECOND, self.end
        self.end = start - SECOND
        return start, end

    def saw(self, leads: Sequence[Record]) -> None:
        """Take in leads of a window, which is not a quiet one then."""
        self.quiet = 0
        lowest = min(int(each["id"]) for each in leads)
        self.lowest = lowest if self.lowest is None else min(self.lowest, lowest)

    def _goes_on(self) -> bool:
        if self.until is not None and self.end > self.until:
            return True
        if self.quiet < QUIET:
            return True
        self.until = self._older()
        return self.until is not None

    def _older(self) -> datetime | None:
        """When the oldest of a sample of older leads was created."""
        if self.lowest is None or self.lowest in {1, self.asked}:
            return None
        self.asked = self.lowest
        step = max(1, (self.lowest - 1) // SAMPLE)
        ids = [str(each) for each in range(self.lowest - 1, 0, -step)][:SAMPLE]
        found = [
            at
            for page in self.client.leads("id", ids, ["createdAt"])
            for each in page
            if (at := moment(each.get("createdAt"))) and at <= self.end
        ]
        return min(found, default=None)
