"""How a connected system is doing, from the signs it gives: what is in trouble, what to watch, what to do.

Sources: the vendors' published quotas (beyond them syncs, forms and people stop, not only the job that used
them up); practitioners' handbooks of CRM syncs, where minutes are usual and a backlog follows mass updates.
How far a sync is behind is measured in `tools.rules.sync_lag`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Literal

from tools.rules.sync_lag import STOPPED, Lag
from tools.rules.vendor_errors import meaning

Level = Literal["fine", "watch", "trouble"]
Weight = Literal["plan", "watch", "trouble"]  # what is to be planned does not make a system less than fine
ORDER: tuple[Weight, ...] = ("trouble", "watch", "plan")
# What may be under way at once, as the vendors document it; all integrations of a company share it.
AT_ONCE: Mapping[str, str] = {
    "salesforce": "25 calls of 20 s or longer (5 in a developer's organisation)",
    "marketo": "10 calls, and 100 in 20 s",
    "hubspot": "190 calls in 10 s",
    "sendgrid": "by endpoint, in its headers",
}
# What the vendors say of a credential's end. None tells it: Adobe's page on custom services, Salesforce's on
# external client apps, HubSpot's on private apps, Twilio's on API keys.
NEVER_TOLD = "No vendor's API tells when a key, a secret or a certificate ends."
UNDECLARED = "not declared: set CREDENTIALS_END"


NO_RIGHTS = "lacks rights"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """From when on a sign is worth a word, all settable: shares of a quota, waits, days to an end."""

    calls_watch: float = 0.8
    calls_trouble: float = 0.95
    lag: timedelta = timedelta(minutes=15)
    backlog: int = 1_000
    expires: timedelta = timedelta(days=30)
    api_ends: timedelta = timedelta(days=90)


DEFAULT = Limits()


@dataclass(frozen=True, slots=True, kw_only=True)
class Signs:
    """What is known of one system; None where nobody tells. `errors` counts what failed lately by code.

    `behind` is the sync measured into this system, `queued` the calls that our own plans still need of it,
    `expires` the day its credential ends, as the vendor tells or the administrator has declared.
    """

    system: str
    reachable: bool
    permitted: bool
    note: str = ""
    used: int | None = None
    limit: int | None = None
    resets: datetime | None = None
    queued: int = 0
    behind: Lag | None = None
    errors: Mapping[str, int] = field(default_factory=dict)
    expires: date | None = None
    api_ends: date | None = None
    api_note: str = ""

    @property
    def share(self) -> float | None:
        """The used part of the quota; None when either is not told."""
        return None if self.used is None or not self.limit else self.used / self.limit

    @property
    def left(self) -> int | None:
        """Calls left of the quota; None when either is not told."""
        return None if self.used is None or not self.limit else max(self.limit - self.used, 0)


@dataclass(frozen=True, slots=True)
class Concern:
    """One thing that is not as it should be, or will not be: how bad, what, and what to do next."""

    level: Weight
    what: str
    do: str


def concerns(signs: Signs, *, now: datetime, limits: Limits = DEFAULT) -> tuple[Concern, ...]:
    """Everything worth a word, the worst first. Of a system that is down its credential is told besides."""
    keys = [*expiry(signs.expires, now.date(), limits.expires)]
    if not signs.reachable:
        down = Concern("trouble", "cannot be reached", signs.note or "Look at the vendor's status page.")
        return (down, *keys)
    found = [*_rights(signs), *_calls(signs, limits), *_sync(signs, limits), *keys, *_failing(signs)]
    found += _version(signs, now.date(), limits)
    return tuple(sorted(found, key=lambda each: ORDER.index(each.level)))


def level(found: tuple[Concern, ...]) -> Level:
    """How a system is doing on the whole."""
    return next((each.level for each in found if each.level != "plan"), "fine")


def expiry(ends: date | None, today: date, ahead: timedelta = DEFAULT.expires) -> Iterator[Concern]:
    """A credential that has ended, or ends within this time."""
    if ends is None or ends - today > ahead:
        return
    if ends <= today:
        yield Concern(
            "trouble",
            f"has a credential that ended on {ends:%Y-%m-%d}",
            "Make a new one: the runbook on rotating credentials says how.",
        )
    else:
        days = (ends - today).days
        left = "tomorrow" if days == 1 else f"in {days} days"
        words = f"has a credential that ends {left}, on {ends:%Y-%m-%d}"
        yield Concern(
            "watch", words, "Make the second one now: the runbook on rotating credentials says how."
        )


def _rights(signs: Signs) -> Iterator[Concern]:
    if not signs.permitted:
        yield Concern("trouble", NO_RIGHTS, signs.note or "Check the rights of the integration user.")


def _calls(signs: Signs, limits: Limits) -> Iterator[Concern]:
    share, left = signs.share, signs.left
    if share is not None and share >= limits.calls_watch:
        weight: Weight = "trouble" if share >= limits.calls_trouble else "watch"
        words = f"has used {share:.0%} of its calls"
        yield Concern(weight, words, f"Put off bulk work until the quota is reset{_until(signs)}.")
    if left is not None and signs.queued > left:
        words = f"has {left:,} calls left, and our own plans need {signs.queued:,}"
        yield Concern("watch", words, f"What does not fit waits and goes on after the reset{_until(signs)}.")


def _until(signs: Signs) -> str:
    return f" ({signs.resets:%Y-%m-%d %H:%M} UTC)" if signs.resets else ""


def _sync(signs: Signs, limits: Limits) -> Iterator[Concern]:
    lag = signs.behind
    if lag is None or not lag.late:
        return
    if lag.late < limits.backlog and (lag.oldest is None or lag.oldest <= limits.lag):
        return
    waits = f"Waiting: {', '.join(lag.fields[:3])}. " if lag.fields else ""
    opted = "; compare suppressions meanwhile" if STOPPED in lag.fields else ""
    do = f"{waits}Find the mass update the sync works on, or the error that stops it{opted}."
    yield Concern("watch", f"is {lag.sentence()}", do)


def _failing(signs: Signs) -> Iterator[Concern]:
    """What failed and does not pass by itself, the most frequent first."""
    told = {code: meaning(signs.system, code) for code in signs.errors}
    lasting = {code: n for code, n in signs.errors.items() if n and not told[code].do.startswith("Nothing")}
    for code, count in sorted(lasting.items(), key=lambda each: (-each[1], each[0]))[:3]:
        times = "once" if count == 1 else f"{count:,} times"
        yield Concern("watch", f"had failures: {told[code].words} ({code}, {times})", told[code].do)


def _version(signs: Signs, today: date, limits: Limits) -> Iterator[Concern]:
    if signs.api_ends is None:
        return
    left = signs.api_ends - today
    weight: Weight = "trouble" if left <= timedelta(0) else "watch" if left <= limits.api_ends else "plan"
    verb = "ended" if weight == "trouble" else "ends"
    yield Concern(
        weight, f"is asked by a version of its API that {verb} on {signs.api_ends:%Y-%m-%d}", signs.api_note
    )
