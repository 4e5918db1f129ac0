"""Deliverability from evidence, both ways."""

from datetime import UTC, datetime, timedelta

import pytest

from tools.rules.bounces import BounceClass
from tools.rules.deliverability import Rule, Signal, SignOfLife, judge

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def ago(**delta: float) -> datetime:
    """So long before now."""
    return NOW - timedelta(**delta)


@pytest.mark.parametrize(
    ("bounce_class", "at", "state"),
    [
        ("blocked", ago(hours=23), "blocked"),
        ("blocked", ago(hours=24), "ok"),
        ("blocked", ago(hours=26), "ok"),
        ("full", ago(days=29), "full"),
        ("full", ago(days=30), "ok"),
        ("technical", ago(hours=71), "technical"),
        ("technical", ago(hours=72), "ok"),
        ("unknown", ago(days=1), "unknown"),
        ("complaint", ago(days=1), "ok"),
        ("invalid", ago(days=900), "invalid"),
    ],
)
def test_a_class_holds_as_long_as_it_says_something(
    bounce_class: BounceClass, at: datetime, state: str
) -> None:
    """Suspended 26 hours ago is mailable; an invalid mailbox stays invalid until something contradicts it."""
    assert judge([Signal("marketo", bounce_class, at)], now=NOW).state == state


def test_nothing_known_is_ok() -> None:
    """No bounce, no reason."""
    finding = judge([], now=NOW)
    assert (finding.state, finding.purgeable, finding.wrongly_suppressed) == ("ok", False, False)
    assert finding.basis() == ""


def test_a_click_after_an_invalid_bounce_makes_a_wrongly_suppressed_candidate() -> None:
    """Invalid two years ago with a click last week."""
    finding = judge(
        [Signal("marketo", "invalid", ago(days=730)), Signal("sendgrid", "invalid", ago(days=720))],
        [SignOfLife("marketo", ago(days=7))],
        now=NOW,
    )
    assert finding.wrongly_suppressed
    assert finding.state == "ok"
    assert not finding.purgeable
    assert finding.basis() == "invalid in Marketo 2024-11-22 and SendGrid 2024-12-02"


def test_a_bounce_after_the_last_sign_of_life_still_counts() -> None:
    """Life cancels what came before it, not what comes after."""
    finding = judge(
        [Signal("marketo", "invalid", ago(days=100)), Signal("sendgrid", "invalid", ago(days=1))],
        [SignOfLife("marketo", ago(days=50))],
        now=NOW,
    )
    assert finding.state == "invalid"
    assert [signal.system for signal in finding.standing] == ["sendgrid"]
    assert not finding.wrongly_suppressed
    assert not finding.purgeable


def test_life_ends_a_block() -> None:
    """Mail that arrived says more than the block before it."""
    signals = [Signal("marketo", "blocked", ago(hours=3))]
    assert judge(signals, [SignOfLife("sendgrid", ago(hours=1))], now=NOW).state == "ok"


@pytest.mark.parametrize(
    ("signals", "purgeable"),
    [
        ([("marketo", 5), ("sendgrid", 5)], True),
        ([("marketo", 5)], False),
        ([("marketo", 19), ("marketo", 5)], True),
        ([("marketo", 18.99), ("marketo", 5)], False),
        ([("marketo", 5), ("marketo", 5)], False),
    ],
)
def test_a_purge_needs_two_signals(signals: list[tuple[str, float]], purgeable: bool) -> None:
    """Two systems, or two events at least 14 days apart."""
    given = [Signal(system, "invalid", ago(days=days)) for system, days in signals]
    assert judge(given, now=NOW).purgeable is purgeable


@pytest.mark.parametrize("bounce_class", ["blocked", "full", "technical", "unknown", "complaint"])
def test_no_other_class_is_ever_purgeable(bounce_class: BounceClass) -> None:
    """Blocked mail is our own reputation; full, technical and unknown may pass; a complaint is kept."""
    given = [
        Signal(system, bounce_class, ago(days=days)) for system in ("a", "b", "c") for days in (1, 40, 90)
    ]
    assert not judge(given, now=NOW).purgeable


def test_soft_bounces_make_a_candidate_and_nothing_more() -> None:
    """Three soft bounces are shown to people; the mailbox is not called invalid."""
    given = [Signal("marketo", "full", ago(days=days), send=f"s{days}") for days in (1, 5, 9)]
    finding = judge(given, now=NOW)
    assert finding.soft_candidate
    assert (finding.state, finding.purgeable) == ("full", False)


def test_the_thresholds_can_be_set() -> None:
    """An installation may ask for three systems and a month between events."""
    rule = Rule(systems=3, apart=timedelta(days=30))
    given = [Signal("marketo", "invalid", ago(days=20)), Signal("sendgrid", "invalid", ago(days=1))]
    assert not judge(given, now=NOW, rule=rule).purgeable
    assert judge([*given, Signal("salesforce", "invalid", ago(days=1))], now=NOW, rule=rule).purgeable
