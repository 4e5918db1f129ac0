"""Places in static lists and programs, given, taken and read back: up to 300 leads of one of them a call."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from tools.connectors.marketo.audiences import PROGRAM, in_list, in_program
from tools.connectors.marketo.client import BATCH, Client, Record
from tools.connectors.values import chunks, text
from tools.errors import Refused
from tools.http import following
from tools.plan import Change, Fields, Veto
from tools.ports import Expressed, Read

INSIDE = "member"  # the status of whoever is in a static list
Where = tuple[str, int, str]  # kind of audience, Marketo's id, status to be given


def where(change: Change) -> Where:
    """Which list or program a row is about."""
    if change.object == "program_member":
        return PROGRAM, number(text(change.set.get("programId"))), text(change.set.get("statusName"))
    return "list:", number(text(change.set.get("listId"))), ""


def lead_of(change: Change) -> str:
    """Whose place it is: named in the row, or its record as rows about leads have it."""
    return text(change.set.get("leadId") or change.record_id)


def place_of(change: Change) -> str:
    """The id of a place as rows have it: the list's or program's number and the lead's."""
    return f"{where(change)[1]}/{lead_of(change)}"


def grouped(changes: Sequence[Change]) -> Mapping[Where, list[int]]:
    """The places of rows in their batch, by list or program and status."""
    found: dict[Where, list[int]] = {}
    for place, change in enumerate(changes):
        found.setdefault(where(change), []).append(place)
    return found


def apply(client: Client, changes: Sequence[Change]) -> dict[int, Record]:
    """Vendor's results by place in the batch; one call for each list, or status of a program."""
    out: dict[int, Record] = {}
    for done, (target, places) in enumerate(grouped(changes).items()):
        leads = [number(lead_of(changes[place])) for place in places]
        results = following(done, "marketo", _call(client, changes[0].op, target, leads))
        out.update(zip(places, results, strict=False))
    return out


def _call(client: Client, op: str, target: Where, leads: Sequence[int]) -> Callable[[], list[Record]]:
    kind, listed, status = target
    if kind != PROGRAM:
        body = {"input": [{"id": lead} for lead in leads]}
        # to remove, Adobe's page wants the ids in the query and its specification in the body as well
        method, also = ("POST", {}) if op == "add_member" else ("DELETE", {"id": list(leads)})
        return partial(client.write, method, f"/rest/v1/lists/{listed}/leads.json", body, also)
    people: dict[str, object] = {"input": [{"leadId": lead} for lead in leads]}
    if op == "remove_member":
        return partial(client.write, "POST", f"/rest/v1/programs/{listed}/members/delete.json", people)
    given = {"statusName": status, **people}
    return partial(client.write, "POST", f"/rest/v1/programs/{listed}/members/status.json", given)


def read_back(client: Client, changes: Sequence[Change]) -> list[Read]:
    """Whether each lead is in its list or program, with the status that was given."""
    out: dict[int, Read] = {}
    for (kind, listed, status), places in grouped(changes).items():
        read = in_program if kind == PROGRAM else in_list
        held: dict[str, str] = {}
        for block in chunks([lead_of(changes[place]) for place in places], BATCH):
            held.update(read(client, str(listed), block))
        for place in places:
            now = held.get(lead_of(changes[place]), "")
            wanted = changes[place].op == "add_member"
            true_now = bool(now) == wanted and (not wanted or not status or now == status)
            out[place] = "landed" if true_now else "not_landed"
    return [out[place] for place in range(len(changes))]


def inverse(change: Change, now: Fields | None) -> Expressed | Veto:
    """The place as it was before, unless somebody else has moved it since."""
    kind, listed, status = where(change)
    ours = (status or INSIDE) if change.op == "add_member" else ""
    before, held = text(change.backup.get("status")), ours if now is None else text(now.get("status"))
    lead = lead_of(change)
    if held != ours or not lead.isdigit():
        return Veto.of_undo(change, "changed_since", "Somebody else has changed this place in the list since")
    name = "programId" if kind == PROGRAM else "listId"
    named = {"statusName": before} if before and kind == PROGRAM else {}
    return Expressed(
        object=change.object,
        record_id=f"{listed}/{lead}",
        op="add_member" if before else "remove_member",
        set={name: listed, "leadId": lead, **named},
        guard={"status": ours},
        backup={"status": ours},
    )


def number(record_id: str | None) -> int:
    """A lead's or list's id as a number. Raises `Refused` on anything else."""
    if record_id is None or not record_id.isascii() or not record_id.isdigit():
        raise Refused("That is no Marketo id", on=str(record_id)[:40])
    return int(record_id)
