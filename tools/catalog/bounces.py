"""Bounces: reporting them over all systems, and purging people whose mailbox is gone."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import chain
from typing import Annotated

from pydantic import Field

from tools.answer import Answer, Chart, Evidence, Table
from tools.catalog.across import (
    FEW,
    arrivals,
    blocks,
    chosen,
    clicks,
    evidence,
    later,
    life_of,
    listing,
    records_of,
    vendors,
)
from tools.catalog.arguments import BounceClassName, Days, Period, SystemName
from tools.catalog.mailboxes import Mailbox, Mailboxes, gather, unread_words
from tools.catalog.purging import Purge
from tools.context import ToolContext
from tools.plan import Plan, System
from tools.ports import BounceClass, Reader
from tools.registry import tool
from tools.rules import periods
from tools.rules.deliverability import DEFAULT, SEES_MAIL, Finding, Rule
from tools.rules.periods import Range
from tools.rules.plain_text import one_line
from tools.rules.stack import title

Systems = Annotated[list[SystemName], Field(json_schema_extra={"kind": "systems"})]

CLASSES: tuple[BounceClass, ...] = ("invalid", "complaint", "blocked", "full", "technical", "unknown")
CLASS_WORDS: Mapping[BounceClass, str] = {
    "invalid": "invalid",
    "complaint": "complained",
    "blocked": "blocked",
    "full": "mailbox full",
    "technical": "technical",
    "unknown": "unknown",
}
Classed = tuple[Mailbox, Finding, BounceClass]
BY_CLASS = "Addresses by class"
DOMAINS_SHOWN = 15
_NUMBERS: Mapping[int, str] = {2: "two", 3: "three"}
PEOPLE_SHOWN = 10


@tool(
    examples=(
        "how many contacts bounced last week?",
        "bounce report",
        "show bounces by class for the last 30 days",
        "hard bounces in Marketo this month",
        "who bounced in SendGrid since October",
        "which domains are blocking us",
        "find bounced contacts across all three systems",
        "mailbox full bounces, last quarter",
        "what's our bounce situation",
        "list invalid emails in Salesforce",
        "spam complaints this quarter",
        "anyone wrongly suppressed after a bounce?",
        "bounce numbers please",
        "how bad are bounces this quarter",
        "which mailboxes are dead",
        "bounce rate breakdown by system",
        "what bounced yesterday",
        "soft bounces in the last two weeks",
        "who's being blocked at Microsoft domains",
        "count of hard bounced leads",
        "what does bouncing look like this month",
        "which mailboxes were full last week",
        "are we being blocked as spam somewhere",
        "soft bounces over the past two weeks",
        "spam blocks per receiving domain",
        "how bad was deliverability yesterday",
        "returned mail by system since September",
        "who marked us as spam this quarter?",
        "bounce rate by class",
        "did more emails bounce than usual last week",
        "deferred and temporary failures in the ESP",
        "undelivered mail in August",
    ),
)
def report_bounces(
    context: ToolContext,
    *,
    period: Period | None = None,
    bounce_class: BounceClassName | None = None,
    system: SystemName | None = None,
) -> Answer:
    """Report bounces by class and system, by receiving domain, and who was wrongly suppressed."""
    within = periods.resolve(
        period,
        now=context.clock.now(),
        timezone=context.principal.timezone,
        fiscal_start=context.fiscal_start,
    )
    readers = chosen(context, [system] if system else None)
    boxes = gather(context, readers, since=within.start, until=within.end, tolerant=True)
    judged, people_evidence = _judged(context, readers, boxes)
    part = bool(system or period)
    report = _Report(judged, bounce_class, within, named=_may_name(context), part=part)
    return Answer(
        text=" ".join(filter(None, (report.headline(), unread_words(boxes.unread)))),
        tables=report.tables(),
        charts=report.charts(),
        facts=report.facts(),
        private=context.private,
        evidence=boxes.evidence + people_evidence,
        next_steps=("purge contacts that hard-bounced",) if report.facts()["purgeable"] else (),
    )


def _judged(
    context: ToolContext, readers: Mapping[System, Reader], boxes: Mailboxes
) -> tuple[list[tuple[Mailbox, Finding]], tuple[Evidence, ...]]:
    """Each mailbox with what is known of it; those that look gone are checked for signs of life."""
    now = context.clock.now()
    findings = {box.subject: box.finding(now=now) for box in boxes}
    suspects = [box for box in boxes if _looks_gone(findings[box.subject])]
    seeing = {
        name: reader
        for name, reader in readers.items()
        if name in SEES_MAIL and name not in boxes.unread and suspects
    }
    since = min((box.first for box in suspects), default=now)
    clicked = clicks(seeing, since) if len(suspects) > FEW else None
    for block in blocks(suspects):
        found = records_of(seeing, [box.address for box in block])
        people = list(chain.from_iterable(found.values()))
        pressed = clicks(seeing, since, people) if clicked is None else clicked
        lived = later(pressed, arrivals(seeing, since, people))
        for box in block:
            findings[box.subject] = box.finding(life_of(found.get(box.subject, ()), lived), now=now)
    proof = tuple(
        evidence(context, name, "people by address, and their clicks", len(suspects)) for name in seeing
    )
    return [(box, findings[box.subject]) for box in boxes], proof


def _looks_gone(finding: Finding) -> bool:
    return bool(finding.standing) or finding.soft_candidate


@dataclass(frozen=True, slots=True)
class _Report:
    """What the mailboxes come to, for one class or for all."""

    judged: Sequence[tuple[Mailbox, Finding]]
    only: BounceClass | None
    within: Range
    named: bool
    part: bool = False  # one system alone was read, or a stretch of time

    def boxes(self) -> list[Classed]:
        """The mailboxes reported, each with the one class it is counted under."""
        classed = ((box, finding, _class(box)) for box, finding in self.judged)
        return [each for each in classed if not self.only or each[2] == self.only]

    def facts(self) -> dict[str, str | int | float]:
        """Figures a reply may refer to; addresses, each counted once."""
        boxes = self.boxes()
        by_class = Counter(found for _, _, found in boxes)
        return {
            "addresses": len(boxes),
            "bounces": sum(len(box.signals) for box, _, _ in boxes),
            **{name: by_class[name] for name in CLASSES},
            "agreeing_systems": sum(1 for _, finding, _ in boxes if _systems(finding) > 1),
            "purgeable": sum(1 for _, finding, _ in boxes if finding.purgeable),
            "wrongly_suppressed": sum(1 for _, finding, _ in boxes if finding.wrongly_suppressed),
            "soft_candidates": sum(1 for _, finding, _ in boxes if finding.soft_candidate),
        }

    def headline(self) -> str:
        """One sentence with the counts, then what is offered for anything permanent."""
        facts = self.facts()
        when = f" {self.within.words()}" if self.within.words() else ""
        if not facts["addresses"]:
            kind = f" as {CLASS_WORDS[self.only]}" if self.only else ""
            return f"Nobody bounced{kind}{when}."
        parts = listing(f"{facts[name]:,} {CLASS_WORDS[name]}" for name in CLASSES if facts[name])
        whom = "1 address" if facts["addresses"] == 1 else f"{facts['addresses']:,} addresses"
        return f"{whom} bounced{when}: {parts}.{self._sure()}{self._wrong()}{self._soft()}"

    def _sure(self) -> str:
        """How many may be purged; what was read of a part says little, as a purge reads everything."""
        if not self.facts()["invalid"]:
            return ""
        sure = self.facts()["purgeable"]
        have = "has" if sure == 1 else "have"
        if self.part:
            read = "in what was read; a purge reads all systems, at all times"
            return f" {sure:,} {have} two independent signals {read}."
        return f" {sure:,} {have} two independent signals and may be purged, unless something holds them."

    def _wrong(self) -> str:
        wrong = self.facts()["wrongly_suppressed"]
        were = "was called invalid and has" if wrong == 1 else "were called invalid and have"
        return f" {wrong:,} {were} shown life since." if wrong else ""

    def _soft(self) -> str:
        soft = self.facts()["soft_candidates"]
        look = "looks" if soft == 1 else "look"
        return (
            f" {soft:,} more {look} dead by soft bounces alone, which never purges anybody." if soft else ""
        )

    def tables(self) -> tuple[Table, ...]:
        """Class by system, how sure, by receiving domain, and by name who was wrongly suppressed."""
        boxes = self.boxes()
        tables = (
            _matrix(boxes),
            _certainty(boxes),
            _domains(boxes),
            *([_wrongly(boxes)] if self.named else ()),
        )
        return tuple(table for table in tables if table.rows)

    def charts(self) -> tuple[Chart, ...]:
        """The table of classes, drawn: what each system says of each."""
        table = replace(_matrix(self.boxes()), title=BY_CLASS)
        drawn = Chart.of(table, columns=table.columns[1:-1], unit="addresses")
        return (drawn,) if drawn else ()


def _may_name(context: ToolContext) -> bool:
    """Whether people may be named: the asker may read contacts, and nobody else sees the answer."""
    return context.private and "contact" in context.policy.readable(context.principal.roles)


def _wrongly(boxes: Sequence[Classed]) -> Table:
    wrong = [(box, finding) for box, finding, _ in boxes if finding.wrongly_suppressed]
    rows = tuple(
        (one_line(box.address), finding.basis(), f"{finding.alive:%Y-%m-%d}" if finding.alive else "")
        for box, finding in wrong[:PEOPLE_SHOWN]
    )
    more = f", the first {PEOPLE_SHOWN} of {len(wrong)}" if len(wrong) > PEOPLE_SHOWN else ""
    return Table(title=f"Wrongly suppressed{more}", columns=("address", "called", "life since"), rows=rows)


def _class(box: Mailbox) -> BounceClass:
    """The weightiest class of a mailbox's signals: an address is counted once."""
    classes = {signal.bounce_class for signal in box.signals}
    return next(name for name in CLASSES if name in classes)


def _systems(finding: Finding) -> int:
    return len({signal.system for signal in finding.standing})


def _matrix(boxes: Sequence[Classed]) -> Table:
    """Addresses by class and system. A system's column counts what that system itself says."""
    systems = sorted({signal.system for box, _, _ in boxes for signal in box.signals})
    cells = Counter(
        (signal, system)
        for box, _, _ in boxes
        for system, signal in {(each.system, each.bounce_class) for each in box.signals}
    )
    totals = Counter(found for _, _, found in boxes)
    rows: tuple[tuple[str | int, ...], ...] = tuple(
        (CLASS_WORDS[name], *(cells[name, system] for system in systems), totals[name])
        for name in CLASSES
        if totals[name] or any(cells[name, system] for system in systems)
    )
    mixed = any(len({signal.bounce_class for signal in box.signals}) > 1 for box, _, _ in boxes)
    once = ", each counted once in the last column, by its gravest" if mixed else ""
    columns = ("class", *map(title, systems), "addresses")
    return Table(title=f"{BY_CLASS}{once}", columns=columns, rows=rows)


def _certainty(boxes: Sequence[Classed]) -> Table:
    """Of those called invalid: how many signals agree."""
    called = [finding for _, finding, found in boxes if found == "invalid"]
    by_systems = sum(1 for finding in called if _systems(finding) > 1)
    purgeable = sum(1 for finding in called if finding.purgeable)
    wrong = sum(1 for finding in called if finding.wrongly_suppressed)
    apart = next((box.rule.apart.days for box, _, _ in boxes), DEFAULT.apart.days)
    rows = (
        ("two systems or more", by_systems),
        (f"one system, two bounces {apart} days apart", purgeable - by_systems),
        ("a single signal", len(called) - purgeable - wrong),
        ("life since", wrong),
    )
    return Table(
        title="Invalid, by how many say so", columns=("signals", "addresses"), rows=rows if called else ()
    )


def _domains(boxes: Sequence[Classed]) -> Table:
    totals = Counter(box.domain for box, _, _ in boxes)
    by_class = Counter((box.domain, found) for box, _, found in boxes)
    rows = tuple(
        (
            one_line(domain, longest=60),
            count,
            by_class[domain, "invalid"],
            by_class[domain, "blocked"],
            count - by_class[domain, "invalid"] - by_class[domain, "blocked"],
        )
        for domain, count in sorted(totals.items(), key=lambda each: (-each[1], each[0]))[:DOMAINS_SHOWN]
    )
    more = f", the first {DOMAINS_SHOWN} of {len(totals)}" if len(totals) > DOMAINS_SHOWN else ""
    return Table(
        title=f"By receiving domain{more}",
        columns=("domain", "addresses", "invalid", "blocked", "other"),
        rows=rows,
    )


@tool(
    destructive=True,
    examples=(
        "purge contacts that hard-bounced",
        "clean out dead emails older than 90 days",
        "delete bounced contacts from Salesforce, Marketo and SendGrid",
        "get rid of invalid addresses",
        "remove everyone whose mailbox doesn't exist anymore",
        "bounce cleanup please",
        "purge hard bounces in Marketo only",
        "wipe the dead leads that bounced",
        "scrub invalid e-mails older than six months",
        "throw out undeliverable contacts everywhere",
        "remove hard bounces",
        "delete dead email addresses",
        "clear out contacts that no longer exist",
        "purge bounces older than 30 days",
        "drop all hard-bounced leads from SFDC and Marketo",
        "eliminate undeliverable people",
        "bounced contacts need to go",
        "clear out addresses that bounced hard over a year ago",
        "get the dead mailboxes out of our database",
        "hard bounces should be removed from Marketo",
        "scrub invalid addresses from the ESP",
        "delete contacts whose email no longer works",
        "all contacts with dead emails have to go",
        "throw away undeliverable addresses older than six months",
        "bounced contacts can be deleted everywhere",
        "do a bounce purge for anything past 60 days",
        "run the cleanup of hard bounces",
        "remove people that hard bounced from every tool",
    ),
)
def purge_bounces(
    context: ToolContext,
    *,
    older_than_days: Annotated[Days, Field(description="Only bounces at least this old")] = 0,
    systems: Systems | None = None,
) -> Plan:
    """Remove contacts whose mailbox no longer exists from every system that still holds them."""
    readers = chosen(context, systems)
    now = context.clock.now()
    boxes = gather(
        context, vendors(context), until=now - timedelta(days=older_than_days) if older_than_days else None
    )
    candidates = [box for box in boxes if box.finding(now=now).purgeable]
    return Plan(
        summary=_summary(len(candidates), readers, older_than_days, context.mailboxes),
        rows=Purge(context, vendors(context), readers, now).rows(candidates),
        evidence=tuple(
            replace(each, note="; ".join(filter(None, (each.note, f"{len(candidates)} addresses qualify"))))
            for each in boxes.evidence
        ),
    )


def _summary(count: int, readers: Mapping[System, Reader], older_than_days: int, rule: Rule) -> str:
    where = listing(map(title, readers))
    age = f" at least {older_than_days} days ago" if older_than_days else ""
    if not count:
        return f"Nothing to purge in {where}: no address has two signals{age} that its mailbox is gone."
    return (
        f"Purge people from {where}: {_NUMBERS.get(rule.systems, rule.systems)} systems, or two bounces "
        f"{rule.apart.days} days apart, say{age} that the mailbox is gone. Whoever something holds is "
        "suppressed instead."
    )
