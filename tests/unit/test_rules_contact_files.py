"""Files of addresses as people really attach them."""

from collections.abc import Iterator
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tools.errors import ClearanceError, InvalidArguments
from tools.rules.people_files import open_file


class ContactRow(NamedTuple):
    """One address of a row, "" for none, and whether the row says opted in."""

    line: int
    address: str
    opted_in: bool = False


def read(content: bytes, *, name: str) -> Iterator[ContactRow]:
    """Every address of a file."""
    for row in open_file(content, name).rows:
        for address in row.addresses or ("",):
            yield ContactRow(row.line, address, row.consent == "opted in")


def addresses(content: bytes) -> list[str]:
    """The addresses of a file."""
    return [row.address for row in read(content, name="list.csv")]


PLAIN = "Email,Name\njane@acme.com,Jané\nbob@globex.com,Bob\n"
WANTED = ["jane@acme.com", "bob@globex.com"]


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "latin-1", "cp1252"]
)
def test_any_common_encoding(encoding: str) -> None:
    """What Excel, Windows and the rest of the world save."""
    assert addresses(PLAIN.encode(encoding)) == WANTED


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_any_common_delimiter_and_line_end(delimiter: str, end: str) -> None:
    """European Excel writes semicolons."""
    text = PLAIN.replace(",", delimiter).replace("\n", end)
    assert addresses(text.encode()) == WANTED


@pytest.mark.parametrize(
    "header",
    ["Email", "E-Mail", "EMAIL ADDRESS", "email_address", "Work Email", "Adresse e-mail", "whatever"],
)
def test_the_column_is_found_by_name_or_by_what_it_holds(header: str) -> None:
    """A header nobody thought of is no obstacle."""
    text = f"Name,{header},City\nJane,jane@acme.com,Berlin\nBob,bob@globex.com,Rome\n"
    assert addresses(text.encode()) == WANTED


def test_a_named_column_comes_before_a_fuller_one() -> None:
    """The owner's address stands in every row; the person's is what is meant."""
    text = "Owner,Email\nmax@us.com,jane@acme.com\nmax@us.com,\nmax@us.com,bob@globex.com\n"
    assert addresses(text.encode()) == ["jane@acme.com", "", "bob@globex.com"]


def test_no_header_is_needed() -> None:
    """One address per line is a list."""
    assert addresses(b"jane@acme.com\nbob@globex.com\n") == WANTED


def test_junk_is_told_with_its_line() -> None:
    """Rows without an address are not lost: the person can mend them. Empty lines are nothing."""
    rows = list(read(b"Email,Name\njane@acme.com,J\n\n ,\nn/a,Bob\n", name="list.csv"))
    assert rows == [ContactRow(2, "jane@acme.com"), ContactRow(5, "")]


def test_addresses_are_normalised_and_unwrapped() -> None:
    """As a mail client, Slack or a formula-proof export writes them."""
    cells = [
        '"Jane Doe <Jane@ACME.com>"',
        "<mailto:bob@globex.com|bob@globex.com>",
        "'lee@acme.com",
        " KIM@acme.com ;",
    ]
    text = "\n".join(["Email", *cells])
    assert addresses(text.encode()) == ["jane@acme.com", "bob@globex.com", "lee@acme.com", "kim@acme.com"]


@pytest.mark.parametrize(
    ("column", "value", "opted_in"),
    [
        ("Opt In", "yes", True),
        ("opted_in", "1", True),
        ("Subscribed", "no", False),
        ("Unsubscribed", "false", True),
        ("Has Opted Out Of Email", "0", True),
        ("HasOptedOutOfEmail", "true", False),
        ("Opt-out", "", False),
        ("Status", "Subscribed", True),
        ("Status", "Opted In", True),
        ("Status", "Bounced", False),
        ("City", "yes", False),
    ],
)
def test_rows_that_say_opted_in_are_marked(column: str, value: str, opted_in: bool) -> None:
    """A suppression file can only add; what it says to the contrary is listed."""
    [row] = read(f"Email,{column}\njane@acme.com,{value}\n".encode(), name="list.csv")
    assert row.opted_in is opted_in


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "The file is empty"),
        (b"\xef\xbb\xbf \r\n", "The file is empty"),
        (b"PK\x03\x04whatever", "That workbook or archive is damaged"),
        (b"%PDF-1.7 x", "That is a PDF"),
        (b"\x1f\x8bxx", "That is a compressed file"),
        (b"\xd0\xcf\x11\xe0xx", "That workbook cannot be read"),
        (b"abc\x00\x01\x02def\x05" * 9, "That is not a text file"),
        (b"Name,City\nJane,Berlin\n", "No column of the file holds addresses"),
        (b'Email\n"' + b"x" * 200_000 + b'"\n', "The file cannot be read as CSV"),
    ],
)
def test_what_is_no_list_is_said_so(content: bytes, what: str) -> None:
    """With a sentence on what to attach instead, never with Python's words."""
    with pytest.raises(InvalidArguments, match=what) as caught:
        list(read(content, name="list.csv"))
    assert caught.value.do
    assert "list.csv" in caught.value.on


def test_a_header_alone_is_an_empty_list() -> None:
    """A named column and no rows: nothing to do, and no error."""
    assert addresses(b"Email,Name\n") == []


def test_short_rows_are_junk_not_a_failure() -> None:
    """A row that ends before the column holds no address."""
    assert addresses(b"Name,Email\nJane,jane@acme.com\nBob\n") == ["jane@acme.com", ""]


def test_a_long_file_is_read_row_by_row() -> None:
    """The first row is there before the last one is looked at."""
    content = (
        b"Email\n" + b"".join(b"p%d@acme.com\n" % number for number in range(3_000)) + b'"' + b"x" * 200_000
    )
    rows = read(content, name="list.csv")
    assert next(rows).address == "p0@acme.com"
    with pytest.raises(InvalidArguments):
        sum(1 for _ in rows)


@settings(deadline=None)  # the first file without a header loads the countries' names
@given(st.binary(max_size=300))
def test_any_bytes_are_a_list_or_a_clear_refusal(content: bytes) -> None:
    """Nothing else comes out, whatever is attached."""
    try:
        rows = list(read(content, name="x"))
    except ClearanceError as error:
        assert error.do  # noqa: PT017 (both outcomes are right)
    else:
        assert all(isinstance(row, ContactRow) for row in rows)
