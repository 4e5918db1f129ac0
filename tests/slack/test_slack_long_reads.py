"""Long reads: how far they are is shown, they can be stopped, and they outlive the process they began in."""

import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from slack_bolt import BoltRequest

from bot.assistant.utterance import Reply, Utterance
from bot.slack.client import web_client
from bot.slack.live import Live
from bot.slack.post import Pace, Poster
from bot.slack.thread import Heard, message
from bot.slack.views.pieces import words
from tools.progress import Stopped, tell

pytestmark = pytest.mark.slack


@pytest.fixture
def live(slack: Any) -> Live:
    """A thread's display, in a hurry."""
    client = web_client(slack.bot_token, slack.api)
    made = Live(client, Poster(client, pace=Pace(burst=10_000)), slow=0.02)
    made.posted, made.every, made.long_after = 0.1, 0.05, 0.0
    return made


def heard(slack: Any, at: str) -> Heard:
    event = {"user": "U_ANA", "text": "x", "ts": at, "channel": slack.channel}
    return message(event, bot=slack.bot, event_id=f"Ev{at}", team="T0DEMO")


def titles(slack: Any) -> list[str]:
    """What the streamed task was called, in order."""
    sent = [*slack.sent("chat.startStream"), *slack.sent("chat.appendStream")]
    return [str(chunk["title"]) for each in sent for chunk in each["chunks"]]


def test_the_streamed_task_says_how_far_it_is(slack: Any, live: Live) -> None:
    """The title is replaced, since Slack adds to details; one update tells the latest of every system."""
    ongoing = live.begin(heard(slack, slack.say("U_ANA", "x")))
    slack.wait(lambda: titles(slack))
    began = time.monotonic()
    for number in range(200):
        ongoing.tell("salesforce", f"{number * 200:,} people read")
    ongoing.tell("marketo", "reading people")
    slack.wait(lambda: "Marketo: reading people" in titles(slack)[-1])
    most = 3 + (time.monotonic() - began) / live.every  # the first, the last, and one each pause
    assert titles(slack)[-1] == "Looking into it · Salesforce: 39,800 people read · Marketo: reading people"
    assert len(titles(slack)) <= most
    assert "details" not in str(slack.sent("chat.appendStream"))
    ongoing.finish(words("That is it."))


def test_after_the_stream_has_died_the_same_message_is_edited(slack: Any, live: Live) -> None:
    """A stream lives five minutes; a read goes on in its message, which becomes the answer."""
    at = slack.say("U_ANA", "x")
    ongoing = live.begin(heard(slack, at))
    slack.wait(lambda: slack.messages(thread=at))
    slack.expired |= {each["ts"] for each in slack.messages(thread=at)}
    ongoing.tell("salesforce", "40,000 people read")
    slack.wait(lambda: "40,000 people read" in str(slack.messages(thread=at)))
    ongoing.finish(words("That is it."))
    assert [each["text"] for each in slack.messages(thread=at)] == ["That is it."]


def test_without_streams_one_message_is_posted_late_and_edited(slack: Any, live: Live) -> None:
    """Nothing is posted for what is merely slow; a long read gets one message."""
    slack.missing |= {"chat.startStream"}
    at = slack.say("U_ANA", "x")
    ongoing = live.begin(heard(slack, at))
    time.sleep(0.3)
    assert slack.messages(thread=at) == []
    ongoing.tell("salesforce", "2,000 people read")
    slack.wait(lambda: "2,000" in str(slack.messages(thread=at)))
    ongoing.tell("salesforce", "4,000 people read")
    slack.wait(lambda: "4,000" in str(slack.messages(thread=at)))
    ongoing.finish(words("That is it."))
    assert [each["text"] for each in slack.messages(thread=at)] == ["That is it."]


def test_a_posted_line_goes_when_nothing_is_to_be_said(slack: Any, live: Live) -> None:
    """The card says it: the line leaves no trace."""
    slack.missing |= {"chat.startStream"}
    at = slack.say("U_ANA", "x")
    ongoing = live.begin(heard(slack, at))
    ongoing.tell("salesforce", "2,000 people read")
    slack.wait(lambda: slack.messages(thread=at))
    ongoing.silence()
    assert slack.messages(thread=at) == []


def test_a_fifth_long_read_waits_for_one_of_four(slack: Any, live: Live) -> None:
    """Four read at the same time; the next says that it waits, and reads when one has ended."""
    reading = [live.begin(heard(slack, f"{n}.1")) for n in range(5)]
    for each in reading[:4]:
        each.tell("salesforce", "reading people")
    through = threading.Event()

    def fifth() -> None:
        reading[4].tell("salesforce", "reading people")
        through.set()

    waiting = threading.Thread(target=fifth)
    waiting.start()
    assert not through.wait(0.2)
    reading[0].leave()
    assert through.wait(120)
    waiting.join()
    for each in reading[1:]:
        each.leave()


class Reads:
    """A conversation that reads until it is told to end."""

    def __init__(self) -> None:
        self.begun = threading.Semaphore(0)
        self.left = threading.Semaphore(0)
        self.enough = threading.Event()
        self.turns: list[str] = []

    def respond(self, said: Utterance) -> Reply:
        if said.text != "read everybody":
            return Reply(outcome="answered", text=f"You said {said.text}")
        self.turns.append(said.text)
        self.begun.release()
        try:
            self._read()
        except Stopped:
            self.left.release()
            raise
        return Reply(outcome="answered", text="Everybody is read.")

    def _read(self) -> None:
        for number in range(100_000):
            tell("salesforce", f"{number:,} people read")
            if self.enough.wait(0.02):
                return


@pytest.fixture
def reads() -> Reads:
    return Reads()


Surfaces = Callable[[], Any]


@pytest.fixture
def surfaces(bare: Callable[..., Any], reads: Reads) -> Iterator[Surfaces]:
    """Workers over one store, one after the other."""

    def worker() -> Any:
        made = bare(reads, pace=Pace(burst=10_000))
        made.parts.live.slow = 0.02
        made.work()
        return made

    yield worker
    reads.enough.set()


def said(slack: Any, surface: Any, text: str, *, at: str, thread: str = "") -> None:
    """Slack tells the listening process that somebody mentioned us."""
    event = {"type": "app_mention", "user": "U_ANA", "text": f"<@{slack.bot}> {text}", "ts": at}
    event |= {"channel": slack.channel} | ({"thread_ts": thread} if thread else {})
    body = {
        "type": "event_callback",
        "team_id": "T0DEMO",
        "api_app_id": "A0CLEARANCE",
        "event_id": f"Ev{at}",
        "authorizations": [{"team_id": "T0DEMO", "user_id": slack.bot, "is_bot": True}],
        "event": event,
    }
    sent = BoltRequest(body=body, mode="socket_mode")
    assert surface.reception().dispatch(sent).status == 200


def held(surface: Any) -> int:
    """How many requests are kept."""
    from sqlalchemy import func, select

    from bot.store.tables import inbox

    with surface.parts.store.read() as connection:
        return int(connection.execute(select(func.count()).select_from(inbox)).scalar_one())


def outlast(surface: Any, *, minutes: int = 2) -> datetime:
    """As if the holder of what is held now had not been heard of since; a lease lasts one minute."""
    from sqlalchemy import update

    from bot.store.tables import inbox

    store = surface.parts.store
    with store.begin() as connection:
        long_ago: datetime = store.now(connection) - timedelta(minutes=minutes)
        connection.execute(update(inbox).values(claimed_at=long_ago))
    return long_ago


def claimed_at(surface: Any) -> datetime:
    """When the holder of the one request that is held was last heard of."""
    from sqlalchemy import select

    from bot.store.tables import inbox

    with surface.parts.store.read() as connection:
        found: datetime = connection.execute(select(inbox.c.claimed_at)).scalar_one()
    return found


def test_the_word_stop_ends_what_is_being_read(slack: Any, reads: Reads, surfaces: Surfaces) -> None:
    """Said in the thread by who asked, it is no turn of its own: the read ends and says so once."""
    worker, at = surfaces(), slack.say("U_ANA", "read everybody")
    said(slack, worker, "read everybody", at=at)
    assert reads.begun.acquire(timeout=120)
    assert held(worker) == 1
    said(slack, worker, "Stop!", at=slack.say("U_ANA", "Stop!", thread=at), thread=at)
    slack.wait(lambda: "Stopped." in str(slack.messages(thread=at)))
    slack.wait(lambda: held(worker) == 0)
    assert len(slack.messages(thread=at)) == 1
    said(slack, worker, "hello", at=slack.say("U_ANA", "hello", thread=at), thread=at)
    slack.wait(lambda: "You said hello" in str(slack.messages(thread=at)))


def test_slack_s_stop_button_ends_it_as_well(slack: Any, reads: Reads, surfaces: Surfaces) -> None:
    """The native button of the session halts the read of who pressed it."""
    worker, at = surfaces(), slack.say("U_ANA", "read everybody")
    said(slack, worker, "read everybody", at=at)
    assert reads.begun.acquire(timeout=120)
    from bot.slack.stopping import Stopping

    Stopping(worker.parts).thread(slack.channel, at, by="U_ANA")
    slack.wait(lambda: "Stopped." in str(slack.messages(thread=at)))
    assert len(slack.messages(thread=at)) == 1


def test_a_worker_that_ends_leaves_its_read_to_the_next(slack: Any, reads: Reads, surfaces: Surfaces) -> None:
    """Stopped in order it gives the request back; the next begins again in the same line and answers once."""
    worker, at = surfaces(), slack.say("U_ANA", "read everybody")
    for _ in range(2):  # Slack delivers it twice
        said(slack, worker, "read everybody", at=at)
    assert reads.begun.acquire(timeout=120)
    slack.wait(lambda: slack.messages(thread=at))
    (line,) = [each["ts"] for each in slack.messages(thread=at)]
    worker.stop(0.3)
    assert held(worker) == 1
    surfaces()
    assert reads.begun.acquire(timeout=120)
    assert reads.left.acquire(timeout=120)
    reads.enough.set()
    slack.wait(lambda: "Everybody is read." in str(slack.messages(thread=at)))
    slack.wait(lambda: held(worker) == 0)
    assert [each["ts"] for each in slack.messages(thread=at)] == [line]
    assert len(reads.turns) == 2


def test_a_claim_is_renewed_while_it_is_read(
    slack: Any, reads: Reads, surfaces: Surfaces, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two hours of reading are no death: a second worker leaves the turn alone, past any lease."""
    from bot.slack import reception
    from bot.store import inbox

    monkeypatch.setattr(inbox, "LEASE", timedelta(hours=1))
    monkeypatch.setattr(reception, "RENEW", 0.1)
    worker, at = surfaces(), slack.say("U_ANA", "read everybody")
    said(slack, worker, "read everybody", at=at)
    assert reads.begun.acquire(timeout=120)
    surfaces()
    for _ in range(4):
        aged = outlast(worker, minutes=30)
        slack.wait(lambda aged=aged: claimed_at(worker) > aged + timedelta(minutes=10))
    assert not reads.begun.acquire(timeout=0.5)
    reads.enough.set()
    slack.wait(lambda: "Everybody is read." in str(slack.messages(thread=at)))
    assert len(reads.turns) == 1


def test_a_worker_that_stood_still_says_nothing_more(
    slack: Any, reads: Reads, surfaces: Surfaces, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whose claim went to another ends its read at the next word; the other answers, once."""
    from bot.slack import reception

    monkeypatch.setattr(reception, "RENEW", 1_000_000.0)  # it stands still
    worker, at = surfaces(), slack.say("U_ANA", "read everybody")
    said(slack, worker, "read everybody", at=at)
    assert reads.begun.acquire(timeout=120)
    outlast(worker)
    surfaces()
    slack.wait(lambda: len(reads.turns) >= 2)
    monkeypatch.setattr(reception, "RENEW", 0.05)  # it wakes, and finds the other at it
    assert reads.left.acquire(timeout=120)
    reads.enough.set()
    slack.wait(lambda: "Everybody is read." in str(slack.messages(thread=at)))
    slack.wait(lambda: held(worker) == 0)
    (line,) = slack.messages(thread=at)
    assert line["text"] == "Everybody is read."


def test_what_ends_every_worker_is_given_up(slack: Any, reads: Reads, surfaces: Surfaces) -> None:
    """After five workers that took it and did not come back, the person is told instead."""
    from sqlalchemy import update

    from bot.store import seen
    from bot.store.tables import inbox

    worker, at = surfaces(), slack.say("U_ANA", "read everybody")
    worker.stop(0.3)
    said(slack, worker, "read everybody", at=at)
    worker.reception().stop()
    store = worker.parts.store
    with store.begin() as connection:
        connection.execute(update(inbox).values(takes=5))
        for each in (f"slack:event:Ev{at}", f"slack:message:{slack.channel}:{at}"):
            seen.first_time(connection, each, now=store.now(connection))
    surfaces()
    slack.wait(lambda: "cut off 5 times" in str(slack.messages(thread=at)))
    slack.wait(lambda: held(worker) == 0)
    assert reads.turns == []


def test_stopped_is_no_failure_that_a_tool_may_go_on_after() -> None:
    """Tools go on without a system that failed; what was stopped is no such failure."""
    from tools.errors import ClearanceError

    assert not issubclass(Stopped, ClearanceError)
