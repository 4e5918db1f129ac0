"""Ids of records that a run itself creates, put where later rows of the same plan refer to them.

A value `{"created": object}` stands for the record that an earlier stage creates for the same person. The
cleared rows are never rewritten: the id comes from the journal each time it is needed, so that a run, its
read-back and its undo see the same row. An id whose answer was lost is looked up by the person's address.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from bot.engine.drive import Drive
from bot.engine.sampling import address_in
from bot.store import became, journal
from bot.store.connect import Store
from bot.store.journal import Entry, Mark
from bot.store.runs import Run
from tools.plan import Change, System, created_object
from tools.ports import Person, Reader

NOT_THERE = "the record it belongs to was not created"
LOOK = "Look at the step before; ask for it again once the record is there."


def filled(store: Store, run: Run, changes: Sequence[Change]) -> list[Change]:
    """The rows with ids in the place of references; one whose record is not there stays as it is."""
    wanted = [change for change in changes if _references(change)]
    if not wanted:
        return list(changes)
    with store.read() as connection:
        ids = became.created(connection, run, sorted({change.subject for change in wanted}))
    return [_filled(change, ids) for change in changes]


def entries_filled(store: Store, run: Run, entries: Sequence[Entry]) -> list[Entry]:
    """The same of rows as the journal knows them."""
    changes = filled(store, run, [entry.change for entry in entries])
    return [replace(entry, change=change) for entry, change in zip(entries, changes, strict=True)]


def ready(drive: Drive, batch: Sequence[Change]) -> list[Change]:
    """The rows that can be sent, filled in; those whose record was not created are skipped by name."""
    rows = filled(drive.store, drive.run, batch)
    missing = [change for change in rows if _references(change)]
    if missing:
        marks = [
            (change, Mark(seq=change.seq, state="skipped", error=NOT_THERE, hint=LOOK)) for change in missing
        ]
        with drive.writing() as connection:
            journal.write(connection, drive.run.id, marks, worker=drive.worker, now=drive.clock.now())
            drive.progressed(connection)
    return [change for change in rows if not _references(change)]


def found_again(drive: Drive, entries: Sequence[Entry]) -> Mapping[int, str]:
    """By seq, the ids of records that were created though nobody heard the answer.

    Only a record that is surely ours counts: the one of that object and person, or the one made since the run
    began.
    """
    lost = [entry.change for entry in entries if _is_lost(entry.change)]
    by_system = {change.system: drive.readers[change.system] for change in lost}
    found: dict[int, str] = {}
    for system, reader in by_system.items():
        own = [change for change in lost if change.system == system]
        people = _people(reader, own)
        for change in own:
            if record := _ours(change, people, drive):
                found[change.seq] = record
    return found


def _people(reader: Reader, changes: Sequence[Change]) -> list[Person]:
    addresses = sorted({address for change in changes if (address := address_in(change))})
    return [person for batch in reader.people(addresses) for person in batch] if addresses else []


def _ours(change: Change, people: Sequence[Person], drive: Drive) -> str:
    same = [each for each in people if each.subject == change.subject and each.object == change.object]
    since = drive.run.started_at or drive.run.created_at
    new = [each for each in same if each.created is not None and each.created >= since.replace(microsecond=0)]
    left = same if len(same) == 1 else new
    return left[0].record_id if len(left) == 1 else ""


def _is_lost(change: Change) -> bool:
    return (
        change.op == "create"
        and not change.record_id
        and bool(change.subject)
        and "undelete" not in change.set
    )


def _references(change: Change) -> bool:
    return any(created_object(value) for value in change.set.values())


def _filled(change: Change, ids: Mapping[tuple[System, str, str], str]) -> Change:
    if not _references(change):
        return change
    values = {
        name: ids.get((change.system, created_object(value), change.subject), value)
        for name, value in change.set.items()
    }
    return replace(change, set=values)
