"""The main job with HubSpot as the marketing automation, alone and beside Marketo: words to undo."""

from collections.abc import Iterator
from contextlib import ExitStack
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

PEOPLE = 40


BESIDE_MARKETO = pytest.mark.parametrize("served", ["both"], indirect=True)
ALONE = pytest.mark.parametrize("served", ["hubspot"], indirect=True)


@pytest.fixture
def served(request: pytest.FixtureRequest, untraced: Any) -> Iterator[Any]:
    """A small twin with HubSpot in it."""
    from tools.twin.server import running

    with ExitStack() as stack:
        with untraced():
            handle = stack.enter_context(running(seed=5, people=PEOPLE, map=request.param))
        yield handle


@pytest.fixture
def chat(served: Any, home: Path) -> Iterator[Any]:
    """A conversation of Ana's over that twin."""
    from bot.app import opened
    from bot.commands.chat import Chat

    with opened(twin=served.url, home=home) as app:
        yield Chat(app, Console(record=True, width=200, file=StringIO()), "U_ANA")


@BESIDE_MARKETO
def test_a_purge_lands_in_every_system_and_is_taken_back(served: Any, chat: Any) -> None:
    """Report, purge, refusal of the own vote, approval, landing, undo, audit: all of it holds."""
    from bot.commands.demo import Story

    dead = served.traps()["invalid_by_two_systems"][0]
    assert Story(chat).play(5) == 0
    shown = chat.console.export_text()
    assert "HubSpot" in shown
    state = served.state("hubspot")["hubspot"]
    addresses = [each["email"] for each in state["contact"].values()]
    assert addresses.count(dead["addresses"]["hubspot"]) == 1
    assert str(dead["hubspot_id"]) in state["archived"]
    assert dead["email"] not in state["opt_out"]


@ALONE
def test_suppressing_reaches_hubspot_and_looking_up_shows_it(served: Any, chat: Any) -> None:
    """One address, opted out everywhere; its record in HubSpot says so; the undo brings it back."""
    mine = served.traps()["mailbox_full"][0]["email"]
    chat.line(f"suppress {mine}, she asked us to stop")
    plan = chat.plan
    for who in ("U_MAX", "U_DANA"):
        if chat.app.engine.card(plan).header.state == "pending":
            chat.line(f"/as {who}")
            chat.line(f"/approve {plan}")
    card = chat.app.engine.card(plan)
    assert card.header.state == "landed"
    assert set(card.header.counts) >= set(served.vendors())
    assert mine in served.state("hubspot")["hubspot"]["opt_out"]
    chat.line(f"look up {mine}")
    shown = chat.console.export_text()
    assert "opted out of everything" in shown
    assert "hs_email_optout" in shown


@ALONE
def test_an_erasure_leaves_nothing_in_hubspot(served: Any, chat: Any) -> None:
    """Two approvals; then the contact is in no bin, and the card said that nothing brings it back."""
    mine = served.traps()["mailbox_full"][0]
    chat.line(f"erase {mine['email']}, GDPR request DSR-41")
    plan = chat.plan
    for who in ("U_MAX", "U_DANA"):
        chat.line(f"/as {who}")
        chat.line(f"/approve {plan}")
    header = chat.app.engine.card(plan).header
    assert header.state == "landed"
    assert "erase" in header.effects
    assert {each.how for each in header.reversibility if each.system == "hubspot"} == {"none"}
    kept = str(served.state("hubspot")["hubspot"]["contact"]) + str(
        served.state("hubspot")["hubspot"]["archived"]
    )
    assert mine["email"] not in kept


@ALONE
def test_doctor_warns_of_the_version_that_ends(served: Any, tmp_path: Path) -> None:
    """By numbers HubSpot works until a date that is named; by date there is nothing to say."""
    from bot.commands import doctor
    from bot.settings import Settings

    settings = Settings(twin_url=served.url, home=tmp_path)
    states = {}
    for version in ("v3", "2026-09"):
        asked = settings.model_copy(update={"hubspot_api_version": version})
        states[version] = {check.part: check for check in doctor._all(asked)}["Hubspot"]
    assert (states["v3"].state, states["2026-09"].state) == ("warning", "ok")
    assert "30 March 2027" in states["v3"].found
    assert "2026-09" in states["v3"].do
