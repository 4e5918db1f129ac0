"""How our own writes to Marketo are taken back."""

from collections.abc import Callable, Mapping

from tools.plan import Change, Fields, Op, Veto
from tools.ports import Expressed

BACK: Mapping[Op, Op] = {
    "suppress": "unsuppress",
    "unsuppress": "suppress",
    "update": "update",
    "add_member": "remove_member",
    "remove_member": "add_member",
}


def inverse(
    change: Change, now: Fields | None, *, writable: Callable[[], Mapping[str, bool]]
) -> Expressed | Veto:
    """The change that takes `change` back, or why there is none."""
    if change.op == "delete":
        return _made_anew(change, now, writable)
    if now is None:
        return veto(change, "gone", "The lead is gone")
    if change.op == "create":
        return Expressed(object=change.object, record_id=change.record_id, op="delete", backup=now)
    if change.op in {"add_member", "remove_member"}:
        return Expressed(
            object=change.object, record_id=change.record_id, op=BACK[change.op], set=dict(change.set)
        )
    if change.op not in BACK:
        return veto(change, "not_reversible", "Marketo has no way back for this")
    return _written_back(change, now)


def _made_anew(
    change: Change, now: Fields | None, writable: Callable[[], Mapping[str, bool]]
) -> Expressed | Veto:
    """A new lead from the backup: another id, no activities. A durable unsubscribe comes back by itself."""
    if now is not None:
        return veto(change, "not_gone", "The lead is still there")
    if not change.backup:
        return veto(change, "no_backup", "The lead's backup is gone, so it cannot be made anew")
    may = writable()
    kept = {name: value for name, value in change.backup.items() if may.get(name) and value is not None}
    return Expressed(object="lead", record_id=None, op="create", set=kept)


def _written_back(change: Change, now: Fields) -> Expressed | Veto:
    """The values from before, if ours are still there and none of them is a person's own opt-out."""
    moved = [
        name for name, value in change.set.items() if name in now and (now[name] or None) != (value or None)
    ]
    if moved:
        return veto(change, "changed_since", f"Somebody else has changed {', '.join(moved)} since")
    if not change.backup:
        return veto(change, "no_backup", "The lead's backup is gone")
    before = {name: change.backup.get(name) for name in change.set}
    if change.set.get("unsubscribed") is True and before.get("unsubscribed"):
        return veto(change, "own_opt_out", "The person had unsubscribed before we wrote")
    return Expressed(
        object=change.object,
        record_id=change.record_id,
        op=BACK[change.op],
        set=before,
        guard=dict(change.set),
        backup=now,
    )


def veto(change: Change, code: str, words: str) -> Veto:
    """An undo refused for one row."""
    return Veto(
        subject=change.subject,
        system="marketo",
        object=change.object,
        record_id=change.record_id,
        op="undo",
        code=code,
        text=words,
    )
