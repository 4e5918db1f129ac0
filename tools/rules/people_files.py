"""People out of a file as they really send it: a layout, then row by row who it is or why nobody.

The import of lists and the suppression of addresses read files through this one room.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice

from tools.errors import InvalidArguments
from tools.rules.consent_cells import STRICTEST_FIRST, Consent, consent_said
from tools.rules.header_mapping import SPEAK_OF_CONSENT, Layout, has_address, layout
from tools.rules.header_words import Meaning, Reading
from tools.rules.list_cells import addresses_in, clean, lost
from tools.rules.names_of_people import split_name
from tools.rules.tabular import HEAD, Line, lines

_TOTALS = re.compile(
    r"(?:grand\s+|sub-?)?totals?\b|summe\b|gesamt\b|somme\b|sum\b|count\b|anzahl\b|nombre\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class FileRow:
    """One row that is not blank: its line and cells, whom it names, what it says, what is wrong with it."""

    line: int
    cells: tuple[str, ...]
    addresses: tuple[str, ...] = ()  # normalised, each once
    # by canonical field, or by the words for a vendor's own; cleaned, empty ones left out
    values: Mapping[str, str] = field(default_factory=dict)
    unread: Mapping[str, str] = field(default_factory=dict)  # likewise: why a cell is no value any more
    consent: Consent = ""
    problem: str = ""  # why it cannot be taken as one person; "" when it can


@dataclass(frozen=True, slots=True)
class PeopleFile:
    """A file opened: its layout, and its rows, to be read once."""

    layout: Layout
    rows: Iterator[FileRow]


def open_file(content: bytes, name: str, said: Mapping[str, Reading | None] | None = None) -> PeopleFile:
    """Find the layout and make ready to stream. Raises `InvalidArguments` for what is no list of people.

    `said` is what a person said of columns, by title or number; None leaves one out.
    """
    source = lines(content, name)
    head = list(islice(source, HEAD))
    if not head:
        raise InvalidArguments("The file is empty", on=name, do="Attach one with an address per row.")
    found = layout(head, name, said)
    return PeopleFile(found, _rows(chain(head, source), found))


@dataclass(frozen=True, slots=True)
class _Places:
    """A layout with what every row needs looked up once."""

    layout: Layout
    address: int
    consent: Sequence[tuple[Meaning, tuple[int, ...]]]

    @classmethod
    def of(cls, found: Layout) -> "_Places":
        """The places of a layout that has an address."""
        told = [(meaning, found.where(meaning)) for meaning in SPEAK_OF_CONSENT]
        return cls(found, found.where("address")[0], [each for each in told if each[1]])


def _rows(source: Iterator[Line], found: Layout) -> Iterator[FileRow]:
    places = _Places.of(found)
    for line in source:
        if line.number > found.header and line.cells != found.titles:
            yield _row(line, places)
        elif line.number > found.header and found.titles:
            yield FileRow(line.number, line.cells, problem="the header once more")


def _row(line: Line, places: _Places) -> FileRow:
    told = _cell(line, places.address)
    addresses = addresses_in(told)
    values, unread = _values(line, places.layout)
    if addresses:
        values["address"] = addresses[0]
    return FileRow(
        line=line.number,
        cells=line.cells,
        addresses=addresses,
        values=values,
        unread=unread,
        consent=_consent(line, places),
        problem=_problem(line, places.layout, told, addresses),
    )


def _problem(line: Line, found: Layout, told: str, addresses: Sequence[str]) -> str:
    if swallowed := _swallowed(line, found):
        return (
            f"a quotation mark is opened here and closed too late: {swallowed} more lines stand in one cell"
        )
    if not addresses:
        return _without_address(line, told)
    if len(addresses) > 1:
        return f"{len(addresses)} addresses in one cell; put each person on a row of their own"
    width = len(found.titles)
    if width and any(line.cells[width:]):
        return f"{len(line.cells)} cells where the header has {width}: probably a comma outside quotes"
    return ""


def _swallowed(line: Line, found: Layout) -> int:
    """How many lines with an address one cell has swallowed, where that leaves the row too few or many."""
    if len(line.cells) == len(found.titles) or not found.titles:
        return 0
    return max(
        (sum(map(has_address, cell.splitlines()[1:])) for cell in line.cells if "\n" in cell or "\r" in cell),
        default=0,
    )


def _without_address(line: Line, told: str) -> str:
    first = next((cell for cell in line.cells if cell), "")
    if _TOTALS.match(first):
        return "a row of totals"
    return "not an e-mail address" if clean(told) else "no e-mail address"


def _values(line: Line, found: Layout) -> tuple[dict[str, str], dict[str, str]]:
    """Values by canonical field, a whole name split; and why a cell holds its value no more."""
    values: dict[str, str] = {}
    unread: dict[str, str] = {}
    for column in found.columns:
        raw = _cell(line, column.index)
        if not raw or column.meaning in {None, "address", *SPEAK_OF_CONSENT}:
            continue
        if why := lost(raw):
            unread["last_name" if column.meaning == "full_name" else str(column.meaning)] = why
        elif not (cell := clean(raw)):
            continue
        elif column.meaning == "full_name":
            first, last = split_name(cell)
            values.update({key: part for key, part in (("first_name", first), ("last_name", last)) if part})
        else:
            values[str(column.meaning)] = cell
    return values, unread


def _consent(line: Line, places: _Places) -> Consent:
    """What the row says of consent, the strictest of its cells."""
    said = {consent_said(meaning, _cell(line, at)) for meaning, where in places.consent for at in where}
    return next((each for each in STRICTEST_FIRST if each in said), "")


def _cell(line: Line, index: int) -> str:
    return line.cells[index] if index < len(line.cells) else ""
