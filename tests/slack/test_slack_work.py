"""Background work: order per thread, failures as sentences, an orderly end."""

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from bot.slack.fresh import Fresh
from bot.slack.post import Pace
from bot.slack.work import Work
from tools.errors import Refused


class Told:
    """Remembers what people were told."""

    def __init__(self) -> None:
        self.sentences: list[str] = []
        self.references: list[str] = []

    def __call__(self, sentence: str, reference: str) -> None:
        self.sentences.append(sentence)
        self.references.append(reference)


def test_jobs_of_one_thread_run_in_order_and_of_others_at_once() -> None:
    """What is said later in a thread is answered later; another thread does not wait."""
    work, done, gate = Work(4), [], threading.Event()
    told = Told()
    work.submit(gate.wait, key="a", failed=told)
    for n in range(5):
        work.submit(lambda n=n: done.append(n), key="a", failed=told)
    other = threading.Event()
    work.submit(other.set, key="b", failed=told)
    assert other.wait(60)
    assert done == []
    gate.set()
    assert work.close(60)
    assert done == [0, 1, 2, 3, 4]
    assert told.sentences == []


def test_a_failure_is_a_sentence_and_the_next_job_runs() -> None:
    """Expected failures are told as they are; others by a reference, never in an exception's words."""
    work, told, done = Work(2), Told(), []

    def refused() -> None:
        raise Refused("You may not", do="Ask Max.")

    def broken() -> None:
        raise ValueError("secret of the database")

    work.submit(refused, key="a", failed=told)
    work.submit(broken, key="a", failed=told)
    work.submit(lambda: done.append(1), key="a", failed=told)
    assert work.close(60)
    assert told.sentences == ["You may not. Ask Max.", ""]
    assert told.references[0] == ""
    assert told.references[1].startswith("E-")
    assert done == [1]


def test_when_even_telling_fails_the_rest_goes_on() -> None:
    """A person who cannot be told must not stop the others' work."""
    work, done = Work(1), []

    def broken(*_: str) -> None:
        raise OSError("Slack is away")

    def failing() -> None:
        raise ValueError("x")

    work.submit(failing, key="a", failed=broken)
    work.submit(lambda: done.append(1), key="a", failed=broken)
    assert work.close(60)
    assert done == [1]


def test_closing_takes_nothing_new_and_does_not_wait_for_ever() -> None:
    """A job that never ends does not hold the process, and late work is dropped."""
    work, gate, told, late = Work(1), threading.Event(), Told(), []
    work.submit(gate.wait, failed=told)
    assert not work.close(0.05)
    work.submit(lambda: late.append(1), failed=told)
    gate.set()
    time.sleep(0.05)
    assert late == []


def test_a_job_that_steps_aside_leaves_its_place_to_others() -> None:
    """What takes long does not count, and the short ones behind it run."""
    work, told, gate, aside = Work(1, aside=1), Told(), threading.Event(), threading.Event()

    def reads_long() -> None:
        with work.stepping_aside() as step:
            step()
            step()
            aside.set()
            gate.wait(60)

    work.submit(reads_long, failed=told)
    assert aside.wait(60)
    assert work.busy == 0
    short = threading.Event()
    work.submit(short.set, failed=told)
    assert short.wait(60)
    gate.set()
    assert work.close(60)
    assert work.busy == 0


def test_what_is_asked_at_once_is_asked_few_times_and_never_stale(door: Callable[[Any], Any]) -> None:
    """An answer serves those who waited when it was asked for; a later question is put anew."""
    asked, all_there = [], threading.Event()

    def ask(key: str) -> int:
        asked.append(key)
        all_there.wait(60)
        return len(asked)

    fresh = Fresh(ask, seconds=60)
    came = door(fresh)
    threads = [threading.Thread(target=fresh.now, args=("k",)) for _ in range(30)]
    for each in threads:
        each.start()
    came(30)
    all_there.set()
    for each in threads:
        each.join()
    assert 1 <= len(asked) <= 2
    before = len(asked)
    assert fresh.recent("k") == before
    assert fresh.now("k") == before + 1


def test_an_answer_that_failed_is_asked_for_again() -> None:
    """A failure is not kept."""
    answers = [ValueError("away"), 7]

    def ask(_: str) -> int:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    fresh = Fresh(ask, seconds=60)
    with pytest.raises(ValueError, match="away"):
        fresh.recent("k")
    assert fresh.recent("k") == 7


def test_a_channel_gets_a_short_burst_then_one_message_a_second() -> None:
    """The allowance of one channel is not another's."""
    waits: list[float] = []
    pace = Pace(burst=3, sleep=waits.append)
    for _ in range(3):
        pace.wait("C1")
    assert waits == []
    pace.wait("C1")
    pace.wait("C1")
    pace.wait("C2")
    assert [round(each) for each in waits] == [1, 2]
