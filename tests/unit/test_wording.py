"""Plans, votes, runs and landings in sentences, and their pictures in a terminal."""

import io
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest
from rich.console import Console

from bot import terminal, ways_back, wording
from bot.assistant.utterance import Choice, Reply
from bot.engine.cards import ApprovalView, Fates, LandingView, PlanCard, Residue, RunView, VoteView
from tools.answer import Answer, Citation, Evidence, File, Table
from tools.plan import Cost, PlanHeader, PlanState, Reversibility, Sample

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def header(**changes: object) -> PlanHeader:
    """A pending purge of 288 people."""
    given = PlanHeader(
        key=1,
        id="P-1042",
        revision=1,
        tool="purge_bounces",
        args={},
        principal="U_ANA",
        summary="Purge hard-bounced contacts.",
        counts={"sendgrid": {"suppress": 288}, "salesforce": {"delete": 120, "suppress": 300}},
        people=288,
        vetoes={"opportunity_role": 41, "legal_hold": 2, "odd_code": 7},
        effects=frozenset({"delete", "consent"}),
        reversibility=(
            Reversibility(system="salesforce", op="delete", how="undelete", until=NOW + timedelta(days=15)),
            Reversibility(system="marketo", op="delete", how="recreate", note="a new id."),
        ),
        cost=(
            Cost(system="salesforce", calls=14, minutes=0.3, quota_share=0.0001),
            Cost(system="marketo", calls=1, minutes=12.2, quota_share=0.13),
        ),
        samples=(
            Sample(
                system="salesforce",
                object="Contact",
                record_id="003",
                op="suppress",
                who="ana@example.com",
                before={"HasOptedOutOfEmail": False},
                after={"HasOptedOutOfEmail": True},
                reason="invalid",
            ),
            Sample(
                system="marketo",
                object="lead",
                record_id="7",
                op="delete",
                who="x",
                before={"a": None},
                after={},
                reason="",
            ),
        ),
        policy_version=1,
        evidence=(),
        digest="ab" * 32,
        state="pending",
        created_at=NOW,
        expires_at=NOW + timedelta(days=1),
    )
    return replace(given, **changes)  # type: ignore[arg-type]


def approval(state: str = "pending", *votes: VoteView) -> ApprovalView:
    """Two MarOps approvals wanted."""
    return ApprovalView(
        group="marops",
        quorum=2,
        clause="over-200",
        state=state,
        expires_at=NOW + timedelta(days=1),
        votes=votes,
    )


def voted(vote: str, who: str = "Max", reason: str = "") -> VoteView:
    """A vote."""
    return VoteView(voter=f"U_{who.upper()}", voter_name=who, vote=vote, reason=reason, at=NOW)


def card(**changes: object) -> PlanCard:
    """The card of that purge."""
    given = PlanCard(
        header=header(),
        requester="U_ANA",
        requester_name="Ana",
        verdict="needs_approval",
        clause="over-200",
        clause_text="more than 200 people",
        approval=approval(),
        run=None,
        veto_texts={"legal_hold": "on hold"},
        surface="terminal",
        channel="terminal",
        thread="t",
    )
    return replace(given, **changes)  # type: ignore[arg-type]


def landed_run() -> RunView:
    """A run of 708 rows of which one did not land."""
    return RunView(
        id="R-17",
        state="residue",
        rows={"applied": 700, "skipped": 5, "drifted": 2, "failed": 1},
        total=708,
        parked_until=None,
        attention="",
        created_at=NOW,
        started_at=NOW,
        finished_at=NOW,
        stopped_by="",
        landing=LandingView(
            at=NOW,
            landed={"salesforce": {"delete": 119}, "sendgrid": {"suppress": 288}},
            planned={
                "salesforce": {"delete": 120},
                "sendgrid": {"suppress": 288},
                "clearance": {"create": 1},
            },
            residue=tuple(
                Residue(
                    seq=n,
                    system="salesforce",
                    object="Contact",
                    record_id="003",
                    op="delete",
                    state="failed",
                    why="locked",
                    what_to_do="Unlock it.",
                )
                for n in range(11)
            ),
            residue_count=12,
        ),
    )


def printed(thing: object) -> str:
    """What a terminal 200 columns wide shows."""
    out = io.StringIO()
    Console(file=out, width=200).print(thing)
    return out.getvalue()


def test_the_headline_says_what_for_how_many_and_where_it_stands() -> None:
    """One sentence on top."""
    assert wording.headline(card()) == "Purge hard-bounced contacts — 288 people, waiting for approval."


def test_counts_come_by_system_in_a_fixed_order() -> None:
    """Salesforce first, deeds in words."""
    assert wording.counts_lines(card()) == ["Salesforce: delete 120 · suppress 300", "SendGrid: suppress 288"]


def test_vetoes_come_by_reason_most_frequent_first() -> None:
    """A code without a sentence is still readable."""
    assert wording.veto_lines(card()) == [
        "41 × has a role in an opportunity",
        "7 × odd code",
        "2 × is under a legal hold or an open data request",
    ]


def test_opt_outs_carried_further_are_not_offered_back() -> None:
    """What a sync writes is somebody's own word elsewhere: no undo is promised that would be refused."""
    back = (Reversibility(system="marketo", op="suppress", how="inverse", note="a note."),)
    [line] = ways_back.reversibility_lines(card(header=header(tool="sync_suppressions", reversibility=back)))
    assert line == (
        "Marketo, suppress: stays for as long as the opt-out that it carries stands anywhere (a note)"
    )
    refused = card(header=header(vetoes={"own_opt_out": 45}), veto_people={"own_opt_out": 21})
    assert wording.veto_lines(refused) == [
        "45 × stays stopped: their own opt-out stands, which only their own later act takes back (21 people)"
    ]


def test_a_veto_says_how_many_people_it_holds_and_what_is_done_instead() -> None:
    """Rows are records: four records of one person are four rows and one person."""
    told = card(
        header=header(vetoes={"case": 12, "wrongly_suppressed": 8, "less_restrictive": 1}),
        veto_people={"case": 3, "wrongly_suppressed": 2, "less_restrictive": 1},
        veto_instead={"case": "suppress"},
    )
    assert wording.veto_lines(told) == [
        "12 × has a case (3 people); instead: suppress",
        "8 × has shown life since the bounces, and stays as it is (2 people)",
        "1 × ignored: less restrictive; no file, import or sync allows mail again",
    ]


def test_people_are_told_by_what_becomes_of_them() -> None:
    """Deleted, suppressed and kept, left alone: each once, and they add up."""
    given = card(fates=Fates(deleted=34, kept=37, untouched=2))
    assert wording.fates_line(given) == "Of 73 people: 34 deleted · 37 suppressed and kept · 2 left alone"
    assert "Of 73 people: 34 deleted" in printed(terminal.card(given))
    assert wording.fates_line(card()) == ""


def test_an_erasure_promises_no_way_back() -> None:
    """Our backups go with the person; a vendor's bin still holds something, and who empties it is said."""
    lines = ways_back.reversibility_lines(card(header=header(effects=frozenset({"delete", "erase"}))))
    assert lines == [
        "None: nothing of this person is kept to bring them back with",
        "Salesforce: its bin still holds the record until 7 Dec 2026, unless an administrator empties it",
    ]


def test_nothing_offers_to_undo_an_erasure() -> None:
    """The undo would be refused: it is not offered."""
    landed = card(header=header(effects=frozenset({"delete", "erase"}), state="landed"), run=landed_run())
    assert "undo" not in wording.next_step(landed)


def test_what_is_deleted_is_gone_afterwards() -> None:
    """An entry of a list that is deleted by address stands under before, not under after."""
    sample = Sample(
        system="sendgrid", object="group_suppression", record_id=None, op="delete", who="x", before={},
        after={"lists": "bounces"}, reason="",
    )  # fmt: skip
    _, [row] = wording.sample_rows(card(header=header(samples=(sample,))))
    assert row[2:] == ("delete group suppression", "lists: bounces", "gone")


def test_a_cell_of_a_table_is_wrapped_and_not_cut() -> None:
    """What stands at the end of a long cell is often the very thing that matters: a date, a system."""
    long = f"opted out of everything in SendGrid by {'x' * 60} on 2026-11-13"
    shown = printed(terminal.table(Table(title="Worst", columns=("what holds", "in"), rows=((long, 1),))))
    assert "2026-11-13" in shown
    assert "…" not in shown


def test_the_way_back_names_its_end() -> None:
    """Reversibility with dates."""
    first, second = ways_back.reversibility_lines(card())
    assert first == "Salesforce, delete: can be brought back from the recycle bin until 7 Dec 2026"
    assert second == "Marketo, delete: can only be created again, not identical (a new id)"


def test_cost_is_calls_minutes_and_share() -> None:
    """Expected vendor calls before anybody approves."""
    assert wording.cost_lines(card()) == [
        "Salesforce: about 14 calls, under a minute, under 0.1% of the day's quota",
        "Marketo: about 1 call, about 12 minutes, 13.0% of the day's quota",
    ]


def test_who_decides_counts_down_and_then_tells_who_did() -> None:
    """Pending, half way, cleared, rejected, expired, not needed."""
    assert "Needs 2 marops approvals" in wording.decision_line(card())
    half = card(approval=approval("pending", voted("approve")))
    assert "So far 1 of 2: Max" in wording.decision_line(half)
    assert "1 more approval from marops" in wording.next_step(half)
    both = card(approval=approval("cleared", voted("approve"), voted("approve", "Dana")))
    assert wording.decision_line(both).startswith("Approved by Max (22 Nov 2026 12:00 UTC) and Dana")
    no = card(approval=approval("rejected", voted("reject", "Dana", "wrong list")))
    assert "Rejected by Dana" in wording.decision_line(no)
    assert "wrong list" in wording.decision_line(no)
    assert "expired" in wording.decision_line(card(approval=approval("expired")))
    assert "No vote needed" in wording.decision_line(card(approval=None))


@pytest.mark.parametrize("state", get_args(PlanState))
def test_every_state_says_what_happens_next(state: PlanState) -> None:
    """No card leaves a person without the next step, and no placeholder is left unfilled."""
    shown = card(header=header(state=state), run=landed_run())
    assert wording.next_step(shown)
    assert "{" not in wording.next_step(shown)
    assert printed(terminal.card(shown))


def test_a_landing_says_how_many_of_how_many_and_names_the_rest() -> None:
    """Read back, not assumed; three of a reason are named and the others counted, so that each is seen."""
    shown = card(run=landed_run(), header=header(state="landed_with_residue"))
    assert (
        wording.landing_headline(shown) == "Landed 407 of 409 rows, read back from Salesforce and SendGrid."
    )
    lines = wording.landing_lines(shown)
    assert lines[0] == "Salesforce: delete 119 of 120"
    assert "failed: delete Salesforce Contact 003 — locked. Unlock it." in lines
    assert lines.count("failed: delete Salesforce Contact 003 — locked. Unlock it.") == 3
    assert lines[-2:] == ["… and 8 more of these", "… and 1 more; Details has every row"]
    assert "408" not in printed(terminal.landing(shown))


def test_progress_counts_what_is_done_and_what_went_aside() -> None:
    """Skipped, drifted and failed rows are done too, and named."""
    run = landed_run()
    assert wording.progress_line(run) == "residue: 708 of 708 rows done (5 skipped, 2 drifted, 1 failed)"
    parked = replace(run, state="parked", parked_until=NOW, attention="Marketo's daily quota is used up.")
    assert "waits until 22 Nov 2026 12:00 UTC. Marketo's daily quota" in wording.progress_line(parked)


def test_the_story_of_a_decision_fits_one_line() -> None:
    """Who, when, under which clause, and where it is now."""
    told = wording.story(card(approval=approval("rejected", voted("reject"))))
    assert told == "Max rejected 22 Nov 2026 12:00 UTC (clause over-200). Waiting for approval."


def test_samples_show_before_and_after() -> None:
    """A deleted record's after is `gone`; empty values are words."""
    columns, rows = wording.sample_rows(card())
    assert columns == ("who", "system", "change", "before", "after")
    assert rows[0] == (
        "ana@example.com",
        "Salesforce",
        "suppress Contact",
        "HasOptedOutOfEmail: no",
        "HasOptedOutOfEmail: yes",
    )
    assert rows[1][3:] == ("a: empty", "gone")


def test_an_answer_is_drawn_with_tables_quotes_and_evidence() -> None:
    """Everything an answer carries is seen."""
    answer = Answer(
        text="2,140 bounced.",
        tables=(
            Table(
                title="By class",
                columns=("class", "people"),
                rows=(("invalid", 1310), ("x" * 90, 1)),
            ),
        ),
        citations=(
            Citation(title="Bounces", heading="Hard", path="b.md", quote="Suppress first.", stale=True),
        ),
        files=(File(name="rows.csv", content=b"a"),),
        evidence=(Evidence(source="sendgrid", query="GET bounces", as_of=NOW, count=3, note="n"),),
        next_steps=("purge them",),
    )
    reply = Reply(
        outcome="answered", understood="report_bounces", answer=answer, choices=(Choice(label="A", text="a"),)
    )
    out = io.StringIO()
    terminal.show_reply(Console(file=out, width=200), reply)
    for part in (
        "2,140 bounced.",
        "1,310",
        "Bounces › Hard",
        "past its review date",
        "rows.csv",
        "GET bounces",
        "1. A",
    ):
        assert part in out.getvalue()


def test_a_reply_as_json_has_the_plan_and_its_landing() -> None:
    """Scripts read the same facts."""
    shown = card(run=landed_run(), approval=approval("cleared", voted("approve")))
    told = json.loads(terminal.as_json(Reply(outcome="planned", tool="purge_bounces", card=shown, text="t")))
    assert told["plan"]["votes"] == [{"voter": "U_MAX", "vote": "approve"}]
    assert told["plan"]["landing"]["residue"] == 12
    assert told["tool"] == "purge_bounces"
    answered = json.loads(
        terminal.as_json(Reply(outcome="answered", answer=Answer(text="x", facts={"n": 1})))
    )
    assert answered["answer"]["facts"] == {"n": 1}


def test_samples_are_masked_where_others_read_along() -> None:
    """In a channel an address keeps its first letter and its domain."""
    _, rows = wording.sample_rows(card(), clear=False)
    assert rows[0][0] == "a…@example.com"
    assert not any("ana@" in cell for row in rows for cell in row)


def test_an_undo_names_what_comes_back_as_a_new_record() -> None:
    """Marketo and SendGrid have no undelete; the card says so with numbers."""
    undo = card(
        header=header(undo_of="R-17", counts={"marketo": {"create": 43}, "salesforce": {"create": 2}})
    )
    (line,) = ways_back.not_identical_lines(undo)
    assert line.startswith("Marketo: 43 made anew from the backup, not identical (new ids, list memberships")
    assert ways_back.not_identical_lines(card()) == []
    assert "Cannot come back as it was" in printed(terminal.card(undo))
