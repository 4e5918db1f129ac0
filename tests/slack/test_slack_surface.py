"""The surface with a conversation that says what a test tells it: deliveries, privacy, failures, HTTP."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode
from wsgiref.simple_server import WSGIRequestHandler, make_server

import httpx
import pytest
from slack_bolt import BoltRequest
from slack_sdk.signature import SignatureVerifier

from bot.assistant.utterance import Choice, Reply, Utterance
from bot.slack.http import Wsgi
from bot.store import turns
from bot.store.turns import Turn
from tools.answer import Answer, File, Table
from tools.errors import NeedsAttention

pytestmark = pytest.mark.slack


class Script:
    """A conversation that remembers what it heard and says what it is told to."""

    def __init__(self) -> None:
        self.heard: list[Utterance] = []
        self.says: Callable[[Utterance], Reply] = lambda said: Reply(
            outcome="answered", text=f"You said {said.text}"
        )

    def respond(self, utterance: Utterance) -> Reply:
        self.heard.append(utterance)
        return self.says(utterance)


@pytest.fixture
def script() -> Script:
    return Script()


@pytest.fixture
def surface(bare: Callable[..., Any], script: Script) -> Any:
    return bare(script)


@pytest.fixture
def running(surface: Any) -> Any:
    surface.start()
    return surface


def dispatch(surface: Any, body: dict[str, Any]) -> int:
    return int(surface.app.dispatch(BoltRequest(body=body, mode="socket_mode")).status)


def an_event(slack: Any, **event: Any) -> dict[str, Any]:
    return {
        "type": "event_callback",
        "team_id": "T0DEMO",
        "api_app_id": "A0CLEARANCE",
        "event_id": f"Ev{time.monotonic_ns()}",
        "authorizations": [{"team_id": "T0DEMO", "user_id": slack.bot, "is_bot": True}],
        "event": event,
    }


def an_interaction(slack: Any, kind: str, **more: Any) -> dict[str, Any]:
    return {
        "type": kind,
        "api_app_id": "A0CLEARANCE",
        "user": {"id": "U_ANA", "name": "ana", "team_id": "T0DEMO"},
        "team": {"id": "T0DEMO"},
        "trigger_id": "t.1",
        **more,
    }


ANSWER = Answer(
    text="Two people.", tables=(Table(title="People", columns=("who",), rows=(("a@b.example",),)),)
)


def test_nothing_that_slack_sends_is_answered_with_404(slack: Any, surface: Any) -> None:
    """Unknown events, buttons, commands, shortcuts, modals and menus are all acknowledged."""
    button = {"type": "button", "action_id": "of_old", "block_id": "b", "value": "x", "action_ts": "1"}
    view = {
        "type": "modal",
        "callback_id": "of_old",
        "id": "V1",
        "state": {"values": {}},
        "private_metadata": "",
    }
    sent = [
        an_event(slack, type="reaction_added", user="U_ANA", item={}),
        an_event(slack, type="message", subtype="message_changed", channel=slack.channel, message={}),
        an_event(
            slack, type="message", subtype="channel_join", user="U_ANA", channel=slack.channel, ts="1.1"
        ),
        an_interaction(slack, "block_actions", actions=[button], channel={"id": slack.channel}, container={}),
        an_interaction(slack, "view_submission", view=view),
        an_interaction(slack, "view_closed", view=view),
        an_interaction(slack, "shortcut", callback_id="x", action_ts="1"),
        an_interaction(slack, "block_suggestion", action_id="x", block_id="b", value="v"),
        {
            "command": "/unheard-of",
            "text": "",
            "user_id": "U_ANA",
            "channel_id": slack.channel,
            "trigger_id": "t",
            "team_id": "T0DEMO",
            "api_app_id": "A0CLEARANCE",
        },
    ]
    assert [dispatch(surface, body) for body in sent] == [200] * len(sent)
    slack.wait(lambda: any("older message" in each["text"] for each in slack.messages(seen_by="U_ANA")))


@pytest.mark.parametrize("value", ["", "P-1.zz", "R-1"])
@pytest.mark.parametrize("action", ["clearance_approve", "clearance_reject", "clearance_details"])
def test_a_button_we_did_not_write_is_refused_privately(
    slack: Any, surface: Any, action: str, value: str
) -> None:
    """A forged or damaged value does nothing but tell the clicker."""
    pressed = {"type": "button", "action_id": action, "block_id": "b", "value": value, "action_ts": "1"}
    body = an_interaction(
        slack,
        "block_actions",
        actions=[pressed],
        channel={"id": slack.channel},
        container={"message_ts": "1.1"},
        message={"ts": "1.1"},
    )
    assert dispatch(surface, body) == 200
    assert "don't know that button" in slack.wait(lambda: slack.messages(seen_by="U_ANA"))[0]["text"]


@pytest.mark.parametrize("action", ["clearance_undo", "clearance_stop"])
def test_a_run_we_do_not_know_is_refused_privately(slack: Any, surface: Any, action: str) -> None:
    """Undo and Stop take the id of a run and nothing else; an unknown one is said to be so."""
    for value in ("DROP TABLE", "R-999"):
        pressed = {"type": "button", "action_id": action, "block_id": value, "value": value, "action_ts": "1"}
        body = an_interaction(
            slack,
            "block_actions",
            actions=[pressed],
            channel={"id": slack.channel},
            container={"message_ts": "1.1"},
            message={"ts": "1.1"},
        )
        assert dispatch(surface, body) == 200
    assert slack.wait(lambda: [each for each in slack.messages(seen_by="U_ANA") if "run" in each["text"]])


def test_an_exception_s_words_stay_in_the_log(slack: Any, running: Any, script: Script) -> None:
    """A person sees one sentence with a reference, or the sentence of an expected failure."""

    def broken(_: Utterance) -> Reply:
        raise ValueError("password=hunter2")

    script.says = broken
    asked = slack.mention("U_ANA", "help")
    told = slack.wait(lambda: slack.messages(thread=asked))[0]["text"]
    assert "reference E-" in told
    assert "hunter2" not in json.dumps(slack.messages())

    def unable(_: Utterance) -> Reply:
        raise NeedsAttention("Marketo does not let me in", do="Renew its credentials.", detail="token=abc")

    script.says = unable
    asked = slack.mention("U_ANA", "help")
    told = slack.wait(lambda: slack.messages(thread=asked))[0]["text"]
    assert told == "Marketo does not let me in. Renew its credentials."


def test_a_private_answer_goes_to_a_direct_message(slack: Any, running: Any, script: Script) -> None:
    """Personal data asked for in a channel is not shown there; its files neither."""
    file = File(name="people.csv", content=b"who\na@b.example\n")
    private = Answer(text=ANSWER.text, tables=ANSWER.tables, files=(file,), private=True)
    script.says = lambda _: Reply(outcome="answered", answer=private)
    asked = slack.mention("U_ANA", "who is a@b.example")
    said = slack.wait(lambda: slack.messages(thread=asked))[0]
    assert "direct message" in said["text"]
    home = slack.messages(slack.direct("U_ANA"))
    assert any(each.get("files") for each in home)
    assert any("a@b.example" in str(each.get("blocks")) for each in home)
    assert "a@b.example" not in json.dumps(slack.messages())
    assert script.heard[0].private is False


def test_a_direct_message_and_a_command_are_private(slack: Any, running: Any, script: Script) -> None:
    """There the asker alone sees the reply, and the conversation knows."""
    slack.say("U_ANA", "who is a@b.example", channel=slack.direct("U_ANA"))
    slack.command("U_ANA", "/runbook", "bounces")
    slack.wait(lambda: len(script.heard) == 2)
    assert [each.private for each in script.heard] == [True, True]
    assert {each.principal.name for each in script.heard} == {"Ana Duarte"}
    slack.wait(lambda: slack.messages(seen_by="U_ANA"))
    assert slack.messages() == []


def test_a_file_of_the_request_reaches_the_conversation(slack: Any, surface: Any, script: Script) -> None:
    """An attachment is fetched and handed over by name."""
    surface.parts.client.base_url = f"{slack.url}/api/"
    surface.start()
    home = slack.direct("U_ANA")
    posted = httpx.post(
        f"{slack.url}/_control/upload",
        data={"channel": home, "user": "U_ANA", "text": "import this"},
        files={"file": ("list.csv", b"email\na@b.example\n", "text/csv")},
    )
    assert posted.json()["ok"]
    slack.wait(lambda: script.heard)
    assert script.heard[0].files["list.csv"].content == b"email\na@b.example\n"


def test_a_slow_answer_shows_that_work_goes_on(slack: Any, surface: Any, script: Script) -> None:
    """Whoever waits sees a line at once, which then becomes the answer."""
    surface.parts.live.slow = 0.05
    surface.start()

    def slowly(said: Utterance) -> Reply:
        slack.wait(lambda: slack.messages(thread=said.thread.thread))
        return Reply(outcome="answered", answer=ANSWER)

    script.says = slowly
    asked = slack.mention("U_ANA", "report")
    slack.wait(lambda: "Two people" in str(slack.messages(thread=asked)))
    assert len(slack.messages(thread=asked)) == 1


def test_the_stop_button_of_a_session_stops_its_thread(slack: Any, surface: Any) -> None:
    """With nothing running in the thread it says so and gives the session back."""
    store = surface.parts.store
    with store.begin() as connection:
        turns.add(
            connection,
            Turn(
                surface="slack",
                channel=slack.channel,
                thread="1.1",
                principal="U_ANA",
                said="x",
                replied="y",
                outcome="answered",
                at=datetime.now(UTC),
            ),
        )
    event = an_event(
        slack, type="agent_session_stopped", user="U_ANA", channel=slack.channel, thread_ts="1.1"
    )
    assert dispatch(surface, event) == 200
    assert "nothing is running" in slack.wait(lambda: slack.messages(thread="1.1"))[0]["text"]
    slack.wait(lambda: "active" in [each["status"] for each in slack.sent("agents.sessions.setStatus")])


def test_a_choice_on_the_home_tab_goes_on_in_the_direct_message(
    slack: Any, running: Any, script: Script
) -> None:
    """There is no thread on the Home tab; the conversation continues where it can be read."""
    slack.open_home("U_ANA")
    view = slack.wait(lambda: slack.home("U_ANA"))
    pressed = next(
        each for block in view["blocks"] for each in block.get("elements", ()) if each["type"] == "button"
    )
    block = next(each for each in view["blocks"] if pressed in each.get("elements", ()))
    body = an_interaction(
        slack,
        "block_actions",
        actions=[{**pressed, "block_id": block["block_id"], "action_ts": "1.5"}],
        container={"type": "view", "view_id": "V1"},
        view={"type": "home", "id": "V1"},
    )
    assert dispatch(running, body) == 200
    answer = slack.wait(lambda: slack.messages(slack.direct("U_ANA")))[0]
    assert "You said help" in answer["text"]
    assert script.heard[0].private is True


def test_a_choice_settles_the_question(slack: Any, running: Any, script: Script) -> None:
    """The buttons of a question that was answered are gone."""
    script.says = lambda _: Reply(outcome="asked", text="Which?", choices=(Choice(label="A", text="list A"),))
    asked = slack.mention("U_ANA", "import")
    question = slack.wait(lambda: slack.messages(thread=asked))[0]
    slack.click("U_MAX", question, "clearance_choice_0")
    slack.wait(lambda: "max chose" in str(slack.messages(thread=asked)[0]["blocks"]))
    slack.wait(lambda: len(script.heard) == 2)
    assert (script.heard[1].text, script.heard[1].principal.id) == ("list A", "U_MAX")


def test_a_token_that_slack_refuses_is_said_by_its_setting(slack: Any, surface: Any) -> None:
    """Starting with a bad token names the setting and what to do."""
    slack.fail("auth.test", error="invalid_auth")
    with pytest.raises(NeedsAttention, match="does not let me in") as refused:
        surface.start()
    assert refused.value.on == "SLACK_BOT_TOKEN"
    slack.fail("apps.connections.open", error="invalid_auth", times=5)
    with pytest.raises(NeedsAttention) as refused:
        surface.start()
    assert refused.value.on == "SLACK_APP_TOKEN"


class Quiet(WSGIRequestHandler):
    """Logs nothing."""

    def log_message(self, *args: Any) -> None:
        """Nothing."""


@pytest.fixture
def served(slack: Any, surface: Any) -> Iterator[str]:
    application = Wsgi(surface.app.dispatch, signing_secret=slack.signing_secret)
    server = make_server("127.0.0.1", 0, application, handler_class=Quiet)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join(5)


def signed(slack: Any, body: str, content_type: str) -> dict[str, str]:
    moment = str(int(time.time()))
    signature = SignatureVerifier(slack.signing_secret).generate_signature(timestamp=moment, body=body)
    return {
        "X-Slack-Request-Timestamp": moment,
        "X-Slack-Signature": str(signature),
        "Content-Type": content_type,
    }


def test_http_mode_takes_signed_requests_and_no_others(
    slack: Any, served: str, surface: Any, script: Script
) -> None:
    """The same event delivered four times by HTTP is answered once; an unsigned one not at all."""
    event = an_event(
        slack, type="app_mention", user="U_ANA", text=f"<@{slack.bot}> help", ts="7.1", channel=slack.channel
    )
    body = json.dumps(event)
    headers = signed(slack, body, "application/json")
    for _ in range(4):
        assert (
            httpx.post(f"{served}/slack/events", content=body, headers=headers, timeout=30).status_code == 200
        )
    slack.wait(lambda: slack.messages(thread="7.1"))
    surface.parts.work.close(60)
    assert len(script.heard) == 1
    assert len(slack.messages(thread="7.1")) == 1
    bad = {**headers, "X-Slack-Signature": "v0=0"}
    assert httpx.post(f"{served}/slack/events", content=body, headers=bad, timeout=30).status_code == 401
    assert httpx.get(f"{served}/health").text == "ok\n"


def test_http_mode_acknowledges_a_command_at_once(slack: Any, served: str, script: Script) -> None:
    """The acknowledgement does not wait for the answer."""
    gate = threading.Event()

    def slowly(_: Utterance) -> Reply:
        assert gate.wait(60)
        return Reply(outcome="answered", text="done")

    script.says = slowly
    body = urlencode(
        {
            "command": "/marops",
            "text": "report",
            "user_id": "U_ANA",
            "channel_id": slack.channel,
            "trigger_id": "t.1",
            "team_id": "T0DEMO",
            "api_app_id": "A0CLEARANCE",
        }
    )
    headers = signed(slack, body, "application/x-www-form-urlencoded")
    answer = httpx.post(f"{served}/slack/events", content=body, headers=headers, timeout=30)
    assert answer.status_code == 200
    assert slack.messages(seen_by="U_ANA") == []
    gate.set()
    assert slack.wait(lambda: slack.messages(seen_by="U_ANA"))[0]["text"] == "done"
