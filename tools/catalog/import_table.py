"""An import on its card: what the file holds, what each column is taken for, what cannot be written where.

The card is kept and may be read by many: nobody's address, name or number is shown in full.
"""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from tools.answer import Table
from tools.catalog.across import listing
from tools.catalog.import_file import TAKEN, Scan
from tools.catalog.import_fitting import Fitting
from tools.catalog.list_file import Listed, of_ours
from tools.catalog.person_values import OBJECTS
from tools.rules.header_mapping import Column, label
from tools.rules.header_words import OwnField, Reading
from tools.rules.person_fields import LABELS, CanonicalField
from tools.rules.plain_text import masked, one_line
from tools.rules.stack import title

LONGEST = 40  # letters of a sample
SHOWN = 19  # rows of a table that fit on a card under one that says how many more
OFFERED = 5  # columns that the sentence about them names
HOW: Mapping[str, str] = {"title": "its title", "content": "what is in it", "said": "you said so"}
# What says nothing of a single person, and may be shown as it stands.
OPEN: frozenset[Reading | None] = frozenset({
    "company", "title", "country", "state", "city", "postal_code", "industry", "employees", "lead_source",
    "website", "member_status", "opted_in", "opted_out", "consent_status",
})  # fmt: skip


def counts(scan: Scan) -> Table:
    """What the file holds, in figures, before anything was asked of a vendor."""
    return Table(title=f"In {scan.name}", columns=("what", "rows"), rows=tuple(_counts(scan)))


def _counts(scan: Scan) -> Iterator[tuple[str, int]]:
    yield "rows in the file", scan.rows
    yield "people to import", scan.people
    for why, rows in sorted(scan.left_out.items(), key=lambda each: (-each[1], each[0])):
        yield f"left out: {why}", rows
    if scan.said_opted_in:
        yield "say opted in: consent is not taken from a file", scan.said_opted_in
    for odd, people in sorted(scan.faults.items()):
        yield f"imported, worth a look: {odd}", people
    if scan.free_mail:
        yield "imported, worth a look: a personal mail domain", scan.free_mail
    if scan.without_company:
        yield "without a company", scan.without_company
    if scan.without_last_name:
        yield "without a last name", scan.without_last_name


def mapping(listed: Listed, offers: Mapping[int, OwnField] = MappingProxyType({})) -> Table:
    """Each column, what it is taken for, how that was decided, a value or two.

    `offers` say of columns that are left out what else they could be, by place.
    """
    shown = sorted(
        listed.layout.columns,
        key=lambda each: (not listed.takes(each.meaning), each.index not in offers, each.index),
    )
    rows = [_column(listed, each, offers.get(each.index)) for each in shown[:SHOWN]]
    if len(shown) > SHOWN:
        rows.append((f"and {len(shown) - SHOWN} more", "ignored", "", ""))
    return Table(
        title=f"Columns{correction(listed)}",
        columns=("column", "is", "decided by", "for example"),
        rows=tuple(rows),
    )


def _column(listed: Listed, column: Column, offer: OwnField | None) -> tuple[str, str, str, str]:
    said = one_line(column.title, longest=LONGEST)
    if column.meaning and listed.takes(column.meaning):
        words = one_line(label(column.meaning), longest=LONGEST)
        return said, words, HOW[column.how], samples(column)
    if column.meaning:
        why = listed.ignores(column.meaning)
    else:
        why = "I wrote it myself" if of_ours(column) else _offered(offer) or column.why
    return said, "ignored", why, samples(column)


def _offered(field: OwnField | None) -> str:
    if field is None:
        return ""
    where = dict.fromkeys(title(each.system) for each in field.places)
    return f"{listing(where)} {'has' if len(where) == 1 else 'have'} a field of that name"


def samples(column: Column) -> str:
    """A value or two, as far as everybody may see them."""
    open_ = column.meaning in OPEN
    return ", ".join(
        masked(one_line(each, longest=LONGEST)) if open_ else veiled(each) for each in column.samples
    )


def veiled(value: str) -> str:
    """A value whose kind can be seen and whose person cannot: `J… D…`, `j…@acme.com`, `+49…`."""
    words = one_line(value, longest=LONGEST).split()
    return " ".join(masked(word) if "@" in word.strip("@") else _start(word) for word in words[:3])


def _start(word: str) -> str:
    if word.startswith(("+", "00")):
        return f"{word[:3]}…"
    return f"{word[0]}…" if len(word) > 1 else word


def correction(listed: Listed) -> str:
    """How to put the mapping right in words, with a column of this very file; "" where there is one only."""
    columns = [each for each in listed.layout.columns if not of_ours(each)]
    others = [each for each in columns if each.meaning != "address"]
    if not others:
        return ""
    doubtful = next((each for each in others if not each.meaning), others[-1])
    other = next((each for each in others if each.meaning and each is not doubtful), None)
    said = f"{one_line(doubtful.spoken, longest=LONGEST)} is the {listed.supposed}"
    if other:
        said += f", ignore {one_line(other.spoken, longest=LONGEST)}"
    return f". If a column is read wrongly, say so: “{said}”"


def not_written(scan: Scan, fitting: Fitting) -> Table:
    """The fields of the file that a system does not let us write on some records, each with the reason."""
    rows = [
        (words, title(system), object, why)
        for system in fitting.readers
        for object in OBJECTS.get(system, ())
        for words, name in (
            *((LABELS[name], name) for name in fields_of(scan)),
            *((each.words, each.name_in(system, object) or each.words) for each in scan.own),
        )
        if (why := fitting.why_not(system, object, name))
    ]
    return Table(title="Not written", columns=("field", "system", "records", "why"), rows=tuple(rows))


def fields_of(scan: Scan) -> tuple[CanonicalField, ...]:
    """The fields that the file has a column for and an import writes."""
    held = {each.meaning for each in scan.layout.columns}
    if "full_name" in held:
        held |= {"first_name", "last_name"}
    return tuple(name for name in TAKEN if name in held)


def offer(listed: Listed, offers: Mapping[int, OwnField]) -> Iterator[str]:
    """How to have columns written that are called as a field of some vendor is."""
    open_ = [each for each in listed.layout.columns if each.index in offers]
    if open_:
        said = ", ".join(f"{each.spoken} is {offers[each.index].words}" for each in open_[:OFFERED])
        more = f" (and so on for {len(open_) - OFFERED} more)" if len(open_) > OFFERED else ""
        one = len(open_) == 1
        what = "One column has the name of a field" if one else f"{len(open_)} columns have names of fields"
        them = "it" if one else "them"
        yield f"{what} that not every system has; to have {them} written, say “{said}”{more}."
