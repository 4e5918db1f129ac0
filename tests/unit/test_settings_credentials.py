"""When credentials end: the administrator declares it, in one setting that is checked word by word."""

import re
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from bot.settings import DATED, Settings, ends_of, unreadable


def test_days_by_system() -> None:
    """Blanks and case do not matter; nothing declared is nothing known."""
    given = " Salesforce=2027-03-01, marketo = 2027-05-31 ,"
    assert ends_of(given) == {"salesforce": date(2027, 3, 1), "marketo": date(2027, 5, 31)}
    assert ends_of("") == {}
    assert ends_of({"slack": date(2027, 1, 1)}) == {"slack": date(2027, 1, 1)}


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ("pardot=2027-03-01", "“pardot” is none of salesforce"),
        ("salesforce", "salesforce needs a day such as 2027-03-01"),
        ("salesforce=March", "not “March”"),
        ("salesforce=01.03.2027", "not “01.03.2027”"),
        ("salesforce=2027-02-30", "there is no 2027-02-30"),
        ("salesforce=2027-03-01,salesforce=2027-03-02", "salesforce is there twice"),
    ],
)
def test_what_is_wrong_is_said(given: str, why: str) -> None:
    """The sentence names the word and what to write instead."""
    with pytest.raises(ValueError, match=re.escape(why)):
        ends_of(given)


def test_the_environment_is_read_and_checked(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    """From CREDENTIALS_END; a mistake becomes a sentence that names the setting."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CREDENTIALS_END", "hubspot=2027-03-30")
    assert Settings().credentials_end == {"hubspot": date(2027, 3, 30)}
    monkeypatch.setenv("CREDENTIALS_END", "hubspot=soon")
    with pytest.raises(ValidationError) as caught:
        Settings()
    assert unreadable(caught.value) == [
        "CREDENTIALS_END cannot be read: hubspot needs a day such as 2027-03-01, not “soon”."
    ]


@pytest.mark.parametrize(
    ("days", "state", "words"),
    [
        (90, "ok", "Salesforce 20"),
        (12, "warning", "Salesforce has a credential that ends in 12 days"),
        (0, "broken", "Salesforce has a credential that ended on"),
        (-3, "broken", "Salesforce has a credential that ended on"),
    ],
)
def test_the_doctor_warns_before_and_fails_after(days: int, state: str, words: str) -> None:
    """Thirty days before, and from that day on."""
    from bot.commands.doctor import credentials

    ends = {"salesforce": datetime.now().astimezone().date() + timedelta(days=days)}
    found = credentials(Settings.model_construct(credentials_end=ends))
    assert (found.state, found.part) == (state, "Credentials")
    assert words in found.found
    assert bool(found.do) is (state != "ok")


def test_the_doctor_says_what_is_not_declared() -> None:
    """A credential without a day is named, with the setting that declares it."""
    from bot.commands.doctor import credentials

    found = credentials(Settings.model_construct(hubspot_token="pat-x"))
    assert (found.state, found.found) == ("not configured", "HubSpot not declared")
    assert "CREDENTIALS_END" in found.do
    none = credentials(Settings.model_construct())
    assert (none.state, none.found, none.do) == ("not configured", "none to declare", "")
    assert set(DATED) > {"salesforce", "marketo", "hubspot", "sendgrid"}
