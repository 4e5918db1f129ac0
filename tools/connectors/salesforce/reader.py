"""Salesforce, read: contacts and leads with all that holds them in place, bounces, campaigns, health."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from typing_extensions import override

from tools.abilities import Describes, FieldFact, LinksRecords, TellsQuery
from tools.connectors.boxes import Boxes
from tools.connectors.parts import (
    EVERYWHERE,
    ChangesThroughPart,
    GroupsThroughPart,
    MergesThroughMerger,
    PartedReader,
    RevivesThroughEditor,
)
from tools.connectors.reading import unwell
from tools.connectors.salesforce import guard as guards
from tools.connectors.salesforce import undoing
from tools.connectors.salesforce.changes import Changes
from tools.connectors.salesforce.client import RETRIEVE, Client, Record, checked
from tools.connectors.salesforce.consent import Keeper, hidden
from tools.connectors.salesforce.describing import facts
from tools.connectors.salesforce.editing import Editor
from tools.connectors.salesforce.fields import BOUNCE_REASON, BOUNCED_AT, NEEDED, PEOPLE, deliverability, path
from tools.connectors.salesforce.marks import OPT_OUT
from tools.connectors.salesforce.merging import Merger
from tools.connectors.salesforce.search import Search
from tools.connectors.values import iso, keys_of, moment, subject_of, text
from tools.errors import ClearanceError, NeedsAttention
from tools.http import DayUsedUp
from tools.plan import Change, Fields, Op, System, Veto
from tools.ports import BounceEvent, Expressed, Health, Membership, Person, RestsOn

LOST = ("Failed", "Aborted")  # states of a bulk job that did not do all of its work
DAY = timedelta(hours=24)

CAPABILITIES: Mapping[str, str] = {
    **EVERYWHERE,
    "people_odd_spelling": "Case and blanks around an address do not matter; other invisible characters do,"
    " as SOQL cannot trim. Reading more than 6,000 addresses at once finds those too.",
    "fields": "",
    "count": "",
    "undelete": "",
    "merge": "",
    "audiences": "",
    "members": "",
    "express_revival": "",
    "stats": "Salesforce keeps no sends; statistics come from the system that sent.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SalesforceReader(
    PartedReader,
    MergesThroughMerger,
    RevivesThroughEditor,
    ChangesThroughPart,
    GroupsThroughPart,
    Describes,
    LinksRecords,
    TellsQuery,
):
    """Reads Salesforce. Holds no writer and cannot reach one."""

    system: ClassVar[System] = "salesforce"
    capabilities: ClassVar[Mapping[str, str]] = CAPABILITIES
    client: Client
    search: Search
    keeper: Keeper
    editor: Editor
    merger: Merger
    changes: Changes
    kinds: Boxes

    @override
    def people(self, addresses: Sequence[str] | None = None) -> Iterator[list[Person]]:
        if addresses is None:
            yield from self.search.everybody()
        elif keys := keys_of(addresses):
            yield from (batch for batch in self.search.by_address(keys) if batch)

    @override
    def bounces(self, since: datetime | None = None) -> Iterator[list[BounceEvent]]:
        when = f">= {iso(since)}" if since else "!= null"
        seen = [each for each in PEOPLE if {BOUNCED_AT, BOUNCE_REASON} <= self.client.describe(each).keys()]
        queries = [
            f"SELECT Id, Email, {BOUNCED_AT}, {BOUNCE_REASON} FROM {each} WHERE {BOUNCED_AT} {when}"  # noqa: S608 (SOQL, constants)
            for each in seen
        ]
        for _, pages in self.client.together(queries):
            for page in pages:
                yield [event for each in page if (event := self._event(each))]

    def _event(self, record: Record) -> BounceEvent | None:
        at, subject = moment(record.get(BOUNCED_AT)), subject_of(self.subject, record.get("Email"))
        if at is None or not subject:
            return None
        found = deliverability(record)
        return BounceEvent(
            system="salesforce",
            record_id=text(record["Id"]),
            as_of=self.clock.now(),
            subject=subject,
            address=text(record["Email"]),
            at=at,
            bounce_class="unknown" if found == "ok" else found,
            raw=text(record.get(BOUNCE_REASON)),
        )

    @override
    def memberships(self, people: Sequence[Person]) -> Iterator[list[Membership]]:
        for object in PEOPLE:
            mine = {each.record_id: each for each in people if each.object == object}
            template = (
                f"SELECT Id, {object}Id, CampaignId, Campaign.Name, Status, CreatedDate FROM CampaignMember"  # noqa: S608 (SOQL, constants)
                f" WHERE {object}Id IN {{}}"
            )
            for soql in self.client.within(template, list(mine)):
                for page in self.client.query(soql):
                    yield [self._membership(each, mine[each[f"{object}Id"]]) for each in page]

    def _membership(self, record: Record, person: Person) -> Membership:
        return Membership(
            system="salesforce",
            record_id=text(record["Id"]),
            as_of=self.clock.now(),
            list_or_campaign=text(path(record, "Campaign.Name")),
            subject=person.subject,
            status=text(record.get("Status")),
            at=moment(record.get("CreatedDate")),
        )

    @override
    def count(self) -> Mapping[str, int]:
        return {object: self.client.total(object) for object in PEOPLE}

    @override
    def health(self) -> Health:
        now = self.clock.now()
        try:
            calls = self.client.limits().get("DailyApiRequests", {})
            missing = [f"{each}.{name}" for each in PEOPLE for name in NEEDED if not self._sees(each, name)]
            missing += self.kinds.missing()
        except ClearanceError as error:
            return unwell("salesforce", now, error, reached=isinstance(error, NeedsAttention | DayUsedUp))
        limit, left = calls.get("Max"), calls.get("Remaining")
        return Health(
            system="salesforce",
            as_of=now,
            reachable=True,
            permitted=not missing,
            note=f"We may not see {', '.join(missing)}." if missing else "",
            calls_used=limit - left if limit is not None and left is not None else None,
            calls_limit=limit,
            errors_today=self._failed_jobs(now),
            missing_fields=tuple(missing),
        )

    def _failed_jobs(self, now: datetime) -> Mapping[str, int] | None:
        """Bulk jobs of the last day that failed or were stopped; None where we may not look."""
        try:
            jobs = self.client.jobs()
        except ClearanceError:
            return None
        made = [(text(each.get("state")), moment(each.get("createdDate"))) for each in jobs]
        return Counter(state for state, at in made if state in LOST and at and now - at < DAY)

    def _sees(self, object: str, name: str) -> bool:
        return name in self.client.describe(object)

    @override
    def express(
        self, op: Op, person: Person, *, note: str, rests_on: frozenset[RestsOn] = frozenset()
    ) -> Expressed | None:
        """`op` on a contact or lead. Salesforce has no place for a note."""
        wanted: dict[str, object] = {}
        if op in {"suppress", "unsuppress"}:
            wanted = {OPT_OUT: op == "suppress"}
            if OPT_OUT not in person.raw:
                raise hidden(person.object, OPT_OUT)
            if bool(person.raw[OPT_OUT]) == wanted[OPT_OUT] or person.raw.get("IsConverted"):
                return None  # a converted lead is read-only; the contact it became is written
        elif op != "delete":
            return None
        return Expressed(
            object=person.object,
            record_id=person.record_id,
            op=op,
            set=wanted,
            guard=guards.guard(op, person, rests_on),
            backup=person.raw,
        )

    @override
    def current(
        self, object: str, record_ids: Sequence[str], fields: frozenset[str]
    ) -> Mapping[str, Fields | None]:
        return guards.current(self.client, self.search, object, record_ids, fields)

    @override
    def guard_batch(self, object: str) -> int:
        return RETRIEVE

    @override
    def inverse(self, change: Change, *, now: Fields | None, at: datetime) -> Expressed | Veto:
        in_bin = self.clock.now() - at < undoing.BIN
        return undoing.inverse(change, now, in_bin=in_bin, described=self.client.describe)

    @override
    def fields(self, object: str) -> Mapping[str, FieldFact]:
        return facts(self.client, object)

    @override
    def record_link(self, object: str, record_id: str) -> str:
        return f"{self.client.door.base_url}/{checked(record_id)}" if record_id else ""

    @override
    def consent_query(self) -> str:
        return self.keeper.query()
