"""Consent of a person who has several addresses: an objection under one of them is one under all.

A vendor's merge knows nothing of the other systems, and an address that goes from a record may come back
with the next import. So everywhere, before the merge, every address is suppressed when one of them objected.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from tools.catalog.across import change, listing, records_of, targets
from tools.context import ToolContext
from tools.plan import Change, System, Veto
from tools.ports import Person, Reader
from tools.rules.consent import GLOBAL, OBJECTIONS
from tools.rules.stack import suppress_stage, title

WHY = "objected under another of their addresses, which are merged"


@dataclass(frozen=True, slots=True)
class Consents:
    """What every system says of the addresses that are called one person; nothing where none are named."""

    context: ToolContext
    readers: Mapping[System, Reader]
    addresses: Mapping[str, str]  # by subject
    records: Sequence[Person]
    objected: bool

    @classmethod
    def read(
        cls, context: ToolContext, readers: Mapping[System, Reader], addresses: Sequence[str]
    ) -> "Consents":
        """Ask every system, the sending ones too."""
        subjects = {context.subject(address): address for address in addresses}
        found = records_of(readers, addresses) if addresses else {}
        people = [person for subject in subjects for person in found.get(subject, ())]
        stopped = any(_stopped(person) for person in people)
        purged = bool(subjects and context.records.tombstoned(list(subjects)))
        return cls(context, readers, subjects, people, stopped or purged)

    def suppressions(self, merged: frozenset[tuple[System, str]]) -> Iterator[Change]:
        """Every address suppressed in every system, where one of them objected to everything.

        `merged` are records that a merge takes: it writes the opt-out itself.
        """
        if not self.objected:
            return
        for subject, address in self.addresses.items():
            own = [person for person in self.records if person.subject == subject]
            for _, person in targets(self.context, self.readers, own, subject, address):
                if (person.system, person.record_id) not in merged:
                    yield from self.suppressed([person])

    def suppressed(self, people: Sequence[Person]) -> Iterator[Change]:
        """These records suppressed, where one of the addresses objected to everything."""
        for person in people if self.objected else ():
            reader = self.readers[person.system]
            wish = reader.express("suppress", person, note=WHY, rests_on=frozenset({"address"}))
            if wish:
                yield change(person, wish, stage=suppress_stage(person.system), reason=WHY)

    def vetoes(self) -> Iterator[Veto]:
        """Groups that were left under one address only: the merged record would be mailed there again."""
        if self.objected:
            return  # nothing is mailed at all
        left = {subject: self._left(subject) for subject in self.addresses}
        every = set[tuple[System, str]]().union(*left.values())
        for subject, own in left.items():
            missing = sorted(every - own)
            if not missing:
                continue
            told = listing(f"“{scope}” in {title(system)}" for system, scope in missing)
            yield Veto(
                subject=subject,
                system=missing[0][0],
                object="address",
                record_id=None,
                op="merge",
                code="group_scope",
                text=f"left {told} under another of the addresses: take this address off it there first",
            )

    def _left(self, subject: str) -> set[tuple[System, str]]:
        return {
            (person.system, mark.scope)
            for person in self.records
            for mark in person.consent
            if person.subject == subject and mark.scope != GLOBAL and mark.state in OBJECTIONS
        }


def _stopped(person: Person) -> bool:
    return any(mark.scope == GLOBAL and mark.state in OBJECTIONS for mark in person.consent)
