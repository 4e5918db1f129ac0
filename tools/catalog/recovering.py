"""Recovering people whose mailbox was called dead and is not: deliverability alone, never consent."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain

from tools.abilities import Revives
from tools.answer import File
from tools.catalog.across import (
    FEW,
    arrivals,
    blocks,
    change,
    chosen,
    clicks,
    later,
    life_of,
    listing,
    records_of,
)
from tools.catalog.arguments import Period
from tools.catalog.linking import link
from tools.catalog.mailboxes import Mailbox, gather
from tools.context import ToolContext
from tools.plan import Change, Plan, System, Veto
from tools.ports import Expressed, Person, Reader
from tools.registry import tool
from tools.rules import consent, periods
from tools.rules.deliverability import SEES_MAIL, Finding
from tools.rules.periods import Range
from tools.rules.plain_text import neutral_cell, one_line, without_addresses
from tools.rules.recovery import WORDS, Verdict, judge_mark
from tools.rules.stack import suppress_stage, title

COMMERCIAL = "commercial"  # the data class of what somebody is worth
OPEN = "opportunity_role"
FILE = "wrongly-suppressed.csv"
COLUMNS = ("address", "what becomes of it", "marked in", "why", "worth", "pages")
MOST_LINES = 100_000
Wish = tuple[Person, Expressed | Veto]


@tool(
    examples=(
        "recover wrongly suppressed people",
        "who did we suppress by mistake? bring them back",
        "un-bounce the ones that clicked since",
        "win back contacts marked invalid that still open a mailbox",
        "clear the invalid flag where mail got delivered afterwards",
        "rescue false hard bounces from last quarter",
        "fix contacts marked as bounced although they clicked last week",
        "reset email invalid for people with later clicks",
        "people we wrongly marked as bounced, restore them",
        "recover false bounces",
        "which wrongly suppressed contacts can we get back this quarter",
        "make the clicking ones mailable again",
        "repair contacts with a wrong bounce flag",
        "addresses look dead because of an outage at the provider, bring those people back",
        "rescue contacts that were filed as hard bounces by mistake",
        "the block at Microsoft was temporary, make those people mailable again",
        "give us back the people we lost to false bounces",
        "reinstate everyone who was wrongly marked invalid in March",
        "undo false hard bounces from the blocklisting",
        "good addresses were suppressed as bounces, recover them",
        "free people stuck in suppression through spam blocks",
        "win back wrongly suppressed contacts from last month",
        "restore deliverable people who were bounced wrongly",
    ),
)
def recover_suppressed(context: ToolContext, *, period: Period | None = None) -> Plan:
    """Make wrongly suppressed people mailable again where evidence shows the mailbox works."""
    within = periods.resolve(
        period,
        now=context.clock.now(),
        timezone=context.principal.timezone,
        fiscal_start=context.fiscal_start,
    )
    readers = chosen(context, None)
    boxes = gather(context, readers)
    able = {name: reader for name, reader in readers.items() if isinstance(reader, Revives)}
    when = f" {within.words()}" if within.words() else ""
    recovery = _Recovery(context, readers, able, within)
    return Plan(
        summary=f"Take the dead-mailbox mark off people who bounced{when} and have shown life since, or whose"
        " bounces were only blocks, full boxes and technical failures,"
        f" in {listing(map(title, able))}. Opt-outs and complaints stay as they are.",
        rows=recovery.rows(list(boxes)),
        evidence=boxes.evidence,
        files=recovery.files(),
    )


@dataclass(frozen=True, slots=True)
class _Recovery:
    """One recovery: everything is read for bounces, life and consent; who can revive is changed."""

    context: ToolContext
    readers: Mapping[System, Reader]
    able: Mapping[System, Revives]
    within: Range
    told: list[tuple[int, tuple[str, ...]]] = field(default_factory=list)  # rank and line of each person

    def files(self) -> Iterator[File]:
        """Everybody looked at, those worth most first; read after the rows."""
        if self.told:
            text = io.StringIO()
            lines = csv.writer(text)
            lines.writerow(COLUMNS)
            for _, line in sorted(self.told, key=lambda each: -each[0]):
                lines.writerow([neutral_cell(cell) for cell in line])
            # the mark at the start makes spreadsheets read it as UTF-8
            yield File(name=FILE, content=text.getvalue().encode("utf-8-sig"))

    def rows(self, boxes: Sequence[Mailbox]) -> Iterator[Change | Veto]:
        """Every marked person's rows, block by block. Bounces before the period still count as evidence."""
        meant = [box for box in boxes if any(self._meant(each.at) for each in box.signals)]
        since = min((box.first for box in meant), default=self.context.clock.now())
        seeing = {name: reader for name, reader in self.readers.items() if name in SEES_MAIL}
        clicked = clicks(seeing, since) if len(meant) > FEW else None
        for block in blocks(meant):
            found = records_of(self.readers, [box.address for box in block])
            people = list(chain.from_iterable(found.values()))
            pressed = clicks(seeing, since, people) if clicked is None else clicked
            lived = later(pressed, arrivals(seeing, since, people))
            purged = self.context.records.tombstoned([box.subject for box in block])
            for box in block:
                records = found.get(box.subject, ())
                finding = box.finding(life_of(records, lived), now=self.context.clock.now())
                yield from self._person(box, records, finding, purged=box.subject in purged)

    def _meant(self, at: datetime) -> bool:
        return not (
            (self.within.start and at < self.within.start) or (self.within.end and at >= self.within.end)
        )

    def _person(
        self, box: Mailbox, records: Sequence[Person], finding: Finding, *, purged: bool
    ) -> Iterator[Change | Veto]:
        verdict = judge_mark(box.signals, finding)
        if verdict.why_not == "still_invalid":
            return  # rightly marked: that is no news
        wishes = [(each, wish) for each in records if (wish := self._wish(each))]
        refused = _refusal(records, verdict, purged=purged)
        worth = self._worth(records)
        why = self._why(box, finding, verdict)
        reason = f"{why}. {worth}" if worth else why
        if wishes and len(self.told) < MOST_LINES:
            self._tell(box, records, wishes, refused[1] if refused else "", "" if refused else why)
        for person, wish in wishes:
            if refused or isinstance(wish, Veto):
                yield wish if isinstance(wish, Veto) else _veto(person, wish, *refused)
            else:
                yield change(person, wish, stage=suppress_stage(person.system), reason=reason)

    def _wish(self, person: Person) -> Expressed | Veto | None:
        reader = self.able.get(person.system)
        return reader.express_revival(person) if reader else None

    def _tell(
        self, box: Mailbox, records: Sequence[Person], wishes: Sequence[Wish], refused: str, why: str
    ) -> None:
        """One line of the file: who, what becomes of them, on what evidence, what they are worth."""
        fate = f"left as it is: {refused}" if refused else "recovered"
        marked = listing(dict.fromkeys(title(person.system) for person, _ in wishes))
        pages = (link(self.readers.get(each.system), each.object, each.record_id) for each in records)
        shown = " ".join(filter(None, pages))
        line = (box.address, fate, marked, why, self._worth(records).removeprefix("Worth: "), shown)
        self.told.append((_rank(records, refused=bool(refused)), line))

    def _worth(self, records: Sequence[Person]) -> str:
        """What somebody is worth, for those who may read that."""
        readable = self.context.policy.readable(self.context.principal.roles)
        return _worth(records) if COMMERCIAL in readable else ""

    def _why(self, box: Mailbox, finding: Finding, verdict: Verdict) -> str:
        """The evidence in words."""
        if verdict.why == "alive":
            return f"{finding.basis()}; showed life on {finding.alive:%Y-%m-%d}" if finding.alive else ""
        last = max(box.signals, key=lambda each: each.at)
        kinds = listing(sorted({each.bounce_class for each in box.signals}))
        return f"only {kinds} bounces, the last on {last.at:%Y-%m-%d} in {title(last.system)}"


def _rank(records: Sequence[Person], *, refused: bool) -> int:
    """Those who are recovered first; of these whoever is in a deal, then by score."""
    deals = any(tie.kind == OPEN for each in records for tie in each.ties)
    score = max((each.score for each in records if each.score is not None), default=0)
    return round(score) + (1_000_000 if deals else 0) - (1_000_000_000 if refused else 0)


def _refusal(records: Sequence[Person], verdict: Verdict, *, purged: bool) -> tuple[str, str] | tuple[()]:
    """Code and words of what keeps every record of a person as it is; nothing when they may be revived."""
    for person in records:
        for mark in person.consent:
            if mark.state in consent.OBJECTIONS:
                return "consent_evidence", f"{consent.WORDS[mark.state]}, {title(person.system)}"
    if purged:
        return "tombstone", "was purged before, and stays suppressed"
    return (verdict.why_not, WORDS[verdict.why_not]) if verdict.why_not else ()


def _worth(records: Sequence[Person]) -> str:
    """Open opportunities, lifecycle and score, as the records and their ties tell."""
    deals = {one_line(tie.text) for each in records for tie in each.ties if tie.kind == OPEN}
    stages = dict.fromkeys(one_line(each.lifecycle) for each in records if each.lifecycle)
    score = max((each.score for each in records if each.score is not None), default=None)
    parts = [
        f"in {listing(sorted(deals))}" if deals else "",
        f"lifecycle {' / '.join(stages)}" if stages else "",
        f"score {score}" if score is not None else "",
    ]
    said = ", ".join(part for part in parts if part)
    return without_addresses(f"Worth: {said}") if said else ""


def _veto(person: Person, wish: Expressed, code: str, text: str) -> Veto:
    return Veto(
        subject=person.subject,
        system=person.system,
        object=wish.object,
        record_id=wish.record_id,
        op=wish.op,
        code=code,
        text=text,
    )
