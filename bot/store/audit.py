"""The rows of the audit trail: appended, never changed. The chain is `bot.engine.audit`'s."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Row, String, cast, func, insert, or_, select

from bot.store import counters
from bot.store.streaming import streamed
from bot.store.tables import audit

GENESIS = "0" * 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One audit event with its place in the chain."""

    seq: int
    at: datetime
    name: str
    actor: str
    about: str
    data: Mapping[str, object]
    previous: str
    hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What to look for; an empty text matches everything. Every word of `what` is in name, id or data."""

    who: str = ""
    what: str = ""
    since: datetime | None = None
    until: datetime | None = None
    limit: int = 200


def next_place(connection: Connection) -> tuple[int, str]:
    """The next number and the hash before it. Nobody else gets a place until the transaction ends."""
    seq = counters.following(connection, "audit")
    newest = select(audit.c.hash).where(audit.c.seq < seq).order_by(audit.c.seq.desc()).limit(1)
    return seq, connection.execute(newest).scalar() or GENESIS


def append(connection: Connection, event: Event) -> None:
    """Write the event at its place."""
    values = {name: getattr(event, name) for name in Event.__slots__}
    connection.execute(insert(audit).values(**{**values, "data": dict(event.data)}))


def events(connection: Connection) -> Iterator[Event]:
    """All events from the first, streamed."""
    for row in streamed(connection, select(audit).order_by(audit.c.seq)):
        yield _event(row)


def last_given(connection: Connection) -> int:
    """The last number ever given out, kept apart from the events: a shorter chain was cut."""
    return counters.current(connection, "audit")


def search(connection: Connection, wanted: Search) -> list[Event]:
    """Matching events, newest first."""
    query = select(audit)
    if wanted.who:
        query = query.where(audit.c.actor == wanted.who)
    for word in wanted.what.split()[:5]:
        query = query.where(_mentions(word))
    if wanted.since is not None:
        query = query.where(audit.c.at >= wanted.since)
    if wanted.until is not None:
        query = query.where(audit.c.at <= wanted.until)
    found = connection.execute(query.order_by(audit.c.seq.desc()).limit(wanted.limit))
    return [_event(row) for row in found]


def _mentions(word: str) -> ColumnElement[bool]:
    return or_(
        audit.c.name.icontains(word, autoescape=True),
        func.upper(audit.c.about) == word.upper(),
        cast(audit.c.data, String).icontains(word, autoescape=True),
    )


def _event(row: Row[tuple[object, ...]]) -> Event:
    return Event(**{name: getattr(row, name) for name in Event.__slots__})
