"""Marketing lists as audiences, and places in them given and taken. A place has the id `list/contact`.

A suppression group is a matter of consent and no audience. Who is in a list comes out of an export.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from typing_extensions import override

from tools.abilities import Audience, HoldsAudiences
from tools.connectors.fitting import Target
from tools.connectors.sendgrid.client import Client, Record
from tools.connectors.sendgrid.everybody import contacts
from tools.connectors.values import chunks, key_of, subject_of, text
from tools.errors import Refused
from tools.plan import Change, Fields, Op, Veto
from tools.ports import Clock, Expressed, Membership, Person, Read

PLACE = "list_member"
INSIDE = "member"
FRESH = timedelta(minutes=5)  # how long what was read of a list's members is trusted
REMEMBERED = 8  # lists whose members are kept in mind
BLOCK = 1_000
_ID = re.compile(r"[0-9a-f-]{36}")


@dataclass(slots=True)
class Audiences(HoldsAudiences):
    """The marketing lists of an account."""

    client: Client
    subject: Callable[[str], str]
    clock: Clock
    _told: dict[str, tuple[datetime, frozenset[str]]] = field(default_factory=dict)

    @override
    def audiences(self) -> Iterator[list[Audience]]:
        """All marketing lists."""
        for page in self.client.lists():
            yield [
                Audience(
                    system="sendgrid",
                    record_id=text(each["id"]),
                    name=text(each.get("name")),
                    kind="list",
                    size=int(each.get("contact_count") or 0),
                )
                for each in page
            ]

    @override
    def members(self, audience: Audience) -> Iterator[list[Membership]]:
        """Who is on a list. SendGrid does not tell since when."""
        now, held = self.clock.now(), set[str]()
        for block in chunks(contacts(self.client, (checked(audience.record_id),)), BLOCK):
            held.update(text(each["id"]) for each in block)
            yield [self._membership(each, audience, now) for each in block]
        while len(self._told) >= REMEMBERED:
            del self._told[next(iter(self._told))]
        self._told[audience.record_id] = (now, frozenset(held))

    def _membership(self, record: Record, audience: Audience, now: datetime) -> Membership:
        return Membership(
            system="sendgrid",
            record_id=text(record["id"]),
            as_of=now,
            list_or_campaign=audience.name,
            subject=subject_of(self.subject, record.get("email")),
            status=INSIDE,
        )

    @override
    def express_member(
        self, op: Op, audience: Audience, person: Person, *, status: str = ""
    ) -> Expressed | Veto | None:
        """See `HoldsAudiences`. Members of a list have no status."""
        target = Target.of(person, op, PLACE)
        if person.object != "contact":
            return target.veto("other_object", "SendGrid's lists hold contacts, and this is none")
        inside = bool(person.record_id) and self._inside(audience, person)
        if op not in {"add_member", "remove_member"} or inside == (op == "add_member"):
            return None
        placed = {"contact_id": person.record_id} if person.record_id else {}
        return Expressed(
            object=PLACE,
            record_id=f"{audience.record_id}/{person.record_id}" if person.record_id else None,
            op=op,
            set={"list_id": checked(audience.record_id), "email": key_of(person.address), **placed},
            guard={"status": INSIDE if inside else ""} if person.record_id else {},
            backup={"status": INSIDE if inside else ""},
        )

    def _inside(self, audience: Audience, person: Person) -> bool:
        """Whether a contact is on a list: as members were read lately, or as the contact says."""
        at, held = self._told.get(audience.record_id, (None, frozenset()))
        if at is not None and self.clock.now() - at <= FRESH:
            return person.record_id in held
        record: Fields = person.raw
        if "list_ids" not in record or self.clock.now() - person.as_of > FRESH:
            record = self.client.contacts([person.record_id]).get(person.record_id, {})
        return audience.record_id in lists_of(record)


def lists_of(record: Fields) -> list[str]:
    """The ids of the lists a contact is on."""
    listed = record.get("list_ids")
    return [text(each) for each in listed] if isinstance(listed, list | tuple) else []


def current(client: Client, record_ids: Sequence[str]) -> Mapping[str, Fields | None]:
    """Places as they are: `status`, "" where a contact has none; None for a contact that is gone."""
    held = client.contacts(dict.fromkeys(each.partition("/")[2] for each in record_ids))
    found: dict[str, Fields | None] = {}
    for each in record_ids:
        listed, _, contact = each.partition("/")
        record = held.get(contact)
        found[each] = None if record is None else {"status": INSIDE if listed in lists_of(record) else ""}
    return found


def by_list(changes: Sequence[Change]) -> Mapping[str, list[Change]]:
    """Rows by the list they are about."""
    found: dict[str, list[Change]] = {}
    for change in changes:
        found.setdefault(checked(text(change.set.get("list_id"))), []).append(change)
    return found


def read_back(client: Client, changes: Sequence[Change]) -> list[Read]:
    """Whether each contact is on its list, or off it."""
    keys = dict.fromkeys(key_of(change.set.get("email")) for change in changes)
    held = {
        key_of(record.get("email")): lists_of(record)
        for page in client.contacts_of(keys)
        for record in page
    }  # fmt: skip
    return [
        "landed"
        if (text(change.set.get("list_id")) in held.get(key_of(change.set.get("email")), []))
        == (change.op == "add_member")
        else "not_landed"
        for change in changes
    ]


def checked(list_id: str) -> str:
    """A list's id. Raises `Refused` on anything else."""
    if not _ID.fullmatch(list_id):
        raise Refused("That is no list of SendGrid", on=list_id[:40])
    return list_id
