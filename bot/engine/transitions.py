"""A run's changes of state. Each is one transaction: state, audit event, notice for the thread."""

from datetime import timedelta

import structlog

from bot.engine import doubts
from bot.engine.drive import Drive
from bot.store import plans, runs
from tools.errors import ClearanceError, RetryLater

TRIES = 10  # pauses in a row without progress before a person is asked
LONGEST_PAUSE = 300.0
WORTH_TELLING = 5.0  # seconds; shorter pauses are nobody's business

log = structlog.get_logger(__name__)


def seconds_left(drive: Drive) -> float:
    """How long a parked run still waits; 0 when it may go on or must be stopped."""
    run = drive.run
    if run.state != "parked" or run.parked_until is None or run.stop_requested:
        return 0.0
    return max(0.0, (run.parked_until - drive.clock.now()).total_seconds())


def start(drive: Drive) -> None:
    """The run begins, or goes on."""
    with drive.writing() as connection:
        if drive.run.started_at is None:
            now = drive.clock.now()
            drive.change(connection, state="running", parked_until=None, started_at=now)
            plans.move(connection, drive.run.plan_key, of=("cleared",), to="running")
            drive.record(connection, "run.started")
            drive.tell(connection, "run.started")
        else:
            drive.change(connection, state="running", parked_until=None)


def park(drive: Drive, error: RetryLater, *, weight: int = 1) -> float | None:
    """Wait and try again, each time longer; after `TRIES` pauses without progress a person is asked."""
    tries = drive.run.tries + weight
    if tries > TRIES:
        needs_attention(
            drive, f"{error.what}, {TRIES} times in a row. Resume the run when that is put right."
        )
        return None
    wait = max(error.after, min(2.0 ** (tries - 1), LONGEST_PAUSE))
    until = drive.clock.now() + timedelta(seconds=wait)
    with drive.writing() as connection:
        if drive.run.state == "verifying":
            drive.change(connection, parked_until=until, tries=tries)
        else:
            drive.change(connection, state="parked", parked_until=until, tries=tries)
            drive.record(connection, "run.parked", seconds=round(wait), why=error.what)
            if wait >= WORTH_TELLING:
                drive.tell(connection, "run.parked", error.what)
    return wait


def needs_attention(drive: Drive, sentence: str) -> None:
    """A person must act before the run can go on."""
    with drive.writing() as connection:
        drive.change(connection, state="needs_attention", attention=sentence, parked_until=None, worker=None)
        drive.record(connection, "run.needs_attention", why=sentence)
        drive.tell(connection, "run.needs_attention", sentence)


def stop(drive: Drive) -> None:
    """A person said stop. What is in doubt is read back if that works; nothing more is written."""
    try:
        doubts.settle_all(drive, patient=False)
    except ClearanceError as error:
        # those rows stay in doubt; they are read back when the run is resumed
        log.warning("run.doubt_left", run=drive.run.id, why=error.what)
    with drive.writing() as connection:
        found = runs.get(connection, drive.run.id)
        by = found.stopped_by if found else ""
        drive.change(
            connection, state="stopped", parked_until=None, finished_at=drive.clock.now(), worker=None
        )
        drive.record(connection, "run.stopped", actor=by)
        drive.tell(connection, "run.stopped")
