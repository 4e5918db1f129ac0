"""The crosswalk of bounces: every vendor's words to one class, and when soft bounces add up."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.rules.bounces import (
    CLEAR,
    COARSE,
    MILDEST_FIRST,
    SoftBounce,
    SoftRule,
    classify,
    soft_means_invalid,
)

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("550 5.1.1 The email account that you tried to reach does not exist", "invalid"),
        ("550-5.1.1 try double-checking the recipient's address for typos", "invalid"),
        ("5.1.2 bad destination system address", "invalid"),
        ("550 5.1.3", "invalid"),
        ("550 5.1.6 mailbox has moved", "invalid"),
        ("550 5.2.1 mailbox disabled", "invalid"),
        ("554 delivery error: dd This user doesn't have a yahoo.com account", "invalid"),
        ("DNS Error: NXDOMAIN", "invalid"),
        ("550 5.7.1 Message rejected due to local policy", "blocked"),
        ("554 rejected", "blocked"),
        ("571 refused", "blocked"),
        ("your IP is listed at Spamhaus", "blocked"),
        ("452 too much mail", "full"),
        ("552 message refused", "full"),
        ("450 4.2.2 over quota", "full"),
        ("552 5.2.2 mailbox is full", "full"),
        ("421 come back", "technical"),
        ("451 4.4.1 no answer from host", "technical"),
        ("connection timed out", "technical"),
        ("554.1 is no reply code", "unknown"),
        ("550", "unknown"),
        ("", "unknown"),
    ],
)
def test_smtp_words_alone_are_enough(text: str, found: str) -> None:
    """Codes and phrases class a bounce when the vendor adds no category."""
    assert classify(system="salesforce", text=text) == found


@pytest.mark.parametrize(
    ("system", "category", "found"),
    [
        ("marketo", "1", "blocked"),
        ("marketo", "2", "invalid"),
        ("marketo", "3", "full"),
        ("marketo", "4", "technical"),
        ("marketo", "9", "unknown"),
        ("sendgrid", "bounces", "invalid"),
        ("sendgrid", "blocks", "blocked"),
        ("sendgrid", "invalid_emails", "invalid"),
        ("sendgrid", "spam_reports", "complaint"),
        ("sendgrid", "deferred", "technical"),
        ("hubspot", "hard", "invalid"),
        ("hubspot", "soft", "technical"),
        ("hubspot", "SpamReport", "complaint"),
    ],
)
def test_a_category_alone_is_enough(system: str, category: str, found: str) -> None:
    """The vendor's category classes a bounce that came without words."""
    assert classify(system=system, text="", category=category) == found


def test_blocked_mail_filed_as_a_hard_bounce_is_blocked() -> None:
    """The vendor's list says hard, the words say policy: the words win, because it is our reputation."""
    words = "550 5.7.1 Message rejected due to spam policy"
    assert classify(system="sendgrid", text=words, category="bounces") == "blocked"
    assert classify(system="marketo", text=words, category="2") == "blocked"


def test_an_address_or_link_in_the_text_says_nothing() -> None:
    """`blocked@…` that does not exist is invalid, not blocked."""
    words = "<blocked@spam.example>: user unknown, see https://policy.example/blocked"
    assert classify(system="salesforce", text=words) == "invalid"


def test_the_code_may_come_apart_from_the_text() -> None:
    """A vendor that keeps the status in a field of its own is read there."""
    assert classify(system="sendgrid", text="gone", category="bounces", code="5.2.2") == "full"


@given(st.sampled_from([*CLEAR, *COARSE]), st.text(max_size=60), st.text(max_size=12))
def test_every_bounce_has_a_class(head: tuple[str, str], text: str, code: str) -> None:
    """Whatever the vendor writes, one of the six classes comes out."""
    assert classify(system=head[0], category=head[1], text=text, code=code) in {*MILDEST_FIRST, "unknown"}


@given(st.sampled_from(["5.7.1", "4.2.2", "4.4.2", "mailbox full", "blocked", "try again later"]))
def test_invalid_needs_every_signal(milder: str) -> None:
    """One milder signal is enough to keep a bounce from being called invalid."""
    assert classify(system="marketo", text=f"550 5.1.1 user unknown; {milder}", category="2") != "invalid"


def softly(*days_ago: float, sends: tuple[str, ...] = ("a", "b")) -> list[SoftBounce]:
    """Soft bounces so many days ago, over these sends in turn."""
    return [
        SoftBounce(NOW - timedelta(days=days), sends[index % len(sends)])
        for index, days in enumerate(days_ago)
    ]


@pytest.mark.parametrize(
    ("bounces", "delivered_days_ago", "candidate"),
    [
        (softly(1, 5, 29), None, True),
        (softly(1, 5), None, False),
        (softly(1, 5, 31), None, False),
        (softly(1, 5, 30), None, True),
        (softly(1, 5, 9, sends=("a",)), None, False),
        (softly(1, 5, 9, sends=("a", "")), None, False),
        (softly(1, 5, 9, sends=("",)), None, False),
        (softly(2, 5, 9), 1, False),
        (softly(2, 5, 9), 12, True),
        (softly(2, 5, 9), 5, False),
        ([], None, False),
    ],
)
def test_three_soft_bounces_make_a_candidate(
    bounces: list[SoftBounce], delivered_days_ago: float | None, candidate: bool
) -> None:
    """Three in thirty days over two sends, none delivered since."""
    delivered = [] if delivered_days_ago is None else [NOW - timedelta(days=delivered_days_ago)]
    assert soft_means_invalid(bounces, now=NOW, delivered=delivered) is candidate


def test_the_soft_rule_can_be_set() -> None:
    """An installation that wants ten asks for ten."""
    rule = SoftRule(bounces=10, within=timedelta(days=60), sends=1)
    assert not soft_means_invalid(softly(*range(1, 10), sends=("a",)), now=NOW, rule=rule)
    assert soft_means_invalid(softly(*range(1, 11), sends=("a",)), now=NOW, rule=rule)
