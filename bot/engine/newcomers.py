"""People who are to be created are looked up once more: a plan may have waited a day for its approval.

Somebody else may have made a record of the address by now, and a vendor that takes doubles would get one; or
the person has objected somewhere meanwhile, and a new record would know nothing of it. Everybody is looked up
once for all systems of a run, many at a time: some vendors tell of few addresses only by listing all.
"""

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bot.engine.drive import Drive
from bot.store import became, journal
from bot.store.journal import Group, Mark
from tools.plan import NOBODY, Change
from tools.ports import Person
from tools.rules.consent import OBJECTIONS, WORDS
from tools.rules.stack import title

AHEAD = 6_000  # people looked up at a time
THERE = "somebody has made a record of the address by now"
LOOK = "Ask for it again: who is there already is only given what is empty."


@dataclass(slots=True)
class Newcomers:
    """Whom one drive of a run has looked up: `_looked` all of them, `_known` those that have records."""

    drive: Drive
    _looked: set[str] = field(default_factory=set)
    _known: dict[str, list[Person]] = field(default_factory=dict)

    def still_new(self, group: Group, batch: Sequence[Change]) -> list[Change]:
        """The rows that may be sent; where somebody is there or has objected by now, they are settled."""
        asked = [change for change in batch if NOBODY in change.guard]
        if not asked:
            return list(batch)
        if any(change.subject not in self._looked for change in asked):
            self._look(group, asked)
        marks = dict(self._judged(asked))
        if marks:
            refused = [(change, marks[change.seq]) for change in asked if change.seq in marks]
            drive = self.drive
            with drive.writing() as connection:
                journal.write(connection, drive.run.id, refused, worker=drive.worker, now=drive.clock.now())
                drive.progressed(connection)
        return [change for change in batch if change.seq not in marks]

    def _look(self, group: Group, asked: Sequence[Change]) -> None:
        """Look these up, and whoever waits behind them."""
        drive = self.drive
        with drive.store.read() as connection:
            behind = journal.waiting(connection, drive.run, group, after=asked[-1].seq, limit=AHEAD)
        wanted = {
            change.subject: str(change.guard[NOBODY])
            for change in (*asked, *(change for change, _ in behind))
            if NOBODY in change.guard and change.subject not in self._looked
        }
        for system, reader in drive.readers.items():
            if system != "clearance":
                drive.check()
                for people in reader.people(list(wanted.values())):
                    for person in people:
                        self._known.setdefault(person.subject, []).append(person)
        self._looked.update(wanted)

    def _judged(self, asked: Sequence[Change]) -> Iterator[tuple[int, Mark]]:
        run = self.drive.run
        since = (run.started_at or run.created_at).replace(microsecond=0)
        met = sorted(change.subject for change in asked if change.subject in self._known)
        with self.drive.store.read() as connection:
            ours = {subject for _, _, subject in became.created(connection, run, met)}
        for change in asked:
            if mark := _judged(change, self._known.get(change.subject, ()), ours, since):
                yield change.seq, mark


def _judged(change: Change, records: Sequence[Person], ours: Container[str], since: datetime) -> Mark | None:
    """Why somebody is not created; what a sync makes of `ours`, since the run began, is no double."""
    for person in records:
        if said := next((WORDS[mark.state] for mark in person.consent if mark.state in OBJECTIONS), ""):
            return Mark(seq=change.seq, state="drifted", error=f"they {said} ({title(person.system)}) by now")
    there = [each for each in records if each.system == change.system]
    if change.subject in ours:
        there = [each for each in there if each.created is not None and each.created < since]
    return Mark(seq=change.seq, state="drifted", error=THERE, hint=LOOK) if there else None
