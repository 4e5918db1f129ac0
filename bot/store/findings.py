"""Findings as they are kept: one open row a cause, and the keyed hashes of whom it is about."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, RowMapping, Select, and_, case, delete, func, insert, select, update

from bot.store import counters
from bot.store.once import upsert
from bot.store.streaming import streamed
from bot.store.tables import finding_people, findings
from tools.findings import Finding

WRITER = 200  # characters kept of who did it
_CHUNK = 1000
_COLUMNS = (
    "id", "kind", "system", "writer", "scope", "first_at", "last_at", "waits_since", "found_at", "settled_at",
    "channel", "message",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """One finding: what by whom, how many people still and no more, since when, where its card is."""

    id: str
    kind: str
    system: str
    writer: str
    scope: str
    first_at: datetime | None
    last_at: datetime | None
    waits_since: datetime | None
    found_at: datetime
    settled_at: datetime | None
    channel: str
    message: str
    people: int
    settled: int


def merge(connection: Connection, found: Finding, *, now: datetime) -> str:
    """Take a finding into the open one of its cause, or open one; its id, or "" when nothing is new."""
    key, opened = _open(connection, found, now)
    known = set(open_people(connection, key))
    new = {subject: at for subject, at in found.people.items() if subject not in known}
    if not new and not opened:
        return ""
    _take(connection, key, list(new))
    moments = [at for at in new.values() if at]
    row = connection.execute(select(findings).where(findings.c.id == key)).one()
    _set(
        connection,
        key,
        first_at=min([*moments, *filter(None, [row.first_at])], default=None),
        last_at=max([*moments, *filter(None, [row.last_at])], default=None),
        waits_since=min(filter(None, [row.waits_since, found.waits_since]), default=None),
    )
    return key


def get(connection: Connection, key: str) -> Kept | None:
    """One by its id (`F-7`)."""
    row = connection.execute(_whole().where(findings.c.id == key)).mappings().first()
    return None if row is None else _kept(row)


def open_ones(connection: Connection, *, limit: int = 50) -> list[Kept]:
    """Those that still need somebody, the oldest first."""
    query = _whole().where(findings.c.settled_at.is_(None))
    rows = connection.execute(query.order_by(findings.c.found_at, findings.c.id).limit(limit))
    return [_kept(row) for row in rows.mappings()]


def open_people(connection: Connection, key: str) -> list[str]:
    """Whom one is still about."""
    mine = and_(finding_people.c.finding_id == key, finding_people.c.settled_at.is_(None))
    query = select(finding_people.c.subject).where(mine).order_by(finding_people.c.subject)
    return [row.subject for row in streamed(connection, query)]


def settle(connection: Connection, key: str, subjects: Sequence[str], *, now: datetime) -> bool:
    """These people are no longer concerned; whether that leaves nobody, which ends the finding."""
    for start in range(0, len(subjects), _CHUNK):
        part = subjects[start : start + _CHUNK]
        mine = and_(finding_people.c.finding_id == key, finding_people.c.subject.in_(part))
        connection.execute(update(finding_people).where(mine).values(settled_at=now))
    if open_people(connection, key):
        return False
    _set(connection, key, settled_at=now)
    return True


def place(connection: Connection, key: str, *, channel: str, message: str) -> None:
    """Where its card stands."""
    _set(connection, key, channel=channel, message=message)


def erase(connection: Connection, subjects: Sequence[str]) -> None:
    """Forget these people."""
    connection.execute(delete(finding_people).where(finding_people.c.subject.in_(subjects)))


def prune(connection: Connection, *, before: datetime) -> int:
    """Delete what was settled before then; returns how many findings."""
    old = list(connection.execute(select(findings.c.id).where(findings.c.settled_at < before)).scalars())
    if old:
        connection.execute(delete(finding_people).where(finding_people.c.finding_id.in_(old)))
        connection.execute(delete(findings).where(findings.c.id.in_(old)))
    return len(old)


def _open(connection: Connection, found: Finding, now: datetime) -> tuple[str, bool]:
    """The open finding of that cause, and whether it is new."""
    cause = {
        "kind": found.kind,
        "system": found.system,
        "writer": found.writer[:WRITER],
        "scope": found.scope[:120],
    }
    same = and_(findings.c.settled_at.is_(None), *(findings.c[name] == word for name, word in cause.items()))
    chosen = select(findings.c.id).where(same)
    if key := connection.execute(chosen).scalar():
        return str(key), False
    made = f"F-{counters.following(connection, 'finding')}"
    row = {"id": made, **cause, "found_at": now, "channel": "", "message": ""}
    connection.execute(upsert(connection, findings).values(**row).on_conflict_do_nothing())
    key = str(connection.execute(chosen).scalar_one())
    return key, key == made


def _take(connection: Connection, key: str, subjects: Sequence[str]) -> None:
    if not subjects:
        return
    again = [
        row.subject
        for start in range(0, len(subjects), _CHUNK)
        for row in connection.execute(
            select(finding_people.c.subject).where(
                finding_people.c.finding_id == key,
                finding_people.c.subject.in_(subjects[start : start + _CHUNK]),
            )
        )
    ]
    for each in again:
        mine = and_(finding_people.c.finding_id == key, finding_people.c.subject == each)
        connection.execute(update(finding_people).where(mine).values(settled_at=None))
    new = sorted(set(subjects) - set(again))
    if new:
        connection.execute(insert(finding_people), [{"finding_id": key, "subject": each} for each in new])


def _set(connection: Connection, key: str, **values: object) -> None:
    connection.execute(update(findings).where(findings.c.id == key).values(**values))


def _whole() -> Select[tuple[object, ...]]:
    still = func.count(case((finding_people.c.settled_at.is_(None), finding_people.c.subject)))
    columns = [findings.c[name] for name in _COLUMNS]
    return (
        select(*columns, still.label("people"), func.count(finding_people.c.subject).label("all"))
        .select_from(findings.outerjoin(finding_people, finding_people.c.finding_id == findings.c.id))
        .group_by(*columns)
    )


def _kept(row: RowMapping) -> Kept:
    rest = {name: row[name] for name in _COLUMNS}
    return Kept(**rest, people=row["people"], settled=row["all"] - row["people"])
