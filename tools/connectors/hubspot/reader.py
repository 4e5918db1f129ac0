"""HubSpot, read: contacts, hard bounces out of their history, lists, opt-outs; how our writes are undone."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from typing_extensions import override

from tools.abilities import Describes, Erases, FieldFact, LinksRecords
from tools.connectors.hubspot import fields, groups, undoing
from tools.connectors.hubspot.audiences import Lists
from tools.connectors.hubspot.changes import Changes
from tools.connectors.hubspot.client import BATCH, CONTACT_TYPE, Client, Record, since_filter
from tools.connectors.hubspot.editing import facts
from tools.connectors.hubspot.fields import BEHIND, CAMPAIGN, NEEDED, OPT_OUT, REASON, WORDS, YES, person
from tools.connectors.hubspot.merging import Merger
from tools.connectors.hubspot.paths import ENDING, ENDS, NUMBERED, SUCCESSOR
from tools.connectors.hubspot.undoing import LIFT_BY
from tools.connectors.parts import (
    EVERYWHERE,
    ChangesThroughPart,
    GroupsThroughPart,
    MergesThroughMerger,
    PartedReader,
)
from tools.connectors.reading import behind, chosen, unwell
from tools.connectors.values import iso, keys_of, moment, spellings, subject_of, text
from tools.errors import ClearanceError, NeedsAttention
from tools.http import DayUsedUp
from tools.plan import Change, Fields, Op, System, Veto
from tools.ports import BounceEvent, Expressed, Health, Membership, Person, RestsOn

CAPABILITIES: Mapping[str, str] = {
    **EVERYWHERE,
    "soft_bounces": "HubSpot only counts soft bounces of a contact: no call tells their time and reason.",
    "count": "",
    "address_opt_outs": "HubSpot keeps opt-outs by address; no call lists those without a contact.",
    "merge": "",
    "undelete": "HubSpot restores contacts for 90 days, in its app only: no published endpoint does it.",
    "revive": "A hard bounce is taken off a contact in HubSpot's app only: no published endpoint does it.",
    "marketable_status": "Read-only for HubSpot's API: it needs a workflow or the app.",
    "engagements": "HubSpot tells a contact's last click only, which is read as its last activity.",
    "stats": "Statistics of marketing e-mails are not read yet.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class HubSpotReader(
    PartedReader, MergesThroughMerger, ChangesThroughPart, GroupsThroughPart, Describes, Erases, LinksRecords
):
    """Reads HubSpot. Holds no writer and cannot reach one."""

    system: ClassVar[System] = "hubspot"
    capabilities: ClassVar[Mapping[str, str]] = CAPABILITIES
    client: Client
    lists: Lists
    merger: Merger
    changes: Changes
    kinds: groups.Groups

    @override
    def people(self, addresses: Sequence[str] | None = None) -> Iterator[list[Person]]:
        """By address in batches of 100, or all by paging the list; a search is never used for it."""
        keys = keys_of(addresses or ())
        if addresses is not None and not keys:
            return
        values = [spelling for key in keys for spelling in spellings(key)]
        pages = (
            self.client.everybody(self._names())
            if addresses is None
            else self.client.contacts(values, self._names(), kind="email")
        )
        kinds = self.client.subscriptions()
        for page in pages:
            now = self.clock.now()
            yield [person(each, subject=self.subject, subscriptions=kinds, as_of=now) for each in page]

    def _names(self) -> list[str]:
        kinds = self.client.subscriptions()
        return fields.names(self.client.described(), kinds)

    def _left(self) -> frozenset[str]:
        """The properties that say whether an address has left a kind of mail."""
        return frozenset(each.property for each in self.client.subscriptions())

    @override
    def bounces(self, since: datetime | None = None) -> Iterator[list[BounceEvent]]:
        """Hard bounces: who has a reason is searched for, when it came is in the property's history."""
        filters: list[Record] = [{"propertyName": REASON, "operator": "HAS_PROPERTY"}]
        if since:
            filters.append(since_filter("lastmodifieddate", iso(since)))
        for found in self.client.found(filters, ["email"]):
            ids = [text(each["id"]) for each in found]
            for page in self.client.contacts(ids, ["email", REASON, WORDS, CAMPAIGN], history=[REASON]):
                yield [event for each in page for event in self._events(each, since)]

    def _events(self, record: Record, since: datetime | None) -> Iterator[BounceEvent]:
        raw = record["properties"]
        subject = subject_of(self.subject, raw.get("email"))
        for line in (record.get("propertiesWithHistory") or {}).get(REASON) or ():
            at, reason = moment(line.get("timestamp")), text(line.get("value"))
            if at is None or not reason or not subject or (since and at < since):
                continue
            words = text(raw.get(WORDS)) if reason == raw.get(REASON) else ""
            yield BounceEvent(
                system="hubspot",
                record_id=text(record["id"]),
                as_of=self.clock.now(),
                subject=subject,
                address=text(raw.get("email")),
                at=at,
                bounce_class=fields.bounce_class(reason, words),
                raw=f"{reason}: {words}".rstrip(": "),
                campaign=text(raw.get(CAMPAIGN)),
            )

    @override
    def memberships(self, people: Sequence[Person]) -> Iterator[list[Membership]]:
        yield from self.lists.memberships({each.record_id: each for each in people})

    @override
    def count(self) -> Mapping[str, int]:
        return {"contact": self.client.total()}

    @override
    def health(self) -> Health:
        now = self.clock.now()
        try:
            used = self.client.read("GET", "account", "api-usage", "daily", "private-apps").json()["results"]
            missing = tuple(name for name in NEEDED if name not in self.client.described())
            absent = self.kinds.absent()
        except ClearanceError as error:
            return unwell("hubspot", now, error, reached=isinstance(error, NeedsAttention | DayUsedUp))
        return Health(
            system="hubspot",
            as_of=now,
            reachable=True,
            permitted=not missing and not absent,
            note=" ".join(
                filter(
                    None,
                    (
                        f"The token may not see {', '.join(missing)}." if missing else "",
                        *(f"{why}." for why in absent),
                    ),
                )
            ),
            calls_used=int(used[0]["currentUsage"]) if used else 0,
            calls_limit=int(used[0]["usageLimit"]) if used else None,
            calls_reset=moment(used[0].get("resetsAt")) if used else None,
            credential=self._token_told(),
            api_ends=ENDS if self.client.version == NUMBERED else None,
            api_note=f"{ENDING} Set HUBSPOT_API_VERSION={SUCCESSOR} before then.",
            missing_fields=missing,
        )

    def _token_told(self) -> str:
        """What HubSpot tells of a private app's token: its app and its scopes, never an end."""
        told = self.client.token_info()
        scopes = len(told.get("scopes") or ())
        return f"The token of private app {text(told.get('appId'))}, with {scopes} scopes." if told else ""

    @override
    def record_link(self, object: str, record_id: str) -> str:
        """The contact's page; "" while the account cannot be asked for its number."""
        if not record_id.isdigit():
            return ""
        try:
            account = self.client.account()
        except ClearanceError:
            return ""
        host = text(account.get("uiDomain")) or "app.hubspot.com"
        return f"https://{host}/contacts/{text(account.get('portalId'))}/record/{CONTACT_TYPE}/{record_id}"

    @override
    def express(
        self, op: Op, person: Person, *, note: str, rests_on: frozenset[RestsOn] = frozenset()
    ) -> Expressed | None:
        """`op` on a contact. There is no place for a note: an opt-out by the API says so by itself."""
        stopped = person.raw.get(OPT_OUT) == YES
        wanted: dict[str, object] = {}
        guard = behind(BEHIND, op, person.raw, rests_on)
        if op == "suppress" and not stopped:
            self.client.seems_to_have_batches()  # asked once, before a plan has its price
            wanted = {"email": person.address, OPT_OUT: YES}
        elif op == "unsuppress" and stopped:
            kind = undoing.lifting_by(person.raw, self.client.subscriptions())
            if not kind:
                return None
            wanted = {"email": person.address, OPT_OUT: "false", LIFT_BY: kind}
            guard = {**guard, **undoing.still_open(person.raw, kind)}
        elif op != "delete":
            return None
        return Expressed(
            object="contact",
            record_id=person.record_id,
            op=op,
            set=wanted,
            guard=guard,
            backup=person.raw,
        )

    @override
    def current(
        self, object: str, record_ids: Sequence[str], fields: frozenset[str]
    ) -> Mapping[str, Fields | None]:
        wanted = sorted(fields) if fields else self._names()
        if object == groups.SUBSCRIPTION:
            turned = [] if fields else [f"{each}{groups.SINCE}" for each in wanted if each in self._left()]
            return groups.current(self.client, record_ids, [*wanted, *turned])
        held = {
            text(each["id"]): each["properties"]
            for page in self.client.contacts(record_ids, wanted)
            for each in page
        }
        return {each: chosen(held.get(each), wanted) for each in record_ids}

    @override
    def guard_batch(self, object: str) -> int:
        return BATCH

    @override
    def inverse(self, change: Change, *, now: Fields | None, at: datetime) -> Expressed | Veto:
        if change.object == groups.SUBSCRIPTION:
            return groups.inverse(change, now, at)
        return undoing.inverse(change, now, at, self.client.described(), self.client.subscriptions())

    @override
    def fields(self, object: str) -> Mapping[str, FieldFact]:
        return facts(self.client, object)

    @override
    def express_erasure(self, person: Person) -> Expressed:
        return Expressed(
            object=undoing.ERASURE,
            record_id=person.record_id,
            op="delete",
            guard=behind(BEHIND, "delete", person.raw, frozenset({"address"})),
        )
