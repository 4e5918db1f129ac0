"""A list of people to be suppressed: its columns are asked about or said, and rejected rows come back."""

from typing import Any

TWO = (
    "Mail 1;Mail 2;Mail privat;Firma;Newsletter opt in\n"
    "ann@newco.example;ann2@newco.example;anna@home.example;Newco;\n"
    "bob@newco.example;bob2@newco.example;;Newco;\n"
    "bob@newco.example;bob2@newco.example;;Newco;\n"
    "nix;nix;;Newco;\n"
    "cy@newco.example;cy2@newco.example;;Newco;\n"
)


def test_a_guess_is_asked_about_and_a_button_settles_it(own_twin: Any, max_: Any) -> None:
    """Two columns could be the address: nobody is suppressed until one is named; what lands is that one."""
    asked = max_.asks("suppress the people in stop.csv", TWO, "stop.csv")
    assert asked.card is None
    assert "2 columns could be the address (“Mail 1” and “Mail 2”)" in asked.text
    reply = max_.asks(asked.choices[1].text, TWO, "stop.csv")
    assert reply.args == {"file": "stop.csv", "columns": ["Mail 2=address"]}
    assert max_.table(reply, "Columns")[0] == (
        "Mail 2", "E-mail", "you said so", "a…@newco.example, b…@newco.example",
    )  # fmt: skip
    assert dict(max_.table(reply, "In stop.csv")) == {
        "rows in the file": 5,
        "addresses to suppress": 3,
        "left out: not an e-mail address": 1,
        "left out: the same address as an earlier line": 1,
    }
    assert max_.file("stop-not-suppressed.csv").decode("utf-8-sig").splitlines() == [
        "line,why it was not suppressed,Mail 1,Mail 2,Mail privat,Firma,Newsletter opt in",
        "4,the same address as line 3,bob@newco.example,bob2@newco.example,,Newco,",
        "5,not an e-mail address,nix,nix,,Newco,",
    ]
    card = max_.landed(reply)
    assert card.header.state == "landed", max_.shown
    stopped = str(own_twin.state("sendgrid"))
    assert [f"{each}2@newco.example" in stopped for each in ("ann", "bob", "cy")] == [True] * 3
    assert "anna@home.example" not in stopped


def test_columns_are_said_with_the_request(max_: Any) -> None:
    """The words that an import takes are taken here, and the card says who decided."""
    reply = max_.asks(
        "suppress the people in stop.csv, column Mail 2 is the address, ignore Mail privat", TWO, "stop.csv"
    )
    assert reply.args["columns"] == ["Mail 2=address", "Mail privat=ignore"]
    decided = {row[0]: row[1:3] for row in max_.table(reply, "Columns")}
    assert decided["Mail privat"] == ("ignored", "you said so")
    assert decided["Firma"] == ("ignored", "it is not needed for people to be suppressed")
    assert reply.card.header.people == 3
