"""How our own writes to Marketo are taken back."""

from collections.abc import Callable, Mapping

from tools.connectors.undoing import BACK, swapped, unmade, written_back
from tools.plan import Change, Fields, Veto
from tools.ports import Expressed


def inverse(
    change: Change, now: Fields | None, *, writable: Callable[[], Mapping[str, bool]]
) -> Expressed | Veto:
    """The change that takes `change` back, or why there is none."""
    if change.op == "delete":
        return _made_anew(change, now, writable)
    if now is None:
        return Veto.of_undo(change, "gone", "The lead is gone")
    if change.op == "create":
        return unmade(change, now)
    if change.op in {"add_member", "remove_member"}:
        return swapped(change)
    if change.op not in BACK:
        return Veto.of_undo(change, "not_reversible", "Marketo has no way back for this")
    return written_back(
        change, now, what="lead", opt_out="unsubscribed", same=lambda a, b: (a or None) == (b or None)
    )


def _made_anew(
    change: Change, now: Fields | None, writable: Callable[[], Mapping[str, bool]]
) -> Expressed | Veto:
    """A new lead from the backup: another id, no activities. A durable unsubscribe comes back by itself."""
    if now is not None:
        return Veto.of_undo(change, "not_gone", "The lead is still there")
    if not change.backup:
        return Veto.of_undo(change, "no_backup", "The lead's backup is gone, so it cannot be made anew")
    may = writable()
    kept = {name: value for name, value in change.backup.items() if may.get(name) and value is not None}
    return Expressed(object="lead", record_id=None, op="create", set=kept)
