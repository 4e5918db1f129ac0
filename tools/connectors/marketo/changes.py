"""Which leads changed lately: the activity log, of each stretch of time as much as two calls tell.

`updatedAt` is no filter of Marketo's, and a score moves it too: what counts is the last change of a field
that a CRM mirrors.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise

from typing_extensions import override

from tools.abilities import Stretch, TellsChanges
from tools.connectors.marketo.client import Client
from tools.connectors.marketo.fields import person
from tools.connectors.values import iso, moment, text
from tools.ports import Clock, Person

WATCHED = ("email", "firstName", "lastName", "title", "phone", "country", "unsubscribed")
PAGES = 2  # of the log, for one stretch


@dataclass(frozen=True, slots=True)
class Changes(TellsChanges):
    """Reads the activity log for it."""

    client: Client
    subject: Callable[[str], str]
    clock: Clock

    @override
    def changed(self, edges: Sequence[datetime], most: int) -> list[Stretch]:
        """Three calls a stretch at most, and one for the leads."""
        seen: dict[str, datetime] = {}  # by lead: its latest change, as the newest stretch comes first
        parts: list[tuple[datetime, datetime, bool]] = []
        for until, since in pairwise(edges):
            found, more = self._between(since, until)
            fresh = {lead: at for lead, at in found.items() if lead not in seen}
            seen |= dict(list(fresh.items())[-most:])
            parts.append((since, until, more or len(fresh) > most))
        people = [replace(each, modified=seen[each.record_id]) for each in self._people(list(seen))]
        return [
            Stretch(since=since, until=until, people=_within(people, since, until), more=more)
            for since, until, more in parts
        ]

    def _between(self, since: datetime, until: datetime) -> tuple[dict[str, datetime], bool]:
        """The leads that changed, with when they last did, oldest first; and whether there are others."""
        found: dict[str, datetime] = {}
        known = [name for name in WATCHED if name in self.client.described()]
        for number, page in enumerate(self.client.changes(known, iso(since)), start=1):
            told = [(text(each["leadId"]), moment(each.get("activityDate"))) for each in page]
            for lead, at in told:
                if at is not None and at < until:
                    found.pop(lead, None)
                    found[lead] = at
            if any(at is not None and at >= until for _, at in told):
                return found, False
            if number == PAGES:
                return found, True
        return found, False

    def _people(self, leads: Sequence[str]) -> list[Person]:
        now, fields = self.clock.now(), list(self.client.fields())
        pages = self.client.leads("id", leads, fields) if leads else ()
        return [
            person(each, subject=self.subject, as_of=now, boxes=self.client.boxes())
            for page in pages
            for each in page
        ]


def _within(people: Sequence[Person], since: datetime, until: datetime) -> tuple[Person, ...]:
    return tuple(each for each in people if each.modified and since <= each.modified < until)
