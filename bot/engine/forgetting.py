"""Forgetting a person in our own store: rows, backups, samples, the ledger, conversation text and files.

Digests, journal and audit trail hold subjects and record ids only and stay valid. Rows of a run that is still
under way are emptied when it is over: it must be able to read back what it did.
"""

from bot.store import findings, ledger, personal, retention
from bot.store.connect import Connection, Store
from bot.store.tombstones import ERASED, of_kind


def forget(connection: Connection, subject: str, address: str, *, run: str) -> None:
    """Everything we hold of a person but the keyed hash; rows of that run later."""
    spared = personal.plan_of(connection, run)
    retention.forget_people(connection, [subject], but=spared)
    ledger.erase(connection, [subject])
    findings.erase(connection, [subject])
    personal.forget_requests(connection, subject, but=spared)
    if address:
        personal.forget_text(connection, address)


def finish(store: Store) -> int:
    """Empty what erased people's runs still hold once those are over; returns how many rows."""
    with store.begin() as connection:
        left = personal.left_of(connection, of_kind(connection, ERASED))
        if not left:
            return 0
        emptied = retention.forget_people(connection, sorted(left))
        for subject in left:
            personal.forget_requests(connection, subject, but=None)
    return emptied
