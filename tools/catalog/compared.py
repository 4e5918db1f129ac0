"""A comparison put into tables: classes by system, clocks, the worst, who undid what, and a file of all."""

import csv
import heapq
import io
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from tools.answer import File, Table
from tools.catalog.across import listing
from tools.catalog.comparing import Case, Comparison
from tools.catalog.linking import link
from tools.findings import Undone
from tools.rules.consent import GLOBAL, MOST_RESTRICTIVE_FIRST, WORDS
from tools.rules.opt_out_clock import LATENESS, clock, lateness
from tools.rules.plain_text import neutral_cell, one_line
from tools.rules.reconciling import DIFFERENCES, LAGGING, Difference
from tools.rules.stack import title

Rows = tuple[tuple[str | int | float, ...], ...]
WORST = 10
SHOWN = 20
CLASS_WORDS: Mapping[Difference, str] = {
    "resurrection": "resurrected: allows mail again",
    "conflict": "in conflict: moved another way",
    "stale": "stale: has not heard of it",
    "missing": "missing from its list",
    "unknown": "unknown: not read",
}
COLUMNS = (
    "address", "scope", "what holds", "since", "opted out in", "source", "system", "difference",
    "written by", "at", "its source", "object", "record", "link",
)  # fmt: skip


@dataclass(slots=True)
class Findings:
    """What a comparison comes to: counts, clocks, the worst cases, resurrections by writer, the file."""

    comparison: Comparison
    shown: frozenset[str]  # the systems asked about
    now: datetime
    counts: Counter[tuple[Difference, str]] = field(default_factory=Counter)
    addresses: int = 0  # each once, in however many scopes it differs
    lagging: Counter[str] = field(default_factory=Counter)  # addresses that lag behind somewhere, by scope
    again: int = 0  # opt-outs that somebody undid, of however many systems
    waiting: defaultdict[tuple[str, str], list[datetime | None]] = field(
        default_factory=lambda: defaultdict(list)
    )  # by system and scope
    writers: Counter[tuple[str, str]] = field(default_factory=Counter)
    worst: list[Case] = field(default_factory=list)
    resurrected: list[Case] = field(default_factory=list)
    undone: list[Undone] = field(default_factory=list)
    file: bytes = b""
    last: str = ""  # whose case was looked at last: cases come person by person

    @classmethod
    def of(cls, comparison: Comparison, shown: frozenset[str], now: datetime) -> "Findings":
        """Look at every case once, and write the file."""
        found = cls(comparison, shown, now)
        text = io.StringIO()
        lines = csv.writer(text)
        lines.writerow(COLUMNS)
        found.worst = heapq.nsmallest(WORST, found._each(lines.writerow), key=found._badness)
        found.file = text.getvalue().encode("utf-8-sig")  # the mark makes spreadsheets read it as UTF-8
        return found

    @classmethod
    def counted(cls, comparison: Comparison, shown: frozenset[str], now: datetime) -> "Findings":
        """Count every case once: what needs no name and no file."""
        found = cls(comparison, shown, now)
        for _ in found._each(None):
            pass
        return found

    def total(self, kind: Difference) -> int:
        """Differences of that class, over systems."""
        return sum(count for (each, _), count in self.counts.items() if each == kind)

    def overdue(self) -> int:
        """Opt-outs over a deadline, over systems."""
        return sum(clock(waiting, self.now).overdue for waiting in self.waiting.values())

    def tables(self, *, named: bool) -> tuple[Table, ...]:
        """Classes first; people by name only where the asker alone reads it."""
        people = (self._worst(), self._resurrections(), self._aliases()) if named else ()
        return (*self.counts_alone(), *(table for table in (*people, self._unkeyed()) if table.rows))

    def counts_alone(self) -> tuple[Table, ...]:
        """The tables in which nobody is: differences by class, clocks, who undid opt-outs."""
        tables = (self._classes(), self._clocks(), self._writers())
        return tuple(table for table in tables if table.rows)

    def csv(self) -> File:
        """Every difference, one line a system."""
        return File(name=f"consent-differences-{self.now:%Y-%m-%d}.csv", content=self.file)

    def _each(self, write: Callable[[list[str]], object] | None) -> Iterator[Case]:
        for case in self.comparison.cases():
            systems = [each for each in case.judgement.differs if each in self.shown]
            if systems:
                self._count(case, systems)
                if write is not None:
                    for line in self._lines(case, systems):
                        write([neutral_cell(cell) for cell in line])
                yield case

    def _count(self, case: Case, systems: Sequence[str]) -> None:
        self.addresses += case.subject != self.last
        self.last = case.subject
        kinds = {case.judgement.differs[system] for system in systems}
        self.lagging[case.scope] += not kinds.isdisjoint(LAGGING)
        self.again += "resurrection" in kinds
        for system in systems:
            kind = case.judgement.differs[system]
            self.counts[kind, system] += 1
            if kind in LAGGING:
                self.waiting[system, case.scope].append(case.judgement.since)
            if kind == "resurrection" and (found := case.looser.get(system)):
                writer = case.writer(system)
                self.writers[system, writer or "somebody unnamed"] += 1
                since = case.judgement.since
                self.undone.append(Undone(case.subject, system, case.scope, writer, found[1], since))
        if case.named("resurrection") and len(self.resurrected) < SHOWN:
            self.resurrected.append(case)

    def _badness(self, case: Case) -> tuple[int, int, int, str]:
        """Resurrections first, then the gravest words, then the longest overdue."""
        kinds = [DIFFERENCES.index(each) for each in case.judgement.differs.values()]
        late = LATENESS.index(lateness(case.judgement.since, self.now))
        return min(kinds), MOST_RESTRICTIVE_FIRST.index(case.judgement.joined), late, case.subject

    def _lines(self, case: Case, systems: Sequence[str]) -> Iterator[tuple[object, ...]]:
        for system in systems:
            words, at = case.looser.get(system, (None, None))
            reader = self.comparison.context.systems.get(system)  # type: ignore[call-overload] # a name of ours
            yield (
                case.address,
                case.scope,
                WORDS[case.judgement.joined],
                _moment(case.judgement.since),
                title(case.judgement.cause),
                case.opted_out.source if case.opted_out else "",
                title(system),
                case.judgement.differs[system],
                words.writer if words else "",
                _moment(at),
                words.source if words else "",
                words.object if words else "",
                words.record_id if words else "",
                link(reader, words.object, words.record_id) if words else "",
            )

    def _systems(self) -> list[str]:
        return [*(each for each in self.comparison.sets.read if each in self.shown), *self._unread()]

    def _unread(self) -> list[str]:
        return [each for each in self.comparison.sets.unread if each in self.shown]

    def _classes(self) -> Table:
        systems = self._systems()
        rows: Rows = tuple(
            (CLASS_WORDS[kind], *(self.counts[kind, system] for system in systems), self.total(kind))
            for kind in DIFFERENCES
            if self.total(kind)
        )
        return Table(title="Differences by class", columns=("class", *map(title, systems), "all"), rows=rows)

    def _clocks(self) -> Table:
        """The systems that are latest first."""
        clocks = {where: clock(waiting, self.now) for where, waiting in self.waiting.items()}
        order = sorted(clocks, key=lambda each: (-clocks[each].overdue, each))
        rows: Rows = tuple(
            (
                title(each[0]),
                _scope(each[1]),
                *(clocks[each].counts[late] for late in LATENESS),
                _day(clocks[each].oldest),
            )
            for each in order
        )
        columns = ("system", "scope", *LATENESS, "oldest")
        return Table(title="Opt-outs still to be honoured, by their clock", columns=columns, rows=rows)

    def _writers(self) -> Table:
        rows = tuple((title(system), by, count) for (system, by), count in self.writers.most_common(SHOWN))
        return Table(title="Who undid opt-outs", columns=("system", "written by", "addresses"), rows=rows)

    def _worst(self) -> Table:
        rows = tuple(
            (
                one_line(case.address),
                _scope(case.scope),
                case.because(),
                listing(_differs(case, each) for each in case.judgement.differs),
            )
            for case in self.worst
        )
        return Table(
            title=f"The {len(rows)} worst", columns=("address", "scope", "what holds", "but"), rows=rows
        )

    def _resurrections(self) -> Table:
        rows = tuple(
            (
                one_line(case.address),
                title(system),
                case.undone(system) or "taken off the list",
                case.because(),
                _scope(case.scope),
            )
            for case in self.resurrected
            for system in case.named("resurrection")
            if system in self.shown
        )
        columns = ("address", "allows mail again", "by", "although", "scope")
        return Table(title="Resurrections", columns=columns, rows=rows[:SHOWN])

    def _aliases(self) -> Table:
        found = self.comparison.sets.aliases()
        rows = tuple(
            (one_line(each.address), title(system), "opted out" if which == "tagged" else "does not say so")
            for each, system, which in found[:SHOWN]
        )
        return Table(
            title="Possible aliases of one person, which say otherwise without the tag (never folded)",
            columns=("address", "in", "itself"),
            rows=rows,
        )

    def _unkeyed(self) -> Table:
        rows = tuple(
            (title(system), told.unkeyed, ", ".join(each.record_id for each in told.without_address[:5]))
            for system, told in self.comparison.sets.told.items()
            if told.unkeyed
        )
        columns = ("system", "records", "the first")
        return Table(title="Records without an address", columns=columns, rows=rows)


def _differs(case: Case, system: str) -> str:
    """How one system differs; the one that has the opt-out does so by another of its records."""
    elsewhere = " on another of its records" if system == case.judgement.cause else ""
    return f"{title(system)} {case.judgement.differs[system]}{elsewhere}"


def _moment(at: datetime | None) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}" if at else ""


def _scope(scope: str) -> str:
    return "all mail" if scope == GLOBAL else one_line(scope, longest=60)


def _day(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d}" if at else ""
