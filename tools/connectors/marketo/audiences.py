"""Static lists, smart lists and programs as audiences, and places in them given and taken.

A smart list is filled by its rule. The members of an engagement program are mailed by being members, so that
putting somebody into one would send: it is shown and not edited. A place has the id `list/lead`.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from typing_extensions import override

from tools.abilities import Audience, HoldsAudiences
from tools.connectors.fitting import Target
from tools.connectors.marketo.client import BATCH, Client, Record
from tools.connectors.marketo.extract import Extract
from tools.connectors.values import chunks, moment, subject_of, text
from tools.errors import Refused
from tools.plan import Fields, Op, Veto
from tools.ports import Clock, Expressed, Membership, Person

FRESH = timedelta(minutes=5)  # how long what was read of a list's members is trusted
REMEMBERED = 8  # lists and programs whose members are kept in mind
ASSETS = 200  # documented: assets of one page
MAILING = frozenset({"engagement", "nurture"})  # types of programs that mail whoever is in them
LIST, SMART, PROGRAM = "list:", "smart:", "program:"  # kinds of audiences, in front of Marketo's id
PLACES: Mapping[str, tuple[str, str]] = {  # object of a place -> kind of audience, name of its id in a row
    "list_member": (LIST, "listId"),
    "program_member": (PROGRAM, "programId"),
}


@dataclass(slots=True)
class Audiences(HoldsAudiences):
    """The lists and programs of an instance."""

    client: Client
    subject: Callable[[str], str]
    clock: Clock
    _told: dict[str, tuple[datetime, Mapping[str, str]]] = field(default_factory=dict)

    @override
    def audiences(self) -> Iterator[list[Audience]]:
        """Static lists, smart lists, programs."""
        for page in self.client.pages("/rest/v1/lists.json", {"batchSize": BATCH}):
            yield [_audience(LIST, each) for each in page]
        for page in self._assets("smartLists"):
            yield [_audience(SMART, each, editable=False) for each in page]
        statuses = self._statuses()
        for page in self._assets("programs"):
            yield [
                _audience(
                    PROGRAM,
                    each,
                    editable=text(each.get("type")).lower() not in MAILING,
                    statuses=statuses.get(text(each.get("channel")), ()),
                )
                for each in page
            ]

    def _assets(self, kind: str) -> Iterator[list[Record]]:
        """Assets by pages of 200; the last page is one that is not full."""
        offset = 0
        while True:
            asked = {"maxReturn": ASSETS, "offset": offset}
            page = list(self.client.read(f"/rest/asset/v1/{kind}.json", asked).get("result") or ())
            if page:
                yield page
            if len(page) < ASSETS:
                return
            offset += ASSETS

    def _statuses(self) -> Mapping[str, tuple[str, ...]]:
        """The progression statuses of each channel, in their order; a hidden one cannot be given."""
        found: dict[str, tuple[str, ...]] = {}
        for page in self._assets("channels"):
            for each in page:
                steps = sorted(each.get("progressionStatuses") or (), key=lambda step: step.get("step") or 0)
                found[text(each.get("name"))] = tuple(
                    text(step.get("name")) for step in steps if not step.get("hidden")
                )
        return found

    @override
    def members(self, audience: Audience) -> Iterator[list[Membership]]:
        """Who is in one. A smart list comes out of a bulk extract, where the subscription has that filter."""
        now, held = self.clock.now(), dict[str, str]()
        for page in self._pages(audience):
            held.update({text(each["id"]): _status(each) for each in page})
            yield [self._membership(each, audience, now) for each in page]
        while len(self._told) >= REMEMBERED:
            del self._told[next(iter(self._told))]
        self._told[audience.record_id] = (now, held)

    def _pages(self, audience: Audience) -> Iterator[list[Record]]:
        kind, number = split(audience.record_id)
        if kind == SMART:
            wanted = {"smartListId": int(number)}
            return Extract(self.client, self.clock, ["id", "email"]).of(wanted)
        path = (
            f"/rest/v1/lists/{number}/leads.json"
            if kind == LIST
            else f"/rest/v1/leads/programs/{number}.json"
        )
        return self.client.pages(path, {"fields": "id,email", "batchSize": BATCH})

    def _membership(self, record: Record, audience: Audience, now: datetime) -> Membership:
        place = record.get("membership") or {}
        return Membership(
            system="marketo",
            record_id=text(record["id"]),
            as_of=now,
            list_or_campaign=audience.name,
            subject=subject_of(self.subject, record.get("email")),
            status=_status(record),
            at=moment(place.get("membershipDate")),
        )

    @override
    def express_member(
        self, op: Op, audience: Audience, person: Person, *, status: str = ""
    ) -> Expressed | Veto | None:
        """See `HoldsAudiences`. Another status of a member is an `add_member` as well."""
        kind, number = split(audience.record_id)
        place = "program_member" if kind == PROGRAM else "list_member"
        target = Target.of(person, op, place)
        if refused := _refused(target, audience, person, kind, status):
            return refused
        chosen = (status or next(iter(audience.statuses), "")) if kind == PROGRAM else ""
        now = self.status(audience, person.record_id) if person.record_id else ""
        if op == "add_member" and now and (not status or now == chosen):
            return None
        if op == "add_member" and kind == PROGRAM and not chosen:
            return target.veto("not_allowed", f"Marketo tells no status for members of “{audience.name}”")
        if op not in {"add_member", "remove_member"} or (op == "remove_member" and not now):
            return None
        who: object = person.record_id or {"created": "lead"}
        named = {"statusName": chosen} if op == "add_member" and chosen else {}
        return Expressed(
            object=place,
            record_id=f"{number}/{person.record_id}" if person.record_id else None,
            op=op,
            set={PLACES[place][1]: int(number), "leadId": who, **named},
            guard={"status": now} if person.record_id else {},
            backup={"status": now},
        )

    def status(self, audience: Audience, lead: str) -> str:
        """A lead's status in one, "" when it is not in it; members are read once for all wishes."""
        at, _ = self._told.get(audience.record_id, (None, {}))
        if at is None or self.clock.now() - at > FRESH:
            for _ in self.members(audience):
                pass
        return self._told[audience.record_id][1].get(lead, "")


def current(client: Client, object: str, record_ids: Sequence[str]) -> Mapping[str, Fields | None]:
    """Places as they are: `status`, "" where a lead has none; 300 leads of one list or program a call."""
    kind, _ = PLACES[object]
    by_list: dict[str, list[str]] = {}
    for each in record_ids:
        number, _, lead = each.partition("/")
        by_list.setdefault(number, []).append(lead)
    found: dict[str, Fields | None] = {}
    for number, leads in by_list.items():
        for block in chunks(leads, BATCH):
            inside = in_list(client, number, block) if kind == LIST else in_program(client, number, block)
            found.update({f"{number}/{lead}": {"status": inside.get(lead, "")} for lead in block})
    return found


def in_list(client: Client, number: str, leads: Sequence[str]) -> Mapping[str, str]:
    """Which of these leads, 300 at most, are in a static list."""
    path = f"/rest/v1/lists/{int(number)}/leads/ismember.json"
    listed = client.read(path, {"id": list(leads)})["result"]
    return {text(each["id"]): "member" for each in listed if each.get("status") == "memberof"}


def in_program(client: Client, number: str, leads: Sequence[str]) -> Mapping[str, str]:
    """The status of these leads, 300 at most, in a program."""
    asked = {
        "filterType": "leadId", "filterValues": ",".join(leads), "fields": "statusName", "batchSize": BATCH
    }  # fmt: skip
    pages = client.pages(f"/rest/v1/programs/{int(number)}/members.json", asked)
    return {text(each["leadId"]): text(each.get("statusName")) for page in pages for each in page}


def split(record_id: str) -> tuple[str, str]:
    """An audience's id as kind and Marketo's number. Raises `Refused` on anything else."""
    for kind in (LIST, SMART, PROGRAM):
        number = record_id.removeprefix(kind)
        if record_id.startswith(kind) and number.isascii() and number.isdigit():
            return kind, number
    raise Refused("That is no list or program of Marketo", on=record_id[:40])


def _audience(
    kind: str, record: Record, *, editable: bool = True, statuses: tuple[str, ...] = ()
) -> Audience:
    return Audience(
        system="marketo",
        record_id=f"{kind}{int(record['id'])}",
        name=text(record.get("name")),
        kind="campaign" if kind == PROGRAM else "list",
        editable=editable,
        statuses=statuses,
    )


def _refused(target: Target, audience: Audience, person: Person, kind: str, status: str) -> Veto | None:
    if person.object != "lead":
        return target.veto("other_object", f"Marketo's lists hold leads, no {person.object}")
    if kind == SMART:
        return target.veto("not_editable", f"“{audience.name}” is a smart list: its rule fills it")
    if not audience.editable:
        words = f"“{audience.name}” mails whoever is in it: a place in it is given in Marketo"
        return target.veto("not_editable", words)
    if kind == PROGRAM and status and audience.statuses and status not in audience.statuses:
        allowed = ", ".join(audience.statuses)
        return target.veto("not_allowed", f"“{audience.name}” has no status “{status}”, only {allowed}")
    return None


def _status(record: Record) -> str:
    return text((record.get("membership") or {}).get("progressionStatus")) or "member"
