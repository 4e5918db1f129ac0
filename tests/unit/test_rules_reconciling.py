"""Reconciling rules: each class by a golden case, clocks, ties, and what people's words prove."""

from datetime import UTC, datetime, timedelta

import pytest

from tools.rules import own_act
from tools.rules.opt_out_clock import clock, lateness, legal_deadline
from tools.rules.reconciling import BASE, Vector, Word, honours, judge, merged, silent

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


def word(
    state: str, at: datetime | None = None, *, loose: str = "", loose_at: datetime | None = None
) -> Word:
    return Word(
        strictest=state,  # type: ignore[arg-type] # a test names states as words
        loosest=loose or state,  # type: ignore[arg-type] # as above
        strict_at=at,
        loose_at=loose_at or at,
    )


OUT, NONE, YES = "opt_out_global", "none", "express"
SAME = {"salesforce": OUT, "marketo": OUT, "sendgrid": OUT}


@pytest.mark.parametrize(
    ("vector", "differs"),
    [
        (Vector(now={"salesforce": word(OUT), "marketo": word(OUT)}), {}),
        (Vector(now={"salesforce": word(NONE), "marketo": word(YES)}), {}),
        # the ESP's list takes any address; a CRM without a record has nobody to mail
        (Vector(now={"salesforce": word(OUT), "sendgrid": None}), {"sendgrid": "missing"}),
        (Vector(now={"sendgrid": word(OUT), "salesforce": None}), {}),
        # taken off the list since the agreement
        (Vector(now={"salesforce": word(OUT), "sendgrid": None}, base=SAME, base_at=ago(9)),
         {"sendgrid": "resurrection"}),
        # as it was, while another moved
        (Vector(now={"salesforce": word(NONE, ago(99)), "sendgrid": word(OUT, ago(1))}),
         {"salesforce": "stale"}),
        # looser than at the agreement
        (Vector(now={"salesforce": word(NONE), "sendgrid": word(OUT)}, base=SAME, base_at=ago(9)),
         {"salesforce": "resurrection"}),
        # a new record of somebody who had opted out
        (Vector(now={"salesforce": word(NONE), "sendgrid": word(OUT)},
                base={"salesforce": None, "sendgrid": OUT}, base_at=ago(9)), {"salesforce": "resurrection"}),
        # it lagged at the agreement already (its row failed): nothing new
        (Vector(now={"salesforce": word(NONE), "sendgrid": word(OUT)},
                base={"salesforce": NONE, "sendgrid": OUT}, base_at=ago(9)), {"salesforce": "stale"}),
        # un-ticked after the opt-out, without any base
        (Vector(now={"salesforce": word(NONE, ago(0.1)), "sendgrid": word(OUT, ago(1))}),
         {"salesforce": "resurrection"}),
        # within the clocks' skew: a tie, which goes to the restrictive side
        (Vector(now={"salesforce": word(NONE, ago(1) + timedelta(minutes=4)), "sendgrid": word(OUT, ago(1))}),
         {"salesforce": "conflict"}),
        # two moved apart
        (Vector(now={"salesforce": word(YES, ago(2)), "sendgrid": word(OUT, ago(1))}),
         {"salesforce": "conflict"}),
        (Vector(now={"salesforce": word(YES, ago(50)), "sendgrid": word(OUT, ago(1))},
                base={"salesforce": YES, "sendgrid": NONE}, base_at=ago(9)), {"salesforce": "stale"}),
        # nothing is known of one that was not read
        (Vector(now={"sendgrid": word(OUT)}, unread=frozenset({"marketo"})), {"marketo": "unknown"}),
        (Vector(now={"sendgrid": word(NONE)}, unread=frozenset({"marketo"})), {}),
        # a complaint is honoured by a plain opt-out; a group's opt-out does not honour one of everything
        (Vector(now={"sendgrid": word("complaint"), "salesforce": word(OUT)}), {}),
        (Vector(now={"sendgrid": word(OUT), "salesforce": word("opt_out_group")}), {"salesforce": "stale"}),
        # one lead opted out, another record of the same address did not
        (Vector(now={"salesforce": word(OUT, ago(3), loose=NONE, loose_at=ago(300))}),
         {"salesforce": "stale"}),
        # nobody holds the opt-out any more, but the agreement did
        (Vector(now={"salesforce": word(NONE), "marketo": word(NONE)}, base=SAME, base_at=ago(9)),
         {"salesforce": "resurrection", "marketo": "resurrection"}),
        # the person took it back themselves, later, on evidence
        (Vector(now={"salesforce": word(NONE), "marketo": word(OUT, ago(5))}, base=SAME, base_at=ago(9),
                lowered=ago(2)), {}),
        (Vector(now={"salesforce": word(NONE), "marketo": word(OUT, ago(1))}, base=SAME, base_at=ago(9),
                lowered=ago(2)), {"salesforce": "stale"}),
        (Vector(now={"salesforce": word(NONE), "marketo": word("erased", ago(5))}, lowered=ago(2)),
         {"salesforce": "stale"}),
    ],
)  # fmt: skip
def test_every_class_has_its_golden_case(vector: Vector, differs: dict[str, str]) -> None:
    """Missing, stale, conflict, resurrection, unknown, agree."""
    assert dict(judge(vector).differs) == differs


def test_the_cause_is_the_earliest_of_the_strictest_words() -> None:
    """Complaints before opt-outs, dated before undated, systems before the last agreement."""
    both = judge(Vector(now={"salesforce": word(OUT, ago(1)), "marketo": word(OUT, ago(3))}))
    assert (both.cause, both.since) == ("marketo", ago(3))
    graver = judge(Vector(now={"salesforce": word("complaint"), "marketo": word(OUT, ago(3))}))
    assert (graver.joined, graver.cause) == ("complaint", "salesforce")
    gone = judge(Vector(now={"salesforce": word(NONE)}, base=SAME, base_at=ago(9)))
    assert (gone.joined, gone.cause, gone.since) == (OUT, BASE, None)


def test_who_stopped_everything_honours_a_group_too() -> None:
    """The group's word and that on all mail are taken together."""
    own, everything = word("none"), word(OUT, ago(1))
    assert merged(own, None) is own
    found = merged(own, everything)
    assert (found.strictest, found.loosest, found.loose_at) == (NONE, OUT, ago(1))
    assert merged(word("opt_out_group", ago(2)), word(NONE)).strictest == "opt_out_group"
    assert (silent(everything).strictest, silent(everything).loosest) == (NONE, OUT)
    assert silent(word("express", ago(1))) == word(NONE)
    assert honours("opt_out_group", "opt_out_group")
    assert not honours("opt_out_group", OUT)


def test_ten_business_days_leave_weekends_out() -> None:
    """From Friday the 6th to Friday the 20th; two days for the mailbox providers."""
    friday = datetime(2026, 11, 6, 9, tzinfo=UTC)
    assert legal_deadline(friday) == datetime(2026, 11, 20, 9, tzinfo=UTC)
    assert lateness(friday, NOW) == "over 10 business days"
    assert lateness(ago(3), NOW) == "over 2 days"
    assert lateness(ago(1), NOW) == "in time"
    assert lateness(None, NOW) == "no date"
    found = clock([friday, ago(3), None], NOW)
    assert (found.overdue, found.oldest, found.counts["no date"]) == (2, friday, 1)


@pytest.mark.parametrize(
    ("words", "kind", "day"),
    [
        ("she filled in the preference form yesterday", "form", "2026-11-21"),
        ("double opt-in confirmed on 12 Nov", "double opt-in", "2026-11-12"),
        ("written request of November 3rd, 2026", "written request", "2026-11-03"),
        ("he asked by email", "written request", "2026-11-22"),
        ("signed up again 2 weeks ago at the booth", "form", "2026-11-08"),
        ("consent form 4410, 2026-10-01", "form", "2026-10-01"),
        ("ticked the box on the form on 24 Dec", "form", "2025-12-24"),
        ("form filled today", "form", "2026-11-22"),
        ("form of 31 Feb", "form", "2026-11-22"),
    ],
)
def test_an_own_act_is_read_with_its_day(words: str, kind: str, day: str) -> None:
    """What they did and when; a day without a year is the last such day."""
    act = own_act.read(words, now=NOW)
    assert act is not None
    assert (act.kind, f"{act.at:%Y-%m-%d}") == (kind, day)
    assert act.at <= NOW


@pytest.mark.parametrize("words", ["the boss wants it", "", "form on 2027-01-01", "because of the campaign"])
def test_no_own_act_in_other_words(words: str) -> None:
    """A wish of ours, or an act still to come, is no evidence."""
    assert own_act.read(words, now=NOW) is None
