"""Dates in SOQL: literals written out and words such as LAST_N_DAYS:30, as ranges of stored text."""

from datetime import UTC, date, datetime, timedelta

from tools.twin.salesforce.soql import DateWord, Malformed, Moment

MONTHS = 12


def stored(moment: Moment, kind: str) -> str:
    """A written date or date-and-time as the twin stores that kind of field."""
    if kind == "date":
        return moment.text[:10]
    try:
        parsed = datetime.fromisoformat(moment.text)
    except ValueError as error:
        raise Malformed(f"line 1: bad date: {moment.text}") from error
    if parsed.tzinfo is None:
        raise Malformed("value of filter criterion must be of type dateTime", "INVALID_FIELD")
    return parsed.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _month(day: date, step: int) -> date:
    """The first of the month `step` months on."""
    months = day.year * MONTHS + day.month - 1 + step
    return date(months // MONTHS, months % MONTHS + 1, 1)


def days(word: DateWord, today: date) -> tuple[date, date]:
    """The first day of the range and the day after its last. Weeks start on Sunday: US locale."""
    one = timedelta(days=1)
    sunday = today - timedelta(days=(today.weekday() + 1) % 7)
    first = today.replace(month=1, day=1)
    ranges = {
        "TODAY": (today, today + one),
        "YESTERDAY": (today - one, today),
        "TOMORROW": (today + one, today + 2 * one),
        "THIS_WEEK": (sunday, sunday + 7 * one),
        "LAST_WEEK": (sunday - 7 * one, sunday),
        "THIS_MONTH": (_month(today, 0), _month(today, 1)),
        "LAST_MONTH": (_month(today, -1), _month(today, 0)),
        "THIS_YEAR": (first, first.replace(year=first.year + 1)),
        "LAST_YEAR": (first.replace(year=first.year - 1), first),
        "LAST_N_DAYS": (today - word.number * one, today + one),
        "NEXT_N_DAYS": (today + one, today + (word.number + 1) * one),
        "N_DAYS_AGO": (today - word.number * one, today - (word.number - 1) * one),
    }
    return ranges[word.word]


def condition(column: str, operator: str, word: DateWord, kind: str, today: date) -> tuple[str, list[str]]:
    """A comparison with a date word as SQL and its values."""
    tail = "" if kind == "date" else "T00:00:00Z"
    low, high = (day.isoformat() + tail for day in days(word, today))
    forms = {
        "=": (f"({column} >= ? AND {column} < ?)", [low, high]),
        "!=": (f"({column} IS NULL OR {column} < ? OR {column} >= ?)", [low, high]),
        "<": (f"{column} < ?", [low]),
        ">=": (f"{column} >= ?", [low]),
        ">": (f"{column} >= ?", [high]),
        "<=": (f"{column} < ?", [high]),
    }
    return forms[operator]
