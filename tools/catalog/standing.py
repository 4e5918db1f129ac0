"""How one system stands: what it says of itself, how far its sync is behind, what of it is worth a word."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from tools.catalog.measuring import Look
from tools.plan import System
from tools.ports import Health
from tools.rules.plain_text import one_line
from tools.rules.platform_health import Concern, Level, Signs, concerns, level
from tools.rules.sync_lag import Lag


@dataclass(frozen=True, slots=True)
class Standing:
    """One system: its health, the looks at what comes into it, the signs of both, and the concerns."""

    health: Health
    looks: tuple[Look, ...]
    signs: Signs
    concerns: tuple[Concern, ...]
    declared: bool  # the credential's end is the administrator's word

    @classmethod
    def of(
        cls, health: Health, looks: Sequence[Look], queued: int, declared: date | None, now: datetime
    ) -> "Standing":
        """Judge a system. `looks` may be of others, too; `declared` is the end of its credential."""
        into = tuple(look for look in looks if look.target == health.system)
        told = health.credential_expires
        signs = Signs(
            system=health.system,
            reachable=health.reachable,
            permitted=health.permitted,
            note=one_line(health.note),
            used=health.calls_used,
            limit=health.calls_limit,
            resets=health.calls_reset,
            queued=queued if health.calls_per == "day" else 0,
            behind=_worst(into),
            errors=health.errors_today or {},
            expires=told.date() if told else declared,
            api_ends=health.api_ends,
            api_note=health.api_note,
        )
        return cls(health, into, signs, concerns(signs, now=now), declared=not told)

    @property
    def system(self) -> System:
        """The vendor's name in plans."""
        return self.health.system

    @property
    def level(self) -> Level:
        """How it is doing on the whole."""
        return level(self.concerns)

    @property
    def percent(self) -> str:
        """The used part of the quota, "" when it is not told."""
        return "" if self.signs.share is None else f"{100 * self.signs.share:.1f}"


def _worst(looks: Sequence[Look]) -> Lag | None:
    """Of several sources the one it is furthest behind; None where nothing could be measured."""
    measured = [look.lag for look in looks if look.lag]
    return max(measured, key=lambda lag: (lag.late, lag.compared, lag.looked_at), default=None)
