"""What the surface keeps beside plans: verdicts, corrections, gaps, snoozes, reminders, files."""

from datetime import UTC, datetime, timedelta
from typing import Any

from bot.store import feedback, gaps, reminders, surface_files
from bot.store.feedback import Correction, Feedback
from bot.store.gaps import Gap
from bot.store.reminders import Delegation
from bot.store.surface_files import SurfaceFile

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def a_verdict(verdict: str, at: datetime = NOW, principal: str = "U_ANA") -> Feedback:
    return Feedback(
        turn_key=7,
        principal=principal,
        surface="slack",
        verdict=verdict,
        at=at,
        tool="find_people",
        args={"emails": ["jo@acme.example"], "limit": 3},
        comment="jo@acme.example is missing\0",
    )


def test_the_last_verdict_of_a_person_counts_and_names_nobody(store: Any) -> None:
    """A second thumb replaces the first; addresses are replaced in words and arguments."""
    with store.begin() as connection:
        feedback.record(connection, a_verdict("up"))
        feedback.record(connection, a_verdict("down", NOW + HOUR))
        feedback.record(connection, a_verdict("up", NOW + HOUR, "U_MAX"))
    with store.read() as connection:
        kept = feedback.verdicts(connection, since=NOW)
        counted = feedback.counts(connection, since=NOW)
        assert feedback.verdicts(connection, since=NOW + 2 * HOUR) == []
    assert [(each.principal, each.verdict) for each in kept] == [("U_ANA", "down"), ("U_MAX", "up")]
    assert "acme" not in str(kept)
    assert kept[0].args == {"emails": ["someone@example.com"], "limit": 3}
    assert counted == {"find_people": {"up": 1, "down": 1}}


def test_a_correction_becomes_an_evaluation_case(store: Any) -> None:
    """What was said and meant, as the role that said it, without anybody's address."""
    given = Correction(
        turn_key=7,
        said="stop mailing jo@acme.example",
        roles=("marops", "marketer"),
        principal="U_ANA",
        tool="find_people",
        args={},
        meant_tool="suppress_contacts",
        meant_args={"emails": ["jo@acme.example"]},
        at=NOW,
    )
    with store.begin() as connection:
        feedback.correct(connection, given)
        feedback.correct(connection, given)
    with store.read() as connection:
        assert len(feedback.corrected(connection, since=NOW)) == 1
        assert feedback.cases(connection) == [
            {
                "say": "stop mailing someone@example.com",
                "as": "marketer",
                "tool": "suppress_contacts",
                "args": {"emails": ["someone@example.com"]},
            }
        ]


def test_gaps_hold_no_address_and_go_after_their_time(store: Any) -> None:
    """A question nothing covered is kept without addresses, and pruned."""
    with store.begin() as connection:
        for at in (NOW - 2 * HOUR, NOW):
            gap = Gap(
                question="how do I mail jo@acme.example", audience="everyone", kind="none", page="", at=at
            )
            gaps.add(connection, gap)
        assert gaps.prune(connection, before=NOW - HOUR) == 1
        kept = gaps.since(connection, NOW - 3 * HOUR)
    assert [each.question for each in kept] == ["how do I mail an address"]


def test_a_snooze_ends_once(store: Any) -> None:
    """A request put off is out of sight until its time, and comes back to one process only."""
    with store.begin() as connection:
        reminders.snooze(connection, "P-1", "U_MAX", until=NOW + HOUR, now=NOW)
        reminders.snooze(connection, "P-1", "U_MAX", until=NOW + 2 * HOUR, now=NOW)
        assert reminders.snoozed(connection, "U_MAX", now=NOW + HOUR) == {"P-1": NOW + 2 * HOUR}
        assert reminders.snoozes_over(connection, now=NOW + HOUR) == []
        assert reminders.snoozes_over(connection, now=NOW + 2 * HOUR) == [("P-1", "U_MAX")]
        assert reminders.snoozes_over(connection, now=NOW + 2 * HOUR) == []


def test_a_delegation_is_found_from_both_ends(store: Any) -> None:
    """Handing on twice is once; the plan and the taker both know of it."""
    given = Delegation(
        plan_id="P-1", giver="U_MAX", giver_name="Max", taker="U_DANA", taker_name="Dana", note="", at=NOW
    )
    with store.begin() as connection:
        assert reminders.delegate(connection, given)
        assert not reminders.delegate(connection, given)
        assert reminders.delegated(connection, "P-1") == [given]
        assert reminders.handed_to(connection, "U_DANA") == {"P-1": given}
        assert reminders.handed_to(connection, "U_MAX") == {}


def test_a_reminder_is_claimed_once_in_its_time(store: Any) -> None:
    """Two processes looking at the same moment remind once; later it may be done again."""
    with store.begin() as connection:
        assert reminders.claim(connection, "P-1", "U_MAX", not_since=NOW - HOUR, now=NOW)
        assert not reminders.claim(connection, "P-1", "U_MAX", not_since=NOW - HOUR, now=NOW)
        assert reminders.claim(connection, "P-1", "U_MAX", not_since=NOW, now=NOW + HOUR)
        assert reminders.reminded(connection, "P-1") == {"U_MAX": 2}
        reminders.prune(connection, before=NOW)


def test_a_file_waits_for_words_and_is_given_up_once(store: Any) -> None:
    """An attached file is used by one request; an expired one is handed to one deleter at a time."""
    file = SurfaceFile(
        surface="slack",
        file_id="F1",
        principal="U_ANA",
        channel="D1",
        kind="attached",
        created_at=NOW,
        expires_at=NOW + HOUR,
        detail={"name": "list.csv"},
    )
    with store.begin() as connection:
        surface_files.put(connection, file)
        surface_files.put(connection, file)
        here = {"surface": "slack", "channel": "D1", "principal": "U_ANA"}
        assert surface_files.waiting(connection, **here, since=NOW) == [file]
        assert surface_files.waiting(connection, **{**here, "channel": "D2"}, since=NOW) == []
        assert surface_files.last_used(connection, **here, since=NOW) is None
        assert surface_files.use(connection, file, now=NOW)
        again = surface_files.last_used(connection, **here, since=NOW)  # for words that put its columns right
        assert again is not None
        assert again.file_id == "F1"
        assert surface_files.last_used(connection, **here, since=NOW + HOUR) is None
        assert not surface_files.use(connection, file, now=NOW)
        assert surface_files.waiting(connection, **here, since=NOW) == []
        late = NOW + surface_files.KEPT  # what was used stays as long as what we send
        assert surface_files.take_expired(connection, surface="slack", now=late - HOUR) == []
        [taken] = surface_files.take_expired(connection, surface="slack", now=late)
        assert (taken.file_id, taken.used_at) == ("F1", NOW)
        assert surface_files.take_expired(connection, surface="slack", now=late) == []
        surface_files.forget(connection, file)
        assert surface_files.take_expired(connection, surface="slack", now=late + 9 * HOUR) == []
