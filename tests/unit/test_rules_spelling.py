"""One spelling for values: countries, states, phones, names, companies, titles, choices."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tools.errors import InvalidArguments
from tools.rules.choices import allowed_choice, usual_spellings
from tools.rules.company_names import company_key, normal_company
from tools.rules.countries import country_code, country_name, normal_country
from tools.rules.job_titles import normal_title, seniority
from tools.rules.names_of_people import normal_name, split_name
from tools.rules.normalizing import Spelling, fields_meant, spelling_of
from tools.rules.phones import normal_phone
from tools.rules.states import normal_state


@pytest.mark.parametrize(
    ("said", "code"),
    [("USA", "US"), ("U.S.A.", "US"), ("united states", "US"), ("UK", "GB"), ("England",
    "GB"), ("Deutschland", "DE"),
     ("Allemagne", "DE"), ("España", "ES"), ("Österreich", "AT"), ("DEU", "DE"), ("Côte d’Ivoire", "CI"),
     ("Korea, Republic of", "KR"), ("Holland", "NL"), ("Türkiye", "TR"), ("Turkey", "TR"), ("nowhere",
     ""), ("EU", "")],
)  # fmt: skip
def test_countries_by_any_name(said: str, code: str) -> None:
    """CLDR's names in eleven languages, old and long codes, and what people write besides."""
    assert country_code(said) == code


def test_a_country_is_spelled_as_allowed() -> None:
    """The system's own list first; else the English name or the code; unknown stays unknown."""
    assert normal_country("Deutschland", allowed=("Germany (DE)", "Germany")) == "Germany"
    assert normal_country("Deutschland", allowed=("France",)) == ""
    assert normal_country("Deutschland", style="code") == "DE"
    assert normal_country("Atlantis") == ""
    assert country_name("HK") == "Hong Kong"


@pytest.mark.parametrize(
    ("said", "country", "name"),
    [("calif.", "US", "California"), ("WA", "United States", "Washington"), ("WA", "Australia",
    "Western Australia"),
     ("WA", "", ""), ("Texas", "", "Texas"), ("QC", "Canada", "Quebec"), ("Sachsen", "Germany", ""), ("XX",
     "US", "")],
)  # fmt: skip
def test_states_by_name_and_code(said: str, country: str, name: str) -> None:
    """A code that two countries have needs the country."""
    assert normal_state(said, country=country) == name


def test_a_state_is_spelled_as_allowed() -> None:
    """As a code, or as the system lists it."""
    assert normal_state("Texas", country="US", style="code") == "TX"
    assert normal_state("Texas", country="US", allowed=("TX", "CA")) == "TX"
    assert normal_state("Texas", country="US", allowed=("Bavaria",)) == ""


@pytest.mark.parametrize(
    ("said", "country", "allowed", "found"),
    [
        ("BAYERN", "Germany", ("Bayern", "Texas"), "Bayern"),
        ("Baden Württemberg", "DE", ("Baden-Württemberg",), "Baden-Württemberg"),
        ("Bavaria", "Germany", ("Bayern",), ""),
        ("BY", "Germany", (), ""),
        ("Bayern", "US", ("Bayern",), ""),
    ],
)
def test_states_of_other_countries_are_what_the_system_lists(
    said: str, country: str, allowed: tuple[str, ...], found: str
) -> None:
    """A picklist of the organisation's own is a list of states; nothing is translated, and none of them is a
    state of a country whose states are known."""
    assert normal_state(said, country=country, allowed=allowed) == found


@pytest.mark.parametrize(
    ("said", "country", "number"),
    [("089 / 123 45 67", "Germany", "+49891234567"), ("+1 (415) 555-0100 x12", "", "+14155550100 ext. 12"),
     ("0049 89 1234567", "", "+49891234567"), ("415-555-0100", "USA", "+14155550100"), ("415-555-0100", "",
     ""),
     ("+1 555 0012", "", ""), ("call me", "US", "")],
)  # fmt: skip
def test_phones_in_the_international_form(said: str, country: str, number: str) -> None:
    """Never guessed without a country; what cannot be dialled is none."""
    assert normal_phone(said, country=country) == number


@pytest.mark.parametrize(
    ("said", "name"),
    [("JANE", "Jane"), ("mcdonald", "McDonald"), ("o'neil", "O'Neil"), ("VAN DER BERG", "van der Berg"),
     ("jean-luc", "Jean-Luc"), ("DeShawn", "DeShawn"), ("J", "J"), (" ana  maria ", "Ana Maria"), ("ÅSA",
     "Åsa")],
)  # fmt: skip
def test_names_in_the_usual_case(said: str, name: str) -> None:
    """Mixed case is the bearer's own."""
    assert normal_name(said) == name


@pytest.mark.parametrize(
    ("whole", "parts"),
    [("Jane Doe", ("Jane", "Doe")), ("Doe, Jane", ("Jane", "Doe")), ("Dr. Ana de la Cruz", ("Ana",
    "de la Cruz")),
     ("Jane", ("Jane", "")), ("Jane Marie Doe Jr.", ("Jane Marie", "Doe")), ("van der Berg, Jan", ("Jan",
     "van der Berg")),
     ("", ("", ""))],
)  # fmt: skip
def test_a_whole_name_comes_apart(whole: str, parts: tuple[str, str]) -> None:
    """Titles of honour go, particles belong to the last name."""
    assert split_name(whole) == parts


@pytest.mark.parametrize(
    ("said", "name", "key"),
    [("acme inc", "Acme Inc.", "acme"), ("ACME HOLDINGS GMBH", "ACME Holdings GmbH",
    "acme holdings"), ("IBM", "IBM", "ibm"),
     ("muster gmbh & co. kg", "Muster GmbH & Co. KG", "muster"), ("The Coca Cola Company",
     "The Coca Cola Company", "coca cola"),
     ("Initech  LLC", "Initech LLC", "initech"), ("", "", "")],
)  # fmt: skip
def test_companies_in_one_spelling(said: str, name: str, key: str) -> None:
    """Legal forms as registers write them; the key has none of them."""
    assert (normal_company(said), company_key(said)) == (name, key)


@pytest.mark.parametrize(
    ("said", "title", "rank"),
    [("vp of sales", "VP of Sales", "vp"), ("V.P. Marketing", "VP Marketing", "vp"), ("Sr. Mktg Mgr",
    "Senior Marketing Manager", "manager"),
     ("CHIEF MARKETING OFFICER", "Chief Marketing Officer", "chief"), ("Vice President, Sales",
     "Vice President, Sales", "vp"),
     ("Director, IT", "Director, IT", "director"), ("Marketing Coordinator", "Marketing Coordinator",
     "staff"),
     ("She asked us", "She asked us", "staff")],
)  # fmt: skip
def test_titles_in_one_spelling(said: str, title: str, rank: str) -> None:
    """Abbreviations one way, words and order kept; a coordinator is no COO."""
    assert (normal_title(said), seniority(said)) == (title, rank)


def test_choices_are_matched_to_what_is_allowed() -> None:
    """Alike but for case and punctuation, or nearly; the usual spelling is the most used."""
    allowed = ("Financial Services", "Health Care", "Trade Show")
    assert allowed_choice("financial-services", allowed) == "Financial Services"
    assert allowed_choice("Healthcare", allowed) == "Health Care"
    assert allowed_choice("Tradeshows", allowed) == "Trade Show"
    assert allowed_choice("Mining", allowed) == allowed_choice("", allowed) == ""
    assert usual_spellings(["Fin Tech", "FinTech", "FinTech", ""]) == {"fintech": "FinTech"}


def test_the_spelling_follows_what_most_records_have() -> None:
    """Codes where most are codes; what a person asks for comes first."""
    assert spelling_of({"country": ["DE", "FR", "Germany"]}).normal("country", "Spain") == "ES"
    assert spelling_of({"country": ["DE", "Germany", "France"]}).normal("country", "ES") == "Spain"
    spelled = spelling_of(
        {"country": ["Germany"], "industry": ["FinTech", "FinTech", "fintech"]}, said={"country": "code"}
    )
    assert (spelled.normal("country", "Germany"), spelled.normal("industry", "FINTECH")) == ("DE", "FinTech")
    assert spelled.says("country") == "codes"
    assert Spelling(allowed={"country": ("DE",)}).says("country") == "the values the system allows"
    assert Spelling().normal("title", "") == ""


def test_the_fields_a_person_names() -> None:
    """Plurals, words around them, codes asked for; a field without a rule is a question with choices."""
    assert fields_meant(["countries", "job titles", "phones"])[0] == ("country", "title", "phone")
    assert fields_meant(["ISO country codes"]) == (("country",), {"country": "code"})
    assert fields_meant(["names"])[0] == ("first_name", "last_name")
    with pytest.raises(InvalidArguments) as caught:
        fields_meant(["shoe size"])
    assert caught.value.choices


@settings(deadline=None)
@given(st.text(max_size=40))
@pytest.mark.parametrize(
    "rule", [normal_name, normal_company, normal_title, normal_country, normal_state, normal_phone]
)
def test_what_is_normal_stays_normal(rule: Callable[[str], str], text: str) -> None:
    """A rule applied twice changes nothing more."""
    once = rule(text)
    assert not once or rule(once) == once
