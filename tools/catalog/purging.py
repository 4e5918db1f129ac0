"""The rows of a purge: tombstone, suppress, delete; or suppress alone where something holds the person."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain

from tools.catalog.across import (
    FEW,
    arrivals,
    blocks,
    change,
    clicks,
    later,
    life_of,
    records_of,
    targets,
)
from tools.catalog.mailboxes import Mailbox
from tools.context import ToolContext
from tools.plan import Change, System, Veto
from tools.ports import Person, Reader, RestsOn
from tools.rules.consent import OBJECTIONS, WORDS
from tools.rules.deliverability import Finding
from tools.rules.stack import delete_stage, suppress_stage, title
from tools.rules.vetoes import WRONGLY_SUPPRESSED, TieKind, refusal

SUPPRESS_RESTS_ON: frozenset[RestsOn] = frozenset({"address", "deliverability"})
DELETE_RESTS_ON: frozenset[RestsOn] = frozenset({"address", "deliverability", "ties"})


@dataclass(frozen=True, slots=True)
class Purge:
    """One purge: all vendors are read for ties and signs of life, the chosen ones are changed."""

    context: ToolContext
    read: Mapping[System, Reader]
    chosen: Mapping[System, Reader]
    now: datetime

    def rows(self, candidates: Sequence[Mailbox]) -> Iterator[Change | Veto]:
        """Every candidate's rows, block by block."""
        since = min((box.first for box in candidates), default=self.now)
        clicked = clicks(self.read, since) if len(candidates) > FEW else None
        for boxes in blocks(candidates):
            records = records_of(self.read, [box.address for box in boxes])
            people = list(chain.from_iterable(records.values()))
            pressed = clicks(self.read, since, people) if clicked is None else clicked
            seen = later(pressed, arrivals(self.read, since, people))
            purged_before = self.context.records.tombstoned([box.subject for box in boxes])
            for box in boxes:
                held = records.get(box.subject, ())
                finding = box.finding(life_of(held, seen), now=self.now)
                yield from self._person(box, held, finding, ours=box.subject in purged_before)

    def _person(
        self, box: Mailbox, records: Sequence[Person], finding: Finding, *, ours: bool
    ) -> Iterator[Change | Veto]:
        deletions = list(self._deletions(records, finding))
        if not deletions:
            return
        if not finding.purgeable:
            yield from (_alive(each, finding) for each in deletions)
            return
        refused = refusal(_ties(records, ours=ours))
        if refused is None:
            yield _tombstone(box, finding)
        yield from self._suppressions(box, records, finding)
        if refused is None:
            yield from deletions
            return
        for each in deletions:
            yield _veto(each, refused.code, refused.text, refused.instead)

    def _deletions(self, records: Sequence[Person], finding: Finding) -> Iterator[Change]:
        for person in records:
            reader = self.chosen.get(person.system)
            wish = reader and reader.express(
                "delete", person, note=f"Mailbox gone: {finding.basis()}", rests_on=DELETE_RESTS_ON
            )
            if wish:
                yield change(person, wish, stage=delete_stage(person.system), reason=finding.basis())

    def _suppressions(self, box: Mailbox, records: Sequence[Person], finding: Finding) -> Iterator[Change]:
        for reader, person in targets(self.context, self.chosen, records, box.subject, box.address):
            wish = reader.express(
                "suppress", person, note=f"Mailbox gone: {finding.basis()}", rests_on=SUPPRESS_RESTS_ON
            )
            if wish:
                yield change(person, wish, stage=suppress_stage(person.system), reason=finding.basis())


def _ties(records: Sequence[Person], *, ours: bool) -> list[tuple[TieKind, str]]:
    """What holds a person, over all systems. An objection holds too, unless it is our own earlier act."""
    ties = [(tie.kind, f"{tie.text}, {title(person.system)}") for person in records for tie in person.ties]
    objections: list[tuple[TieKind, str]] = [
        ("consent_evidence", f"{WORDS[mark.state]}, {title(person.system)}")
        for person in records
        for mark in person.consent
        if mark.state in OBJECTIONS and not ours
    ]
    return ties + objections


def _tombstone(box: Mailbox, finding: Finding) -> Change:
    return Change(
        subject=box.subject,
        system="clearance",
        object="tombstone",
        record_id=None,
        op="create",
        set={"bounce_class": "invalid"},
        stage=0,
        reason=finding.basis(),
    )


def _alive(deletion: Change, finding: Finding) -> Veto:
    """A sign of life since the bounces: nothing is done to this person."""
    since = f"{finding.alive:%Y-%m-%d}" if finding.alive else "later"
    return _veto(deletion, WRONGLY_SUPPRESSED, f"showed life on {since}, after {finding.basis()}", "")


def _veto(deletion: Change, code: str, text: str, instead: str) -> Veto:
    return Veto(
        subject=deletion.subject,
        system=deletion.system,
        object=deletion.object,
        record_id=deletion.record_id,
        op="delete",
        code=code,
        text=text,
        instead=instead,
    )
