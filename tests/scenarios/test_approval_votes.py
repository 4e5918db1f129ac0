"""Votes: who may decide, whose click counts, and what a counted click brings about."""

import pytest

from tools.errors import InvalidArguments


def test_the_vote_that_completes_the_quorum_clears_and_queues_one_run(desk):
    """One approval of somebody else in the group mints a clearance for the digest and opens one run."""
    card = desk.plan("delete", 3)
    assert (card.header.state, card.approval.quorum, desk.enqueued) == ("pending", 1, [])
    result = desk.vote(card, "U_DANA")
    assert result.accepted
    assert result.card.header.state == "cleared"
    assert result.card.run.state == "queued"
    assert desk.enqueued == [result.card.run.id]
    assert result.card.run.rows == {"waiting": 3}
    assert [vote.voter for vote in result.card.approval.votes] == ["U_DANA"]
    assert desk.notices() == ["plan.pending", "plan.cleared"]


def test_the_requester_cannot_approve_and_is_told_the_clause(desk):
    """Self-approval is refused with the rule that asked for the vote, and audited."""
    card = desk.plan("delete", 3)
    result = desk.vote(card, "U_MAX")
    assert not result.accepted
    assert "You asked for this yourself" in result.text
    assert "(clause delete)" in result.text
    assert (result.card.header.state, desk.count("votes"), desk.enqueued) == ("pending", 0, [])
    assert [each.data["clause"] for each in desk.events("plan.vote_refused")] == ["delete"]


@pytest.mark.parametrize(
    ("voter", "sentence"),
    [
        ("U_GUEST", "no vote"),
        ("U_NOBODY", "no vote"),
        ("U_ANA", "Only marops decides"),
    ],
)
def test_who_is_not_in_the_group_has_no_vote(desk, voter, sentence):
    """Guests, strangers and people outside the group are refused, each with a sentence."""
    card = desk.plan("delete", 1)
    result = desk.vote(card, voter)
    assert not result.accepted
    assert sentence in result.text
    assert desk.enqueued == []


def test_membership_counts_at_the_moment_of_the_vote(desk):
    """Somebody who has left the group since the card was posted cannot vote any more."""
    card = desk.plan("delete", 1)
    desk.groups["U_DANA"] = set()
    assert not desk.vote(card, "U_DANA").accepted
    desk.groups["U_ANA"] = {"marops"}
    assert desk.vote(card, "U_ANA").accepted


def test_an_agents_owner_cannot_approve_what_it_proposes(desk):
    """The owner stands behind the agent's plan as a requester does."""
    from tools.context import Principal

    agent = Principal(id="agent:tidy", name="Tidy", roles=frozenset({"marops"}), kind="agent")
    card = desk.plan("create", 1, principal=agent, owner="U_DANA")
    assert card.clause == "agents-propose"
    refused = desk.vote(card, "U_DANA")
    assert not refused.accepted
    assert "an agent of yours" in refused.text
    assert desk.vote(card, "U_IVY").accepted


def test_two_people_are_two_votes(desk):
    """Lowering consent needs two; one person clicking twice is one."""
    card = desk.plan("update", 1, opt_in=True)
    assert (card.clause, card.approval.quorum) == ("consent-lowered", 2)
    first = desk.vote(card, "U_DANA")
    assert first.accepted
    assert "1 more of marops" in first.text
    again = desk.vote(card, "U_DANA")
    assert not again.accepted
    assert "voted on this already" in again.text
    assert desk.enqueued == []
    assert desk.vote(card, "U_IVY").card.header.state == "cleared"
    assert len(desk.enqueued) == 1
    assert desk.notices() == ["plan.pending", "plan.voted", "plan.cleared"]


def test_one_rejection_ends_it_with_its_reason(desk):
    """Rejecting needs no quorum, and a later approval is told so."""
    card = desk.plan("delete", 2)
    result = desk.vote(card, "U_DANA", "reject", reason="wrong list")
    assert result.accepted
    assert result.card.header.state == "rejected"
    assert result.card.approval.votes[0].reason == "wrong list"
    late = desk.vote(card, "U_IVY")
    assert not late.accepted
    assert "rejected already" in late.text
    assert (desk.count("clearances"), desk.enqueued) == (0, [])


def test_who_has_approved_may_still_reject(desk):
    """A second thought before the quorum is complete turns the vote round."""
    card = desk.plan("update", 1, opt_in=True)
    assert desk.vote(card, "U_DANA").accepted
    result = desk.vote(card, "U_DANA", "reject", reason="on second thoughts")
    assert result.accepted
    assert [vote.vote for vote in result.card.approval.votes] == ["reject"]


def test_a_cleared_plan_takes_no_more_votes(desk):
    """Neither approval nor rejection counts after the decision."""
    card = desk.plan("delete", 1)
    assert desk.vote(card, "U_DANA").accepted
    for vote in ("approve", "reject"):
        late = desk.vote(card, "U_IVY", vote)
        assert not late.accepted
        assert "approved already" in late.text
    assert len(desk.enqueued) == 1


def test_an_expired_request_counts_no_vote_even_if_nobody_swept(desk):
    """The database's clock decides; the late click ends the request and the thread is told."""
    card = desk.plan("delete", 1)
    desk.let_expire(card)
    late = desk.vote(card, "U_DANA")
    assert not late.accepted
    assert "expired" in late.text
    assert late.card.header.state == "expired"
    assert late.card.approval.state == "expired"
    assert desk.notices() == ["plan.pending", "plan.expired"]
    assert desk.enqueued == []


def test_the_sweep_ends_what_is_past_its_time(desk):
    """Expiry is announced once, and only for requests that still waited."""
    late, decided, waiting = desk.plan("delete", 1), desk.plan("delete", 1), desk.plan("delete", 1)
    desk.vote(decided, "U_DANA")
    desk.let_expire(late)
    desk.let_expire(decided)
    assert desk.engine.sweep().expired == 1
    assert desk.engine.sweep().expired == 0
    states = [desk.engine.card(each.header.id).header.state for each in (late, decided, waiting)]
    assert states == ["expired", "cleared", "pending"]
    assert desk.notices().count("plan.expired") == 1


@pytest.mark.parametrize("prefix", ["", "0123", "zzzzzzzzzzzz", "deadbeefdead", "%" * 12])
def test_a_click_must_name_the_digest_it_saw(desk, prefix):
    """A short, malformed or different digest decides nothing."""
    card = desk.plan("delete", 1)
    result = desk.engine.vote(card.header.id, digest_prefix=prefix, voter="U_DANA", vote="approve")
    assert not result.accepted
    assert "same-revision" in result.text
    assert desk.enqueued == []


def test_a_digest_that_was_changed_in_the_store_decides_nothing(desk):
    """The approval holds the digest it was opened for; a plan that no longer has it cannot be cleared."""
    from sqlalchemy import update

    from bot.store.tables import plans

    card = desk.plan("delete", 1)
    forged = "f" * 64
    with desk.store.begin() as connection:
        connection.execute(update(plans).values(digest=forged))
    result = desk.vote(card, "U_DANA", prefix=forged[:12])
    assert not result.accepted
    assert (desk.count("clearances"), desk.count("votes"), desk.enqueued) == (0, 0, [])


@pytest.mark.parametrize(
    "stricter",
    [
        'verdict = { approve = "marops", quorum = 2 }',
        'verdict = { approve = "admin" }',
        'verdict = { deny = "Nothing is deleted any more." }',
    ],
)
def test_a_policy_that_became_stricter_sets_waiting_requests_aside(desk, desk_with, stricter):
    """Votes under the old rule do not clear what today's rule asks more for; asking anew is what is left."""
    card = desk.plan("delete", 1)
    rule = f'[[rule]]\nid = "delete"\nwhen = {{ effects = ["delete"] }}\n{stricter}'
    later = desk_with(rule)
    result = later.vote(card, "U_DANA")
    assert not result.accepted
    assert "asked again" in result.text
    assert (result.card.header.state, later.enqueued) == ("stale", [])
    assert later.notices() == ["plan.pending", "plan.stale"]
    assert "asked again" in later.vote(card, "U_IVY").text
    assert later.notices() == []


def test_a_policy_that_became_milder_changes_nothing_for_waiting_requests(desk, desk_with):
    """What was asked under two votes is still decided by two; rejecting is always possible."""
    card = desk.plan("unsuppress", 1)
    milder = desk_with("""
        [[rule]]
        id = "consent-lowered"
        when = { effects = ["consent_lowered"] }
        verdict = { approve = "marops", quorum = 1 }
    """)
    assert milder.vote(card, "U_DANA").card.header.state == "pending"
    assert milder.vote(card, "U_IVY", "reject").card.header.state == "rejected"


def test_the_requester_withdraws_and_nobody_else(desk):
    """Withdrawing ends a waiting request; a decided one is past it."""
    card = desk.plan("delete", 1)
    assert not desk.engine.withdraw(card.header.id, by="U_DANA").accepted
    result = desk.engine.withdraw(card.header.id, by="U_MAX")
    assert result.accepted
    assert result.card.header.state == "withdrawn"
    assert not desk.vote(card, "U_DANA").accepted
    again = desk.engine.withdraw(card.header.id, by="U_MAX")
    assert not again.accepted
    assert "withdrawn" in again.text
    running = desk.plan("delete", 1)
    desk.vote(running, "U_DANA")
    late = desk.engine.withdraw(running.header.id, by="U_MAX")
    assert not late.accepted
    assert "stop" in late.text


def test_a_request_that_needed_no_vote_takes_none(desk):
    """What policy allowed is cleared already; a vote and a withdrawal say so."""
    card = desk.plan("create", 1)
    assert card.header.state == "cleared"
    assert "Nobody has to vote" in desk.vote(card, "U_DANA").text
    assert not desk.engine.withdraw(card.header.id, by="U_MAX").accepted


def test_unknown_requests_are_named(desk):
    """A vote, a withdrawal and a card of a plan that does not exist raise what the person can repair."""
    for act in (
        lambda: desk.engine.card("P-9"),
        lambda: desk.engine.withdraw("P-9", by="U_MAX"),
        lambda: desk.engine.vote("P-9", digest_prefix="0" * 12, voter="U_DANA", vote="approve"),
    ):
        with pytest.raises(InvalidArguments, match="no such request"):
            act()


def test_a_clearance_that_cannot_be_queued_is_not_given(desk):
    """Vote, clearance, run and queue entry are one transaction: none without the others."""
    card = desk.plan("delete", 1)

    def broken(connection, run_id):
        raise ConnectionError("queue")

    desk.engine._approvals._enqueue = broken
    with pytest.raises(ConnectionError):
        desk.vote(card, "U_DANA")
    assert desk.engine.card(card.header.id).header.state == "pending"
    assert (desk.count("votes"), desk.count("clearances"), desk.count("runs")) == (0, 0, 0)
