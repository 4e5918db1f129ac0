"""What becomes of a run when vendors fail: pauses, people asked, doubts read back, nothing sent twice."""

from datetime import timedelta

import pytest

from tools.errors import NeedsAttention, OutcomeUnknown, Refused, RetryLater
from tools.ports import Outcome


class Killed(BaseException):
    """Stands for the end of the process: nothing of ours catches it."""


def test_a_pause_asked_for_parks_the_run_and_then_goes_on(scene):
    """429: rows wait again, the run is parked as long as asked, the limiter learns, all rows land once."""
    vendor = scene.vendor(batch=10)
    vendor.records = scene.people(20)
    vendor.next = [None, RetryLater("marketo asks for a pause", after=30.0)]
    made = scene.clear(scene.changes(20))
    executor = scene.worker(vendor)
    rest = executor.run(made.run_id)
    assert (rest.seconds, rest.parked) == (30.0, True)
    assert scene.run_of(made).state == "parked"
    assert scene.run_of(made).parked_until == scene.clock.now() + timedelta(seconds=30)
    assert scene.states(made) == {"applied": 10, "waiting": 10}
    assert executor._quota.learnt == [("marketo", 30.0)]
    scene.clock.sleep(10)
    assert executor.run(made.run_id).seconds == 20.0
    assert vendor.count("apply") == 2
    scene.finish(executor, made)
    assert vendor.applied == list(range(1, 21))
    assert scene.run_of(made).state == "landed"


def test_pauses_without_progress_grow_and_end_with_a_person(scene):
    """Ten pauses in a row, each longer, and then somebody is asked; nothing was sent twice."""
    vendor = scene.vendor()
    vendor.records = scene.people(1)
    vendor.next = [RetryLater("marketo cannot be reached", after=0.0) for _ in range(11)]
    made = scene.clear(scene.changes(1))
    executor = scene.worker(vendor)
    waits = []
    while (rest := executor.run(made.run_id)) is not None:
        waits.append(rest.seconds)
        scene.clock.sleep(rest.seconds)
    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300]
    assert scene.run_of(made).state == "needs_attention"
    assert "marketo cannot be reached, 10 times in a row" in scene.run_of(made).attention
    assert vendor.applied == []


def test_what_only_a_person_can_put_right_waits_for_one_and_goes_on(scene):
    """Credentials refused: the run says so, sends nothing more, and goes on where it was when resumed."""
    from bot.store import runs

    vendor = scene.vendor(batch=2)
    vendor.records = scene.people(4)
    vendor.next = [None, NeedsAttention("marketo does not let us in", do="Check the credentials.")]
    made = scene.clear(scene.changes(4))
    executor = scene.worker(vendor)
    assert executor.run(made.run_id) is None
    assert scene.run_of(made).state == "needs_attention"
    assert scene.run_of(made).attention == "marketo does not let us in. Check the credentials."
    assert scene.states(made) == {"applied": 2, "waiting": 2}
    assert executor.run(made.run_id) is None
    assert vendor.count("apply") == 2
    with scene.store.begin() as connection:
        assert runs.reopen(connection, made.run_id)
    assert executor.run(made.run_id) is None
    assert vendor.applied == [1, 2, 3, 4]
    assert scene.run_of(made).state == "landed"


def test_a_refused_request_fails_its_rows_and_the_others_go_on(scene):
    """A final no of the vendor is the answer for those rows; the rest of the plan is done."""
    vendor = scene.vendor(batch=2)
    vendor.records = scene.people(4)
    vendor.next = [Refused("marketo refused the request", detail="HTTP 400")]
    made = scene.clear(scene.changes(4))
    scene.worker(vendor).run(made.run_id)
    assert scene.states(made) == {"failed": 2, "applied": 2}
    assert scene.run_of(made).landing["residue"][0]["why"] == "marketo refused the request HTTP 400"


def test_an_answer_lost_after_the_write_is_read_back_and_not_sent_again(scene):
    """The vendor took it, the reply was dropped: read back says landed, so nothing is repeated."""

    def take_then_lose(batch, take):
        for change in batch:
            take(change)
        raise OutcomeUnknown("lost")

    vendor = scene.vendor(batch=3)
    vendor.records = scene.people(6)
    vendor.next = [take_then_lose]
    made = scene.clear(scene.changes(6))
    scene.worker(vendor).run(made.run_id)
    assert vendor.applied == [1, 2, 3, 4, 5, 6]
    assert scene.run_of(made).state == "landed"


def test_an_answer_lost_before_the_write_is_sent_again_after_a_pause(scene):
    """Half of the batch was taken: only the half that the read-back misses is sent again."""

    def take_half(batch, take):
        for change in batch[:2]:
            take(change)
        raise OutcomeUnknown("lost")

    vendor = scene.vendor(batch=4)
    vendor.records = scene.people(4)
    vendor.next = [take_half]
    made = scene.clear(scene.changes(4))
    scene.finish(scene.worker(vendor), made)
    assert vendor.applied == [1, 2, 3, 4]
    assert scene.run_of(made).state == "landed"


def test_a_read_that_lags_is_not_taken_for_an_answer(scene):
    """Within its lag the vendor says "not there" of what it took: it is asked again before a resend."""

    def take_then_lose(batch, take):
        for change in batch:
            take(change)
        raise OutcomeUnknown("lost")

    vendor = scene.vendor(lag=20.0)
    vendor.records = scene.people(2)
    vendor.next, vendor.hidden = [take_then_lose], 1
    made = scene.clear(scene.changes(2))
    scene.finish(scene.worker(vendor), made)
    assert vendor.applied == [1, 2]
    assert scene.run_of(made).state == "landed"


def test_what_cannot_be_told_is_unknown_and_shown_to_a_person(scene):
    """Neither sent again nor counted as done: the row is residue with what to do."""
    vendor = scene.vendor()
    vendor.records = scene.people(2)
    vendor.next = [lambda batch, take: [take(batch[0]), Outcome(state="unknown")]]
    vendor.reads = [["cannot_tell"], ["landed", "cannot_tell"]]
    made = scene.clear(scene.changes(2))
    scene.worker(vendor).run(made.run_id)
    assert scene.states(made) == {"applied": 1, "unknown": 1}
    residue = scene.run_of(made).landing["residue"]
    assert [(r["seq"], r["state"]) for r in residue] == [(2, "unknown")]
    assert residue[0]["what_to_do"].startswith("Look at the record")
    assert vendor.count("apply") == 1


def test_an_unknown_row_that_the_landing_finds_is_applied(scene):
    """What the later read proves is true, and undo will know of it."""
    vendor = scene.vendor()
    vendor.records = scene.people(1)
    vendor.next = [lambda batch, take: [take(batch[0]) and Outcome(state="unknown")]]
    vendor.reads = [["cannot_tell"]]
    made = scene.clear(scene.changes(1))
    scene.worker(vendor).run(made.run_id)
    assert scene.states(made) == {"applied": 1}
    assert scene.run_of(made).state == "landed"


@pytest.mark.parametrize("taken", [0, 2, 4])
def test_a_crash_inside_a_call_is_settled_by_the_next_worker(scene, taken):
    """Rows a dead worker left in `intent` are read back first: taken ones are not sent again, others are."""
    from bot.store import journal, workers

    def die(batch, take):
        for change in batch[:taken]:
            take(change)
        raise Killed

    vendor = scene.vendor(batch=4)
    vendor.records = scene.people(8)
    vendor.next = [die]
    made = scene.clear(scene.changes(8))
    first = scene.worker(vendor)
    with pytest.raises(Killed):
        first.run(made.run_id)
    with scene.store.read() as connection:
        assert journal.counts(connection, scene.run_of(made)) == {"intent": 4, "waiting": 4}
    second = scene.worker(vendor)
    assert second.run(made.run_id).parked is False  # the first one still holds its lease
    with scene.store.begin() as connection:
        workers.leave(connection, first.worker_id)
    scene.finish(second, made)
    assert sorted(vendor.applied) == list(range(1, 9))
    assert scene.run_of(made).state == "landed"


def test_a_worker_declared_dead_during_a_call_may_not_write_its_outcome(scene):
    """It wakes up, finds its lease gone, and the journal keeps the rows in doubt for whoever took over."""
    from bot.engine.leases import LeaseLost
    from bot.store import workers

    vendor = scene.vendor()
    vendor.records = scene.people(2)
    made = scene.clear(scene.changes(2))
    executor = scene.worker(vendor)

    def bury(batch, take):
        with scene.store.begin() as connection:
            workers.leave(connection, executor.worker_id)
        return [take(change) for change in batch]

    vendor.next = [bury]
    with pytest.raises(LeaseLost):
        executor.run(made.run_id)
    assert scene.states(made) == {"intent": 2}
    scene.worker(vendor).run(made.run_id)
    assert vendor.applied == [1, 2]
    assert scene.run_of(made).state == "landed"


def test_stop_keeps_the_next_request_from_leaving_and_can_be_resumed(scene):
    """The flag is looked at before every request; what was done stays, the rest waits."""
    from bot.store import runs

    vendor = scene.vendor(batch=2)
    vendor.records = scene.people(6)
    made = scene.clear(scene.changes(6))

    def stop_meanwhile(batch, take):
        with scene.store.begin() as connection:
            assert runs.request_stop(connection, made.run_id, by="U_IVY") == [made.run_id]
        return [take(change) for change in batch]

    vendor.next = [None, stop_meanwhile]
    executor = scene.worker(vendor)
    assert executor.run(made.run_id) is None
    run = scene.run_of(made)
    assert (run.state, run.stopped_by) == ("stopped", "U_IVY")
    assert scene.states(made) == {"applied": 4, "waiting": 2}
    with scene.store.begin() as connection:
        assert runs.request_stop(connection, None, by="U_IVY") == []
        assert runs.reopen(connection, made.run_id)
    executor.run(made.run_id)
    assert vendor.applied == [1, 2, 3, 4, 5, 6]


def test_stop_of_a_parked_run_takes_effect_at_once(scene):
    """A run that waits for an hour is stopped now."""
    from bot.store import runs

    vendor = scene.vendor()
    vendor.records = scene.people(1)
    vendor.next = [RetryLater("busy", after=3600.0)]
    made = scene.clear(scene.changes(1))
    executor = scene.worker(vendor)
    assert executor.run(made.run_id).seconds == 3600.0
    with scene.store.begin() as connection:
        runs.request_stop(connection, None, by="U_IVY")
    assert executor.run(made.run_id) is None
    assert scene.run_of(made).state == "stopped"
    assert vendor.applied == []


def test_stop_inside_a_long_call_aborts_it_and_reads_back(scene):
    """A writer that sends many requests is stopped between two of them; what it did is read back."""
    from bot.engine.limiter import Limiter
    from bot.store import runs

    limiter = Limiter(scene.store, scene.clock)
    vendor = scene.vendor(batch=4)
    vendor.records = scene.people(4)
    made = scene.clear(scene.changes(4))

    def one_by_one(batch, take):
        outcomes = []
        for change in batch:
            limiter.reserve("marketo")
            outcomes.append(take(change))
            if change.seq == 2:
                with scene.store.begin() as connection:
                    runs.request_stop(connection, made.run_id, by="U_IVY")
        return outcomes

    vendor.next = [one_by_one]
    scene.worker(vendor, quota=limiter).run(made.run_id)
    assert vendor.applied == [1, 2]
    assert scene.run_of(made).state == "stopped"
    assert scene.states(made) == {"applied": 2, "waiting": 2}


def test_stop_lets_a_bulk_job_be_aborted_and_reads_back(scene):
    """The poll is refused, the writer aborts its job with its last words, and the rows are read back."""
    from bot.engine.limiter import Limiter

    limiter = Limiter(scene.store, scene.clock)
    vendor = scene.vendor(batch=4)
    vendor.records = scene.people(4)
    made = scene.clear(scene.changes(4))
    requests = []

    def send(what):
        limiter.reserve("marketo")
        requests.append(what)

    def job(batch, take):
        send("submit")
        take(batch[0])
        scene.stop(made)
        try:
            send("poll")
        except NeedsAttention:
            send("abort")
            raise OutcomeUnknown("aborted") from None

    vendor.next = [job]
    scene.worker(vendor, quota=limiter).run(made.run_id)
    assert requests == ["submit", "abort"]
    assert scene.run_of(made).state == "stopped"
    assert scene.states(made) == {"applied": 1, "waiting": 3}


def test_a_writer_that_will_not_hear_is_held_after_its_last_words(scene):
    """A writer that goes on after being told to stop cannot send much more."""
    from bot.engine.limiter import Limiter

    limiter = Limiter(scene.store, scene.clock)
    vendor = scene.vendor(batch=9)
    vendor.records = scene.people(9)
    made = scene.clear(scene.changes(9))

    def deaf(batch, take):
        scene.stop(made)
        outcomes = []
        for change in batch:
            try:
                limiter.reserve("marketo")
                outcomes.append(take(change))
            except NeedsAttention:
                outcomes.append(Outcome(state="unknown"))
        return outcomes

    vendor.next = [deaf]
    scene.worker(vendor, quota=limiter).run(made.run_id)
    assert vendor.applied == [2, 3]
    assert scene.run_of(made).state == "stopped"


def test_a_fault_of_ours_is_tried_again_and_soon_shown(scene):
    """An exception nobody expected loses nothing: rows are read back, and after a few a person is asked."""
    vendor = scene.vendor(batch=2)
    vendor.records = scene.people(2)
    vendor.next = [KeyError("result") for _ in range(4)]
    made = scene.clear(scene.changes(2))
    scene.finish(scene.worker(vendor), made)
    assert scene.run_of(made).state == "needs_attention"
    assert scene.run_of(made).attention.startswith("Something unexpected happened")
    assert vendor.applied == []


def test_a_leaving_worker_stops_between_requests(scene):
    """Shutting down leaves the run where it is; the next worker goes on."""
    from bot.store import workers

    vendor = scene.vendor(batch=2)
    vendor.records = scene.people(4)
    made = scene.clear(scene.changes(4))
    executor = scene.worker(vendor)

    def leave(batch, take):
        executor.leave()
        return [take(change) for change in batch]

    vendor.next = [leave]
    assert executor.run(made.run_id).parked is False
    assert executor.run(made.run_id).parked is False
    assert vendor.applied == [1, 2]
    with scene.store.begin() as connection:
        workers.leave(connection, executor.worker_id)
    scene.worker(vendor).run(made.run_id)
    assert vendor.applied == [1, 2, 3, 4]


def test_a_pause_while_reading_back_does_not_start_the_wait_again(scene):
    """The landing waits once for the lag; a pause of the vendor only adds itself."""
    vendor = scene.vendor(lag=10.0)
    vendor.records = scene.people(1)
    vendor.reads = [RetryLater("busy", after=3.0)]
    made = scene.clear(scene.changes(1))
    executor = scene.worker(vendor)
    rest = executor.run(made.run_id)
    assert rest.seconds == 3.0
    assert scene.run_of(made).state == "verifying"
    executor.run(made.run_id)
    assert scene.run_of(made).state == "landed"
    assert scene.clock.slept == 23.0
