"""The rows of a purge: tombstone, suppress, delete; or suppress alone where something holds the person."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
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
from tools.plan import Change, Fields, System, Veto
from tools.ports import ConsentMark, Person, Reader, RestsOn, Tie
from tools.rules.agreements import ConsentEvent
from tools.rules.consent import OBJECTIONS, WORDS
from tools.rules.consent_groups import folded
from tools.rules.deliverability import Finding
from tools.rules.proofs import scope_of, words_of
from tools.rules.stack import delete_stage, suppress_stage, title
from tools.rules.vetoes import WRONGLY_SUPPRESSED, TieKind, refusal

SUPPRESS_RESTS_ON: frozenset[RestsOn] = frozenset({"address", "deliverability"})
DELETE_RESTS_ON: frozenset[RestsOn] = frozenset({"address", "deliverability", "ties"})
TOOL = "purge_bounces"  # how the ledger names what a purge of ours wrote
EVIDENCE: TieKind = "consent_evidence"
COPIED = "this plan copies it into our ledger, and a later purge may then delete"
AT_ONCE = timedelta(minutes=15)  # vendors date what we wrote a little later than we do


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
            subjects = [box.subject for box in boxes]
            purged_before = self.context.records.tombstoned(subjects)
            known = self.context.records.consent_standing(subjects)
            for box in boxes:
                held = records.get(box.subject, ())
                finding = box.finding(life_of(held, seen), now=self.now)
                ours = _Ours(box.subject in purged_before, known.get(box.subject, ()))
                yield from self._person(box, held, finding, ours)

    def _person(
        self, box: Mailbox, records: Sequence[Person], finding: Finding, ours: "_Ours"
    ) -> Iterator[Change | Veto]:
        deletions = list(self._deletions(records, finding))
        if not deletions:
            return
        if not finding.purgeable:
            yield from (_alive(each, finding) for each in deletions)
            return
        ties, proofs = _ties(records, ours), _proofs(records, ours)
        refused = refusal([*ties, *(_named(person, tie) for person, tie in proofs)])
        if refused is None:
            yield _tombstone(box, finding)
        elif not ties:
            refused = replace(refused, text=f"{refused.text}; {COPIED}")
            yield from (_copy(person, tie, finding) for person, tie in proofs)
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


@dataclass(frozen=True, slots=True)
class _Ours:
    """What our own record has of one person: a tombstone, and the ledger's newest words."""

    purged: bool
    ledger: Sequence[ConsentEvent]

    def wrote(self, system: System, mark: ConsentMark) -> bool:
        """Whether a mark is the doing of an earlier purge, and nothing that the person said."""
        return self.purged or any(
            each.source == TOOL
            and each.run
            and (each.system, folded(each.scope)) == (system, folded(mark.scope))
            and not (mark.at and each.at and mark.at > each.at + AT_ONCE)
            for each in self.ledger
        )

    def keeps(self, person: Person, tie: Tie) -> bool:
        """Whether the ledger has that evidence in these words."""
        scope, words = scope_of(person.object, person.record_id), words_of(tie.text)
        return any(
            (each.system, each.scope, each.evidence) == (person.system, scope, words) for each in self.ledger
        )


def _ties(records: Sequence[Person], ours: _Ours) -> list[tuple[TieKind, str]]:
    """What holds a person besides a proof that can be copied; an objection does, unless a purge put it."""
    ties = [_named(person, tie) for person in records for tie in person.ties if tie.kind != EVIDENCE]
    objections: list[tuple[TieKind, str]] = [
        (EVIDENCE, f"{WORDS[mark.state]}, {title(person.system)}")
        for person in records
        for mark in person.consent
        if mark.state in OBJECTIONS and not ours.wrote(person.system, mark)
    ]
    return ties + objections


def _proofs(records: Sequence[Person], ours: _Ours) -> list[tuple[Person, Tie]]:
    """Evidence of consent that a record alone holds."""
    return [
        (person, tie)
        for person in records
        for tie in person.ties
        if tie.kind == EVIDENCE and not ours.keeps(person, tie)
    ]


def _named(person: Person, tie: Tie) -> tuple[TieKind, str]:
    return tie.kind, f"{tie.text}, {title(person.system)}"


def _copy(person: Person, tie: Tie, finding: Finding) -> Change:
    kept = {
        "system": person.system,
        "object": person.object,
        "record": person.record_id,
        "evidence": words_of(tie.text),
        "as_of": person.as_of.isoformat(),
    }
    return _own(person.subject, "evidence", kept, finding)


def _tombstone(box: Mailbox, finding: Finding) -> Change:
    return _own(box.subject, "tombstone", {"bounce_class": "invalid"}, finding)


def _own(subject: str, object: str, values: Fields, finding: Finding) -> Change:
    """A record of ours, made before anything else happens to the person."""
    return Change(
        subject=subject,
        system="clearance",
        object=object,
        record_id=None,
        op="create",
        set=values,
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
