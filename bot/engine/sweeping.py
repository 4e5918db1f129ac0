"""Housekeeping: what is past its time ends, in the thread where people see it, or is forgotten."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.engine.approvals import expire_due
from bot.store import drafts, files, findings, gaps, notes, outbox, reminders, retention, seen, turns
from bot.store.connect import Store

ABANDONED = timedelta(hours=6)
HANDLED = timedelta(days=7)
PERSONAL = timedelta(days=90)


@dataclass(frozen=True, slots=True, kw_only=True)
class Swept:
    """How many requests expired, drafts were dropped, files deleted, plans emptied of people."""

    expired: int
    drafts: int
    files: int
    emptied: int


def sweep(store: Store, now: datetime, *, keep: timedelta = PERSONAL) -> Swept:
    """Do it all. Safe to run in several processes at once."""
    with store.begin() as connection:
        expired = expire_due(connection, now)
    with store.begin() as connection:
        seen.prune(connection, before=now - HANDLED)
        outbox.prune(connection, before=now - HANDLED)
        turns.prune(connection, before=now - keep)
        reminders.prune(connection, before=now - keep)
        findings.prune(connection, before=now - keep)
        gaps.prune(connection, before=now - gaps.KEPT)
        notes.expire(connection, now=now)
        gone = files.expire(connection)
        emptied = retention.expire_content(connection, before=now - keep)
        left = drafts.abandoned(connection, before=now - ABANDONED)
        for key in left:
            drafts.discard(connection, key)
    return Swept(expired=expired, drafts=len(left), files=gone, emptied=emptied)
