"""Editing a request: a narrower revision, a new digest, no votes carried over."""

import pytest

from tools.errors import InvalidArguments, Refused


def narrowed(**kept):
    """What to keep of a plan."""
    from bot.engine.revising import Narrowing

    return Narrowing(**kept)


def test_a_revision_supersedes_the_old_one_and_voids_its_votes(desk):
    """The new revision has its own digest and starts without votes; a click on the old card says so."""
    card = desk.plan("unsuppress", 3)
    assert desk.vote(card, "U_DANA").accepted
    new = desk.engine.revise(card.header.id, by="U_MAX", narrowing=narrowed(cap=2)).card
    assert (new.header.id, new.header.revision, new.header.people) == (card.header.id, 2, 2)
    assert new.header.digest != card.header.digest
    assert new.approval.votes == ()
    stale = desk.vote(card, "U_IVY")
    assert not stale.accepted
    assert "revision 2" in stale.text
    for voter in ("U_DANA", "U_IVY"):
        assert desk.vote(new, voter).accepted
    assert len(desk.enqueued) == 1
    from bot.store import plans

    with desk.store.read() as connection:
        assert plans.get(connection, card.header.key).header.state == "superseded"


def test_what_is_left_out_is_accounted_for(desk):
    """Excluded people appear among the vetoes, and keep their backups out of the new revision."""
    card = desk.plan("delete", 4)
    gone = frozenset({f"{1:064x}"})
    new = desk.engine.revise(card.header.id, by="U_DANA", narrowing=narrowed(exclude_subjects=gone)).card
    assert new.header.counts == {"marketo": {"delete": 3}}
    assert new.header.vetoes == {"left_out": 1}
    assert new.veto_texts == {"left_out": "left out when the request was edited"}
    assert [each.record_id for each in new.header.samples] == ["r2", "r3", "r4"]


def test_single_systems_can_be_kept(desk):
    """Only the rows of the systems named remain."""
    card = desk.call("change_others", op="delete", count=2).card
    kept = narrowed(systems=frozenset({"sendgrid"}))
    new = desk.engine.revise(card.header.id, by="U_MAX", narrowing=kept).card
    assert new.header.counts == {"sendgrid": {"delete": 2}}


def test_a_smaller_plan_is_judged_anew(desk):
    """Below the threshold the softer rule applies, and yet somebody looks at an edited request."""
    card = desk.plan("delete", 1001)
    assert card.approval.quorum == 2
    new = desk.engine.revise(card.header.id, by="U_MAX", narrowing=narrowed(cap=10)).card
    assert (new.clause, new.approval.quorum) == ("delete", 1)
    tainted = desk.plan("create", 5, tainted=True)
    assert desk.engine.revise(tainted.header.id, by="U_MAX", narrowing=narrowed(cap=1)).card.clause == (
        "untrusted-text"
    )
    over = desk.plan("create", 300, first=5000)
    edited = desk.engine.revise(over.header.id, by="U_MAX", narrowing=narrowed(cap=1)).card
    assert (edited.header.state, edited.clause) == ("pending", "edited")


def test_not_everybody_may_edit(desk):
    """People outside requester, deciders and administrators are refused, and guests always."""
    card = desk.plan("delete", 2)
    for who in ("U_ANA", "U_GUEST"):
        with pytest.raises(Refused, match="can edit"):
            desk.engine.revise(card.header.id, by=who, narrowing=narrowed(cap=1))
    assert desk.engine.card(card.header.id).header.revision == 1


def test_a_decided_request_is_not_edited(desk):
    """After the decision there is nothing to edit."""
    card = desk.plan("delete", 2)
    desk.vote(card, "U_DANA")
    with pytest.raises(Refused, match="waits for votes"):
        desk.engine.revise(card.header.id, by="U_MAX", narrowing=narrowed(cap=1))


def test_nothing_left_is_no_revision(desk):
    """An edit that leaves no row is refused, and the request waits as before."""
    card = desk.plan("delete", 2)
    with pytest.raises(InvalidArguments, match="Nothing would be left"):
        desk.engine.revise(card.header.id, by="U_MAX", narrowing=narrowed(cap=0))
    assert desk.engine.card(card.header.id).header.state == "pending"
    assert desk.count("plans") == 1


def test_a_denied_revision_leaves_the_old_one_waiting(desk, desk_with):
    """When the policy has come to deny it, the edit is refused and nothing is superseded."""
    card = desk.plan("delete", 2)
    freeze = """
        [[rule]]
        id = "freeze"
        when = { effects = ["delete"] }
        verdict = { deny = "Not today." }
    """
    with pytest.raises(Refused, match="Not today"):
        desk_with(freeze).engine.revise(card.header.id, by="U_MAX", narrowing=narrowed(cap=1))
    assert desk.engine.card(card.header.id).header.state == "pending"
    assert desk.count("plans") == 1


def test_two_edits_at_once_make_one_revision(desk):
    """The second editor is told that it was changed meanwhile."""
    from concurrent.futures import ThreadPoolExecutor

    card = desk.plan("delete", 5)

    def edit(cap):
        try:
            return desk.engine.revise(card.header.id, by="U_MAX", narrowing=narrowed(cap=cap)).card
        except Refused as error:
            return error.sentence()

    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(edit, (1, 2, 3, 4)))
    newest = desk.engine.card(card.header.id)
    assert sum(not isinstance(each, str) for each in made) == newest.header.revision - 1
    assert newest.header.state == "pending"
    assert desk.vote(newest, "U_DANA").accepted
    assert len(desk.enqueued) == 1
