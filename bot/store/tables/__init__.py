"""Every table of the store. Alembic's migrations create them; this file is what the code speaks.

Text ids people see: plans `P-1042`, runs `R-17`. Times are UTC, stored as ISO 8601 text with microseconds
(`Moment`), so that SQLite and PostgreSQL compare them alike. JSON columns hold canonical JSON.
"""

from bot.store.tables.consent import (
    consent_ledger,
    consent_looks,
    observation_parts,
    observations,
)
from bot.store.tables.findings import finding_people, findings
from bot.store.tables.kinds import Key, Moment, metadata
from bot.store.tables.plans import (
    approvals,
    backups,
    clearances,
    counters,
    plan_rows,
    plan_vetoes,
    plans,
    standing_clearances,
    votes,
)
from bot.store.tables.record import (
    audit,
    cards,
    files,
    inbox,
    index_state,
    notes,
    outbox,
    seen,
    turns,
)
from bot.store.tables.runs import (
    journal,
    quotas,
    runs,
    tombstones,
    workers,
)
from bot.store.tables.surface import (
    corrections,
    delegations,
    feedback,
    gaps,
    installations,
    oauth_states,
    reminders,
    snoozes,
    surface_files,
)

__all__ = [
    "Key",
    "Moment",
    "approvals",
    "audit",
    "backups",
    "cards",
    "clearances",
    "consent_ledger",
    "consent_looks",
    "corrections",
    "counters",
    "delegations",
    "feedback",
    "files",
    "finding_people",
    "findings",
    "gaps",
    "inbox",
    "index_state",
    "installations",
    "journal",
    "metadata",
    "notes",
    "oauth_states",
    "observation_parts",
    "observations",
    "outbox",
    "plan_rows",
    "plan_vetoes",
    "plans",
    "quotas",
    "reminders",
    "runs",
    "seen",
    "snoozes",
    "standing_clearances",
    "surface_files",
    "tombstones",
    "turns",
    "votes",
    "workers",
]
