"""Undo: a plan made from a run's journal, in reverse order; it is cleared and run like every other plan.

A row somebody else changed since is vetoed by name, and so is one that cannot come back. What comes back as a
new record says so in its reason. A record that was changed and then deleted by the same run comes back once.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.engine import created, objections
from bot.engine.observing import OurObservations
from bot.engine.own_objects import BASE, NO_WAY_BACK
from bot.store import journal, plans, runs
from bot.store.connect import Store
from bot.store.headers import StoredPlan
from bot.store.journal import Entry, Group
from bot.store.runs import Run
from tools.answer import Evidence
from tools.context import Principal
from tools.errors import InvalidArguments, Refused
from tools.plan import Change, Fields, Plan, System, Veto
from tools.ports import Clock, Expressed, Reader

UNRECOVERABLE = "unrecoverable"
LOST = frozenset({"no_backup", "not_reversible"})  # the connectors' words for what has no way back
NEW = "made anew from the backup: a new record, not identical (other id, no history)"
BINNED = "out of the recycle bin"
BACK = "back to what it was"
WITH_MERGE = (
    "it belongs to a merge, which does not come back: taking it away would put the merged person off a list, "
    "or back on mail, as one of the records had not been"
)
MERGED = (
    "What went is in this run's backup; a record of another address can be imported from the file "
    "merge-backup.csv as a new one, without its history"
)


def plan(store: Store, ref: str, systems: Mapping[System, Reader], clock: Clock, asker: Principal) -> Plan:
    """The plan that takes a run back. `ref` is the run (`R-17`) or its plan (`P-1042`).

    Raises `InvalidArguments` for an unknown run or one still under way, `Refused` for what is undone already.
    """
    if not asker.roles:
        raise Refused("You may not undo this", do="Ask somebody of marketing operations.")
    run, stored = _finished(store, ref)
    OurObservations(store, clock).absorb()  # what other runs wrote is nobody's own word
    back = _Back(store=store, run=run, systems=systems)
    count = back.count()
    if not count:
        raise InvalidArguments(f"{run.id} changed nothing, so there is nothing to take back")
    return Plan(
        summary=f"Undo {run.id} ({_title(stored)}): {_rows(count)} in reverse order{back.caveat()}",
        rows=back.rows(),
        evidence=(
            Evidence(source="clearance", query=f"journal of {run.id}", as_of=clock.now(), count=count),
        ),
        undo_of=run.id,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Back:
    """The way back of one run."""

    store: Store
    run: Run
    systems: Mapping[System, Reader]

    def count(self) -> int:
        with self.store.read() as connection:
            return journal.counts(connection, self.run).get("applied", 0)

    def rows(self) -> Iterator[Change | Veto]:
        """The inverse of every applied row, last stage first, a guard read's worth at a time."""
        groups = self._groups()
        last = max((group.stage for group in groups), default=0)
        carried = any(group.object == BASE for group in groups)  # opt-outs from one system to the others
        merged = any(group.op == "merge" for group in groups)
        for group in groups:
            for page in self._pages(group):
                if merged and group.op != "merge":
                    yield from (Veto.of_undo(entry.change, "stays_with_merge", WITH_MERGE) for entry in page)
                    continue
                rows = list(self._page(group, page, stage=last - group.stage))
                yield from objections.sift(self.store, self.run.id, self.systems, rows, live=carried)
            yield from self._open(group)

    def caveat(self) -> str:
        """What will not come back identical, for the plan's summary."""
        anew = [
            f"{rows:,} {group.system} {group.object} records" for group in self._groups()
            if group.op == "delete" and group.system != "clearance" and (rows := self._made_anew(group))
        ]  # fmt: skip
        return f". Not identical, as they come back as new records: {', '.join(anew)}" if anew else ""

    def _groups(self) -> list[Group]:
        with self.store.read() as connection:
            found = journal.groups(connection, self.run.plan_key)
        return sorted(found, key=lambda group: -group.stage)

    def _pages(self, group: Group) -> Iterator[list[Entry]]:
        limit = max(1, self.systems[group.system].guard_batch(group.object))
        after = 0
        while True:
            with self.store.read() as connection:
                page = journal.applied(connection, self.run, group, after=after, limit=limit)
            if not page:
                return
            after = page[-1].change.seq
            yield created.entries_filled(self.store, self.run, page)

    def _page(self, group: Group, page: Sequence[Entry], *, stage: int) -> Iterator[Change | Veto]:
        ids = [entry.change.record_id for entry in page if entry.change.record_id]
        now = self.systems[group.system].current(group.object, ids, frozenset()) if ids else {}
        deleted = self._deleted(group, [each for each in ids if now.get(each) is None])
        for entry in page:
            back = self._back(entry, now, deleted)
            if isinstance(back, Veto):
                yield back
            elif back:
                yield self._change(entry.change, back, stage)

    def _back(
        self, entry: Entry, now: Mapping[str, Fields | None], deleted: Mapping[str, Entry]
    ) -> Expressed | Veto | None:
        change = entry.change
        if entry.landed == "not_landed":
            return Veto.of_undo(
                change, "never_landed", "It never took effect, so there is nothing to take back"
            )
        if not change.record_id and change.op != "create":
            return self._inverse(entry, None)
        if not change.record_id:
            return Veto.of_undo(change, UNRECOVERABLE, "The vendor never told the new record's id")
        if change.op != "delete" and (deletion := deleted.get(change.record_id)):
            return self._beneath(entry, deletion)
        return self._inverse(entry, now.get(change.record_id))

    def _beneath(self, entry: Entry, deletion: Entry) -> Expressed | Veto | None:
        """A change of a record that the same run deleted later: needed only if that record comes back."""
        returned = self._inverse(deletion, None)
        if isinstance(returned, Veto):
            return None
        if "undelete" not in returned.set:
            return None  # made anew from the backup, as it was before this change too
        return self._inverse(entry, {**deletion.change.backup, **entry.change.set})

    def _inverse(self, entry: Entry, now: Fields | None) -> Expressed | Veto:
        change, reader = entry.change, self.systems[entry.change.system]
        found = reader.inverse(change, now=now, at=entry.at or self.run.created_at)
        if isinstance(found, Veto) and found.code in LOST:
            kept = f". {MERGED}" if change.op == "merge" else ""
            return Veto.of_undo(change, UNRECOVERABLE, f"{found.text.rstrip('.')}{kept}")
        return found

    def _deleted(self, group: Group, ids: Sequence[str]) -> Mapping[str, Entry]:
        if not ids or group.op == "delete":
            return {}
        with self.store.read() as connection:
            return journal.deleted(connection, self.run, group, ids)

    def _made_anew(self, group: Group) -> int:
        """How many of a group's deletes come back as new records, judged by the first of them."""
        with self.store.read() as connection:
            first = journal.applied(connection, self.run, group, after=0, limit=1)
            rows = journal.count_applied(connection, self.run, group)
        found = self._inverse(first[0], None) if first else None
        return rows if isinstance(found, Expressed) and _is_new(found) else 0

    def _open(self, group: Group) -> Iterator[Veto]:
        """Rows of which nobody knows whether they were done."""
        with self.store.read() as connection:
            found = journal.undecided(connection, self.run, group)
        for entry in found:
            yield Veto.of_undo(
                entry.change, "unknown_outcome", "Nobody knows whether this was done: look at the record"
            )

    def _change(self, done: Change, back: Expressed, stage: int) -> Change:
        return Change(
            subject=done.subject,
            system=done.system,
            object=back.object,
            record_id=back.record_id,
            op=back.op,
            set=back.set,
            guard=back.guard,
            stage=stage,
            reason=f"undo of {self.run.id}: {_how(done, back)}",
            backup=back.backup,
        )


def _finished(store: Store, ref: str) -> tuple[Run, StoredPlan]:
    with store.read() as connection:
        run = runs.find(connection, ref)
        stored = plans.get(connection, run.plan_key) if run else None
        undone = runs.undone_by(connection, run.id) if run else None
    if run is None or stored is None:
        raise InvalidArguments(
            "There is no run of that name", on=ref[:40], do="Say “list requests” for those there are."
        )
    if run.state in runs.UNFINISHED:
        raise InvalidArguments(
            f"{run.id} is still {run.state}",
            do=f"Stop it first with “stop {run.id}”, or wait until it is done.",
        )
    if "erase" in stored.header.effects:
        raise Refused(NO_WAY_BACK, on=run.id)
    if undone:
        raise Refused(f"{run.id} is taken back by {undone} already", do=f"Look at it with “show {undone}”.")
    return run, stored


def _title(stored: StoredPlan) -> str:
    """What the run was about: the first sentence, without the explanation after its colon."""
    return stored.header.summary.partition(". ")[0].partition(":")[0].rstrip(".")


def _is_new(back: Expressed) -> bool:
    return back.op == "create" and back.record_id is None and "undelete" not in back.set


def _how(done: Change, back: Expressed) -> str:
    if done.op != "delete":
        return BACK
    return NEW if _is_new(back) and done.system != "clearance" else BINNED if "undelete" in back.set else BACK


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count:,} rows"
