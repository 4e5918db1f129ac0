"""Sending to a Slack that refuses, limits, forgets and lacks things; streams; files."""

import time
from typing import Any

import httpx
import pytest

from bot.slack.client import web_client
from bot.slack.files import Files
from bot.slack.live import Live
from bot.slack.post import Poster
from bot.slack.thread import Heard, message
from bot.slack.views.pieces import Message, section, table, words
from tools.answer import File
from tools.errors import InvalidArguments, NeedsAttention, RetryLater

pytestmark = pytest.mark.slack


@pytest.fixture
def poster(slack: Any) -> Poster:
    return Poster(web_client(slack.bot_token, slack.api))


@pytest.fixture
def live(slack: Any, poster: Poster) -> Live:
    return Live(web_client(slack.bot_token, slack.api), poster, slow=0.05)


def heard(slack: Any, at: str) -> Heard:
    event = {"user": "U_ANA", "text": "x", "ts": at, "channel": slack.channel}
    return message(event, bot=slack.bot, event_id="Ev1", team="T0DEMO")


def a_message(text: str = "hello") -> Message:
    return Message(text, [section(text), table(["a"], [["b"]])], [section(f"simple {text}")])


def test_a_message_never_unfolds_links_or_reads_names(slack: Any, poster: Poster) -> None:
    """What goes out is sent with unfurling and name parsing off."""
    poster.post(slack.channel, words("see https://acme.example @here"))
    sent = slack.sent("chat.postMessage")[0]
    assert (str(sent["unfurl_links"]), str(sent["unfurl_media"]), sent["parse"]) == ("False", "False", "none")


def test_refused_blocks_are_sent_plainer_and_then_as_text(slack: Any, poster: Poster) -> None:
    """A Slack without tables gets paragraphs; one that refuses those gets text."""
    slack.fail("chat.postMessage", error="invalid_blocks")
    poster.post(slack.channel, a_message())
    assert [block["type"] for block in slack.messages()[0]["blocks"]] == ["section"]
    slack.fail("chat.postMessage", error="invalid_blocks", times=2)
    poster.post(slack.channel, a_message("bare"))
    assert slack.messages()[1]["text"] == "bare"
    assert not slack.messages()[1].get("blocks")


def test_a_rate_limit_is_waited_out(slack: Any, poster: Poster) -> None:
    """One 429 is a pause; a Slack that keeps saying so is an error to try again later."""
    slack.fail("chat.postMessage", status=429)
    assert poster.post(slack.channel, a_message())
    slack.fail("chat.postMessage", status=429, times=3)
    with pytest.raises(RetryLater, match="slow down"):
        poster.post(slack.channel, a_message())


def test_where_we_may_not_write_says_what_to_do(slack: Any, poster: Poster) -> None:
    """A channel we are not in is a sentence, and a whisper becomes a direct message."""
    slack.fail("chat.postMessage", error="not_in_channel")
    with pytest.raises(NeedsAttention, match="cannot write"):
        poster.post(slack.channel, a_message())
    slack.fail("chat.postEphemeral", error="user_not_in_channel")
    poster.whisper(slack.channel, "U_ANA", a_message("psst"))
    assert "psst" in slack.messages(slack.direct("U_ANA"))[0]["text"]


def test_updating_what_is_gone_says_so(slack: Any, poster: Poster) -> None:
    """A deleted message cannot be updated; other failures are raised."""
    at = poster.post(slack.channel, a_message())
    assert poster.update(slack.channel, at, a_message("new"))
    assert slack.messages()[0]["text"] == "new"
    assert not poster.update(slack.channel, "1.1", a_message())
    slack.fail("chat.update", error="fatal_error")
    with pytest.raises(Exception, match="fatal_error"):
        poster.update(slack.channel, at, a_message())


def test_a_quick_answer_is_one_message(slack: Any, live: Live) -> None:
    """What is answered before anybody notices is not streamed."""
    at = slack.say("U_ANA", "x")
    live.slow = 600
    live.begin(heard(slack, at)).finish(a_message())
    assert len(slack.messages(thread=at)) == 1
    assert slack.sent("chat.startStream") == []
    assert [each["status"] for each in slack.sent("agents.sessions.setStatus")] == ["processing", "active"]


def test_a_slow_answer_takes_the_streamed_line_s_place(slack: Any, live: Live) -> None:
    """The line that says work goes on becomes the answer."""
    at = slack.say("U_ANA", "x")
    ongoing = live.begin(heard(slack, at))
    slack.wait(lambda: slack.messages(thread=at))
    ongoing.finish(a_message())
    started = slack.sent("chat.startStream")[0]
    assert (started["recipient_user_id"], started["recipient_team_id"]) == ("U_ANA", "T0DEMO")
    assert len(slack.messages(thread=at)) == 1
    assert "hello" in str(slack.messages(thread=at)[0]["blocks"])


def test_a_stream_that_expired_is_replaced(slack: Any, live: Live) -> None:
    """After minutes Slack ends a stream: its message is updated instead, nothing is said twice."""
    at = slack.say("U_ANA", "x")
    ongoing = live.begin(heard(slack, at))
    slack.wait(lambda: slack.messages(thread=at))
    slack.expired |= {each["ts"] for each in slack.messages(thread=at)}
    ongoing.finish(a_message())
    assert [each["text"] for each in slack.messages(thread=at)] == ["hello"]
    again = live.begin(heard(slack, at))
    slack.wait(lambda: len(slack.messages(thread=at)) == 2)
    slack.expired |= {each["ts"] for each in slack.messages(thread=at)}
    again.silence()
    assert len(slack.messages(thread=at)) == 2


def test_a_workspace_without_streams_or_sessions_is_asked_once(slack: Any, live: Live) -> None:
    """What a workspace lacks is not tried again, and the answer arrives as a message."""
    slack.missing |= {"chat.startStream", "agents.sessions.setStatus"}
    for _ in range(2):
        at = slack.say("U_ANA", "x")
        ongoing = live.begin(heard(slack, at))
        slack.wait(lambda: slack.sent("chat.startStream"))
        time.sleep(0.3)  # six times as long as the second one would wait to stream
        ongoing.finish(a_message())
        assert len(slack.messages(thread=at)) == 1
    assert len(slack.sent("chat.startStream")) == 1
    assert len(slack.sent("agents.sessions.setStatus")) == 1


def test_an_attachment_is_read_with_our_token(slack: Any) -> None:
    """What somebody attached comes in whole; what they deleted is left out."""
    client = web_client(slack.bot_token, slack.url + "/api/")
    files = Files(client)
    client.files_upload_v2(channel=slack.direct("U_ANA"), filename="rows.csv", content="a,b\n1,2\n")
    sent = slack.messages(slack.direct("U_ANA"))[0]["files"]
    assert sent[0]["name"] == "rows.csv"
    assert files.received(sent) == {
        "rows.csv": File(name="rows.csv", content=b"a,b\n1,2\n", media_type="text/csv")
    }
    assert files.received([{"name": "gone", "mode": "tombstone"}]) == {}


def test_a_foreign_or_large_file_is_not_fetched(slack: Any) -> None:
    """Our token goes to Slack alone, and nothing too large is read."""
    files = Files(web_client(slack.bot_token, slack.url + "/api/"))
    with pytest.raises(InvalidArguments, match="kept in Slack"):
        files.received([{"name": "x", "url_private": "https://evil.example/x"}])
    with pytest.raises(InvalidArguments, match="too large"):
        files.received([{"name": "x", "size": 10**9, "url_private": "https://files.slack.com/x"}])
    with pytest.raises(RetryLater, match="hand over"):
        files.received([{"name": "x", "url_private": f"{slack.url}/files-pri/T0DEMO-F1/x"}])


def test_local_slack_needs_no_more_than_loopback(slack: Any) -> None:
    """The demo's Slack is reached by its loopback address, and says who is in it."""
    state = httpx.get(f"{slack.url}/_control/state").json()
    assert {each["id"] for each in state["users"]} >= {"U_ANA", "U_MAX", "U_DANA", "U_IVY", "U_GUEST"}
