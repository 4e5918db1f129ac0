"""A person's own act, read from the words somebody gives as evidence: what they did, and on which day.

Sources: GDPR article 7(1) and CASL section 13: who relies on consent proves it. A colleague's wish is no
evidence, and neither is an act without a day: it must be later than the opt-out it takes back.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal

Kind = Literal["form", "double opt-in", "written request"]

_KINDS: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    ("double opt-in", re.compile(r"double.?opt|doi\b|re-?confirmed|confirmation (link|mail)", re.IGNORECASE)),
    ("written request", re.compile(r"\bwrit|\bwrote|letter|by (e-?mail|mail|post|chat)|asked by|e-?mailed",
                                   re.IGNORECASE)),
    ("form", re.compile(r"\bforms?\b|preference|sign(ed|s)?[ -]?up|re-?subscri|opted (back )?in|ticked",
                        re.IGNORECASE)),
)  # fmt: skip
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_ISO = re.compile(r"\b(20\d\d)-(\d\d)-(\d\d)\b")
_DAY_MONTH = re.compile(
    r"\b(\d{1,2})(?:st|nd|rd|th)?\.? ?(" + "|".join(_MONTHS) + r")[a-z]*\.?,? ?(20\d\d)?\b", re.IGNORECASE
)
_MONTH_DAY = re.compile(
    r"\b(" + "|".join(_MONTHS) + r")[a-z]*\.? (\d{1,2})(?:st|nd|rd|th)?\b(?:,? (20\d\d))?", re.IGNORECASE
)
_AGO = re.compile(r"\b(\d{1,3}|a|an|one|two|three) (day|week)s? ago\b", re.IGNORECASE)
_NUMBERS = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3}


@dataclass(frozen=True, slots=True)
class OwnAct:
    """What the person did and when. `dated` says whether the words named the day; else it is today."""

    kind: Kind
    at: datetime
    dated: bool


def read(words: str, *, now: datetime) -> OwnAct | None:
    """The act these words speak of; None when they speak of none, or of one still to come.

    A named day counts to its end, but not beyond now. Without a day the act is taken to be of today, as those
    who approve see: an opt-out of today then stands.
    """
    kind = next((name for name, pattern in _KINDS if pattern.search(words)), None)
    day = _day(words, now)
    if kind is None or (day is not None and day > now.date()):
        return None
    if day is None:
        return OwnAct(kind, now, dated=False)
    end = datetime.combine(day, time.max, tzinfo=UTC)
    return OwnAct(kind, min(end, now), dated=True)


def _day(words: str, now: datetime) -> date | None:
    lowered = words.lower()
    if "yesterday" in lowered:
        return now.date() - timedelta(days=1)
    if "today" in lowered or "this morning" in lowered:
        return now.date()
    if found := _AGO.search(words):
        many = _NUMBERS.get(found[1].lower()) or int(found[1])
        return now.date() - timedelta(days=many * (7 if found[2].lower() == "week" else 1))
    return _written(words, now)


def _written(words: str, now: datetime) -> date | None:
    if found := _ISO.search(words):
        return _made(int(found[1]), int(found[2]), int(found[3]))
    if found := _DAY_MONTH.search(words):
        return _of_year(found[2], int(found[1]), found[3], now)
    if found := _MONTH_DAY.search(words):
        return _of_year(found[1], int(found[2]), found[3], now)
    return None


def _of_year(month: str, day: int, year: str | None, now: datetime) -> date | None:
    """A day and month; without a year, the last such day."""
    number = _MONTHS.index(month.lower()) + 1
    if year:
        return _made(int(year), number, day)
    this = _made(now.year, number, day)
    return this if this is None or this <= now.date() else _made(now.year - 1, number, day)


def _made(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
