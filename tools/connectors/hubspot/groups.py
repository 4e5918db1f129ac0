"""Subscription types: kinds of mail that an address leaves one by one.

Leaving one sets its status to UNSUBSCRIBED. To take that back is two different things. Our own act goes back
to NOT_SPECIFIED, which allows what was allowed before. A person's own return is SUBSCRIBED, with the legal
basis that HubSpot asks for where data privacy is switched on. To subscribe an address also lifts its opt-out
of everything (HubSpot's documentation of updating subscription status by address), so that an address which
has opted out of everything is not let back to one kind of mail here.

The history of a contact's property tells when its address last left a subscription. To leave what is left
changes nothing there (`NO_STATUS_CHANGE` is a documented reason), so that a turn older than our write is the
person's own, and so is one after it. By whom a turn was made is not judged: the words of its source are not
documented. Without a contact, or where the history does not agree with the property, no time is known.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil

from typing_extensions import override

from tools.abilities import ConsentGroup, KeepsGroups
from tools.connectors.fitting import Target
from tools.connectors.grouping import chosen, defined_only, own_word, unwritable
from tools.connectors.hubspot.client import BATCH, WITH_HISTORY, Client, Record, Subscription
from tools.connectors.hubspot.fields import OPT_OUT, YES
from tools.connectors.hubspot.statuses import BACK, BASIS, LEFT, NUMBER, OPEN, STATE
from tools.connectors.values import moment, text
from tools.plan import Change, Fields, Op, Veto
from tools.ports import Expressed, Person, Read, RestsOn
from tools.rules.consent_groups import SCOPED

SUBSCRIPTION = (
    "subscription"  # the object of a row about one address in one subscription; its id is a contact's
)
CONSENTED = "CONSENT_WITH_NOTICE"  # HubSpot's legal basis for a person's own act
LONGEST = 500  # of an explanation; none is documented
CHECKED = 2  # calls that letting back takes: who opted out of everything, subscribing
SINCE = ".since"  # ends the derived field that tells when a property took its value; no property has a dot


@dataclass(frozen=True, slots=True)
class Groups(KeepsGroups):
    """The account's subscription types."""

    client: Client

    @override
    def groups(self) -> Sequence[ConsentGroup]:
        return self._all(self.client.subscriptions())

    def _all(self, known: Sequence[Subscription]) -> list[ConsentGroup]:
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
        known = self.client.subscriptions()
        found = chosen(self._all(known), group, target)
        if not isinstance(found, ConsentGroup):
            return found
        kind = next(each for each in known if each.own == found.own)
        left = person.raw.get(kind.property) == YES
        if left == (op == "suppress"):
            return None
        self.client.seems_to_have_batches()  # asked once, before a plan has its price
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


def current(client: Client, record_ids: Sequence[str], names: Sequence[str]) -> Mapping[str, Fields | None]:
    """These properties of contacts, some of them with the ending that asks when they took their value."""
    plain = [each for each in names if not each.endswith(SINCE)]
    turned = [each.removesuffix(SINCE) for each in names if each.endswith(SINCE)]
    held = {
        text(each["id"]): each
        for page in client.contacts(record_ids, [*plain, *turned], history=turned)
        for each in page
    }
    return {each: _fields(held[each], plain, turned) if each in held else None for each in record_ids}


def _fields(record: Record, plain: Sequence[str], turned: Sequence[str]) -> Fields:
    raw, told = record["properties"], record.get("propertiesWithHistory") or {}
    since = {f"{name}{SINCE}": _since(raw.get(name), told.get(name) or ()) for name in turned}
    return {**{name: raw.get(name) for name in plain}, **since}


def _since(value: object, lines: Sequence[Record]) -> object:
    """The time of the newest turn in a property's history, if that is what the property says."""
    line = next(iter(lines), {})
    return line.get("timestamp") if (line.get("value") == YES) == (value == YES) else None


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


def cost(op: Op, total: int, *, batches: bool) -> int:
    """Guard, writes and landing, and a call to find out whether there are batches."""
    pages = ceil(total / BATCH)
    writes = pages if batches else total
    if op == "suppress":
        return 2 * pages + 1 + writes
    return ceil(total / WITH_HISTORY) + pages + 1 + CHECKED * writes


def inverse(change: Change, now: Fields | None, at: datetime) -> Expressed | Veto:
    """As it was before, if it is still as we wrote it and not the person's own word."""
    if now is None:
        return Veto.of_undo(change, "gone", "The contact is gone")
    name, left = _property(change), change.op == "suppress"
    if (now.get(name) == YES) != left:
        return Veto.of_undo(change, "changed_since", "Somebody else has changed this subscription since")
    if left and change.backup.get(name) == YES:
        return Veto.of_undo(change, "own_opt_out", "The person had left it before we wrote")
    turned = f"{name}{SINCE}"
    if left and (refused := own_word(change, moment(now.get(turned)), at)):
        return refused
    kept = {key: change.set.get(key) for key in ("email", NUMBER, SCOPED)}
    guarded = ("email", name, turned) if left and turned in now else ("email", name)
    return Expressed(
        object=SUBSCRIPTION,
        record_id=change.record_id,
        op="unsuppress" if left else "suppress",
        set={**kept, STATE: OPEN if left else LEFT},
        guard={each: now.get(each) for each in guarded},
        backup={each: value for each, value in now.items() if not each.endswith(SINCE)},
    )
