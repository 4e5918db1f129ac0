"""What people say of a file's columns, in whatever words, and nothing that only looks so."""

from datetime import date

import pytest

from bot.assistant.offline.columns import scan
from bot.assistant.offline.reading import Reading
from bot.assistant.offline.slots import Extras, fill
from tools.registry import load

TODAY = date(2026, 11, 22)


def said(text: str) -> list[str]:
    return [pair for each in scan(text) for pair in each.pairs]


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        ("import list.csv into Roadshow, column Firma is the company, ignore Notes, Mail 2 is the address",
         ["Firma=company", "Notes=ignore", "Mail 2=address"]),
        ("column “Mail 2” is the address", ["Mail 2=address"]),
        ("no, column Firma is the company and ignore the columns Notes, Score and Mail 3",
         ["Firma=company", "Notes=ignore", "Score=ignore", "Mail 3=ignore"]),
        ("the Firma column is the company and Mail 2 holds the address", ["Firma=company", "Mail 2=address"]),
        ("import x.csv: Org = company, Rolle -> job title, Notes=ignore, Name is first and last name",
         ["Org=company", "Rolle=job title", "Notes=ignore", "Name=first and last name"]),
        ("skip column notes please, column 3 is the phone", ["notes=ignore", "3=phone"]),
        ("map column Org to company; treat Mail 2 as the e-mail in the list", ["Org=company"]),
        ("ignore the Notes column in leads.csv and import it", ["Notes=ignore"]),
        ("column Stuff is the shoe size", ["Stuff=shoe size"]),
        ("don't import Notes and Mail 3 from the list", ["Notes=ignore", "Mail 3=ignore"]),
        ("column A is the email, column B is first name", ["A=email", "B=first name"]),
    ],
)  # fmt: skip
def test_what_is_said_of_columns_is_heard(text: str, pairs: list[str]) -> None:
    """Titles as they were said, each with its meaning or with leaving it out; in the order of the words."""
    assert said(text)[: len(pairs)] == pairs


@pytest.mark.parametrize(
    "text",
    ["Dana is the owner, suppress the people in unsubs.csv", "ignore duplicates in leads.csv",
     "import leads.csv into the Q4 Roadshow campaign, source Trade Show", "which column is the address?",
     "Acme is the company that wrote to us", "export the list with columns email and company",
     "Jane is the contact of Acme in the file", "ignore the last request"],
)  # fmt: skip
def test_what_only_looks_so_is_left_alone(text: str) -> None:
    """People, campaigns and questions are no columns."""
    assert said(text) == []


def test_a_source_in_capitals_is_no_campaign() -> None:
    """What follows the word of another argument belongs to that."""
    words = Reading("import list.csv, source Trade Show", TODAY)
    assert dict(fill(load()["import_list"], words, Extras()).args) == {
        "file": "list.csv", "source": "Trade Show",
    }  # fmt: skip


def test_columns_fill_their_argument_and_no_other() -> None:
    """The campaign is still the campaign, and the file the file."""
    words = "import list.csv into Autumn Roadshow, column Firma is the company, ignore Notes"
    assert dict(fill(load()["import_list"], Reading(words, TODAY), Extras()).args) == {
        "file": "list.csv", "campaign": "Autumn Roadshow", "columns": ["Firma=company", "Notes=ignore"],
    }  # fmt: skip
