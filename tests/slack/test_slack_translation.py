"""Events, commands and presses turned into what was meant; the manifest that follows from them."""

import json
from typing import Any

import pytest

from bot.slack import thread
from bot.slack.commands import COMMANDS, words
from bot.slack.events import SUBSCRIBED
from bot.slack.manifest import SCOPES, manifest

EVENT = {"type": "app_mention", "user": "U_ANA", "text": "<@U0BOT> help", "ts": "1.2", "channel": "C1"}


def a_press(**change: Any) -> dict[str, Any]:
    body = {
        "user": {"id": "U_ANA"},
        "team": {"id": "T1"},
        "channel": {"id": "C1"},
        "container": {"message_ts": "1.3"},
        "message": {"ts": "1.3", "thread_ts": "1.2"},
        "actions": [{"action_id": "clearance_choice_0", "block_id": "b1", "action_ts": "9.9"}],
    }
    return {**body, **change}


def test_a_mention_is_a_conversation_in_its_thread() -> None:
    """The message's own id is the thread unless it is in one already; the same message has one identity."""
    heard = thread.message(EVENT, bot="U0BOT", event_id="Ev1", team="T1")
    assert (heard.user, heard.text, heard.thread.channel, heard.thread.thread) == (
        "U_ANA",
        "help",
        "C1",
        "1.2",
    )
    assert (heard.reply_in, heard.direct, heard.edited, heard.only_to) == ("1.2", False, False, "")
    assert heard.seen_as == ("slack:event:Ev1", "slack:message:C1:1.2")
    inside = thread.message({**EVENT, "thread_ts": "1.0", "edited": {}}, bot="U0BOT", event_id="Ev2")
    assert (inside.thread.thread, inside.edited) == ("1.0", True)


def test_a_command_is_answered_to_the_asker_alone() -> None:
    """A command has a conversation of its own; in a direct message there is nobody else to hide from."""
    body = {"channel_id": "C1", "user_id": "U_ANA", "trigger_id": "t1", "team_id": "T1"}
    heard = thread.command(body, "help")
    assert (heard.only_to, heard.reply_in) == ("U_ANA", "")
    assert thread.under(heard.thread.thread) == ""
    assert thread.command({**body, "channel_id": "D1"}, "help").only_to == ""
    assert heard.thread.thread != thread.command(body, "help").thread.thread


def test_a_press_is_said_in_the_thread_of_its_message() -> None:
    """A press belongs to the thread, counts once per person, and has no thread on the Home tab."""
    heard = thread.press(a_press(), "list A")
    assert (heard.thread.thread, heard.reply_in, heard.text) == ("1.2", "1.2", "list A")
    assert heard.seen_as == ("slack:press:C1:1.3:b1:U_ANA",)
    assert thread.press(a_press(message={"ts": "1.3"}), "x").reply_in == "1.3"
    home = thread.press(a_press(channel=None, container={"type": "view"}, message=None), "x")
    assert (home.thread.channel, home.reply_in) == ("", "")
    assert home.thread.thread.startswith("c-")
    assert home.seen_as == ("slack:press::9.9:b1:U_ANA",)


def test_a_press_on_what_only_one_sees_is_answered_to_that_one() -> None:
    """Nothing can hang under a message that is not really in the channel."""
    heard = thread.press(a_press(container={"message_ts": "1.3", "is_ephemeral": True}, message=None), "x")
    assert (heard.only_to, heard.reply_in) == ("U_ANA", "")
    assert heard.thread.thread.startswith("c-")


@pytest.mark.parametrize(
    ("event", "typed"),
    [
        (EVENT, True),
        ({**EVENT, "subtype": "file_share"}, True),
        ({**EVENT, "bot_id": "B1"}, False),
        ({**EVENT, "subtype": "message_changed"}, False),
        ({**EVENT, "subtype": "channel_join"}, False),
        ({"type": "message", "subtype": "message_deleted"}, False),
    ],
)
def test_only_what_people_type_is_heard(event: dict[str, Any], typed: bool) -> None:
    """Bots, joins, edits and deletions are no requests."""
    assert thread.from_a_person(event) is typed


def test_a_message_to_somebody_else_is_not_for_us() -> None:
    """In a thread, who is mentioned is meant."""
    assert thread.addressed_elsewhere("<@U_MAX> can you look?", "U0BOT")
    assert not thread.addressed_elsewhere("<@U_MAX> and <@U0BOT>", "U0BOT")
    assert not thread.addressed_elsewhere("and by campaign?", "U0BOT")


@pytest.mark.parametrize(
    ("name", "given", "said"),
    [
        ("/marops", "", "help"),
        ("/marops", "why is a@b.example not mailable?", "why is a@b.example not mailable?"),
        ("/marops", "health", "report health"),
        ("/marops", "health of marketo", "report health of marketo"),
        ("/marops", "policy for deletes", "show policy for deletes"),
        ("/marops", "help bounces", "help bounces"),
        ("/marops", "suppress a@b.example", "suppress a@b.example"),
        ("/marops", "undo R-17", "undo R-17"),
        ("/marops", "import-list Webinar", "import list Webinar"),
        ("/marops", "marops", "marops"),
        ("/suppress", " a@b.example ", "suppress a@b.example"),
        ("/bounces", "", "report bounces last_30_days"),
        ("/bounces", "last_week", "report bounces last_week"),
        ("/bounces", "purge older than 90 days", "purge older than 90 days bounces"),
        ("/bounces", "purge bounces", "purge bounces"),
        ("/segment", "", "list segments"),
        ("/approvals", "mine", "list requests mine"),
        ("/undo", "P-1042", "undo P-1042"),
    ],
)
def test_a_command_stands_for_words(name: str, given: str, said: str) -> None:
    """Every command, alone or as a verb of /marops, is a request in words."""
    assert words(name, given) == said


def test_the_manifest_follows_from_commands_and_events() -> None:
    """Commands, events, agent view and scopes are all in it, for Socket Mode and for HTTP."""
    made = manifest()
    assert json.loads(json.dumps(made)) == made
    features = made["features"]
    assert [each["command"] for each in features["slash_commands"]] == [each.name for each in COMMANDS]
    assert features["agent_view"]["suggested_prompts"]
    assert made["settings"]["socket_mode_enabled"] is True
    assert made["settings"]["event_subscriptions"]["bot_events"] == list(SUBSCRIBED)
    assert {"usergroups:read", "users:read", "assistant:write", "commands", "files:write"} <= set(SCOPES)
    served = manifest(name="Mops", request_url="https://mops.example/slack/events")
    assert served["settings"]["socket_mode_enabled"] is False
    assert served["settings"]["interactivity"]["request_url"] == "https://mops.example/slack/events"
    assert all(each["url"] for each in served["features"]["slash_commands"])


def test_the_manifest_is_within_slack_s_limits() -> None:
    """Names and descriptions are as short as Slack wants them."""
    features = manifest()["features"]
    assert all(
        len(each["command"]) <= 32 and len(each["description"]) <= 2000 for each in features["slash_commands"]
    )
    assert len(manifest()["display_information"]["description"]) <= 140
    assert 1 <= len(features["agent_view"]["suggested_prompts"]) <= 4
