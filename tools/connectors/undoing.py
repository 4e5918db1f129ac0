"""What taking back a write is alike for several vendors."""

from collections.abc import Callable, Iterable, Mapping

from tools.plan import Change, Fields, Op, Veto
from tools.ports import Expressed
from tools.rules.consent_groups import SCOPED

BACK: Mapping[Op, Op] = {
    "suppress": "unsuppress",
    "unsuppress": "suppress",
    "update": "update",
    "add_member": "remove_member",
    "remove_member": "add_member",
}
Same = Callable[[object, object], bool]


def unmade(change: Change, now: Fields) -> Expressed:
    """What was created, deleted."""
    return Expressed(object=change.object, record_id=change.record_id, op="delete", backup=now)


def swapped(change: Change) -> Expressed:
    """The same words with the opposite op: out of the list again, or into it."""
    return Expressed(
        object=change.object, record_id=change.record_id, op=BACK[change.op], set=dict(change.set)
    )


def moved(names: Iterable[str], change: Change) -> Veto | None:
    """Refused for the fields that somebody else has changed since, when there are any."""
    listed = ", ".join(names)
    return (
        Veto.of_undo(change, "changed_since", f"Somebody else has changed {listed} since") if listed else None
    )


def written_back(change: Change, now: Fields, *, what: str, opt_out: str, same: Same) -> Expressed | Veto:
    """The values from before, if ours are still there and none of them is a person's own opt-out.

    `what` is the vendor's word for the record, `opt_out` the field that keeps an opt-out as true or false.
    """
    ours = change.set.items()
    if refused := moved((name for name, value in ours if name in now and not same(now[name], value)), change):
        return refused
    if not change.backup:
        return Veto.of_undo(change, "no_backup", f"The {what}'s backup is gone")
    group = {SCOPED: change.set[SCOPED]} if SCOPED in change.set else {}
    before = {name: change.backup.get(name) for name in change.set if name not in group}
    lowers = change.op == "suppress" or change.set.get(opt_out) is True
    stopped = [name for name in before if change.set[name] is True] if group else [opt_out]
    if lowers and any(before.get(name) for name in stopped):
        return Veto.of_undo(change, "own_opt_out", "The person had opted out before we wrote")
    return Expressed(
        object=change.object,
        record_id=change.record_id,
        op=BACK[change.op],
        set={**before, **group},
        guard={name: value for name, value in ours if name not in group},
        backup=now,
    )
