"""Reconciling opt-outs: comparing all systems, and bringing laggards up to the most restrictive word."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from tools.abilities import KeepsGroups
from tools.answer import Answer
from tools.catalog.across import blocks, change, chosen, listing, records_of, without_record
from tools.catalog.arguments import SystemName
from tools.catalog.compared import Findings
from tools.catalog.comparing import Case, Comparison, among, compare
from tools.context import ToolContext
from tools.errors import Refused
from tools.findings import resurrections
from tools.plan import Change, Plan, System, Veto
from tools.ports import Expressed, Person, Reader, RestsOn
from tools.registry import tool
from tools.rules.consent import GLOBAL
from tools.rules.plain_text import one_line
from tools.rules.reconciling import DIFFERENCES, LAGGING, Difference
from tools.rules.stack import ORDER, suppress_stage, takes_any_address, title

Systems = Annotated[list[SystemName], Field(json_schema_extra={"kind": "systems"})]

CONSENT, CONTACT = "consent", "contact"  # classes of data
LESS_RESTRICTIVE = "less_restrictive"
GROUP = "group_scope"
CAUSES = 3  # writers named in the sentence of a plan
ADDRESS: frozenset[RestsOn] = frozenset({"address"})
NO_BASE = (
    "There is no earlier agreement to compare with yet, so the systems are compared with each other; the "
    "first sync sets one."
)


@tool(
    examples=(
        "do our opt-outs match between Salesforce and Marketo?",
        "compare suppression lists across systems",
        "diff unsubscribes sendgrid vs marketo",
        "which opt-outs are missing in Marketo",
        "are the suppressions in sync",
        "show me where consent disagrees between the CRM and the MAP",
        "did any sync resurrect unsubscribed people?",
        "find addresses suppressed in SendGrid but mailable in Salesforce",
        "check opt out drift",
        "is anybody unsubscribed in one system but not in the other",
        "show consent conflicts",
        "where are opt-outs missing",
        "unsubscribes in the ESP that never reached the CRM",
        "audit our suppression lists for differences",
        "who is opted out in one tool and still mailable in another",
        "which unsubscribes are in the CRM but not in the ESP",
        "do the do-not-email flags line up across our tools",
        "opted out in Marketo but not in Salesforce, who is that?",
        "I suspect that opt-outs differ between systems, check",
        "where do consent flags contradict each other",
        "discrepancies in unsubscribes between HubSpot and SendGrid",
        "did any opt-out come back to life in the sync",
        "check that suppression is the same everywhere",
        "opt-out mismatch report",
    ),
)
def compare_suppressions(context: ToolContext, *, systems: Systems | None = None) -> Answer:
    """Compare opt-outs between systems and name what differs and who undid what."""
    readable = _readable(context)
    asked = chosen(context, systems)
    comparison = compare(context, among(context, asked))
    with comparison.sets:
        findings = Findings.of(comparison, frozenset(asked), context.clock.now())
        people = comparison.sets.people()
        named = context.private and CONTACT in readable
        return Answer(
            text=_headline(findings, people),
            tables=findings.tables(named=named),
            files=(findings.csv(),) if findings.addresses and CONTACT in readable else (),
            facts=_facts(findings, people),
            evidence=comparison.evidence(),
            private=context.private,
            next_steps=("sync suppressions",) if findings.addresses or comparison.base is None else (),
            findings=resurrections(findings.undone),
        )


def _readable(context: ToolContext) -> frozenset[str]:
    readable = context.policy.readable(context.principal.roles)
    if CONSENT not in readable:
        raise Refused(
            "You may not read data of class consent",
            do="Ask somebody whose role may, or an admin for the role.",
        )
    return readable


def _headline(findings: Findings, people: int) -> str:
    comparison = findings.comparison
    where = listing(map(title, comparison.sets.read))
    counts = [
        f"{number:,} {_class(kind, number)}" for kind in DIFFERENCES if (number := findings.total(kind))
    ]
    first = f"{where} agree on all {people:,} addresses."
    if findings.addresses:
        what = "1 address differs" if findings.addresses == 1 else f"{findings.addresses:,} addresses differ"
        first = f"{what} of {people:,} in {where}{_places(findings)}: {listing(counts)}."
    by = listing(f"{by} in {title(system)}" for (system, by), _ in findings.writers.most_common(CAUSES))
    late = findings.overdue()
    return " ".join(
        filter(
            None,
            (
                first,
                f"Opt-outs were undone by {by}." if by else "",
                _overdue(late, findings),
                comparison.alone(),
                comparison.unread(),
                NO_BASE if comparison.base is None else "",
            ),
        )
    )


def _places(findings: Findings) -> str:
    """In how many systems and scopes these addresses differ, where that is another number."""
    places = sum(findings.counts.values())
    return "" if places == findings.addresses else f", in {places:,} places (a system each)"


def _overdue(late: int, findings: Findings) -> str:
    if not late:
        return ""
    those = "of these are" if sum(findings.counts.values()) != findings.addresses else "are"
    return f"{late:,} {those} over a deadline for honouring an opt-out."


def _class(kind: Difference, number: int) -> str:
    return f"{kind}s" if kind in {"resurrection", "conflict"} and number > 1 else kind


def _facts(findings: Findings, people: int) -> Mapping[str, str | int | float]:
    base = findings.comparison.base
    return {
        "addresses": people,
        "differ": findings.addresses,
        "agree": people - findings.addresses,
        **{kind: findings.total(kind) for kind in DIFFERENCES},
        "overdue": findings.overdue(),
        "unkeyed": sum(told.unkeyed for told in findings.comparison.sets.told.values()),
        "base": base.id if base else "none",
    }


@tool(
    destructive=True,
    examples=(
        "sync the opt-outs between Marketo and Salesforce",
        "reconcile suppressions across all systems",
        "push unsubscribes from SendGrid to the CRM",
        "make opt-outs consistent everywhere",
        "bring the MAP up to date with the ESP's unsubs",
        "fix the suppression mismatch",
        "synchronise do-not-email flags",
        "copy missing opt outs to marketo",
        "align consent in all three systems, most restrictive wins",
        "carry the opt-outs over to Salesforce",
        "get all systems on the same unsubscribe state",
        "apply SendGrid's unsubscribes in Marketo too",
        "propagate opt outs",
        "update the laggards with the strictest consent",
        "carry unsubscribes from the CRM over to the ESP",
        "make opt-outs identical in all tools",
        "the unsubscribes have to be the same everywhere, fix that",
        "copy do-not-email flags from Salesforce to Marketo",
        "opt-outs should be brought in line across systems",
        "bring SendGrid's suppressions into the CRM",
        "please have consent reconciled between HubSpot and Salesforce",
        "get the suppression lists consistent, strictest wins",
        "push opt-outs to every system that lags behind",
        "mirror unsubscribes everywhere",
    ),
)
def sync_suppressions(context: ToolContext, *, systems: Systems | None = None) -> Plan:
    """Bring lagging systems up to the most restrictive opt-out."""
    _readable(context)
    asked = chosen(context, systems)
    comparison = compare(context, among(context, asked))
    try:
        findings = Findings.counted(comparison, frozenset(asked), context.clock.now())
        summary, evidence = _summary(findings, asked), comparison.evidence(findings.counts_alone())
    except BaseException:
        comparison.sets.close()
        raise
    return Plan(summary=summary, rows=_Sync(context, asked, comparison).rows(), evidence=evidence)


def _summary(findings: Findings, asked: Mapping[System, Reader]) -> str:
    comparison, lagging = findings.comparison, findings.lagging[GLOBAL]
    groups = {scope: count for scope, count in findings.lagging.items() if count and scope != GLOBAL}
    where = listing(map(title, asked))
    from_groups = [
        f"{_people(count)} from “{one_line(name, longest=60)}”" for name, count in sorted(groups.items())
    ]
    whom = listing(filter(None, (f"{_people(lagging)}" if lagging else "", *from_groups)))
    what = f"Suppress {whom} in {where} where they lag behind an opt-out"
    if not whom:
        what = f"Record that {where} agree on every opt-out"
    by = listing(f"{by} in {title(system)}" for (system, by), _ in findings.writers.most_common(CAUSES))
    again = f"; {findings.again:,} had been made mailable again" if findings.again else ""
    again += f", by {by}" if again and by else ""
    left = comparison.unread()
    rule = "The most restrictive word wins, and no undo goes below a person's own opt-out."
    return " ".join(filter(None, (f"{what}{again}.", rule if whom else "", comparison.alone(), left)))


def _people(count: int) -> str:
    return "1 address" if count == 1 else f"{count:,} addresses"


@dataclass(frozen=True, slots=True)
class _Sync:
    """One sync: the laggards' rows, what was ignored by name, and the new base last."""

    context: ToolContext
    asked: Mapping[System, Reader]
    comparison: Comparison

    def rows(self) -> Iterator[Change | Veto]:
        with self.comparison.sets:
            written = 0
            for cases in blocks(self.comparison.cases()):
                for row in self._block(cases):
                    written += isinstance(row, Change)
                    yield row
            if base := self._base(written):
                yield base

    def _block(self, cases: Sequence[Case]) -> Iterator[Change | Veto]:
        found: Mapping[str, Mapping[str, Sequence[Person]]] = {
            system: self._records(system, reader, cases) for system, reader in self._laggards(cases)
        }
        for case in cases:
            yield from self._ignored(case)
            for system in case.named(*LAGGING):
                yield from self._suppressions(case, system, found.get(system, {}).get(case.subject, ()))

    def _laggards(self, cases: Sequence[Case]) -> Iterator[tuple[System, Reader]]:
        lagging = {each for case in cases for each in case.named(*LAGGING)}
        return ((system, reader) for system, reader in self.asked.items() if system in lagging)

    def _records(
        self, system: System, reader: Reader, cases: Sequence[Case]
    ) -> Mapping[str, Sequence[Person]]:
        """The records behind the laggards, as they are now: somebody may have been faster.

        A list that takes any address needs none: to put an address on it a second time changes nothing.
        """
        if takes_any_address(system):
            return {}
        held = dict.fromkeys(
            case.address for case in cases if system in case.named(*LAGGING) and system in case.held
        )
        return records_of({system: reader}, list(held)) if held else {}

    def _suppressions(self, case: Case, system: str, records: Sequence[Person]) -> Iterator[Change | Veto]:
        reader = next((each for name, each in self.asked.items() if name == system), None)
        if reader is None:
            return
        people = list(records)
        if not people and takes_any_address(system):
            people = [without_record(self.context, reader.system, case.subject, case.address)]
        reason = one_line("; ".join(filter(None, (case.because(), self._causes(case)))), longest=400)
        for person in people:
            wish = _wish(reader, person, case)
            if isinstance(wish, Veto):
                yield wish
            elif wish:
                yield change(person, wish, stage=suppress_stage(system), reason=reason)

    def _causes(self, case: Case) -> str:
        undone = [f"undone in {title(each)} by {case.undone(each)}" for each in case.named("resurrection")
                  if case.undone(each)]  # fmt: skip
        return listing(undone)

    def _ignored(self, case: Case) -> Iterator[Veto]:
        """Words that would have lowered consent."""
        for system in case.named("resurrection", "conflict"):
            if found := case.looser.get(system):
                text = f"ignored: less restrictive, {case.undone(system)}, although {case.because()}"
                yield _veto(case, system, found[0].object, found[0].record_id, LESS_RESTRICTIVE, text)

    def _base(self, written: int) -> Change | None:
        """What was observed, to be the base of the next comparison together with what lands of these rows."""
        sets = self.comparison.sets
        content = b"".join(path.read_bytes() for path in sets.next_base())
        if not written and sets.same_as_base():
            return None
        earlier = self.comparison.base.systems if self.comparison.base else frozenset()
        kept = self.context.records.observations().keep(
            content, people=sets.people(), systems=frozenset(sets.read) | earlier
        )
        return Change(
            subject="",
            system="clearance",
            object="base",
            record_id=None,
            op="create",
            set={"observation": kept.id, "people": kept.people, "sha256": kept.sha256},
            stage=len(ORDER),
            reason="what all systems said, to compare with next time",
        )


def _wish(reader: Reader, person: Person, case: Case) -> Expressed | Veto | None:
    """The laggard's opt-out in its vendor's words: of everything, or of the one group and no more."""
    note = case.because()
    if case.scope == GLOBAL:
        return reader.express("suppress", person, note=note, rests_on=ADDRESS)
    if isinstance(reader, KeepsGroups):
        return reader.express_group("suppress", person, case.scope, note=note, rests_on=ADDRESS)
    scope = one_line(case.scope, longest=60)
    text = f"an opt-out of “{scope}” alone: to stop all mail is more than they asked"
    return _veto(case, reader.system, "address", None, GROUP, text)


def _veto(case: Case, system: str, object: str, record_id: str | None, code: str, text: str) -> Veto:
    named: Mapping[str, System] = {
        "salesforce": "salesforce", "marketo": "marketo", "hubspot": "hubspot", "sendgrid": "sendgrid",
    }  # fmt: skip
    return Veto(
        subject=case.subject,
        system=named[system],
        object=object,
        record_id=record_id,
        op="unsuppress" if code == LESS_RESTRICTIVE else "suppress",
        code=code,
        text=text,
        instead="suppress" if code == LESS_RESTRICTIVE else "",
    )
