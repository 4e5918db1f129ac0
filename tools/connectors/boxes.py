"""Kinds of mail kept as a check-box of a person's record: an organisation's own fields, named by the policy.

Ticked is left. What is written is that one box; what is read is all of the record, as of every other field.

Whoever ticks the box between the plan and its run is found by the guard: the row is already so, nothing is
written, and nothing of it is taken back. Where a reason is written beside the box, the row would count as
changed by somebody and hold up the same person's later rows: there it is not guarded. What cannot be known
is that somebody took our tick off and the person set it again before the undo. A record does not tell that;
field history and activity log do, where they are kept, and are read for everybody's consent, not for an undo.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from typing_extensions import override

from tools.abilities import ConsentGroup, FieldFact, KeepsGroups
from tools.connectors.fitting import Target
from tools.connectors.values import text
from tools.plan import Fields, Op, System, Veto
from tools.ports import ConsentMark, Expressed, Person, RestsOn
from tools.rules.consent_groups import SCOPED, GroupNames, folded
from tools.rules.stack import title

Facts = Callable[[str], Mapping[str, FieldFact]]


def marks(record: Mapping[str, object], boxes: Mapping[str, str]) -> tuple[ConsentMark, ...]:
    """The groups left, by a record's ticked boxes (groups by field); a box has no time of its own."""
    return tuple(
        ConsentMark(scope=group, state="opt_out_group", at=None, source=field)
        for field, group in boxes.items()
        if ticked(record.get(field))
    )


def ticked(value: object) -> bool:
    """A check-box as JSON or CSV has it."""
    return text(value).lower() in {"true", "1"}


@dataclass(frozen=True, slots=True)
class Boxes(KeepsGroups):
    """The boxes of one system. `objects` hold people, `facts` tells what we may see of their fields.

    `own` are boxes of the vendor's own, beside those that are defined; `because` names the field beside a box
    that takes a reason; `fixed` says whether a record is read-only.
    """

    system: System
    names: GroupNames
    objects: Sequence[str]
    facts: Facts
    guard: Callable[[Op, Person, frozenset[RestsOn]], Fields]
    own: Mapping[str, str]
    because: Mapping[str, str]
    fixed: Callable[[Person], bool] = lambda _: False

    @property
    def by_field(self) -> Mapping[str, str]:
        """The groups by their box; a definition may give a box of the vendor's own another name."""
        return {**self.own, **self.names.fields(self.system)}

    def missing(self) -> list[str]:
        """Defined boxes that we cannot write, as `Contact.Newsletter__c`: not there, hidden, or read-only."""
        defined = self.names.fields(self.system)
        return [f"{each}.{name}" for name in defined for each in self.objects if self._why(each, name)]

    @override
    def groups(self) -> Sequence[ConsentGroup]:
        return [
            ConsentGroup(system=self.system, name=group, own=name, closed=self._closed(name))
            for name, group in self.by_field.items()
            if name not in self.own or not self._closed(name)
        ]

    def _closed(self, name: str) -> str:
        """Why the box can be written on no object at all."""
        reasons = [self._why(each, name) for each in self.objects]
        return reasons[0] if all(reasons) else ""

    def _why(self, object: str, name: str) -> str:
        fact = self.facts(object).get(name)
        where = f"{title(self.system)} has no check-box {name} on {object}"
        if fact is None:
            return f"{where}, or hides it from us"
        if fact.type != "boolean":
            return f"{where}: that field is of type {fact.type}"
        return "" if fact.updateable else f"{name} on {object} is read-only for us in {title(self.system)}"

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
        """`note` is written where there is a field for a reason beside the box."""
        key = folded(group)
        name = next((field for field, each in self.by_field.items() if folded(each) == key), "")
        if not name or self.fixed(person):
            return None
        if why := self._why(person.object, name):
            return Target.of(person, op).veto("no_such_group", why)
        tick = op == "suppress"
        if ticked(person.raw.get(name)) == tick:
            return None
        reason = self.because.get(name)
        guarded = "consent" in rests_on or (tick and reason is None)
        return Expressed(
            object=person.object,
            record_id=person.record_id,
            op=op,
            set={
                name: tick,
                **({reason: note if tick else None} if reason else {}),
                SCOPED: self.by_field[name],
            },
            guard={
                **self.guard(op, person, rests_on - {"consent"}),
                **({name: person.raw[name]} if guarded and name in person.raw else {}),
            },
            backup=person.raw,
        )


def lowered(new: Mapping[str, object], boxes: Mapping[str, str]) -> str:
    """Which box these values would take a tick off: nobody does so by an ordinary update; "" for none."""
    return next((name for name in boxes if text(new.get(name)).lower() == "false"), "")
