"""What a system's signs come to: fine, to be watched, in trouble; and whose dead-mailbox mark is wrong."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tools.rules.deliverability import Signal, SignOfLife, judge
from tools.rules.platform_health import Signs, concerns, level
from tools.rules.recovery import judge_mark

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def signs(**given: Any) -> Signs:
    """A system that is up and may do everything, but for these."""
    return Signs(**{"reachable": True, "permitted": True, **given})


def test_a_quiet_system_is_fine() -> None:
    """Nothing told, or everything in bounds: not worth a word."""
    assert concerns(signs(), now=NOW) == ()
    quiet = signs(
        used=100, limit=1_000, lag=timedelta(minutes=3), backlog=5, expires=NOW + timedelta(days=90)
    )
    assert concerns(quiet, now=NOW) == ()
    assert level(()) == "fine"


@pytest.mark.parametrize(
    ("given", "expected", "words"),
    [
        ({"reachable": False, "note": "No answer."}, "trouble", "cannot be reached"),
        ({"permitted": False}, "trouble", "lacks rights"),
        ({"used": 800, "limit": 1_000}, "watch", "80% of its calls"),
        ({"used": 990, "limit": 1_000}, "trouble", "99% of its calls"),
        ({"lag": timedelta(minutes=40)}, "watch", "40 minutes behind"),
        ({"backlog": 5_000}, "watch", "5,000 records waiting"),
        ({"errors": {"1003": 2, "606": 7}}, "watch", "9 calls today"),
        ({"expires": NOW + timedelta(days=10)}, "watch", "expires on 2026-12-02"),
        ({"expires": NOW - timedelta(days=1)}, "trouble", "expired on 2026-11-21"),
    ],
)
def test_each_sign_is_worth_a_word_and_says_what_to_do(given: Any, expected: str, words: str) -> None:
    """Each concern has its level, its words, and what to do next."""
    found = concerns(signs(**given), now=NOW)
    assert (len(found), found[0].level) == (1, expected)
    assert words in found[0].what
    assert found[0].do


def test_the_worst_comes_first_and_a_dead_system_says_one_thing() -> None:
    """Trouble before what is to be watched; nothing else is asked of a system that is down."""
    both = concerns(signs(backlog=5_000, permitted=False), now=NOW)
    assert [each.level for each in both] == ["trouble", "watch"]
    assert level(both) == "trouble"
    assert len(concerns(signs(reachable=False, used=990, limit=1_000), now=NOW)) == 1


def bounced(*kinds: str, days: float = 60, step: float = 1) -> list[Signal]:
    """A bounce of each class, a step apart, in one system."""
    return [
        Signal("marketo", kind, NOW - timedelta(days=days - step * place), str(place))  # type: ignore[arg-type] # classes
        for place, kind in enumerate(kinds)
    ]


@pytest.mark.parametrize(
    ("signals", "alive", "why", "why_not"),
    [
        (bounced("invalid"), 5, "alive", None),
        (bounced("invalid"), None, None, "still_invalid"),
        (bounced("invalid", "complaint"), 5, None, "complained"),
        (bounced("blocked"), None, "not_permanent", None),
        (bounced("full", "technical"), None, "not_permanent", None),
        (bounced("blocked", days=0.1), None, None, "too_soon"),
        (bounced("full", "full", "full", days=9), None, None, "soft_bounces"),
        (bounced("unknown"), None, None, "unclear"),
    ],
)
def test_whose_mark_is_wrong(signals: Any, alive: float | None, why: str | None, why_not: str | None) -> None:
    """Life after an invalid bounce, or bounces that pass: those marks go, all others stay."""
    life = [] if alive is None else [SignOfLife("marketo", NOW - timedelta(days=alive))]
    verdict = judge_mark(signals, judge(signals, life, now=NOW))
    assert (verdict.why, verdict.why_not) == (why, why_not)
