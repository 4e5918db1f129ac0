"""Periods: every literal, with its borders, time zones and fiscal years."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.errors import InvalidArguments
from tools.rules.periods import check, resolve

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)  # a Sunday


@pytest.mark.parametrize(
    ("literal", "first", "last"),
    [
        ("today", "2026-11-22", "2026-11-22"),
        ("yesterday", "2026-11-21", "2026-11-21"),
        ("this_week", "2026-11-16", "2026-11-22"),
        ("last_week", "2026-11-09", "2026-11-15"),
        ("this_month", "2026-11-01", "2026-11-30"),
        ("last_month", "2026-10-01", "2026-10-31"),
        ("month_to_date", "2026-11-01", "2026-11-22"),
        ("this_quarter", "2026-10-01", "2026-12-31"),
        ("last_quarter", "2026-07-01", "2026-09-30"),
        ("quarter_to_date", "2026-10-01", "2026-11-22"),
        ("this_year", "2026-01-01", "2026-12-31"),
        ("last_year", "2025-01-01", "2025-12-31"),
        ("year_to_date", "2026-01-01", "2026-11-22"),
        ("last_1_days", "2026-11-21", "2026-11-21"),
        ("last_30_days", "2026-10-23", "2026-11-21"),
        ("last_2_weeks", "2026-11-02", "2026-11-15"),
        ("last_3_months", "2026-08-01", "2026-10-31"),
        ("last_14_months", "2025-09-01", "2026-10-31"),
        ("2026-Q3", "2026-07-01", "2026-09-30"),
        ("2026-q4", "2026-10-01", "2026-12-31"),
        ("FY26-Q1", "2026-01-01", "2026-03-31"),
        ("FY26", "2026-01-01", "2026-12-31"),
        ("2026-10", "2026-10-01", "2026-10-31"),
        ("2024-02", "2024-02-01", "2024-02-29"),
        ("2025", "2025-01-01", "2025-12-31"),
        ("2026-10-01", "2026-10-01", "2026-10-01"),
        ("2026-10-01..2026-10-15", "2026-10-01", "2026-10-15"),
        (" Last_Week ", "2026-11-09", "2026-11-15"),
    ],
)
def test_literals_are_days_both_included(literal: str, first: str, last: str) -> None:
    """Weeks start on Monday, and last_30_days ends yesterday."""
    found = resolve(literal, now=NOW)
    assert (found.first, found.last) == (date.fromisoformat(first), date.fromisoformat(last))


@pytest.mark.parametrize(
    ("literal", "now", "first", "last"),
    [
        ("last_month", "2026-01-05", "2025-12-01", "2025-12-31"),
        ("last_quarter", "2026-02-01", "2025-10-01", "2025-12-31"),
        ("last_week", "2026-01-01", "2025-12-22", "2025-12-28"),
        ("this_week", "2026-11-23", "2026-11-23", "2026-11-29"),
        ("last_30_days", "2024-03-01", "2024-01-31", "2024-02-29"),
        ("this_month", "2026-12-31", "2026-12-01", "2026-12-31"),
        ("yesterday", "2024-03-01", "2024-02-29", "2024-02-29"),
    ],
)
def test_borders_of_years_and_months(literal: str, now: str, first: str, last: str) -> None:
    """Januaries, Mondays and leap years."""
    found = resolve(literal, now=datetime.fromisoformat(f"{now}T10:00:00+00:00"))
    assert (found.first, found.last) == (date.fromisoformat(first), date.fromisoformat(last))


@pytest.mark.parametrize(
    ("literal", "start_month", "first", "last"),
    [
        ("FY26-Q1", 2, "2025-02-01", "2025-04-30"),
        ("FY26-Q4", 2, "2025-11-01", "2026-01-31"),
        ("FY26-Q4", 10, "2026-07-01", "2026-09-30"),
        ("FY27", 7, "2026-07-01", "2027-06-30"),
        ("this_quarter", 2, "2026-10-01", "2026-12-31"),
    ],
)
def test_a_fiscal_year_is_named_after_its_end(literal: str, start_month: int, first: str, last: str) -> None:
    """Only FY literals are fiscal; quarters without FY are of the calendar."""
    found = resolve(literal, now=NOW, fiscal_start=start_month)
    assert (found.first, found.last) == (date.fromisoformat(first), date.fromisoformat(last))


def test_days_are_the_askers() -> None:
    """At noon UTC on Sunday it is already Monday in Auckland, and its midnight is not ours."""
    found = resolve("today", now=NOW, timezone="Pacific/Auckland")
    assert found.first == date(2026, 11, 23)
    assert found.start == datetime(2026, 11, 22, 11, tzinfo=UTC)
    assert found.end == datetime(2026, 11, 23, 11, tzinfo=UTC)


def test_a_day_with_a_clock_change_is_whole() -> None:
    """The day New York went back to winter time had 25 hours."""
    found = resolve("2026-11-01", now=NOW, timezone="America/New_York")
    assert found.start is not None
    assert found.end is not None
    assert found.end - found.start == timedelta(hours=25)


@pytest.mark.parametrize("zone", ["Nowhere/Land", "", "../etc/passwd"])
def test_an_unknown_time_zone_is_utc(zone: str) -> None:
    """A profile with a strange time zone does not keep anybody from an answer."""
    assert resolve("today", now=NOW, timezone=zone).first == date(2026, 11, 22)


def test_open_ends_and_all_time() -> None:
    """since, until, and no period at all."""
    since, until, ever = (resolve(each, now=NOW) for each in ("since:2026-03-01", "until:2026-03-01", None))
    assert (since.words(), until.words(), ever.words()) == ("since 2026-03-01", "until 2026-03-01", "")
    assert since.holds(datetime(2026, 3, 1, tzinfo=UTC))
    assert not since.holds(datetime(2026, 2, 28, 23, 59, tzinfo=UTC))
    assert until.holds(datetime(2026, 3, 1, 23, 59, tzinfo=UTC))
    assert not until.holds(datetime(2026, 3, 2, tzinfo=UTC))
    assert ever.holds(NOW)


def test_words() -> None:
    """A range is said with both its days, one day once."""
    assert resolve("2026-10-01..2026-10-15", now=NOW).words() == "2026-10-01 to 2026-10-15"
    assert resolve("today", now=NOW).words() == "2026-11-22"


@pytest.mark.parametrize(
    "literal",
    [
        "last_0_days", "last_9999_days", "last_fortnight", "2026-Q5", "2026-13", "2026-02-30",
        "since:2026-02-30", "2026-10-15..2026-10-01", "FY26-Q5", "soon",
        "2026-10-01 .. 2026-10-15", "0000", "9999-12", "9999-Q4",
    ],
)  # fmt: skip
def test_anything_else_is_refused_with_a_way_out(literal: str) -> None:
    """The person is told what is wrong and what to do."""
    with pytest.raises(InvalidArguments) as caught:
        check(literal)
    assert caught.value.on == literal
    assert caught.value.do


@given(
    st.integers(1, 400),
    st.sampled_from(["days", "weeks", "months"]),
    st.dates(date(2015, 1, 1), date(2040, 1, 1)),
)
def test_what_lies_back_ends_before_today(number: int, unit: str, day: date) -> None:
    """last_N never holds today, and a larger N holds what a smaller one does."""
    now = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    found, more = (resolve(f"last_{count}_{unit}", now=now) for count in (number, number + 1))
    assert found.first is not None
    assert found.last is not None
    assert more.first is not None
    assert found.first <= found.last < day
    assert more.first < found.first
    assert more.last == found.last


@given(st.dates(date(2015, 1, 1), date(2040, 1, 1)), st.sampled_from(["week", "month", "quarter", "year"]))
def test_the_last_one_ends_where_this_one_begins(day: date, unit: str) -> None:
    """No day is lost or counted twice between last and this."""
    now = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    before, current = (resolve(f"{which}_{unit}", now=now) for which in ("last", "this"))
    assert before.end == current.start
    assert current.holds(now)


def test_check_gives_the_literal_back() -> None:
    """A literal is kept as it is until it is needed."""
    assert check("last_week") == "last_week"
