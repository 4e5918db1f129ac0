"""Slack at its worst: throttled, half able, away for a while, repeating itself, and a bot that restarts."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

pytestmark = pytest.mark.slack


class Bot:
    """The bot over one home folder, as processes would come and go."""

    def __init__(self, slack: Any, twin: Any, home: Path, steady: Callable[[Any], None]) -> None:
        self._slack, self._twin, self._home, self._steady = slack, twin, home, steady
        self._running = ExitStack()
        self.app: Any = None
        self.surface: Any = None

    def start(self) -> "Bot":
        """One process of the bot."""
        from bot.app import opened, slack_surface

        over = {
            "slack_bot_token": SecretStr(self._slack.bot_token),
            "slack_app_token": SecretStr(self._slack.app_token),
            "slack_signing_secret": SecretStr(self._slack.signing_secret),
            "slack_api_url": self._slack.api,
        }
        opening = opened(twin=self._twin.url, home=self._home, surface="slack", over=over)
        self.app = self._running.enter_context(opening)
        self.surface = slack_surface(self.app)
        self._steady(self.surface)
        self.surface.start()
        self._running.callback(self.surface.stop)
        return self

    def stop(self) -> None:
        """End it."""
        self._running.close()


@pytest.fixture
def bot(slack: Any, own_twin: Any, home: Path, steady: Callable[[Any], None]) -> Iterator[Bot]:
    made = Bot(slack, own_twin, home, steady)
    yield made.start()
    made.stop()


@pytest.fixture
def address(own_twin: Any) -> str:
    """Somebody who can be suppressed."""
    contacts = own_twin.state()["salesforce"]["Contact"].values()
    return next(
        each["Email"] for each in contacts if each.get("Email") and not each.get("HasOptedOutOfEmail")
    )


def cards(slack: Any, state: str = "") -> list[dict[str, Any]]:
    found = [each for each in slack.messages() if (each.get("blocks") or [{}])[0].get("type") == "header"]
    return [each for each in found if state in each["text"]]


def landed(slack: Any) -> list[dict[str, Any]]:
    return [each for each in slack.messages() if "Landed" in each["text"]]


def test_throttled_it_waits_as_long_as_it_is_told(slack: Any, bot: Bot, address: str) -> None:
    """429 with Retry-After on posts and updates: everything arrives, once, and not before that time."""
    slack.fail("chat.postMessage", status=429)
    slack.mention("U_ANA", f"suppress {address}")
    card = slack.wait(lambda: cards(slack))[0]
    refused, taken = slack.called_at("chat.postMessage")
    assert taken - refused >= 1  # Retry-After: 1
    slack.fail("chat.update", status=429, times=2)
    slack.click("U_MAX", card, "clearance_approve")
    slack.wait(lambda: landed(slack))
    assert (len(cards(slack)), len(landed(slack))) == (1, 1)


def test_a_stream_that_expired_is_replaced_like_any_message(slack: Any, bot: Bot) -> None:
    """Slack ends a stream by itself: the answer then takes the streamed line's place by chat.update."""
    live = bot.surface.parts.live
    live.slow, slack.brief = 0.0, True
    begin = live.begin

    def streaming(*heard: Any, **more: Any) -> Any:
        ongoing = begin(*heard, **more)
        slack.wait(lambda: slack.expired)  # the answer must not be there before its line is
        return ongoing

    live.begin = streaming
    asked = slack.mention("U_ANA", "report the bounces of the last 90 days by class and system")
    answer = slack.wait(
        lambda: [each for each in slack.messages(thread=asked) if "addresses bounced" in str(each)]
    )
    assert slack.expired == {answer[0]["ts"]}
    assert len(slack.messages(thread=asked)) == 1


def test_without_a_kind_of_block_it_says_the_same_in_plain_sections(
    slack: Any, bot: Bot, address: str
) -> None:
    """A workspace that refuses tables gets the card without one, with its buttons."""
    slack.refused = {"table"}
    slack.mention("U_ANA", f"suppress {address}")
    card = slack.wait(lambda: cards(slack))[0]
    kinds = [block["type"] for block in card["blocks"]]
    assert "table" not in kinds
    assert "section" in kinds
    slack.click("U_MAX", card, "clearance_approve")
    slack.wait(lambda: landed(slack))


def test_news_of_a_time_without_slack_is_told_afterwards_and_once(
    slack: Any, bot: Bot, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Slack goes away between the vote and the landing: the run lands anyway, the thread hears it later."""
    from datetime import timedelta

    from bot.store import outbox

    monkeypatch.setattr(outbox, "LEASE", timedelta(seconds=1))  # a minute, compressed
    slack.mention("U_ANA", f"suppress {address}")
    card = slack.wait(lambda: cards(slack))[0]
    plan = card["text"].partition(":")[0]
    slack.away = ("chat.",)
    slack.click("U_MAX", card, "clearance_approve")
    slack.wait(lambda: bot.app.engine.card(plan).header.state == "landed")
    slack.away = ("",)
    time.sleep(2.0)  # the minute in which nothing can be told
    assert landed(slack) == []
    slack.away = ()
    slack.wait(lambda: landed(slack))
    slack.wait(lambda: cards(slack, "landed"))
    bot.surface.outbox.stop()
    assert (len(cards(slack)), len(landed(slack))) == (1, 1)
