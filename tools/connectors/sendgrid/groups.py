"""Suppression groups: kinds of mail that an address leaves one by one.

A row is about one address in one group, under the id `20001/<subject>`; no call makes of one an opt-out of
everything, and an address needs no contact to be on a group's list. (Twilio's reference of suppressions.)

The list of every group's entries tells when each was made, and not by whom. Putting an address on a list that
holds it changes nothing, so that an entry which is older than our write is the person's own, and so is one
made after it: ours was taken off in between. That an entry keeps its time is an assumption.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from math import ceil

from typing_extensions import override

from tools.abilities import ConsentGroup, KeepsGroups
from tools.connectors.fitting import Target
from tools.connectors.grouping import Told, chosen, defined_only, own_word, unwritable
from tools.connectors.sendgrid.client import SINGLES, Client
from tools.connectors.undoing import swapped
from tools.connectors.values import key_of, moment, subject_of, text
from tools.http import following
from tools.plan import Change, Fields, Op, Veto
from tools.ports import Expressed, Person, Read, RestsOn
from tools.rules.consent_groups import SCOPED, folded

MEMBER = "group_suppression"  # the object of a row about one address in one group
# The derived fields of the guard: whether the address is on the group's list, and since when (Unix seconds).
LEFT, SINCE = "suppressed", "suppressed_since"
AT_ONCE = 10_000  # addresses a call; the vendor documents no maximum


@dataclass(frozen=True, slots=True)
class Groups(KeepsGroups):
    """The account's groups: one that is made later is known a minute after."""

    client: Client
    subject: Callable[[str], str] = field(repr=False)
    _told: Told[Mapping[str, ConsentGroup]] = field(default_factory=Told, repr=False)

    @override
    def groups(self) -> Sequence[ConsentGroup]:
        return self._all(self._known())

    def _known(self) -> Mapping[str, ConsentGroup]:
        """The groups by id."""
        return self._told.get(self.client.clock, self._asked)

    def _asked(self) -> Mapping[str, ConsentGroup]:
        return {text(each["id"]): self._group(text(each["name"])) for each in self.client.groups()}

    def _group(self, own: str) -> ConsentGroup:
        return ConsentGroup(system="sendgrid", name=self.client.names.shared("sendgrid", own), own=own)

    def _all(self, known: Mapping[str, ConsentGroup]) -> list[ConsentGroup]:
        here = (each.own for each in known.values())
        return [*known.values(), *defined_only("sendgrid", self.client.names, here, what="group")]

    def absent(self) -> list[str]:
        """What the policy names and the account does not have; asked only where it names any."""
        named = self.client.names.fields("sendgrid")
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
        """There is no place for a note."""
        known = self._known()
        found = chosen(self._all(known), group, Target.of(person, op, MEMBER))
        if not isinstance(found, ConsentGroup):
            return found
        key = folded(group)
        left = any(folded(mark.scope) == key and mark.state == "opt_out_group" for mark in person.consent)
        if left == (op == "suppress"):
            return None
        number = next(each for each, held in known.items() if held is found)
        return Expressed(
            object=MEMBER,
            record_id=f"{number}/{person.subject}",
            op=op,
            set={"email": key_of(person.address), "group_id": number, SCOPED: found.name},
            guard={LEFT: True} if op == "unsuppress" and "consent" in rests_on else {},
            backup={LEFT: left},
        )


def current(
    client: Client, subject: Callable[[str], str], record_ids: Sequence[str], fields: frozenset[str]
) -> Mapping[str, Fields | None]:
    """Whether each address is on its group's list: a call for each group; since when as well: one for all.

    No fields means both.
    """
    if not fields or SINCE in fields:
        made = _made(client, subject)
        return {each: {LEFT: each in made, SINCE: made.get(each)} for each in record_ids}
    wanted: dict[str, list[str]] = {}
    for each in record_ids:
        wanted.setdefault(each.partition("/")[0], []).append(each)
    found: dict[str, Fields | None] = {}
    for number, ids in wanted.items():
        left = {subject_of(subject, address) for address in client.members(number)}
        found.update({each: {LEFT: each.partition("/")[2] in left} for each in ids})
    return found


def _made(client: Client, subject: Callable[[str], str]) -> Mapping[str, object]:
    """When every entry of every group was made, by the id of a row about it."""
    return {
        f"{text(each.get('group_id'))}/{subject(key)}": each.get("created_at")
        for key, entries in client.left_groups().items()
        for each in entries
    }


def apply(client: Client, changes: Sequence[Change]) -> None:
    """Onto the groups' lists, or off them again one by one: the vendor has no other call."""
    done = 0
    for number, addresses in _by_group(changes).items():
        if changes[0].op == "suppress":
            calls = [partial(client.leave, number, addresses)]
        else:
            calls = [partial(client.rejoin, number, each) for each in addresses]
        for call in calls:
            following(done, "sendgrid", call)
            done += 1


def _by_group(changes: Sequence[Change]) -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = {}
    for each in changes:
        found.setdefault(text(each.set.get("group_id")), []).append(key_of(each.set.get("email")))
    return found


def read_back(client: Client, changes: Sequence[Change]) -> list[Read]:
    """Whether each address is on its group's list, or off it."""
    keys = [key_of(each.set.get("email")) for each in changes]
    left = client.left_groups(keys)
    wanted = changes[0].op == "suppress"
    return [
        "landed" if (text(each.set.get("group_id")) in _ids(left.get(key, ()))) == wanted else "not_landed"
        for key, each in zip(keys, changes, strict=True)
    ]


def _ids(entries: Sequence[Mapping[str, object]]) -> set[str]:
    return {text(each.get("group_id")) for each in entries}


def cost(op: Op, total: int) -> int:
    """Applying and landing, and a guard before an address is let back; one group's worth."""
    landing = total if total <= SINGLES else 1
    return landing + (ceil(total / AT_ONCE) if op == "suppress" else total + 1)


def inverse(change: Change, now: Fields | None, at: datetime) -> Expressed | Veto:
    """The opposite, unless somebody else has done so already or the person spoke for themselves."""
    held, left = now or {}, change.op == "suppress"
    if held.get(LEFT) != left:
        return Veto.of_undo(
            change, "changed_since", "Somebody else has changed this place in the group since"
        )
    if left and (refused := own_word(change, moment(held.get(SINCE)), at)):
        return refused
    back = swapped(change)
    return Expressed(
        object=back.object,
        record_id=back.record_id,
        op=back.op,
        set=back.set,
        guard={name: held.get(name) for name in ((LEFT, SINCE) if left else (LEFT,))},
        backup=held,
    )
