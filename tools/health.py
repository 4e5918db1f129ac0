"""What a connected system says of itself: the shape of a health check, as readers fill it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from tools.plan import System


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """How a system is doing: reachable, permitted, API use against its limit, what failed, what ends when.

    How far its sync is behind no vendor tells: that is measured (`tools.abilities.TellsChanges`).
    """

    system: System
    as_of: datetime
    reachable: bool
    permitted: bool
    note: str = ""
    calls_used: int | None = None
    calls_limit: int | None = None
    calls_assumed: bool = False  # the limit is the documented one: the vendor's API does not tell ours
    calls_per: Literal["day", "minute"] = "day"  # what the limit is counted over
    calls_reset: datetime | None = None  # when it is counted anew; None: not told, or it rolls
    calls_by: Mapping[str, int] = field(default_factory=dict)  # today's calls by who made them
    calls_as: str = ""  # who we are among them
    errors_today: Mapping[str, int] | None = None  # what failed, by code (`tools.rules.vendor_errors`)
    credential: str = ""  # what the vendor tells of our credential, in a sentence
    credential_expires: datetime | None = None
    api_ends: date | None = None  # the day from which the vendor does not serve the version we use
    api_note: str = ""  # what ends then, and what to do
    missing_fields: tuple[str, ...] = ()
