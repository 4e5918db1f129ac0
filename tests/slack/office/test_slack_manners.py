"""Who may ask, what a room may hold, what is said about deleted messages, and odd texts."""

import time
from typing import Any

import pytest

from bot.assistant.utterance import Choice, Reply
from bot.engine.policy import Policy
from bot.engine.rooms import RoomPolicy
from bot.slack.rooms import for_everybody
from tools.answer import Answer, Evidence, Table

pytestmark = pytest.mark.slack


def event(office: Any, **inside: Any) -> dict[str, Any]:
    stamp = f"{time.time():.6f}"
    return {
        "type": "event_callback",
        "team_id": "T0DEMO",
        "api_app_id": "A0CLEARANCE",
        "event_id": f"Ev{stamp}",
        "authorizations": [{"team_id": "T0DEMO", "user_id": office.slack.bot, "is_bot": True}],
        "event": {"type": "message", "ts": stamp, "channel": office.slack.channel, **inside},
    }


@pytest.mark.parametrize("whose", ["guests", "foreign", "gone"])
def test_strangers_and_guests_may_not_ask_for_changes(office: Any, whose: str) -> None:
    """Guests, people of other workspaces and the deactivated are told why, and no plan is made."""
    getattr(office.slack, whose).add("U_GUEST")
    office.surface.parts.directory._people._kept.clear()
    thread = office.asked("U_GUEST")
    refusal = thread.said("may not")
    assert "clearance_approve" not in str(refusal)
    assert not [each for each in thread.messages() if "waiting for approval" in str(each)]


def test_bots_are_not_answered(office: Any) -> None:
    """What a bot posts is nobody's request, however it mentions us."""
    mention = f"<@{office.slack.bot}> suppress somebody@acme.example"
    posted = [
        event(office, type="app_mention", user="U_OTHERBOT", bot_id="B1", text=mention),
        event(office, subtype="bot_message", bot_id="B1", text=mention),
    ]
    for each in posted:
        office.deliver(each)
    office.asked("U_ANA", "help").said("clearance_feedback")
    assert [office.slack.messages(thread=each["event"]["ts"]) for each in posted] == [[], []]
    assert "acme.example" not in str(office.slack.messages())


def test_an_edited_message_changes_nothing(office: Any) -> None:
    """Edits that arrive as a mention are answered in words: say it anew."""
    stamp = f"{time.time():.6f}"
    text = f"<@{office.slack.bot}> suppress {office.somebody()}"
    edited = {"user": "U_ANA", "ts": stamp}
    office.deliver(event(office, type="app_mention", user="U_ANA", text=text, ts=stamp, edited=edited))
    found = office.slack.wait(lambda: office.slack.messages(thread=stamp))
    assert "edited message" in str(found[0]), found[0]["text"]


def test_a_deleted_message_withdraws_nothing_and_is_noted(office: Any) -> None:
    """The request stands, its thread says so, and the audit keeps that it was deleted."""
    thread = office.asked("U_ANA")
    thread.card()
    thread.remembered()
    gone = {"user": "U_ANA", "ts": thread.ts, "text": "x"}
    office.deliver(event(office, subtype="message_deleted", deleted_ts=thread.ts, previous_message=gone))
    assert thread.plan in str(thread.said("was deleted"))
    assert "waiting for approval" in str(thread.card())
    from bot.store import audit

    with office.app.store.read() as connection:
        names = [each.name for each in audit.events(connection) if each.about == thread.plan]
    assert "message.deleted" in names
    office.deliver(
        event(
            office, subtype="message_deleted", deleted_ts="1.1", previous_message={"bot_id": "B", "user": "U"}
        )
    )


def test_a_channel_holds_what_the_file_says(office: Any, tmp_path: Any) -> None:
    """Unlisted channels hold public and contact data, listed ones what is listed."""
    written = tmp_path / "clearance.toml"
    written.write_text('version = 2\n[[channel]]\nid = "C_OPS"\nclasses = ["public", "consent"]\n')
    policy = Policy.load(written)
    assert RoomPolicy(policy, "C_ANY").readable(frozenset({"marops"})) == {"public", "contact"}
    assert RoomPolicy(policy, "C_OPS").readable(frozenset({"marops"})) == {"public", "consent"}
    assert RoomPolicy(policy, "C_OPS").readable(frozenset()) == frozenset()
    assert policy.listed("C_OPS")
    assert not policy.listed("C_ANY")
    assert RoomPolicy(policy, "C_ANY").clauses() == policy.clauses()


def test_addresses_are_masked_where_everybody_reads() -> None:
    """Text, tables, sources and labels lose addresses; what a button says keeps them."""
    said = Reply(
        outcome="answered",
        text="jo@acme.example",
        understood="emails: jo@acme.example",
        answer=Answer(
            text="jo@acme.example",
            tables=(Table(title="t", columns=("who", "n"), rows=(("jo@acme.example", 3),)),),
            evidence=(
                Evidence(source="x", query="jo@acme.example", as_of=Any, count=1, note="jo@acme.example"),
            ),
        ),
        choices=(Choice(label="jo@acme.example", text="find jo@acme.example"),),
    )
    shown = for_everybody(said)
    assert "jo@" not in str(shown).replace("find jo@acme.example", "")
    assert shown.answer.tables[0].rows == (("j…@acme.example", 3),)
    assert shown.choices[0].text == "find jo@acme.example"


@pytest.mark.parametrize(
    "text",
    [
        "help " + "x" * 11_990,
        "help <!channel> <@U_MAX> <#C0MAROPS|marops> <https://evil.example|click me> *bold* `code`",
        "help \u202egnp.exe\u202c \u200b\u2066hidden\u2069",
        "\u0633\u0627\u0639\u062f\u0646\u064a \u0645\u0646 \u0641\u0636\u0644\u0643",
        "|" * 3000,
    ],
)
def test_odd_texts_are_answered_within_the_limits(office: Any, text: str) -> None:
    """Twelve thousand characters, mentions, right-to-left marks: answered, and nothing comes back live."""
    thread = office.asked("U_ANA", text)
    answers = office.slack.wait(thread.messages)
    shown = str(answers)
    for mark in ("<!channel>", "<@U_MAX>", "<https://evil", "\u202e", "\u200b", "\u2066"):
        assert mark not in shown
