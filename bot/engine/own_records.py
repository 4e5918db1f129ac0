"""Our own records as one more system, `clearance`: plan, run, landing and undo serve them too.

Object `tombstone`: a create writes one for the row's subject (`set`: `bounce_class`), a delete takes it away.
A tombstone's record id is its subject.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from typing_extensions import override

from bot.store import journal, tombstones
from bot.store.connect import Store
from bot.store.tombstones import Tombstone
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

TOMBSTONE = "tombstone"
BATCH = 1000
NO_PEOPLE = "Clearance keeps no people of its own."
OLDER = timedelta(minutes=5)  # a tombstone this much older than our write stood there before it


@dataclass(frozen=True, slots=True)
class OwnReader(Reader):
    """Reads tombstones. It has no people, bounces or lists."""

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
            found = tombstones.find(connection, record_ids)
        return {each: _fields(found[each], fields) if each in found else None for each in record_ids}

    @override
    def guard_batch(self, object: str) -> int:
        return BATCH

    @override
    def inverse(self, change: Change, *, now: Fields | None, at: datetime) -> Expressed | Veto:
        if change.op == "create":
            return self._removed(change, now, at)
        if now is not None:
            return _veto(change, "changed_since", "The tombstone is there again")
        kept = {"bounce_class": change.backup.get("bounce_class", "invalid")}
        return Expressed(object=TOMBSTONE, record_id=None, op="create", set=kept)

    def _removed(self, change: Change, now: Fields | None, at: datetime) -> Expressed | Veto:
        if now is None:
            return _veto(change, "changed_since", "The tombstone has been taken away since")
        if datetime.fromisoformat(str(now["at"])) < at - OLDER:
            return _veto(change, "not_ours", "The tombstone stood there before this run")
        return Expressed(object=TOMBSTONE, record_id=change.subject, op="delete", backup=now)


@dataclass(frozen=True, slots=True)
class OwnWriter(Writer):
    """Writes tombstones. `key_id` names the key their hashes were made with."""

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
            if changes and changes[0].op == "delete":
                tombstones.remove(connection, subjects)
            else:
                runs = journal.runs_about(connection, subjects, system="clearance")
                tombstones.put(connection, [self._stone(change, runs) for change in changes])
        return [Outcome(state="applied", record_id=subject) for subject in subjects]

    def _stone(self, change: Change, runs: Mapping[str, str]) -> Tombstone:
        return Tombstone(
            subject=change.subject,
            key_id=self.key_id,
            bounce_class=str(change.set.get("bounce_class", "invalid")),
            run_id=runs.get(change.subject, ""),
            at=self.clock.now(),
        )

    @override
    def read_back(self, changes: Sequence[Change], since: datetime) -> list[Read]:
        with self.store.read() as connection:
            found = tombstones.find(connection, [change.subject for change in changes])
        return [
            "landed" if (change.subject in found) == (change.op != "delete") else "not_landed"
            for change in changes
        ]

    @override
    def lag(self) -> float:
        return 0.0

    @override
    def reversibility(self, op: Op, object: str, now: datetime) -> Reversibility:
        return Reversibility(system="clearance", op=op, how="inverse")

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


def _fields(stone: Tombstone, fields: frozenset[str]) -> Fields:
    everything = {
        "bounce_class": stone.bounce_class,
        "key_id": stone.key_id,
        "run_id": stone.run_id,
        "at": stone.at.isoformat(),
    }
    return {name: value for name, value in everything.items() if not fields or name in fields}


def _veto(change: Change, code: str, text: str) -> Veto:
    return Veto(
        subject=change.subject,
        system="clearance",
        object=change.object,
        record_id=change.record_id,
        op="undo",
        code=code,
        text=text,
    )
