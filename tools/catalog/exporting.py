"""Exporting opt-outs: every suppressed address once, with why, since when and where, as a file for one."""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import Field

from tools.abilities import KeepsConsent, TellsQuery
from tools.answer import Answer, Evidence, File, Table
from tools.catalog.across import chosen, evidence, listing
from tools.catalog.arguments import Period, Reason
from tools.catalog.comparing import CANNOT
from tools.catalog.groups import GroupName, scope_of
from tools.catalog.groups import Scope as Of
from tools.catalog.linking import link
from tools.context import ToolContext
from tools.errors import ClearanceError, NeedsAttention, Refused
from tools.plan import System
from tools.ports import Reader
from tools.progress import counted
from tools.registry import tool
from tools.rules import periods
from tools.rules.consent import GLOBAL, MOST_RESTRICTIVE_FIRST, OBJECTIONS
from tools.rules.email_key import normalise
from tools.rules.periods import Range
from tools.rules.plain_text import neutral_cell
from tools.rules.stack import title

Scope = Annotated[
    Literal["global", "brand", "campaign"],
    Field(json_schema_extra={"kind": "scope"}),
]
Why = Literal["erased", "complaint", "opt_out_global", "opt_out_group", "invalid"]

WORDS: Mapping[Why, str] = {
    "erased": "erased",
    "complaint": "reported us as spam",
    "opt_out_global": "opted out of everything",
    "opt_out_group": "opted out of a group",
    "invalid": "mailbox does not exist",
}
GROUP_ONLY: tuple[Why, ...] = ("opt_out_group",)
NEEDED = ("contact", "consent")  # classes of data in the file
COLUMNS = ("address", "reason", "since", "scopes", "systems", "records", "source", "links")
_ASKED: tuple[tuple[re.Pattern[str], frozenset[Why]], ...] = (
    (re.compile(r"complain|spam|abuse|junk", re.IGNORECASE), frozenset({"complaint"})),
    (re.compile(r"bounc|invalid|dead", re.IGNORECASE), frozenset({"invalid"})),
    (re.compile(r"eras|gdpr|forgot", re.IGNORECASE), frozenset({"erased"})),
    (re.compile(r"unsub|opt", re.IGNORECASE), frozenset({"opt_out_global", "opt_out_group"})),
)


@tool(
    examples=(
        "export the suppression list from Salesforce",
        "csv of everyone who unsubscribed last month",
        "pull me the global opt-out list",
        "download do-not-email addresses",
        "I need a file of all unsubs this quarter",
        "give me the DNC list as a spreadsheet",
        "who has opted out? send me the export",
        "suppression export, spam complaints only",
        "dump all suppressed emails since March",
        "brand-level unsubscribes to csv please",
        "give me a csv of our opt-outs",
        "suppression file for last quarter",
        "excel of everybody who unsubscribed",
        "send me the do not contact list",
        "who unsubscribed this month, as a file",
        "CSV of all opt-outs",
        "opt-out list as a spreadsheet",
        "suppression file for the agency",
        "export complaints so the ESP can check them",
        "send me everyone who unsubscribed this quarter as a file",
        "download do-not-email addresses with reasons",
        "pull the unsubscribe file",
        "extract of people who opted out since June",
        "I need the suppression csv for our event partner",
        "all spam complainers of last year, as csv",
        "give me the blocklist as excel",
        "export everybody who left the Newsletter group",
        "csv of who opted out of Product Updates only",
        "I need the unsubscribes from the Events group as a file",
        "csv of everybody who left the Newsletter",
        "a file of who opted out of our Product News",
    ),
)
def export_suppressions(
    context: ToolContext,
    *,
    scope: Scope | None = None,
    reason: Reason | None = None,
    period: Period | None = None,
    group: GroupName | None = None,
) -> Answer:
    """Export suppressed addresses as a CSV."""
    readable = context.policy.readable(context.principal.roles)
    missing = [name for name in NEEDED if name not in readable]
    if missing:
        raise Refused(
            f"You may not read data of class {listing(missing)}",
            do="Ask somebody whose role may, or an admin for the role.",
        )
    within = periods.resolve(
        period,
        now=context.clock.now(),
        timezone=context.principal.timezone,
        fiscal_start=context.fiscal_start,
    )
    about = scope_of(chosen(context, None), group)
    wanted = frozenset(GROUP_ONLY) if about.is_group else _wanted(reason)
    export = _Export(context, scope, wanted, within if period else None, about)
    export.gather(about.readers)
    return export.answer()


def _wanted(reason: str | None) -> frozenset[Why]:
    """The reasons that somebody's words mean; all of them when they name none."""
    found = [classes for pattern, classes in _ASKED if reason and pattern.search(reason)]
    return found[0] if found else frozenset(WORDS)


@dataclass(slots=True)
class _Address:
    """One suppressed address: why, the strictest first, since when at the earliest, and every record."""

    spelt: str
    why: Why
    since: datetime | None
    source: str
    scopes: set[str] = field(default_factory=set)
    systems: dict[str, None] = field(default_factory=dict)
    records: dict[tuple[System, str], str] = field(default_factory=dict)  # system and id -> object, each once


@dataclass(slots=True)
class _Export:
    """One export under way."""

    context: ToolContext
    scope: Scope | None
    wanted: frozenset[Why]
    within: Range | None
    about: Of  # all mail and every group, or one group
    held: dict[str, _Address] = field(default_factory=dict)
    undated: int = 0
    unread: dict[str, str] = field(default_factory=dict)
    proofs: list[Evidence] = field(default_factory=list)

    def gather(self, readers: Mapping[System, Reader]) -> None:
        """Read every system. A field that is hidden from us ends it: half a list is worse than none."""
        for system, reader in readers.items():
            before = sum(len(each.records) for each in self.held.values())
            try:
                self._read(reader)
            except NeedsAttention:
                raise
            except ClearanceError as error:
                self.unread[system] = error.sentence()
                continue
            count = sum(len(each.records) for each in self.held.values()) - before
            asked = f"opt-outs of every record: {listing(WORDS[why] for why in WORDS if why in self.wanted)}"
            if isinstance(reader, TellsQuery):
                asked += f", by {reader.consent_query()}"
            self.proofs.append(evidence(self.context, system, asked, count))

    def answer(self) -> Answer:
        """Both numbers, counts by reason, the file."""
        records = sum(len(each.records) for each in self.held.values())
        counts = Counter(each.why for each in self.held.values())
        rows = tuple((WORDS[why], counts[why]) for why in WORDS if counts[why])
        return Answer(
            text=self._headline(records),
            tables=(Table(title="By reason", columns=("reason", "addresses"), rows=rows),) if rows else (),
            files=(self._file(),) if self.held else (),
            facts={
                "records": records,
                "addresses": len(self.held),
                "collapsed": records - len(self.held),
                "undated": self.undated,
                **{why: counts[why] for why in WORDS},
            },
            evidence=tuple(self.proofs),
            private=True,
            next_steps=("compare suppressions",) if self.held else (),
        )

    def _read(self, reader: Reader) -> None:
        if not isinstance(reader, KeepsConsent):
            self.unread[reader.system] = CANNOT
        else:
            for batch in counted(reader.system, reader.consent_changes(None), "records"):
                for each in batch:
                    mark = each.mark
                    if each.subject and mark.state in OBJECTIONS and self._in_scope(mark.scope):
                        known = (each.subject, each.address, mark.state, mark.at, mark.scope, mark.source)
                        self._take(*known, (each.system, each.object, each.record_id))
        if "invalid" in self.wanted and self.scope in {None, "global"}:
            self._bounced(reader)

    def _bounced(self, reader: Reader) -> None:
        for batch in counted(reader.system, reader.bounces(None), "bounces"):
            for each in batch:
                if each.subject and each.bounce_class == "invalid":
                    record = (each.system, "bounce", each.record_id)
                    self._take(each.subject, each.address, "invalid", each.at, GLOBAL, each.raw, record)

    def _in_scope(self, scope: str) -> bool:
        if self.about.is_group:
            return self.about.about(scope)
        return self.scope is None or (scope == GLOBAL) == (self.scope == "global")

    def _take(  # noqa: PLR0913, PLR0917 (what one line of the file is made of)
        self,
        subject: str,
        address: str,
        why: str,
        since: datetime | None,
        scope: str,
        source: str,
        record: tuple[System, str, str],
    ) -> None:
        name = next((each for each in WORDS if each == why), None)
        if name is None or name not in self.wanted or not self._in_period(since):
            return
        found = self.held.get(subject)
        if found is None:
            found = self.held[subject] = _Address(normalise(address), name, since, source)
        elif _rank(name) < _rank(found.why):
            found.why, found.since, found.source = name, since, source
        elif name == found.why and since and (found.since is None or since < found.since):
            found.since, found.source = since, source
        found.scopes.add(scope)
        found.systems[record[0]] = None
        found.records.setdefault((record[0], record[2]), record[1])  # a record that also bounced is still one

    def _in_period(self, since: datetime | None) -> bool:
        if self.within is None:
            return True
        if since is None:
            self.undated += 1
            return False
        start, end = self.within.start, self.within.end
        return (start is None or since >= start) and (end is None or since < end)

    def _headline(self, records: int) -> str:
        told = {each.why for each in self.held.values()} or self.wanted
        what = listing(WORDS[why] for why in WORDS if why in told)
        if self.about.is_group:
            what = f"opted out of {self.about.words}"
        if not self.held:
            text = f"Nobody is suppressed for that: {what}."
        else:
            text = (
                f"{records:,} suppressed records, which are {len(self.held):,} addresses once leads, "
                f"contacts and systems are put together ({what}). Records by system: {self._places()}."
            )
        dated = f" {self.undated:,} without a date are left out." if self.undated else ""
        gaps = "".join(f" {title(name)} could not be read: {why}" for name, why in self.unread.items())
        return f"{text}{self.about.left_alone() if self.about.is_group else ''}{dated}{gaps}"

    def _places(self) -> str:
        """How many records each system has: whoever asked for one system's finds its number."""
        counts = Counter(system for each in self.held.values() for system, _ in each.records)
        return listing(f"{count:,} in {title(system)}" for system, count in counts.items())

    def _file(self) -> File:
        text = io.StringIO()
        writer = csv.writer(text)
        writer.writerow(COLUMNS)
        for line in self._lines():
            writer.writerow([neutral_cell(cell) for cell in line])
        now = self.context.clock.now()
        # the mark at the start makes spreadsheets read it as UTF-8
        content = text.getvalue().encode("utf-8-sig")
        return File(name=f"suppressions-{now.astimezone(UTC):%Y-%m-%d}.csv", content=content)

    def _lines(self) -> Iterator[tuple[object, ...]]:
        order = sorted(self.held.items(), key=lambda item: (_rank(item[1].why), item[1].spelt))
        for subject, each in order:
            links = [
                found
                for (system, record), object in each.records.items()
                if (found := link(self.context.systems.get(system), object, record))
            ]
            yield (
                each.spelt,
                WORDS[each.why],
                f"{each.since:%Y-%m-%dT%H:%M:%SZ}" if each.since else "",
                ", ".join(sorted(each.scopes)),
                ", ".join(map(title, each.systems)),
                ", ".join(_record(object, record, subject) for (_, record), object in each.records.items()),
                each.source,
                " ".join(links),
            )


def _record(object: str, record: str, subject: str) -> str:
    """A record as the file names it; an entry of a list of addresses has no id of its own."""
    return object.replace("_", " ") if record == subject else f"{object} {record}"


def _rank(why: Why) -> int:
    return len(MOST_RESTRICTIVE_FIRST) if why == "invalid" else MOST_RESTRICTIVE_FIRST.index(why)
