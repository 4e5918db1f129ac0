"""Consent: the lattice, who may lower it, and what makes a person mailable."""

from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.rules.consent import (
    MOST_RESTRICTIVE_FIRST,
    Actor,
    ConsentState,
    Wish,
    effective,
    join,
    lowers,
    mailable,
    rule,
    strictest,
)
from tools.rules.deliverability import Deliverability

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
STATES = st.sampled_from(MOST_RESTRICTIVE_FIRST)
MARKS = st.dictionaries(st.sampled_from(["global", "news", "events", "brand-b"]), STATES)
ACTORS: tuple[Actor, ...] = get_args(Actor)


def test_every_state_has_its_place() -> None:
    """The order holds all states, the most restrictive first."""
    assert set(MOST_RESTRICTIVE_FIRST) == set(get_args(ConsentState))
    assert MOST_RESTRICTIVE_FIRST[0] == "erased"
    assert MOST_RESTRICTIVE_FIRST[-1] == "express"


@given(STATES, STATES, STATES)
def test_the_strictest_is_a_join(a: ConsentState, b: ConsentState, c: ConsentState) -> None:
    """Idempotent, commutative, associative."""
    assert strictest(a, a) == a
    assert strictest(a, b) == strictest(b, a)
    assert strictest(strictest(a, b), c) == strictest(a, strictest(b, c))


@given(MARKS, MARKS, MARKS)
def test_joining_systems_is_a_join(
    a: dict[str, ConsentState], b: dict[str, ConsentState], c: dict[str, ConsentState]
) -> None:
    """The order in which systems are read does not matter, nor that one is read twice."""
    assert join(a, a) == a
    assert join(a, b) == join(b, a)
    assert join(join(a, b), c) == join(a, join(b, c))


@given(MARKS, MARKS)
def test_a_join_never_lowers(a: dict[str, ConsentState], b: dict[str, ConsentState]) -> None:
    """No system's word makes another's less restrictive, in any scope."""
    joined = join(a, b)
    assert set(joined) == {*a, *b}
    for scope, state in (*a.items(), *b.items()):
        assert not lowers(state, joined[scope])


@given(MARKS, st.sampled_from(["global", "news", "never heard of"]))
def test_the_global_word_binds_every_scope(marks: dict[str, ConsentState], scope: str) -> None:
    """What holds for a scope is at least as strict as the global word."""
    held = effective(marks, scope)
    assert not lowers(marks.get("global", held), held)
    assert not lowers(marks.get(scope, held), held)


def test_a_group_opt_out_does_not_bind_other_mail() -> None:
    """Opted out of the news, still reachable for events."""
    marks: dict[str, ConsentState] = {"news": "opt_out_group", "global": "express"}
    assert effective(marks, "news") == "opt_out_group"
    assert effective(marks, "events") == "express"
    assert effective({}, "events") == "none"


@given(STATES, STATES, st.sampled_from(ACTORS))
def test_only_a_person_or_an_undo_ever_lowers(current: ConsentState, wanted: ConsentState, by: Actor) -> None:
    """A sync, import, merge, field default, agent or colleague never makes it less restrictive."""
    ruling = rule(current, Wish(state=wanted, by=by, at=NOW))
    assert not lowers(current, ruling.state)
    assert ruling.state == strictest(current, wanted)
    assert bool(ruling.refused) == lowers(current, wanted)


@pytest.mark.parametrize("by", [actor for actor in ACTORS if actor not in {"person", "undo"}])
def test_an_import_that_says_opted_in_is_ignored(by: Actor) -> None:
    """It stays opted out, and the row is listed with the reason."""
    wish = Wish(state="express", by=by, at=NOW, evidence="column says opted in")
    ruling = rule("opt_out_global", wish, since=NOW - timedelta(days=900))
    assert (ruling.state, ruling.refused) == ("opt_out_global", "ignored: less restrictive")


@pytest.mark.parametrize(
    ("evidence", "later", "state"),
    [
        ("double opt-in 8841", timedelta(days=1), "express"),
        ("double opt-in 8841", timedelta(minutes=5, seconds=1), "express"),
        ("double opt-in 8841", timedelta(minutes=5), "opt_out_global"),
        ("double opt-in 8841", timedelta(days=-1), "opt_out_global"),
        ("  ", timedelta(days=1), "opt_out_global"),
    ],
)
def test_the_persons_own_later_evidenced_act_lowers(evidence: str, later: timedelta, state: str) -> None:
    """Within five minutes of clock skew a tie goes to the opt-out."""
    wish = Wish(state="express", by="person", at=NOW + later, evidence=evidence)
    assert rule("opt_out_global", wish, since=NOW).state == state


def test_nothing_comes_back_from_an_erasure() -> None:
    """Not even the person's own act through us: they are a new person then."""
    wish = Wish(state="express", by="person", at=NOW, evidence="form")
    assert rule("erased", wish).refused == "an erasure is final"


@pytest.mark.parametrize(
    ("wanted", "recorded", "untouched", "state"),
    [
        ("implied", "implied", True, "implied"),
        ("none", "implied", True, "none"),
        ("express", "implied", True, "opt_out_global"),
        ("implied", "implied", False, "opt_out_global"),
        ("implied", None, True, "opt_out_global"),
        ("opt_out_group", "opt_out_group", True, "opt_out_group"),
    ],
)
def test_an_undo_returns_to_the_recorded_state(
    wanted: ConsentState, recorded: ConsentState | None, untouched: bool, state: ConsentState
) -> None:
    """Of our own act, on a row nobody has touched since, and never below what was there."""
    wish = Wish(state=wanted, by="undo", at=NOW, recorded=recorded, untouched=untouched)
    assert rule("opt_out_global", wish).state == state


@pytest.mark.parametrize(
    ("state", "deliverability", "yes"),
    [
        ("express", "ok", True),
        ("implied", "unknown", True),
        ("implied", "technical", True),
        ("none", "ok", True),
        ("express", "invalid", False),
        ("express", "blocked", False),
        ("express", "full", False),
        ("opt_out_global", "ok", False),
        ("opt_out_group", "ok", False),
        ("complaint", "ok", False),
        ("erased", "ok", False),
    ],
)
def test_mailable_is_derived_from_both_axes(
    state: ConsentState, deliverability: Deliverability, yes: bool
) -> None:
    """One reason against is enough."""
    assert mailable(state, deliverability).yes is yes


def test_every_reason_is_named() -> None:
    """A person who opted out and whose mailbox is gone is told both."""
    found = mailable("opt_out_global", "invalid")
    assert found.sentence() == "not mailable: opted out of everything; the mailbox no longer exists"
    assert mailable("express", "ok").sentence() == "mailable (express consent)"


def test_where_consent_is_needed_none_is_not_enough() -> None:
    """Opt-in countries."""
    assert not mailable("none", "ok", consent_needed=True).yes
    assert mailable("implied", "ok", consent_needed=True).yes
