"""Days as people write them in lists."""

import pytest

from tools.rules.days_written import days_meant


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("2026-03-01", ("2026-03-01",)), ("2026/3/1", ("2026-03-01",)), ("01.03.2026", ("2026-03-01",)),
        ("1.3.26 14:05", ("2026-03-01",)), ("03/25/2026", ("2026-03-25",)), ("25-03-2026", ("2026-03-25",)),
        ("03/04/2026", ("2026-04-03", "2026-03-04")), ("3/3/2026", ("2026-03-03",)),
        ("11/25/2026, 9:31 PM UTC", ("2026-11-25",)), ("1 March 2026", ("2026-03-01",)),
        ("March 1st, 2026", ("2026-03-01",)), ("01-Mar-26", ("2026-03-01",)),
        ("1. März 2026", ("2026-03-01",)),
        ("1 août 2026", ("2026-08-01",)), ("1 de mayo de 2026", ("2026-05-01",)),
        ("7 Juli 1999", ("1999-07-07",)),
        ("31.02.2026", ()), ("soon", ()), ("46082", ()), ("12 Foo 2026", ()),
    ],
)  # fmt: skip
def test_a_day_is_read_as_it_can_be_meant(text: str, days: tuple[str, ...]) -> None:
    """One reading, two where countries differ, none for what is no day."""
    assert days_meant(text) == days
