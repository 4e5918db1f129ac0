"""Putting values of fields into one spelling, record by record, with what stood there before."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import cast

from tools.abilities import Edits
from tools.catalog.across import change, listing
from tools.catalog.person_values import PersonValues, everybody, keepers, only_people, places, which
from tools.catalog.spellings import Spellings
from tools.catalog.tally import Looked
from tools.context import ToolContext
from tools.errors import InvalidArguments
from tools.plan import Change, Plan, System, Veto
from tools.ports import Person, Reader
from tools.rules.countries import Style, country_code, near_country
from tools.rules.normalizing import LEARNT, Spelling, fields_meant, spelling_of
from tools.rules.person_fields import LABELS, CanonicalField
from tools.rules.quality import fault
from tools.rules.stack import suppress_stage
from tools.rules.states import STATES

LEARNT_FROM = 5_000  # records of a system from which its usual spelling is learnt
KEPT = "not_understood"
FILLED, MENDED, STAYS = "values", "to be spelled otherwise", "not understood, stay"
COUNTED = (FILLED, MENDED, STAYS)


def plan(context: ToolContext, object: str | None, fields: Sequence[str]) -> Plan:
    """Put the values of these fields into one spelling, each system's own."""
    if not fields:
        raise InvalidArguments("Which fields?", do="Say it like: normalise country on leads.")
    names, styles = fields_meant(fields)
    object, names = _of_people(object, names)
    kind = only_people(object)
    readers = keepers(context, kind)
    work = _Normalizing(readers, PersonValues(readers), names, styles, kind)
    shown = listing(LABELS[name].lower() for name in names)
    said = "; codes as asked" if styles else ""
    return Plan(
        summary=f"Put {shown} of {which(kind)} into one spelling in {places(readers)}{said}. "
        "Values nobody understands stay as they are. A file lists every spelling and what becomes of it.",
        rows=work.rows(),
        files=work.spellings.files(),
        counted=lambda: work.looked.evidence(context, f"every record's {shown}"),
    )


def _of_people(
    object: str | None, names: tuple[CanonicalField, ...]
) -> tuple[str | None, tuple[CanonicalField, ...]]:
    """`company names` are no account records' but the company of people; an account has no other name."""
    if object != "account" or not {"company", "first_name"} & set(names):
        return object, names
    named = ("company" if each in {"first_name", "last_name"} else each for each in names)
    return None, tuple(dict.fromkeys(cast("Iterator[CanonicalField]", named)))


@dataclass(frozen=True, slots=True)
class _Normalizing:
    """One request: each system's spelling is learnt from its first records, then all are looked at."""

    readers: Mapping[System, Reader]
    values: PersonValues
    names: tuple[CanonicalField, ...]
    styles: Mapping[CanonicalField, Style]
    kind: str | None
    learnt: dict[tuple[System, str], Spelling] = field(default_factory=dict)
    spellings: Spellings = field(default_factory=Spellings)
    looked: Looked = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "looked", Looked(COUNTED, tuple(self.readers)))

    def rows(self) -> Iterator[Change | Veto]:
        """A row for each record that changes, a veto for each value that is not understood."""
        for reader in self.readers.values():
            people = self.looked.at(everybody(reader, self.kind))
            first = list(islice(people, LEARNT_FROM))
            self._learn(first)
            for person in chain(first, people):
                yield from self._row(person)

    def _learn(self, people: list[Person]) -> None:
        by_object: defaultdict[tuple[System, str], list[Person]] = defaultdict(list)
        for person in people:
            by_object[person.system, person.object].append(person)
        for (system, object), own in by_object.items():
            wanted = [name for name in self.names if name in LEARNT]
            seen = {name: [self.values.text(each, name) for each in own] for name in wanted}
            allowed = {
                name: values
                for name, values in self.values.allowed(system, object).items()
                if name in self.names
            }
            self.learnt[system, object] = spelling_of(
                seen, allowed=cast("Mapping[CanonicalField, tuple[str, ...]]", allowed), said=self.styles
            )

    def _row(self, person: Person) -> Iterator[Change | Veto]:
        spelling = self.learnt.get((person.system, person.object)) or spelling_of({}, said=self.styles)
        country = self.values.text(person, "country")
        new: dict[str, str] = {}
        for name in self.names:
            held = self.values.text(person, name)
            self.looked.counted[person.system, FILLED] += bool(held)
            if not held or not self.values.may(person.system, person.object, name):
                continue
            why = fault(name, held, country=country)
            right = "" if why else spelling.normal(name, held, country=country)
            if not right:
                self.looked.note(person.system, STAYS)
                self.spellings.note(person, name, held, "", _told(name, held, why, country))
                yield from _kept(person, name, why)
            elif right != held:
                self.looked.note(person.system, MENDED)
                self.spellings.note(person, name, held, right, spelling.says(name))
                new[name] = right
        if new:
            yield from self._change(person, new, spelling)

    def _change(self, person: Person, new: Mapping[str, str], spelling: Spelling) -> Iterator[Change | Veto]:
        wish = cast("Edits", self.readers[person.system]).express_update(person, new)
        if isinstance(wish, Veto):
            yield wish
        elif wish:
            why = listing(
                f"{LABELS[name].lower()}: {spelling.says(name)}" for name in self.names if name in new
            )
            yield change(person, wish, stage=suppress_stage(person.system), reason=why)


def _told(name: CanonicalField, held: str, why: str, country: str) -> str:
    """Why a value stays, for the file; with the country that may have been meant, for somebody to decide."""
    if name == "country" and (near := near_country(held)):
        return f"{why}; perhaps “{near}”: it stays until somebody says so"
    if name == "state" and not why and not country:
        return "no country to read it by; it stays as it is"
    if name == "state" and not why and country_code(country) not in STATES:
        return "we know no list of that country's states; it stays as it is"
    return f"{why or 'not understood'}; it stays as it is"


def _kept(person: Person, name: CanonicalField, why: str) -> Iterator[Veto]:
    """A value that stays, named when something is wrong with it and not merely unknown to us."""
    if not why:
        return
    yield Veto(
        subject=person.subject,
        system=person.system,
        object=person.object,
        record_id=person.record_id,
        op="update",
        code=f"{KEPT}_{name}",
        text=f"{LABELS[name].lower()}: {why}; it stays as it is",
    )
