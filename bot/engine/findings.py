"""Findings: what a look or an answer came upon that needs a person, kept one a cause until it is settled."""

from collections.abc import Sequence
from datetime import datetime

from bot.engine import audit
from bot.store import findings, ledger, outbox
from bot.store.connect import Connection, Store
from bot.store.findings import Kept
from tools.findings import Finding
from tools.rules.consent import OBJECTIONS
from tools.rules.consent_groups import folded

SURFACE = "findings"  # of their notices: whatever surface there is shows them to whoever looks after them
RAISED, SETTLED = "finding.raised", "finding.settled"


def keep(store: Store, found: Sequence[Finding], *, by: str, now: datetime) -> list[str]:
    """Keep these; returns the ids of those that are new or grew. Seen again, a cause stays one finding."""
    changed = []
    for each in found:
        with store.begin() as connection:
            key = findings.merge(connection, each, now=now)
            if key:
                _tell(connection, key, RAISED, by=by, now=now)
                changed.append(key)
    return changed


def review(store: Store, *, now: datetime) -> list[str]:
    """Settle whoever is suppressed again, or was let back by a run of ours; the ids of those that ended."""
    with store.read() as connection:
        still_open = findings.open_ones(connection)
    return [each.id for each in still_open if _reviewed(store, each, now)]


def _reviewed(store: Store, each: Kept, now: datetime) -> bool:
    with store.begin() as connection:
        people = findings.open_people(connection, each.id)
        over = _over(connection, each, people)
        changed = bool(over) or not people  # somebody may have been erased
        ended = changed and findings.settle(connection, each.id, over, now=now)
        if changed:
            _tell(connection, each.id, SETTLED if ended else RAISED, by="guard:findings", now=now)
    return ended


def _over(connection: Connection, each: Kept, people: Sequence[str]) -> list[str]:
    """Those of whom the ledger's newest word objects again, or is ours."""
    known = {
        (subject, system, folded(scope)): entry
        for (subject, system, scope), entry in sorted(
            ledger.standing(connection, people).items(), key=lambda item: item[1].seen_at
        )
    }
    newest = ((subject, known.get((subject, each.system, folded(each.scope)))) for subject in people)
    return [
        subject
        for subject, entry in newest
        if entry and entry.seen_at >= each.found_at and (entry.run_id or entry.state in OBJECTIONS)
    ]


def _tell(connection: Connection, key: str, name: str, *, by: str, now: datetime) -> None:
    kept = findings.get(connection, key)
    assert kept is not None  # written in this transaction
    outbox.put(connection, kind=name, plan_id=key, surface=SURFACE, channel="", thread="", now=now)
    data = {"kind": kept.kind, "system": kept.system, "scope": kept.scope, "people": kept.people}
    audit.record(connection, name=name, actor=by, about=key, data=data, now=now)
