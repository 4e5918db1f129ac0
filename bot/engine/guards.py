"""The guard: what the decision rested on is read again just before the write; a drifted row is left alone."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from bot.engine.drive import Drive
from bot.store import became, journal
from bot.store.journal import Group, Mark
from tools.plan import Change, Fields, canonical
from tools.rules.consent_groups import SCOPED

BLOCKED = "an earlier step for this person did not go through"
GONE = "already gone"
ALREADY = "already so"  # another system's sync was faster: nothing of ours to write or to take back
LOOK = "Look at the record, then ask again if it is still wanted."


def passing(drive: Drive, group: Group) -> Iterator[Change]:
    """The group's waiting rows whose guards still hold, in order; the others are settled on the way.

    Rows are read in chunks of one guard read, and only as fast as they are taken.
    """
    limit = max(1, drive.readers[group.system].guard_batch(group.object))
    merges = _merged_before(drive, group)
    after = 0
    while True:
        with drive.store.read() as connection:
            found = journal.waiting(connection, drive.run, group, after=after, limit=limit)
        if not found:
            return
        after = found[-1][0].seq
        yield from _sift(drive, group, _as_merged(drive, group, found) if merges else found)


def judge(change: Change, now: Fields | None) -> Mark | None:
    """Why this row is not attempted, its guard fields reading `now` (None: gone); None to go on."""
    if now is None:
        if change.op == "delete":
            return Mark(seq=change.seq, state="skipped", error=GONE, landed="landed")
        return Mark(seq=change.seq, state="drifted", error="the record is gone")
    moved = [name for name, value in change.guard.items() if _differs(value, now.get(name))]
    if moved and (_is_so(change, now) or _is_stopped(change, now, moved)):
        return Mark(seq=change.seq, state="skipped", error=ALREADY, landed="landed")
    if moved:
        return Mark(seq=change.seq, state="drifted", error=f"changed since: {', '.join(moved)}", hint=LOOK)
    return None


def _sift(drive: Drive, group: Group, found: Sequence[tuple[Change, bool]]) -> list[Change]:
    now = _current(drive, group, [change for change, blocked in found if not blocked])
    out: list[Change] = []
    refused: list[tuple[Change, Mark]] = []
    for change, blocked in found:
        if blocked:
            refused.append((change, Mark(seq=change.seq, state="skipped", error=BLOCKED)))
        elif change.guard and change.record_id and (why := judge(change, now.get(change.record_id))):
            refused.append((change, why))
        else:
            out.append(change)
    if refused:
        with drive.writing() as connection:
            journal.write(connection, drive.run.id, refused, worker=drive.worker, now=drive.clock.now())
            drive.progressed(connection)
    return out


def _merged_before(drive: Drive, group: Group) -> bool:
    """Whether an earlier stage of the plan merges records of this system: a vendor may give them new ids."""
    if not group.stage:
        return False
    with drive.store.read() as connection:
        found = journal.groups(connection, drive.run.plan_key)
    return any(
        each.op == "merge" and each.system == group.system and each.stage < group.stage for each in found
    )


def _as_merged(drive: Drive, group: Group, found: Sequence[tuple[Change, bool]]) -> list[tuple[Change, bool]]:
    """The rows with the ids that their records have now."""
    ids = [change.record_id for change, _ in found if change.record_id]
    with drive.store.read() as connection:
        now = became.merged(connection, drive.run, group, ids)
    return [
        (replace(change, record_id=now.get(change.record_id or "", change.record_id)), blocked)
        for change, blocked in found
    ]


def _current(drive: Drive, group: Group, changes: Sequence[Change]) -> Mapping[str, Fields | None]:
    ids = [change.record_id for change in changes if change.record_id is not None and change.guard]
    if not ids:
        return {}
    fields = frozenset(name for change in changes for name in change.guard)
    drive.check()
    return drive.readers[group.system].current(group.object, ids, fields)


def _differs(planned: object, now: object) -> bool:
    return planned != now and canonical(planned) != canonical(now)


def _is_stopped(change: Change, now: Fields, moved: Sequence[str]) -> bool:
    """Whether all that moved is the opt-out that the row would write: it is not ours, words and all."""
    return change.op == "suppress" and all(
        name in change.set and not _differs(change.set[name], now.get(name)) for name in moved
    )


def _is_so(change: Change, now: Fields) -> bool:
    """Whether the record reads already what the row would write; only what the guard read counts."""
    written = {name: value for name, value in change.set.items() if name != SCOPED}
    return bool(written) and all(
        name in now and not _differs(value, now[name]) for name, value in written.items()
    )
