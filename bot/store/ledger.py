"""The ledger of consent: states seen to change, and states our own runs made; only ever added to.

Every entry says of whom, where, for which scope, since when, from what source, written by whom, on what
evidence. It holds no address. An erased person's entries go, but for the one that says so.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    case,
    delete,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
)

from bot.store.streaming import streamed
from bot.store.tables import Moment, consent_ledger, journal, plan_rows, plans, runs, tombstones
from bot.store.tombstones import ERASED
from tools.rules.consent import GLOBAL, OBJECTIONS, ConsentState
from tools.rules.consent_groups import SCOPED, folded
from tools.rules.proofs import PROOF, is_proof

OVERLAP = timedelta(hours=24)  # runs take a while; entries are written once however often they are looked at
AT_ONCE = timedelta(minutes=15)  # vendors show a change late
_CHUNK = 5000  # below every database's limit of bound values


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerEntry:
    """One state of one person in one system, for one scope."""

    subject: str
    system: str
    scope: str
    state: ConsentState
    at: datetime | None
    source: str
    writer: str = ""
    evidence: str = ""
    run_id: str | None = None
    seen_at: datetime


FIELDS = tuple(LedgerEntry.__slots__)


def add(connection: Connection, entries: Sequence[LedgerEntry]) -> None:
    """Write entries."""
    if entries:
        rows = [{name: getattr(entry, name) for name in FIELDS} for entry in entries]
        connection.execute(insert(consent_ledger), rows)


def absorb(connection: Connection, *, since: datetime, now: datetime) -> int:
    """Enter what our own runs changed since then and is not entered yet, but of nobody who was erased.

    Returns how many rows.
    """
    known = exists().where(consent_ledger.c.run_id == journal.c.run_id, consent_ledger.c.seq == journal.c.seq)
    forgotten = exists().where(tombstones.c.subject == journal.c.subject, tombstones.c.bounce_class == ERASED)
    # a row whose answer was lost keeps the time of its request, however late it was read back
    recent = or_(journal.c.at >= since - OVERLAP, runs.c.finished_at >= since - OVERLAP)
    found = _own_rows(now).where(recent, ~known, ~forgotten)
    names = ("subject", "system", "scope", "state", "at", "source", "writer", "evidence", "run_id", "seq",
             "seen_at")  # fmt: skip
    return connection.execute(insert(consent_ledger).from_select(names, found)).rowcount


def history(connection: Connection, subject: str) -> list[LedgerEntry]:
    """One person's entries, oldest first."""
    columns = [consent_ledger.c[name] for name in FIELDS]
    query = select(*columns).where(consent_ledger.c.subject == subject).order_by(consent_ledger.c.key)
    return [LedgerEntry(**row) for row in connection.execute(query).mappings()]


def standing(connection: Connection, subjects: Sequence[str]) -> dict[tuple[str, str, str], LedgerEntry]:
    """The newest entry of each subject, system and scope."""
    return {(each.subject, each.system, each.scope): each for each in _told(connection, subjects)}


def proofs(connection: Connection, subjects: Sequence[str]) -> dict[str, list[LedgerEntry]]:
    """The evidence of consent that is kept of these people, oldest first."""
    found: dict[str, list[LedgerEntry]] = {}
    for each in _told(connection, subjects):
        if is_proof(each.scope):
            found.setdefault(each.subject, []).append(each)
    return found


def take_out(connection: Connection, proof: LedgerEntry) -> None:
    """Remove the copies of that evidence of that record."""
    same = [
        consent_ledger.c[name] == getattr(proof, name) for name in ("subject", "system", "scope", "evidence")
    ]
    connection.execute(delete(consent_ledger).where(*same))


def own_words(connection: Connection, subjects: Sequence[str]) -> dict[tuple[str, str, str], LedgerEntry]:
    """The objection of each subject, system and scope that a vendor told and nobody has taken back since.

    What a run of ours wrote upon it changes nothing: it is still the person's own. One that was seen just
    when our run wrote is our own write, come upon before the journal knew of it.
    """
    found: dict[tuple[str, str, str], LedgerEntry] = {}
    for entry in _told(connection, subjects):
        about = (entry.subject, entry.system, entry.scope)
        if entry.state not in OBJECTIONS:
            found.pop(about, None)
        elif entry.run_id is None:
            found[about] = entry
        elif about in found and entry.at and found[about].seen_at > entry.at - AT_ONCE:
            del found[about]
    return found


def lowered(connection: Connection, *, since: datetime, tool: str) -> Iterator[tuple[str, str, datetime]]:
    """Subjects and scopes whose opt-out that tool took back since then, and when."""
    query = select(
        consent_ledger.c.subject, consent_ledger.c.scope, func.max(consent_ledger.c.at).label("at")
    )
    query = query.where(_ours_since(since), consent_ledger.c.source == tool)
    for row in streamed(connection, query.group_by(consent_ledger.c.subject, consent_ledger.c.scope)):
        yield row.subject, row.scope, row.at or since


def returned(connection: Connection, *, since: datetime) -> Iterator[tuple[str, str, str]]:
    """Subjects, systems and scopes that a run of ours made mailable again since then."""
    columns = (consent_ledger.c.subject, consent_ledger.c.system, consent_ledger.c.scope)
    for row in streamed(connection, select(*columns).where(_ours_since(since)).distinct()):
        yield row.subject, row.system, row.scope


def scope() -> ColumnElement[str]:
    """What a row of a plan that changes consent is about: the group it names, or all mail."""
    return func.coalesce(plan_rows.c.set[SCOPED].as_string(), GLOBAL)


def erase(connection: Connection, subjects: Sequence[str]) -> None:
    """Forget these people's entries."""
    connection.execute(delete(consent_ledger).where(consent_ledger.c.subject.in_(subjects)))


def _told(connection: Connection, subjects: Sequence[str]) -> Iterator[LedgerEntry]:
    """All entries about these people, oldest first."""
    columns = [consent_ledger.c[name] for name in FIELDS]
    for start in range(0, len(subjects), _CHUNK):
        mine = consent_ledger.c.subject.in_(subjects[start : start + _CHUNK])
        found = connection.execute(select(*columns).where(mine).order_by(consent_ledger.c.key))
        yield from (LedgerEntry(**row) for row in found.mappings())


def _ours_since(since: datetime) -> ColumnElement[bool]:
    return and_(
        consent_ledger.c.run_id.is_not(None),
        consent_ledger.c.seen_at > since,
        consent_ledger.c.state.not_in(sorted(OBJECTIONS)),
        ~consent_ledger.c.scope.startswith(PROOF, autoescape=True),  # evidence kept makes nobody mailable
    )


def _own_rows(now: datetime) -> Select[tuple[object, ...]]:
    """Rows of our runs that changed consent, as entries."""
    of_all = plan_rows.c.set[SCOPED].as_string().is_(None)
    stopped = plan_rows.c.op == "suppress"
    state = case((and_(stopped, of_all), "opt_out_global"), (stopped, "opt_out_group"), else_="none")
    row = and_(plan_rows.c.plan_key == runs.c.plan_key, plan_rows.c.seq == journal.c.seq)
    return (
        select(
            journal.c.subject,
            plan_rows.c.system,
            scope(),
            state,
            journal.c.at,
            plans.c.tool,
            plans.c.principal,
            plan_rows.c.reason,
            journal.c.run_id,
            journal.c.seq,
            literal(now, Moment),
        )
        .select_from(journal)
        .join(runs, runs.c.id == journal.c.run_id)
        .join(plan_rows, row)
        .join(plans, plans.c.key == runs.c.plan_key)
        .where(
            journal.c.state == "applied",
            plan_rows.c.op.in_(("suppress", "unsuppress")),
            plan_rows.c.subject != "",
        )
    )


def first_writes(connection: Connection, run_id: str, subjects: Sequence[str]) -> dict[str, datetime]:
    """When that run first wrote of each of these people."""
    found: dict[str, datetime] = {}
    query = select(journal.c.subject, func.min(journal.c.at).label("at")).where(
        journal.c.run_id == run_id, journal.c.state == "applied"
    )
    for start in range(0, len(subjects), _CHUNK):
        mine = journal.c.subject.in_(subjects[start : start + _CHUNK])
        for row in connection.execute(query.where(mine).group_by(journal.c.subject)):
            found[row.subject] = row.at
    return found


def met(connection: Connection, run_id: str, subjects: Sequence[str]) -> dict[str, str]:
    """Of these people, those whom that run met stopped already where it came to stop all mail, and where."""
    row = and_(plan_rows.c.plan_key == runs.c.plan_key, plan_rows.c.seq == journal.c.seq)
    query = (
        select(plan_rows.c.subject, plan_rows.c.system)
        .select_from(journal)
        .join(runs, runs.c.id == journal.c.run_id)
        .join(plan_rows, row)
        .where(journal.c.run_id == run_id, journal.c.state == "skipped", journal.c.landed == "landed")
        .where(plan_rows.c.op == "suppress", plan_rows.c.set[SCOPED].as_string().is_(None))
    )
    found: dict[str, str] = {}
    for start in range(0, len(subjects), _CHUNK):
        mine = journal.c.subject.in_(subjects[start : start + _CHUNK])
        found.update({each.subject: each.system for each in connection.execute(query.where(mine))})
    return found


def written(connection: Connection, subjects: Sequence[str]) -> dict[tuple[str, str, str], list[datetime]]:
    """When runs of ours wrote of each subject, system and scope, as far as that is entered."""
    found: dict[tuple[str, str, str], list[datetime]] = {}
    for each in _told(connection, subjects):
        if each.run_id is not None and each.at is not None:
            found.setdefault((each.subject, each.system, each.scope), []).append(each.at)
    return found


def suppressed_by(
    connection: Connection, run_id: str, subjects: Sequence[str]
) -> frozenset[tuple[str, str, str, str]]:
    """Of these people, what that run suppressed: subject, system, record and scope.

    A row about an address in a group of a list names the list before the record: `20001/<subject>`.
    """
    found: set[tuple[str, str, str, str]] = set()
    row = and_(plan_rows.c.plan_key == runs.c.plan_key, plan_rows.c.seq == journal.c.seq)
    query = (
        select(plan_rows.c.subject, plan_rows.c.system, plan_rows.c.record_id, scope().label("scope"))
        .select_from(journal)
        .join(runs, runs.c.id == journal.c.run_id)
        .join(plan_rows, row)
        .where(journal.c.run_id == run_id, journal.c.state == "applied", plan_rows.c.op == "suppress")
    )
    for start in range(0, len(subjects), _CHUNK):
        mine = plan_rows.c.subject.in_(subjects[start : start + _CHUNK])
        for each in connection.execute(query.where(mine)):
            record = (each.record_id or "").rpartition("/")[2]
            found.add((each.subject, each.system, record, folded(each.scope)))
    return frozenset(found)
