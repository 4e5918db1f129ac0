"""How far behind a sync is, from records that changed lately: late, over there, kept out, or not told."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tools.rules.sync_lag import STOPPED, Lag, Pair, Side, counterpart, measure, spoken

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def ago(**span: float) -> datetime:
    """A moment before now."""
    return NOW - timedelta(**span)


def side(record: str = "003", minutes: float = 12, **given: Any) -> Side:
    """A record changed so many minutes ago."""
    return Side(**{"record": record, "modified": ago(minutes=minutes), "created": ago(days=300), **given})


def pair(here: str = "CMO", there: str = "CMO", *, minutes: float = 12, then: float = 600) -> Pair:
    """A CRM's record with this title, and the lead tied to it."""
    lead = side("1", then, linked="003", values={"job title": there} if there else {})
    return Pair(changed=side(minutes=minutes, values={"job title": here} if here else {}), there=(lead,))


def test_what_differs_there_waits_and_the_oldest_is_told() -> None:
    """Records that differ and were not touched there since are late; the oldest and the fields are named."""
    found = measure([pair(there="VP"), pair(there="VP", minutes=40), pair(minutes=5)], now=NOW)
    assert (found.late, found.over, found.compared) == (2, 1, 3)
    assert (found.oldest, found.fields) == (timedelta(minutes=40), ("job title",))
    assert found.sentence() == "2 records behind, the oldest 40 min"
    assert found.sentence("Marketo") == "2 records behind Marketo, the oldest 40 min"


@pytest.mark.parametrize(
    ("here", "there"), [("CMO", "cmo "), ("+1 555 0100", "(1) 555-0100"), ("", "VP"), ("", "")]
)
def test_spelling_and_blanks_are_no_lag(here: str, there: str) -> None:
    """Case, signs and a blank on the changed side do not wait to be carried over."""
    assert measure([pair(here, there)], now=NOW).over == 1


def test_an_opt_out_waits_and_a_lifted_one_does_not() -> None:
    """An opt-out that is not there yet is late; one that is only there is nothing to carry."""
    stopped = side(values={STOPPED: "yes"})
    late = measure([Pair(changed=stopped, there=(side("1", 600, linked="003"),))], now=NOW)
    assert (late.late, late.fields) == (1, (STOPPED,))
    there = side("1", 600, linked="003", values={STOPPED: "yes"})
    assert measure([Pair(changed=side(), there=(there,))], now=NOW).over == 1


def test_touched_on_both_sides_is_not_called_late() -> None:
    """Where the other record changed later, nobody can tell which way they wait."""
    found = measure([pair(there="VP", minutes=30, then=10)], now=NOW)
    assert (found.late, found.unsure) == (0, 1)
    assert "touched on both sides" in found.sentence()


def test_who_is_kept_out_is_no_backlog() -> None:
    """No record there, one tied to another, or one tied to none: kept out. A new one is on its way."""
    absent = Pair(changed=side(), there=())
    other = Pair(changed=side(), there=(side("1", linked="00Q"),))
    apart = Pair(changed=side("9", linked=""), there=(side(),))
    held = replace(pair(there="VP"), changed=side(values={"job title": "CMO"}, held_back=True))
    new = Pair(changed=side(created=ago(minutes=20)), there=())
    found = measure([absent, other, apart, held, new], now=NOW)
    assert (found.kept_out, found.late, found.fields) == (4, 1, ("the whole record",))
    alone = measure([absent, apart], now=NOW)
    assert alone.sentence() == "the sync keeps out all 2 records looked at, so nothing can be said"


def test_a_tie_to_a_record_of_another_address_is_not_called_late() -> None:
    """The tied record was not found by this address: changed, or gone."""
    found = measure([Pair(changed=side("9", linked="00Q"), there=(side("003"),))], now=NOW)
    assert (found.unsure, found.late) == (1, 0)


def test_the_tied_record_is_the_counterpart() -> None:
    """Of several records of an address the tied one counts; where no tie is told, any does."""
    tied, loose = side("2", linked="003"), side("1", linked=None)
    assert counterpart(Pair(changed=side(), there=(loose, tied))) == tied
    assert counterpart(Pair(changed=side(), there=(loose,))) == loose
    assert counterpart(Pair(changed=side("2", linked="003"), there=(side("00Q"), side("003")))) == side("003")


def test_a_field_that_differs_as_a_rule_is_not_mapped() -> None:
    """Older changes show it; without enough of them nothing is taken for unmapped."""
    settled = [pair(there="VP", minutes=60 * 24 * 3) for _ in range(5)]
    found = measure([*settled, pair(there="VP")], now=NOW)
    assert (found.unmapped, found.late, found.over, found.looked_at) == (("job title",), 0, 1, 1)
    assert measure([*settled[:4], pair(there="VP")], now=NOW).late == 1
    absent = Pair(changed=side(minutes=60 * 24 * 3, values={"job title": "CMO"}), there=())
    assert measure([absent] * 9, now=NOW) == Lag()


def test_how_long_it_usually_takes_is_the_median_of_what_came_over() -> None:
    """From the change here to the last change there; records touched there before tell nothing."""
    found = measure(
        [pair(minutes=60, then=57), pair(minutes=60, then=50), pair(minutes=60, then=90)], now=NOW
    )
    assert (found.median, found.timed) == (timedelta(minutes=3), 2)
    untold = Pair(changed=side(), there=(Side(record="1", modified=None, linked="003"),))
    assert measure([untold], now=NOW).timed == 0


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (Lag(), "no record changed in the last 24 h, so nothing can be said"),
        (Lag(looked_at=1, over=1), "in step: the one record that changed in the last 24 h is over there"),
        (Lag(looked_at=9, over=9), "in step: all 9 records that changed in the last 24 h are over there"),
        (Lag(looked_at=9, over=9, more=True), "in step: all 9 records looked at are over there"),
        (Lag(looked_at=1, late=1), "1 record behind"),
        (
            Lag(looked_at=40, late=14, more=True, oldest=timedelta(minutes=12)),
            "at least 14 records behind, the oldest 12 min",
        ),
    ],
)
def test_no_more_is_said_than_is_known(found: Lag, words: str) -> None:
    """Few records, a sample, or none: each has its honest sentence."""
    assert found.sentence() == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(40, "40 s"), (720, "12 min"), (7_200, "2 h"), (90_000, "25 h"), (200_000, "2 days"), (None, "")],
)
def test_waits_are_said_as_people_say_them(seconds: float | None, words: str) -> None:
    """Seconds, minutes, hours, days."""
    assert spoken(None if seconds is None else timedelta(seconds=seconds)) == words


def test_a_record_without_a_time_is_left_out() -> None:
    """Where nobody tells when it changed, it says nothing about lag."""
    assert measure([Pair(changed=Side(record="1", modified=None), there=())], now=NOW) == Lag()
