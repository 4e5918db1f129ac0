"""A finding on Slack: one card to whoever looks after it, kept true in place, and on the board."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.engine import findings as kept
from bot.slack.finding_cards import FindingCards
from bot.store import findings
from bot.store.findings import Kept
from tools.findings import Undone, resurrections

pytestmark = pytest.mark.slack

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def undone(writer: str, *subjects: str) -> list[Undone]:
    since = NOW - timedelta(days=30)
    return [Undone(each, "salesforce", "global", writer, NOW, since) for each in subjects]


def raised(office: Any, writer: str, *subjects: str) -> str:
    """Keep a finding as the guard does; its id."""
    [key] = kept.keep(office.app.store, resurrections(undone(writer, *subjects)), by="guard:guard", now=NOW)
    return key


def shown(office: Any, words: str) -> Mapping[str, Any]:
    """The administrator's card with these words, after a round of our own."""
    FindingCards(office.surface.parts).round()
    return office.inbox("U_IVY", words)


def test_a_finding_is_one_card_that_grows_and_settles_in_place(office: Any) -> None:
    """Who did it, how many, how long it may wait; more of the same changes the card, it posts no second."""
    key = raised(office, "Data Loader", "a" * 64)
    card = shown(office, key)
    assert "1 person who had opted out may be mailed again in Salesforce, by Data Loader" in str(card)
    assert "(over)" in str(card)
    raised(office, "Data Loader", "b" * 64)
    grown = shown(office, "2 people who had opted out")
    assert grown["ts"] == card["ts"]
    office.slack.open_home("U_MAX")
    office.slack.wait(lambda: "Needs a look" in str(office.slack.home("U_MAX")))
    with office.app.store.begin() as connection:
        findings.erase(connection, ["a" * 64, "b" * 64])
    assert key in kept.review(office.app.store, now=NOW)
    assert shown(office, "is settled")["ts"] == card["ts"]


def test_pressing_what_to_do_asks_for_it(office: Any) -> None:
    """The card's button says the request in the person's own name, under the card."""
    key = raised(office, "Sync User", "c" * 64)
    card = dict(shown(office, key))
    office.press("U_IVY", card, "clearance_choice_1")
    home = office.slack.direct("U_IVY")
    office.slack.wait(lambda: "chose “" in str(office.slack.messages(home)))
    office.slack.wait(lambda: "agreement to compare" in str(office.slack.messages(home)))


def test_a_group_and_dates_that_nobody_tells_have_words_of_their_own() -> None:
    """What is not known is said to be not known."""
    from bot.slack.views.finding import finding

    one = Kept(
        id="F-9",
        kind="resurrection",
        system="marketo",
        writer="SFDC sync",
        scope="Newsletter",
        first_at=None,
        last_at=None,
        waits_since=None,
        found_at=NOW,
        settled_at=None,
        channel="",
        message="",
        people=3,
        settled=1,
    )
    told = finding(one, NOW)
    assert (
        told.text == "F-9: 3 people who had left “Newsletter” may be mailed again in Marketo, by SFDC sync."
    )
    assert "not told when" in str(told.blocks)


def test_a_channel_we_are_not_in_is_no_reason_for_silence(office: Any) -> None:
    """The policy names a channel; where we cannot write, the administrator is told directly."""
    from dataclasses import replace

    from bot.engine.policy import Policy

    class Elsewhere:
        """An engine whose policy shows findings in a channel that is not there."""

        policy = Policy.load()

    Elsewhere.policy._file = Elsewhere.policy._file.model_copy(
        update={"defaults": Elsewhere.policy._file.defaults.model_copy(update={"findings": "C0NOTHERE"})}
    )
    parts = replace(office.surface.parts, engine=Elsewhere())
    key = raised(office, "Nightly import", "d" * 64)
    FindingCards(parts).round()
    office.inbox("U_IVY", key)
