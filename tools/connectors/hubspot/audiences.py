"""Lists as audiences. Static ones (MANUAL, SNAPSHOT) are written by hand, dynamic ones fill themselves."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from typing_extensions import override

from tools.abilities import Audience, HoldsAudiences
from tools.connectors.fitting import Target
from tools.connectors.hubspot.client import Client, Record
from tools.connectors.hubspot.editing import OBJECT
from tools.connectors.values import moment, subject_of, text
from tools.plan import Op, Veto
from tools.ports import Clock, Expressed, Membership, Person

LIST, RECORD = "listId", "recordId"  # of a row about a place in a list


@dataclass(slots=True)
class Lists(HoldsAudiences):
    """The lists of contacts of an account. Who is in one is remembered from when it was last read."""

    client: Client
    subject: Callable[[str], str]
    clock: Clock
    _told: dict[str, frozenset[str]] = field(default_factory=dict)

    @override
    def audiences(self) -> Iterator[list[Audience]]:
        """All lists of contacts."""
        for page in self.client.lists():
            yield [_audience(each) for each in page]

    @override
    def members(self, audience: Audience) -> Iterator[list[Membership]]:
        """Who is in one, with the subject of the contact's address."""
        seen: set[str] = set()
        for page in self.client.members(audience.record_id):
            ids = [text(each["recordId"]) for each in page]
            pages = self.client.contacts(ids, ["email"]) if ids else ()
            addresses = {
                text(each["id"]): each["properties"].get("email") for found in pages for each in found
            }
            seen.update(ids)
            now = self.clock.now()
            yield [
                Membership(
                    system="hubspot",
                    record_id=text(each["recordId"]),
                    as_of=now,
                    list_or_campaign=audience.name,
                    subject=subject_of(self.subject, addresses.get(text(each["recordId"]))),
                    status="member",
                    at=moment(each.get("membershipTimestamp")),
                )
                for each in page
            ]
        self._told[audience.record_id] = frozenset(seen)

    def memberships(self, people: dict[str, Person]) -> Iterator[list[Membership]]:
        """The lists these contacts are in, by name."""
        if not people:
            return
        names, now = self.client.list_names(), self.clock.now()
        for record in self.client.lists_of(people):
            who = people.get(text(record.get(RECORD)))
            if who is None:
                continue
            yield [
                Membership(
                    system="hubspot",
                    record_id=who.record_id,
                    as_of=now,
                    list_or_campaign=names.get(text(each[LIST]), text(each[LIST])),
                    subject=who.subject,
                    status="member",
                    at=moment(each.get("lastAddedTimestamp")),
                )
                for each in record.get("recordListMemberships") or ()
            ]

    @override
    def express_member(
        self, op: Op, audience: Audience, person: Person, *, status: str = ""
    ) -> Expressed | Veto | None:
        """See `HoldsAudiences`. Members of a list have no status."""
        target = Target.of(person, op)
        if op not in {"add_member", "remove_member"}:
            return target.veto("not_a_place", "A list takes people in and lets them go")
        if not audience.editable:
            words = f"HubSpot fills “{audience.name}” by its own filters: change those in HubSpot"
            return target.veto("dynamic_list", words)
        if op == "remove_member" and not person.record_id:
            return None
        known = self._told.get(audience.record_id)
        if known is not None and (person.record_id in known) == (op == "add_member"):
            return None
        wanted: dict[str, object] = {LIST: audience.record_id}
        if not person.record_id:
            wanted[RECORD] = {"created": OBJECT}
        return Expressed(object=OBJECT, record_id=person.record_id or None, op=op, set=wanted)


def _audience(record: Record) -> Audience:
    size = text((record.get("additionalProperties") or {}).get("hs_list_size"))
    return Audience(
        system="hubspot",
        record_id=text(record["listId"]),
        name=text(record.get("name")),
        kind="list",
        size=int(size) if size.isdigit() else None,
        editable=record.get("processingType") in {"MANUAL", "SNAPSHOT"},
    )
