"""The whole way through a Slack nobody here wrote: words, cards, votes, runs, landings, undo."""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

pytestmark = pytest.mark.slack

TWO_VOTES = """
version = 2
[[rule]]
id = "suppress-two"
text = "Suppressing needs two of MarOps here."
when = { tools = ["suppress_contacts"] }
verdict = { approve = "marops", quorum = 2 }
"""


class Bot:
    """Starts and stops the bot over one home folder, as processes would come and go."""

    def __init__(self, slack: Any, twin: Any, home: Path, steady: Callable[[Any], None]) -> None:
        self._slack, self._twin, self._home, self._steady = slack, twin, home, steady
        self._running = ExitStack()
        self.app: Any = None
        self.surface: Any = None

    def start(self, *, policy: str = "") -> "Bot":
        """One process of the bot."""
        self.app, self.surface = self._one(policy)
        return self

    def another(self) -> Any:
        """A second process beside the first."""
        return self._one("")[1]

    def stop(self) -> None:
        """End all of them."""
        self._running.close()
        self._running = ExitStack()

    def _one(self, policy: str) -> tuple[Any, Any]:
        from bot.app import opened, slack_surface

        written = self._home / "clearance.toml"
        if policy:
            written.write_text(policy, encoding="utf-8")
        over = {
            "slack_bot_token": SecretStr(self._slack.bot_token),
            "slack_app_token": SecretStr(self._slack.app_token),
            "slack_signing_secret": SecretStr(self._slack.signing_secret),
            "slack_api_url": self._slack.api,
            "policy": written,
        }
        app = self._running.enter_context(
            opened(twin=self._twin.url, home=self._home, surface="slack", over=over)
        )
        surface = slack_surface(app)
        self._steady(surface)
        surface.start()
        self._running.callback(surface.stop)
        return app, surface


@pytest.fixture
def bot(slack: Any, own_twin: Any, home: Path, steady: Callable[[Any], None]) -> Iterator[Bot]:
    made = Bot(slack, own_twin, home, steady)
    yield made
    made.stop()


@pytest.fixture
def people(own_twin: Any) -> list[str]:
    """Addresses that can be suppressed: known to the CRM, mailable."""
    return mailable(own_twin)


def mailable(twin: Any) -> list[str]:
    contacts = twin.state()["salesforce"]["Contact"].values()
    return [each["Email"] for each in contacts if each.get("Email") and not each.get("HasOptedOutOfEmail")][
        :20
    ]


def text_of(message: dict[str, Any]) -> str:
    return str(message)


def cards(slack: Any, channel: str = "", *, state: str = "") -> list[dict[str, Any]]:
    """Messages that are a plan's card."""
    found = [
        each for each in slack.messages(channel) if (each.get("blocks") or [{}])[0].get("type") == "header"
    ]
    return [each for each in found if state in each["text"]]


def a_card(slack: Any, state: str = "waiting for approval", channel: str = "") -> dict[str, Any]:
    return slack.wait(lambda: cards(slack, channel, state=state))[-1]


def whispers(slack: Any, user: str) -> list[str]:
    return [each["text"] for each in slack.messages(seen_by=user)]


def test_a_mention_is_answered_in_its_thread(slack: Any, bot: Bot) -> None:
    """Somebody asks in a channel; the answer is in the thread of that message and nowhere else."""
    bot.start()
    asked = slack.mention("U_ANA", "help")
    slack.wait(lambda: "suppress" in text_of(slack.messages(thread=asked)))
    assert [each.get("thread_ts") for each in slack.messages()] == [asked]


def test_a_direct_message_is_answered(slack: Any, bot: Bot) -> None:
    """Somebody asks in a direct message."""
    bot.start()
    channel = slack.direct("U_ANA")
    asked = slack.say("U_ANA", "what does the runbook say about hard bounces", channel=channel)
    assert slack.wait(lambda: slack.messages(channel, thread=asked))
    assert slack.messages() == []


def test_a_change_is_cleared_by_two_runs_lands_and_is_undone(
    slack: Any, bot: Bot, own_twin: Any, people: list[str]
) -> None:
    """Card, the requester's refused vote, two approvals, progress, landing, Undo: all in one thread."""
    bot.start(policy=TWO_VOTES)
    asked = slack.mention("U_ANA", f"suppress {people[0]}")
    card = a_card(slack)
    assert card["thread_ts"] == asked
    assert people[0] not in text_of(card)  # a channel reads along: the address is masked
    assert f"{people[0][0]}…@{people[0].partition('@')[2]}" in text_of(card)

    slack.click("U_ANA", card, "clearance_approve")
    refusal = slack.wait(lambda: whispers(slack, "U_ANA"))[0]
    assert "suppress-two" in text_of(card)
    assert "own" in refusal or "requester" in refusal or "yourself" in refusal

    slack.click("U_MAX", card, "clearance_approve")
    slack.wait(lambda: "Max Okafor" in text_of(cards(slack)[0]))
    assert "clearance_approve" in text_of(cards(slack)[0])
    slack.click("U_DANA", cards(slack)[0], "clearance_approve")

    landed = slack.wait(lambda: [each for each in slack.messages(thread=asked) if "Landed" in each["text"]])
    shown = a_card(slack, "landed")
    assert "Dana Petrov" in text_of(shown)
    assert "clearance_approve" not in text_of(shown)
    assert shown["ts"] == card["ts"]
    assert people[0] not in mailable(own_twin)

    slack.click("U_MAX", landed[0], "clearance_undo")
    back = slack.wait(lambda: [each for each in cards(slack) if each["ts"] != card["ts"]])[0]
    assert back["thread_ts"] == asked
    assert len([each for each in slack.messages(thread=asked) if "Landed" in each["text"]]) == 1


def test_a_restart_between_card_and_click_loses_nothing(slack: Any, bot: Bot, people: list[str]) -> None:
    """The card of a process that is gone still counts its votes, and the news arrives in its thread."""
    bot.start()
    asked = slack.mention("U_ANA", f"suppress {people[0]}")
    card = a_card(slack)
    bot.stop()
    bot.start()
    slack.click("U_MAX", card, "clearance_approve")
    slack.wait(lambda: [each for each in slack.messages(thread=asked) if "Landed" in each["text"]])
    assert len(cards(slack)) == 1


def test_an_event_delivered_four_times_is_answered_once(slack: Any, bot: Bot) -> None:
    """Slack delivers again what it thinks was lost; a second process gets it as well."""
    bot.start()
    second = bot.another()
    asked = slack.mention("U_ANA", "help")
    slack.wait(lambda: slack.messages(thread=asked))
    event = {
        "type": "event_callback",
        "team_id": "T0DEMO",
        "api_app_id": "A0CLEARANCE",
        "event_id": "Ev0SAME",
        "authorizations": [{"team_id": "T0DEMO", "user_id": slack.bot, "is_bot": True}],
        "event": {
            "type": "app_mention",
            "user": "U_ANA",
            "text": f"<@{slack.bot}> help",
            "ts": "1700000000.000100",
            "channel": slack.channel,
        },
    }
    from slack_bolt import BoltRequest

    for surface in (bot.surface, second, bot.surface, second):
        response = surface.app.dispatch(BoltRequest(body=event, mode="socket_mode"))
        assert response.status == 200
    slack.wait(lambda: slack.messages(thread="1700000000.000100"))
    bot.surface.parts.work.close(60)
    second.parts.work.close(60)
    assert len(slack.messages(thread="1700000000.000100")) == 1
    assert len(slack.messages(thread=asked)) == 1


def test_fifty_clicks_at_once_make_one_run(slack: Any, bot: Bot, people: list[str]) -> None:
    """However many click at the same moment, the plan runs once."""
    bot.start()
    asked = slack.mention("U_ANA", f"suppress {people[0]}")
    card = a_card(slack)
    clickers = [
        threading.Thread(
            target=slack.click, args=(("U_MAX", "U_DANA", "U_IVY")[n % 3], card, "clearance_approve")
        )
        for n in range(50)
    ]
    for each in clickers:
        each.start()
    for each in clickers:
        each.join()
    slack.wait(lambda: [each for each in slack.messages(thread=asked) if "Landed" in each["text"]])
    bot.surface.parts.work.close(60)
    assert len([each for each in slack.messages(thread=asked) if "Landed" in each["text"]]) == 1
    assert len(cards(slack)) == 1


def test_a_click_on_an_old_revision_does_not_count(slack: Any, bot: Bot, people: list[str]) -> None:
    """The digest on the button is not the plan's any more: nothing is counted and the clicker is told."""
    bot.start()
    slack.mention("U_ANA", f"suppress {people[0]}")
    card = a_card(slack)
    plan = card["text"].partition(":")[0]
    slack.click("U_MAX", card, "clearance_approve", value=f"{plan}.{'0' * 12}")
    assert slack.wait(lambda: whispers(slack, "U_MAX"))
    assert "waiting for approval" in cards(slack)[0]["text"]


def test_somebody_outside_the_group_cannot_approve(slack: Any, bot: Bot, people: list[str]) -> None:
    """Only the named group decides, as it is at the moment of the click."""
    bot.start()
    slack.mention("U_IVY", f"suppress {people[0]}")
    card = a_card(slack)
    slack.click("U_ANA", card, "clearance_approve")
    assert "marops" in slack.wait(lambda: whispers(slack, "U_ANA"))[0]
    slack.groups["marops"].discard("U_MAX")
    slack.click("U_MAX", card, "clearance_approve")
    assert "marops" in slack.wait(lambda: whispers(slack, "U_MAX"))[0]
    slack.click("U_GUEST", card, "clearance_approve")
    assert slack.wait(lambda: whispers(slack, "U_GUEST"))
    assert "waiting for approval" in cards(slack)[0]["text"]


def test_a_rejection_asks_why_and_says_so(slack: Any, bot: Bot, people: list[str]) -> None:
    """Reject opens a modal; the reason stands on the card and in the thread."""
    bot.start()
    asked = slack.mention("U_ANA", f"suppress {people[0]}")
    card = a_card(slack)
    slack.click("U_MAX", card, "clearance_reject")
    slack.wait(slack.modal)
    reason = {"type": "plain_text_input", "value": "wrong quarter"}
    slack.submit("U_MAX", {"clearance_reason": {"clearance_reason": reason}})
    told = slack.wait(lambda: [each for each in slack.messages(thread=asked) if "rejected" in each["text"]])
    assert any("wrong quarter" in text_of(each) for each in told)
    assert "clearance_approve" not in text_of(cards(slack)[0])


def test_the_requester_can_take_a_request_back(slack: Any, bot: Bot, people: list[str]) -> None:
    """Reject by the one who asked withdraws it."""
    bot.start()
    slack.mention("U_ANA", f"suppress {people[0]}")
    slack.click("U_ANA", a_card(slack), "clearance_reject")
    slack.wait(slack.modal)
    reason = {"type": "plain_text_input", "value": "not needed"}
    slack.submit("U_ANA", {"clearance_reason": {"clearance_reason": reason}})
    assert a_card(slack, "withdrawn")


def test_an_expired_request_cannot_be_approved_and_says_so(slack: Any, bot: Bot, people: list[str]) -> None:
    """After its time the card says expired in the thread, and a late click is refused."""
    bot.start(policy='version = 2\n[defaults]\nexpires = "1m"\n')
    asked = slack.mention("U_ANA", f"suppress {people[0]}")
    card = a_card(slack)
    from sqlalchemy import text

    with bot.app.store.begin() as connection:
        connection.execute(text("UPDATE approvals SET expires_at = '2020-01-01T00:00:00.000000Z'"))
    slack.click("U_MAX", card, "clearance_approve")
    assert "expired" in slack.wait(lambda: whispers(slack, "U_MAX"))[0]
    bot.app.engine.sweep()
    slack.wait(lambda: [each for each in slack.messages(thread=asked) if "expired" in each["text"]])
    assert "clearance_approve" not in text_of(cards(slack)[0])


def test_details_go_to_a_direct_message(slack: Any, bot: Bot, people: list[str]) -> None:
    """Every row arrives as a file, to the one who pressed, and to nobody who may not see people."""
    bot.start()
    slack.mention("U_ANA", f"suppress {people[0]}")
    card = a_card(slack)
    slack.click("U_MAX", card, "clearance_details")
    home = slack.direct("U_MAX")
    sent = slack.wait(lambda: [each for each in slack.messages(home) if each.get("files")])[0]
    assert sent["files"][0]["name"].endswith(".csv")
    slack.click("U_GUEST", card, "clearance_details")
    slack.wait(lambda: whispers(slack, "U_GUEST"))
    assert not [each for each in slack.messages(slack.direct("U_GUEST")) if each.get("files")]


def test_a_request_in_a_direct_message_reaches_those_who_decide(
    slack: Any, bot: Bot, people: list[str]
) -> None:
    """The card goes to the asker and to everybody who may vote; one vote settles every copy."""
    bot.start()
    home = slack.direct("U_ANA")
    slack.say("U_ANA", f"suppress {people[0]}", channel=home)
    a_card(slack, channel=home)
    copy = a_card(slack, channel=slack.direct("U_MAX"))
    slack.click("U_MAX", copy, "clearance_approve")
    for channel in (home, slack.direct("U_MAX"), slack.direct("U_DANA")):
        a_card(slack, "landed", channel)


def test_a_command_is_answered_to_the_asker_and_its_card_to_the_channel(
    slack: Any, bot: Bot, people: list[str]
) -> None:
    """Answers to commands are for the asker's eyes; what must be decided stands where others see it."""
    bot.start()
    slack.command("U_ANA", "/marops", "help")
    assert slack.wait(lambda: whispers(slack, "U_ANA"))
    assert slack.messages() == []
    slack.command("U_ANA", "/suppress", people[0])
    card = a_card(slack)
    slack.click("U_MAX", card, "clearance_approve")
    slack.wait(lambda: [each for each in slack.messages(thread=card["ts"]) if "Landed" in each["text"]])


def test_follow_ups_are_for_those_who_talk_with_us(slack: Any, bot: Bot) -> None:
    """In a thread of ours its asker needs no mention; others talking there are left alone."""
    bot.start()
    asked = slack.mention("U_ANA", "help")
    slack.wait(lambda: slack.messages(thread=asked))
    slack.say("U_MAX", "looks good to me", thread=asked)
    slack.say("U_ANA", "<@U_MAX> can you look?", thread=asked)
    slack.say("U_MAX", "lunch?")
    slack.say("U_ANA", "what does the runbook say about hard bounces", thread=asked)
    slack.wait(lambda: len(slack.messages(thread=asked)) == 2)
    bot.surface.parts.work.close(60)
    assert len(slack.messages()) == 2


def test_a_choice_is_the_same_as_saying_it(slack: Any, bot: Bot) -> None:
    """A button under a question or an answer says its words once, and makes room for what was chosen."""
    bot.start()
    asked = slack.mention("U_ANA", "asdkjh qwlkej zmxnc")
    question = slack.wait(
        lambda: [each for each in slack.messages(thread=asked) if "clearance_choice_0" in text_of(each)]
    )[0]
    slack.click("U_ANA", question, "clearance_choice_0")
    slack.click("U_ANA", question, "clearance_choice_0")
    slack.wait(lambda: len(slack.messages(thread=asked)) == 2)
    slack.wait(lambda: "chose" in text_of(slack.messages(thread=asked)[0]))
    bot.surface.parts.work.close(60)
    left = slack.messages(thread=asked)
    assert len(left) == 2
    assert "chose" in text_of(left[0])


def test_the_home_tab_lists_what_waits(slack: Any, bot: Bot, people: list[str]) -> None:
    """Opening the Home tab publishes requests that wait and one's own."""
    bot.start()
    slack.mention("U_ANA", f"suppress {people[0]}")
    a_card(slack)
    slack.open_home("U_ANA")
    view = slack.wait(lambda: slack.home("U_ANA"))
    assert "P-" in str(view)
    assert "1 of marops" in str(view)


def test_stop_and_try_are_answered_at_once(slack: Any, bot: Bot) -> None:
    """`/marops stop` does not wait behind anything; `/marops try` leads through a first purge."""
    bot.start()
    slack.command("U_MAX", "/marops", "stop")
    assert "Nothing is running" in slack.wait(lambda: whispers(slack, "U_MAX"))[0]
    slack.command("U_ANA", "/marops", "stop")
    assert "Only MarOps" in slack.wait(lambda: whispers(slack, "U_ANA"))[0]
    slack.command("U_DANA", "/marops", "try")
    assert "first purge" in slack.wait(lambda: whispers(slack, "U_DANA"))[0]


def test_without_agents_groups_and_tables_it_still_works(slack: Any, bot: Bot, people: list[str]) -> None:
    """Where Slack lacks the newer methods and blocks, plain messages do."""
    slack.missing |= {"agents.sessions.setStatus", "chat.startStream"}
    bot.start()
    slack.refused = {"table"}
    asked = slack.mention("U_ANA", f"suppress {people[0]}")
    card = a_card(slack)
    assert "table" not in [block["type"] for block in card["blocks"]]
    slack.fail("chat.update", status=429)
    slack.click("U_MAX", card, "clearance_approve")
    slack.wait(lambda: [each for each in slack.messages(thread=asked) if "Landed" in each["text"]])


def test_where_it_cannot_write_the_card_goes_to_the_asker(slack: Any, bot: Bot, people: list[str]) -> None:
    """A channel that we are not in is named to the asker, with the card."""
    bot.start()
    slack.fail("chat.postMessage", error="not_in_channel")
    slack.command("U_ANA", "/suppress", people[0])
    home = slack.direct("U_ANA")
    a_card(slack, channel=home)
    assert "Invite me" in slack.messages(home)[0]["text"]
    assert cards(slack) == []


def test_a_deleted_card_is_posted_again(slack: Any, bot: Bot, people: list[str]) -> None:
    """Somebody deletes the card; the next news of the plan brings a new one."""
    bot.start()
    asked = slack.mention("U_ANA", f"suppress {people[0]}")
    card = a_card(slack)
    plan = card["text"].partition(":")[0]
    bot.surface.parts.client.chat_delete(channel=slack.channel, ts=card["ts"])
    bot.surface.parts.cards.show(plan)
    again = a_card(slack)
    assert again["ts"] != card["ts"]
    assert again["thread_ts"] == asked


def test_a_process_that_died_while_posting_is_stood_in_for(slack: Any, bot: Bot, people: list[str]) -> None:
    """Whoever claimed the first card and vanished does not keep it from being shown; it is shown once."""
    from bot.store import seen

    bot.start()
    with bot.app.store.begin() as connection:
        seen.first_time(connection, "slack:card:P-1001", now=bot.app.store.now(connection))
    slack.mention("U_ANA", f"suppress {people[0]}")
    slack.wait(lambda: cards(slack))
    bot.surface.parts.work.close(60)
    assert len(cards(slack)) == 1


def remembered(app: Any) -> Any:
    """The turn that made the first plan, once it is stored."""
    from bot.store import turns

    thread = app.engine.card("P-1001").thread
    with app.store.read() as connection:
        return turns.recent(connection, surface="slack", channel="C0MAROPS", thread=thread)


def test_under_a_command_s_card_the_conversation_goes_on(slack: Any, bot: Bot, people: list[str]) -> None:
    """A card that a command brought is the root of its thread: its asker needs no mention there."""
    bot.start()
    slack.command("U_ANA", "/suppress", people[0])
    card = a_card(slack)
    slack.wait(lambda: remembered(bot.app))
    slack.say("U_ANA", "what does the runbook say about hard bounces", thread=card["ts"])
    assert slack.wait(lambda: slack.messages(thread=card["ts"]))


def test_news_that_could_not_be_told_is_told_later(slack: Any, bot: Bot, people: list[str]) -> None:
    """Slack fails while a landing is told; the news waits in the store and is told once Slack is back."""
    from sqlalchemy import text

    bot.start()
    asked = slack.mention("U_ANA", f"suppress {people[0]}")
    card = a_card(slack)
    slack.fail("chat.postMessage", error="fatal_error", times=1)
    slack.click("U_MAX", card, "clearance_approve")
    slack.wait(lambda: not slack.faults[0]["times"])
    with bot.app.store.begin() as connection:
        connection.execute(text("UPDATE outbox SET claimed_at = '2020-01-01T00:00:00.000000Z'"))
    landed = slack.wait(lambda: [each for each in slack.messages(thread=asked) if "Landed" in each["text"]])
    assert len(landed) == 1
