"""The guard of consent: people we purged or erased who come back are suppressed again, unasked.

It looks at whoever was created or touched at the vendors since its last look. Somebody with a tombstone who
may be mailed again is suppressed everywhere, by a plan of its own under a standing clearance of the
administrator who installed the policy. A new opt-out is entered in the ledger and reported; it is carried to
the other systems only where the policy allows that by name (a rule for the role `opt_out_guard`): one of a
group to the other systems that have that group, and no further. An opt-out that somebody undid is raised as a
finding, by who did it.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import structlog

from bot.engine import audit, clearance, findings, forgetting
from bot.engine.calls import Denied, Planned, ThreadRef, ToolCall
from bot.engine.observing import OurObservations
from bot.engine.verdicts import Allow, Facts
from bot.store import ledger, observations, tombstones
from bot.store.clearances import Standing
from bot.store.ledger import LedgerEntry
from bot.store.tombstones import ERASED
from tools.abilities import ConsentRecord, KeepsConsent, KeepsGroups
from tools.context import Principal
from tools.errors import ClearanceError
from tools.findings import Undone, resurrections
from tools.plan import System
from tools.ports import Reader
from tools.rules.consent import GLOBAL, OBJECTIONS, SHOWN_LATE
from tools.rules.consent_groups import common, folded
from tools.rules.stack import title

if TYPE_CHECKING:
    from bot.engine.engine import Engine

SECONDS = 300.0  # between two looks, by the worker's own clock
FIRST = timedelta(hours=24)  # how far back the very first look goes
KEEP = timedelta(days=7)  # observations that never became a base
AT_ONCE = 500  # addresses of one plan
TOOL = "suppress_contacts"
BUDGET = 1000  # people a day; more of them at once is something a person should look at
RETURNED, SPREADING = "guard", "opt_out_guard"  # roles in the policy
CLAUSE = "guard-returned-people"
REASON = "purged or erased before, and here again"

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Seen:
    """What one look found: who came back, new opt-outs by system, systems that could not be read."""

    returned: dict[str, str] = field(default_factory=dict)  # subject -> address
    opted_out: Counter[str] = field(default_factory=Counter)
    # of the new opt-outs: scope -> subject -> address
    addresses: defaultdict[str, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))
    undone: list[Undone] = field(default_factory=list)
    unread: dict[str, str] = field(default_factory=dict)
    plans: list[str] = field(default_factory=list)
    findings: list[str] = field(default_factory=list)  # that are new or grew


@dataclass(frozen=True, slots=True)
class Guard:
    """Looks at the vendors of an engine. Several workers may run it: one look is made by one of them."""

    engine: "Engine"
    systems: Mapping[System, Reader]

    def tend(self) -> Seen:
        """One look, and the housekeeping of what it keeps."""
        self._keep_house()
        seen = Seen()
        for system, reader in self.systems.items():
            if isinstance(reader, KeepsConsent) and (since := self._take_turn(system)):
                self._look(system, reader, since, seen)
        if seen.returned:
            self._suppress(seen, list(seen.returned.values()), _principal(RETURNED), REASON)
        by, now = f"guard:{RETURNED}", self.engine.clock.now()
        seen.findings = findings.keep(self.engine.store, resurrections(seen.undone), by=by, now=now)
        self._report(seen)
        return seen

    def _keep_house(self) -> None:
        now = self.engine.clock.now()
        OurObservations(self.engine.store, self.engine.clock).absorb()
        forgetting.finish(self.engine.store)
        findings.review(self.engine.store, now=now)
        with self.engine.store.begin() as connection:
            observations.prune(connection, before=now - KEEP)

    def _take_turn(self, system: str) -> datetime | None:
        """From when on to look; None when another worker looks just now."""
        now, name = self.engine.clock.now(), f"guard:{system}"
        with self.engine.store.begin() as connection:
            seen = observations.looked(connection, name)
            if not observations.look(connection, name, seen=seen, until=now):
                return None
        return (seen - SHOWN_LATE) if seen else now - FIRST

    def _look(self, system: str, reader: KeepsConsent, since: datetime, seen: Seen) -> None:
        try:
            for batch in reader.consent_changes(since):
                self._sift([each for each in batch if each.subject], seen)
        except ClearanceError as error:
            # the next look begins where this one did
            seen.unread[system] = error.sentence()
            with self.engine.store.begin() as connection:
                until = observations.looked(connection, f"guard:{system}")
                observations.look(connection, f"guard:{system}", seen=until, until=since + SHOWN_LATE)

    def _sift(self, records: Sequence[ConsentRecord], seen: Seen) -> None:
        subjects = list({each.subject for each in records})
        with self.engine.store.begin() as connection:
            stones = tombstones.find(connection, subjects)
            known = ledger.standing(connection, subjects)
            moved = [each for each in _loosest(records) if _is_news(each, known)]
            now = self.engine.clock.now()
            erased = {each for each, stone in stones.items() if stone.bounce_class == ERASED}
            ledger.add(connection, [_entry(each, now) for each in moved if each.subject not in erased])
        for each in records:
            if each.subject in stones and each.mark.scope == GLOBAL and each.mark.state not in OBJECTIONS:
                seen.returned[each.subject] = each.address
        for each in moved:
            before = known.get((each.subject, each.system, each.mark.scope))
            if before and before.state in OBJECTIONS:
                seen.undone.append(_undone(each, before))
            if each.mark.state in OBJECTIONS and each.subject not in stones:
                seen.opted_out[each.system] += 1
                seen.addresses[each.mark.scope][each.subject] = each.address

    def _suppress(
        self, seen: Seen, addresses: Sequence[str], who: Principal, reason: str, *, group: str = GLOBAL
    ) -> None:
        """Plans of the guard's own; the policy and its standing clearance decide whether they run."""
        self._grant(who)
        only = {} if group == GLOBAL else {"group": group}
        for start in range(0, len(addresses), AT_ONCE):
            call = ToolCall(
                tool=TOOL,
                args={"emails": list(addresses[start : start + AT_ONCE]), "reason": reason, **only},
                principal=who,
                thread=ThreadRef(surface="agent", channel="guard", thread=who.id),
                said="",
            )
            found = self.engine.submit(call)
            if isinstance(found, Planned):
                seen.plans.append(found.card.header.id)
            elif isinstance(found, Denied):
                log.warning("guard.denied", clause=found.clause)

    def _grant(self, who: Principal) -> None:
        """The administrator's standing clearance for it; once revoked, it stays so and votes are needed."""
        standing = Standing(
            id=clearance.agent_standing(who.id, TOOL),
            owner=self.engine.policy.installer,
            clause=CLAUSE,
            tool=TOOL,
            people_budget=BUDGET,
        )
        clearance.grant(self.engine.store, standing, now=self.engine.clock.now())

    def _report(self, seen: Seen) -> None:
        if seen.opted_out and self._may_spread():
            self._spread(seen)
        if not (seen.returned or seen.opted_out or seen.unread or seen.findings):
            return
        with self.engine.store.begin() as connection:
            audit.record(
                connection,
                name="guard.looked",
                actor=f"guard:{RETURNED}",
                about=seen.plans[0] if seen.plans else "",
                data={
                    "returned": sorted(seen.returned),
                    "opted_out": dict(seen.opted_out),
                    "unread": sorted(seen.unread),
                    "plans": seen.plans,
                    "findings": seen.findings,
                },
                now=self.engine.clock.now(),
            )

    def _spread(self, seen: Seen) -> None:
        """Everything first; then the groups that other systems have as well: any other stays one's own."""
        reason = f"opted out in {', '.join(map(title, sorted(seen.opted_out)))}"
        scopes = sorted(seen.addresses, key=lambda each: (each != GLOBAL, each))
        shared = self._shared() if scopes[-1:] != [GLOBAL] else frozenset()
        for scope in scopes:
            if scope == GLOBAL or folded(scope) in shared:
                people = list(seen.addresses[scope].values())
                self._suppress(seen, people, _principal(SPREADING), reason, group=scope)

    def _shared(self) -> frozenset[str]:
        """The groups that two systems or more have, by their folded names."""
        kept: dict[str, list[str]] = {
            system: [each.name for each in reader.groups() if not each.closed]
            for system, reader in self.systems.items()
            if isinstance(reader, KeepsGroups)
        }
        return frozenset(name for name, systems in common(kept).items() if len(systems) > 1)

    def _may_spread(self) -> bool:
        """Whether a rule lets the guard carry new opt-outs to the other systems by itself."""
        facts = Facts(
            tool=TOOL,
            roles=frozenset({SPREADING}),
            at=self.engine.clock.now(),
            effects=frozenset({"consent"}),
            systems=frozenset(self.systems) - {"clearance"},
            people=1,
            agent=True,
        )
        return isinstance(self.engine.policy.judge(facts), Allow)


def _principal(role: str) -> Principal:
    return Principal(id=f"guard:{role}", name="Consent guard", roles=frozenset({role}), kind="agent")


def _undone(record: ConsentRecord, before: LedgerEntry) -> Undone:
    mark = record.mark
    return Undone(record.subject, record.system, mark.scope, mark.writer, mark.at, before.at)


def _loosest(records: Sequence[ConsentRecord]) -> Iterator[ConsentRecord]:
    """One record a subject, system and scope: of several, the one that allows most."""
    grouped: defaultdict[tuple[str, str, str], list[ConsentRecord]] = defaultdict(list)
    for each in records:
        grouped[each.subject, each.system, each.mark.scope].append(each)
    return (max(own, key=lambda each: each.mark.state not in OBJECTIONS) for own in grouped.values())


def _is_news(record: ConsentRecord, known: Mapping[tuple[str, str, str], LedgerEntry]) -> bool:
    """Whether the ledger's newest word on it is another; a first word is news only when it objects."""
    before = known.get((record.subject, record.system, record.mark.scope))
    if before is None:
        return record.mark.state in OBJECTIONS
    return (before.state in OBJECTIONS) != (record.mark.state in OBJECTIONS)


def _entry(record: ConsentRecord, now: datetime) -> LedgerEntry:
    mark = record.mark
    return LedgerEntry(
        subject=record.subject,
        system=record.system,
        scope=mark.scope,
        state=mark.state,
        at=mark.at,
        source=mark.source,
        writer=mark.writer,
        seen_at=now,
    )
