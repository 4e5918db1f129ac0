"""Which contacts changed lately: a search by their last change for each stretch of time, newest first."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from typing_extensions import override

from tools.abilities import Stretch, TellsChanges
from tools.connectors.hubspot.client import Client, Record, since_filter
from tools.connectors.hubspot.fields import names, person
from tools.connectors.values import iso
from tools.ports import Clock

CHANGED = "lastmodifieddate"


@dataclass(frozen=True, slots=True)
class Changes(TellsChanges):
    """Searches for them, a call a stretch."""

    client: Client
    subject: Callable[[str], str]
    clock: Clock

    @override
    def changed(self, edges: Sequence[datetime], most: int) -> list[Stretch]:
        """One search each; its total tells whether there are others."""
        return [self._between(since, until, most) for until, since in pairwise(edges)]

    def _between(self, since: datetime, until: datetime, most: int) -> Stretch:
        before: Record = {"propertyName": CHANGED, "operator": "LT", "value": iso(until)}
        kinds = self.client.subscriptions()
        body: Record = {
            "filterGroups": [{"filters": [since_filter(CHANGED, iso(since)), before]}],
            "sorts": [json.dumps({"propertyName": CHANGED, "direction": "DESCENDING"})],
            "properties": names(self.client.described(), kinds),
            "limit": most,
            "after": "0",
        }
        found = self.client.read("POST", "contacts", "search", json=body).json()
        now = self.clock.now()
        people = tuple(
            person(each, subject=self.subject, subscriptions=kinds, as_of=now)
            for each in found.get("results") or ()
        )
        return Stretch(since=since, until=until, people=people, more=int(found["total"]) > len(people))
