"""What a system's signs come to: fine, to be watched, in trouble; and whose dead-mailbox mark is wrong."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tools.rules.deliverability import Signal, SignOfLife, judge
from tools.rules.platform_health import Signs, concerns, level
from tools.rules.recovery import judge_mark
from tools.rules.sync_lag import Lag
from tools.rules.vendor_errors import MEANINGS, meaning

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


TODAY = NOW.date()


def signs(**given: Any) -> Signs:
    """A system that is up and may do everything, but for these."""
    return Signs(**{"system": "marketo", "reachable": True, "permitted": True, **given})


def lag(late: int, minutes: float = 5) -> Lag:
    """So many records behind, the oldest for so long."""
    return Lag(looked_at=2 * late, over=late, late=late, oldest=timedelta(minutes=minutes), fields=("phone",))


def test_a_quiet_system_is_fine() -> None:
    """Nothing told, or everything in bounds: not worth a word."""
    assert concerns(signs(), now=NOW) == ()
    quiet = signs(
        used=100, limit=1_000, queued=900, behind=lag(5), errors={"602": 9},
        expires=TODAY + timedelta(days=31),
    )  # fmt: skip
    assert concerns(quiet, now=NOW) == ()
    assert level(()) == "fine"


@pytest.mark.parametrize(
    ("given", "expected", "words"),
    [
        ({"reachable": False, "note": "No answer."}, "trouble", "cannot be reached"),
        ({"permitted": False}, "trouble", "lacks rights"),
        ({"used": 800, "limit": 1_000}, "watch", "80% of its calls"),
        ({"used": 990, "limit": 1_000, "resets": NOW}, "trouble", "99% of its calls"),
        ({"used": 700, "limit": 1_000, "queued": 301}, "watch", "300 calls left, and our own plans need 301"),
        ({"behind": lag(14, 40)}, "watch", "is 14 records behind, the oldest 40 min"),
        ({"behind": lag(1_000, 2)}, "watch", "is 1,000 records behind"),
        ({"errors": {"606": 7}}, "watch", "more than 100 calls came within 20 seconds (606, 7 times)"),
        ({"errors": {"4711": 1}}, "watch", "a code we have no words for: 4711 (4711, once)"),
        ({"expires": TODAY + timedelta(days=30)}, "watch", "ends in 30 days, on 2026-12-22"),
        ({"expires": TODAY + timedelta(days=1)}, "watch", "ends tomorrow"),
        ({"expires": TODAY}, "trouble", "ended on 2026-11-22"),
        ({"api_ends": TODAY + timedelta(days=90), "api_note": "Move."}, "watch", "ends on 2027-02-20"),
        ({"api_ends": TODAY, "api_note": "Move."}, "trouble", "ended on 2026-11-22"),
    ],
)
def test_each_sign_is_worth_a_word_and_says_what_to_do(given: Any, expected: str, words: str) -> None:
    """Each concern has its level, its words, and what to do next."""
    found = concerns(signs(**given), now=NOW)
    assert (len(found), level(found)) == (1, expected)
    assert words in found[0].what
    assert found[0].do


def test_what_is_to_be_planned_does_not_make_a_system_less_than_fine() -> None:
    """A version of the API that ends next year is said, and the system is fine."""
    found = concerns(signs(api_ends=TODAY + timedelta(days=128), api_note="Move."), now=NOW)
    assert [(each.level, each.do) for each in found] == [("plan", "Move.")]
    assert level(found) == "fine"


def test_the_worst_comes_first_and_a_dead_system_says_little() -> None:
    """Trouble before what is to be watched; of a system that is down only its credential is told besides."""
    both = concerns(signs(behind=lag(5, 99), permitted=False), now=NOW)
    assert [each.level for each in both] == ["trouble", "watch"]
    assert level(both) == "trouble"
    down = concerns(signs(reachable=False, used=990, limit=1_000, expires=TODAY), now=NOW)
    assert [each.what.partition(" ")[0] for each in down] == ["cannot", "has"]


@pytest.mark.parametrize("system", ["marketo", "salesforce", "sendgrid", "hubspot"])
def test_every_code_has_words_and_something_to_do(system: str) -> None:
    """Known codes are explained; an unknown one is shown as it is, with where to look."""
    for code in MEANINGS.get(system, {}):
        assert meaning(system, code).words
        assert meaning(system, code).do.endswith(".")
    assert "x99" in meaning(system, "x99").words


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
