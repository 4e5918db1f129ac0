"""The audit trail: an append-only chain in which every event carries the hash of the one before.

An event's hash is SHA-256 over the previous hash and the event's RFC 8785 JSON. Events hold subjects, record
ids and counts, never addresses or names, so that erasing a person leaves the chain valid. An export verifies
offline, with nothing but this page's rule.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from bot.store import audit as rows
from bot.store.audit import GENESIS, Event
from bot.store.connect import Connection
from tools.errors import InvalidArguments
from tools.plan import canonical

WITHHELD = "(withheld)"
_ADDRESS = re.compile(r"[^\s@<>\"]+@[^\s@<>\"']+\.[^\s@<>\"']+")


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditCheck:
    """What verifying found: how many events hold, the last hash, and the first fault, if there is one."""

    ok: bool
    events: int
    head: str
    broken_at: int | None = None
    why: str = ""


def record(
    connection: Connection,
    *,
    name: str,
    actor: str,
    about: str,
    data: Mapping[str, object],
    now: datetime,
) -> None:
    """Append an event in the caller's transaction. Call it last: others wait for the chain until commit.

    `name` is dotted past tense (`plan.approved`), `actor` a principal's id, `about` a plan or run id or "".
    An address that strays into `data` is withheld.
    """
    seq, previous = rows.next_place(connection)
    moment = now.astimezone(UTC).replace(tzinfo=UTC)
    event = Event(
        seq=seq,
        at=moment,
        name=name,
        actor=_clean_text(actor),
        about=about,
        data={key: _clean(value) for key, value in data.items()},
        previous=previous,
        hash="",
    )
    rows.append(connection, replace(event, hash=digest(event)))


def digest(event: Event) -> str:
    """The hash that event must have."""
    body = {"seq": event.seq, "at": _moment(event.at), "name": event.name, "actor": event.actor}
    whole = {**body, "about": event.about, "data": dict(event.data)}
    return hashlib.sha256(event.previous.encode("ascii") + canonical(whole)).hexdigest()


def verify(connection: Connection, *, anchor: tuple[int, str] | None = None) -> AuditCheck:
    """Walk the whole chain: the first changed, missing or inserted event, or a cut-off end.

    `anchor` is the number and hash of an event noted elsewhere (the last line of an export): a chain that
    was rewritten from the start on is found by it.
    """
    check, found = _walk(rows.events(connection), anchor)
    given = rows.last_given(connection)
    if check.ok and check.events != given:
        why = f"the chain ends at {check.events}, but {given} events were written"
        return replace(check, ok=False, broken_at=check.events + 1, why=why)
    return _anchored(check, anchor, found=found)


def export(connection: Connection) -> Iterator[str]:
    """The chain as JSON lines, oldest first; each holds the event, the previous hash and its own."""
    for event in rows.events(connection):
        yield json.dumps(
            {
                "seq": event.seq,
                "at": _moment(event.at),
                "name": event.name,
                "actor": event.actor,
                "about": event.about,
                "data": dict(event.data),
                "previous": event.previous,
                "hash": event.hash,
            },
            ensure_ascii=False,
            sort_keys=True,
        )


def verify_export(lines: Iterable[str], *, anchor: tuple[int, str] | None = None) -> AuditCheck:
    """Walk an exported chain without the database. Raises `InvalidArguments` on a line that is no event."""
    check, found = _walk((_event(line) for line in lines if line.strip()), anchor)
    return _anchored(check, anchor, found=found)


def _walk(events: Iterable[Event], anchor: tuple[int, str] | None) -> tuple[AuditCheck, bool]:
    count, head, met = 0, GENESIS, False
    for event in events:
        why = _fault(event, count + 1, head)
        if why:
            return AuditCheck(ok=False, events=count, head=head, broken_at=count + 1, why=why), met
        count, head = event.seq, event.hash
        met = met or (event.seq, event.hash) == anchor
    return AuditCheck(ok=True, events=count, head=head), met


def _fault(event: Event, expected: int, previous: str) -> str:
    if event.seq != expected:
        return f"event {expected} is missing; {event.seq} follows {expected - 1}"
    if event.previous != previous:
        return f"event {event.seq} does not follow the one before it"
    if event.hash != digest(event):
        return f"event {event.seq} was changed after it was written"
    return ""


def _anchored(check: AuditCheck, anchor: tuple[int, str] | None, *, found: bool) -> AuditCheck:
    if not check.ok or anchor is None or found:
        return check
    return replace(
        check, ok=False, broken_at=anchor[0], why=f"event {anchor[0]} is not the one noted elsewhere"
    )


def _event(line: str) -> Event:
    try:
        given = json.loads(line)
        at = datetime.strptime(given.pop("at"), "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
        return Event(**given, at=at)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise InvalidArguments("This line is no audit event", on=line[:60], detail=str(error)) from error


def _moment(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _clean(value: object) -> object:
    if isinstance(value, str):
        return _clean_text(value)
    if isinstance(value, Mapping):
        return {str(key): _clean(each) for key, each in value.items()}
    if isinstance(value, frozenset | set):
        return [_clean(each) for each in sorted(value, key=str)]
    if isinstance(value, list | tuple):
        return [_clean(each) for each in value]
    return value


def _clean_text(text: str) -> str:
    return _ADDRESS.sub(WITHHELD, text).replace("\0", "")
