"""Reconciling consent: what each system says of one address, beside the others and the last agreement.

The most restrictive word wins; a looser one is never believed, only named. Event times are compared at their
source, and within the clocks' skew a tie goes to the restrictive side.
Sources: CAN-SPAM 15 USC 7704(a)(4) and GDPR article 21(3) (an opt-out is permanent); the vendors' help pages
on their own syncs, which carry an un-ticked box as readily as a ticked one.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from tools.rules.consent import CLOCK_SKEW, MOST_RESTRICTIVE_FIRST, OBJECTIONS, ConsentState, strictest
from tools.rules.stack import takes_any_address

# missing: an address its list could take and does not hold. stale: as it was, while others moved.
# conflict: it moved another way. resurrection: looser than it was, or loosened after the opt-out.
Difference = Literal["resurrection", "conflict", "stale", "missing", "unknown"]
DIFFERENCES: tuple[Difference, ...] = ("resurrection", "conflict", "stale", "missing", "unknown")
LAGGING: frozenset[Difference] = frozenset({"resurrection", "conflict", "stale", "missing"})
BASE = "base"  # the cause when no system holds the opt-out any more, only the last agreement
_GROUP: ConsentState = "opt_out_group"
_PERMISSION: frozenset[ConsentState] = frozenset({"implied", "express"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """One system's word on one address for one scope, over all its records of that address.

    A system is as loose as its loosest record. `strict_ref` and `loose_ref` are the places of those two
    records, kept by whoever read them.
    """

    strictest: ConsentState
    loosest: ConsentState
    strict_at: datetime | None = None
    loose_at: datetime | None = None
    strict_ref: int = -1
    loose_ref: int = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Vector:
    """All words on one address for one scope.

    `now` has every system that was read (None: it holds no such address), `unread` the others. `base` has
    what the systems said at the last agreement (None: they held no such address then) and is None when nobody
    objected then; `base_at` is None when there never was an agreement. `lowered` is when the person
    themselves, with evidence, took an opt-out back since.
    """

    now: Mapping[str, Word | None]
    unread: frozenset[str] = frozenset()
    base: Mapping[str, ConsentState | None] | None = None
    base_at: datetime | None = None
    lowered: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What holds for one address and scope, who says so since when, and which systems differ, and how."""

    joined: ConsentState
    cause: str  # a system, or BASE
    since: datetime | None
    differs: Mapping[str, Difference]


def judge(vector: Vector) -> Judgement:
    """The restrictive join of a vector, and each system that does not honour it."""
    joined, cause, since = _joined(vector)
    if joined not in OBJECTIONS:
        return Judgement(joined=joined, cause=cause, since=since, differs={})
    systems = [*vector.now, *sorted(vector.unread)]
    found = {system: _difference(vector, system, joined, since) for system in systems}
    differs = {system: each for system, each in found.items() if each}
    return Judgement(joined=joined, cause=cause, since=since, differs=differs)


def honours(state: ConsentState, wanted: ConsentState) -> bool:
    """Whether a system in `state` sends nothing that `wanted` forbids.

    A complaint or an erasure is honoured by a plain opt-out of everything: no vendor has more to offer.
    """
    return state in OBJECTIONS and (wanted == _GROUP or state != _GROUP)


def merged(own: Word, everything: Word | None) -> Word:
    """A system's word on a group: what it says of the group itself, and what it sends of it all the same.

    Who stopped all mail sends none of the group either; but that is no opt-out of the group, which nobody
    else has to honour.
    """
    if everything is None or strictest(own.loosest, everything.loosest) == own.loosest:
        return own
    return replace(
        own, loosest=everything.loosest, loose_at=everything.loose_at, loose_ref=everything.loose_ref
    )


def silent(everything: Word) -> Word:
    """The word on a group of a system that has it and says nothing of it for this address."""
    unsaid = replace(everything, strictest="none", strict_at=None)
    stopped = everything.loosest in OBJECTIONS
    return unsaid if stopped else replace(unsaid, loosest="none", loose_at=None)


def of_group(
    words: Mapping[str, Word], everything: Mapping[str, Word], having: Iterable[str]
) -> dict[str, Word | None]:
    """The words on a group of the systems that have it, from theirs on it and theirs on all mail.

    `having` are systems known to have it, or to have had it. A group that one system alone has is its own:
    nobody else can be behind.
    """
    now: dict[str, Word | None] = {
        system: merged(word, everything.get(system)) for system, word in words.items()
    }
    for system in having:
        if system not in now:
            word = everything.get(system)
            now[system] = silent(word) if word else None
    return now


def _joined(vector: Vector) -> tuple[ConsentState, str, datetime | None]:
    """The strictest word, whose it is (the earliest, where several say the same), and since when."""
    words = sorted(_objections(vector), key=_order)
    if words:
        state, system, at = words[0]
        return state, system, at
    loosest = [word.strictest for word in vector.now.values() if word and word.strictest not in OBJECTIONS]
    return min(loosest, key=MOST_RESTRICTIVE_FIRST.index, default="none"), "", None


def _objections(vector: Vector) -> Iterator[tuple[ConsentState, str, datetime | None]]:
    for system, word in vector.now.items():
        if word and word.strictest in OBJECTIONS and not _overtaken(word, vector.lowered):
            yield word.strictest, system, word.strict_at
    if vector.base and vector.lowered is None:
        yield from ((state, BASE, None) for state in vector.base.values() if state in OBJECTIONS)


def _overtaken(word: Word, lowered: datetime | None) -> bool:
    """Whether the person took this back later. An opt-out of an unknown time may be later: it stands."""
    if lowered is None or word.strictest == "erased" or word.strict_at is None:
        return False
    return word.strict_at + CLOCK_SKEW < lowered


def _order(found: tuple[ConsentState, str, datetime | None]) -> tuple[int, bool, bool, str, str]:
    state, system, at = found
    return (
        MOST_RESTRICTIVE_FIRST.index(state), system == BASE, at is None, at.isoformat() if at else "", system
    )  # fmt: skip


def _difference(
    vector: Vector, system: str, joined: ConsentState, since: datetime | None
) -> Difference | None:
    if system in vector.unread:
        return "unknown"
    word = vector.now[system]
    if word is None:
        return _absent(vector, system, joined) if takes_any_address(system) else None
    if honours(word.loosest, joined):
        return None
    if _was_stricter(vector, system, joined) or _loosened_later(vector, word, since):
        return "resurrection"
    return "conflict" if _moved_apart(vector, system, word, since) else "stale"


def _absent(vector: Vector, system: str, joined: ConsentState) -> Difference:
    """A suppression list without the address: taken off since the last agreement, or never put on."""
    had = (vector.base or {}).get(system)
    gone = vector.lowered is None and had is not None and honours(had, joined)
    return "resurrection" if gone else "missing"


def _was_stricter(vector: Vector, system: str, joined: ConsentState) -> bool:
    """Looser than at the last agreement: it honoured the opt-out then, or has a new record that does not."""
    if not vector.base or vector.lowered is not None or system not in vector.base:
        return False
    if not any(state in OBJECTIONS for state in vector.base.values()):
        return False
    had = vector.base[system]
    return had is None or honours(had, joined)


def _loosened_later(vector: Vector, word: Word, since: datetime | None) -> bool:
    """Its permission is younger than the opt-out, by more than clocks differ."""
    if since is None or word.loose_at is None or not _moved(vector, word):
        return False
    return word.loose_at > since + CLOCK_SKEW


def _moved_apart(vector: Vector, system: str, word: Word, since: datetime | None) -> bool:
    """It moved as well, to a permission of its own or within the clocks' skew of the opt-out."""
    if word.loosest in _PERMISSION:
        return (vector.base or {}).get(system) != word.loosest and _moved(vector, word)
    if since is None or word.loose_at is None:
        return False
    return abs(word.loose_at - since) <= CLOCK_SKEW and _moved(vector, word)


def _moved(vector: Vector, word: Word) -> bool:
    """Whether it may have moved since the last agreement; without one, whatever it says may be new."""
    return vector.base_at is None or word.loose_at is None or word.loose_at > vector.base_at
