"""How our own writes to SendGrid are taken back."""

from datetime import datetime

from tools.connectors.grouping import SLACK
from tools.connectors.sendgrid import groups
from tools.connectors.sendgrid.audiences import INSIDE, PLACE
from tools.connectors.sendgrid.fields import WRITABLE, rebuilt
from tools.connectors.undoing import moved, unmade
from tools.connectors.values import moment, text
from tools.plan import Change, Fields, Veto
from tools.ports import Expressed


def since(field: str) -> str:
    """The name under which a suppression tells since when it has been there."""
    return f"{field}_since"


def inverse(change: Change, now: Fields | None, at: datetime) -> Expressed | Veto:
    """The change that takes `change` back, made `at` that moment, or why there is none."""
    if change.object == PLACE:
        return _place(change, now)
    if change.object == groups.MEMBER:
        return groups.inverse(change, now, at)
    if change.object == "contact":
        return _recreated(change, now) if change.op == "delete" else _contact(change, now)
    if change.op == "suppress":
        return _lifted(change, now or {}, at)
    if change.op == "unsuppress":
        return Expressed(
            object=change.object, record_id=change.record_id, op="suppress", set=dict(change.set)
        )
    words = "Nobody but SendGrid writes a bounce; suppress the address if it must not be mailed"
    return Veto.of_undo(change, "not_reversible", words)


def _lifted(change: Change, now: Fields, at: datetime) -> Expressed | Veto:
    """Off the list again, unless somebody else has done so or the person spoke for themselves.

    Putting an address on the list twice changes nothing, so an entry that is older than our write was made by
    the person between the plan and its run.
    """
    if now.get("suppressed") is False:
        return Veto.of_undo(
            change, "changed_since", "Somebody else has taken it off the suppression list since"
        )
    if now.get("complained"):
        return Veto.of_undo(change, "own_opt_out", "The person has complained on their own")
    made = moment(now.get(since("suppressed")))
    if made is not None and made < at - SLACK:
        return Veto.of_undo(change, "own_opt_out", "The person had opted out before we wrote")
    return Expressed(
        object=change.object,
        record_id=change.record_id,
        op="unsuppress",
        set=dict(change.set),
        guard={"suppressed": True, "complained": False},
        backup={"suppressed": True},
    )


def _place(change: Change, now: Fields | None) -> Expressed | Veto:
    """The place in a list as it was before, unless somebody else has moved it since."""
    ours, before = (INSIDE, "") if change.op == "add_member" else ("", INSIDE)
    contact = text(change.set.get("contact_id"))
    if now is None and change.record_id:
        return Veto.of_undo(change, "gone", "The contact is gone")
    if now is not None and now.get("status") != ours:
        return Veto.of_undo(change, "changed_since", "Somebody else has changed this place in the list since")
    if not contact:
        return Veto.of_undo(change, "not_reversible", "SendGrid never told the new contact's id")
    return Expressed(
        object=PLACE,
        record_id=f"{text(change.set.get('list_id'))}/{contact}",
        op="add_member" if before else "remove_member",
        set=dict(change.set),
        guard={"status": ours},
        backup={"status": ours},
    )


def _contact(change: Change, now: Fields | None) -> Expressed | Veto:
    """The values from before, or a contact we made taken away, if what we wrote is still there."""
    if change.op not in {"create", "update"}:
        return Veto.of_undo(change, "not_reversible", "SendGrid has no way back for this")
    if now is None:
        return Veto.of_undo(change, "gone", "The contact is gone")
    ours = {name: value for name, value in change.set.items() if name in WRITABLE and name != "email"}
    others = (name for name, value in ours.items() if (now.get(name) or "") != (value or ""))
    if refused := moved(others, change):
        return refused
    if change.op == "create":
        return unmade(change, now)
    if not change.backup:
        return Veto.of_undo(change, "no_backup", "The contact's backup is gone")
    before = {name: change.backup.get(name) or "" for name in ours}
    return Expressed(
        object="contact",
        record_id=change.record_id,
        op="update",
        set={"email": change.set.get("email"), **before},
        guard=ours,
        backup=now,
    )


def _recreated(change: Change, now: Fields | None) -> Expressed | Veto:
    """A new contact from the backup: another id, no history."""
    if now is not None:
        return Veto.of_undo(change, "not_gone", "The contact is still there")
    if not change.backup.get("email"):
        return Veto.of_undo(change, "no_backup", "The record's backup is gone, so it cannot be made anew")
    return Expressed(object="contact", record_id=None, op="create", set=rebuilt(change.backup))
