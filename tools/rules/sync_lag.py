"""How far one system is behind another, measured: records changed lately here, compared with there.

No vendor's API tells the lag or the backlog of a CRM sync. Both are seen in the records: one that changed
here and still differs over there waits. Sources: practitioners' handbooks (minutes are usual, a backlog
follows mass updates); the vendors' pages on sync filters and inclusion lists, which keep records out for
good: those are no backlog. An integration usually carries no blanks over and never lifts an opt-out: a blank
and a missing opt-out here are nothing to carry.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import median_low
from typing import Literal

Fate = Literal["over", "late", "unsure", "kept_out"]

WINDOW = timedelta(hours=24)
SETTLED = timedelta(days=7)  # changes between a day and this old show which fields are not mapped at all
# The stretches looked at, back from now; vendors' clocks may be ahead of ours.
EDGES = (
    timedelta(minutes=-1),
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=4),
    WINDOW,
    SETTLED,
)
SAMPLE = 25  # records of one stretch between two edges: one page of every vendor
NEW = timedelta(hours=1)  # a record younger than this that is not over there may still be on its way
SKEW = timedelta(minutes=1)  # clocks of two vendors
ENOUGH = 5  # settled records that a field must differ in before it is called not mapped
STOPPED = "opted out"  # carried as a field; only its presence is


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One record as one system has it. `linked` is the CRM's record it is synced with; None: not told."""

    record: str
    modified: datetime | None
    created: datetime | None = None
    linked: str | None = None
    held_back: bool = False  # something on the record itself keeps it out of the sync
    values: Mapping[str, str] = field(default_factory=dict)  # by a name for people; blanks are left out


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A record that changed lately, and the other system's records of the same address."""

    changed: Side
    there: tuple[Side, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lag:
    """How far behind a system is, by a look at records that changed lately in another.

    `compared` were carried over (`over`), wait (`late`) or cannot be told apart (`unsure`: they differ, and
    were touched over there since). `kept_out` are not over there under their address and not new. `more` says
    that others changed which were not looked at, so that `late` is a least figure. `median` is the time from
    the change here to the last change there, of `timed` records.
    """

    looked_at: int = 0
    over: int = 0
    late: int = 0
    unsure: int = 0
    kept_out: int = 0
    oldest: timedelta | None = None
    median: timedelta | None = None
    timed: int = 0
    more: bool = False
    fields: tuple[str, ...] = ()  # what waits, the most frequent first
    unmapped: tuple[str, ...] = ()

    @property
    def compared(self) -> int:
        """Records that the sync is to carry over, as far as it can be told."""
        return self.over + self.late + self.unsure

    def sentence(self, than: str = "") -> str:
        """What can be said of it, and no more; `than` names the system it is behind."""
        if not self.looked_at:
            return "no record changed in the last 24 h, so nothing can be said"
        if not self.compared:
            return f"the sync keeps out all {self.looked_at:,} records looked at, so nothing can be said"
        if self.late:
            least = "at least " if self.more else ""
            many = f"{least}{self.late:,} record{'s' if self.late > 1 else ''}"
            behind = f"{many} behind {than}".rstrip()
            return f"{behind}, the oldest {spoken(self.oldest)}" if self.oldest is not None else behind
        if self.unsure:
            differ = f"{self.unsure:,} of {self.compared:,} changed records differ"
            return f"{differ}, and were touched on both sides"
        return f"in step: {self._in_step()}"

    def _in_step(self) -> str:
        if self.compared == 1:
            return "the one record that changed in the last 24 h is over there"
        which = "looked at" if self.more else "that changed in the last 24 h"
        return f"all {self.compared:,} records {which} are over there"


def measure(pairs: Sequence[Pair], *, now: datetime, more: bool = False) -> Lag:
    """What these pairs come to, as of `now`.

    Changes of the last 24 hours are judged. Older ones show which fields differ as a rule, in records that
    have long had the time: those are not mapped here, and their differences are no lag.
    """
    lately = [pair for pair in pairs if (age := _age(pair.changed, now)) is not None and age <= WINDOW]
    unmapped = frozenset(_unmapped([pair for pair in pairs if pair not in lately]))
    judged = [(pair, *_judged(pair, unmapped, now)) for pair in lately]
    fates = Counter(fate for _, fate, _ in judged)
    waits = [_age(pair.changed, now) for pair, fate, _ in judged if fate == "late"]
    names = Counter(name for _, fate, names in judged if fate == "late" for name in names)
    times = [took for pair, fate, _ in judged if fate == "over" if (took := _took(pair)) is not None]
    return Lag(
        looked_at=len(lately),
        over=fates["over"],
        late=fates["late"],
        unsure=fates["unsure"],
        kept_out=fates["kept_out"],
        oldest=max((age for age in waits if age is not None), default=None),
        median=median_low(times) if times else None,
        timed=len(times),
        more=more,
        fields=tuple(name for name, _ in names.most_common()),
        unmapped=tuple(sorted(unmapped)),
    )


def _judged(pair: Pair, unmapped: frozenset[str], now: datetime) -> tuple[Fate, tuple[str, ...]]:
    """What became of a change, and the fields that wait."""
    other = counterpart(pair)
    if pair.changed.held_back or (other and other.held_back):
        return "kept_out", ()
    if other is None:
        created = pair.changed.created
        if pair.changed.linked:  # to a record that has another address by now, or is gone
            return "unsure", ()
        young = pair.changed.linked is None and created is not None and now - created < NEW
        return ("late", ("the whole record",)) if young else ("kept_out", ())
    differing = tuple(name for name in _differing(pair.changed, other) if name not in unmapped)
    if not differing:
        return "over", ()
    return ("unsure" if _touched_since(pair.changed, other) else "late"), differing


def counterpart(pair: Pair) -> Side | None:
    """The record that the sync pairs with the changed one; None when it pairs it with none."""
    if pair.changed.linked is not None:  # the changed one is the automation's, which knows the CRM's record
        return next((each for each in pair.there if pair.changed.linked == each.record), None)
    own = next((each for each in pair.there if each.linked == pair.changed.record), None)
    return own or next((each for each in pair.there if each.linked is None), None)


def _differing(changed: Side, other: Side) -> Iterable[str]:
    return (
        name for name, value in changed.values.items() if _bare(value) != _bare(other.values.get(name, ""))
    )


def _bare(value: str) -> str:
    """A value as two systems that format it differently would agree on it."""
    return "".join(letter for letter in value.casefold() if letter.isalnum())


def _unmapped(settled: Sequence[Pair]) -> Iterable[str]:
    """Fields that differ in most of these records."""
    compared, apart = Counter[str](), Counter[str]()
    for pair in settled:
        other = counterpart(pair)
        if other is not None and not (pair.changed.held_back or other.held_back):
            compared.update(pair.changed.values.keys())
            apart.update(_differing(pair.changed, other))
    return (name for name, n in apart.items() if compared[name] >= ENOUGH and 2 * n > compared[name])


def _touched_since(changed: Side, other: Side) -> bool:
    if changed.modified is None or other.modified is None:
        return False
    return other.modified > changed.modified + SKEW


def _age(side: Side, now: datetime) -> timedelta | None:
    return None if side.modified is None else max(now - side.modified, timedelta(0))


def _took(pair: Pair) -> timedelta | None:
    """From the change to the other record's last one, which is when it came over at the latest."""
    other = counterpart(pair)
    if other is None or other.modified is None or pair.changed.modified is None:
        return None
    took = other.modified - pair.changed.modified
    return took if timedelta(0) <= took <= WINDOW else None


def spoken(span: timedelta | None) -> str:
    """A wait as people say it: `40 s`, `12 min`, `3 h`, `2 days`."""
    if span is None:
        return ""
    seconds = span.total_seconds()
    for size, unit in ((86_400, "days"), (3_600, "h"), (60, "min")):
        if seconds >= (1 + (unit == "days")) * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"
