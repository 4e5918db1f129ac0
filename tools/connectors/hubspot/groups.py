"""Subscription types: kinds of mail that an address leaves one by one.

Leaving one sets its status to UNSUBSCRIBED. To take that back is two different things. Our own act goes back
to NOT_SPECIFIED, which allows what was allowed before. A person's own return is SUBSCRIBED, with the legal
basis that HubSpot asks for where data privacy is switched on. To subscribe an address also lifts its opt-out
of everything (HubSpot's documentation of updating subscription status by address), so that an address which
has opted out of everything is not let back to one kind of mail here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from math import ceil

from typing_extensions import override

from tools.abilities import ConsentGroup, KeepsGroups
from tools.connectors.fitting import Target
from tools.connectors.grouping import chosen, defined_only, unwritable
from tools.connectors.hubspot.client import BATCH, Client, Record, Subscription
from tools.connectors.hubspot.fields import OPT_OUT, YES
from tools.connectors.values import text
from tools.errors import Refused
from tools.http import following
from tools.plan import Change, Fields, Op, Veto
from tools.ports import Expressed, Outcome, Person, Read, RestsOn
from tools.rules.consent_groups import SCOPED

SUBSCRIPTION = (
    "subscription"  # the object of a row about one address in one subscription; its id is a contact's
)
STATE, NUMBER, BASIS = "statusState", "subscriptionId", "legalBasisExplanation"
LEFT, BACK, OPEN = "UNSUBSCRIBED", "SUBSCRIBED", "NOT_SPECIFIED"
CONSENTED = "CONSENT_WITH_NOTICE"  # HubSpot's legal basis for a person's own act
LONGEST = 500  # of an explanation; none is documented
OUT_OF_ALL = "OPTED_OUT_OF_ALL: to subscribe this address would lift its opt-out of everything"
OUT_HINT = "The opt-out of everything stays until the person takes that back."
CHECKED = 2  # calls that letting one address back takes: whether it opted out of everything, subscribing


@dataclass(frozen=True, slots=True)
class Groups(KeepsGroups):
    """The account's subscription types."""

    client: Client

    @override
    def groups(self) -> Sequence[ConsentGroup]:
        known = self.client.subscriptions()
        here = (each.own for each in known)
        absent = defined_only("hubspot", self.client.names, here, what="subscription")
        return [*(_group(each) for each in known), *absent]

    def absent(self) -> list[str]:
        """What the policy names and the account does not have, or has archived."""
        named = self.client.names.fields("hubspot")
        return unwritable(self.groups(), named) if named else []

    @override
    def express_group(
        self,
        op: Op,
        person: Person,
        group: str,
        *,
        note: str,
        rests_on: frozenset[RestsOn] = frozenset(),
    ) -> Expressed | Veto | None:
        """`note` is the explanation of the legal basis of a person's own return."""
        target = Target.of(person, op, SUBSCRIPTION)
        found = chosen(self.groups(), group, target)
        if not isinstance(found, ConsentGroup):
            return found
        kind = next(each for each in self.client.subscriptions() if each.own == found.own)
        left = person.raw.get(kind.property) == YES
        if left == (op == "suppress"):
            return None
        if op == "unsuppress" and person.raw.get(OPT_OUT) == YES:
            words = "To subscribe this address to one kind of mail would lift its opt-out of everything"
            return target.veto("opted_out_of_all", words)
        return _wish(op, person, kind, note, rests_on)


def _group(kind: Subscription) -> ConsentGroup:
    closed = "" if kind.active else f"HubSpot's subscription “{kind.own}” is archived"
    return ConsentGroup(system="hubspot", name=kind.name, own=kind.own, closed=closed)


def _wish(op: Op, person: Person, kind: Subscription, note: str, rests_on: frozenset[RestsOn]) -> Expressed:
    back = {"legalBasis": CONSENTED, BASIS: note[:LONGEST]} if op == "unsuppress" else {}
    guarded = ["email"] if "address" in rests_on else []
    guarded += [kind.property, OPT_OUT] if "consent" in rests_on and op == "unsuppress" else []
    return Expressed(
        object=SUBSCRIPTION,
        record_id=person.record_id,
        op=op,
        set={
            "email": person.address,
            NUMBER: kind.id,
            STATE: LEFT if op == "suppress" else BACK,
            SCOPED: kind.name,
            **back,
        },
        guard={name: person.raw.get(name) for name in guarded},
        backup=person.raw,
    )


def apply(client: Client, changes: Sequence[Change]) -> list[Outcome]:
    """One address a call, each row answered for itself; a failure on the way leaves doubt."""
    return [following(done, "hubspot", partial(_written, client, each)) for done, each in enumerate(changes)]


def _written(client: Client, change: Change) -> Outcome:
    address, state = text(change.set.get("email")), text(change.set.get(STATE))
    if state == BACK and client.opted_out(address) is not None:
        return Outcome(state="failed", record_id=change.record_id, error=OUT_OF_ALL, hint=OUT_HINT)
    basis = {name: text(change.set[name]) for name in ("legalBasis", BASIS) if name in change.set}
    try:
        client.set_status(address, text(change.set.get(NUMBER)), state, basis)
    except Refused as error:
        hint = "Look at the address and the subscription in HubSpot."
        return Outcome(state="failed", record_id=change.record_id, error=error.detail, hint=hint)
    return Outcome(state="applied", record_id=change.record_id)


def read_back(client: Client, changes: Sequence[Change]) -> list[Read]:
    """By the contact's property; the status outlives a contact archived since, whose last word is read."""
    names = sorted({_property(each) for each in changes})
    held = _held(client, changes, names, archived=False)
    gone = [each for each in changes if text(each.record_id) not in held]
    held |= _held(client, gone, names, archived=True) if gone else {}
    return [_read(each, held.get(text(each.record_id))) for each in changes]


def _held(
    client: Client, changes: Sequence[Change], names: Sequence[str], *, archived: bool
) -> dict[str, Record]:
    ids = [text(each.record_id) for each in changes]
    pages = client.contacts(ids, names, archived=archived)
    return {text(each["id"]): each["properties"] for page in pages for each in page}


def _read(change: Change, now: Record | None) -> Read:
    if now is None:
        return "cannot_tell"
    return "landed" if (now.get(_property(change)) == YES) == (change.op == "suppress") else "not_landed"


def _property(change: Change) -> str:
    return f"{OPT_OUT}_{text(change.set.get(NUMBER))}"


def cost(op: Op, total: int) -> int:
    """Guard, writes and landing."""
    return 2 * ceil(total / BATCH) + (total if op == "suppress" else CHECKED * total)


def inverse(change: Change, now: Fields | None) -> Expressed | Veto:
    """As it was before, if it is still as we wrote it."""
    if now is None:
        return Veto.of_undo(change, "gone", "The contact is gone")
    name = _property(change)
    if (now.get(name) == YES) != (change.op == "suppress"):
        return Veto.of_undo(change, "changed_since", "Somebody else has changed this subscription since")
    if change.op == "suppress" and change.backup.get(name) == YES:
        return Veto.of_undo(change, "own_opt_out", "The person had left it before we wrote")
    kept = {key: change.set.get(key) for key in ("email", NUMBER, SCOPED)}
    return Expressed(
        object=SUBSCRIPTION,
        record_id=change.record_id,
        op="unsuppress" if change.op == "suppress" else "suppress",
        set={**kept, STATE: OPEN if change.op == "suppress" else LEFT},
        guard={"email": now.get("email"), name: now.get(name)},
        backup=now,
    )
