"""The landing: after the vendors' lag every row is read back, and what really is so is reported row by row.

Source: vendors' sync between CRM and marketing automation lags by minutes and has backlogs; a write that was
accepted is not a write that is there. Hence twice the lag, then a read of every system.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from pydantic import TypeAdapter

from bot.engine import created
from bot.engine.cards import LandingView, Residue, RunView
from bot.engine.drive import Drive
from bot.store import journal, plans, runs
from bot.store.connect import Connection
from bot.store.journal import Entry, Group, Mark
from tools.plan import PlanState, RunState
from tools.ports import Read

PAGE = 10_000
SHOWN = 50
NOT_THERE = "accepted, but not there when read back"
NEVER_SENT = "not sent"
WHAT_TO_DO: Mapping[str, str] = {
    "applied": "Ask for it again; if it stays away, look at what overwrites the record.",
    "failed": "Put right what the vendor named, then ask for it again.",
    "drifted": "Look at the record; somebody changed it after the plan was made.",
    "skipped": "Nothing was changed; ask for it again once the earlier step went through.",
    "unknown": "Look at the record and decide by hand.",
}

_VIEW = TypeAdapter(LandingView)


def await_reads(drive: Drive) -> None:
    """Every row is settled: enter `verifying`, to be read back after twice the vendors' longest lag."""
    with drive.store.read() as connection:
        systems = {group.system for group in journal.groups(connection, drive.run.plan_key)}
    lag = max((drive.writers[system].lag() for system in systems), default=0.0)
    until = drive.clock.now() + timedelta(seconds=2 * lag)
    with drive.writing() as connection:
        drive.change(connection, state="verifying", parked_until=until)
        drive.tell(connection, "run.progressed")


def verify(drive: Drive) -> None:
    """Wait, read every row back, report."""
    if drive.run.parked_until:
        drive.nap_until(drive.run.parked_until)
    with drive.store.read() as connection:
        groups = journal.groups(connection, drive.run.plan_key)
    for group in reversed(groups):  # last stage first: what was deleted later need not be read
        _read_group(drive, group)
    _report(drive)


def view(stored: Mapping[str, object] | None) -> LandingView | None:
    """A stored landing report as surfaces show it."""
    return None if stored is None else _VIEW.validate_python(stored)


def run_view(connection: Connection, plan_key: int) -> RunView | None:
    """The plan's run as surfaces show it; None when it was never cleared."""
    run = runs.of_plan(connection, plan_key)
    if run is None:
        return None
    counts = journal.counts(connection, run)
    return RunView(
        id=run.id,
        state=run.state,
        rows=counts,
        total=sum(counts.values()),
        parked_until=run.parked_until,
        attention=run.attention,
        created_at=run.created_at,
        started_at=run.started_at,
        finished_at=run.finished_at,
        stopped_by=run.stopped_by,
        landing=view(run.landing),
    )


def _read_group(drive: Drive, group: Group) -> None:
    after = 0
    while True:
        with drive.store.read() as connection:
            found = journal.unread(connection, drive.run, group, after=after, limit=PAGE)
            overtaken = _overtaken(connection, drive, group, found)
        if not found:
            return
        after = found[-1].change.seq
        answers: list[tuple[Entry, Read]] = [
            (entry, "landed") for entry in found if entry.change.record_id in overtaken
        ]
        asked = [entry for entry in found if entry.change.record_id not in overtaken]
        if asked:
            drive.check()
            since = drive.run.started_at or drive.run.created_at
            changes = created.filled(drive.store, drive.run, [entry.change for entry in asked])
            read = drive.writers[group.system].read_back(changes, since)
            answers += zip(asked, read, strict=True)
        _write(drive, {entry.change.seq: (entry, answer) for entry, answer in answers})


def _overtaken(connection: Connection, drive: Drive, group: Group, found: Sequence[Entry]) -> frozenset[str]:
    """Records that this run deleted in a later stage, as read back already: nothing is left to read."""
    ids = [entry.change.record_id for entry in found if entry.change.record_id]
    if group.op == "delete" or not ids:
        return frozenset()
    gone = journal.deleted(connection, drive.run, group, ids)
    return frozenset(each for each, deletion in gone.items() if deletion.landed == "landed")


def _write(drive: Drive, read: Mapping[int, tuple[Entry, Read]]) -> None:
    cleared_up = [
        Mark(seq=seq, state="applied")
        for seq, (entry, answer) in read.items()
        if entry.state == "unknown" and answer == "landed"
    ]
    with drive.writing() as connection:
        journal.settle(connection, drive.run.id, cleared_up, worker=drive.worker, now=None)
        journal.mark_landed(connection, drive.run.id, {seq: answer for seq, (_, answer) in read.items()})
        drive.progressed(connection)


def _report(drive: Drive) -> None:
    now = drive.clock.now()
    with drive.writing() as connection:
        found = _landing(connection, drive, now)
        state: RunState = "residue" if found.residue_count else "landed"
        plan_state: PlanState = "landed_with_residue" if found.residue_count else "landed"
        drive.change(
            connection,
            state=state,
            parked_until=None,
            finished_at=now,
            worker=None,
            landing=_VIEW.dump_python(found, mode="json"),
        )
        plans.move(connection, drive.run.plan_key, of=("cleared", "running"), to=plan_state)
        drive.record(connection, f"run.{state}", landed=dict(found.landed), residue=found.residue_count)
        drive.tell(connection, f"run.{state}")


def _landing(connection: Connection, drive: Drive, now: datetime) -> LandingView:
    landed: defaultdict[str, dict[str, int]] = defaultdict(dict)
    planned: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for system, op, answer, rows in journal.tally(connection, drive.run):
        planned[system][op] = planned[system].get(op, 0) + rows
        landed[system][op] = landed[system].get(op, 0) + (rows if answer == "landed" else 0)
    left, count = journal.residue(connection, drive.run, limit=SHOWN)
    return LandingView(
        at=now,
        landed=dict(landed),
        planned=dict(planned),
        residue=tuple(_residue(entry) for entry in left),
        residue_count=count,
    )


def _residue(entry: Entry) -> Residue:
    change = entry.change
    return Residue(
        seq=change.seq,
        system=change.system,
        object=change.object,
        record_id=change.record_id,
        op=change.op,
        state=entry.state,
        why=entry.error or (NOT_THERE if entry.state == "applied" else NEVER_SENT),
        what_to_do=entry.hint or WHAT_TO_DO.get(entry.state, ""),
    )
