"""The product's clocks: the system's, and one that lets the twin's time pass instead of waiting."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from typing_extensions import override

STEP = 30.0  # seconds by which the twin's time moves at least when somebody waits for a vendor
SHORT = 1.0  # seconds; shorter waits are really waited: they pace calls, they do not wait for a vendor


class SystemClock:
    """The machine's clock, in UTC."""

    def now(self) -> datetime:
        """Now."""
        return datetime.now(UTC)

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(max(seconds, 0.0))


class TwinClock(SystemClock):
    """Real time plus what was skipped: a long wait moves the twin's clock on and returns at once."""

    def __init__(self, advance: Callable[[float], None], ahead: timedelta = timedelta()) -> None:
        self._advance = advance
        self._ahead = ahead

    @override
    def now(self) -> datetime:
        """Now, by the twin's calendar."""
        return super().now() + self._ahead

    @override
    def sleep(self, seconds: float) -> None:
        """Wait when short; let the twin's time pass when long."""
        if seconds < SHORT:
            super().sleep(seconds)
            return
        step = max(seconds, STEP)
        self._advance(step)
        self._ahead += timedelta(seconds=step)
