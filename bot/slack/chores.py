"""What the surface does by itself every now and then: remind approvers, delete files, show findings."""

import logging
import threading
from collections.abc import Callable

from bot.slack.finding_cards import FindingCards
from bot.slack.gap_report import GapReport
from bot.slack.keeping import Keeping
from bot.slack.parts import Parts
from bot.slack.reminding import Reminding

EVERY = 60.0  # seconds between rounds

log = logging.getLogger(__name__)


class Chores:
    """A thread with rounds of its own, so that news never waits for them."""

    def __init__(self, parts: Parts, *, every: float = EVERY) -> None:
        self._rounds: tuple[Callable[[], int], ...] = (
            Reminding(parts).round,
            Keeping(parts).sweep,
            GapReport(parts).round,
            FindingCards(parts).round,
        )
        self._every = every
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin; the first round comes after one pause."""
        self._thread = threading.Thread(target=self._loop, name="slack-chores", daemon=True)
        self._thread.start()

    def stop(self, timeout: float = 10.0) -> None:
        """End after the round that is under way."""
        self._closing.set()
        if self._thread is not None:
            self._thread.join(timeout)

    def round(self) -> int:
        """Do everything once; how much was done."""
        return sum(self._one(each) for each in self._rounds)

    def _loop(self) -> None:
        while not self._closing.wait(self._every):
            self.round()

    @staticmethod
    def _one(chore: Callable[[], int]) -> int:
        try:
            return chore()
        except Exception:  # Slack or the database may be away; the next round tries again
            log.exception("a chore of the surface failed")
            return 0
