"""Reading back: requests, opened plans, rows as a file, the audit by name, stopping, and forgetting."""

import csv
import io
from datetime import timedelta

import pytest

from tools.errors import InvalidArguments, Refused


def records(desk, user):
    """Our own records as a tool of this person gets them."""
    from bot.engine.records import OurRecords

    return OurRecords(
        store=desk.store,
        directory=desk,
        systems={},
        clock=desk.clock,
        asker=desk.principal(user),
    )


def rows_of(file):
    """A CSV file as dictionaries."""
    return list(csv.DictReader(io.StringIO(file.content.decode("utf-8-sig"))))


def test_requests_are_listed_newest_first_with_what_they_wait_on(desk):
    """Waiting ones name group and number, and say so to those who may vote."""
    desk.plan("create", 1)
    two = desk.plan("unsuppress", 1)
    desk.vote(two, "U_DANA")
    one = desk.plan("delete", 1)
    found = records(desk, "U_IVY").requests(status=None, asker="U_IVY")
    assert [(each.plan, each.state, each.waits_on, each.run) for each in found] == [
        (one.header.id, "pending", "1 of marops, you may vote", ""),
        (two.header.id, "pending", "1 of marops, you may vote", ""),
        ("P-1001", "cleared", "", "R-1"),
    ]
    for who in ("U_MAX", "U_ANA"):
        waits = [each.waits_on for each in records(desk, who).requests(status="waiting", asker=who)]
        assert waits == ["1 of marops", "1 of marops"]
    mine = records(desk, "U_MAX").requests(status="waiting", asker="U_DANA")
    assert [each.waits_on for each in mine] == ["1 of marops, you may vote", "1 of marops"]
    assert [each.plan for each in records(desk, "U_IVY").requests(status="cleared", asker="U_IVY")] == [
        "P-1001"
    ]
    assert records(desk, "U_IVY").requests(status="landed", asker="U_IVY") == []


def test_one_persons_requests_can_be_picked_out(desk):
    """Newest first, of that requester alone and at most so many; superseded revisions are no requests."""
    from bot.engine.revising import Narrowing
    from bot.store import plans

    own = [desk.plan("update", 2, by="U_ANA").header.id for _ in range(3)]
    desk.plan("update", 1)
    desk.engine.revise(own[2], by="U_ANA", narrowing=Narrowing(cap=1))
    with desk.store.read() as connection:
        found = plans.requests(connection, states=None, principal="U_ANA", limit=2)
    assert [(each.header.id, each.header.revision) for each in found] == [(own[2], 2), (own[1], 1)]


def test_an_opened_plan_tells_its_story(desk):
    """Counts, clause, votes, run and samples, by plan id or run id, in any case of letters."""
    card = desk.plan("delete", 2)
    desk.vote(card, "U_DANA")
    view = records(desk, "U_MAX").plan(card.header.id.lower())
    assert (view.plan, view.state) == (card.header.id, "cleared")
    assert "Asked by Max" in view.text
    assert "Clause delete" in view.text
    assert "R-1, queued" in view.text
    assert view.facts == {"people": 2, "rows": 2, "left_alone": 0, "run": "R-1"}
    tables = {title: rows for title, _, rows in view.tables}
    assert tables["What it changes"] == (("marketo", "delete", 2),)
    assert tables["Votes"][0][:2] == ("Dana", "approve")
    assert tables["Rows of the run"] == (("waiting", 2),)
    assert tables["Some of its rows"][0][0] == "p1@example.com"
    assert records(desk, "U_MAX").plan("r-1").plan == card.header.id
    with pytest.raises(InvalidArguments, match="no such request or run"):
        records(desk, "U_MAX").plan("P-9")


def test_people_in_a_plan_are_shown_to_those_concerned(desk):
    """A bystander sees counts and clause, never an address; requester, deciders and admins see samples."""
    card = desk.plan("delete", 2, by="U_ANA")
    for who in ("U_ANA", "U_MAX", "U_IVY"):
        assert "example.com" in repr(records(desk, who).plan(card.header.id))
    desk.groups["U_MAX"] = set()
    hidden = records(desk, "U_MAX").plan(card.header.id)
    assert "example.com" not in repr(hidden)
    assert "shown to its requester" in hidden.text
    assert "0 of 1 approvals" in hidden.text


def test_a_landing_is_part_of_the_story(desk):
    """What did not land is listed with what to do."""
    from bot.store import runs

    card = desk.plan("delete", 1)
    run = desk.vote(card, "U_DANA").card.run
    landing = {
        "at": "2026-11-22T12:00:00Z",
        "landed": {"marketo": {"delete": 0}},
        "planned": {"marketo": {"delete": 1}},
        "residue": [
            {
                "seq": 1, "system": "marketo", "object": "lead", "record_id": "r1", "op": "delete",
                "state": "failed", "why": "locked", "what_to_do": "Unlock it.",
            }
        ],
        "residue_count": 1,
    }  # fmt: skip
    with desk.store.begin() as connection:
        runs.change(connection, run.id, state="residue", landing=landing)
    tables = {title: rows for title, _, rows in records(desk, "U_MAX").plan(run.id).tables}
    assert tables["What did not land"] == (("marketo", "delete lead", "r1", "locked", "Unlock it."),)


def test_all_rows_come_as_a_file_to_those_concerned(desk):
    """Every row with person, before and after, in order; bystanders and guests are refused."""
    card = desk.plan("update", 3, by="U_ANA")
    for asker in ("U_ANA", "U_MAX", desk.principal("U_IVY")):
        found = rows_of(desk.engine.rows_csv(card.header.id, asker=asker))
        assert [each["person"] for each in found] == [f"p{n}@example.com" for n in (1, 2, 3)]
    assert (found[0]["before"], found[0]["after"]) == ('{"title": "VP"}', '{"title": "CMO"}')
    assert (found[0]["what happens"], found[0]["record"], found[0]["row"]) == ("update", "r1", "1")
    assert desk.engine.rows_csv(card.header.id, asker="U_ANA").name == "P-1001-revision-1.csv"
    desk.groups["U_DANA"] = set()
    for asker in ("U_DANA", "U_GUEST", "U_NOBODY"):
        with pytest.raises(Refused, match="for its requester"):
            desk.engine.rows_csv(card.header.id, asker=asker)


def test_what_was_left_out_is_in_the_file(desk):
    """Vetoed rows follow with their reason."""
    from bot.engine.revising import Narrowing

    card = desk.plan("delete", 2)
    desk.engine.revise(card.header.id, by="U_MAX", narrowing=Narrowing(cap=1))
    last = rows_of(desk.engine.rows_csv(card.header.id, asker="U_MAX"))[-1]
    assert (last["what happens"], last["record"]) == ("no delete", "r2")
    assert last["reason"] == "left out when the request was edited."


def test_the_audit_is_searched_by_name_or_id(desk):
    """Max is found by name, by handle and by id; people outside every group by what they asked for."""
    desk.plan("update", 1, by="U_MAX")
    desk.plan("update", 1, by="U_ANA")
    ours = records(desk, "U_IVY")

    def actors(who):
        return {each.actor for each in ours.audit(who=who, what="plan.proposed", since=None, until=None)}

    assert [actors(who) for who in ("max", "@Max", "u_max", "Ana")] == [
        {"U_MAX"},
        {"U_MAX"},
        {"U_MAX"},
        {"U_ANA"},
    ]
    assert actors("Nobody") == set()
    everything = ours.audit(who="", what="change_people", since=None, until=None)
    assert {each.name for each in everything} == {"plan.proposed"}
    assert everything[0].data["people"] == 1
    desk.groups.pop("U_ANA")
    assert actors("ana") == {"U_ANA"}


def test_undo_and_tombstones_are_reached_through_the_records(desk):
    """Undo of what never ran is refused in words; a subject we never purged has no tombstone."""
    ours = records(desk, "U_MAX")
    with pytest.raises((InvalidArguments, Refused)):
        ours.undo("R-99")
    assert ours.tombstoned(["a" * 64]) == frozenset()


def test_stopping_raises_the_flag_for_those_who_may(desk):
    """The requester, MarOps and administrators stop a run; others and guests are refused."""
    from bot.store import runs

    card = desk.plan("delete", 1, by="U_ANA")
    run = desk.vote(card, "U_DANA").card.run
    for who in ("U_GUEST", "U_NOBODY"):
        with pytest.raises(Refused, match="can stop this"):
            desk.engine.stop(run.id, by=who)
    with pytest.raises(Refused):
        desk.engine.stop(None, by="U_ANA")
    with pytest.raises(InvalidArguments, match="no such run"):
        desk.engine.stop("R-77", by="U_MAX")
    assert run.id in desk.engine.stop(card.header.id, by="U_ANA")
    with desk.store.read() as connection:
        assert runs.get(connection, run.id).stop_requested
    assert "not running" in desk.engine.stop(run.id, by="U_MAX")
    assert "Nothing is running" in desk.engine.stop(None, by="U_MAX")
    assert [each.about for each in desk.events("run.stop_requested")] == [run.id]


def test_stopping_everything_stops_every_run(desk):
    """One sentence names them all."""
    for _ in range(3):
        desk.plan("create", 1)
    assert desk.engine.stop(None, by="U_IVY").startswith("Stopping R-1, R-2, R-3")


def test_the_sweep_forgets_what_is_past_its_time(desk):
    """After ninety days a plan keeps counts and digest, but no person; abandoned drafts go."""
    from bot.store import drafts, plans

    card = desk.plan("update", 2)
    with desk.store.begin() as connection:
        opening = drafts.Opening(
            tool="t", args={}, principal="U_MAX", requester="Max", agent=None, said="", summary="",
            evidence=(), policy_version=1, undo_of="", surface="terminal", channel="", thread="",
        )  # fmt: skip
        drafts.open_draft(connection, opening, now=desk.clock.now())
    assert desk.engine.sweep().drafts == 0
    desk.clock.sleep(timedelta(days=91).total_seconds())
    swept = desk.engine.sweep()
    assert (swept.emptied, swept.drafts) == (1, 1)
    assert (desk.count("backups"), desk.count("plans")) == (0, 1)
    old = desk.engine.card(card.header.id).header
    assert (old.samples, old.args, old.digest) == ((), {}, card.header.digest)
    with desk.store.read() as connection:
        assert [dict(each.set) for each in plans.rows(connection, old.key)] == [{}, {}]
    assert desk.engine.sweep().emptied == 0


def test_a_person_can_be_forgotten(desk):
    """Rows, backups and samples of that person are emptied everywhere, and of nobody else."""
    from bot.engine import audit
    from bot.store import retention

    card = desk.plan("update", 3)
    with desk.store.begin() as connection:
        assert retention.forget_people(connection, [f"{2:064x}"]) == 1
    shown = [each.who for each in desk.engine.card(card.header.id).header.samples]
    assert shown == ["p1@example.com", "p3@example.com"]
    found = rows_of(desk.engine.rows_csv(card.header.id, asker="U_MAX"))
    assert [each["person"] for each in found] == ["p1@example.com", "r2", "p3@example.com"]
    assert desk.count("backups") == 2
    with desk.store.read() as connection:
        assert audit.verify(connection).ok


def test_requests_made_since_a_moment_are_streamed(desk):
    """Every completed plan since then, oldest first, with the facts it was judged by."""
    from bot.engine.verdicts import facts_of
    from bot.store import plans

    start = desk.clock.now()
    desk.plan("update", 1)
    desk.clock.sleep(60)
    desk.plan("delete", 2)
    with desk.store.read() as connection:
        found = list(plans.since(connection, start))
        later = list(plans.since(connection, start + timedelta(seconds=30)))
    assert [each.header.tool for each in found] == ["change_people", "change_people"]
    assert [facts_of(each.verdict["facts"]).people for each in later] == [2]
