"""Deliverability: what bounces and signs of life together say about a mailbox, both ways.

A delivery or a person's click after a bounce cancels `invalid`. A block says something about us and passes.
Sources: Marketo's documentation of hard and soft bounces (a suspended address is mailable again after 24
hours although the flag stays); the purge rule asks for two independent signals.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from tools.rules.bounces import SOFT, BounceClass, SoftBounce, SoftRule, soft_means_invalid
from tools.rules.stack import title

Deliverability = Literal["ok", "full", "technical", "blocked", "invalid", "unknown"]

# Systems that send mail and see what becomes of it. A CRM's last activity is a call somebody logged.
SEES_MAIL = frozenset({"marketo", "hubspot", "sendgrid"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """The thresholds, all settable: how long a class holds and how far apart two events count as two."""

    blocked: timedelta = timedelta(hours=24)
    full: timedelta = timedelta(days=30)
    technical: timedelta = timedelta(hours=72)
    apart: timedelta = timedelta(days=14)
    systems: int = 2
    soft: SoftRule = field(default_factory=SoftRule)


DEFAULT = Rule()


@dataclass(frozen=True, slots=True)
class Signal:
    """One bounce: which system says so, its class, when, of which send."""

    system: str
    bounce_class: BounceClass
    at: datetime
    send: str = ""


@dataclass(frozen=True, slots=True)
class SignOfLife:
    """A delivery or a human click that one system saw."""

    system: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What is known of a mailbox.

    `standing` are the `invalid` signals nothing has cancelled, `cancelled` those a later sign of life has.
    `purgeable` is half of the purge rule: two systems, or two events far enough apart; vetoes are the rest.
    """

    state: Deliverability
    standing: tuple[Signal, ...] = ()
    cancelled: tuple[Signal, ...] = ()
    alive: datetime | None = None
    purgeable: bool = False
    soft_candidate: bool = False

    @property
    def wrongly_suppressed(self) -> bool:
        """Whether it was called invalid and has shown life since."""
        return bool(self.cancelled) and not self.standing

    def basis(self) -> str:
        """The signals in words: `invalid in Marketo 2026-05-01 and SendGrid 2026-06-12`."""
        said = dict.fromkeys(
            f"{title(each.system)} {each.at:%Y-%m-%d}" for each in self.standing or self.cancelled
        )
        return f"invalid in {' and '.join(said)}" if said else ""


def judge(
    signals: Sequence[Signal], life: Sequence[SignOfLife] = (), *, now: datetime, rule: Rule = DEFAULT
) -> Finding:
    """What these bounces and signs of life say about a mailbox at `now`."""
    alive = max((each.at for each in life), default=None)
    invalid = sorted((each for each in signals if each.bounce_class == "invalid"), key=lambda each: each.at)
    standing = tuple(each for each in invalid if alive is None or each.at > alive)
    soft = [SoftBounce(each.at, each.send) for each in signals if each.bounce_class in SOFT]
    return Finding(
        state=_state(signals, standing, alive, now, rule),
        standing=standing,
        cancelled=tuple(each for each in invalid if each not in standing),
        alive=alive,
        purgeable=_two_signals(standing, rule),
        soft_candidate=soft_means_invalid(
            soft, now=now, delivered=[each.at for each in life], rule=rule.soft
        ),
    )


def _two_signals(standing: Sequence[Signal], rule: Rule) -> bool:
    if not standing:
        return False
    systems = {each.system for each in standing}
    return len(systems) >= rule.systems or standing[-1].at - standing[0].at >= rule.apart


def _state(
    signals: Sequence[Signal], standing: Sequence[Signal], alive: datetime | None, now: datetime, rule: Rule
) -> Deliverability:
    if standing:
        return "invalid"
    held: tuple[tuple[Deliverability, timedelta], ...] = (
        ("blocked", rule.blocked), ("full", rule.full), ("technical", rule.technical), ("unknown", rule.full),
    )  # fmt: skip
    since = [each for each in signals if alive is None or each.at > alive]
    for state, lasts in held:
        if any(each.bounce_class == state and now - each.at < lasts for each in since):
            return state
    return "ok"
