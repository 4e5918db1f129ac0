"""Marketo, read: leads, bounces out of the activity log, static lists; and how our own writes are undone."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from typing_extensions import override

from tools.abilities import Describes, FieldFact, TellsDeliveries
from tools.connectors.boxes import Boxes
from tools.connectors.marketo import audiences, describing, places, undoing
from tools.connectors.marketo.audiences import PLACES
from tools.connectors.marketo.changes import Changes
from tools.connectors.marketo.client import BATCH, Client, DayUsedUp, Record, midnight
from tools.connectors.marketo.editing import Editor
from tools.connectors.marketo.extract import Extract
from tools.connectors.marketo.fields import BEHIND, HARD, NEEDED, SOFT, attributes, bounce_class, person
from tools.connectors.marketo.keeping import KEPT
from tools.connectors.marketo.merging import Merger
from tools.connectors.parts import (
    EVERYWHERE,
    ChangesThroughPart,
    GroupsThroughPart,
    MergesThroughMerger,
    PartedReader,
    RevivesThroughEditor,
)
from tools.connectors.reading import behind, chosen, unwell
from tools.connectors.values import iso, keys_of, moment, spellings, subject_of, text
from tools.errors import ClearanceError, NeedsAttention, Refused
from tools.plan import Change, Fields, Op, System, Veto
from tools.ports import (
    BounceEvent,
    Engagement,
    Expressed,
    Health,
    Membership,
    Person,
    RestsOn,
    SeesEngagement,
)

DELIVERED = "Email Delivered"  # name of the activity type
CLICKED = "Click Email"  # name of the activity type; machines' clicks say so in an attribute
DAILY = 50_000  # documented default; some subscriptions have 10,000, and no call tells
FEW = 20  # people whose lists are asked one by one; more are looked up list by list

CAPABILITIES: Mapping[str, str] = {
    **EVERYWHERE,
    "durable_unsubscribe": "Marketo keeps opt-outs by address through a deletion; no call tells which.",
    "count": "Marketo's API has no count of leads.",
    "undelete": "Marketo documents no way back for a deleted lead: it is made anew under another id.",
    "merge": "",
    "smart_lists": "A smart list's rule fills it; its members are told only where bulk extracts may use one.",
    "engagement_programs": "Whoever is put into an engagement program is mailed: that is done in Marketo.",
    "stats": "Marketo has no statistics endpoint; activities are not counted yet.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketoReader(
    PartedReader,
    MergesThroughMerger,
    RevivesThroughEditor,
    ChangesThroughPart,
    GroupsThroughPart,
    Describes,
    SeesEngagement,
    TellsDeliveries,
):
    """Reads Marketo. Holds no writer and cannot reach one."""

    system: ClassVar[System] = "marketo"
    capabilities: ClassVar[Mapping[str, str]] = CAPABILITIES
    client: Client
    editor: Editor
    merger: Merger
    changes: Changes
    kinds: Boxes

    @override
    def people(self, addresses: Sequence[str] | None = None) -> Iterator[list[Person]]:
        """Leads by address, 300 a call; all of them out of bulk extracts, which takes minutes.

        The extract takes every field, since a person's `raw` becomes the backup: at 1 to 2 kB a lead, the
        500 MB of a day hold about 300,000 leads. They are as of their extract, which an earlier read may have
        begun.
        """
        fields, boxes = list(self.client.fields()), self.client.boxes()
        if addresses is None:
            extract = Extract(self.client, self.clock, fields)
            for page in extract.leads():
                yield [person(each, subject=self.subject, as_of=extract.as_of, boxes=boxes) for each in page]
            return
        values = [spelling for key in keys_of(addresses) for spelling in spellings(key)]
        for page in self.client.leads("email", values, fields):
            now = self.clock.now()
            yield [person(each, subject=self.subject, as_of=now, boxes=boxes) for each in page]

    @override
    def bounces(self, since: datetime | None = None) -> Iterator[list[BounceEvent]]:
        start = since or self.clock.now() - KEPT
        for page in self.client.activities(self._types(HARD, SOFT), iso(start)):
            known = self._addresses(page)
            yield [event for each in page if (event := self._event(each, known))]

    @override
    def engagements(
        self, since: datetime, people: Sequence[Person] | None = None
    ) -> Iterator[list[Engagement]]:
        """Clicks in mails since then that Marketo does not call a bot's; of these people only, 30 a call."""
        leads = None if people is None else [each.record_id for each in people]
        start = max(since, self.clock.now() - KEPT)
        for page in self.client.activities(self._types(CLICKED), iso(start), leads):
            yield [found for each in page if (found := _click(each))]

    @override
    def deliveries(self, since: datetime, people: Sequence[Person]) -> Iterator[list[Engagement]]:
        """Mail that the receiving server took, 30 people a call."""
        leads = [each.record_id for each in people]
        start = max(since, self.clock.now() - KEPT)
        for page in self.client.activities(self._types(DELIVERED), iso(start), leads):
            yield [found for each in page if (found := _arrival(each))]

    def _types(self, *names: str) -> list[int]:
        """The ids of these activity types."""
        known = self.client.activity_types()
        return [known[name] for name in names if name in known]

    def _addresses(self, page: Sequence[Record]) -> Mapping[int, str]:
        """Addresses of leads whose bounce does not name one."""
        silent = {str(each["leadId"]) for each in page if not attributes(each).get("Email")}
        found = self.client.leads("id", sorted(silent), ["email"]) if silent else ()
        return {each["id"]: text(each.get("email")) for leads in found for each in leads}

    def _event(self, activity: Record, known: Mapping[int, str]) -> BounceEvent | None:
        details = attributes(activity)
        address = details.get("Email") or known.get(activity["leadId"], "")
        at, subject = moment(activity.get("activityDate")), subject_of(self.subject, address)
        if at is None or not subject:
            return None
        return BounceEvent(
            system="marketo",
            record_id=text(activity["leadId"]),
            as_of=self.clock.now(),
            subject=subject,
            address=address,
            at=at,
            bounce_class=bounce_class(details),
            raw=f"category {details.get('Category', '')}: {details.get('Details', '')}",
            campaign=text(activity.get("primaryAttributeValue")),
        )

    @override
    def memberships(self, people: Sequence[Person]) -> Iterator[list[Membership]]:
        names = {
            each["id"]: text(each.get("name"))
            for page in self.client.pages("/rest/v1/lists.json", {"batchSize": BATCH})
            for each in page
        }
        mine = {each.record_id: each for each in people}
        yield from self._one_by_one(mine, names) if len(mine) <= FEW else self._by_list(mine, names)

    def _one_by_one(self, mine: Mapping[str, Person], names: Mapping[int, str]) -> Iterator[list[Membership]]:
        for lead, who in mine.items():
            for page in self.client.pages(f"/rest/v1/leads/{int(lead)}/listMembership.json", {}):
                yield [
                    self._member(who, names.get(each["listId"], text(each["listId"])), each) for each in page
                ]

    def _by_list(self, mine: Mapping[str, Person], names: Mapping[int, str]) -> Iterator[list[Membership]]:
        for number, name in names.items():
            asked = {"fields": "id", "batchSize": BATCH}
            for page in self.client.pages(f"/rest/v1/lists/{number}/leads.json", asked):
                yield [
                    self._member(mine[text(each["id"])], name, {})
                    for each in page
                    if text(each["id"]) in mine
                ]

    def _member(self, who: Person, name: str, record: Record) -> Membership:
        return Membership(
            system="marketo",
            record_id=who.record_id,
            as_of=self.clock.now(),
            list_or_campaign=name,
            subject=who.subject,
            status="member",
            at=moment(record.get("createdAt")),
        )

    @override
    def count(self) -> Mapping[str, int]:
        raise Refused(CAPABILITIES["count"], do="Count in Salesforce, or with a smart list in Marketo.")

    @override
    def health(self) -> Health:
        now = self.clock.now()
        try:
            days = self.client.read("/rest/v1/stats/usage.json")["result"]
            failed = self.client.read("/rest/v1/stats/errors.json")["result"]
            needed = tuple(name for name in NEEDED if name not in self.client.fields())
            missing = (*needed, *self.kinds.missing())
        except ClearanceError as error:
            return unwell("marketo", now, error, reached=isinstance(error, NeedsAttention | DayUsedUp))
        return Health(
            system="marketo",
            as_of=now,
            reachable=True,
            permitted=not missing,
            note=f"The API user may not see {', '.join(missing)}." if missing else "",
            calls_used=int(days[0]["total"]) if days else 0,
            calls_limit=DAILY,
            calls_assumed=True,
            calls_reset=midnight(now),
            calls_by=_by_user(days),
            calls_as=self.client.identity.user,
            credential=self.client.identity.told(),
            missing_fields=missing,
            errors_today=_by_code(failed),
        )

    @override
    def express(
        self, op: Op, person: Person, *, note: str, rests_on: frozenset[RestsOn] = frozenset()
    ) -> Expressed | None:
        stopped = bool(person.raw.get("unsubscribed"))
        wanted: dict[str, object] = {}
        guard = behind(BEHIND, op, person.raw, rests_on)
        if op == "suppress" and not stopped:
            wanted = {"unsubscribed": True, "unsubscribedReason": note}
            # no time of it is told with a lead, so one who opts out before we write is known by this alone
            guard = {**guard, "unsubscribed": person.raw.get("unsubscribed")}
        elif op == "unsuppress" and stopped:
            wanted = {"unsubscribed": False, "unsubscribedReason": None}
        elif op != "delete":
            return None
        return Expressed(
            object="lead",
            record_id=person.record_id,
            op=op,
            set=wanted,
            guard=guard,
            backup=person.raw,
        )

    @override
    def fields(self, object: str) -> Mapping[str, FieldFact]:
        return describing.facts(self.client, object)

    @override
    def current(
        self, object: str, record_ids: Sequence[str], fields: frozenset[str]
    ) -> Mapping[str, Fields | None]:
        if object in PLACES:
            return audiences.current(self.client, object, record_ids)
        known = self.client.fields()
        wanted = [name for name in (fields or known) if name in known]
        found = {
            text(each["id"]): each for page in self.client.leads("id", record_ids, wanted) for each in page
        }
        return {each: chosen(found.get(each), wanted) for each in record_ids}

    @override
    def guard_batch(self, object: str) -> int:
        return BATCH

    @override
    def inverse(self, change: Change, *, now: Fields | None, at: datetime) -> Expressed | Veto:
        if change.object in PLACES:
            return places.inverse(change, now)
        return undoing.inverse(change, now, writable=self.client.fields)


def _by_user(days: Sequence[Record]) -> Mapping[str, int]:
    """Today's calls by the API user who made them."""
    listed = days[0].get("users") or () if days else ()
    return {text(each.get("userId")): int(each.get("count") or 0) for each in listed}


def _by_code(days: Sequence[Record]) -> Mapping[str, int]:
    """Today's refused calls by code, as Marketo counts them for all who use its API."""
    listed = days[0].get("errors") or () if days else ()
    return {text(each.get("errorCode")): int(each.get("count") or 0) for each in listed}


def _click(activity: Record) -> Engagement | None:
    at = moment(activity.get("activityDate"))
    if at is None or attributes(activity).get("Is Bot Activity", "").lower() in {"true", "1"}:
        return None
    return Engagement(system="marketo", record_id=text(activity["leadId"]), at=at)


def _arrival(activity: Record) -> Engagement | None:
    at = moment(activity.get("activityDate"))
    return None if at is None else Engagement(system="marketo", record_id=text(activity["leadId"]), at=at)
