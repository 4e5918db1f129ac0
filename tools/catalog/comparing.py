"""Everybody's consent read from all systems and compared with the last agreement: what differs, and why."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from tools.abilities import KeepsConsent, KeepsGroups
from tools.answer import Evidence, Table
from tools.catalog.across import evidence, listing, vendors
from tools.context import ToolContext
from tools.errors import ClearanceError, NeedsAttention
from tools.plan import System
from tools.ports import Reader
from tools.progress import counted
from tools.rules.agreements import Agreement
from tools.rules.consent import GLOBAL, WORDS
from tools.rules.consent_groups import common, folded
from tools.rules.plain_text import one_line
from tools.rules.reconciling import BASE, Difference, Judgement, Word, judge
from tools.rules.sets import Base, Detail, Found, Mark, Sets
from tools.rules.stack import title

CANNOT = "its API does not tell everybody's consent"


@dataclass(frozen=True, slots=True)
class Case:
    """One address and scope that not every system honours.

    `opted_out` is the record that says so (None when only the last agreement does), `looser` the records that
    allow mail by system, `held` all systems that hold the address.
    """

    address: str
    subject: str
    scope: str
    judgement: Judgement
    opted_out: Detail | None
    looser: Mapping[str, tuple[Detail, datetime | None]]
    held: frozenset[str]

    def because(self) -> str:
        """Who opted out where and when, in a few words."""
        if self.opted_out is None:
            return f"{self._words()} at the last agreement"
        on = f" on {self.judgement.since:%Y-%m-%d}" if self.judgement.since else ""
        source = f" ({one_line(self.opted_out.source, longest=80)})" if self.opted_out.source else ""
        return f"{self._words()} in {title(self.judgement.cause)}{on}{source}"

    def _words(self) -> str:
        """What holds; a group by its name."""
        if self.scope == GLOBAL:
            return WORDS[self.judgement.joined]
        return f"opted out of “{one_line(self.scope, longest=60)}”"

    def undone(self, system: str) -> str:
        """Who made it looser there and when, in a few words; "" when nobody is known to have."""
        found = self.looser.get(system)
        if found is None:
            return ""
        words, at = found
        by = one_line(words.writer, longest=80) or "somebody unnamed"
        on = f" on {at:%Y-%m-%d %H:%M}" if at else ""
        return f"{by}{on} ({one_line(words.source, longest=80)})" if words.source else f"{by}{on}"

    def writer(self, system: str) -> str:
        """Who made it looser there; "" when nobody is known to have."""
        found = self.looser.get(system)
        return one_line(found[0].writer, longest=60) if found else ""

    def named(self, *classes: Difference) -> list[str]:
        """The systems that differ in one of these ways."""
        return [system for system, each in self.judgement.differs.items() if each in classes]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Everybody's words, written down. Close it when done."""

    context: ToolContext
    readers: Mapping[System, Reader]
    sets: Sets
    base: Agreement | None
    kept: Mapping[str, Sequence[str]] = field(default_factory=dict)  # the groups that each system has

    def cases(self) -> Iterator[Case]:
        """What differs, streamed; those whose address nobody holds any more are left out."""
        for found in self.sets.differing():
            judgement = judge(found.vector)
            if judgement.differs and (case := self._case(found, judgement)):
                yield case

    def evidence(self, tables: tuple[Table, ...] = ()) -> tuple[Evidence, ...]:
        """What was read of whom, and what it was compared with; `tables` stand with the first."""
        proofs = [
            evidence(self.context, system, "consent of every record", told.marks)
            for system, told in self.sets.told.items()
        ]
        proofs[:1] = [replace(each, tables=tables) for each in proofs[:1]]
        if self.base is not None:
            note = f"observation {self.base.id}, sha256 {self.base.sha256[:12]}…"
            proofs.append(
                Evidence(
                    source="clearance",
                    query="last agreement",
                    as_of=self.base.at,
                    count=self.base.people,
                    note=note,
                )
            )
        return tuple(proofs)

    def unread(self) -> str:
        """Which systems could not be read, and why; "" when all were."""
        return " ".join(f"{title(name)} could not be read: {why}" for name, why in self.sets.unread.items())

    def alone(self) -> str:
        """The groups that one system alone has, which stay its own; "" when there are none."""
        one = {key: next(iter(systems)) for key, systems in common(self.kept).items() if len(systems) == 1}
        named: dict[str, list[str]] = {}
        for system, names in self.kept.items():
            mine = [f"“{one_line(name, longest=60)}”" for name in names if one.get(folded(name)) == system]
            if mine:
                named[system] = mine
        said = listing(f"{listing(mine)} ({title(system)})" for system, mine in named.items())
        return f"Groups that one system alone has stay its own: {said}." if said else ""

    def _case(self, found: Found, judgement: Judgement) -> Case | None:
        words = {system: word for system, word in found.vector.now.items() if word}
        opted_out = self._opted_out(judgement, words)
        looser = {
            system: (self.sets.detail(system, word.loose_ref), word.loose_at)
            for system, word in words.items()
            if system in judgement.differs
        }
        source = opted_out or next((detail for detail, _ in looser.values()), None)
        if source is None and found.held:
            source = self.sets.detail(*found.held)
        if source is None:
            return None
        return Case(
            address=source.address,
            subject=self.context.subject(source.address),
            scope=found.scope,
            judgement=judgement,
            opted_out=opted_out,
            looser=looser,
            held=frozenset(words),
        )

    def _opted_out(self, judgement: Judgement, words: Mapping[str, Word]) -> Detail | None:
        if judgement.cause in {"", BASE}:
            return None
        return self.sets.detail(judgement.cause, words[judgement.cause].strict_ref)


def compare(context: ToolContext, readers: Mapping[System, Reader]) -> Comparison:
    """Read all of these systems; one that cannot be read is named and counts as unknown.

    Raises `NeedsAttention` when none of them can be.
    """
    sets = Sets(key=context.subject)
    kept: dict[str, Sequence[str]] = {}
    try:
        for system, reader in readers.items():
            _read(sets, system, reader, kept)
        _must_know_something(sets)
        base = context.records.observations().base()
        if base is not None:
            sets.rest_on(_base(context, sets, base))
    except BaseException:
        sets.close()
        raise
    return Comparison(context, readers, sets, base, kept)


def everybody(reader: Reader) -> Iterator[list[Mark]]:
    """A system's consent as marks, in its own pages."""
    assert isinstance(reader, KeepsConsent)  # asked before
    for batch in counted(reader.system, reader.consent_changes(None), "records"):
        yield [
            Mark(
                each.subject,
                each.mark.scope or GLOBAL,
                each.mark.state,
                each.mark.at,
                each.object,
                each.record_id,
                each.address,
                each.mark.source,
                each.mark.writer,
            )
            for each in batch
        ]


def among(context: ToolContext, chosen: Mapping[System, Reader]) -> Mapping[System, Reader]:
    """The systems to compare: those chosen, or all when one alone was named: it is compared with the rest."""
    return chosen if len(chosen) > 1 else vendors(context)


def _must_know_something(sets: Sets) -> None:
    if not sets.told:
        raise NeedsAttention(
            "No system's opt-outs could be read",
            on=", ".join(f"{title(name)}: {why}" for name, why in sets.unread.items()),
            do="Put that right, then ask again.",
        )


def _read(sets: Sets, system: str, reader: Reader, kept: dict[str, Sequence[str]]) -> None:
    if not isinstance(reader, KeepsConsent):
        sets.fail(system, CANNOT)
        return
    try:
        sets.take(system, everybody(reader))
        if isinstance(reader, KeepsGroups):
            kept[system] = [each.name for each in reader.groups() if not each.closed]
            sets.keeps(system, kept[system])
    except ClearanceError as error:
        sets.fail(system, error.sentence())


def _base(context: ToolContext, sets: Sets, base: Agreement) -> Base:
    kept = context.records.observations()
    file = sets.folder / "kept.parquet"
    file.write_bytes(kept.content(base))
    return Base(
        files=[file],
        at=base.at,
        systems=base.systems,
        written=kept.written(base),
        returned=kept.returned(base),
        lowered=kept.lowered(base),
    )
