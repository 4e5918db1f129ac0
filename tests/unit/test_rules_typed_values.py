"""Values as people type them into forms and imports: put right, or left alone where it would be a guess."""

import pytest

from tools.rules.countries import country_code, country_name, near_country, normal_country
from tools.rules.normalizing import Spelling
from tools.rules.person_fields import CanonicalField
from tools.rules.quality import fault

SPELLING = Spelling()


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("UK - England", "United Kingdom"), ("England, UK", "United Kingdom"), ("Germany (DE)", "Germany"),
        ("DE - Germany", "Germany"), ("Germany/Deutschland", "Germany"), ("U. S. A.", "United States"),
        ("US of A", "United States"), ("P.R. China", "China"), ("Suomi", "Finland"), ("日本", "Japan"),
        ("Ελλάδα", "Greece"), ("Magyarország", "Hungary"), ("Oesterreich", "Austria"), ("GER", "Germany"),
        ("Hong Kong, China", "Hong Kong"), ("Guinea-Bissau", "Guinea-Bissau"), ("Congo", ""), ("D-80331", ""),
        ("CA, US", ""), ("Georgia, USA", ""), ("Berlin, Germany", ""), ("n/a", ""), ("-", ""), ("asdf", ""),
        ("EMEA", ""), ("Germnay", ""),
    ],
)  # fmt: skip
def test_a_country_is_read_and_never_guessed(typed: str, name: str) -> None:
    """A country said twice is one; two countries, regions and misspelled words stay."""
    assert normal_country(typed) == name


def test_every_country_keeps_its_name() -> None:
    """A second normalisation never makes another country of the first one's result."""
    codes = {country_code(code) for code in ("CD", "CG", "KR", "KP", "DE", "US", "TR", "MM")}
    assert {country_code(country_name(code)) for code in codes} == codes
    assert (near_country("Germnay"), near_country("Berlin")) == ("Germany", "")


@pytest.mark.parametrize(
    ("typed", "country", "name"),
    [
        ("N.Y.", "US", "New York"), ("Washington, D.C.", "US", "District of Columbia"),
        ("US-TX", "US", "Texas"),
        ("Texas, USA", "US", "Texas"), ("N. Carolina", "US", "North Carolina"), ("GU", "US", "Guam"),
        ("N.S.W.", "Australia", "New South Wales"), ("CA", "US", "California"), ("CA", "", ""),
        ("SA", "", ""), ("California", "", "California"), ("CA", "Canada", ""), ("New York City", "US", ""),
    ],
)  # fmt: skip
def test_a_state_needs_its_country(typed: str, country: str, name: str) -> None:
    """Letters without a country may be a state anywhere."""
    assert SPELLING.normal("state", typed, country=country) == name


@pytest.mark.parametrize(
    ("typed", "country", "number"),
    [
        ("+49 89 1234567 (mobile)", "", "+49891234567"), ("mobile: 0171 1234567", "Germany", "+491711234567"),
        ("415 555 0100 #12", "US", "+14155550100 ext. 12"),
        ("415-555-0100 extn 12", "US", "+14155550100 ext. 12"),
        ("+1 415 555 0100;ext=5", "", "+14155550100 ext. 5"), ("1-800-FLOWERS", "US", "+18003569377"),
        ("+49 (0)89 1234567", "", "+49891234567"), ("+49 171 1234567 privat", "", ""),
        ("1234567890", "US", ""),
        ("9999999999", "US", ""), ("020 7946 0018 or 020 7946 0019", "UK", ""), ("4.9891E+11", "Germany", ""),
    ],
)  # fmt: skip
def test_a_phone_keeps_its_digits_and_gets_none(typed: str, country: str, number: str) -> None:
    """Words beside a number are never dialled as letters, an extension stays, an impossible number too."""
    assert SPELLING.normal("phone", typed, country=country) == number


@pytest.mark.parametrize(
    ("field", "typed", "right"),
    [
        ("title", "SVP & GM", "SVP & GM"), ("title", "software engineer ii", "Software Engineer II"),
        ("title", "Software Eng.", "Software Eng."), ("title", "VP Eng", "VP Engineering"),
        ("title", "MD", "MD"),
        ("title", "chef d'équipe", "Chef d'équipe"), ("title", "Assoc. Dir.", "Associate Director"),
        ("title", "devops engineer", "DevOps Engineer"), ("title", "VP Mktg", "VP Marketing"),
        ("company", "Health Spa", "Health Spa"), ("company", "San Diego Zoo", "San Diego Zoo"),
        ("company", "ibm", "ibm"), ("company", "at&t inc", "at&t Inc."), ("company", "acme.com", "acme.com"),
        ("company", "UNIVERSITY OF TEXAS AT AUSTIN", "University of Texas at Austin"),
        ("company", "NASA JET PROPULSION LABORATORY", "NASA JET PROPULSION LABORATORY"),
        ("company", "o'reilly media", "O'Reilly Media"), ("company", "coca-cola", "Coca-Cola"),
        ("company", "IBM corp.", "IBM Corp."), ("company", "müller gmbh & co. kg", "Müller GmbH & Co. KG"),
        ("company", "DEUTSCHE BANK AG", "Deutsche Bank AG"), ("company", "Fiat SPA", "Fiat S.p.A."),
        ("first_name", "AJ", "AJ"), ("first_name", "J.R.", "J.R."), ("last_name", "LI", "Li"),
        ("last_name", "O'NEILL", "O'Neill"), ("last_name", "VAN DER BERG", "van der Berg"),
        ("city", "DEN HAAG", "Den Haag"), ("city", "FRANKFURT AM MAIN", "Frankfurt am Main"),
        ("city", "stoke-on-trent", "Stoke-on-Trent"), ("city", "NYC", "NYC"), ("city", "la paz", "La Paz"),
        ("city", "LOS ANGELES, CA", "LOS ANGELES, CA"),
    ],
)  # fmt: skip
def test_words_that_may_be_something_else_stay(field: CanonicalField, typed: str, right: str) -> None:
    """Abbreviations, brands and words that look like legal forms are as they were; half a name is none."""
    assert SPELLING.normal(field, typed) == right
    assert SPELLING.normal(field, right) == right


def test_who_has_no_company_says_none() -> None:
    """`self` in the company's field is no name to be put into one case; as a person's name it is one."""
    assert [fault("company", typed) for typed in ("Self", "self-employed", "n/a", "Selfridges")] == [
        "no company", "no company", "junk", "",
    ]  # fmt: skip
    assert fault("last_name", "Self") == ""
