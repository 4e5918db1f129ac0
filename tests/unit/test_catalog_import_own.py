"""What a row of a list gives to a vendor's own field: put as the field's type has it, or left out by name."""

from typing import Any, cast

import pytest

from tools.abilities import FieldFact
from tools.catalog.import_own import OwnColumns, takes, typed
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
