"""A list of people to be suppressed, as the tool reads it before any vendor is asked."""

import csv
import io
from typing import Any

import pytest

from tools.catalog.suppression import suppress_contacts
from tools.errors import InvalidArguments
from tools.plan import Change, Plan, Veto


def plan(stack: Any, text: str, *columns: str, name: str = "stop.csv", **more: object) -> Plan:
    """The plan to suppress who stands in this file."""
    context = stack.context(files={name: text.encode()})
    made = suppress_contacts.call(context, {"file": name, "columns": list(columns), **more})
    assert isinstance(made, Plan)
    return made


def rejected(made: Plan) -> list[list[str]]:
    """The file of rows that came to nothing, without its header."""
    list(made.rows)
    return [
        row
        for file in made.files
        for row in list(csv.reader(io.StringIO(file.content.decode("utf-8-sig"))))[1:]
    ]


def test_every_row_that_comes_to_nothing_is_returned_with_its_reason(stack: Any) -> None:
    """Junk, doubles, totals, the header again, and who opted in."""
    text = "Email,Opt in\na@x.com,\nA@x.com,\nn/a,\nb@x.com,yes\nEmail,Opt in\nTotal,\nfoo,\n"
    made = plan(stack, text)
    assert [row[:2] for row in rejected(made)] == [
        ["3", "the same address as line 2"],
        ["4", "no e-mail address"],
        ["5", "ignored: less restrictive: the file says opted in"],
        ["6", "the header once more"],
        ["7", "a row of totals"],
        ["8", "not an e-mail address"],
    ]
    [counts, _] = made.evidence[0].tables
    assert dict(counts.rows) == {
        "rows in the file": 7,
        "addresses to suppress": 1,
        "ignored: less restrictive: the file says opted in": 1,
        "left out: a row of totals": 1,
        "left out: no e-mail address": 1,
        "left out: not an e-mail address": 1,
        "left out: the header once more": 1,
        "left out: the same address as an earlier line": 1,
    }


def test_a_list_without_a_fault_returns_no_file(stack: Any) -> None:
    """There is nothing to mend."""
    assert list(plan(stack, "Email\na@x.com\nb@x.com\n").files) == []


def test_who_opted_in_in_one_row_and_stands_in_another_is_suppressed(stack: Any) -> None:
    """A row that adds a restriction counts, wherever it stands."""
    made = plan(stack, "Email,Opt in\na@x.com,yes\na@x.com,no\n")
    rows = list(made.rows)
    assert [each.code for each in rows if isinstance(each, Veto)] == ["less_restrictive"]
    assert [each.op for each in rows if isinstance(each, Change)] == ["suppress"]


def test_several_addresses_in_a_cell_are_all_suppressed(stack: Any) -> None:
    """An import needs one person a row; a restriction takes them all, and a shifted row as well."""
    made = plan(stack, "Email,City\na@x.com; b@x.com,Bonn\nb@x.com,\nc@x.com,Ulm,more\n")
    rows = [each for each in made.rows if isinstance(each, Change)]
    assert len({each.subject for each in rows}) == 3
    assert "(3 rows: 1 given twice)" in made.summary


def test_an_address_named_beside_the_list_is_taken_once(stack: Any) -> None:
    """It counts as given twice."""
    made = plan(stack, "Email\na@x.com\nb@x.com\n", emails=["b@x.com", "c@x.com"])
    assert made.summary.startswith("Suppress 3 addresses (4 rows: 1 given twice) in ")
    assert len({each.subject for each in made.rows if isinstance(each, Change)}) == 3


@pytest.mark.parametrize(
    ("text", "columns", "what", "choices"),
    [
        ("Mail 1,Mail 2\na@x.com,b@x.com\n", (), "2 columns could be the address",
         ("column “Mail 1” is the address", "column “Mail 2” is the address")),
        ("Kontakt-Info,Firma\na@x.com,X\n", (), "No column is called an address",
         ("column “Kontakt-Info” is the address",)),
        ("Email,Firma\na@x.com,X\n", ("Firma=company",), "The company is not read where people are suppress",
         ()),
        ("Email,Firma\na@x.com,X\n", ("Frima=ignore",), "The file has no such column", ("Firma", "Email")),
    ],
)  # fmt: skip
def test_a_guess_is_a_question(
    stack: Any, text: str, columns: tuple[str, ...], what: str, choices: tuple[str, ...]
) -> None:
    """Nothing is planned, and no vendor is asked, before it is answered."""
    with pytest.raises(InvalidArguments, match=what) as caught:
        plan(stack, text, *columns)
    assert caught.value.choices == choices
    assert caught.value.do
    assert stack.sendgrid.asked == []


def test_a_column_that_is_said_to_tell_of_consent_is_read_so(stack: Any) -> None:
    """A title nobody knows, said to be the opt-in."""
    made = plan(stack, "Email,Ja/Nein\na@x.com,ja\nb@x.com,nein\n", "Ja/Nein=opted_in")
    assert [each.op for each in made.rows if isinstance(each, Change)] == ["suppress"]
    [_, mapping] = made.evidence[0].tables
    assert mapping.title.endswith("“column Ja/Nein is the address”")


def test_another_file_than_the_one_named_is_never_taken_for_it(stack: Any) -> None:
    """An import may take the only file there is; to suppress, the name has to be right."""
    with pytest.raises(InvalidArguments, match="not attached"):
        suppress_contacts.call(stack.context(files={"people.csv": b"a@x.com\n"}), {"file": "stop.csv"})


def test_two_columns_of_one_title_are_told_apart_by_their_number(stack: Any) -> None:
    """The button names one of them, and what it says is understood."""
    text = "Email,Firma,Email\na@x.com,X,b@x.com\n"
    with pytest.raises(InvalidArguments, match="2 columns could be the address") as caught:
        plan(stack, text)
    assert caught.value.choices == ("column 1 is the address", "column 3 is the address")
    made = plan(stack, text, "3=address")
    assert made.evidence[0].tables[1].rows == (
        ("Email (column 3)", "E-mail", "you said so", "b…@x.com"),
        ("Email (column 1)", "ignored", "column 3 is the e-mail", "a…@x.com"),
        ("Firma", "ignored", "it is not needed for people to be suppressed", "X"),
    )


def test_a_list_of_one_column_has_nothing_to_put_right(stack: Any) -> None:
    """No words for a mistake that cannot be."""
    made = plan(stack, "a@x.com\nb@x.com\n")
    assert made.evidence[0].tables[1].title == "Columns"
