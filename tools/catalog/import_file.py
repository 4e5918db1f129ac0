"""The file of an import: looked through before anything is asked of a vendor, then read again in blocks."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b

from tools.answer import File
from tools.catalog.across import listing
from tools.context import ToolContext
from tools.errors import InvalidArguments
from tools.rules.header_mapping import Layout
from tools.rules.people_files import FileRow, open_file
from tools.rules.plain_text import neutral_cell, one_line

OPTED_OUT = "the file says that they opted out"


@dataclass(slots=True)
class Scan:
    """What a file holds, counted. `first` is the line on which an address stands first, by its hash."""

    name: str
    content: bytes
    layout: Layout
    rows: int = 0
    people: int = 0
    problems: int = 0
    without_company: int = 0
    without_last_name: int = 0
    said_opted_in: int = 0
    first: dict[int, int] = field(default_factory=dict)

    def good(self) -> Iterator[FileRow]:
        """The rows to be imported, one for each person, streamed."""
        return (row for row, why in self._judged() if not why)

    def bad(self) -> Iterator[tuple[FileRow, str]]:
        """The rows that are left out, each with the reason."""
        return ((row, why) for row, why in self._judged() if why)

    def _judged(self) -> Iterator[tuple[FileRow, str]]:
        for row in open_file(self.content, self.name).rows:
            yield row, self.why_not(row)

    def why_not(self, row: FileRow) -> str:
        """Why a row is left out; "" when it is not."""
        if row.problem:
            return row.problem
        first = self.first.get(_hash(row.addresses[0]), row.line)
        if first != row.line:
            return f"the same address as line {first}"
        return OPTED_OUT if row.consent == "opted out" else ""


def scanned(context: ToolContext, name: str) -> Scan:
    """Find the attachment and look it through. Raises `InvalidArguments` for what is no list of people."""
    content, found = _attached(context, name)
    opened = open_file(content, found)
    scan = Scan(found, content, opened.layout)
    for row in opened.rows:
        _count(scan, row)
    if not scan.rows:
        raise InvalidArguments(
            "The file has a header and no rows", on=found, do="Attach one with people in it."
        )
    return scan


def _count(scan: Scan, row: FileRow) -> None:
    scan.rows += 1
    if row.addresses and not row.problem:
        scan.first.setdefault(_hash(row.addresses[0]), row.line)
    if scan.why_not(row):
        scan.problems += 1
        return
    scan.people += 1
    scan.without_company += "company" not in row.values
    scan.without_last_name += "last_name" not in row.values
    scan.said_opted_in += row.consent == "opted in"


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

    `ignored` are reasons by line that were found only at the vendors: opted out, purged before.
    """
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["line", "why it was not imported", *map(neutral_cell, _titles(scan))])
    for row, why in _with_reasons(scan, ignored):
        writer.writerow([row.line, why, *map(neutral_cell, row.cells)])
    stem = scan.name.rpartition(".")[0] or scan.name
    return File(name=f"{stem}-not-imported.csv", content=text.getvalue().encode("utf-8-sig"))


def _with_reasons(scan: Scan, ignored: Mapping[int, str]) -> Iterator[tuple[FileRow, str]]:
    for row in open_file(scan.content, scan.name).rows:
        if why := scan.why_not(row) or ignored.get(row.line, ""):
            yield row, why


def _titles(scan: Scan) -> Sequence[str]:
    return scan.layout.titles or [each.title for each in scan.layout.columns]


def _hash(address: str) -> int:
    return int.from_bytes(blake2b(address.encode(), digest_size=8).digest())
