"""What a merge takes from which record, field by field, and every record as it is: read before a vote."""

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from tools.answer import File
from tools.catalog.linking import link
from tools.catalog.person_values import PersonValues
from tools.ports import Person
from tools.rules.merging import Candidate, Source, earliest
from tools.rules.person_fields import LABELS
from tools.rules.plain_text import neutral_cell
from tools.rules.stack import title

MOST_LINES = 100_000  # of either file; the plan's own rows hold every record's backup whatever their number
FIELDS = "merge-field-by-field.csv"
BACKUP = "merge-backup.csv"
COLUMNS = (
    "address", "system", "object", "winner", "field", "winner's value", "other values", "taken",
    "from record", "why", "winner's page", "page it comes from",
)  # fmt: skip
FROM = 4  # place of the record's id in what follows the head of a line
KEPT, GOES = "kept", "goes"
UNSET = "the vendor does not let it be set: the earlier one is kept in the backup"


@dataclass(slots=True)
class MergeFiles:
    """Collects lines while a plan's rows are made; `files` is read after them."""

    values: PersonValues
    lines: list[Sequence[str]] = field(default_factory=list)
    records: list[Sequence[str]] = field(default_factory=list)

    def note(self, people: Sequence[Person], ranking: Sequence[Candidate], sources: Sequence[Source]) -> None:
        """One merge: its records, the winner first, and where each field of it comes from."""
        winner = people[0]
        head = (winner.address, title(winner.system), winner.object, winner.record_id)
        pages = {each.record_id: self._page(each) for each in people}
        for line in (*map(self._of(people), sources), *_dates(ranking)):
            if len(self.lines) < MOST_LINES:
                self.lines.append((*head, *line, pages[winner.record_id], pages.get(line[FROM], "")))
        for place, person in enumerate(people):
            if len(self.records) < MOST_LINES:
                self.records.append(self._record(person, winner, KEPT if place == 0 else GOES))

    def files(self) -> Iterator[File]:
        """Both files; none when nothing is merged."""
        if self.lines:
            yield _file(FIELDS, COLUMNS, self.lines)
        if self.records:
            yield _file(BACKUP, (*_HEAD, *LABELS.values(), "Page", "Whole record"), self.records)

    def _of(self, people: Sequence[Person]) -> "_Told":
        return _Told(self.values, people)

    def _record(self, person: Person, winner: Person, role: str) -> Sequence[str]:
        held = [self.values.text(person, name) for name in LABELS]
        whole = json.dumps(dict(person.raw), ensure_ascii=False, default=str, sort_keys=True)
        head = (title(person.system), person.object, person.record_id, role, winner.record_id)
        return (*head, *held, self._page(person), whole)

    def _page(self, person: Person) -> str:
        """Where the record opens, as long as it is there."""
        return link(self.values.readers.get(person.system), person.object, person.record_id)


_HEAD = ("System", "Object", "Record", "In the merge", "Winner")


@dataclass(frozen=True, slots=True)
class _Told:
    """A source as a line: what the winner has, what the others have, what is taken and why."""

    values: PersonValues
    people: Sequence[Person]

    def __call__(self, source: Source) -> Sequence[str]:
        own = self.values.text(self.people[0], source.field)
        others = {each.record_id: self.values.text(each, source.field) for each in self.people[1:]}
        return (LABELS[source.field], own, _each(others), str(source.value), source.ref, source.why)


def _dates(ranking: Sequence[Candidate]) -> Iterator[Sequence[str]]:
    """The earliest creation date and proof of consent, which no vendor lets us write."""
    winner = ranking[0]
    first = earliest("created", ranking)
    if first is not None and first is not winner:
        others = {each.ref: _day(each.created) for each in ranking[1:]}
        yield (
            LABELS["created"],
            _day(winner.created),
            _each(others),
            _day(winner.created),
            winner.ref,
            UNSET,
        )
    proof = earliest("proof", ranking)
    if proof is not None:
        others = {each.ref: _day(each.proof) for each in ranking[1:]}
        why = "the earliest proof of consent; it is kept in the backup"
        yield ("Consent since", _day(winner.proof), _each(others), _day(proof.proof), proof.ref, why)


def _each(others: Mapping[str, str]) -> str:
    return "; ".join(f"{ref}: {value}" for ref, value in others.items() if value)


def _day(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d}" if at else ""


def _file(name: str, columns: Sequence[str], lines: Sequence[Sequence[str]]) -> File:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(columns)
    writer.writerows([neutral_cell(cell) for cell in line] for line in lines)
    return File(name=name, content=text.getvalue().encode("utf-8-sig"))
