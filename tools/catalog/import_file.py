"""The file of an import: looked through before anything is asked of a vendor, then read again in blocks."""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b

from tools.answer import File
from tools.catalog.across import listing
from tools.context import ToolContext
from tools.errors import InvalidArguments
from tools.rules.column_words import said_of_columns
from tools.rules.duplicates import FREE_MAIL
from tools.rules.header_mapping import Layout, label
from tools.rules.header_words import Meaning
from tools.rules.people_files import FileRow, open_file
from tools.rules.person_fields import CanonicalField
from tools.rules.plain_text import neutral_cell, one_line
from tools.rules.quality import fault

OPTED_OUT = "the file says that they opted out"
LINE, WHY = "line", "why it was not imported"  # what the file of rejected rows has before the file's columns
REJECTED = "-not-imported"
TAKEN: tuple[CanonicalField, ...] = (
    "first_name", "last_name", "company", "title", "phone", "country", "state", "city", "postal_code",
    "industry", "employees", "lead_source", "website",
)  # fmt: skip
# What a column can be for an import besides a field it writes.
READ: tuple[Meaning, ...] = (
    "address", "full_name", "member_status", "opted_in", "opted_out", "consent_status",
)  # fmt: skip
_NUMBERS = re.compile(r"\d+")


@dataclass(slots=True)
class Scan:
    """What a file holds, counted. `first` is the line on which an address stands first, by its hash."""

    name: str
    content: bytes
    layout: Layout
    said: Mapping[str, Meaning | None] = field(default_factory=dict)
    rows: int = 0
    people: int = 0
    without_company: int = 0
    without_last_name: int = 0
    said_opted_in: int = 0
    free_mail: int = 0
    left_out: Counter[str] = field(default_factory=Counter)  # reason without its numbers -> rows
    faults: Counter[str] = field(default_factory=Counter)  # what is odd about an address -> people
    first: dict[int, int] = field(default_factory=dict)

    @property
    def problems(self) -> int:
        """Rows that are left out by what stands in the file."""
        return self.left_out.total()

    def good(self) -> Iterator[FileRow]:
        """The rows to be imported, one for each person, streamed."""
        return (row for row, why in self.judged() if not why)

    def bad(self) -> Iterator[tuple[FileRow, str]]:
        """The rows that are left out, each with the reason."""
        return ((row, why) for row, why in self.judged() if why)

    def judged(self) -> Iterator[tuple[FileRow, str]]:
        """Every row with the reason why it is left out; "" when it is not."""
        for row in open_file(self.content, self.name, self.said).rows:
            yield row, self.why_not(row)

    def why_not(self, row: FileRow) -> str:
        """Why a row is left out; "" when it is not."""
        if row.problem:
            return row.problem
        first = self.first.get(_hash(row.addresses[0]), row.line)
        if first != row.line:
            return f"the same address as line {first}"
        return OPTED_OUT if row.consent == "opted out" else ""

    def holds(self, address: str) -> bool:
        """Whether a row of the file has this address, normalised."""
        return _hash(address) in self.first


def scanned(context: ToolContext, name: str, columns: Sequence[str] = ()) -> Scan:
    """Find the attachment and look it through, its columns read as `columns` say.

    Raises `InvalidArguments` for what is no list of people, and where the meaning of a column is a guess.
    """
    content, found = _attached(context, name)
    said = said_of_columns(columns)
    _require_taken(said)
    opened = open_file(content, found, said)
    _require_sure(opened.layout)
    scan = Scan(found, content, opened.layout, said)
    for row in opened.rows:
        _count(scan, row)
    if not scan.rows:
        raise InvalidArguments(
            "The file has a header and no rows", on=found, do="Attach one with people in it."
        )
    return scan


def taken(meaning: Meaning | None) -> bool:
    """Whether an import does anything with a column of that meaning."""
    return meaning in TAKEN or meaning in READ


def _require_taken(said: Mapping[str, Meaning | None]) -> None:
    """What a person said a column is has to be something that an import can write."""
    for title, meaning in said.items():
        if meaning and not taken(meaning):
            raise InvalidArguments(
                f"An import never writes the {label(meaning).lower()} of a person",
                on=one_line(title, longest=60),
                do=f"It writes: {', '.join(label(each).lower() for each in TAKEN)}.",
            )


def _require_sure(layout: Layout) -> None:
    """A guess between columns is asked about before anything is read of a vendor."""
    if not layout.rivals:
        return
    titles = [each.title for each in layout.rivals]
    several = len(titles) > 1
    raise InvalidArguments(
        f"{len(titles)} columns could be the address"
        if several
        else "No column is called an address, and one holds what looks like addresses",
        on=listing(f"“{each}”" for each in titles),
        do="Which one is it?" if several else "Is it the one?",
        choices=tuple(f"column “{each}” is the address" for each in titles[:5]),
    )


def _count(scan: Scan, row: FileRow) -> None:
    scan.rows += 1
    if row.addresses and not row.problem:
        scan.first.setdefault(_hash(row.addresses[0]), row.line)
    if why := scan.why_not(row):
        scan.left_out[sort_of(why)] += 1
        return
    scan.people += 1
    address = row.addresses[0]
    scan.without_company += "company" not in row.values
    scan.without_last_name += "last_name" not in row.values
    scan.said_opted_in += row.consent == "opted in"
    scan.free_mail += address.rpartition("@")[2] in FREE_MAIL
    if odd := fault("address", address):
        scan.faults[odd] += 1


def sort_of(why: str) -> str:
    """A reason without what is different in every row: `the same address as line 4` stands for all such."""
    if why.startswith("the same address"):
        return "the same address as an earlier line"
    return _NUMBERS.sub("several", why, count=1).partition(";")[0] if why[:1].isdigit() else why


def _attached(context: ToolContext, name: str) -> tuple[bytes, str]:
    files = context.files
    by_name = {each.casefold(): file for each, file in files.items()}
    file = by_name.get(name.strip().casefold()) or (next(iter(files.values())) if len(files) == 1 else None)
    if file is None:
        attached = listing(files)
        raise InvalidArguments(
            "That file is not attached" if files else "There is no file attached",
            on=one_line(name, longest=80),
            do=f"Attached: {attached}." if attached else "Attach the list as CSV or XLSX to the request.",
            choices=tuple(files),
        )
    return file.content, one_line(file.name, longest=80)


def left_out_file(scan: Scan, ignored: Mapping[int, str]) -> File:
    """The rows that were not imported, as they stand in the file, each with its line and the reason.

    `ignored` are reasons by line that were found only at the vendors: opted out, purged before. Put right,
    the file can be imported as it is: its own two columns are left out, also when they come round again.
    """
    text = io.StringIO()
    writer = csv.writer(text)
    titles = _titles(scan)
    own = {at for at, title in enumerate(titles) if title in {LINE, WHY}}
    writer.writerow([LINE, WHY, *(neutral_cell(each) for at, each in enumerate(titles) if at not in own)])
    for row, why in scan.judged():
        if why := why or ignored.get(row.line, ""):
            cells = (neutral_cell(each) for at, each in enumerate(row.cells) if at not in own)
            writer.writerow([row.line, why, *cells])
    stem = (scan.name.rpartition(".")[0] or scan.name).removesuffix(REJECTED)
    return File(name=f"{stem}{REJECTED}.csv", content=text.getvalue().encode("utf-8-sig"))


def _titles(scan: Scan) -> Sequence[str]:
    if scan.layout.titles:
        return scan.layout.titles
    last = max((each.index for each in scan.layout.columns), default=-1)
    return [f"column {at}" for at in range(1, last + 2)]


def _hash(address: str) -> int:
    return int.from_bytes(blake2b(address.encode(), digest_size=8).digest())
