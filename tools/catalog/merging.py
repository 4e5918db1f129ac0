"""Merging records of one mailbox: winner and fields decided before, opt-outs kept, lists given back after."""

import csv
import io
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

from tools.abilities import HoldsAudiences, Merges
from tools.answer import File
from tools.catalog.across import blocks, change, evidence
from tools.catalog.audiences import Audiences
from tools.catalog.person_values import PersonValues, everybody, is_a, keepers, only_people, places, which
from tools.context import ToolContext
from tools.errors import InvalidArguments
from tools.plan import Change, Plan, System, Veto
from tools.ports import Membership, Person, Reader
from tools.rules.consent import OBJECTIONS
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
from tools.rules.plain_text import neutral_cell
from tools.rules.stack import title

Group = list[Person]
MOST_LINES = 100_000  # of the file that shows each field's source


def plan(context: ToolContext, object: str | None, rule: str | None) -> Plan:
    """Merge the records of one object that share an address, in every system whose vendor can merge."""
    kind = only_people(object)
    winner = winner_rule(rule)
    readers = {name: each for name, each in keepers(context).items() if isinstance(each, Merges)}
    if not readers:
        raise InvalidArguments("No connected system can merge records", do="Merge them in the system itself.")
    work = _Merging(context, readers, winner, kind)
    return Plan(
        summary=f"Merge {which(kind)} of one address in {places(readers)}: {SAYS[winner]}; {SURVIVES}. "
        "A merge cannot be undone in the vendor; every record is backed up before it",
        rows=work.rows(),
        files=work.files(),
        evidence=(evidence(context, "clearance", "every record, grouped by address", 0, places(readers)),),
    )


@dataclass(frozen=True, slots=True)
class _Merging:
    """One request: groups of each system, then the merges, then the lists that a merge loses."""

    context: ToolContext
    readers: Mapping[System, Reader]
    rule: WinnerRule
    kind: str | None
    lines: list[tuple[str, ...]] = field(default_factory=list)

    @property
    def values(self) -> PersonValues:
        """Fields by canonical name."""
        return PersonValues(self.readers)

    def rows(self) -> Iterator[Change | Veto]:
        """A merge for each group, in steps where it is larger than the vendor's limit; then memberships."""
        for system, reader in self.readers.items():
            addresses = _twice(reader, self.kind)
            audiences = Audiences.read({system: reader})
            for block in blocks(addresses):
                groups = list(_groups(reader, block, self.kind))
                held = self._held(reader, groups)
                owners = self._owners(reader, block)
                for group in groups:
                    yield from self._merge(group, owners, held, audiences)

    def files(self) -> Iterator[File]:
        """Field by field, which record each value comes from; to be read after the rows."""
        if not self.lines:
            return
        text = io.StringIO()
        writer = csv.writer(text)
        writer.writerow(["address", "system", "winner", "field", "value", "from record", "why"])
        writer.writerows([neutral_cell(cell) for cell in line] for line in self.lines)
        yield File(name="merge-field-by-field.csv", content=text.getvalue().encode("utf-8-sig"))

    def _owners(self, reader: Reader, addresses: Sequence[str]) -> Mapping[str, str]:
        """The owner of the contact behind each of these addresses, where leads are merged in a CRM."""
        if self.kind == "contact" or not addresses:
            return {}
        people = [person for batch in reader.people(addresses) for person in batch]
        own = [person for person in people if is_a(person, "contact") and person.owner]
        return {person.subject: _owner_value(self.values, person) for person in own}

    def _held(self, reader: Reader, groups: Sequence[Group]) -> Mapping[str, list[Membership]]:
        found: defaultdict[str, list[Membership]] = defaultdict(list)
        people = [person for group in groups for person in group]
        for batch in reader.memberships(people) if people else ():
            for each in batch:
                found[each.record_id].append(each)
        return found

    def _merge(
        self,
        group: Group,
        owners: Mapping[str, str],
        held: Mapping[str, list[Membership]],
        audiences: Audiences,
    ) -> Iterator[Change | Veto]:
        values = self.values
        by_id = {person.record_id: person for person in group}
        ranking = ranked([_candidate(values, person) for person in group], self.rule)
        winner, losers = by_id[ranking[0].ref], [by_id[each.ref] for each in ranking[1:]]
        owner = owners.get(winner.subject, "") if winner.object.casefold() == "lead" else ""
        sources = merged(ranking, owner=owner if values.may(winner.system, winner.object, "owner") else "")
        given = {
            name: value
            for name, value in to_write(sources, ranking[0]).items()
            if name != "opted_out" and values.may(winner.system, winner.object, name)
        }
        reader = cast("Merges", self.readers[winner.system])
        step = max(1, reader.merge_limit() - 1)
        stage = 0
        for stage, start in enumerate(range(0, len(losers), step)):
            part = losers[start : start + step]
            wish = reader.express_merge(winner, part, given if start == 0 else {})
            if isinstance(wish, Veto):
                yield wish
                return
            yield change(
                winner, wish, stage=stage, reason=f"{len(part)} records of the same address into one"
            )
        self._note(winner, sources)
        yield from self._lists(winner, losers, held, audiences, stage + 1)

    def _lists(
        self,
        winner: Person,
        losers: Sequence[Person],
        held: Mapping[str, list[Membership]],
        audiences: Audiences,
        stage: int,
    ) -> Iterator[Change | Veto]:
        """The static lists that only losers are in; a CRM moves campaign members along by itself."""
        own = {each.list_or_campaign for each in held.get(winner.record_id, ())}
        lost = dict.fromkeys(
            each.list_or_campaign for loser in losers for each in held.get(loser.record_id, ())
            if each.list_or_campaign not in own
        )  # fmt: skip
        holder = self.readers[winner.system]
        static = {each.name: each for each in audiences.known if each.kind == "list" and each.editable}
        for name in lost:
            if name in static and isinstance(holder, HoldsAudiences):
                wish = holder.express_member("add_member", static[name], winner)
                if isinstance(wish, Veto):
                    yield wish
                elif wish:
                    yield change(
                        winner, wish, stage=stage, reason=f"back on “{name}”, where a merged record was"
                    )

    def _note(self, winner: Person, sources: Sequence[Source]) -> None:
        for each in sources[: max(0, MOST_LINES - len(self.lines))]:
            self.lines.append(
                (winner.address, title(winner.system), winner.record_id, LABELS[each.field], str(each.value),
                 each.ref, each.why)
            )  # fmt: skip


def _twice(reader: Reader, kind: str | None) -> list[str]:
    """Addresses that stand on several records of one object, each once."""
    seen: dict[tuple[str, str], int] = {}
    spelled: dict[tuple[str, str], str] = {}
    for person in everybody(reader, kind):
        if person.subject:
            key = (person.object, person.subject)
            seen[key] = seen.get(key, 0) + 1
            if seen[key] > 1:
                spelled[key] = person.address
    return list(dict.fromkeys(spelled.values()))


def _groups(reader: Reader, addresses: Sequence[str], kind: str | None) -> Iterator[Group]:
    """The records of one object and one address, read anew and whole."""
    found: defaultdict[tuple[str, str], Group] = defaultdict(list)
    for batch in reader.people(addresses):
        for person in batch:
            if kind is None or person.object.casefold() == kind:
                found[person.object, person.subject].append(person)
    yield from (group for group in found.values() if len(group) > 1)


def _candidate(values: PersonValues, person: Person) -> Candidate:
    return Candidate(
        ref=person.record_id,
        created=person.created,
        last_activity=person.last_activity,
        values={name: values.text(person, name) for name in FILLED},
        opted_out=any(mark.state in OBJECTIONS for mark in person.consent),
        score=person.score,
    )


def _owner_value(values: PersonValues, person: Person) -> str:
    """An owner as the vendor writes it: the id where the field is a reference, else the name."""
    fact = values.facts(person.system, person.object).get("owner")
    return str(person.raw.get(fact.name) or "") if fact else ""
