"""People out of a file as they really send it: a layout, then row by row who it is or why nobody.

The import of lists and the suppression of addresses read files through this one room.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import Literal

from tools.errors import InvalidArguments
from tools.rules.email_key import normalise
from tools.rules.header_mapping import Layout, layout
from tools.rules.header_words import Meaning, Reading
from tools.rules.names_of_people import split_name
from tools.rules.tabular import HEAD, Line, lines

Consent = Literal["", "opted in", "opted out"]

YES = frozenset({"true", "yes", "y", "1", "x", "t", "on", "ja", "oui", "si", "sí", "wahr", "vrai"})
NO = frozenset({"false", "no", "n", "0", "f", "off", "nein", "non", "falsch", "faux"})
_IN = frozenset({
    "opted in", "opt in", "optin", "subscribed", "active", "consented", "express", "yes", "angemeldet",
    "abonné",
    "suscrito",
})  # fmt: skip
_OUT = frozenset({
    "opted out", "opt out", "optout", "unsubscribed", "suppressed", "do not email", "complained",
    "abgemeldet",
    "désabonné", "baja", "unsubscribe", "do not contact", "do not mail", "withdrawn", "revoked", "refused",
    "declined", "objected",
})  # fmt: skip
_NOTHING = frozenset({
    "", "-", "--", "n/a", "na", "#n/a", "none", "null", "nil", "nan", "unknown", "tbd", "?", ".", "k.a.",
    "unbekannt",
    "inconnu", "not provided", "not available", "#ref!", "#value!", "(blank)",
})  # fmt: skip
_TOTALS = re.compile(
    r"(?:grand\s+|sub-?)?totals?\b|summe\b|gesamt\b|somme\b|sum\b|count\b|anzahl\b|nombre\b", re.IGNORECASE
)
_ONE = re.compile(r"[^\s@<>,;|\"'()]+@[^\s@<>,;|\"'()]+")
_SLACK = re.compile(r"<mailto:([^<>|\s]+)(?:\|[^<>]*)?>")
_TEXT_IDIOM = re.compile(r'="([^"]*)"')
_RUN_BY_SHEETS = "=+@＝＋＠\t\r"
LONGEST = 500  # letters of a value; what is longer is no field of a person


@dataclass(frozen=True, slots=True)
class FileRow:
    """One row that is not blank: its line and cells, whom it names, what it says, what is wrong with it."""

    line: int
    cells: tuple[str, ...]
    addresses: tuple[str, ...] = ()  # normalised, each once
    # by canonical field, or by the words for a vendor's own; cleaned, empty ones left out
    values: Mapping[str, str] = field(default_factory=dict)
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


def clean(value: str) -> str:
    """A cell as a value: nothing for the ways of writing nothing, no formula, blanks made one."""
    text = " ".join(value.split())
    if idiom := _TEXT_IDIOM.fullmatch(text):
        text = idiom[1]
    text = text.removeprefix("'")
    if text.casefold() in _NOTHING:
        return ""
    return text if _is_phone(text) else text.lstrip(_RUN_BY_SHEETS + " ")[:LONGEST]


def addresses_in(cell: str) -> tuple[str, ...]:
    """Every address in a cell, normalised, also written as `Jane <jane@acme.com>` or as Slack does."""
    found: dict[str, None] = {}
    for each in _ONE.findall(_SLACK.sub(r" \1 ", cell)):
        try:
            found[normalise(each.removeprefix("mailto:").strip(".'"))] = None
        except InvalidArguments:
            continue
    return tuple(found)


def _is_phone(text: str) -> bool:
    return text.startswith("+") and bool(
        re.fullmatch(r"\+[\d\s()./x-]+(?:ext\.?\s*\d+)?", text, re.IGNORECASE)
    )


@dataclass(frozen=True, slots=True)
class _Places:
    """A layout with what every row needs looked up once."""

    layout: Layout
    address: int
    consent: Sequence[tuple[Meaning, tuple[int, ...]]]

    @classmethod
    def of(cls, found: Layout) -> "_Places":
        """The places of a layout that has an address."""
        told = [(meaning, found.where(meaning)) for meaning in _SAYS]
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
    values = _values(line, places.layout)
    if addresses:
        values["address"] = addresses[0]
    return FileRow(
        line=line.number,
        cells=line.cells,
        addresses=addresses,
        values=values,
        consent=_consent(line, places),
        problem=_problem(line, places.layout, told, addresses),
    )


def _problem(line: Line, found: Layout, told: str, addresses: Sequence[str]) -> str:
    if not addresses:
        return _without_address(line, told)
    if len(addresses) > 1:
        return f"{len(addresses)} addresses in one cell; put each person on a row of their own"
    width = len(found.titles)
    if width and any(line.cells[width:]):
        return f"{len(line.cells)} cells where the header has {width}: probably a comma outside quotes"
    return ""


def _without_address(line: Line, told: str) -> str:
    first = next((cell for cell in line.cells if cell), "")
    if _TOTALS.match(first):
        return "a row of totals"
    return "not an e-mail address" if clean(told) else "no e-mail address"


def _values(line: Line, found: Layout) -> dict[str, str]:
    """Values by canonical field; a whole name is split unless the parts have columns of their own."""
    values: dict[str, str] = {}
    for column in found.columns:
        cell = clean(_cell(line, column.index))
        if not cell or column.meaning in {None, "address", "opted_in", "opted_out", "consent_status"}:
            continue
        if column.meaning == "full_name":
            first, last = split_name(cell)
            values.update({key: part for key, part in (("first_name", first), ("last_name", last)) if part})
        else:
            values[str(column.meaning)] = cell
    return values


def _consent(line: Line, places: _Places) -> Consent:
    """What the row says of consent. An opt-out is taken before whatever else it says."""
    no = [_says(line, meaning, where) for meaning, where in places.consent]
    return "opted out" if "opted out" in no else "opted in" if "opted in" in no else ""


_SAYS: Mapping[Meaning, Mapping[Consent, frozenset[str]]] = {
    "opted_in": {"opted in": YES | _IN, "opted out": _OUT},
    "opted_out": {"opted in": NO, "opted out": YES | _OUT},
    "consent_status": {"opted in": _IN, "opted out": _OUT},
}


def _says(line: Line, meaning: Meaning, where: Sequence[int]) -> Consent:
    cells = {_word(_cell(line, index)) for index in where}
    for consent in ("opted out", "opted in"):
        if cells & _SAYS[meaning][consent]:
            return consent
    return ""


def _word(cell: str) -> str:
    return " ".join(re.sub(r"[^\w]+", " ", cell.casefold()).replace("_", " ").split())


def _cell(line: Line, index: int) -> str:
    return line.cells[index] if index < len(line.cells) else ""
