"""Addresses out of a file people attach: any common encoding and delimiter, a header or none, junk between.

A row that says the person opted in is kept apart: a file can only ever add restrictions. Nothing of a file is
held whole beside its bytes; rows are read one at a time.
"""

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import TextIO

from tools.errors import InvalidArguments
from tools.rules.email_key import normalise
from tools.rules.plain_text import one_line

SAMPLE = 50  # rows looked at to find the delimiter and the column
_DELIMITERS = (",", ";", "\t", "|")
_MAGIC: Mapping[bytes, str] = {
    b"PK\x03\x04": "That is a workbook or a zip archive",
    b"\xd0\xcf\x11\xe0": "That is an old Excel workbook",
    b"%PDF": "That is a PDF",
    b"\x1f\x8b": "That is a compressed file",
}
_SAVE_AS = "Save it as CSV with one address per row and attach that."
_ADDRESS_NAMES = frozenset({
    "email", "e mail", "mail", "email address", "e mail address", "emailaddress", "mailaddress", "email id",
    "work email", "business email", "contact email", "person email", "recipient", "e mail adresse",
    "email adresse", "adresse e mail", "adresse mail", "courriel", "correo", "correo electronico", "address",
})  # fmt: skip
_OPT_IN_NAMES = frozenset(
    {"opt in", "opted in", "optin", "subscribed", "consent", "email opt in", "marketable"}
)
_OPT_OUT_NAMES = frozenset({
    "opt out", "opted out", "optout", "unsubscribed", "has opted out of email", "hasoptedoutofemail",
    "email opt out", "do not email", "suppressed",
})  # fmt: skip
_STATUS_NAMES = frozenset({"status", "subscription status", "email status", "opt status", "consent status"})
_YES = frozenset({"true", "yes", "y", "1", "x", "t", "on"})
_NO = frozenset({"false", "no", "n", "0", "f", "off"})
_IN_WORDS = frozenset({"opted in", "opt in", "optin", "subscribed", "active", "consented", "express", "yes"})
_LOOKS_LIKE = re.compile(r"[^\s@<>\"]+@[^\s@<>\"]+\.[^\s@<>\"]+")
_WRAPPED = re.compile(r"<(?:mailto:)?([^<>|\s]+@[^<>|\s]+)(?:\|[^<>]*)?>")


@dataclass(frozen=True, slots=True)
class ContactRow:
    """One row that is not empty: its line, the normalised address ("" for junk), whether it says opted in."""

    line: int
    address: str
    opted_in: bool = False


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where things are: the address column, and the columns that speak of consent."""

    address: int
    header: bool
    opt_in: tuple[int, ...] = ()
    opt_out: tuple[int, ...] = ()
    status: tuple[int, ...] = ()


def read(content: bytes, *, name: str) -> Iterator[ContactRow]:
    """The rows of a CSV. Raises `InvalidArguments` when it is empty, no text, or holds no addresses."""
    _refuse_binary(content, name)
    text = io.TextIOWrapper(io.BytesIO(content), encoding=_encoding(content), errors="replace", newline="")
    yield from _rows(text, name)


def _refuse_binary(content: bytes, name: str) -> None:
    if not content.strip(b"\x00\xef\xbb\xbf\xff\xfe \r\n\t"):
        raise InvalidArguments("The file is empty", on=name, do="Attach one with an address per row.")
    for magic, what in _MAGIC.items():
        if content.startswith(magic):
            raise InvalidArguments(what, on=name, do=_SAVE_AS)
    if b"\x00" in content[:4096] and not _encoding(content).startswith("utf-16"):
        raise InvalidArguments("That is not a text file", on=name, do=_SAVE_AS)


def _encoding(content: bytes) -> str:
    """UTF-8 with or without mark, UTF-16 with or without mark, else the Western encoding Excel writes."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    head = content[:4096]
    if head[1::2].count(0) > len(head) // 4:
        return "utf-16-le"
    if head[0::2].count(0) > len(head) // 4:
        return "utf-16-be"
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return "latin-1"
    return "utf-8-sig"


def _rows(text: TextIO, name: str) -> Iterator[ContactRow]:
    reader = csv.reader(text, delimiter=_delimiter(text))
    try:
        first = list(islice(((reader.line_num, row) for row in reader if any(map(str.strip, row))), SAMPLE))
        layout = _layout([row for _, row in first], name)
        rest = ((reader.line_num, row) for row in reader if any(map(str.strip, row)))
        for line, row in islice(chain(first, rest), 1 if layout.header else 0, None):
            yield _row(line, row, layout)
    except csv.Error as error:
        raise InvalidArguments(
            "The file cannot be read as CSV", on=name, do=_SAVE_AS, detail=str(error)
        ) from error


def _delimiter(text: TextIO) -> str:
    """The delimiter that splits the first lines into the most columns; the text is put back at its start."""
    head = "".join(islice(text, SAMPLE))
    text.seek(0)
    return max(_DELIMITERS, key=head.count)


def _layout(sample: Sequence[Sequence[str]], name: str) -> _Layout:
    titles = [_title(cell) for cell in sample[0]] if sample else []
    header = not any(_LOOKS_LIKE.search(cell) for cell in (sample[0] if sample else ()))
    named = [index for index, title in enumerate(titles) if title in _ADDRESS_NAMES] if header else []
    column = _fullest(sample[1:] if header else sample, named)
    if column is None and not (named and len(sample) == 1):
        raise InvalidArguments(
            "No column of the file holds addresses",
            on=f"{name}: {one_line(', '.join(sample[0] if sample else ()))}",
            do="Add a column called Email, one address per row.",
        )
    return _Layout(
        address=named[0] if column is None else column,
        header=header,
        opt_in=_columns(titles, _OPT_IN_NAMES) if header else (),
        opt_out=_columns(titles, _OPT_OUT_NAMES) if header else (),
        status=_columns(titles, _STATUS_NAMES) if header else (),
    )


def _fullest(rows: Sequence[Sequence[str]], named: Sequence[int]) -> int | None:
    """The column with the most addresses, a named one before the others; None when none has any."""
    width = max((len(row) for row in rows), default=0)
    held = {
        index: sum(1 for row in rows if index < len(row) and _LOOKS_LIKE.search(row[index]))
        for index in range(width)
    }
    candidates = [index for index in named if held.get(index)] or [index for index in held if held[index]]
    return max(candidates, key=lambda index: held[index], default=None)


def _columns(titles: Sequence[str], names: frozenset[str]) -> tuple[int, ...]:
    return tuple(index for index, title in enumerate(titles) if title in names)


def _title(cell: str) -> str:
    return " ".join(re.sub(r"[^a-z0-9]+", " ", cell.strip().lower()).split())


def _row(line: int, row: Sequence[str], layout: _Layout) -> ContactRow:
    return ContactRow(line, _address(_cell(row, layout.address)), _opted_in(row, layout))


def _cell(row: Sequence[str], index: int) -> str:
    return row[index] if index < len(row) else ""


def _address(cell: str) -> str:
    """The address in a cell, also when it is written as `Jane <jane@acme.com>`; "" when there is none."""
    wrapped = _WRAPPED.search(cell)
    try:
        return normalise(wrapped[1] if wrapped else cell.strip().strip("'\";,"))
    except InvalidArguments:
        return ""


def _opted_in(row: Sequence[str], layout: _Layout) -> bool:
    return (
        any(_title(_cell(row, index)) in _YES for index in layout.opt_in)
        or any(_title(_cell(row, index)) in _NO for index in layout.opt_out)
        or any(_title(_cell(row, index)) in _IN_WORDS for index in layout.status)
    )
