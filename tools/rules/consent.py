"""Consent: which state wins, who may lower it, and whether a person may be mailed.

Consent is one axis, deliverability the other; evidence about a mailbox never changes consent.
Sources: CAN-SPAM 15 USC 7704(a)(4), CASL and GDPR article 21(3): an opt-out is permanent, and only the
person's own later act, with evidence, takes it back.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from tools.rules.deliverability import Deliverability

ConsentState = Literal[
    "erased", "complaint", "opt_out_global", "opt_out_group", "none", "implied", "express"
]  # most restrictive first
Actor = Literal["person", "undo", "sync", "import", "merge", "default", "agent", "staff"]

MOST_RESTRICTIVE_FIRST: tuple[ConsentState, ...] = (
    "erased", "complaint", "opt_out_global", "opt_out_group", "none", "implied", "express",
)  # fmt: skip
OBJECTIONS: frozenset[ConsentState] = frozenset({"erased", "complaint", "opt_out_global", "opt_out_group"})
GLOBAL = "global"
CLOCK_SKEW = timedelta(minutes=5)  # two systems' clocks this far apart count as the same moment
SHOWN_LATE = timedelta(minutes=15)  # how late vendors may show a change: a look begins so much earlier
WORDS: Mapping[ConsentState, str] = {
    "erased": "erased at their request",
    "complaint": "reported us as spam",
    "opt_out_global": "opted out of everything",
    "opt_out_group": "opted out of this group",
    "none": "no consent on record",
    "implied": "implied consent",
    "express": "express consent",
}


def strictest(left: ConsentState, right: ConsentState) -> ConsentState:
    """The more restrictive of two states: the join of the lattice."""
    return min(left, right, key=MOST_RESTRICTIVE_FIRST.index)


def join(left: Mapping[str, ConsentState], right: Mapping[str, ConsentState]) -> Mapping[str, ConsentState]:
    """Two systems' words by scope, joined: a scope only one of them knows is kept."""
    return {
        scope: strictest(
            left.get(scope, right.get(scope, "express")), right.get(scope, left.get(scope, "express"))
        )
        for scope in {*left, *right}
    }


def effective(marks: Mapping[str, ConsentState], scope: str = GLOBAL) -> ConsentState:
    """The state that holds for a scope: its own word and the global one, the stricter of the two."""
    known = [marks[each] for each in {scope, GLOBAL} if each in marks]
    return min(known, key=MOST_RESTRICTIVE_FIRST.index, default="none")


def lowers(current: ConsentState, wanted: ConsentState) -> bool:
    """Whether `wanted` would permit more than `current`."""
    return strictest(current, wanted) == current and current != wanted


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A change of consent somebody asks for: to which state, on whose act, when, on what evidence.

    For an undo of our own act, `recorded` is the state before it, and `untouched` says that nobody has
    changed the row since.
    """

    state: ConsentState
    by: Actor
    at: datetime
    evidence: str = ""
    recorded: ConsentState | None = None
    untouched: bool = False


@dataclass(frozen=True, slots=True)
class Ruling:
    """What holds after a wish, and why a part of it was not followed ("" when it was)."""

    state: ConsentState
    refused: str = ""


def rule(current: ConsentState, wish: Wish, *, since: datetime | None = None) -> Ruling:
    """What becomes of a wish to change `current`, which has held `since` then.

    More restrictive is always taken. Less restrictive is taken from the person's own later, evidenced act, or
    from undoing our own act on an untouched row; never from a sync, import, merge, field default, agent or
    colleague. Within the clock skew a tie goes to the more restrictive.
    """
    if not lowers(current, wish.state):
        return Ruling(wish.state)
    refused = _refusal(current, wish, since)
    return Ruling(current, refused) if refused else Ruling(wish.state)


def _refusal(current: ConsentState, wish: Wish, since: datetime | None) -> str:
    if current == "erased":
        return "an erasure is final"
    if wish.by == "undo":
        return _undo_refusal(wish)
    if wish.by != "person":
        return "ignored: less restrictive"
    if not wish.evidence.strip():
        return "there is no evidence of the person's own act"
    if since is not None and wish.at <= since + CLOCK_SKEW:
        return "the person's act is not later than the opt-out"
    return ""


def _undo_refusal(wish: Wish) -> str:
    if not wish.untouched:
        return "somebody has changed it since"
    if wish.recorded is None or lowers(wish.recorded, wish.state):
        return "an undo returns to the recorded state and never below it"
    return ""


@dataclass(frozen=True, slots=True)
class Mailable:
    """Whether a person may be mailed, with every reason why not."""

    yes: bool
    why: tuple[str, ...]

    def sentence(self) -> str:
        """Yes or no, and why, in one line."""
        reasons = "; ".join(self.why)
        return f"mailable ({reasons})" if self.yes else f"not mailable: {reasons}"


def mailable(
    state: ConsentState, deliverability: Deliverability, *, consent_needed: bool = False
) -> Mailable:
    """Derived from both axes. `consent_needed`: no consent on record is a reason not to mail (GDPR, CASL)."""
    against = []
    if state in OBJECTIONS:
        against.append(WORDS[state])
    if state == "none" and consent_needed:
        against.append("no consent on record, and one is needed")
    if deliverability in _UNREACHABLE:
        against.append(_UNREACHABLE[deliverability])
    return Mailable(not against, tuple(against) or (WORDS[state],))


_UNREACHABLE: Mapping[Deliverability, str] = {
    "invalid": "the mailbox no longer exists",
    "blocked": "the receiving domain blocks us for the moment",
    "full": "the mailbox is full for the moment",
}
