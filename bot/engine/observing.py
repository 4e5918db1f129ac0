"""Observations of everybody's consent and the ledger beside them, as tools read and keep them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.store import ledger, observations
from bot.store.connect import Store
from bot.store.observations import Observation
from tools.ports import Clock
from tools.rules.agreements import Agreement

RUNS = "runs"  # the look that enters our own runs in the ledger
RESTORE = "restore_contacts"  # the one tool that takes an opt-out back, on the person's own act
FIRST = timedelta(days=90)  # rows are kept for so long


@dataclass(frozen=True, slots=True)
class OurObservations:
    """Implements `tools.rules.agreements.Observations`."""

    store: Store
    clock: Clock

    def base(self) -> Agreement | None:
        """The last agreement."""
        with self.store.read() as connection:
            found = observations.base(connection)
        return None if found is None else _agreement(found)

    def content(self, agreement: Agreement) -> bytes:
        """Its file."""
        with self.store.read() as connection:
            return observations.content(connection, agreement.id)

    def written(self, agreement: Agreement) -> Iterator[tuple[str, str, str]]:
        """Subjects, systems and scopes that its own run suppressed."""
        with self.store.read() as connection:
            found = observations.get(connection, agreement.id)
            if found is not None and found.run_id:
                yield from observations.written(connection, found.run_id)

    def returned(self, agreement: Agreement) -> Iterator[tuple[str, str, str]]:
        """Subjects, systems and scopes that a run of ours made mailable again since."""
        self.absorb()
        with self.store.read() as connection:
            yield from ledger.returned(connection, since=agreement.at)

    def lowered(self, agreement: Agreement) -> Iterator[tuple[str, str, datetime]]:
        """Subjects and scopes that people took their opt-out back for since."""
        self.absorb()
        with self.store.read() as connection:
            yield from ledger.lowered(connection, since=agreement.at, tool=RESTORE)

    def keep(self, content: bytes, *, people: int, systems: frozenset[str]) -> Agreement:
        """Keep an observation."""
        with self.store.begin() as connection:
            found = observations.keep(
                connection, [content], people=people, systems=sorted(systems), now=self.clock.now()
            )
        return _agreement(found)

    def absorb(self) -> int:
        """Enter in the ledger what our own runs changed; returns how many rows are new."""
        now = self.clock.now()
        with self.store.begin() as connection:
            seen = observations.looked(connection, RUNS)
            entered = ledger.absorb(connection, since=seen or now - FIRST, now=now)
            observations.look(connection, RUNS, seen=seen, until=now)
        return entered


def _agreement(found: Observation) -> Agreement:
    return Agreement(
        id=found.id,
        at=found.base_at or found.created_at,
        people=found.people,
        systems=frozenset(found.systems),
        sha256=found.sha256,
    )
