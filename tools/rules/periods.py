"""Periods: literals that are resolved late, with the clock, time zone and fiscal year of whoever asks.

Both ends of a period are included as days; `start` and `end` are the instants, `end` exclusive. Weeks start
on Monday, and `last_N_…` are the N complete ones before the current: `last_30_days` ends yesterday. Quarters
are of the calendar, except in `FY26-Q1`: a fiscal year is named after the year in which it ends.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tools.errors import InvalidArguments

MONTHS = 12
QUARTER = 3
EXAMPLES = ("last_week", "last_30_days", "this_quarter", "2026-Q3", "2026-10-01..2026-10-15")
_MOST = 3660  # units back: ten years of days


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """Days from `first` to `last`, both included; None is open. `start` ≤ instant < `end`, in UTC."""

    first: date | None
    last: date | None
    start: datetime | None
    end: datetime | None

    def holds(self, at: datetime) -> bool:
        """Whether an instant lies inside."""
        return (self.start is None or at >= self.start) and (self.end is None or at < self.end)

    def words(self) -> str:
        """The range for people: `2026-10-01 to 2026-10-15`."""
        if self.first and self.last:
            return f"{self.first}" if self.first == self.last else f"{self.first} to {self.last}"
        if self.first:
            return f"since {self.first}"
        return f"until {self.last}" if self.last else ""


Days = tuple[date | None, date | None]


def resolve(literal: str | None, *, now: datetime, timezone: str = "UTC", fiscal_start: int = 1) -> Range:
    """The range a literal means for somebody in `timezone` at `now`; no literal means all time.

    `fiscal_start` is the month (1–12) the fiscal year starts in. Raises `InvalidArguments` on anything else
    than a known literal.
    """
    zone = _zone(timezone)
    if not literal:
        return Range(first=None, last=None, start=None, end=None)
    first, last = _days(literal.strip(), now.astimezone(zone).date(), fiscal_start)
    if first and last and first > last:
        raise InvalidArguments("That period ends before it starts", on=literal, do="Swap the two dates.")
    return Range(
        first=first,
        last=last,
        start=_midnight(first, zone) if first else None,
        end=_midnight(last + timedelta(days=1), zone) if last else None,
    )


def check(literal: str) -> str:
    """The literal, when it is one, whatever the day. Raises `InvalidArguments` otherwise."""
    resolve(literal, now=datetime(2026, 1, 1, tzinfo=UTC))
    return literal


def _days(literal: str, today: date, fiscal_start: int) -> Days:
    named = _NAMED.get(literal.lower())
    if named:
        return named(today)
    for pattern, read in _PATTERNS:
        match = pattern.fullmatch(literal)
        if match:
            return _guarded(read, match, literal, today, fiscal_start)
    raise InvalidArguments("That is not a period", on=literal, do="Say one of these.", choices=EXAMPLES)


def _guarded(read: "Reading", match: re.Match[str], literal: str, today: date, fiscal_start: int) -> Days:
    try:
        return read(match, today, fiscal_start)
    except (ValueError, OverflowError) as error:
        raise InvalidArguments(
            "There is no such date",
            on=literal,
            do="Say it again with a date of the calendar.",
            choices=EXAMPLES,
        ) from error


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _month(of: date, offset: int = 0, length: int = 1) -> tuple[date, date]:
    """`length` whole months, starting `offset` months from the month of `of`."""
    index = of.year * MONTHS + of.month - 1
    first, after = index + offset, index + offset + length
    start = date(first // MONTHS, first % MONTHS + 1, 1)
    return start, date(after // MONTHS, after % MONTHS + 1, 1) - timedelta(days=1)


def _week(of: date, offset: int = 0, length: int = 1) -> tuple[date, date]:
    start = of - timedelta(days=of.weekday()) + timedelta(weeks=offset)
    return start, start + timedelta(weeks=length) - timedelta(days=1)


def _quarter(of: date, offset: int = 0) -> tuple[date, date]:
    return _month(of.replace(day=1, month=(of.month - 1) // QUARTER * QUARTER + 1), offset * QUARTER, QUARTER)


def _year(of: date, offset: int = 0) -> tuple[date, date]:
    return date(of.year + offset, 1, 1), date(of.year + offset, 12, 31)


_NAMED: dict[str, Callable[[date], Days]] = {
    "today": lambda today: (today, today),
    "yesterday": lambda today: (today - timedelta(days=1), today - timedelta(days=1)),
    "this_week": _week,
    "last_week": lambda today: _week(today, -1),
    "this_month": _month,
    "last_month": lambda today: _month(today, -1),
    "month_to_date": lambda today: (today.replace(day=1), today),
    "this_quarter": _quarter,
    "last_quarter": lambda today: _quarter(today, -1),
    "quarter_to_date": lambda today: (_quarter(today)[0], today),
    "this_year": _year,
    "last_year": lambda today: _year(today, -1),
    "year_to_date": lambda today: (date(today.year, 1, 1), today),
}

Reading = Callable[[re.Match[str], date, int], Days]


def _back(match: re.Match[str], today: date, _fiscal_start: int) -> Days:
    number, unit = int(match[1]), match[2].lower()
    if not 0 < number <= _MOST:
        raise ValueError(number)
    if unit == "days":
        return today - timedelta(days=number), today - timedelta(days=1)
    return _week(today, -number, number) if unit == "weeks" else _month(today, -number, number)


def _calendar_quarter(match: re.Match[str], _today: date, _fiscal_start: int) -> Days:
    return _month(date(int(match[1]), (int(match[2]) - 1) * QUARTER + 1, 1), 0, QUARTER)


def _fiscal(match: re.Match[str], _today: date, fiscal_start: int) -> Days:
    ends_in = 2000 + int(match[1])
    begins = date(ends_in if fiscal_start == 1 else ends_in - 1, fiscal_start, 1)
    quarter = match[2]
    return _month(begins, (int(quarter) - 1) * QUARTER, QUARTER) if quarter else _month(begins, 0, MONTHS)


def _calendar_month(match: re.Match[str], _today: date, _fiscal_start: int) -> Days:
    return _month(date(int(match[1]), int(match[2]), 1))


def _calendar_year(match: re.Match[str], _today: date, _fiscal_start: int) -> Days:
    return _year(date(int(match[1]), 1, 1))


def _between(match: re.Match[str], _today: date, _fiscal_start: int) -> Days:
    return date.fromisoformat(match[1]), date.fromisoformat(match[2])


_DATE = r"(\d{4}-\d{2}-\d{2})"
_PATTERNS: tuple[tuple[re.Pattern[str], Reading], ...] = (
    (re.compile(r"last_(\d{1,4})_(days|weeks|months)", re.IGNORECASE), _back),
    (re.compile(r"(\d{4})-Q([1-4])", re.IGNORECASE), _calendar_quarter),
    (re.compile(r"FY(\d{2})(?:-Q([1-4]))?", re.IGNORECASE), _fiscal),
    (re.compile(r"(\d{4})-(\d{2})"), _calendar_month),
    (re.compile(r"(\d{4})"), _calendar_year),
    (re.compile(rf"since:{_DATE}", re.IGNORECASE), lambda match, *_: (date.fromisoformat(match[1]), None)),
    (re.compile(rf"until:{_DATE}", re.IGNORECASE), lambda match, *_: (None, date.fromisoformat(match[1]))),
    (re.compile(_DATE), lambda match, *_: (date.fromisoformat(match[1]), date.fromisoformat(match[1]))),
    (re.compile(rf"{_DATE}\.\.{_DATE}"), _between),
)
