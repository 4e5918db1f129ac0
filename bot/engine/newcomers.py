"""People who are to be created are looked up once more: a plan may have waited a day for its approval.

Somebody else may have made a record of the address by now, and a vendor that takes doubles would get one; or
the person has objected somewhere meanwhile, and a new record would know nothing of it.
"""

from collections.abc import Container, Mapping, Sequence
from datetime import datetime

from bot.engine.drive import Drive
from bot.store import became, journal
from bot.store.journal import Mark
from tools.plan import NOBODY, Change, System
from tools.ports import Person, Reader
from tools.rules.consent import OBJECTIONS, WORDS
from tools.rules.stack import title

THERE = "somebody has made a record of the address by now"
LOOK = "Ask for it again: who is there already is only given what is empty."


def still_new(drive: Drive, batch: Sequence[Change]) -> list[Change]:
    """The rows that may be sent; where somebody is there or has objected by now, it is settled by name."""
    asked = {change.subject: str(change.guard[NOBODY]) for change in batch if NOBODY in change.guard}
    if not asked:
        return list(batch)
    drive.check()
    known = _records(drive.readers, asked)
    since = (drive.run.started_at or drive.run.created_at).replace(microsecond=0)
    with drive.store.read() as connection:
        ours = {subject for _, _, subject in became.created(connection, drive.run, sorted(asked))}
    marks = {
        change.seq: mark
        for change in batch
        if change.subject in asked and (mark := _judged(change, known.get(change.subject, ()), ours, since))
    }
    if marks:
        refused = [(change, marks[change.seq]) for change in batch if change.seq in marks]
        with drive.writing() as connection:
            journal.write(connection, drive.run.id, refused, worker=drive.worker, now=drive.clock.now())
            drive.progressed(connection)
    return [change for change in batch if change.seq not in marks]


def _records(readers: Mapping[System, Reader], asked: Mapping[str, str]) -> Mapping[str, Sequence[Person]]:
    found: dict[str, list[Person]] = {}
    for system, reader in readers.items():
        if system != "clearance":
            for people in reader.people(list(asked.values())):
                for person in people:
                    found.setdefault(person.subject, []).append(person)
    return found


def _judged(change: Change, records: Sequence[Person], ours: Container[str], since: datetime) -> Mark | None:
    """Why somebody is not created; what a sync makes of `ours`, since the run began, is no double."""
    for person in records:
        if said := next((WORDS[mark.state] for mark in person.consent if mark.state in OBJECTIONS), ""):
            return Mark(seq=change.seq, state="drifted", error=f"they {said} ({title(person.system)}) by now")
    there = [each for each in records if each.system == change.system]
    if change.subject in ours:
        there = [each for each in there if each.created is not None and each.created < since]
    return Mark(seq=change.seq, state="drifted", error=THERE, hint=LOOK) if there else None
