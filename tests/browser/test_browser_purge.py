"""A purge as people do it: words, Approve, the landing, Undo and its approvals, clicked in a real browser."""

import json
import re
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parents[2]
PICTURES = ROOT / "build" / "screenshots"
CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None
)
WAIT = 240_000  # ms
NAMES = {"U_MAX": "Max Okafor", "U_DANA": "Dana Petrov", "U_IVY": "Ivy Chen"}

State = Mapping[str, Mapping[str, Mapping[str, object]]]


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Any]:
    """What `clearance demo --slack` serves: a local Slack, a small twin, and the bot between them."""
    from bot.app import opened, slack_surface
    from bot.commands.demo_slack import settings_for
    from bot.slack import demo as local

    asked = [sys.executable, str(ROOT / ".ci" / "peers.py"), "local-slack"]
    found = subprocess.run(asked, capture_output=True, text=True, check=True)
    program = Path(json.loads(found.stdout)["local-slack"])
    home = tmp_path / "home"
    with ExitStack() as stack:
        served = stack.enter_context(local.running(program, home / "slack"))
        over = settings_for(served, home)
        app = stack.enter_context(opened(home=home, surface="slack", over=over, seed=7, people=200))
        surface = slack_surface(app)
        surface.start()
        stack.callback(surface.stop)
        yield served.url, app


@pytest.fixture
def page(demo: Any) -> Iterator[Any]:
    """A browser on the local Slack's page."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        opened = browser.new_page(viewport={"width": 1400, "height": 1000})
        opened.set_default_timeout(WAIT)
        opened.goto(demo[0])
        yield opened
        browser.close()


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here; .ci/run installs one or stops")
def test_a_purge_is_asked_for_approved_landed_and_undone_in_a_browser(demo: Any, page: Any) -> None:
    """Ana asks, Max approves, it lands, Max takes it back; only what was named is not as before."""
    _, app = demo
    before = app.twin.state(stamps=False)
    act_as(page, "U_ANA")
    page.locator(".composer-input").first.fill("@clearance purge the contacts that hard-bounced")
    page.keyboard.press("Enter")
    page.locator(".thread-summary").first.click()
    thread = page.locator(".thread-pane")
    thread.get_by_role("button", name="Approve").wait_for()
    picture(page, "1-card")

    thread.get_by_role("button", name="Approve").click()  # her own: does not count
    approve_until_landed(page, ("U_MAX", "U_DANA"))
    picture(page, "2-landed")
    assert differences(before, app.twin.state(stamps=False))

    act_as(page, "U_MAX")
    thread.get_by_role("button", name="Undo").last.click()
    thread.get_by_role("button", name="Approve").wait_for()
    picture(page, "3-undo-card")
    approve_until_landed(page, ("U_DANA", "U_IVY"), landings=2)
    picture(page, "4-undone")
    only_what_was_named_differs(app, before)
    assert page.locator(".thread-pane", has_text="Traceback").count() == 0


def act_as(page: Any, user: str) -> None:
    page.locator(".actas select").select_option(user)


def approve_until_landed(page: Any, voters: tuple[str, ...], *, landings: int = 1) -> None:
    """Each voter presses Approve while the card still asks for it; then the landing is watched."""
    thread = page.locator(".thread-pane")
    told = thread.get_by_text(re.compile(r"^Landed \d+ of"))
    for voter in voters:
        act_as(page, voter)
        button = thread.get_by_role("button", name="Approve")
        if button.count():
            named = thread.inner_text().count(NAMES[voter])
            button.last.click()
            settled(page, voter, named)
    deadline = time.monotonic() + WAIT / 1000
    while told.count() < landings:
        assert time.monotonic() < deadline, thread.inner_text()
        page.wait_for_timeout(100)


def settled(page: Any, voter: str, named: int) -> None:
    """Until the vote is on the card: it names the voter once more, or asks nobody any more."""
    thread = page.locator(".thread-pane")
    deadline = time.monotonic() + WAIT / 1000
    while thread.inner_text().count(NAMES[voter]) <= named:
        if not thread.get_by_role("button", name="Approve").count():
            return
        assert time.monotonic() < deadline, thread.inner_text()
        page.wait_for_timeout(100)


def picture(page: Any, name: str) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=PICTURES / f"{name}.png")


def differences(before: State, after: State) -> dict[tuple[str, str], set[str]]:
    """Records that are gone, new or changed, by system and kind."""
    found = {
        (system, kind): {key for key in was.keys() | now.keys() if was.get(key) != now.get(key)}
        for system, kinds in before.items()
        for kind, was in kinds.items()
        for now in (after[system].get(kind, {}),)
    }
    return {place: records for place, records in found.items() if records}


def missing(before: State, after: State) -> set[tuple[str, str]]:
    """Who was there and is not, or less often, by system."""
    was, now = (
        Counter((system, each) for system, known in people(state).items() for each in known)
        for state in (before, after)
    )
    return set(was - now)


def converted(state: State) -> set[tuple[str, str]]:
    """Whose lead became a contact: Salesforce brings no such lead back, and the card says so."""
    leads = state["salesforce"]["Lead"].values()
    return {("salesforce", str(each["Email"]).lower()) for each in leads if each.get("IsConverted")}


def only_what_was_named_differs(app: Any, before: State) -> None:
    """What is not as before is in a system whose rows the undo's card named as not identical."""
    from bot import ways_back, wording
    from bot.store import plans

    with app.store.read() as connection:
        newest = plans.requests(connection, states=None, limit=1)[0]
    card = app.engine.card(newest.header.id)
    assert card.header.undo_of
    named = " ".join([*ways_back.not_identical_lines(card), *wording.veto_lines(card)]).lower()
    after = app.twin.state(stamps=False)
    left = differences(before, after)
    assert missing(before, after) <= converted(before)
    assert missing(after, before) == set()
    assert {system for system, _ in left if system not in named} == set(), (left, named)


def people(state: State) -> dict[str, list[str]]:
    """Everybody each system holds, by address."""
    held = {"salesforce": ("Contact", "Lead"), "marketo": ("lead",), "sendgrid": ("contact",)}
    return {
        system: sorted(
            str(record.get("Email") or record.get("email")).lower()
            for kind in kinds
            for record in state[system][kind].values()
        )
        for system, kinds in held.items()
    }
