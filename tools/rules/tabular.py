"""Lines out of a file that people attach: CSV in any common encoding and delimiter, or a workbook.

Only bytes and cells are known here; what a column means is `tools.rules.header_mapping`. Lines are read one
at a time, so that a file of any length takes no more memory than its bytes.
"""

import csv
import io
import re
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import islice
from typing import TYPE_CHECKING, TextIO

from tools.errors import InvalidArguments
from tools.rules.encodings import WORKBOOKS, encoding, opened

if TYPE_CHECKING:
    from python_calamine import CalamineSheet, CalamineWorkbook

HEAD = 50  # lines looked at to find the delimiter, the sheet and the header
UNPACKED = 400 * 1024 * 1024  # bytes a workbook may hold once unpacked: a small file can hide a huge one
LOOKS_LIKE_ADDRESS = re.compile(r"[^\s@<>\"]+@[^\s@<>\"]+\.[^\s@<>\"]+")
_DELIMITERS = (",", ";", "\t", "|")
_MAGIC: Mapping[bytes, str] = {
    b"%PDF": "That is a PDF",
    b"\x1f\x8b": "That is a compressed file",
    b"7z\xbc\xaf": "That is a compressed file",
    b"Rar!": "That is a compressed file",
    b"GIF8": "That is a picture",
    b"{\\rtf": "That is a text document",
    b"BEGIN:VCARD": "Those are business cards (vCard)",
    b"\x89PNG": "That is a picture",
    b"\xff\xd8\xff": "That is a picture",
}
# What some systems export under the name of a spreadsheet: HTML and XML, or JSON.
_MARKUP = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:(<(?:[!?]|html|table|body))|[\[{]\s*[\[{\"])", re.IGNORECASE)
_LOCKED = "EncryptedPackage".encode("utf-16-le")  # the stream that holds a workbook with a password
LOCKED = "The workbook is protected with a password"
SAVE_AS = "Save it as CSV or XLSX with one person per row and attach that."


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a file: its number there, from 1, and its cells as text, trimmed."""

    number: int
    cells: tuple[str, ...]

    @property
    def blank(self) -> bool:
        """Whether nothing stands on it."""
        return not any(self.cells)


def lines(content: bytes, name: str) -> Iterator[Line]:
    """The lines that are not blank, streamed. Raises `InvalidArguments`, with what to do, for what is none.

    Of a workbook the first visible sheet with an address near its top is taken, else the first with anything.
    """
    if not content.strip(b"\x00\xef\xbb\xbf\xff\xfe \r\n\t"):
        raise InvalidArguments("The file is empty", on=name, do="Attach one with an address per row.")
    if content.startswith(WORKBOOKS):
        yield from _workbook(content, name)
        return
    _refuse_binary(content, name)
    yield from _text(content, name)


def _refuse_binary(content: bytes, name: str) -> None:
    for magic, what in _MAGIC.items():
        if content.startswith(magic):
            raise InvalidArguments(what, on=name, do=SAVE_AS)
    if mark := _MARKUP.match(content):
        what = "That is a web page or XML, whatever its name says" if mark[1] else "That is JSON"
        raise InvalidArguments(what, on=name, do=f"Open it in Excel or your editor. {SAVE_AS}")
    if b"\x00" in content[:4096] and not encoding(content).startswith("utf-16"):
        raise InvalidArguments("That is not a text file", on=name, do=SAVE_AS)


def _text(content: bytes, name: str) -> Iterator[Line]:
    text = opened(content)
    delimiter, skipped = _delimiter(text)
    reader = csv.reader(text, delimiter=delimiter)
    begun = skipped
    try:
        for row in reader:
            line = Line(begun + 1, tuple(map(str.strip, row)))
            begun = skipped + reader.line_num
            if not line.blank:
                yield line
    except csv.Error as error:
        raise InvalidArguments(
            "The file cannot be read as CSV",
            on=f"{name}, from line {begun + 1}",
            do=f"A quotation mark is probably opened there and never closed. {SAVE_AS}",
            detail=str(error),
        ) from error


def _delimiter(text: TextIO) -> tuple[str, int]:
    """The delimiter, and the lines to leave out because they only name it; the text stands after them."""
    first = text.readline()
    if named := re.fullmatch(r"sep=(.)\s*", first, re.IGNORECASE):
        return named[1], 1
    text.seek(0)
    head = list(islice(text, HEAD))
    text.seek(0)
    return max(_DELIMITERS, key=lambda each: _evenness(head, each)), 0


def _evenness(head: Sequence[str], delimiter: str) -> tuple[int, int, int]:
    """How well a delimiter splits: lines that have the most usual width above one, that width, its count."""
    try:
        widths = [len(row) for row in csv.reader(head, delimiter=delimiter) if any(map(str.strip, row))]
    except csv.Error:
        widths = [line.count(delimiter) + 1 for line in head]
    usual = Counter(width for width in widths if width > 1).most_common(1)
    width, alike = usual[0] if usual else (1, 0)
    return alike, width, sum(line.count(delimiter) for line in head)


def _workbook(content: bytes, name: str) -> Iterator[Line]:
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError

    _refuse_archive(content, name)
    if _LOCKED in content:
        raise InvalidArguments(LOCKED, on=name, do="Save it without one and attach that.")
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        sheet = _sheet(book)
        for number, row in enumerate(_unmerged(sheet) if sheet else (), 1):
            line = Line(number, tuple(_cell(value) for value in row))
            if not line.blank:
                yield line
    except PasswordError as error:
        raise InvalidArguments(LOCKED, on=name, do="Save it without one and attach that.") from error
    except (CalamineError, OSError, ValueError) as error:
        raise InvalidArguments(
            "That workbook cannot be read", on=name, do=SAVE_AS, detail=str(error)
        ) from error


def _unmerged(sheet: "CalamineSheet") -> Iterator[Sequence[object]]:
    """The rows from column A on; what stands in a cell merged over several rows stands in each of them."""
    empty = [""] * (sheet.start[1] if sheet.start else 0)
    below = {
        (row, left): (top, left)
        for (top, left), (bottom, _) in sheet.merged_cell_ranges or ()
        for row in range(top + 1, bottom + 1)
    }
    tops: dict[tuple[int, int], object] = dict.fromkeys(below.values(), "")
    for at, found in enumerate(sheet.iter_rows()):
        row: list[object] = [*empty, *found]
        for column in range(len(row)) if below else ():
            if (at, column) in tops:
                tops[at, column] = row[column]
            elif top := below.get((at, column)):
                row[column] = tops[top]
        yield row


def _refuse_archive(content: bytes, name: str) -> None:
    """A zip that holds no workbook, or one that unpacks to more than we would hold."""
    if not content.startswith(b"PK"):
        return
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            held = archive.infolist()
    except zipfile.BadZipFile as error:
        raise InvalidArguments("That workbook or archive is damaged", on=name, do=SAVE_AS) from error
    if sum(each.file_size for each in held) > UNPACKED:
        raise InvalidArguments(
            "That workbook is too large", on=name, do="Save the sheet as CSV and attach it, in parts."
        )
    if not any(each.filename.endswith(("workbook.xml", "workbook.bin", "content.xml")) for each in held):
        raise InvalidArguments("That is a zip archive, not a workbook", on=name, do=f"Unpack it. {SAVE_AS}")


def sheets(content: bytes) -> tuple[str, ...]:
    """The visible sheets that hold anything: the one that is read, then the others; () where one is all."""
    from python_calamine import CalamineWorkbook

    if not content.startswith(WORKBOOKS):
        return ()
    filled = _filled(CalamineWorkbook.from_filelike(io.BytesIO(content)))
    read = _chosen(filled)
    if read is None or len(filled) == 1:
        return ()
    return (read.name, *(each.name for each in filled if each is not read))


def _sheet(book: "CalamineWorkbook") -> "CalamineSheet | None":
    """The first visible sheet with an address near its top, else the first that holds anything."""
    return _chosen(_filled(book))


def _filled(book: "CalamineWorkbook") -> "Sequence[CalamineSheet]":
    from python_calamine import SheetVisibleEnum

    names = [each.name for each in book.sheets_metadata if each.visible == SheetVisibleEnum.Visible]
    return [sheet for each in names if (sheet := book.get_sheet_by_name(each)).height]


def _chosen(filled: "Sequence[CalamineSheet]") -> "CalamineSheet | None":
    return next((each for each in filled if _has_people(each)), next(iter(filled), None))


def _has_people(sheet: "CalamineSheet") -> bool:
    top = islice(sheet.iter_rows(), HEAD)
    return any(isinstance(cell, str) and LOOKS_LIKE_ADDRESS.search(cell) for row in top for cell in row)


def _cell(value: object) -> str:
    """A cell of a workbook as a person would type it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime) and value.time() == time():
        return value.date().isoformat()
    if isinstance(value, date | time):
        return value.isoformat()
    return str(value).strip()
