"""Ranges of time in words become period literals."""

from datetime import date

import pytest

from bot.assistant.offline.dates import scan

SUNDAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("words", "literals"),
    [
        ("bounces last week", ["last_week"]),
        ("the previous month", ["last_month"]),
        ("last 30 days", ["last_30_days"]),
        ("past two weeks", ["last_2_weeks"]),
        ("in the past month", ["last_30_days"]),
        ("over the past quarter", ["last_90_days"]),
        ("the past year", ["last_12_months"]),
        ("past week", ["last_7_days"]),
        ("last 2 quarters", ["last_6_months"]),
        ("last 24 hours", ["last_1_days"]),
        ("last night", ["yesterday"]),
        ("this quarter", ["this_quarter"]),
        ("today", ["today"]),
        ("overnight", ["today"]),
        ("yesterday", ["yesterday"]),
        ("YTD", ["year_to_date"]),
        ("wtd", ["this_week"]),
        ("quarter to date", ["quarter_to_date"]),
        ("week to date", ["this_week"]),
        ("Q3", ["2026-Q3"]),
        ("q4", ["2026-Q4"]),
        ("Q3 2025", ["2025-Q3"]),
        ("Q1 of 2026", ["2026-Q1"]),
        ("2026 Q1", ["2026-Q1"]),
        ("FY26 Q1", ["FY26-Q1"]),
        ("Q2 FY2027", ["FY27-Q2"]),
        ("last Q3", ["2026-Q3"]),
        ("H1", ["2026-01-01..2026-06-30"]),
        ("h2 2025", ["2025-07-01..2025-12-31"]),
        ("in 2025", ["2025-01-01..2025-12-31"]),
        ("October", ["2026-10"]),
        ("December", ["2025-12"]),
        ("last October", ["2026-10"]),
        ("sept 2025", ["2025-09"]),
        ("2026-10", ["2026-10"]),
        ("on Nov 3", ["2026-11-03..2026-11-03"]),
        ("the 3rd of October", ["2026-10-03..2026-10-03"]),
        ("3 October 2025", ["2025-10-03..2025-10-03"]),
        ("2026-10-05", ["2026-10-05..2026-10-05"]),
        ("on Friday", ["2026-11-20..2026-11-20"]),
        ("since March", ["since:2026-03-01"]),
        ("since Oct 3", ["since:2026-10-03"]),
        ("since monday", ["since:2026-11-16"]),
        ("since yesterday", ["since:2026-11-21"]),
        ("since last month", ["since:2026-10-01"]),
        ("since last week", ["since:2026-11-09"]),
        ("since last quarter", ["since:2026-07-01"]),
        ("since 3 weeks ago", ["since:2026-11-01"]),
        ("since a month ago", ["since:2026-10-23"]),
        ("since the start of the year", ["since:2026-01-01"]),
        ("since 2024", ["since:2024-01-01"]),
        ("October onwards", ["since:2026-10-01"]),
        ("until Oct 31", ["until:2026-10-31"]),
        ("before March 2026", ["until:2026-03-01"]),
        ("between Oct 1 and Oct 15", ["2026-10-01..2026-10-15"]),
        ("from 1 to 15 October", ["2026-10-01..2026-10-15"]),
        ("March 3 to 9", ["2026-03-03..2026-03-09"]),
        ("2026-10-01 to 2026-10-15", ["2026-10-01..2026-10-15"]),
        ("between Sept and November", ["2026-09-01..2026-11-30"]),
        ("last_30_days", ["last_30_days"]),
        ("2026-q3", ["2026-Q3"]),
        ("since:2026-03-01", ["since:2026-03-01"]),
        ("may I see bounces in May", ["2026-05"]),
        ("Nov 31", ["2026-11"]),
        ("older than 90 days", []),
        ("no dates here", []),
        ("bounces last week and in Q3", ["last_week", "2026-Q3"]),
    ],
)
def test_ranges(words, literals):
    """The longest reading at each place, relative ranges kept relative."""
    assert [each.literal for each in scan(words, SUNDAY)] == literals
