"""How far the CRM and the marketing automation are behind each other, by a bounded look at both.

No API tells it. Each side is asked what changed lately, the other for the records of the same addresses: some
fifteen calls for both directions, whatever the size of the systems.
"""

import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from queue import Empty, Queue
from time import monotonic

from tools.abilities import Stretch, TellsChanges
from tools.answer import Evidence
from tools.catalog.across import records_of, vendors
from tools.context import ToolContext
from tools.errors import ClearanceError
from tools.plan import System
from tools.ports import Person, Reader
from tools.rules.consent import OBJECTIONS
from tools.rules.stack import KINDS, Kind, title
from tools.rules.sync_lag import EDGES, SAMPLE, STOPPED, WINDOW, Lag, Pair, Side, measure

PATIENCE = 20.0  # seconds that all looks together may take
# Fields that CRM and automation usually mirror, as people call them. A company's name is the account's, whose
# change leaves no trace on the person's record.
MIRRORED: Mapping[str, str] = {
    "first_name": "first name",
    "last_name": "last name",
    "title": "job title",
    "phone": "phone",
    "country": "country",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How far `target` is behind `source`; `why` says in a sentence why it could not be measured."""

    source: System
    target: System
    as_of: datetime
    lag: Lag | None = None
    why: str = ""

    def evidence(self) -> Evidence:
        """What was asked, of how many records."""
        fields = ", ".join([*MIRRORED.values(), STOPPED])
        unmapped = (
            f"; not mapped here: {', '.join(self.lag.unmapped)}" if self.lag and self.lag.unmapped else ""
        )
        return Evidence(
            source=f"{self.source} → {self.target}",
            query=f"people changed in the last 24 h, at most {SAMPLE} of each of {len(EDGES) - 2} stretches,"
            f" compared by address on {fields}",
            as_of=self.as_of,
            count=self.lag.looked_at if self.lag else 0,
            note=self.why or f"older changes show which fields are mapped{unmapped}",
        )


def ways(
    context: ToolContext, asked: Iterable[System], down: Iterable[System]
) -> list[tuple[System, System]]:
    """From where to where a sync runs that one of the asked systems has part in, and none that is down."""
    wanted, silent = frozenset(asked), frozenset(down)
    pairs = [(crm, map) for crm in _of(context, "crm") for map in _of(context, "map")]
    both = [way for crm, map in pairs for way in ((crm, map), (map, crm))]
    return [way for way in both if wanted & set(way) and not silent & set(way)]


def _of(context: ToolContext, kind: Kind) -> list[System]:
    return [system for system in vendors(context) if KINDS.get(system) == kind]


def looked(context: ToolContext, ways: Sequence[tuple[System, System]]) -> list[Look]:
    """How far each is behind; a look that fails or takes too long is told as such."""
    done: Queue[Look] = Queue()
    threading.Thread(target=_all, args=(context, ways, done), name="sync lag", daemon=True).start()
    found, until = dict[tuple[System, System], Look](), monotonic() + PATIENCE
    while len(found) < len(ways):
        try:
            look = done.get(timeout=max(until - monotonic(), 0.0))
        except Empty:
            break
        found[look.source, look.target] = look
    slow, now = f"It took longer than {PATIENCE:.0f} seconds.", context.clock.now()
    return [found.get(way) or Look(source=way[0], target=way[1], as_of=now, why=slow) for way in ways]


def _all(context: ToolContext, ways: Sequence[tuple[System, System]], done: "Queue[Look]") -> None:
    for source, target in ways:
        done.put(_look(context, source, target))


def _look(context: ToolContext, source: System, target: System) -> Look:
    now = context.clock.now()
    reader = context.systems[source]
    if not isinstance(reader, TellsChanges):
        why = f"{title(source)}'s connector does not tell what changed lately."
        return Look(source=source, target=target, as_of=now, why=why)
    try:
        stretches = reader.changed([now - edge for edge in EDGES], SAMPLE)
        pairs = _pairs(context.systems[target], target, [each for part in stretches for each in part.people])
    except ClearanceError as error:
        return Look(source=source, target=target, as_of=now, why=error.sentence())
    lag = measure(pairs, now=now, more=_cut(stretches, now))
    return Look(source=source, target=target, as_of=now, lag=lag)


def _cut(stretches: Sequence[Stretch], now: datetime) -> bool:
    """Whether others changed in the last day than those that were looked at."""
    return any(each.more for each in stretches if each.since >= now - WINDOW)


def _pairs(reader: Reader, target: System, changed: Sequence[Person]) -> list[Pair]:
    """The changed people with the other system's records; who is tied to none there is not looked for."""
    sought = {each.subject: each.address for each in changed if each.subject and each.linked != ""}
    there = records_of({target: reader}, list(sought.values())) if sought else {}
    known = [each for each in changed if each.subject]
    return [Pair(changed=_side(each), there=tuple(map(_side, there.get(each.subject, ())))) for each in known]


def _side(person: Person) -> Side:
    values = {words: getattr(person, name) for name, words in MIRRORED.items() if getattr(person, name)}
    if any(mark.scope == "global" and mark.state in OBJECTIONS for mark in person.consent):
        values[STOPPED] = "yes"
    return Side(
        record=person.record_id,
        modified=person.modified,
        created=person.created,
        linked=person.linked,
        held_back=bool(person.held_back),
        values=values,
    )
