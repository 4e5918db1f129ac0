"""How our own writes to SendGrid are taken back."""

from tools.connectors.sendgrid.fields import rebuilt
from tools.plan import Change, Fields, Veto
from tools.ports import Expressed


def inverse(change: Change, now: Fields | None) -> Expressed | Veto:
    """The change that takes `change` back, or why there is none."""
    if change.op == "suppress":
        return _lifted(change, now or {})
    if change.op == "delete" and change.object == "contact":
        return _recreated(change, now)
    if change.op == "unsuppress":
        return Expressed(
            object=change.object, record_id=change.record_id, op="suppress", set=dict(change.set)
        )
    return veto(change, "not_reversible", "SendGrid has no way back for this")


def _lifted(change: Change, now: Fields) -> Expressed | Veto:
    """Off the list again, unless somebody else has done so or the person spoke for themselves."""
    if now.get("suppressed") is False:
        return veto(change, "changed_since", "Somebody else has taken it off the suppression list since")
    if now.get("complained"):
        return veto(change, "own_opt_out", "The person has complained on their own")
    return Expressed(
        object=change.object,
        record_id=change.record_id,
        op="unsuppress",
        set=dict(change.set),
        guard={"suppressed": True, "complained": False},
        backup={"suppressed": True},
    )


def _recreated(change: Change, now: Fields | None) -> Expressed | Veto:
    """A new contact from the backup: another id, no history."""
    if now is not None:
        return veto(change, "not_gone", "The contact is still there")
    if not change.backup.get("email"):
        return veto(change, "no_backup", "The record's backup is gone, so it cannot be made anew")
    return Expressed(object="contact", record_id=None, op="create", set=rebuilt(change.backup))


def veto(change: Change, code: str, words: str) -> Veto:
    """An undo refused for one row."""
    return Veto(
        subject=change.subject,
        system="sendgrid",
        object=change.object,
        record_id=change.record_id,
        op="undo",
        code=code,
        text=words,
    )
