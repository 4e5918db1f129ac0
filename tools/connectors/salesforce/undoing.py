"""How our own writes to Salesforce are taken back."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from operator import eq

from tools.connectors.salesforce.client import Record
from tools.connectors.salesforce.marks import OPT_OUT
from tools.connectors.undoing import unmade, written_back
from tools.plan import Change, Fields, Veto
from tools.ports import Expressed

PLACE = ("CampaignId", "ContactId", "LeadId", "Status")  # what a place in a campaign consists of
MERGED = (
    "A merge cannot be undone in Salesforce: what belonged to the records that went stays with the one that"
    " was kept. All records as they were before are in this run's backup"
)
BIN = timedelta(days=15)  # documented; sooner when the bin is full, then the vendor says so per record


def inverse(
    change: Change, now: Fields | None, *, in_bin: bool, described: Callable[[str], Mapping[str, Record]]
) -> Expressed | Veto:
    """The change that takes `change` back, or why there is none. `in_bin`: its delete may still be undone."""
    if change.op == "delete":
        return _restored(change, now, in_bin=in_bin, described=described)
    if change.op == "merge":
        return Veto.of_undo(change, "not_reversible", MERGED)
    if change.op == "remove_member":
        return _returned(change, now)
    if change.record_id is None:
        return Veto.of_undo(change, "id_unknown", "The vendor never told the new record's id")
    return _taken_back(change, now) if now is not None else Veto.of_undo(change, "gone", "The record is gone")


def _taken_back(change: Change, now: Fields) -> Expressed | Veto:
    """What was made is deleted, what was written is written back."""
    if change.op == "create":
        return unmade(change, now)
    if change.op == "add_member":
        return _left(change, now)
    return written_back(change, now, what="record", opt_out=OPT_OUT, same=eq)


def _restored(
    change: Change, now: Fields | None, *, in_bin: bool, described: Callable[[str], Mapping[str, Record]]
) -> Expressed | Veto:
    """Out of the bin while it lasts, under the same id; else made anew, which is not the same record."""
    if now is not None:
        return Veto.of_undo(change, "not_gone", "The record is still there")
    if change.backup.get("IsConverted"):
        return Veto.of_undo(change, "not_reversible", "Salesforce does not bring converted leads back")
    if in_bin:
        return Expressed(
            object=change.object, record_id=None, op="create", set={"undelete": change.record_id}
        )
    fields = described(change.object) if change.backup else {}
    kept = {
        name: value
        for name, value in change.backup.items()
        if value is not None and fields.get(name, {}).get("createable")
    }
    if not kept:
        return Veto.of_undo(change, "no_backup", "The bin is emptied and the record's backup is gone")
    return Expressed(object=change.object, record_id=None, op="create", set=kept)


def _left(change: Change, now: Fields) -> Expressed | Veto:
    """A place in a campaign given back, unless the person has answered since."""
    given, held = change.set.get("Status"), now.get("Status")
    if given and held != given:
        return Veto.of_undo(change, "changed_since", f"The member's status has become {held} since")
    return Expressed(
        object=change.object,
        record_id=change.record_id,
        op="remove_member",
        guard={"Status": held},
        backup={name: now[name] for name in PLACE if now.get(name)},
    )


def _returned(change: Change, now: Fields | None) -> Expressed | Veto:
    """A place in a campaign taken again, with the status it had; when they first responded is not kept."""
    if now is not None:
        return Veto.of_undo(change, "not_gone", "The member is still there")
    if not change.backup:
        return Veto.of_undo(change, "no_backup", "The member's backup is gone")
    kept = {name: change.backup[name] for name in PLACE if change.backup.get(name)}
    return Expressed(object=change.object, record_id=None, op="add_member", set=kept)
