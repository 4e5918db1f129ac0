"""What a row of a list gives to a vendor's own field: put as the field's type has it, or left out by name."""

from typing import Any, cast

import pytest

from tools.abilities import FieldFact
from tools.catalog.import_own import OwnColumns, takes, typed, written
from tools.catalog.person_values import PersonValues
from tools.ports import Reader
from tools.rules.header_words import OwnField, OwnPlace


def fact(**given: Any) -> FieldFact:
    """A field that can be written, unless told otherwise."""
    plain = {"name": "Own__c", "label": "Own", "canonical": "", "type": "text", "updateable": True,
             "createable": True}  # fmt: skip
    return FieldFact(**{**plain, **given})


@pytest.mark.parametrize(
    ("given", "value", "put"),
    [
        ({"type": "boolean"}, "Ja", "true"),
        ({"type": "boolean"}, "x", "true"),
        ({"type": "boolean"}, "nein", "false"),
        ({"type": "boolean"}, "perhaps", "perhaps"),  # the vendor says that it takes yes or no
        ({"type": "choice", "values": ("X-Large", "Small")}, "x large", "X-Large"),
        ({"type": "choice", "values": ("Platinum Tier 1",)}, "Platinum Tier 2", "Platinum Tier 2"),
        ({"type": "number"}, "12.5", "12.5"),
        ({}, "ja", "ja"),
    ],
)
def test_a_value_is_put_as_every_vendor_reads_it(given: dict[str, Any], value: str, put: str) -> None:
    """Yes and no in four languages, choices whatever their case; never a near miss."""
    assert typed(fact(**given), value) == put


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"values": tuple("ABCDEFGHIJ")}, "one of A, B, C, D, E, F, G, H and 2 more"),
        ({"length": 40}, "text, up to 40 letters"),
        ({"type": "date"}, "a date as 2026-03-01"),
        ({"type": "boolean"}, "yes or no"),
        ({"updateable": False, "createable": False}, "nothing: it is read-only for us"),
    ],
)
def test_what_a_field_takes_is_said(given: dict[str, Any], words: str) -> None:
    """On the card, before anybody approves."""
    assert takes(fact(**given)) == words


@pytest.mark.parametrize(
    ("given", "cell", "put", "why"),
    [
        ({"type": "choice", "values": ("AI", "Data", "R, D"), "several": True}, "data; ai", "AI;Data", ""),
        ({"type": "choice", "values": ("AI", "R, D"), "several": True}, "r, d", "R, D", ""),
        ({"type": "choice", "values": ("AI", "Data"), "several": True}, "AI, Blockchain, Data",
         "AI;Data", "“Blockchain” is none of its values; AI;Data is written"),
        ({"type": "choice", "values": ("AI",), "several": True}, "x|y", "",
         "“x” and “y” are none of its values"),
        ({"type": "date"}, "01.03.2026", "2026-03-01", ""),
        ({"type": "date"}, "2026-03-01 10:00", "2026-03-01 10:00", ""),
        ({"type": "date"}, "03/04/2026", "",
         "“03/04/2026” can be read in two ways: write 2026-04-03 or 2026-03-04"),
        ({"type": "date"}, "soon", "soon", ""),  # the vendor says that it takes a date
        ({"type": "number"}, "1.200", "", "“1.200” can be read in two ways: write 1200 or 1.2000"),
    ],
)  # fmt: skip
def test_what_of_a_cell_is_written(given: dict[str, Any], cell: str, put: str, why: str) -> None:
    """Value by value where a field holds several; a day in any shape, unless it could be two."""
    assert written(fact(**given), cell) == (put, why)


def test_several_values_are_sent_as_the_vendor_lists_them() -> None:
    """In any case and order; one that is not listed is named, and the others with it are not lost in it."""
    from tools.connectors.fitting import Unfit
    from tools.connectors.fitting import typed as wired

    several = fact(type="choice", values=("AI", "Data", "Web"), several=True)
    assert wired(several, "web; ai") == "AI;Web"
    with pytest.raises(Unfit, match="does not allow “Blockchain”, only AI, Data, Web"):
        wired(several, "AI;Blockchain")


class Describing:
    """A reader that knows one number of a lead."""

    def fields(self, object: str) -> dict[str, FieldFact]:
        """The one field."""
        assert object == "Lead"
        return {"Seats__c": fact(name="Seats__c", type="number")}


@pytest.mark.parametrize(
    ("value", "kept"),
    [("1.200", ""), ("1,200", ""), ("-3.500", ""), ("1200", "1200"), ("12.5", "12.5"), ("0.500", "0.500")],
)
def test_a_number_that_reads_two_ways_is_left_out(value: str, kept: str) -> None:
    """1.200 is twelve hundred to one reader and one and a fifth to the next."""
    field = OwnField("Seats", (OwnPlace("salesforce", "Lead", "Seats__c", "Seats"),))
    own = OwnColumns(PersonValues({"salesforce": cast("Reader", Describing())}), (field,))
    given, refused = own.given("salesforce", "Lead", {"Seats": value}, creating=True)
    assert given.get("Seats__c", "") == kept
    if not kept:
        sign = value[: -len("1.200")]
        digits = value.removeprefix(sign).replace(",", ".")
        assert refused["Seats__c"].endswith(
            f"can be read in two ways: write {sign}{digits.replace('.', '')} or {sign}{digits}0"
        )
    assert own.given("marketo", "lead", {"Seats": value}, creating=True) == ({}, {})
    assert own.words("salesforce", "Lead", "Seats__c") == "Seats"
