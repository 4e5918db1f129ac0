"""People going out as a file: the counts first, only the fields the asker may read, for the asker alone."""

import csv
import io
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from pydantic import BaseModel

from tools.answer import Answer, File, Table
from tools.catalog.across import Ages, evidence, listing, vendors
from tools.catalog.audiences import Audiences
from tools.catalog.filtering import Asked, Membership, as_filter
from tools.catalog.linking import link
from tools.catalog.person_values import PersonValues, keepers, places
from tools.context import ToolContext
from tools.errors import InvalidArguments, Refused
from tools.plan import System
from tools.ports import Person, Reader
from tools.progress import counted
from tools.rules.filters import Filter, field_named
from tools.rules.person_fields import LABELS
from tools.rules.plain_text import neutral_cell
from tools.rules.stack import title

USUAL = ("address", "first_name", "last_name", "company", "title", "country")
# Which class of data a field is of; what is not named here is contact data.
CONTACT = "contact"
CLASS_OF: Mapping[str, str] = {
    "opted_out": "consent",
    "score": "commercial",
    "lifecycle": "commercial",
    "owner": "commercial",
    "lead_source": "commercial",
}
OUT = "opted_out"
UNKNOWN_CLASS = "commercial"  # of a vendor's own field that we have no name for


def export(
    context: ToolContext, segment: str | None, definition: BaseModel | None, fields: Sequence[str]
) -> Answer:
    """The people of a filter, or of a list or campaign, as a CSV; each address once."""
    _allowed(context, (), "export")
    readers = keepers(context)
    values = PersonValues(readers)
    names = _fields(context, fields, values)
    wanted = _wanted(readers, segment, definition)
    _allowed(context, sorted(wanted.fields), "filter by")
    found = _Export(readers, values, names)
    content = found.written(wanted)
    return _answer(context, found, wanted, content)


def _fields(context: ToolContext, said: Sequence[str], values: PersonValues) -> tuple[str, ...]:
    if not said:
        return USUAL
    own = values.vendors_names()
    names = ["address"]
    for each in said:
        whole = each.strip().casefold() in {"name", "names"}
        names += ["first_name", "last_name"] if whole else [field_named(each, own)]
    names = list(dict.fromkeys(names))
    _allowed(context, names, "export")
    return tuple(names)


def _allowed(context: ToolContext, names: Sequence[str], deed: str) -> None:
    """Raises `Refused`, naming the class of data, for a field the asker may not read."""
    readable = context.policy.readable(context.principal.roles)
    refused = {name: kind for name in names if (kind := _class(name)) not in readable}
    if CONTACT in readable and not refused:
        return
    classes = sorted(set(refused.values()) or {CONTACT})
    raise Refused(
        f"You may not {deed} data of class {listing(classes)}",
        on=listing(map(_label, refused)),
        do="Leave these fields out, or ask somebody whose role may.",
        clause=f"read-{classes[0]}",
    )


def _class(name: str) -> str:
    return CLASS_OF.get(name, CONTACT if name in LABELS or name == "seniority" else UNKNOWN_CLASS)


def _wanted(readers: Mapping[System, Reader], segment: str | None, definition: BaseModel | None) -> Filter:
    clauses: list[Mapping[str, object]] = []
    if definition is not None:
        clauses.append(definition.model_dump(mode="json", by_alias=True))
    if segment:
        named = Audiences.read(readers).named(segment)
        clauses.append({"member": named[0].name, "status": None})
    if not clauses:
        raise InvalidArguments(
            "Whom should I export?", do="Say which people: contacts in Germany, or the name of a list."
        )
    return as_filter(clauses[0] if len(clauses) == 1 else {"all": clauses})


@dataclass(slots=True)
class _Export:
    """Writes the people that fit, the CRM's record of each first, and counts on the way."""

    readers: Mapping[System, Reader]
    values: PersonValues
    names: tuple[str, ...]
    looked_at: Counter[System] = field(default_factory=Counter)
    ages: Ages = field(default_factory=Ages)
    fitting: Counter[System] = field(default_factory=Counter)
    people: set[str] = field(default_factory=set)
    out: set[str] = field(default_factory=set)  # whoever opted out by any record read, whether it fits or not

    @property
    def opted_out(self) -> int:
        """How many of these people opted out, in whichever of the systems."""
        return len(self.people & self.out)

    def written(self, wanted: Filter) -> bytes:
        """The CSV, with the mark that makes spreadsheets read it as UTF-8."""
        text = io.StringIO()
        writer = csv.writer(text)
        writer.writerow([*map(_label, self.names), "System", "Record", "Link"])
        lines = [(_who(person), self._cells(person)) for person in self._people(wanted)]
        for who, cells in lines:  # only now is everything known that any system says of their opt-out
            told = [
                who in self.out if name == OUT else cell
                for name, cell in zip(self.names, cells, strict=False)
            ]
            writer.writerow([*map(neutral_cell, told), *cells[len(told) :]])
        return text.getvalue().encode("utf-8-sig")

    def _cells(self, person: Person) -> list[object]:
        """The fields asked for, then where the record is."""
        page = link(self.readers[person.system], person.object, person.record_id)
        own = [_cell(self.values.value(person, name)) for name in self.names]
        return [*own, title(person.system), person.record_id, page]

    def _people(self, wanted: Filter) -> Iterator[Person]:
        inside = Membership.of(self.readers, wanted)
        for system, reader in self.readers.items():
            for batch in counted(system, reader.people(None)):
                self.looked_at[system] += len(batch)
                for person in self.ages.noted(batch):
                    if self.values.value(person, OUT):
                        self.out.add(_who(person))
                    if wanted(Asked(person, self.values, inside)):
                        self.fitting[system] += 1
                        yield from self._once(person)

    def _once(self, person: Person) -> Iterator[Person]:
        who = _who(person)
        if who not in self.people:
            self.people.add(who)
            yield person


def _answer(context: ToolContext, found: _Export, wanted: Filter, content: bytes) -> Answer:
    count, records = len(found.people), sum(found.fitting.values())
    consent = found.opted_out and "consent" in context.policy.readable(context.principal.roles)
    out = f" {found.opted_out:,} of them opted out: this file is no mailing list." if consent else ""
    unasked = [title(each) for each in vendors(context) if each not in found.readers]
    if out and unasked:
        out += f" Opt-outs that {listing(unasked)} alone has are not counted."
    aliases = "".join(f" {each.sentence()}." for each in wanted.aliases)
    rows = tuple((title(system), found.looked_at[system], found.fitting[system]) for system in found.readers)
    query = f"every record, filtered here: {wanted.sentence()}"
    return Answer(
        text=f"{count:,} people ({records:,} records) where {wanted.sentence()}.{out}{aliases}",
        tables=(Table(title="Where they are", columns=("system", "records read", "fit"), rows=rows),),
        files=(File(name="people.csv", content=content),) if count else (),
        evidence=tuple(
            evidence(context, each, query, found.looked_at[each], as_of=found.ages.of(each))
            for each in found.readers
        ),
        facts={"people": count, "records": records, "systems": places(found.readers)},
        private=True,
    )


def _who(person: Person) -> str:
    return person.subject or f"{person.system} {person.record_id}"


def _label(name: str) -> str:
    return next((label for known, label in LABELS.items() if known == name), name)


def _cell(value: object) -> object:
    return value.date().isoformat() if isinstance(value, datetime) else value
