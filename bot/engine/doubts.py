"""Rows in doubt: a request may have left and its answer was not heard. They are read back, never guessed."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from bot.engine import created
from bot.engine.drive import Drive
from bot.store import journal
from bot.store.journal import Entry, Group, Mark
from tools.ports import Read

PAGE = 2000
UNKNOWN = "the answer was lost and the record cannot tell"
LOOK = "Look at the record and decide by hand; it is not sent again."


def settle_all(drive: Drive, *, patient: bool = True) -> int:
    """Read back every row in doubt, whoever left it so; returns how many wait again.

    "Not landed" counts only when the vendor's lag has passed since the request, for its reads may be behind.
    `patient` waits that long; otherwise such rows stay in doubt.
    """
    with drive.store.read() as connection:
        groups = journal.groups(connection, drive.run.plan_key)
    return sum(_settle(drive, group, patient=patient) for group in groups)


def _settle(drive: Drive, group: Group, *, patient: bool) -> int:
    back = after = 0
    while True:
        with drive.store.read() as connection:
            found = journal.in_doubt(connection, drive.run, group, after=after, limit=PAGE)
        if not found:
            return back
        after = found[-1].change.seq
        back += _resolve(drive, group, found, patient=patient)


def _resolve(drive: Drive, group: Group, found: Sequence[Entry], *, patient: bool) -> int:
    read = _read_back(drive, group, found)
    young = [entry for entry in found if read[entry.change.seq] == "not_landed" and _young(drive, entry)]
    if young and patient:
        lag = timedelta(seconds=drive.writers[group.system].lag())
        drive.nap_until(max(entry.at for entry in young if entry.at) + lag)
        read.update(_read_back(drive, group, young))
    elif young:
        read = {seq: answer for seq, answer in read.items() if seq not in {e.change.seq for e in young}}
    again = created.found_again(drive, [entry for entry in found if read.get(entry.change.seq) == "landed"])
    return _write(drive, read, again)


def _read_back(drive: Drive, group: Group, found: Sequence[Entry]) -> dict[int, Read]:
    since = drive.run.started_at or drive.run.created_at
    changes = created.filled(drive.store, drive.run, [entry.change for entry in found])
    answers = drive.writers[group.system].read_back(changes, since)
    return {entry.change.seq: answer for entry, answer in zip(found, answers, strict=True)}


def _young(drive: Drive, entry: Entry) -> bool:
    lag = drive.writers[entry.change.system].lag()
    return entry.at is not None and (drive.clock.now() - entry.at).total_seconds() < lag


def _write(drive: Drive, read: dict[int, Read], ids: Mapping[int, str]) -> int:
    back = [seq for seq, answer in read.items() if answer == "not_landed"]
    marks = [
        Mark(seq=seq, state="applied", record_id=ids.get(seq))
        if answer == "landed"
        else Mark(seq=seq, state="unknown", error=UNKNOWN, hint=LOOK)
        for seq, answer in read.items()
        if answer != "not_landed"
    ]
    with drive.writing() as connection:
        journal.forget(connection, drive.run.id, back)
        journal.settle(connection, drive.run.id, marks, worker=drive.worker, now=None)
        if marks:
            drive.progressed(connection)
    return len(back)
