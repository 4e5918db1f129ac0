"""The rows of an import: whom no system knows is created, empty fields are filled, members are added.

What is there is never overwritten, and an opt-out anywhere keeps a person out, whatever the file says of
consent.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

from tools.abilities import Audience, Edits, HoldsAudiences
from tools.answer import File
from tools.catalog.across import blocks, change, records_of
from tools.catalog.audiences import Audiences
from tools.catalog.import_file import OPTED_OUT, Scan, left_out_file
from tools.catalog.person_values import NEW, PersonValues
from tools.context import ToolContext
from tools.plan import Change, System, Veto
from tools.ports import Person, Reader
from tools.rules.consent import OBJECTIONS, WORDS
from tools.rules.normalizing import NORMAL, Spelling
from tools.rules.people_files import FileRow
from tools.rules.person_fields import LABELS, CanonicalField
from tools.rules.plain_text import neutral_cell
from tools.rules.stack import title

NOT_PROVIDED = "[not provided]"  # what Marketo's own sync gives Salesforce for a missing company or last name
NEEDED: tuple[CanonicalField, ...] = ("last_name", "company")
FIRST, MEMBERS = 0, 1  # stages: records, then places in lists
MOST_DIFFERENCES = 100_000  # lines of the file of differences
TAKEN: tuple[CanonicalField, ...] = (
    "first_name", "last_name", "company", "title", "phone", "country", "state", "city", "postal_code",
    "industry",
    "employees", "lead_source", "website",
)  # fmt: skip


Value = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Newcomer:
    """One person of the file with everything the systems know of them."""

    row: FileRow
    subject: str
    values: Mapping[CanonicalField, str]
    records: Sequence[Person]

    def of(self, system: System) -> list[Person]:
        """Their records in one system, contacts before leads."""
        own = [each for each in self.records if each.system == system]
        return sorted(own, key=lambda each: (each.object.casefold() != "contact", each.record_id))


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """One import. `others` are systems that are asked for objections only."""

    context: ToolContext
    readers: Mapping[System, Reader]
    others: Mapping[System, Reader]
    values: PersonValues
    scan: Scan
    audiences: Mapping[System, tuple[Audiences, Audience]]
    source: Mapping[System, str]
    ignored: dict[int, str] = field(default_factory=dict)  # line -> why
    differing: list[tuple[str, str, str, str, str]] = field(default_factory=list)
    spellings: dict[tuple[System, str], Spelling] = field(default_factory=dict)

    def rows(self) -> Iterator[Change | Veto]:
        """What the file itself rules out first, then person by person, block by block."""
        for row, why in self.scan.bad():
            yield _left_out(row, why)
        for block in blocks(self.scan.good()):
            found = records_of({**self.readers, **self.others}, [row.addresses[0] for row in block])
            subjects = [self.context.subject(row.addresses[0]) for row in block]
            purged = self.context.records.tombstoned(subjects)
            for row, subject in zip(block, subjects, strict=True):
                someone = Newcomer(row, subject, self._spelled(row), found.get(subject, ()))
                yield from self._person(someone, purged_before=subject in purged)

    def files(self) -> Iterator[File]:
        """What was not imported, and what differs; to be read after the rows."""
        if self.scan.problems or self.ignored:
            yield left_out_file(self.scan, self.ignored)
        if self.differing:
            yield self._differences()

    def _spelled(self, row: FileRow) -> Mapping[CanonicalField, str]:
        """The row's values in their usual spelling; what has none stays as it is written."""
        plain = Spelling()
        country = row.values.get("country", "")
        return {
            name: (plain.normal(name, value, country=country) or value) if name in NORMAL else value
            for name in TAKEN
            if (value := row.values.get(name, ""))
        }

    def _person(self, someone: Newcomer, *, purged_before: bool) -> Iterator[Change | Veto]:
        if why := _objection(someone.records, purged_before=purged_before):
            self.ignored[someone.row.line] = why
            yield _ignored(someone, why)
            return
        for system in self.readers:
            yield from self._in_system(someone, system)

    def _in_system(self, someone: Newcomer, system: System) -> Iterator[Change | Veto]:
        own = someone.of(system)
        if own:
            for person in own:
                yield from self._fill(someone, person)
        else:
            made = self._create(someone, system)
            yield made
            if isinstance(made, Veto):
                return
        yield from self._member(someone, own[0] if own else self._newborn(someone, system))

    def _create(self, someone: Newcomer, system: System) -> Change | Veto:
        object = NEW.get(system, "contact")
        given: dict[str, Value] = dict(self._for(system, object, someone, creating=True).items())
        for name in NEEDED:
            if (fact := self.values.facts(system, object).get(name)) and fact.required:
                given.setdefault(name, NOT_PROVIDED)
        wish = cast("Edits", self.readers[system]).express_create(
            object, {**given, "address": someone.row.addresses[0]}
        )
        if isinstance(wish, Veto):
            return wish
        return change(
            self._newborn(someone, system), wish, stage=FIRST, reason="new: no record has this address"
        )

    def _fill(self, someone: Newcomer, person: Person) -> Iterator[Change | Veto]:
        given = self._for(person.system, person.object, someone, creating=False)
        empty: dict[str, Value] = {
            name: value for name, value in given.items() if not self.values.text(person, name)
        }
        differs = [
            name for name, value in given.items() if name not in empty and self._differs(person, name, value)
        ]
        if differs:
            self._note(someone, person, differs, given)
            yield _differs(person, differs)
        wish = cast("Edits", self.readers[person.system]).express_update(person, empty) if empty else None
        if isinstance(wish, Veto):
            yield wish
        elif wish:
            yield change(person, wish, stage=FIRST, reason=f"empty so far: {_words(empty)}")

    def _for(
        self, system: System, object: str, someone: Newcomer, *, creating: bool
    ) -> dict[CanonicalField, str]:
        """The file's values this object has fields for, in the spelling it allows; the source if named."""
        given = dict(someone.values)
        if system in self.source:
            given["lead_source"] = self.source[system]
        spelling = self._spelling(system, object)
        out: dict[CanonicalField, str] = {}
        for name, value in given.items():
            if self.values.may(system, object, name, creating=creating):
                right = (
                    spelling.normal(name, value, country=given.get("country", ""))
                    if name in spelling.allowed
                    else value
                )
                if right:
                    out[name] = right
        return out

    def _spelling(self, system: System, object: str) -> Spelling:
        key = (system, object)
        if key not in self.spellings:
            allowed = self.values.allowed(system, object)
            self.spellings[key] = Spelling({name: allowed[name] for name in TAKEN if name in allowed})
        return self.spellings[key]

    def _differs(self, person: Person, name: CanonicalField, value: str) -> bool:
        held = self.values.text(person, name)
        country = self.values.text(person, "country")
        plain = Spelling()
        same = (
            (plain.normal(name, each, country=country) or each for each in (held, value))
            if name in NORMAL
            else (held, value)
        )
        return len({each.casefold() for each in same}) > 1

    def _note(
        self,
        someone: Newcomer,
        person: Person,
        names: Sequence[CanonicalField],
        given: Mapping[CanonicalField, str],
    ) -> None:
        for name in names[: max(0, MOST_DIFFERENCES - len(self.differing))]:
            self.differing.append(
                (
                    someone.row.addresses[0],
                    title(person.system),
                    LABELS[name],
                    self.values.text(person, name),
                    given[name],
                )
            )

    def _differences(self) -> File:
        text = io.StringIO()
        writer = csv.writer(text)
        writer.writerow(["address", "system", "field", "there now, kept", "in the file"])
        writer.writerows([neutral_cell(cell) for cell in line] for line in self.differing)
        stem = self.scan.name.rpartition(".")[0] or self.scan.name
        return File(name=f"{stem}-differences.csv", content=text.getvalue().encode("utf-8-sig"))

    def _member(self, someone: Newcomer, person: Person) -> Iterator[Change | Veto]:
        if person.system not in self.audiences:
            return
        _, audience = self.audiences[person.system]
        holder = cast("HoldsAudiences", self.readers[person.system])
        wish = holder.express_member("add_member", audience, person)
        if isinstance(wish, Veto):
            yield wish
        elif wish:
            yield change(person, wish, stage=MEMBERS, reason=f"on the list, line {someone.row.line}")

    def _newborn(self, someone: Newcomer, system: System) -> Person:
        """The record that this plan creates, as it will be known."""
        return Person(
            system=system,
            record_id="",
            as_of=self.context.clock.now(),
            subject=someone.subject,
            address=someone.row.addresses[0],
            object=NEW.get(system, "contact"),
        )


def _objection(records: Sequence[Person], *, purged_before: bool) -> str:
    """Why a person is left out; the strictest word any system has on any scope."""
    for person in records:
        for mark in person.consent:
            if mark.state in OBJECTIONS:
                return f"ignored: {WORDS[mark.state]} ({title(person.system)})"
    return "ignored: we purged this address before" if purged_before else ""


def _left_out(row: FileRow, why: str) -> Veto:
    code = "opted_out_in_file" if why == OPTED_OUT else "row_left_out"
    return Veto(
        subject="", system="clearance", object="file row", record_id=f"line {row.line}", op="import",
        code=code, text=why,
        instead="suppress them with this file" if why == OPTED_OUT else "",
    )  # fmt: skip


def _ignored(someone: Newcomer, why: str) -> Veto:
    purged = "purged" in why
    return Veto(
        subject=someone.subject, system="clearance", object="file row", record_id=f"line {someone.row.line}",
        op="import", code="purged_before" if purged else "opted_out", text=why,
    )  # fmt: skip


def _differs(person: Person, names: Sequence[CanonicalField]) -> Veto:
    return Veto(
        subject=person.subject, system=person.system, object=person.object, record_id=person.record_id,
        op="update", code="kept_as_it_is",
        text=f"the file says otherwise, what is there is kept: {_words(names)}",
    )  # fmt: skip


def _words(names: Iterable[str]) -> str:
    wanted = set(names)
    return ", ".join(label.lower() for name, label in LABELS.items() if name in wanted)
