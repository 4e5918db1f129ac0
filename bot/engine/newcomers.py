"""People who are to be created are looked up once more: a plan may have waited a day for its approval.

Somebody else may have made a record of the address by now, and a vendor that takes doubles would get one; or
the person has objected somewhere meanwhile, and a new record would know nothing of it. The vendors are asked
who was touched since the plan was made: that costs the same for one newcomer and for 200,000.
"""

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass, field

from bot.engine.drive import Drive
from bot.store import became, journal, plans
from bot.store.journal import Mark
from tools.abilities import ConsentRecord, KeepsConsent
from tools.plan import NOBODY, Change
from tools.rules.consent import OBJECTIONS, SHOWN_LATE, WORDS
from tools.rules.stack import title

LISTED = "address"  # an entry of a suppression list that belongs to no record
THERE = "somebody has made a record of the address by now"
LOOK = "Ask for it again: who is there already is only given what is empty."


@dataclass(slots=True)
class Newcomers:
    """One drive's look at whom its run is to create.

    `_met` are those who were touched since the plan; `_ours` those of them whom this run had created
    somewhere by then, before it was interrupted.
    """

    drive: Drive
    _looked: bool = False
    _met: dict[str, list[ConsentRecord]] = field(default_factory=dict)
    _ours: frozenset[str] = frozenset()

    def still_new(self, batch: Sequence[Change]) -> list[Change]:
        """The rows that may be sent; where somebody is there or has objected by now, they are settled."""
        asked = [change for change in batch if NOBODY in change.guard]
        if asked and not self._looked:
            self._look()
        marks = dict(self._judged([change for change in asked if change.subject in self._met]))
        if marks:
            refused = [(change, marks[change.seq]) for change in asked if change.seq in marks]
            drive = self.drive
            with drive.writing() as connection:
                journal.write(connection, drive.run.id, refused, worker=drive.worker, now=drive.clock.now())
                drive.progressed(connection)
        return [change for change in batch if change.seq not in marks]

    def _look(self) -> None:
        drive = self.drive
        with drive.store.read() as connection:
            wanted = plans.created_subjects(connection, drive.run.plan_key)
        since = drive.origin.created_at - SHOWN_LATE
        for reader in drive.readers.values():
            if isinstance(reader, KeepsConsent):
                drive.check()
                for page in reader.consent_changes(since):
                    for each in page:
                        if each.subject in wanted:
                            self._met.setdefault(each.subject, []).append(each)
        with drive.store.read() as connection:
            made = became.created(connection, drive.run, sorted(self._met))
        self._ours = frozenset(subject for _, _, subject in made)
        self._looked = True

    def _judged(self, met: Sequence[Change]) -> Iterator[tuple[int, Mark]]:
        for change in met:
            if mark := _judged(change, self._met[change.subject], self._ours):
                yield change.seq, mark


def _judged(change: Change, met: Sequence[ConsentRecord], ours: Container[str]) -> Mark | None:
    """Why somebody is not created. What is there of `ours` a sync has made of what this run created."""
    for each in met:
        if each.mark.state in OBJECTIONS:
            why = f"they {WORDS[each.mark.state]} ({title(each.system)}) by now"
            return Mark(seq=change.seq, state="drifted", error=why)
    there = any(each.system == change.system and each.object != LISTED for each in met)
    if not there or change.subject in ours:
        return None
    return Mark(seq=change.seq, state="drifted", error=THERE, hint=LOOK)
