"""The SOQL the twin understands, and what it refuses as Salesforce does."""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import httpx
import pytest

from tools.twin.salesforce import soql
from tools.twin.salesforce.soql_dates import days

DATA = "/salesforce/services/data/v62.0"


@pytest.fixture(scope="module")
def salesforce(twin: Any) -> Iterator[httpx.Client]:
    """A client with a session, for all these tests, of which all but one only read."""
    with httpx.Client(base_url=twin.url, trust_env=False, verify=False, timeout=10) as client:
        keys = {
            "grant_type": "client_credentials",
            "client_id": "twin-client",
            "client_secret": "twin-secret",
        }
        session = client.post("/salesforce/services/oauth2/token", data=keys).json()["access_token"]
        client.headers["Authorization"] = f"Bearer {session}"
        yield client


@pytest.fixture(scope="module")
def ask(salesforce: httpx.Client) -> Callable[[str], list[dict[str, Any]]]:
    """Runs a query and returns all its records."""

    def run(text: str) -> list[dict[str, Any]]:
        page = salesforce.get(f"{DATA}/query", params={"q": text}).json()
        assert isinstance(page, dict), page
        found = page["records"]
        while not page["done"]:
            page = salesforce.get(f"/salesforce{page['nextRecordsUrl']}").json()
            found += page["records"]
        return found

    return run


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * FROM Contact",
        "SELECT Id FROM Contact WHERE Email IN ()",
        'SELECT Id FROM Contact WHERE Email = "a@b.example"',
        "SELECT Id FROM Contact WHERE lower(Email) = 'a'",
        "SELECT Id FROM Contact WHERE Email = 'a' AND Phone = 'b' OR Title = 'c'",
        "SELECT Id FROM Contact WHERE Email == 'a'",
        "SELECT Id Email FROM Contact",
        "SELECT COUNT(), Id FROM Contact",
        "SELECT Id FROM Contact WHERE",
        "SELECT Id FROM Contact; DROP TABLE sf_contact",
        "SELECT Id FROM Contact WHERE CreatedDate > 2026-13-40T00:00:00Z",
        "",
        "SELECT Id FROM Contact WHERE Email IN ("
        + ", ".join(["'abcdefghijklmnop@one.example'"] * 4_000)
        + ")",
    ],
)
def test_text_that_is_not_soql_is_malformed(salesforce, text):
    """The body is a list of one error with MALFORMED_QUERY, status 400."""
    reply = salesforce.post(f"{DATA}/jobs/query", json={"operation": "query", "query": text})
    assert (reply.status_code, [each["errorCode"] for each in reply.json()]) == (400, ["MALFORMED_QUERY"])


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("SELECT Nothing FROM Contact", "INVALID_FIELD"),
        ("SELECT Owner.Nothing FROM Contact", "INVALID_FIELD"),
        ("SELECT Nobody.Name FROM Contact", "INVALID_FIELD"),
        ("SELECT Id FROM Contact WHERE Nothing = 1", "INVALID_FIELD"),
        ("SELECT Id FROM Contact WHERE HasOptedOutOfEmail = 'true'", "INVALID_FIELD"),
        ("SELECT Id FROM Contact WHERE CreatedDate > '2026-01-01T00:00:00Z'", "INVALID_FIELD"),
        ("SELECT Id FROM Contact WHERE Email = 5", "INVALID_FIELD"),
        ("SELECT Id FROM Nothing", "INVALID_TYPE"),
        ("SELECT Id, (SELECT Id FROM Nothings) FROM Contact", "INVALID_TYPE"),
        ("SELECT Id FROM Contact WHERE Id IN (SELECT Email FROM Lead)", "MALFORMED_QUERY"),
        ("SELECT Id FROM Contact WHERE Id = 'x'", "INVALID_QUERY_FILTER_OPERATOR"),
        ("SELECT DeletedDate FROM Contact", "INVALID_FIELD"),
    ],
)
def test_what_does_not_exist_or_fit_is_refused_by_code(salesforce, text, code):
    """Fields, types and literals are checked before anything is read."""
    reply = salesforce.get(f"{DATA}/query", params={"q": text})
    assert (reply.status_code, reply.json()[0]["errorCode"]) == (400, code)


def test_a_query_that_is_too_long_for_a_uri_is_414(salesforce):
    """URIs hold 16,384 bytes."""
    text = "SELECT Id FROM Contact WHERE Email IN (" + ", ".join(["'abcdefgh@one.example'"] * 700) + ")"
    assert salesforce.get(f"{DATA}/query", params={"q": text}).status_code == 414


def test_strings_keep_quotes_and_escapes(ask):
    """A quote in a value is escaped by a backslash, and stays one value."""
    assert ask("SELECT Id FROM Contact WHERE LastName = 'D\\'Ambrelle\\\\'") == []
    found = ask("SELECT Id, LastName FROM Contact WHERE LastName = 'D’Ambrelle'")
    assert [each["LastName"] for each in found] == ["D’Ambrelle"]
    assert ask("SELECT Id FROM Contact WHERE LastName = 'x\\' OR Id != \\''") == []


def test_text_compares_without_case_and_like_has_wildcards(ask):
    """`=`, IN and LIKE ignore case; an escaped underscore is one."""
    address = ask("SELECT Email FROM Contact LIMIT 1")[0]["Email"]
    head = address.split("@")[0]
    assert ask(f"SELECT Id FROM Contact WHERE Email = '{address.upper()}'")
    assert ask(f"SELECT Id FROM Contact WHERE Email IN ('{address.upper()}', 'none@one.example')")
    assert ask(f"SELECT Id FROM Contact WHERE Email LIKE '{head.upper()}%'")
    assert ask("SELECT Id FROM Contact WHERE Email LIKE '%\\_%'") == []


def test_null_is_a_value_of_its_own(ask):
    """`= null`, `!= null`, and `!=` which takes nulls along."""
    everyone = len(ask("SELECT Id FROM Contact"))
    without = len(ask("SELECT Id FROM Contact WHERE Phone = null"))
    assert 0 < without < everyone
    assert len(ask("SELECT Id FROM Contact WHERE Phone != null")) == everyone - without
    phone = ask("SELECT Phone FROM Contact WHERE Phone != null LIMIT 1")[0]["Phone"]
    holders = len(ask(f"SELECT Id FROM Contact WHERE Phone = '{phone}'"))
    assert len(ask(f"SELECT Id FROM Contact WHERE Phone != '{phone}'")) == everyone - holders
    assert len(ask(f"SELECT Id FROM Contact WHERE Phone NOT IN ('{phone}')")) == everyone - holders
    assert len(ask(f"SELECT Id FROM Contact WHERE NOT Phone = '{phone}'")) == everyone - holders


def test_conditions_combine_as_written(ask):
    """AND, OR, NOT and parentheses agree with counting in Python."""
    everyone = ask("SELECT Id, Title, MailingCountry, HasOptedOutOfEmail FROM Contact")
    found = ask(
        "SELECT Id FROM Contact WHERE (Title LIKE 'VP%' OR MailingCountry = 'Germany')"
        " AND NOT (HasOptedOutOfEmail = true)"
    )
    expected = {
        each["Id"]
        for each in everyone
        if (each["Title"].startswith("VP") or each["MailingCountry"] == "Germany")
        and not each["HasOptedOutOfEmail"]
    }
    assert {each["Id"] for each in found} == expected
    assert expected


def test_parents_nest_and_are_null_without_one(ask, own_twin, salesforce):
    """A dotted field comes nested under its relationship's name, with attributes."""
    found = ask("SELECT Id, Account.Name, Account.Owner.Name FROM Contact LIMIT 1")[0]
    assert found["Account"]["attributes"]["type"] == "Account"
    assert found["Account"]["Owner"]["Name"].startswith("Sales Rep")
    made = salesforce.post(f"{DATA}/sobjects/Contact", json={"LastName": "Alone"}).json()["id"]
    alone = ask(f"SELECT Id, Account.Name FROM Contact WHERE Id = '{made}'")[0]
    assert alone["Account"] is None


def test_children_come_as_results_of_their_own(ask):
    """A child query gives records with count and done, null where there are none, and its own filter."""
    found = ask(
        "SELECT Id, (SELECT Id, Opportunity.Name, Opportunity.IsClosed FROM OpportunityContactRoles"
        " WHERE Opportunity.IsClosed = false) FROM Contact"
    )
    with_roles = [each for each in found if each["OpportunityContactRoles"]]
    assert 0 < len(with_roles) < len(found)
    inner = with_roles[0]["OpportunityContactRoles"]
    assert (inner["totalSize"], inner["done"]) == (1, True)
    assert set(inner["records"][0]) == {"attributes", "Id", "Opportunity"}
    open_roles = ask(
        "SELECT Id FROM Contact WHERE Id IN"
        " (SELECT ContactId FROM OpportunityContactRole WHERE Opportunity.IsClosed = false)"
    )
    assert {each["Id"] for each in open_roles} == {each["Id"] for each in with_roles}


def test_semi_and_anti_joins_divide_everybody(ask):
    """IN and NOT IN of the same sub-select are each other's rest."""
    inside = ask("SELECT Id FROM Lead WHERE Id IN (SELECT LeadId FROM CampaignMember)")
    outside = ask("SELECT Id FROM Lead WHERE Id NOT IN (SELECT LeadId FROM CampaignMember)")
    assert inside
    assert outside
    assert len(inside) + len(outside) == len(ask("SELECT Id FROM Lead"))


def test_order_limit_and_offset(ask):
    """Sorting goes both ways with nulls where asked, and pages do not overlap."""
    names = [
        each["LastName"].lower()
        for each in ask("SELECT LastName FROM Contact ORDER BY LastName DESC LIMIT 50")
    ]
    assert names == sorted(names, reverse=True)
    days_ = [
        each["LastActivityDate"]
        for each in ask("SELECT LastActivityDate FROM Contact ORDER BY LastActivityDate")
    ]
    assert days_[0] is None
    last = ask("SELECT LastActivityDate FROM Contact ORDER BY LastActivityDate ASC NULLS LAST")
    assert last[0]["LastActivityDate"] is not None
    first = ask("SELECT Id FROM Contact ORDER BY Id LIMIT 5")
    assert ask("SELECT Id FROM Contact ORDER BY Id LIMIT 2 OFFSET 3") == first[3:]


def test_counting_gives_a_size_and_no_records(salesforce, ask):
    """SELECT COUNT() is answered by totalSize alone."""
    page = salesforce.get(f"{DATA}/query", params={"q": "select count() from Contact"}).json()
    assert page == {"totalSize": len(ask("SELECT Id FROM Contact")), "done": True, "records": []}


@pytest.mark.parametrize(
    ("word", "first", "after"),
    [
        (soql.DateWord("TODAY"), "2026-11-22", "2026-11-23"),
        (soql.DateWord("YESTERDAY"), "2026-11-21", "2026-11-22"),
        (soql.DateWord("THIS_WEEK"), "2026-11-22", "2026-11-29"),
        (soql.DateWord("LAST_WEEK"), "2026-11-15", "2026-11-22"),
        (soql.DateWord("THIS_MONTH"), "2026-11-01", "2026-12-01"),
        (soql.DateWord("LAST_MONTH"), "2026-10-01", "2026-11-01"),
        (soql.DateWord("LAST_YEAR"), "2025-01-01", "2026-01-01"),
        (soql.DateWord("LAST_N_DAYS", 30), "2026-10-23", "2026-11-23"),
        (soql.DateWord("N_DAYS_AGO", 2), "2026-11-20", "2026-11-21"),
    ],
)
def test_date_words_are_ranges_of_days(word, first, after):
    """A date word stands for whole days, first included, the day after the last excluded."""
    assert days(word, date(2026, 11, 22)) == (date.fromisoformat(first), date.fromisoformat(after))


def test_dates_filter_in_every_way(ask):
    """Written dates, written moments and date words agree on who was active lately."""
    recent = ask("SELECT Id, LastActivityDate FROM Contact WHERE LastActivityDate >= LAST_N_DAYS:180")
    day = min(each["LastActivityDate"] for each in recent)
    assert len(ask(f"SELECT Id FROM Contact WHERE LastActivityDate >= {day}")) == len(recent)
    assert len(ask("SELECT Id FROM Contact WHERE LastActivityDate = LAST_N_DAYS:180")) == len(recent)
    older = ask("SELECT Id FROM Contact WHERE LastActivityDate < LAST_N_DAYS:180")
    unequal = ask("SELECT Id FROM Contact WHERE LastActivityDate != LAST_N_DAYS:180")
    never = ask("SELECT Id FROM Contact WHERE LastActivityDate = null")
    assert len(older) + len(never) == len(unequal)
    assert ask("SELECT Id FROM Contact WHERE CreatedDate > 2999-01-01T00:00:00+01:00") == []
    assert ask("SELECT Id FROM Contact WHERE LastActivityDate > TODAY") == []
    assert ask("SELECT Id FROM Contact WHERE LastActivityDate <= TODAY")
