"""Which contacts and leads changed lately: by SystemModstamp, a page of each stretch, newest first."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from typing_extensions import override

from tools.abilities import Stretch, TellsChanges
from tools.connectors.salesforce.client import Client
from tools.connectors.salesforce.fields import PEOPLE, held_back_by, person
from tools.connectors.salesforce.marks import OPT_OUT
from tools.connectors.values import iso
from tools.ports import Clock, Person

READ = ("Id", "Email", "FirstName", "LastName", "Title", "Phone", "MailingCountry", "Country", OPT_OUT,
        "CreatedDate", "SystemModstamp")  # fmt: skip
# A converted lead has its contact, which is what is synced from then on.
ALIVE = {"Lead": " AND IsConverted = false"}


@dataclass(frozen=True, slots=True)
class Changes(TellsChanges):
    """Asks for them, five queries a call."""

    client: Client
    subject: Callable[[str], str]
    clock: Clock

    @override
    def changed(self, edges: Sequence[datetime], most: int) -> list[Stretch]:
        """Contacts and leads of a stretch together, at most `most` of each."""
        parts = [(since, until) for until, since in pairwise(edges)]
        asked = [(since, until, object) for since, until in parts for object in PEOPLE]
        answers = self.client.together([self._query(*each, most + 1) for each in asked])
        found: dict[tuple[datetime, datetime], list[list[Person]]] = {part: [] for part in parts}
        for (since, until, object), (_, pages) in zip(asked, answers, strict=True):
            found[since, until].append([self._person(each, object) for page in pages for each in page])
        return [
            Stretch(
                since=since,
                until=until,
                people=tuple(each for people in lists for each in people[:most]),
                more=any(len(people) > most for people in lists),
            )
            for (since, until), lists in found.items()
        ]

    def _query(self, since: datetime, until: datetime, object: str, limit: int) -> str:
        described = self.client.describe(object)
        names = [name for name in (*READ, *held_back_by(tuple(described))) if name in described]
        return (
            f"SELECT {', '.join(names)} FROM {object} WHERE Email != null{ALIVE.get(object, '')}"  # noqa: S608 (SOQL of described names)
            f" AND SystemModstamp >= {iso(since)} AND SystemModstamp < {iso(until)}"
            f" ORDER BY SystemModstamp DESC LIMIT {limit}"
        )

    def _person(self, record: dict[str, object], object: str) -> Person:
        return person(
            record,
            object,
            subject=self.subject,
            ties=(),
            as_of=self.clock.now(),
            boxes=self.client.names.fields("salesforce"),
        )
