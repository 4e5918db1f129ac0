"""How our own writes to HubSpot are taken back.

HubSpot restores an archived contact in its app for 90 days; no published endpoint does, so that a contact is
made anew. An opt-out belongs to the address and outlives the contact: where ours is to be taken back with it,
the row says so with a subscription to lift it by, and until when the opt-out must have been made. One made
before our own write is the person's too: to opt out once more changes nothing, an assumption.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from tools.connectors.grouping import SLACK
from tools.connectors.hubspot.client import Record, Subscription
from tools.connectors.hubspot.fields import OPT_OUT, YES, writable
from tools.connectors.undoing import BACK, moved, swapped, unmade
from tools.connectors.values import iso, text
from tools.plan import Change, Fields, Veto
from tools.ports import Expressed

ERASURE = "gdpr_delete"  # the object of a row that removes a contact for good
LIFT_BY, LIFT_BEFORE, LIFT_AFTER = "subscriptionId", "optedOutBefore", "optedOutAfter"
LIFTING = frozenset({LIFT_BY, LIFT_BEFORE, LIFT_AFTER})  # of a row, never sent as properties
MOVES = frozenset({"add_member", "remove_member"})


def inverse(
    change: Change,
    now: Fields | None,
    at: datetime,
    described: Mapping[str, Record],
    subscriptions: Sequence[Subscription],
) -> Expressed | Veto:
    """The change that takes `change` back, or why there is none."""
    if change.object == ERASURE:
        return Veto.of_undo(change, "not_reversible", "A contact erased for good does not come back")
    if change.op == "delete":
        return _made_anew(change, now, at, described, subscriptions)
    if now is None or (change.op not in BACK and change.op != "create"):
        return _lost(change)
    if change.op == "create":
        return unmade(change, now)
    if change.op == "suppress":
        return _lifted(change, now, at, subscriptions)
    return swapped(change) if change.op in MOVES else _written_back(change, now)


def _lost(change: Change) -> Veto:
    if change.op not in BACK and change.op != "create":
        return Veto.of_undo(change, "not_reversible", "HubSpot has no way back for this")
    return Veto.of_undo(change, "gone", "The contact is gone")


def _made_anew(
    change: Change,
    now: Fields | None,
    at: datetime,
    described: Mapping[str, Record],
    subscriptions: Sequence[Subscription],
) -> Expressed | Veto:
    """A new contact from the backup: another id, no history, no associations."""
    if now is not None:
        return Veto.of_undo(change, "not_gone", "The contact is still there")
    if not change.backup:
        return Veto.of_undo(change, "no_backup", "The contact's backup is gone, so it cannot be made anew")
    kept = {
        name: value
        for name, value in change.backup.items()
        if value not in {None, ""} and name in described and writable(described[name])
    }
    return Expressed(
        object="contact",
        record_id=None,
        op="create",
        set={**kept, **(_lift(change.backup, at, subscriptions) or {})},
    )


def _lift(backup: Fields, at: datetime, subscriptions: Sequence[Subscription]) -> Fields | None:
    """What a row says to have an opt-out of everything lifted; None when there is nothing to lift it by."""
    if backup.get(OPT_OUT) == YES:
        return None
    kind = lifting_by(backup, subscriptions)
    return {OPT_OUT: "false", LIFT_BY: kind, LIFT_BEFORE: iso(at + SLACK)} if kind else None


def lifting_by(raw: Fields, subscriptions: Sequence[Subscription]) -> str:
    """The subscription to lift an opt-out of everything by: one the person has not left, "" when none.

    Its own status is "not specified" afterwards: the default one, which people agree to, is the last choice.
    """
    open_to = [each for each in subscriptions if each.active and not each.internal]
    kept = [each for each in open_to if raw.get(each.property) != YES]
    return min(kept, key=lambda each: each.default).id if kept else ""


def still_open(raw: Fields, kind: str) -> Fields:
    """What must still hold for an opt-out to be lifted by this subscription: the person has not left it."""
    name = f"{OPT_OUT}_{kind}"
    return {name: raw[name]} if name in raw else {}


def _lifted(
    change: Change, now: Fields, at: datetime, subscriptions: Sequence[Subscription]
) -> Expressed | Veto:
    """The opt-out of everything lifted, if it is still ours alone."""
    if now.get(OPT_OUT) != YES:
        return Veto.of_undo(change, "changed_since", "Somebody else has taken the opt-out back since")
    if not change.backup:
        return Veto.of_undo(change, "no_backup", "The contact's backup is gone")
    if change.backup.get(OPT_OUT) == YES:
        return Veto.of_undo(change, "own_opt_out", "The person had opted out before we wrote")
    # what the person has left since is not what the opt-out is lifted by: its own would go with it
    wanted = _lift({**now, OPT_OUT: change.backup.get(OPT_OUT)}, at, subscriptions)
    if wanted is None:
        words = "The person has left every subscription, so there is none to lift the opt-out by"
        return Veto.of_undo(change, "not_reversible", words)
    return Expressed(
        object=change.object,
        record_id=change.record_id,
        op="unsuppress",
        set={"email": change.set.get("email"), **wanted, LIFT_AFTER: iso(at - SLACK)},
        guard={"email": now.get("email"), OPT_OUT: YES, **still_open(now, text(wanted[LIFT_BY]))},
        backup=now,
    )


def _written_back(change: Change, now: Fields) -> Expressed | Veto:
    """The values from before, if ours are still there."""
    ours = {name: value for name, value in change.set.items() if name not in LIFTING}
    others = [name for name, value in ours.items() if name in now and text(now[name]) != text(value)]
    if change.op == "unsuppress":
        others = [OPT_OUT] if now.get(OPT_OUT) == YES else []
        ours = {"email": change.set.get("email"), OPT_OUT: YES}
    if refused := moved(others, change):
        return refused
    if not change.backup:
        return Veto.of_undo(change, "no_backup", "The contact's backup is gone")
    before = {name: change.backup.get(name) for name in ours} if change.op == "update" else ours
    guard = {name: now.get(name) for name in ours}
    return Expressed(
        object=change.object,
        record_id=change.record_id,
        op=BACK[change.op],
        set=before,
        guard=guard,
        backup=now,
    )
