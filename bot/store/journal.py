"""The journal: one entry per row of a run, committed before and after every vendor call.

A row without an entry is `waiting`. `intent` means that a request may have left and nobody heard the answer:
such a row is read back before anything is sent again. Every function works in the caller's transaction; the
caller holds the worker's lease in it (`bot.store.runs.hold`).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Join,
    RowMapping,
    Select,
    and_,
    delete,
    func,
    insert,
    literal,
    null,
    select,
    update,
)

from bot.store.plans import own_backup
from bot.store.runs import Run
from bot.store.tables import backups, journal, plan_rows
from tools.plan import Change, Fields, Op, RowState, System
from tools.ports import Read

BLOCKING: tuple[RowState, ...] = ("failed", "unknown", "drifted")
CHUNK = 5000  # below every database's limit of bound values


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Group:
    """Rows that one vendor call can take together: same stage, system, object and op."""

    stage: int
    system: System
    object: str
    op: Op
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A plan's row as the journal knows it. `change.record_id` is the id it has now (new for a create)."""

    change: Change
    state: RowState
    at: datetime | None  # None while it waits
    landed: Read | None
    error: str
    hint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """What is to be written of one row. `landed` is set only where the state itself was just read."""

    seq: int
    state: RowState
    record_id: str | None = None
    error: str = ""
    hint: str = ""
    landed: Read | None = None


def groups(connection: Connection, plan_key: int) -> list[Group]:
    """The plan's groups in the order of the run, with all their rows counted."""
    columns = (plan_rows.c.stage, plan_rows.c.system, plan_rows.c.object, plan_rows.c.op)
    query = (
        select(*columns, func.count().label("total"))
        .where(plan_rows.c.plan_key == plan_key)
        .group_by(*columns)
        .order_by(*columns)
    )
    return [Group(**row) for row in connection.execute(query).mappings()]


def count_waiting(connection: Connection, run: Run, group: Group) -> int:
    """Rows of the group that are still to be done."""
    query = select(func.count()).select_from(joined(run.id)).where(_of(run.plan_key, group), _no_entry())
    return int(connection.execute(query).scalar_one())


def waiting(
    connection: Connection, run: Run, group: Group, *, after: int, limit: int
) -> list[tuple[Change, bool]]:
    """The group's next rows still to be done, each with whether its subject failed in an earlier stage.

    Merges bring their backups: what they take away is compared once more before it goes.
    """
    merges = group.op == "merge"
    backup = backups.c.record if merges else null()
    query = (
        select(plan_rows, _blocked(run, group.stage).label("blocked"), backup.label("backup"))
        .select_from(joined(run.id).outerjoin(backups, own_backup()) if merges else joined(run.id))
        .where(_of(run.plan_key, group), _no_entry(), plan_rows.c.seq > after)
        .order_by(plan_rows.c.seq)
        .limit(limit)
    )
    return [
        (_change(row, row["backup"]), bool(row["blocked"])) for row in connection.execute(query).mappings()
    ]


def write(
    connection: Connection,
    run_id: str,
    entries: Sequence[tuple[Change, Mark]],
    *,
    worker: str,
    now: datetime,
) -> None:
    """First entries of rows that were waiting: an intent, or why the row is not attempted."""
    if entries:
        connection.execute(
            insert(journal),
            [
                {
                    "run_id": run_id,
                    "seq": change.seq,
                    "subject": change.subject,
                    "state": mark.state,
                    "record_id": mark.record_id or change.record_id,
                    "error": mark.error,
                    "hint": mark.hint,
                    "landed": mark.landed,
                    "worker": worker,
                    "at": now,
                }
                for change, mark in entries
            ],
        )


def settle(
    connection: Connection, run_id: str, marks: Sequence[Mark], *, worker: str, now: datetime | None
) -> None:
    """What became of rows in `intent`. Rows with the same outcome are written by one statement.

    `now` is None for what is learnt later: the vendor did it when it was asked to.
    """
    for alike, part in _alike(marks):
        values: dict[str, object] = {
            "state": alike.state,
            "error": alike.error,
            "hint": alike.hint,
            "landed": alike.landed,
            "worker": worker,
        }
        if now is not None:
            values["at"] = now
        if alike.record_id is not None:
            values["record_id"] = alike.record_id
        connection.execute(update(journal).where(_entries(run_id, part)).values(**values))


def forget(connection: Connection, run_id: str, seqs: Sequence[int]) -> None:
    """Put rows in `intent` back to waiting: the vendor surely did not take them."""
    for start in range(0, len(seqs), CHUNK):
        part = seqs[start : start + CHUNK]
        connection.execute(delete(journal).where(_entries(run_id, part), journal.c.state == "intent"))


def mark_landed(connection: Connection, run_id: str, read: Mapping[int, Read]) -> None:
    """What the read-back found, by seq."""
    by_answer = sorted(read.items(), key=lambda item: (item[1], item[0]))
    for answer, items in groupby(by_answer, key=lambda item: item[1]):
        seqs = [seq for seq, _ in items]
        for start in range(0, len(seqs), CHUNK):
            chosen = _entries(run_id, seqs[start : start + CHUNK])
            connection.execute(update(journal).where(chosen).values(landed=answer))


def in_doubt(connection: Connection, run: Run, group: Group, *, after: int, limit: int) -> list[Entry]:
    """Rows whose request may have left and whose answer nobody heard."""
    doubt = and_(journal.c.state == "intent", plan_rows.c.seq > after)
    return _page(connection, run, group, doubt, limit=limit)


def unread(connection: Connection, run: Run, group: Group, *, after: int, limit: int) -> list[Entry]:
    """Rows that may have been changed and were not read back yet."""
    sent = and_(
        journal.c.state.in_(("applied", "unknown")), journal.c.landed.is_(None), plan_rows.c.seq > after
    )
    return _page(connection, run, group, sent, limit=limit)


def applied(connection: Connection, run: Run, group: Group, *, after: int, limit: int) -> list[Entry]:
    """Rows we changed, with the record as it was before: what undo works from."""
    query = _backed_up(run).where(
        _of(run.plan_key, group), journal.c.state == "applied", plan_rows.c.seq > after
    )
    return _read(connection, query, limit)


def deleted(connection: Connection, run: Run, group: Group, ids: Sequence[str]) -> dict[str, Entry]:
    """Of these records of the group's object, those this run deleted: by id, with their backups."""
    found: dict[str, Entry] = {}
    for start in range(0, len(ids), CHUNK):
        chosen = and_(
            plan_rows.c.plan_key == run.plan_key,
            plan_rows.c.system == group.system,
            plan_rows.c.object == group.object,
            plan_rows.c.op == "delete",
            plan_rows.c.record_id.in_(ids[start : start + CHUNK]),
            journal.c.state == "applied",
        )
        for row in connection.execute(_backed_up(run).where(chosen)).mappings():
            found[row["record_id"]] = _entry(row)
    return found


def count_applied(connection: Connection, run: Run, group: Group) -> int:
    """Rows of the group that we changed."""
    done = and_(_of(run.plan_key, group), journal.c.state == "applied")
    query = select(func.count()).select_from(joined(run.id)).where(done)
    return int(connection.execute(query).scalar_one())


def undecided(connection: Connection, run: Run, group: Group) -> list[Entry]:
    """Rows of which nobody knows whether they were done."""
    open_ = journal.c.state.in_(("intent", "unknown"))
    return _page(connection, run, group, open_, limit=CHUNK)


def counts(connection: Connection, run: Run) -> dict[RowState, int]:
    """Rows by state, `waiting` included."""
    total = select(func.count()).where(plan_rows.c.plan_key == run.plan_key)
    query = select(journal.c.state, func.count()).where(journal.c.run_id == run.id)
    found = {row[0]: row[1] for row in connection.execute(query.group_by(journal.c.state))}
    left = int(connection.execute(total).scalar_one()) - sum(found.values())
    return {"waiting": left, **found} if left else found


def tally(connection: Connection, run: Run) -> list[tuple[str, str, str | None, int]]:
    """Rows by system, op and what the read-back found (None: not read)."""
    query = (
        select(plan_rows.c.system, plan_rows.c.op, journal.c.landed, func.count())
        .select_from(joined(run.id))
        .where(plan_rows.c.plan_key == run.plan_key)
        .group_by(plan_rows.c.system, plan_rows.c.op, journal.c.landed)
        .order_by(plan_rows.c.system, plan_rows.c.op)
    )
    return [(row[0], row[1], row[2], row[3]) for row in connection.execute(query)]


def outcomes(connection: Connection, run: Run) -> Iterator[tuple[int, str, str | None, str]]:
    """By `seq`, the state of each row with an entry, what was read back, and the vendor's words."""
    query = select(journal.c.seq, journal.c.state, journal.c.landed, journal.c.error)
    for row in connection.execute(query.where(journal.c.run_id == run.id).order_by(journal.c.seq)):
        yield row.seq, row.state, row.landed, row.error or ""


def residue(connection: Connection, run: Run, *, limit: int) -> tuple[list[Entry], int]:
    """Rows that did not land, in `seq` order and at most `limit`, and how many there are in all."""
    bad = and_(plan_rows.c.plan_key == run.plan_key, journal.c.landed.is_distinct_from("landed"))
    count = select(func.count()).select_from(joined(run.id)).where(bad)
    query = _entry_query(joined(run.id)).where(bad)
    return _read(connection, query, limit), int(connection.execute(count).scalar_one())


def _page(
    connection: Connection, run: Run, group: Group, chosen: ColumnElement[bool], *, limit: int
) -> list[Entry]:
    query = _entry_query(joined(run.id)).where(_of(run.plan_key, group), chosen)
    return _read(connection, query, limit)


def _read(connection: Connection, query: Select[Any], limit: int) -> list[Entry]:
    found = connection.execute(query.order_by(plan_rows.c.seq).limit(limit)).mappings()
    return [_entry(row) for row in found]


def _backed_up(run: Run) -> Select[Any]:
    source = joined(run.id).outerjoin(backups, own_backup())
    return _entry_query(source).add_columns(backups.c.record.label("backup"))


def _entry_query(source: Join) -> Select[Any]:
    return select(
        plan_rows,
        func.coalesce(journal.c.state, "waiting").label("row_state"),
        journal.c.record_id.label("now_id"),
        journal.c.at.label("row_at"),
        journal.c.landed,
        func.coalesce(journal.c.error, "").label("error"),
        func.coalesce(journal.c.hint, "").label("hint"),
    ).select_from(source)


def joined(run_id: str) -> Join:
    """Rows of plans beside their entries of this run."""
    mine = and_(journal.c.run_id == run_id, journal.c.seq == plan_rows.c.seq)
    return plan_rows.outerjoin(journal, mine)


def _of(plan_key: int, group: Group) -> ColumnElement[bool]:
    return and_(
        plan_rows.c.plan_key == plan_key,
        plan_rows.c.stage == group.stage,
        plan_rows.c.system == group.system,
        plan_rows.c.object == group.object,
        plan_rows.c.op == group.op,
    )


def _no_entry() -> ColumnElement[bool]:
    return journal.c.seq.is_(None)


def _blocked(run: Run, stage: int) -> ColumnElement[bool]:
    if stage == 0:
        return literal(False)  # nothing comes before the first stage
    # from the few entries that block to their subjects: the other way round costs rows times rows
    earlier, entry = plan_rows.alias("earlier"), journal.alias("entry")
    its_stage = (
        select(earlier.c.stage)
        .where(earlier.c.plan_key == run.plan_key, earlier.c.seq == entry.c.seq)
        .scalar_subquery()
    )
    held_up = select(entry.c.subject).where(
        entry.c.run_id == run.id, entry.c.state.in_(BLOCKING), its_stage < stage
    )
    return and_(plan_rows.c.subject != "", plan_rows.c.subject.in_(held_up))


def _entries(run_id: str, seqs: Sequence[int]) -> ColumnElement[bool]:
    return and_(journal.c.run_id == run_id, journal.c.seq.in_(seqs))


def _alike(marks: Sequence[Mark]) -> Iterator[tuple[Mark, list[int]]]:
    def outcome(mark: Mark) -> tuple[str, str, str, str, str]:
        return mark.state, mark.record_id or "", mark.error, mark.hint, mark.landed or ""

    for _, same in groupby(sorted(marks, key=lambda mark: (outcome(mark), mark.seq)), key=outcome):
        together = list(same)
        for start in range(0, len(together), CHUNK):
            part = together[start : start + CHUNK]
            yield part[0], [mark.seq for mark in part]


def _change(row: RowMapping, backup: Fields | None = None, record_id: str | None = None) -> Change:
    return Change(
        subject=row["subject"],
        system=row["system"],
        object=row["object"],
        record_id=record_id or row["record_id"],
        op=row["op"],
        set=row["set"],
        guard=row["guard"],
        stage=row["stage"],
        reason=row["reason"],
        backup=backup or {},
        seq=row["seq"],
    )


def _entry(row: RowMapping) -> Entry:
    return Entry(
        change=_change(row, row.get("backup"), row["now_id"]),
        state=row["row_state"],
        at=row["row_at"],
        landed=row["landed"],
        error=row["error"],
        hint=row["hint"],
    )
