"""Suppression groups: kinds of mail that an address leaves one by one.

A row is about one address in one group, under the id `20001/<subject>`; no call makes of one an opt-out of
everything, and an address needs no contact to be on a group's list. (Twilio's reference of suppressions.)
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from math import ceil

from typing_extensions import override

from tools.abilities import ConsentGroup, KeepsGroups
from tools.connectors.fitting import Target
from tools.connectors.grouping import chosen, defined_only, unwritable
from tools.connectors.sendgrid.client import SINGLES, Client
from tools.connectors.undoing import swapped
from tools.connectors.values import key_of, subject_of, text
from tools.http import following
from tools.plan import Change, Fields, Op, Veto
from tools.ports import Expressed, Person, Read, RestsOn
from tools.rules.consent_groups import SCOPED, folded

MEMBER = "group_suppression"  # the object of a row about one address in one group
LEFT = "suppressed"  # the derived field of the guard: whether the address is on the group's list
AT_ONCE = 10_000  # addresses a call; the vendor documents no maximum


@dataclass(frozen=True, slots=True)
class Groups(KeepsGroups):
    """The account's groups; asked once."""

    client: Client
    subject: Callable[[str], str] = field(repr=False)
    _known: dict[str, str] = field(default_factory=dict)  # id by name here
    _found: list[ConsentGroup] = field(default_factory=list)

    @override
    def groups(self) -> Sequence[ConsentGroup]:
        if not self._found:
            for each in self.client.groups():
                own = text(each["name"])
                name = self.client.names.shared("sendgrid", own)
                self._known[folded(name)] = text(each["id"])
                self._found.append(ConsentGroup(system="sendgrid", name=name, own=own))
            here = [each.own for each in self._found]
            self._found.extend(defined_only("sendgrid", self.client.names, here, what="group"))
        return self._found

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
        found = chosen(self.groups(), group, Target.of(person, op, MEMBER))
        if not isinstance(found, ConsentGroup):
            return found
        key = folded(group)
        left = any(folded(mark.scope) == key and mark.state == "opt_out_group" for mark in person.consent)
        if left == (op == "suppress"):
            return None
        number = self._known[key]
        return Expressed(
            object=MEMBER,
            record_id=f"{number}/{person.subject}",
            op=op,
            set={"email": key_of(person.address), "group_id": number, SCOPED: found.name},
            guard={LEFT: True} if op == "unsuppress" and "consent" in rests_on else {},
            backup={LEFT: left},
        )


def current(
    client: Client, subject: Callable[[str], str], record_ids: Sequence[str]
) -> Mapping[str, Fields | None]:
    """Whether each address is on its group's list, a call for each group."""
    wanted: dict[str, list[str]] = {}
    for each in record_ids:
        wanted.setdefault(each.partition("/")[0], []).append(each)
    found: dict[str, Fields | None] = {}
    for number, ids in wanted.items():
        left = {subject_of(subject, address) for address in client.members(number)}
        found.update({each: {LEFT: each.partition("/")[2] in left} for each in ids})
    return found


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


def inverse(change: Change, now: Fields | None) -> Expressed | Veto:
    """The opposite, unless somebody else has done so already."""
    if (now or {}).get(LEFT) != (change.op == "suppress"):
        return Veto.of_undo(
            change, "changed_since", "Somebody else has changed this place in the group since"
        )
    back = swapped(change)
    return Expressed(
        object=back.object,
        record_id=back.record_id,
        op=back.op,
        set=back.set,
        guard={LEFT: change.op == "suppress"},
        backup=now or {},
    )
