"""SendGrid, read: contacts, suppressions and bounces; and what undoing our own writes takes."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import ClassVar

from typing_extensions import override

from tools.abilities import Describes, FieldFact
from tools.connectors.parts import EVERYWHERE, GroupsThroughPart, PartedReader, RevivesThroughEditor
from tools.connectors.reading import unwell
from tools.connectors.sendgrid import audiences, describing, everybody, groups, undoing
from tools.connectors.sendgrid.audiences import PLACE, lists_of
from tools.connectors.sendgrid.client import PAGE, Client, Record
from tools.connectors.sendgrid.editing import Editor
from tools.connectors.sendgrid.fields import HARD, Standing, bounce_class, person, raw, suppressed_only
from tools.connectors.values import chunks, key_of, keys_of, moment, subject_of, text
from tools.errors import ClearanceError
from tools.plan import Change, Fields, Op, System, Veto
from tools.ports import BounceEvent, Expressed, Health, Membership, Person, RestsOn

GUARD_BATCH = 10_000  # a suppression guard pages through whole lists, so the more ids the cheaper

CAPABILITIES: Mapping[str, str] = {
    **EVERYWHERE,
    "count": "",
    "undelete": "SendGrid keeps no bin: a deleted contact is made anew under another id.",
    "merge": "SendGrid has no merge: a contact is its address.",
    "custom_fields": "An account's own fields are shown and not written.",
    "segments": "A segment's rule fills it; SendGrid's segments are not read.",
    "stats": "Statistics of SendGrid are not read yet.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SendGridReader(PartedReader, RevivesThroughEditor, GroupsThroughPart, Describes):
    """Reads SendGrid. Holds no writer and cannot reach one."""

    system: ClassVar[System] = "sendgrid"
    capabilities: ClassVar[Mapping[str, str]] = CAPABILITIES
    client: Client
    editor: Editor
    kinds: groups.Groups

    @override
    def people(self, addresses: Sequence[str] | None = None) -> Iterator[list[Person]]:
        """Contacts with their suppressions; an address only lists know comes without a contact.

        All of them come out of an export, which holds no lists: `raw` is without `list_ids` then.
        """
        if addresses is None:
            yield from self._everybody()
            return
        keys = keys_of(addresses)
        if not keys:
            return
        standing, as_of = Standing.read(self.client, keys), self.clock.now()
        for block in chunks(keys, PAGE):
            yield self._block(block, standing, as_of)

    def _everybody(self) -> Iterator[list[Person]]:
        standing, as_of = Standing.whole(self.client), self.clock.now()
        seen: set[str] = set()
        for block in chunks(everybody.contacts(self.client), PAGE):
            found = [self._person(each, standing, as_of) for each in block]
            seen.update(key_of(each.address) for each in found)
            yield found
        for keys in chunks((key for key in standing.addresses() if key not in seen), PAGE):
            yield [self._without_contact(key, standing, as_of) for key in keys]

    def _person(self, record: Record, standing: Standing, as_of: datetime) -> Person:
        key = key_of(record.get("email"))
        subject = self.subject(key) if key else ""
        self.editor.hear(key, standing)
        return person(record, key=key, subject=subject, standing=standing, as_of=as_of)

    def _without_contact(self, key: str, standing: Standing, as_of: datetime) -> Person:
        self.editor.hear(key, standing)
        return suppressed_only(key=key, subject=self.subject(key), standing=standing, as_of=as_of)

    def _block(self, keys: Sequence[str], standing: Standing, as_of: datetime) -> list[Person]:
        found: list[Person] = []
        for page in self.client.contacts_of(keys):
            found += [self._person(each, standing, as_of) for each in page]
        held = {key_of(each.address) for each in found}
        found += [
            self._without_contact(key, standing, as_of)
            for key in keys
            if key not in held and standing.known(key)
        ]
        return found

    @override
    def bounces(self, since: datetime | None = None) -> Iterator[list[BounceEvent]]:
        """Bounces, malformed addresses and blocks, in pages of 500."""
        for name in HARD:
            for page in self.client.listed(name, since):
                yield [event for each in page if (event := self._event(name, each))]

    def _event(self, name: str, record: Record) -> BounceEvent | None:
        subject, at = subject_of(self.subject, record.get("email")), moment(record.get("created"))
        if not subject or at is None:
            return None
        return BounceEvent(
            system="sendgrid",
            record_id=subject,
            as_of=self.clock.now(),
            subject=subject,
            address=text(record.get("email")),
            at=at,
            bounce_class=bounce_class(name, record),
            raw=raw(record),
        )

    @override
    def memberships(self, people: Sequence[Person]) -> Iterator[list[Membership]]:
        """The marketing lists these contacts are on, by list id, from what was read with them."""
        yield [
            Membership(
                system="sendgrid",
                record_id=each.record_id,
                as_of=each.as_of,
                list_or_campaign=listed,
                subject=each.subject,
                status="member",
            )
            for each in people
            for listed in lists_of(each.raw)
        ]

    @override
    def count(self) -> Mapping[str, int]:
        """How many marketing contacts there are."""
        answer = self.client.transport.read("GET", "/v3/marketing/contacts/count")
        return {"contact": int(answer.json()["contact_count"])}

    @override
    def health(self) -> Health:
        """Whether the key works and may read and write what we need (its scopes)."""
        try:
            answer = self.client.transport.read("GET", "/v3/scopes")
        except ClearanceError as error:
            return unwell("sendgrid", self.clock.now(), error)
        scopes = set(answer.json().get("scopes", ()))
        missing = NEEDED - scopes
        absent = self.kinds.absent()
        lacks = f"The API key lacks: {', '.join(sorted(missing))}." if missing else ""
        note = " ".join(filter(None, (lacks, *(f"{why}." for why in absent))))
        left, limit = answer.headers.get("x-ratelimit-remaining"), answer.headers.get("x-ratelimit-limit")
        return Health(
            system="sendgrid",
            as_of=self.clock.now(),
            reachable=True,
            permitted=not missing and not absent,
            note=note,
            calls_used=int(limit) - int(left) if limit and left else None,
            calls_limit=int(limit) if limit else None,
            calls_per="minute",
            calls_reset=_unix(answer.headers.get("x-ratelimit-reset", "")),
            errors_today=self._blocks(),
            credential=f"The API key has {len(scopes)} scopes.",
        )

    def _blocks(self) -> Mapping[str, int] | None:
        """Mails that servers turned away in the last day, up to a page; None where we may not look."""
        try:
            page = next(self.client.listed("blocks", self.clock.now() - timedelta(hours=24)))
        except ClearanceError:
            return None
        return {"block": len(page)} if page else {}

    @override
    def express(
        self, op: Op, person: Person, *, note: str, rests_on: frozenset[RestsOn] = frozenset()
    ) -> Expressed | None:
        """`op` on a person in SendGrid's words. There is no place for a note."""
        stopped = any(mark.state == "opt_out_global" for mark in person.consent)
        if op == "delete":
            return _deletion(person)
        if op == "suppress" and not stopped:
            bounced = "deliverability" in rests_on and person.deliverability == "invalid"
            return Expressed(
                object="global_suppression",
                record_id=person.subject,
                op=op,
                set={"email": key_of(person.address)},
                guard={"bounced": True} if bounced else {},
                backup={"suppressed": False},
            )
        if op == "unsuppress" and stopped:
            return Expressed(
                object="global_suppression",
                record_id=person.subject,
                op=op,
                set={"email": key_of(person.address)},
                guard={"suppressed": True} if "consent" in rests_on else {},
                backup={"suppressed": True},
            )
        return None

    @override
    def fields(self, object: str) -> Mapping[str, FieldFact]:
        return describing.facts(self.client, object)

    @override
    def current(
        self, object: str, record_ids: Sequence[str], fields: frozenset[str]
    ) -> Mapping[str, Fields | None]:
        """These fields now, by record id. Suppressions are known by subject; no fields means all of them."""
        if object in BY_SUBJECT:
            return self._suppressions(BY_SUBJECT[object], record_ids, fields)
        if object == PLACE:
            return audiences.current(self.client, record_ids)
        if object == groups.MEMBER:
            return groups.current(self.client, self.subject, record_ids, fields)
        held = self.client.contacts(record_ids)
        return {
            each: _chosen(held[each], fields) if each in held else None
            for each in record_ids
        }  # fmt: skip

    def _suppressions(
        self, known: Mapping[str, tuple[str, ...]], subjects: Sequence[str], fields: frozenset[str]
    ) -> Mapping[str, Fields | None]:
        """What these lists say; asked for everything, since when an address stands on one as well."""
        asked = [field for field in known if not fields or field in fields]
        state: dict[str, dict[str, object]] = {each: dict.fromkeys(asked, False) for each in subjects}
        for field in asked:
            for found, record in self._listed(known[field]):
                if found in state:
                    state[found][field] = True
                    if not fields:
                        state[found][undoing.since(field)] = record.get("created")
        return dict(state)

    def _listed(self, names: Sequence[str]) -> Iterator[tuple[str, Record]]:
        """Everybody on these lists, by subject."""
        for name in names:
            for page in self.client.listed(name):
                yield from ((subject_of(self.subject, each.get("email")), each) for each in page)

    @override
    def guard_batch(self, object: str) -> int:
        """Suppression guards page through lists, contacts are read by hundreds."""
        return GUARD_BATCH if object in BY_SUBJECT or object == groups.MEMBER else 1_000

    @override
    def inverse(self, change: Change, *, now: Fields | None, at: datetime) -> Expressed | Veto:
        return undoing.inverse(change, now, at)


# Scopes of an API key that a purge needs.
NEEDED = frozenset(
    {"marketing.read", "marketing.update", "suppression.read", "suppression.create", "suppression.delete"}
)
# What is known by subject: the fields as guards spell them, and the lists behind each.
BY_SUBJECT: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "global_suppression": {
        "suppressed": ("unsubscribes",),
        "bounced": ("bounces", "invalid_emails"),
        "complained": ("spam_reports",),
    },
    "bounce": {name: (name,) for name in HARD},
}


def _deletion(person: Person) -> Expressed | None:
    """A contact's delete. Its address cannot be changed, so the id alone says whom: no guard is needed."""
    if person.object != "contact":
        return None
    return Expressed(object="contact", record_id=person.record_id, op="delete", backup=person.raw)


def _chosen(record: Record, fields: frozenset[str]) -> Fields:
    if not fields:
        return record
    return {name: "" if record.get(name) is None else record[name] for name in fields}


def _unix(seconds: str) -> datetime | None:
    """A moment in Unix seconds, as headers have it."""
    return datetime.fromtimestamp(int(seconds), UTC) if seconds.isdigit() else None
