"""Vendors' own fields, found by their API name, by their label, and told apart from what nobody may write."""

import pytest

from tools.errors import InvalidArguments
from tools.rules.column_words import said_of_columns
from tools.rules.header_mapping import layout
from tools.rules.header_words import OwnField, OwnPlace
from tools.rules.own_fields import OwnFields, decides_about_mail
from tools.rules.tabular import lines

SHIRT, TIER, TIER_THERE = "Shirt_Size__c", "Partner_Tier__c", "partnerTier"
PLACES = (
    OwnPlace("salesforce", "Contact", SHIRT, "Shirt Size"),
    OwnPlace("salesforce", "Lead", SHIRT, "Shirt Size"),
    OwnPlace("salesforce", "Lead", TIER, "Partner Tier"),
    OwnPlace("marketo", "lead", TIER_THERE, "Partner Tier"),
    OwnPlace("salesforce", "Lead", "MobilePhone", "Mobile Phone"),
    OwnPlace("salesforce", "Lead", "Name", "Full Name", writable=False),
    OwnPlace("salesforce", "Lead", "Region__c", "Territory"),
    OwnPlace("salesforce", "Lead", "Area__c", "Territory"),
    OwnPlace("hubspot", "contact", "newsletter_opt_in", "Newsletter"),
)


def said(words: str) -> object:
    """What a column of that meaning is."""
    [meaning] = said_of_columns([f"X={words}"], OwnFields(PLACES)).values()
    return meaning


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ("Shirt_Size__c", [SHIRT, SHIRT]),
        ("the shirt size", [SHIRT, SHIRT]),
        ("Shirt_Size", [SHIRT, SHIRT]),
        ("Partner Tier", [TIER, TIER_THERE]),
        ("partnertier", [TIER_THERE]),
        ("Salesforce field Partner Tier", [TIER]),
        ("Partner Tier in Marketo", [TIER_THERE]),
        ("Marketo's Partner Tier field", [TIER_THERE]),
        ("custom field Shirt Size", [SHIRT, SHIRT]),
        ("MobilePhone", ["MobilePhone"]),
        ("Region__c", ["Region__c"]),
    ],
)
def test_a_field_goes_by_its_name_and_by_its_label(words: str, names: list[str]) -> None:
    """An API name is one vendor's alone; a label is every vendor's that has it, or one that is said."""
    field = said(words)
    assert isinstance(field, OwnField)
    assert [each.name for each in field.places] == names


@pytest.mark.parametrize(
    ("words", "meaning"),
    [("mobile phone", "phone"), ("name", "full_name"), ("company", "company"), ("nothing", None)],
)
def test_our_own_words_come_before_a_label(words: str, meaning: str | None) -> None:
    """What every system has under one name stays that."""
    assert said(words) == meaning


def test_two_fields_of_one_label_are_a_question() -> None:
    """With the vendor's own names to choose from."""
    with pytest.raises(InvalidArguments, match="Several fields are called that") as caught:
        said("Territory")
    assert caught.value.choices == ("Region__c", "Area__c")
    assert OwnFields(PLACES).titled("Territory") is None


def test_what_is_no_field_anywhere_is_said_with_what_there_is() -> None:
    """The meanings every system has, and the nearest of the vendors' own fields."""
    with pytest.raises(InvalidArguments, match="A column can have no such meaning") as caught:
        said("Shrit Size")
    assert "Shirt Size" in caught.value.choices
    assert "or a field of your own systems that we may see" in caught.value.do


@pytest.mark.parametrize(
    ("name", "label", "decides"),
    [
        ("Newsletter_Opt_Out__c", "Newsletter Opt Out", True),
        ("DoNotCall", "Do Not Call", True),
        ("emailInvalid", "Email Invalid", True),
        ("blackListed", "Blacklist", True),
        ("hs_marketable_status", "Marketing contact status", True),
        ("Legal_Hold__c", "Legal Hold", True),
        ("Block_Marketo_Sync__c", "Block Marketo Sync", True),
        ("x", "Has consented to e-mail (GDPR)", True),
        ("Shirt_Size__c", "Shirt Size", False),
        ("Subscription_Plan__c", "Subscription Plan", False),
        ("Optics__c", "Optics", False),
        ("Bounty__c", "Bounty", False),
    ],
)
def test_what_decides_about_mail_is_known_by_its_name_or_label(
    name: str, label: str, *, decides: bool
) -> None:
    """However an organisation calls such a field, no list sets it."""
    assert decides_about_mail(OwnField("x", (OwnPlace("salesforce", "Lead", name, label),))) is decides


def test_a_column_that_is_called_as_a_field_is_offered_and_not_taken() -> None:
    """Nothing is written by a guess; read-only fields and those about mail are not even offered."""
    own = OwnFields(PLACES)
    head = list(lines(b"Email,Shirt size,Full Name,Newsletter\na@x.com,XL,A B,yes\n", "x"))
    assert [each.meaning for each in layout(head, "x").columns] == ["address", None, "full_name", "opted_in"]
    found = own.titled("shirt_size")
    assert found
    assert (found.words, str(found)) == ("Shirt Size", "Shirt Size")
    assert found.name_in("salesforce", "Lead") == SHIRT
    assert found.name_in("marketo", "lead") == ""
    assert own.titled("Full Name") is None
    assert own.titled("Newsletter") is None


def test_the_fields_are_read_when_a_name_is_first_asked_for() -> None:
    """A list of ordinary columns asks no vendor what its fields are."""
    asked: list[OwnPlace] = []
    own = OwnFields(asked.append(each) or each for each in PLACES)  # type: ignore[func-returns-value] # noted as read
    assert said_of_columns(["X=company", "Y=ignore"], own) == {"X": "company", "Y": None}
    assert asked == []
    assert own.named("Shirt Size")
    assert len(asked) == len(PLACES)
