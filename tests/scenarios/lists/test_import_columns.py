"""The columns of a list: shown as they are read, put right in words, asked about where they are a guess."""

from typing import Any

import pytest

TWO = "Mail 1;Mail 2;Firma;Rolle;Notes\nann@newco.example;anna@home.example;Newco;CEO;called jo@x.com\n"


def test_a_guess_is_asked_about_and_a_button_settles_it(max_: Any) -> None:
    """Two columns could be the address: nothing is planned until one is named; the button names it."""
    asked = max_.asks("import list.csv, source Trade Show", TWO)
    assert asked.card is None
    assert "2 columns could be the address (“Mail 1” and “Mail 2”)" in asked.text
    assert [each.label for each in asked.choices] == [
        "column “Mail 1” is the address", "column “Mail 2” is the address",
    ]  # fmt: skip
    reply = max_.asks(asked.choices[1].text, TWO)
    assert reply.args == {
        "file": "list.csv", "source": "Trade Show", "columns": ["Mail 2=address"],
    }  # fmt: skip
    assert max_.table(reply, "Columns") == [
        ("Mail 2", "E-mail", "you said so", "a…@home.example"),
        ("Firma", "Company", "its title", "Newco"),
        ("Mail 1", "ignored", "Mail 2 is the e-mail", "a…@newco.example"),
        ("Rolle", "ignored", "no field of a person is called so", "C…"),
        ("Notes", "ignored", "no field of a person is called so", "c… j…@x.com"),
    ]  # fmt: skip
    assert "ann@newco.example" not in str(max_.table(reply, "Columns"))


def test_what_is_said_of_columns_is_what_lands(own_twin: Any, max_: Any) -> None:
    """A title, a whole name, an ignored column, in one sentence with the request; the card says so."""
    reply = max_.asks(
        "import list.csv, column Mail 1 is the address, Rolle is the job title, ignore Firma", TWO
    )
    decided = {row[0]: row[1:3] for row in max_.table(reply, "Columns")}
    assert decided["Rolle"] == ("Job title", "you said so")
    assert decided["Firma"] == ("ignored", "you said so")
    assert "decided by" in max_.shown  # also where nobody has to decide
    card = max_.landed(reply)
    assert card.header.state == "landed", max_.shown
    [lead] = [each for each in own_twin.state("salesforce")["salesforce"]["Lead"].values()
              if each["Email"] == "ann@newco.example"]  # fmt: skip
    assert (lead["Title"], lead["Company"]) == ("CEO", "[not provided]")


def test_a_correction_follows_in_the_thread(max_: Any) -> None:
    """More is said of the columns afterwards: the last call is made again with all that was said."""
    first = max_.asks("import list.csv, column Mail 1 is the address", TWO)
    again = max_.asks("column Rolle is the job title and ignore the columns Firma and Notes", TWO)
    assert again.args["columns"] == [
        "Mail 1=address", "Rolle=job title", "Firma=ignore", "Notes=ignore",
    ]  # fmt: skip
    assert again.card.header.id != first.card.header.id


@pytest.mark.parametrize(
    ("said", "what", "choice"),
    [
        ("column Frima is the company", "The file has no such column (Frima)", "column Firma is the company"),
        ("column Rolle is the jb titel", "A column can have no such meaning (jb titel)",
         "column Rolle is the job title"),
        ("column Rolle is the owner", "An import never writes the owner of a person (Rolle)", None),
        ("column Rolle is the company and column Firma is the company", "cannot both be the company", None),
    ],
)  # fmt: skip
def test_wrong_words_are_answered_with_the_right_ones(
    max_: Any, said: str, what: str, choice: str | None
) -> None:
    """The file's own titles, the meanings there are; a button mends the word in the asker's own sentence."""
    reply = max_.asks(f"import list.csv, column Mail 1 is the address, {said}", TWO)
    assert reply.card is None
    assert what in reply.text
    if choice:
        assert f"import list.csv, column Mail 1 is the address, {choice}" in [
            each.text for each in reply.choices
        ]


def test_no_title_that_says_address_is_asked_about(max_: Any) -> None:
    """Values that look like addresses are no proof: one question, and a button for yes."""
    asked = max_.asks("import list.csv", "Kontaktinfo;Firma\nann@newco.example;Newco\n")
    assert "No column is called an address" in asked.text
    reply = max_.asks(asked.choices[0].text, "Kontaktinfo;Firma\nann@newco.example;Newco\n")
    assert max_.table(reply, "Columns")[0] == ("Kontaktinfo", "E-mail", "you said so", "a…@newco.example")
