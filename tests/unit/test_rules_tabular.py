"""Lines out of files as people send them: encodings, delimiters, workbooks, and what is no list."""

import io
import zipfile
from datetime import date, datetime
from typing import Any

import pytest

from tools.errors import InvalidArguments
from tools.rules.tabular import encoding, lines, sheets


def cells(content: bytes) -> list[tuple[str, ...]]:
    return [line.cells for line in lines(content, "list")]


def workbook(*sheets: tuple[str, list[list[Any]]], hidden: str = "") -> bytes:
    """An XLSX of these sheets."""
    from openpyxl import Workbook

    book = Workbook()
    book.remove(book.active)
    for name, rows in sheets:
        sheet = book.create_sheet(name)
        sheet.sheet_state = "hidden" if name == hidden else "visible"
        for row in rows:
            sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("text", "codec", "found"),
    [("Zoë,é", "utf-8", "utf-8-sig"), ("Zoë", "utf-16", "utf-16"), ("Zoë", "utf-16-le", "utf-16-le"),
     ("aë", "utf-16-be", "utf-16-be"), ("Zoë – “x”", "cp1252", "cp1252"),
     ("Müller", "mac_roman", "mac_roman")],
)  # fmt: skip
def test_the_encoding_is_found(text: str, codec: str, found: str) -> None:
    """Of the Western ones the one in which every byte means something."""
    assert encoding(text.encode(codec)) == found


def test_excels_hint_names_the_delimiter() -> None:
    """`sep=;` stands above the header and is no row; lines are numbered as in the file."""
    found = list(lines(b"sep=;\r\nEmail;Note\r\na@x.com;one, two, three\r\n", "list"))
    assert [(line.number, line.cells) for line in found] == [
        (2, ("Email", "Note")), (3, ("a@x.com", "one, two, three")),
    ]  # fmt: skip


def test_the_delimiter_is_what_splits_evenly() -> None:
    """Commas in the text do not outvote the tabs between the columns."""
    assert cells(b"Email\tNote\na@x.com\ta, b, c, d\nb@x.com\te, f, g\n")[1] == ("a@x.com", "a, b, c, d")


def test_a_quoted_newline_stays_in_its_cell() -> None:
    """And the next line has its own number."""
    found = list(lines(b'Email,Note\na@x.com,"one\ntwo"\nb@x.com,\n', "list"))
    assert [(line.number, line.cells[0]) for line in found] == [(1, "Email"), (2, "a@x.com"), (4, "b@x.com")]


def test_the_first_sheet_with_people_is_read() -> None:
    """Not the cover, not a hidden one; dates, numbers and yes or no as a person would type them."""
    content = workbook(
        ("Cover", [["Leads of the fair"]]),
        ("Old", [["Email"], ["old@x.com"]]),
        ("Scans", [[], ["Email", "Seen", "At", "Seats", "Share", "VIP"],
                   ["a@x.com", date(2026, 3, 1), datetime(2026, 3, 1, 9, 30), 3, 0.5, True]]),
        hidden="Old",
    )  # fmt: skip
    assert [(line.number, line.cells) for line in lines(content, "x")] == [
        (2, ("Email", "Seen", "At", "Seats", "Share", "VIP")),
        (3, ("a@x.com", "2026-03-01", "2026-03-01T09:30:00", "3", "0.5", "yes")),
    ]


def test_a_workbook_without_people_gives_its_first_sheet() -> None:
    """What is wrong with it is said by whoever looks for addresses."""
    assert cells(workbook(("One", [["Name"], ["Jane"]]))) == [("Name",), ("Jane",)]
    assert cells(workbook(("Empty", []))) == []


def test_an_archive_is_no_workbook() -> None:
    """A zip of other files, and one that would unpack to far more than it weighs, are refused."""
    for name, block, times, what in (
        ("a.txt", 10, 1, "not a workbook"),
        ("xl/workbook.xml", 10_000_000, 42, "too large"),
    ):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive, archive.open(name, "w") as member:
            for _ in range(times):
                member.write(bytes(block))
        with pytest.raises(InvalidArguments, match=what):
            list(lines(out.getvalue(), "x.xlsx"))


def test_an_open_quotation_mark_is_named_with_its_line() -> None:
    """The reader would swallow the rest of the file: the person is told where it begins."""
    content = b'Email\na@x.com\n"' + b"x" * 200_000
    with pytest.raises(InvalidArguments) as caught:
        list(lines(content, "list.csv"))
    assert "line 3" in caught.value.on
    assert "quotation mark" in caught.value.do


def test_the_sheets_of_a_workbook_are_told_where_there_are_several() -> None:
    """The one that is read comes first; hidden and empty ones are none, and a CSV has none."""
    rows = [["Email"], ["ann@newco.example"]]
    book = workbook(
        ("About", [["How to"]]), ("People", rows), ("Secret", rows), ("Blank", []), hidden="Secret"
    )
    assert sheets(book) == ("People", "About")
    assert sheets(workbook(("People", rows), ("Blank", []))) == ()
    assert sheets(workbook(("Blank", []))) == ()
    assert sheets(b"Email\nann@newco.example\n") == ()
