"""Acknowledging apart from the work: what is kept, by whom and in which order it is taken."""

import threading
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

pytestmark = pytest.mark.slack


@pytest.fixture
def heard() -> list[str]:
    return []


@pytest.fixture
def app(slack: Any, heard: list[str]) -> Any:
    """A Bolt app that writes down what it hears."""
    from slack_bolt import App

    from bot.slack.client import web_client

    made = App(
        client=web_client(slack.bot_token, slack.api),
        signing_secret=slack.signing_secret,
        token_verification_enabled=False,
        process_before_response=True,
    )
    made.event("app_mention")(lambda event: heard.append(event["text"].rpartition(" ")[2]))
    made.view("form")(lambda ack: ack(response_action="errors", errors={"field": "Too short."}))
    return made


def test_an_acknowledged_request_is_handed_to_a_worker_s_app_in_order(
    store: Any, app: Any, heard: list[str], slack: Any
) -> None:
    """Everything of a thread arrives, once, in the order it was said, whoever of two workers takes it."""
    from slack_bolt import BoltRequest

    from bot.slack.bare import request
    from bot.slack.reception import Inbox, Reception
    from bot.slack.work import Work

    front = Reception(app, store)
    for number in range(40):
        sent = request("event", words=str(number), thread="1.000001")
        assert front.dispatch(BoltRequest(body=dict(sent.body), mode="socket_mode")).status == 200
    front.stop(60)
    assert heard == []
    workers = [Inbox(app, store, Work()), Inbox(app, store, Work())]
    for each in workers:
        each.start()
    slack.wait(lambda: len(heard) == 40)
    for each in workers:
        each.stop(60)
    assert heard == [str(number) for number in range(40)]


def test_what_cannot_be_kept_is_not_acknowledged(app: Any, tmp_path: Any) -> None:
    """Without a database Slack is told so, and sends the request again once there is one."""
    from slack_bolt import BoltRequest
    from sqlalchemy import text

    from bot.slack.bare import request
    from bot.slack.reception import Reception
    from bot.store import inbox
    from bot.store.connect import Store

    store = Store.open(f"sqlite:///{tmp_path / 'away.db'}")
    front, sent = Reception(app, store, patience=60.0), request("event", words="hello")
    with store.begin() as connection:
        connection.execute(text("ALTER TABLE inbox RENAME TO away"))
    assert front.dispatch(BoltRequest(body=dict(sent.body), mode="socket_mode")).status == 503
    with store.begin() as connection:
        connection.execute(text("ALTER TABLE away RENAME TO inbox"))
    assert front.dispatch(BoltRequest(body=dict(sent.body), mode="socket_mode")).status == 200
    with store.read() as connection:
        assert inbox.waits(connection, by="another", now=store.now(connection))
    front.stop(60)
    store.close()


def test_a_slow_database_does_not_keep_slack_waiting(app: Any, tmp_path: Any) -> None:
    """Slack is answered in time, and the request is kept once the database lets us."""
    from slack_bolt import BoltRequest
    from sqlalchemy import text

    from bot.slack.bare import request
    from bot.slack.reception import Reception
    from bot.store import inbox
    from bot.store.connect import Store

    store = Store.open(f"sqlite:///{tmp_path / 'slow.db'}")
    front, sent = Reception(app, store), request("event", words="hello")
    with store.begin() as busy:  # somebody writes for long
        busy.execute(text("DELETE FROM seen"))
        assert front.dispatch(BoltRequest(body=dict(sent.body), mode="socket_mode")).status == 200
    front.stop(60)
    with store.read() as connection:
        assert inbox.waits(connection, by="another", now=store.now(connection))
    store.close()


def test_what_must_carry_an_answer_is_answered_at_once(store: Any, app: Any) -> None:
    """A form's mistakes go back with the acknowledgement, and nothing is kept for later."""
    from slack_bolt import BoltRequest

    from bot.slack.reception import Reception
    from bot.store import inbox

    front = Reception(app, store)
    view = {"callback_id": "form", "type": "modal", "state": {"values": {}}}
    body = {"type": "view_submission", "team": {"id": "T0DEMO"}, "user": {"id": "U_ANA"}, "view": view}
    assert "Too short." in str(front.dispatch(BoltRequest(body=body, mode="socket_mode")).body)
    front.stop(60)
    with store.read() as connection:
        assert not inbox.waits(connection, by="another", now=store.now(connection))


def test_what_a_dead_worker_took_comes_back(store: Any) -> None:
    """A lane that a worker is at is left to it; what it has not handed over in a minute is taken again."""
    from bot.store import inbox

    with store.begin() as connection:
        inbox.put(connection, [("lane", {"n": 1}), ("lane", {"n": 2}), ("other", {"n": 3})])
        now = store.now(connection)
        assert numbers(inbox.claim(connection, by="one", now=now, limit=1)) == [1]
        assert numbers(inbox.claim(connection, by="two", now=now)) == [3]
        assert numbers(inbox.claim(connection, by="one", now=now)) == [2]
        later = now + timedelta(minutes=2)
        again = inbox.claim(connection, by="three", now=later)
        assert numbers(again) == [1, 2, 3]
        inbox.done(connection, [each.key for each in again])
        assert not inbox.waits(connection, by="another", now=later)


def test_a_worker_never_takes_a_second_time_what_it_is_at(store: Any) -> None:
    """It may have stood still: however old its claim, the turn goes on in it, or in another worker."""
    from bot.store import inbox

    with store.begin() as connection:
        inbox.put(connection, [("lane", {"n": 1})])
        now = store.now(connection)
        assert numbers(inbox.claim(connection, by="one", now=now)) == [1]
        later = now + timedelta(minutes=2)
        assert not inbox.waits(connection, by="one", now=later)
        assert inbox.claim(connection, by="one", now=later) == []
        assert inbox.waits(connection, by="two", now=later)
        assert numbers(inbox.claim(connection, by="two", now=later)) == [1]


def test_a_claim_lasts_as_long_as_it_is_renewed(store: Any) -> None:
    """Renewed it stays; given back or of a process that is dead it is free; a claim that was lost is said."""
    from bot.store import inbox

    with store.begin() as connection:
        inbox.put(connection, [("a", {"n": 1}), ("b", {"n": 2}), ("c", {"n": 3})])
        now = store.now(connection)
        one, two, three = (each.key for each in inbox.claim(connection, by="one", now=now))
        later = now + timedelta(seconds=50)
        assert inbox.renew(connection, [one, two, three], by="one", now=later) == {one, two, three}
        late = later + timedelta(seconds=50)
        assert inbox.claim(connection, by="two", now=late) == []
        inbox.give_back(connection, [one], by="one")
        (again,) = inbox.claim(connection, by="two", now=late)
        assert (again.key, again.takes) == (one, 2)
        assert inbox.renew(connection, [one, two], by="one", now=late) == {two}
        inbox.done(connection, [one], by="one")  # it is not its any more
        assert inbox.holders(connection) == {"one", "two"}
        inbox.bury(connection, "one")
        assert numbers(inbox.claim(connection, by="three", now=late)) == [2, 3]
        assert inbox.holders(connection) == {"two", "three"}


def test_lanes_are_threads_or_people() -> None:
    """What is said in a thread shares a lane with its first message; presses are a person's."""
    from bot.slack.reception import lane

    assert lane(event(ts="1.1")) == lane(event(ts="1.2", thread_ts="1.1")) != lane(event(ts="1.3"))
    assert lane({"command": "/marops", "user_id": "U_ANA"}) == lane({"user": {"id": "U_ANA"}})


def test_workers_race_for_nothing_twice(store: Any) -> None:
    """Four workers at once take each of forty requests once."""
    from bot.store import inbox

    with store.begin() as connection:
        inbox.put(connection, [(f"lane {number}", {"n": number}) for number in range(40)])
    taken: list[int] = []
    threads = [threading.Thread(target=take_all, args=(store, str(each), taken)) for each in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sorted(taken) == list(range(40))


def take_all(store: Any, by: str, taken: list[int]) -> None:
    from bot.store import inbox

    for _ in range(20):
        with store.begin() as connection:
            taken += numbers(inbox.claim(connection, by=by, now=store.now(connection), limit=5))


def numbers(claimed: list[Any]) -> list[int]:
    return [int(each.body["n"]) for each in claimed]


def event(**said: str) -> Mapping[str, Any]:
    return {"event": {"channel": "C1", **said}}
