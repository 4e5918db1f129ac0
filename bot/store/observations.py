"""Observations of everybody's consent, as compressed parts; the last one that was cleared is the base.

They hold keyed hashes and states, never an address. What the base's own run wrote belongs to it, as far as
that landed, and is read from the run's journal.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, delete, insert, select, update

from bot.store import counters, ledger
from bot.store.once import inserted
from bot.store.streaming import streamed
from bot.store.tables import consent_looks, journal, observation_parts, observations, plan_rows, runs

BASES_KEPT = 3  # the base, and those an undo may go back to
PART = 4_000_000  # bytes of one part


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """What is known of one besides its parts. `base_at` is when it became the base, `run_id` by which run."""

    id: str
    people: int
    sha256: str
    systems: Sequence[str]
    created_at: datetime
    run_id: str
    base_at: datetime | None


def keep(
    connection: Connection, content: Iterable[bytes], *, people: int, systems: Sequence[str], now: datetime
) -> Observation:
    """Write an observation; its hash is over all parts in order."""
    key = f"O-{counters.following(connection, 'observation', first=1)}"
    parts = [piece for each in content for piece in _pieces(each)]
    digest = hashlib.sha256(b"".join(parts)).hexdigest()
    made = Observation(
        id=key, people=people, sha256=digest, systems=list(systems), created_at=now, run_id="", base_at=None
    )
    values = {name: getattr(made, name) for name in Observation.__slots__}
    connection.execute(insert(observations).values(**values))
    if parts:
        rows = [{"observation_id": key, "n": n, "content": part} for n, part in enumerate(parts)]
        connection.execute(insert(observation_parts), rows)
    return made


def get(connection: Connection, key: str) -> Observation | None:
    """One by its id (`O-7`)."""
    row = connection.execute(select(observations).where(observations.c.id == key)).mappings().first()
    return None if row is None else Observation(**row)


def find(connection: Connection, keys: Sequence[str]) -> dict[str, Observation]:
    """Those of these ids that are a base, or were one before a later one."""
    chosen = and_(observations.c.id.in_(keys), observations.c.base_at.is_not(None))
    found = connection.execute(select(observations).where(chosen)).mappings()
    return {row["id"]: Observation(**row) for row in found}


def base(connection: Connection) -> Observation | None:
    """The base: the last observation that a run agreed on."""
    query = select(observations).where(observations.c.base_at.is_not(None))
    newest = query.order_by(observations.c.base_at.desc(), observations.c.id.desc()).limit(1)
    row = connection.execute(newest).mappings().first()
    return None if row is None else Observation(**row)


def content(connection: Connection, key: str) -> bytes:
    """All parts of one, in order."""
    query = select(observation_parts.c.content).where(observation_parts.c.observation_id == key)
    return b"".join(row[0] for row in streamed(connection, query.order_by(observation_parts.c.n)))


def agree(connection: Connection, key: str, *, run_id: str, now: datetime) -> bool:
    """Make it the base. False when there is none of that id, or its parts are not what was cleared."""
    found = get(connection, key)
    if found is None or hashlib.sha256(content(connection, key)).hexdigest() != found.sha256:
        return False
    chosen = observations.c.id == key
    connection.execute(update(observations).where(chosen).values(base_at=now, run_id=run_id))
    return True


def withdraw(connection: Connection, key: str) -> bool:
    """Take it back: the base before it is in force again."""
    chosen = and_(observations.c.id == key, observations.c.base_at.is_not(None))
    return connection.execute(update(observations).where(chosen).values(base_at=None)).rowcount == 1


def written(connection: Connection, run_id: str) -> Iterator[tuple[str, str, str]]:
    """Subjects, systems and scopes that this run suppressed, as read back afterwards."""
    row = and_(plan_rows.c.plan_key == runs.c.plan_key, plan_rows.c.seq == journal.c.seq)
    query = (
        select(plan_rows.c.subject, plan_rows.c.system, ledger.scope().label("scope"))
        .select_from(journal)
        .join(runs, runs.c.id == journal.c.run_id)
        .join(plan_rows, row)
        .where(journal.c.run_id == run_id, journal.c.landed == "landed", plan_rows.c.op == "suppress")
    )
    for found in streamed(connection, query):
        yield found.subject, found.system, found.scope


def prune(connection: Connection, *, before: datetime) -> int:
    """Delete old observations that never became a base, and bases long replaced; returns how many."""
    bases = select(observations.c.id).where(observations.c.base_at.is_not(None))
    latest = list(
        connection.execute(bases.order_by(observations.c.base_at.desc()).limit(BASES_KEPT)).scalars()
    )
    old = and_(observations.c.created_at < before, observations.c.id.not_in(latest))
    keys = list(connection.execute(select(observations.c.id).where(old)).scalars())
    if keys:
        connection.execute(delete(observation_parts).where(observation_parts.c.observation_id.in_(keys)))
        connection.execute(delete(observations).where(observations.c.id.in_(keys)))
    return len(keys)


def looked(connection: Connection, name: str) -> datetime | None:
    """Until when that look has seen everything."""
    query = select(consent_looks.c.at).where(consent_looks.c.name == name)
    at: datetime | None = connection.execute(query).scalar()
    return at


def look(connection: Connection, name: str, *, seen: datetime | None, until: datetime) -> bool:
    """Note that it looks until then. False when somebody else has looked since `seen`."""
    if seen is None:
        return inserted(connection, consent_looks, name=name, at=until)
    mine = and_(consent_looks.c.name == name, consent_looks.c.at == seen)
    return connection.execute(update(consent_looks).where(mine).values(at=until)).rowcount == 1


def _pieces(whole: bytes) -> Iterator[bytes]:
    for start in range(0, len(whole), PART):
        yield whole[start : start + PART]
