"""Abilities that a reader has through its parts: each hands a call to the part that does the work.

The parts keep to the same protocols of `tools.abilities`. A reader takes on what its vendor offers, and
nothing else, since the catalogue asks for an ability with `isinstance`.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from typing_extensions import override

from tools.abilities import (
    Audience,
    ConsentGroup,
    ConsentRecord,
    Edits,
    HoldsAudiences,
    KeepsConsent,
    KeepsGroups,
    Merges,
    Revives,
    Stretch,
    TellsChanges,
    Values,
)
from tools.plan import Op, Veto
from tools.ports import Clock, Expressed, Membership, Person, Reader, RestsOn

# What readers and writers of all our vendors can do, as `Reader.capabilities` has it.
EVERYWHERE: Mapping[str, str] = dict.fromkeys(
    (
        *("people", "people_all", "consent_changes", "bounces", "memberships", "create", "update", "delete"),
        *("suppress", "unsuppress", "add_member", "remove_member"),
    ),
    "",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PartedReader(Reader, KeepsConsent, Edits, HoldsAudiences):
    """A reader whose consent, new values and audiences are kept by parts of its own."""

    subject: Callable[[str], str]
    clock: Clock
    keeper: KeepsConsent
    editor: Edits
    lists: HoldsAudiences

    @override
    def consent_changes(self, since: datetime | None = None) -> Iterator[list[ConsentRecord]]:
        return self.keeper.consent_changes(since)

    @override
    def look_cost(self) -> int:
        return self.keeper.look_cost()

    @override
    def express_update(self, person: Person, values: Values) -> Expressed | Veto | None:
        return self.editor.express_update(person, values)

    @override
    def express_create(self, object: str, values: Values) -> Expressed | Veto:
        return self.editor.express_create(object, values)

    @override
    def audiences(self) -> Iterator[list[Audience]]:
        return self.lists.audiences()

    @override
    def members(self, audience: Audience) -> Iterator[list[Membership]]:
        return self.lists.members(audience)

    @override
    def express_member(
        self, op: Op, audience: Audience, person: Person, *, status: str = ""
    ) -> Expressed | Veto | None:
        return self.lists.express_member(op, audience, person, status=status)


class RevivesThroughEditor(Revives):
    """`Revives` by `editor`."""

    editor: Revives

    @override
    def express_revival(self, person: Person) -> Expressed | Veto | None:
        return self.editor.express_revival(person)


class MergesThroughMerger(Merges):
    """`Merges` by `merger`."""

    merger: Merges

    @override
    def merge_limit(self) -> int:
        return self.merger.merge_limit()

    @override
    def express_merge(self, winner: Person, losers: Sequence[Person], values: Values) -> Expressed | Veto:
        return self.merger.express_merge(winner, losers, values)


class ChangesThroughPart(TellsChanges):
    """`TellsChanges` by `changes`."""

    changes: TellsChanges

    @override
    def changed(self, edges: Sequence[datetime], most: int) -> list[Stretch]:
        return self.changes.changed(edges, most)


class GroupsThroughPart(KeepsGroups):
    """`KeepsGroups` by `kinds`."""

    kinds: KeepsGroups

    @override
    def groups(self) -> Sequence[ConsentGroup]:
        return self.kinds.groups()

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
        return self.kinds.express_group(op, person, group, note=note, rests_on=rests_on)
