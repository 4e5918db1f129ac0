"""What our own records are made of, object by object: tombstones, the base of consent, proofs, erasures.

Each object of the system `clearance` has a shelf that reads, writes, reads back and takes back its rows.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from bot.engine import audit, forgetting
from bot.store import ledger, observations, tombstones
from bot.store.connect import Connection
from bot.store.ledger import LedgerEntry
from bot.store.tombstones import ERASED, Tombstone
from tools.plan import Change, Fields, Op, Reversibility, Veto
from tools.ports import Expressed, Outcome, Read
from tools.rules.consent import GLOBAL
from tools.rules.proofs import scope_of

TOMBSTONE, BASE, ERASURE, EVIDENCE = "tombstone", "base", "erasure", "evidence"
OLDER = timedelta(minutes=5)  # a tombstone this much older than our write stood there before it
KEPT = "The copy of the evidence stays in our ledger: the record that held it was purged since"
NO_WAY_BACK = "An erasure cannot be taken back: nothing was kept to take it back with"


@dataclass(frozen=True, slots=True)
class Writing:
    """One write: in which transaction, when, by which run for each subject, with which key's hashes."""

    connection: Connection
    now: datetime
    runs: Mapping[str, str]
    key_id: str


class Shelf(Protocol):
    """One kind of our own records."""

    def find(self, connection: Connection, ids: Sequence[str]) -> Mapping[str, Fields]:
        """Those of these ids that are there."""

    def write(self, writing: Writing, changes: Sequence[Change]) -> list[Outcome]:
        """Do these changes, of one op."""

    def landed(self, connection: Connection, changes: Sequence[Change]) -> list[Read]:
        """Whether each is so now."""

    def inverse(self, change: Change, now: Fields | None, at: datetime) -> Expressed | Veto:
        """How it is taken back."""

    def reversibility(self, op: Op) -> Reversibility:
        """How it comes back, for the card."""


class Tombstones:
    """A create writes one for the row's subject (`set`: `bounce_class`), a delete takes it away.

    A tombstone's record id is its subject.
    """

    def find(self, connection: Connection, ids: Sequence[str]) -> Mapping[str, Fields]:
        """By subject."""
        return {each: _fields(stone) for each, stone in tombstones.find(connection, ids).items()}

    def write(self, writing: Writing, changes: Sequence[Change]) -> list[Outcome]:
        """Put them, or take them away."""
        subjects = [change.subject for change in changes]
        if changes[0].op == "delete":
            tombstones.remove(writing.connection, subjects)
        else:
            kinds = [str(change.set.get("bounce_class", "invalid")) for change in changes]
            stones = [_stone(writing, *pair) for pair in zip(subjects, kinds, strict=True)]
            tombstones.put(writing.connection, stones)
        return [Outcome(state="applied", record_id=subject) for subject in subjects]

    def landed(self, connection: Connection, changes: Sequence[Change]) -> list[Read]:
        """Whether they stand."""
        found = tombstones.find(connection, [change.subject for change in changes])
        return [_read((change.subject in found) == (change.op != "delete")) for change in changes]

    def inverse(self, change: Change, now: Fields | None, at: datetime) -> Expressed | Veto:
        """Only ours is taken away again."""
        if change.op == "create":
            return self._removed(change, now, at)
        if now is not None:
            return Veto.of_undo(change, "changed_since", "The tombstone is there again")
        kept = {"bounce_class": change.backup.get("bounce_class", "invalid")}
        return Expressed(object=TOMBSTONE, record_id=None, op="create", set=kept)

    def reversibility(self, op: Op) -> Reversibility:
        """As easily as it was written."""
        return Reversibility(system="clearance", op=op, how="inverse")

    @staticmethod
    def _removed(change: Change, now: Fields | None, at: datetime) -> Expressed | Veto:
        if now is None:
            return Veto.of_undo(change, "changed_since", "The tombstone has been taken away since")
        if datetime.fromisoformat(str(now["at"])) < at - OLDER:
            return Veto.of_undo(change, "not_ours", "The tombstone stood there before this run")
        return Expressed(object=TOMBSTONE, record_id=change.subject, op="delete", backup=now)


class Bases:
    """A create makes an observation (`set`: `observation`, `people`, `sha256`) the base; a delete unmakes it.

    A base's record id is its observation's. Together with it counts what the same run suppressed, as far as
    that landed.
    """

    def find(self, connection: Connection, ids: Sequence[str]) -> Mapping[str, Fields]:
        """By the observation's id."""
        found = observations.find(connection, ids)
        return {
            key: {"observation": key, "people": each.people, "sha256": each.sha256}
            for key, each in found.items()
        }

    def write(self, writing: Writing, changes: Sequence[Change]) -> list[Outcome]:
        """Agree on it, if it is what was cleared."""
        return [self._write(writing, change) for change in changes]

    def landed(self, connection: Connection, changes: Sequence[Change]) -> list[Read]:
        """Whether it is a base now."""
        keys = [str(change.set.get("observation", change.record_id)) for change in changes]
        found = observations.find(connection, keys)
        return [
            _read((key in found) == (change.op == "create"))
            for key, change in zip(keys, changes, strict=True)
        ]

    def inverse(self, change: Change, now: Fields | None, at: datetime) -> Expressed | Veto:
        """The base before it is in force again."""
        del at  # whenever it was
        if (now is None) == (change.op == "create"):
            return Veto.of_undo(change, "changed_since", "The base has been changed since")
        if change.op == "create":
            return Expressed(object=BASE, record_id=change.record_id, op="delete", backup=now or {})
        return Expressed(object=BASE, record_id=None, op="create", set=dict(change.backup))

    def reversibility(self, op: Op) -> Reversibility:
        """Earlier bases are kept."""
        return Reversibility(system="clearance", op=op, how="inverse")

    @staticmethod
    def _write(writing: Writing, change: Change) -> Outcome:
        if change.op == "delete":
            observations.withdraw(writing.connection, str(change.record_id))
            return Outcome(state="applied", record_id=change.record_id)
        key, wanted = str(change.set["observation"]), str(change.set["sha256"])
        found = observations.get(writing.connection, key)
        run = writing.runs.get(change.subject, "")
        if (
            found is None
            or found.sha256 != wanted
            or not observations.agree(writing.connection, key, run_id=run, now=writing.now)
        ):
            return Outcome(state="failed", error="the observation is not what was cleared", hint="Ask again.")
        return Outcome(state="applied", record_id=key)


class Erasures:
    """A delete forgets all we hold of the row's subject and leaves a tombstone; nothing takes it back.

    `set` has the request's reference, which the audit trail keeps, and the address, by which conversations
    and files are searched; the row itself is emptied once its run is over. Its record id is the subject.
    """

    def find(self, connection: Connection, ids: Sequence[str]) -> Mapping[str, Fields]:
        """Whom we have not erased yet: everybody."""
        stones = tombstones.find(connection, ids)
        return {each: {} for each in ids if each not in stones or stones[each].bounce_class != ERASED}

    def write(self, writing: Writing, changes: Sequence[Change]) -> list[Outcome]:
        """Forget them, and say so in the audit trail."""
        for change in changes:
            tombstones.remove(writing.connection, [change.subject])
            tombstones.put(writing.connection, [_stone(writing, change.subject, ERASED)])
            run = writing.runs.get(change.subject, "")
            forgetting.forget(writing.connection, change.subject, str(change.set.get("address", "")), run=run)
            ledger.add(writing.connection, [_erased(writing, change, run)])
            audit.record(
                writing.connection,
                name="person.erased",
                actor="clearance",
                about=run,
                data={"subject": change.subject, "reference": str(change.set.get("request_reference", ""))},
                now=writing.now,
            )
        return [Outcome(state="applied", record_id=change.subject) for change in changes]

    def landed(self, connection: Connection, changes: Sequence[Change]) -> list[Read]:
        """Whether they are forgotten."""
        left = self.find(connection, [change.subject for change in changes])
        return [_read(change.subject not in left) for change in changes]

    def inverse(self, change: Change, now: Fields | None, at: datetime) -> Expressed | Veto:
        """Never."""
        del now, at  # whatever is so
        return Veto.of_undo(change, "not_reversible", NO_WAY_BACK)

    def reversibility(self, op: Op) -> Reversibility:
        """Never."""
        return Reversibility(system="clearance", op=op, how="none", note=NO_WAY_BACK)


class Proofs:
    """A create copies a record's evidence of consent into the ledger, a delete takes the copy out again.

    `set`: `system`, `object`, `record`, `evidence`, `as_of`. A row's record id is its subject. Once somebody
    was purged the copy is the only proof there is, and stays; an erasure alone takes it away.
    """

    def find(self, connection: Connection, ids: Sequence[str]) -> Mapping[str, Fields]:
        """How many are kept of each subject, and whether they were purged."""
        gone = tombstones.find(connection, ids)
        kept = ledger.proofs(connection, ids)
        return {each: {"kept": len(proofs), "purged": each in gone} for each, proofs in kept.items()}

    def write(self, writing: Writing, changes: Sequence[Change]) -> list[Outcome]:
        """Enter them, or take them out."""
        if changes[0].op == "delete":
            for change in changes:
                ledger.take_out(writing.connection, _proof(writing, change))
        else:
            ledger.add(writing.connection, [_proof(writing, change) for change in changes])
        return [Outcome(state="applied", record_id=change.subject) for change in changes]

    def landed(self, connection: Connection, changes: Sequence[Change]) -> list[Read]:
        """Whether the ledger has these very words of that record, or no longer has."""
        kept = ledger.proofs(connection, list({change.subject for change in changes}))
        said = {
            (each.subject, each.system, each.scope, each.evidence)
            for every in kept.values()
            for each in every
        }
        here = [(change.subject, *_about(change), str(change.set["evidence"])) in said for change in changes]
        return [_read(there == (change.op == "create")) for there, change in zip(here, changes, strict=True)]

    def inverse(self, change: Change, now: Fields | None, at: datetime) -> Expressed | Veto:
        """Taken out while the record still holds it; put back by its words."""
        del at  # whenever it was
        if change.op == "create" and (now is None or now["purged"]):
            return Veto.of_undo(change, "kept", KEPT if now else "The copy of the evidence has gone since")
        if change.op == "create":
            return Expressed(
                object=EVIDENCE, record_id=change.subject, op="delete", set=dict(change.set), backup=now or {}
            )
        return Expressed(object=EVIDENCE, record_id=None, op="create", set=dict(change.set))

    def reversibility(self, op: Op) -> Reversibility:
        """As long as the record is there."""
        return Reversibility(system="clearance", op=op, how="inverse")


SHELVES: Mapping[str, Shelf] = {
    TOMBSTONE: Tombstones(), BASE: Bases(), ERASURE: Erasures(), EVIDENCE: Proofs(),
}  # fmt: skip


def _stone(writing: Writing, subject: str, kind: str) -> Tombstone:
    return Tombstone(
        subject=subject,
        key_id=writing.key_id,
        bounce_class=kind,
        run_id=writing.runs.get(subject, ""),
        at=writing.now,
    )


def _erased(writing: Writing, change: Change, run: str) -> LedgerEntry:
    """The one entry that is left of an erased person: that they were."""
    return LedgerEntry(
        subject=change.subject,
        system="clearance",
        scope=GLOBAL,
        state="erased",
        at=writing.now,
        source="erasure",
        evidence=str(change.set.get("request_reference", "")),
        run_id=run or None,
        seen_at=writing.now,
    )


def _about(change: Change) -> tuple[str, str]:
    """Whose words a copy has: the system, and the ledger's scope for the record."""
    return str(change.set["system"]), scope_of(str(change.set["object"]), str(change.set["record"]))


def _proof(writing: Writing, change: Change) -> LedgerEntry:
    system, scope = _about(change)
    return LedgerEntry(
        subject=change.subject,
        system=system,
        scope=scope,
        state="express",
        at=datetime.fromisoformat(str(change.set["as_of"])),
        source=f"{change.set['object']} {change.set['record']}",
        evidence=str(change.set["evidence"]),
        run_id=writing.runs.get(change.subject),
        seen_at=writing.now,
    )


def _fields(stone: Tombstone) -> Fields:
    return {
        "bounce_class": stone.bounce_class,
        "key_id": stone.key_id,
        "run_id": stone.run_id,
        "at": stone.at.isoformat(),
    }


def _read(true_now: bool) -> Read:  # noqa: FBT001 (a conversion of one boolean)
    return "landed" if true_now else "not_landed"
