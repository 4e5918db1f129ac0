"""Our own records as one more system, `clearance`: plan, run, landing and undo serve them too.

What there is of them, and what a row of each does, is in `bot.engine.own_objects`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from typing_extensions import override

from bot.engine.own_objects import SHELVES, TOMBSTONE, Shelf, Writing
from bot.store import became
from bot.store.connect import Store
from tools.http import Connected
from tools.plan import Change, Fields, Op, Reversibility, System, Veto
from tools.ports import (
    BounceEvent,
    Clock,
    Expressed,
    Health,
    Membership,
    Outcome,
    Person,
    Read,
    Reader,
    RestsOn,
    Writer,
)

BATCH = 1000
NO_PEOPLE = "Clearance keeps no people of its own."


@dataclass(frozen=True, slots=True)
class OwnReader(Reader):
    """Reads them. There are no people, bounces or lists among them."""

    store: Store
    clock: Clock

    @property
    @override
    def system(self) -> System:
        return "clearance"

    @property
    @override
    def capabilities(self) -> Mapping[str, str]:
        return dict.fromkeys(("people", "bounces", "memberships", "suppress", "delete"), NO_PEOPLE)

    @override
    def people(self, addresses: Sequence[str] | None = None) -> Iterator[list[Person]]:
        del addresses  # whoever is asked for: nobody is here
        return iter(())

    @override
    def bounces(self, since: datetime | None = None) -> Iterator[list[BounceEvent]]:
        return iter(())

    @override
    def memberships(self, people: Sequence[Person]) -> Iterator[list[Membership]]:
        return iter(())

    @override
    def count(self) -> Mapping[str, int]:
        return {}

    @override
    def health(self) -> Health:
        return Health(system="clearance", as_of=self.clock.now(), reachable=True, permitted=True)

    @override
    def express(
        self, op: Op, person: Person, *, note: str, rests_on: frozenset[RestsOn] = frozenset()
    ) -> Expressed | None:
        del op, person, note, rests_on  # a tombstone is written by its own rows, never as an op on a person
        return None

    @override
    def current(
        self, object: str, record_ids: Sequence[str], fields: frozenset[str]
    ) -> Mapping[str, Fields | None]:
        with self.store.read() as connection:
            found = _shelf(object).find(connection, record_ids)
        return {each: _chosen(found[each], fields) if each in found else None for each in record_ids}

    @override
    def guard_batch(self, object: str) -> int:
        return BATCH

    @override
    def inverse(self, change: Change, *, now: Fields | None, at: datetime) -> Expressed | Veto:
        return _shelf(change.object).inverse(change, now, at)


@dataclass(frozen=True, slots=True)
class OwnWriter(Writer):
    """Writes them. `key_id` names the key that subjects are hashed with."""

    store: Store
    clock: Clock
    key_id: str

    @property
    @override
    def system(self) -> System:
        return "clearance"

    @override
    def batch_size(self, op: Op, object: str, total: int) -> int:
        return BATCH

    @override
    def apply(self, changes: Sequence[Change]) -> list[Outcome]:
        subjects = [change.subject for change in changes]
        with self.store.begin() as connection:
            runs = became.runs_about(connection, subjects, system="clearance")
            writing = Writing(connection, self.clock.now(), runs, self.key_id)
            return _shelf(changes[0].object).write(writing, changes) if changes else []

    @override
    def read_back(self, changes: Sequence[Change], since: datetime) -> list[Read]:
        with self.store.read() as connection:
            return _shelf(changes[0].object).landed(connection, changes) if changes else []

    @override
    def lag(self) -> float:
        return 0.0

    @override
    def reversibility(self, op: Op, object: str, now: datetime) -> Reversibility:
        return _shelf(object).reversibility(op)

    @override
    def cost(self, op: Op, object: str, total: int) -> int:
        return 0

    @override
    def daily_limit(self) -> int:
        return 0

    @override
    def calls_per_minute(self) -> float:
        return 60_000.0


def connect(store: Store, clock: Clock, *, key_id: str = "k1") -> Connected:
    """Our own records, read and written."""
    return Connected(OwnReader(store, clock), OwnWriter(store, clock, key_id))


def _shelf(object: str) -> Shelf:
    return SHELVES.get(object, SHELVES[TOMBSTONE])


def _chosen(everything: Fields, fields: frozenset[str]) -> Fields:
    return {name: value for name, value in everything.items() if not fields or name in fields}
