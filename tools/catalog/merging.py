"""Merging records of one person: winner and fields decided before, opt-outs kept, lists given back after.

Records of one address are merged as they are found. Records of different addresses are merged only where a
person names the addresses: likeness alone is no ground for what cannot be undone.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

from tools.abilities import Merges
from tools.catalog.across import blocks, change, listing, vendors
from tools.catalog.merge_consent import Consents
from tools.catalog.merge_files import MergeFiles
from tools.catalog.merge_groups import Doubles, Group, apart, groups, named
from tools.catalog.merge_places import Places
from tools.catalog.person_values import PersonValues, is_a, keepers, only_people, which
from tools.catalog.tally import Looked
from tools.context import ToolContext
from tools.errors import InvalidArguments
from tools.plan import Change, Plan, System, Veto
from tools.ports import Person, Reader
from tools.rules.consent import GLOBAL, OBJECTIONS
from tools.rules.merging import (
    FILLED,
    SAYS,
    SURVIVES,
    Candidate,
    Source,
    WinnerRule,
    merged,
    ranked,
    to_write,
    winner_rule,
)
from tools.rules.person_fields import LABELS
from tools.rules.stack import ORDER

FINAL = (
    "A merge cannot be undone in the vendor: every record is backed up before it, and the files show each "
    "field's source and every record as it is"
)
CONVERTED = "converted"
# They fill every empty field of the winner. Sources: Marketo's documentation of Merge Leads; HubSpot's
# knowledge base on merging records.
FILLING: frozenset[System] = frozenset({"marketo", "hubspot"})
PROOFS = frozenset({"implied", "express"})


def plan(context: ToolContext, object: str | None, rule: str | None, emails: Sequence[str] = ()) -> Plan:
    """Merge records of one person, in every system whose vendor can merge.

    Those of one object that share an address; or, when addresses are named, those of these addresses.
    """
    kind = only_people(object)
    winner = winner_rule(rule)
    addresses = named(emails)
    readers = {name: each for name, each in keepers(context, kind).items() if isinstance(each, Merges)}
    if not readers:
        raise InvalidArguments("No connected system can merge records", do="Merge them in the system itself.")
    work = _Merging(context, readers, winner, kind, addresses)
    query = "the records of the named addresses" if addresses else "every record, grouped by address"
    return Plan(
        summary=f"Merge {_whom(kind, addresses)}: {SAYS[winner]}; {SURVIVES}. {FINAL}",
        rows=work.rows(),
        files=work.files.files(),
        counted=lambda: work.looked.evidence(context, query),
    )


def _whom(kind: str | None, addresses: Sequence[str]) -> str:
    if addresses:
        return (
            f"{which(kind)} of {len(addresses)} named addresses into one; who objected under one of them has "
            "objected under all"
        )
    return f"{which(kind)} of one address"


@dataclass(frozen=True, slots=True)
class _Merging:
    """One request: groups of each system, then the merges, then the lists that a merge loses."""

    context: ToolContext
    readers: Mapping[System, Reader]
    rule: WinnerRule
    kind: str | None
    addresses: Sequence[str]
    values: PersonValues = field(init=False)
    files: MergeFiles = field(init=False)
    looked: Looked = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", PersonValues(self.readers))
        object.__setattr__(self, "files", MergeFiles(self.values))
        object.__setattr__(self, "looked", Looked((), tuple(self.readers)))

    def rows(self) -> Iterator[Change | Veto]:
        """A merge for each group, in steps where it is larger than the vendor's limit; then memberships."""
        several = self.addresses if len(self.addresses) > 1 else ()
        consents = Consents.read(self.context, vendors(self.context), several)
        self.looked.counted.update((each.system, "") for each in consents.records)  # of named addresses
        refused = [*consents.vetoes(), *self._apart(consents.records)]
        yield from refused
        if refused:
            return
        yield from consents.suppressions(self._to_merge(consents.records))
        for reader in self.readers.values():
            listed = Places.of(reader)
            found = Doubles(self.kind) if self.addresses else Doubles.read(reader, self.kind, self.looked)
            for block in blocks(self.addresses or found.addresses()):
                yield from self._block(reader, block, listed, consents)
            yield from found.others(reader.system, self.context.subject)

    def _block(
        self, reader: Reader, block: Sequence[str], listed: Places, consents: Consents
    ) -> Iterator[Change | Veto]:
        people = [person for batch in reader.people(block) for person in batch]
        found = list(groups(people, self.kind, together=bool(self.addresses)))
        listed.read([person for group in found for person in group])
        owners = self._owners(people)
        for group in found:
            rows = list(self._group(group, owners, listed, objected=consents.objected))
            yield from rows
            if any(isinstance(row, Veto) and row.op == "merge" for row in rows):
                yield from consents.suppressed(group)  # no merge carries the objection over to them
        if self.kind != "contact":
            yield from _two_objects(cast("Merges", reader), people)

    def _groups(self, records: Sequence[Person]) -> Iterator[Group]:
        """What is merged of the records of several addresses, in every system."""
        for system in self.readers:
            own = [person for person in records if person.system == system]
            yield from groups(own, self.kind, together=True)

    def _apart(self, records: Sequence[Person]) -> Iterator[Veto]:
        for group in self._groups(records):
            yield from apart(group)

    def _to_merge(self, records: Sequence[Person]) -> frozenset[tuple[System, str]]:
        return frozenset(
            (person.system, person.record_id) for group in self._groups(records) for person in group
        )

    def _owners(self, people: Sequence[Person]) -> Mapping[str, str]:
        """The owner of the contact behind each address, where leads are merged in a CRM."""
        if self.kind == "contact":
            return {}
        own = [person for person in people if is_a(person, "contact") and person.owner]
        return {person.subject: _owner_value(self.values, person) for person in own}

    def _group(
        self, group: Group, owners: Mapping[str, str], listed: Places, *, objected: bool
    ) -> Iterator[Change | Veto]:
        """One merge; without the records that the vendor says cannot take part, if others are left."""
        left = group
        while len(left) > 1:
            rows = list(self._merge(left, owners, listed, objected=objected))
            refused = {row.record_id for row in rows if isinstance(row, Veto) and row.code == CONVERTED}
            if not refused:
                yield from rows
                return
            yield from (row for row in rows if isinstance(row, Veto))
            kept = [person for person in left if person.record_id not in refused]
            left = kept if len(kept) < len(left) else []

    def _merge(
        self, group: Group, owners: Mapping[str, str], listed: Places, *, objected: bool
    ) -> Iterator[Change | Veto]:
        ranking = ranked([_candidate(self.values, person) for person in group], self.rule)
        by_id = {person.record_id: person for person in group}
        people = [by_id[each.ref] for each in ranking]
        winner, losers = people[0], people[1:]
        sources = self._sources(winner, ranking, owners)
        given = self._given(winner, sources, ranking[0])
        if objected or any(each.opted_out for each in ranking):
            given["opted_out"] = True  # with the first of several steps already
        first = len(ORDER) if self.addresses else 0
        rows = list(self._steps(winner, losers, given, _why(len(losers), sources, ranking[0]), first))
        yield from rows
        if any(isinstance(row, Veto) for row in rows):
            return
        self.files.note(people, ranking, sources)
        yield from listed.back(winner, losers, stage=first + len(rows))

    def _sources(
        self, winner: Person, ranking: Sequence[Candidate], owners: Mapping[str, str]
    ) -> Sequence[Source]:
        owner = owners.get(winner.subject, "") if winner.object.casefold() == "lead" else ""
        settable = self.values.may(winner.system, winner.object, "owner")
        return merged(ranking, owner=owner if settable else "", fills=winner.system in FILLING)

    def _given(
        self, winner: Person, sources: Sequence[Source], own: Candidate
    ) -> dict[str, str | int | float | bool | None]:
        """What is written with the merge, but for the opt-out."""
        return {
            name: value
            for name, value in to_write(sources, own).items()
            if name != "opted_out" and self.values.may(winner.system, winner.object, name)
        }

    def _steps(
        self,
        winner: Person,
        losers: Sequence[Person],
        given: Mapping[str, str | int | float | bool | None],
        why: str,
        first: int,
    ) -> Iterator[Change | Veto]:
        """One row for as many losers as one call of the vendor takes; they run one after the other."""
        reader = cast("Merges", self.readers[winner.system])
        size = max(1, reader.merge_limit() - 1)
        for stage, start in enumerate(range(0, len(losers), size), first):
            wish = reader.express_merge(winner, losers[start : start + size], given if start == 0 else {})
            if isinstance(wish, Veto):
                yield wish
                return
            yield change(winner, wish, stage=stage, reason=why)


def _why(losers: int, sources: Sequence[Source], winner: Candidate) -> str:
    """The fields that do not stay the winner's own, and whose they become: what a card shows."""
    taken = [f"{LABELS[each.field].lower()} from {each.ref}" for each in sources if each.ref != winner.ref]
    kept = f", with {listing(taken)}" if taken else ", every field its own"
    records = "1 record goes" if losers == 1 else f"{losers} records go"
    return f"{records} into {winner.ref}{kept}"


def _two_objects(reader: Merges, people: Sequence[Person]) -> Iterator[Veto]:
    """Leads whose address has a contact too: no merge crosses objects. A converted one has become it."""
    contacts = {person.subject: person for person in people if is_a(person, "contact")}
    for person in people:
        if not is_a(person, "lead") or person.subject not in contacts:
            continue
        refused = reader.express_merge(person, [contacts[person.subject]], {})
        if isinstance(refused, Veto) and refused.code != CONVERTED:
            yield Veto(
                subject=person.subject,
                system=person.system,
                object=person.object,
                record_id=person.record_id,
                op="merge",
                code="lead_and_contact",
                text="the address has a contact too, and a merge does not cross objects: convert the lead "
                "into that contact in the CRM",
            )


def _candidate(values: PersonValues, person: Person) -> Candidate:
    proofs = [mark.at for mark in person.consent if mark.state in PROOFS and mark.at]
    return Candidate(
        ref=person.record_id,
        created=person.created,
        last_activity=person.last_activity,
        values={name: values.text(person, name) for name in FILLED},
        opted_out=any(mark.scope == GLOBAL and mark.state in OBJECTIONS for mark in person.consent),
        score=person.score,
        proof=min(proofs, default=None),
    )


def _owner_value(values: PersonValues, person: Person) -> str:
    """An owner as the vendor writes it: the id where the field is a reference, else the name."""
    fact = values.facts(person.system, person.object).get("owner")
    return str(person.raw.get(fact.name) or "") if fact else ""
