"""The rows of an import: whom no system knows is created, empty fields are filled, members are added.

What is there is never overwritten, and an opt-out anywhere keeps a person out, whatever the file says of
consent. A value that a system refuses is left out by name; the rest of its row goes on.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import cast

from tools.abilities import Audience, Edits, HoldsAudiences, Values
from tools.answer import File
from tools.catalog.across import blocks, change, records_of
from tools.catalog.audiences import Audiences
from tools.catalog.import_file import OPTED_OUT, SAID_NO, TAKEN, Scan
from tools.catalog.import_fitting import Fitting, Wish, headcount
from tools.catalog.import_own import OwnColumns
from tools.catalog.list_file import left_out_file
from tools.catalog.person_values import NEW, PersonValues
from tools.context import ToolContext
from tools.plan import NOBODY, Change, System, Veto
from tools.ports import Expressed, Person, Reader
from tools.rules.choices import allowed_choice
from tools.rules.consent import OBJECTIONS, WORDS
from tools.rules.duplicates import mailbox_of
from tools.rules.normalizing import NORMAL, Spelling
from tools.rules.people_files import FileRow
from tools.rules.person_fields import LABELS, CanonicalField
from tools.rules.plain_text import neutral_cell, one_line
from tools.rules.stack import title

NOT_PROVIDED = "[not provided]"  # what Marketo's own sync gives Salesforce for a missing company or last name
NEEDED: tuple[CanonicalField, ...] = ("last_name", "company")
FIRST, MEMBERS = 0, 1  # stages: records, then places in lists
MOST_DIFFERENCES = 100_000  # lines of the file of differences
KEPT = "there is a value already, and it is kept"


@dataclass(frozen=True, slots=True)
class Newcomer:
    """One person of the file with everything the systems know of them."""

    row: FileRow
    subject: str
    values: Mapping[CanonicalField, str]
    records: Sequence[Person]

    @property
    def address(self) -> str:
        """Their address, normalised."""
        return self.row.addresses[0]

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
    fitting: Fitting
    own: OwnColumns
    scan: Scan
    audiences: Mapping[System, tuple[Audiences, Audience]]
    source: Mapping[System, str]
    ignored: dict[int, str] = field(default_factory=dict)  # line -> why
    unwritten: list[tuple[str, ...]] = field(default_factory=list)  # lines of the file of them

    def rows(self) -> Iterator[Change | Veto]:
        """What the file itself rules out first, then person by person, block by block."""
        for known, audience in self.audiences.values():
            for _ in known.members(audience):  # who is in already is not added, and not taken out by an undo
                pass
        for row, why in self.scan.bad():
            yield _left_out(row, why)
        for block in blocks(self.scan.good()):
            yield from self._block(block)

    def _block(self, block: Sequence[FileRow]) -> Iterator[Change | Veto]:
        everywhere = {**self.readers, **self.others}
        found = records_of(everywhere, [row.addresses[0] for row in block])
        plain = {row.line: base for row in block if (base := _base(row.addresses[0]))}
        twins = records_of(everywhere, list(dict.fromkeys(plain.values()))) if plain else {}
        subjects = [self.context.subject(row.addresses[0]) for row in block]
        purged = self.context.records.tombstoned(subjects)
        for row, subject in zip(block, subjects, strict=True):
            someone = Newcomer(row, subject, self._spelled(row), found.get(subject, ()))
            yield from self._person(someone, purged_before=subject in purged)
            if untagged := plain.get(row.line):
                yield from self._alias(someone, untagged, twins.get(self.context.subject(untagged), ()))

    def files(self) -> Iterator[File]:
        """What was not imported, and what was not written; to be read after the rows."""
        if self.scan.problems or self.ignored:
            yield left_out_file(self.scan, self.ignored)
        if self.unwritten:
            yield self._differences()

    def _spelled(self, row: FileRow) -> Mapping[CanonicalField, str]:
        """The row's values in their usual spelling; what has none stays as it is written."""
        plain = Spelling()
        country = row.values.get("country", "")
        found: dict[CanonicalField, str] = {}
        for name in TAKEN:
            value = row.values.get(name, "")
            if value:
                value = headcount(value) if name == "employees" else value
                found[name] = (plain.normal(name, value, country=country) if name in NORMAL else "") or value
        return found

    def _person(self, someone: Newcomer, *, purged_before: bool) -> Iterator[Change | Veto]:
        if why := _objection(someone, purged_before=purged_before):
            self.ignored[someone.row.line] = why
            yield _ignored(someone, why)
            return
        if someone.row.consent == "opted in" and not _agreed(someone.records):
            yield _file_row(
                someone.row, "less_restrictive", LESS_RESTRICTIVE, subject=someone.subject,
                instead="imported, consent as it is",
            )  # fmt: skip
        for system in self.readers:
            yield from self._in_system(someone, system)

    def _alias(self, someone: Newcomer, base: str, records: Sequence[Person]) -> Iterator[Veto]:
        """A tag after a plus: perhaps the person of an address that objected, or of another row."""
        if someone.row.line in self.ignored:
            return
        objected = next((why for each in records if (why := _objects(each))), "")
        if objected or self.scan.holds(base):
            what = f"an address that {objected}" if objected else "another address of the file"
            yield _file_row(
                someone.row, "possible_alias", f"possibly the same person as {what}", subject=someone.subject,
                instead="imported; suppress it if it is the same person",
            )  # fmt: skip

    def _in_system(self, someone: Newcomer, system: System) -> Iterator[Change | Veto]:
        own = someone.of(system)
        if own:
            for person in own:
                yield from self._fill(someone, person, alone=len(own) == 1)
        else:
            rows = list(self._create(someone, system))
            yield from rows
            if not any(isinstance(each, Change) for each in rows):
                return
        yield from self._member(someone, own[0] if own else self._newborn(someone, system))

    def _create(self, someone: Newcomer, system: System) -> Iterator[Change | Veto]:
        object = NEW.get(system, "contact")
        given, unknown = self._for(system, object, someone, creating=True)
        base: dict[str, str | int | float | bool | None] = {"address": someone.address}
        for name in NEEDED:
            if (fact := self.values.facts(system, object).get(name)) and fact.required:
                base[name] = NOT_PROVIDED

        def express(values: Values) -> Wish:
            return cast("Edits", self.readers[system]).express_create(object, {**base, **values})

        fitted = Fitting.taken(dict(given.items()), express)
        newborn = self._newborn(someone, system)
        yield from self._refused(someone, newborn, {**unknown, **fitted.refused})
        if isinstance(fitted.wish, Veto):
            self.ignored.setdefault(someone.row.line, f"{title(system)}: {fitted.wish.text}")
            yield fitted.wish
        elif fitted.wish:
            wish = replace(fitted.wish, guard={NOBODY: someone.address})
            yield change(newborn, wish, stage=FIRST, reason="new: no record has this address")

    def _fill(self, someone: Newcomer, person: Person, *, alone: bool) -> Iterator[Change | Veto]:
        given, unknown = self._for(person.system, person.object, someone, creating=False)
        held = {name for name in given if self.values.text(person, name)}
        differs = [name for name in given if name in held and self._differs(person, name, given[name])]
        unknown = {name: why for name, why in unknown.items() if not self.values.text(person, name)}
        if differs:
            for name in differs:
                self._note(someone, person, name, KEPT)
            yield _differs(person, differs)
        empty: Values = {name: value for name, value in given.items() if name not in held}
        fitted = Fitting.taken(empty, lambda values: self._filled(person, values))
        if isinstance(fitted.wish, Veto):
            if alone or fitted.wish.code != "converted":  # what a converted lead lacks, its contact is given
                yield fitted.wish
            return
        yield from self._refused(someone, person, {**unknown, **fitted.refused})
        if fitted.wish:
            filled = [name for name in empty if name not in fitted.refused]
            yield change(person, fitted.wish, stage=FIRST, reason=f"empty so far: {_words(filled)}")

    def _filled(self, person: Person, values: Values) -> Wish:
        return cast("Edits", self.readers[person.system]).express_update(person, values) if values else None

    def _for(
        self, system: System, object: str, someone: Newcomer, *, creating: bool
    ) -> tuple[dict[str, str], dict[str, str]]:
        """The values this object takes, the source if one was named; and those its lists do not know."""
        given = dict(someone.values)
        if system in self.source:
            given["lead_source"] = self.source[system]
        kept, refused = self.fitting.spelled(system, object, given, creating=creating)
        own, unread = self.own.given(system, object, someone.row.values, creating=creating)
        gone = self._lost(system, object, someone.row, creating=creating)
        return own | {str(name): value for name, value in kept.items()}, {**gone, **refused, **unread}

    def _lost(self, system: System, object: str, row: FileRow, *, creating: bool) -> dict[str, str]:
        """The fields whose cell holds its value no more, each with the reason, where we write them."""
        names = {str(each): str(each) for each in TAKEN}
        names |= {each.words: each.name_in(system, object) for each in self.own.fields}
        return {
            name: why
            for said, why in row.unread.items()
            if (name := names.get(said)) and self.values.may(system, object, name, creating=creating)
        }

    def _refused(self, someone: Newcomer, person: Person, refused: Mapping[str, str]) -> Iterator[Veto]:
        for name, why in refused.items():
            self._note(someone, person, name, why)
            yield Veto(
                subject=someone.subject, system=person.system, object=person.object,
                record_id=person.record_id or f"line {someone.row.line}",
                op="update" if person.record_id else "create", code="value_not_written",
                text=f"{_label(name)} not written: {why}", instead="the rest of the row is written",
            )  # fmt: skip

    def _differs(self, person: Person, name: str, value: str) -> bool:
        held = self.values.text(person, name)
        if self.own.words(person.system, person.object, name):
            return isinstance(self._filled(person, {name: value}), Expressed)
        country = self.values.text(person, "country")
        plain = Spelling()
        known = next((each for each in NORMAL if each == name), None)
        same = (
            (plain.normal(known, each, country=country) or each for each in (held, value))
            if known
            else (held, value)
        )
        return len({each.casefold() for each in same}) > 1

    def _note(self, someone: Newcomer, person: Person, name: str, why: str) -> None:
        if len(self.unwritten) < MOST_DIFFERENCES:
            there = self.values.text(person, name) if person.record_id else ""
            column = self.own.words(person.system, person.object, name) or name
            given = someone.row.values.get(column, self.source.get(person.system, ""))
            where = f"{title(person.system)} {person.object.lower()}"
            self.unwritten.append((someone.address, where, _label(name), there, given, why))

    def _differences(self) -> File:
        text = io.StringIO()
        writer = csv.writer(text)
        writer.writerow(["address", "system", "field", "there now", "in the file", "why it was not written"])
        writer.writerows([neutral_cell(cell) for cell in line] for line in self.unwritten)
        stem = self.scan.name.rpartition(".")[0] or self.scan.name
        return File(name=f"{stem}-differences.csv", content=text.getvalue().encode("utf-8-sig"))

    def _member(self, someone: Newcomer, person: Person) -> Iterator[Change | Veto]:
        if person.system not in self.audiences:
            return
        _, audience = self.audiences[person.system]
        said = someone.row.values.get("member_status", "")
        status = allowed_choice(said, audience.statuses) if said and audience.statuses else ""
        if said and audience.statuses and not status:
            allowed = ", ".join(audience.statuses)
            why = f"“{audience.name}” has no status “{one_line(said, longest=40)}”, only {allowed}"
            yield from self._refused(someone, person, {"member_status": why})
        holder = cast("HoldsAudiences", self.readers[person.system])
        wish = holder.express_member("add_member", audience, person, status=status)
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
            address=someone.address,
            object=NEW.get(system, "contact"),
        )


LESS_RESTRICTIVE = "ignored: less restrictive: the file says opted in, and a file is no proof of it"


def _base(address: str) -> str:
    """The mailbox behind an address with a tag; "" when the address has none."""
    base = mailbox_of(address) if "+" in address else ""
    return base if base != address else ""


def _objection(someone: Newcomer, *, purged_before: bool) -> str:
    """Why a person is left out; the strictest word any system has on any scope."""
    said = someone.row.consent == "opted in"
    for person in someone.records:
        if why := _objects(person):
            return (
                f"ignored: less restrictive: the file says opted in, they {why}"
                if said
                else f"ignored: {why}"
            )
    return "ignored: we purged this address before" if purged_before else ""


def _objects(person: Person) -> str:
    """What somebody has objected to, and where it stands; "" when they have not."""
    marks = (WORDS[mark.state] for mark in person.consent if mark.state in OBJECTIONS)
    return next((f"{words} ({title(person.system)})" for words in marks), "")


def _agreed(records: Sequence[Person]) -> bool:
    """Whether what the file says is no news: somebody's express consent stands on a record."""
    return any(mark.state == "express" for person in records for mark in person.consent)


def _file_row(row: FileRow, code: str, text: str, *, subject: str = "", instead: str = "") -> Veto:
    return Veto(
        subject=subject, system="clearance", object="file row", record_id=f"line {row.line}", op="import",
        code=code, text=text, instead=instead,
    )  # fmt: skip


def _left_out(row: FileRow, why: str) -> Veto:
    if why == OPTED_OUT:
        return _file_row(row, "opted_out_in_file", why, instead="suppress them with this file")
    if why == SAID_NO:
        return _file_row(row, "said_no_in_file", why)
    return _file_row(row, "row_left_out", why)


def _ignored(someone: Newcomer, why: str) -> Veto:
    code = "purged_before" if "purged" in why else "opted_out"
    code = "less_restrictive" if "less restrictive" in why else code
    return _file_row(someone.row, code, why, subject=someone.subject)


def _differs(person: Person, names: Sequence[str]) -> Veto:
    return Veto(
        subject=person.subject, system=person.system, object=person.object, record_id=person.record_id,
        op="update", code="kept_as_it_is",
        text=f"the file says otherwise, what is there is kept: {_words(names)}",
    )  # fmt: skip


def _label(name: str) -> str:
    """A field in words; one of a vendor's own by the name it has there."""
    if name == "member_status":
        return "Member status"
    return next((label for each, label in LABELS.items() if each == name), name)


def _words(names: Iterable[str]) -> str:
    wanted = dict.fromkeys(names)
    ours = [label.lower() for name, label in LABELS.items() if name in wanted]
    return ", ".join([*ours, *(each for each in wanted if each not in LABELS)])
