"""Campaigns as audiences: their members, and places in them given and taken.

A place is a CampaignMember of its own, so that taking it away needs its id. The members of a campaign are
read once for all wishes about it, and again when that is some minutes old; the guard sees what moved since.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from typing_extensions import override

from tools.abilities import Audience, HoldsAudiences
from tools.connectors.fitting import Target
from tools.connectors.salesforce.bulk import Bulk
from tools.connectors.salesforce.client import Client, Record, checked
from tools.connectors.salesforce.fields import PEOPLE, path
from tools.connectors.salesforce.reading import rows
from tools.connectors.values import chunks, moment, subject_of, text
from tools.plan import Op, Veto
from tools.ports import Clock, Expressed, Membership, Person

MEMBER = "CampaignMember"
FRESH = timedelta(minutes=5)
REMEMBERED = 8  # campaigns whose members are kept in mind
BATCH = 2_000
CAMPAIGNS = (
    "SELECT Id, Name, NumberOfContacts, NumberOfLeads,"
    " (SELECT Label, IsDefault FROM CampaignMemberStatuses ORDER BY SortOrder) FROM Campaign ORDER BY Name"
)
MEMBERS = (
    "SELECT Id, ContactId, Contact.Email, LeadId, Lead.Email, Status, CreatedDate FROM CampaignMember"
    " WHERE CampaignId = '{}'"
)


@dataclass(frozen=True, slots=True)
class Place:
    """A person's place in a campaign."""

    record_id: str
    status: str


@dataclass(slots=True)
class Campaigns(HoldsAudiences):
    """The campaigns of an organisation."""

    client: Client
    bulk: Bulk
    subject: Callable[[str], str]
    clock: Clock
    _told: dict[str, tuple[datetime, Mapping[str, Place]]] = field(default_factory=dict)

    @override
    def audiences(self) -> Iterator[list[Audience]]:
        """All campaigns; the default status of members comes first."""
        for page in self.client.query(CAMPAIGNS):
            yield [_audience(each) for each in page]

    @override
    def members(self, audience: Audience) -> Iterator[list[Membership]]:
        """Who is in a campaign, each with the contact's or lead's id."""
        now, held = self.clock.now(), dict[str, Place]()
        found = rows(self.client, self.bulk, MEMBERS.format(checked(audience.record_id)), {})
        for block in chunks(found, BATCH):
            held.update({_who(each): Place(text(each["Id"]), text(each.get("Status"))) for each in block})
            yield [self._membership(each, audience, now) for each in block]
        while len(self._told) >= REMEMBERED:
            del self._told[next(iter(self._told))]
        self._told[audience.record_id] = (now, held)

    def _membership(self, record: Record, audience: Audience, now: datetime) -> Membership:
        address = path(record, "Contact.Email") or path(record, "Lead.Email")
        return Membership(
            system="salesforce",
            record_id=_who(record),
            as_of=now,
            list_or_campaign=audience.name,
            subject=subject_of(self.subject, address),
            status=text(record.get("Status")),
            at=moment(record.get("CreatedDate")),
        )

    def place(self, audience: Audience, person: Person) -> Place | None:
        """This person's place in a campaign, as read within the last minutes."""
        at, _ = self._told.get(audience.record_id, (None, {}))
        if at is None or self.clock.now() - at > FRESH:
            for _ in self.members(audience):
                pass
        return self._told[audience.record_id][1].get(person.record_id)

    @override
    def express_member(
        self, op: Op, audience: Audience, person: Person, *, status: str = ""
    ) -> Expressed | Veto | None:
        """See `HoldsAudiences`. Another status for a member is an update of the place."""
        target = Target.of(person, op, MEMBER)
        if person.object not in PEOPLE:
            return target.veto(
                "other_object", f"Salesforce campaigns hold contacts and leads, no {person.object}"
            )
        if status and audience.statuses and status not in audience.statuses:
            allowed = ", ".join(audience.statuses)
            return target.veto("not_allowed", f"“{audience.name}” has no status “{status}”, only {allowed}")
        if op == "add_member":
            return self._added(target, audience, person, status)
        return self._removed(audience, person) if op == "remove_member" else None

    def _added(
        self, target: Target, audience: Audience, person: Person, status: str
    ) -> Expressed | Veto | None:
        if person.raw.get("IsConverted"):
            return target.veto("converted", "A converted lead takes part as the contact it became")
        held = self.place(audience, person) if person.record_id else None
        if held is not None:
            return _moved(held, audience, person, status)
        wanted = {f"{person.object}Id": person.record_id or {"created": person.object}}
        chosen = status or next(iter(audience.statuses), "")
        return Expressed(
            object=MEMBER,
            record_id=None,
            op="add_member",
            set={"CampaignId": audience.record_id, **wanted, **({"Status": chosen} if chosen else {})},
        )

    def _removed(self, audience: Audience, person: Person) -> Expressed | None:
        held = self.place(audience, person) if person.record_id else None
        if held is None:
            return None
        return Expressed(
            object=MEMBER,
            record_id=held.record_id,
            op="remove_member",
            guard={"Status": held.status},
            backup=_backup(held, audience, person),
        )


def _audience(record: Record) -> Audience:
    listed = sorted(record.get("CampaignMemberStatuses") or (), key=lambda each: not each.get("IsDefault"))
    return Audience(
        system="salesforce",
        record_id=text(record["Id"]),
        name=text(record.get("Name")),
        kind="campaign",
        size=int(record.get("NumberOfContacts") or 0) + int(record.get("NumberOfLeads") or 0),
        statuses=tuple(text(each.get("Label")) for each in listed),
    )


def _who(record: Record) -> str:
    """A member's contact, or its lead. The member of a converted lead has both."""
    return text(record.get("ContactId") or record.get("LeadId"))


def _backup(held: Place, audience: Audience, person: Person) -> dict[str, object]:
    return {"CampaignId": audience.record_id, f"{person.object}Id": person.record_id, "Status": held.status}


def _moved(held: Place, audience: Audience, person: Person, status: str) -> Expressed | None:
    """A member's other status; None when it has that one, or none was asked for."""
    if not status or status == held.status:
        return None
    return Expressed(
        object=MEMBER,
        record_id=held.record_id,
        op="update",
        set={"Status": status},
        guard={"Status": held.status},
        backup=_backup(held, audience, person),
    )
