"""What the runbooks lack, once a week, to the administrator who can have it written."""

from datetime import datetime, timedelta

from bot import wording
from bot.runbooks import missing
from bot.slack.parts import Parts
from bot.slack.reminding import local
from bot.slack.views.pieces import Message, message, section, titled
from bot.store import seen
from knowledge.gaps import Theme

MONDAY, FROM_HOUR = 0, 9  # in the reader's own zone
LISTED = 7
WEEK = timedelta(days=7)


class GapReport:
    """Safe in several processes: the week is claimed in the store before anything is sent."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def round(self) -> int:
        """Report when it is Monday morning where the reader is; how many messages were sent."""
        reader = self._parts.engine.policy.installer
        person = self._parts.directory.known(reader) if reader else None
        now = self._parts.clock.now()
        if person is None or not _due(local(now, person.timezone)):
            return 0
        found = missing(self._parts.store, now - WEEK)
        if not found or not self._claimed(now):
            return 0
        self._parts.poster.post(self._parts.poster.direct(reader), report(found))
        return 1

    def _claimed(self, now: datetime) -> bool:
        year, week, _ = now.isocalendar()
        with self._parts.store.begin() as connection:
            return seen.first_time(connection, f"gap-report:{year}-W{week:02}", now=now)


def report(found: list[Theme]) -> Message:
    """What was asked in vain, most asked first, and the page to extend or that one is missing."""
    asked = sum(theme.times for theme in found)
    text = f"The runbooks had no sure answer to {wording.count(asked, 'question')} last week."
    lines = [
        f"{theme.times} × {theme.question} — "
        + (f"extend {theme.nearest}" if theme.nearest else "no page comes near: write one")
        for theme in found
    ]
    next_step = section("Write or extend the page in the runbook folder, then run `clearance index`.")
    return message(text, [*titled(text, lines, most=LISTED), next_step])


def _due(there: datetime) -> bool:
    return there.weekday() == MONDAY and there.hour >= FROM_HOUR
