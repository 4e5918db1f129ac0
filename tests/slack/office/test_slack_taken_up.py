"""A turn whose worker died: what it had come to decides whether it is begun again."""

from typing import Any

import pytest
from sqlalchemy import delete

from bot.slack.held import Held
from bot.slack.takeover import Takeover, is_stop
from bot.slack.thread import Heard, message
from bot.store.tables import seen

pytestmark = pytest.mark.slack


def taken_again(office: Any, words: str, ts: str, *, answered: bool) -> tuple[Heard, Held]:
    """The same message as another worker takes it up, before or after it was noted as answered."""
    event = {"user": "U_ANA", "text": words, "ts": ts, "channel": office.slack.channel}
    heard = message(event, bot=office.slack.bot, event_id=f"Ev{ts}", team="T0DEMO")
    if not answered:
        with office.surface.parts.store.begin() as connection:
            connection.execute(delete(seen).where(seen.c.id == f"{heard.seen_as[-1]}:answered"))
    return heard, Held(lambda: None, takes=2)


def test_a_turn_that_had_made_its_plan_makes_no_second_one(office: Any) -> None:
    """Died between the plan and the card: the card is shown, nothing is planned again."""
    words = f"suppress {office.somebody()}"
    thread = office.asked("U_ANA", words)
    card = thread.card()
    takeover = Takeover(office.surface.parts)
    assert not takeover.begins(*taken_again(office, words, thread.ts, answered=False))
    assert thread.card()["ts"] == card["ts"]


def test_a_turn_that_was_answered_is_not_answered_again(office: Any) -> None:
    """Died after the answer, before the request was done with."""
    thread = office.asked("U_ANA", "help")
    thread.said("suppress")
    takeover = Takeover(office.surface.parts)
    heard, held = taken_again(office, "help", thread.ts, answered=True)
    assert not takeover.begins(heard, held)
    assert not takeover.answers(heard)


def test_a_turn_that_had_come_to_nothing_is_begun_again(office: Any) -> None:
    """Died while it read: whoever takes it up answers it, and nobody else after that."""
    thread = office.asked("U_ANA", "help")
    thread.said("suppress")
    takeover = Takeover(office.surface.parts)
    heard, held = taken_again(office, "help", thread.ts, answered=False)
    assert not takeover.begins(heard, Held(lambda: None, takes=1))  # Slack sends it again: not cut off
    assert takeover.begins(heard, held)
    assert takeover.answers(heard)
    assert not takeover.answers(heard)


def test_the_words_that_stop() -> None:
    """A short order and nothing else: a sentence with “stop” in it is a request."""
    assert is_stop("Stop!")
    assert is_stop("cancel that")
    assert not is_stop("stop mailing olga@acme.example")
