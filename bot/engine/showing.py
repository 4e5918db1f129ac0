"""A plan's card, put together from the store at the moment it is asked for."""

from bot.engine import landing
from bot.engine.cards import ApprovalView, Fates, HandedView, PlanCard, VoteView
from bot.store import approvals, plans, reminders
from bot.store.approvals import Approval, Vote
from bot.store.connect import Connection
from bot.store.headers import StoredPlan
from bot.store.reminders import Delegation


def card(connection: Connection, plan: StoredPlan) -> PlanCard:
    """Everything a surface needs to show the plan and its story."""
    approval = approvals.of_plan(connection, plan.header.key)
    vetoed = plans.vetoed(connection, plan.header.key)
    return PlanCard(
        header=plan.header,
        requester=plan.header.principal,
        requester_name=plan.requester,
        verdict=str(plan.verdict["kind"]),
        clause=str(plan.verdict["clause"]),
        clause_text=str(plan.verdict["text"]),
        approval=_approval(approval, reminders.delegated(connection, plan.header.id)) if approval else None,
        run=landing.run_view(connection, plan.header.key),
        veto_texts={code: each.text for code, each in vetoed.items() if each.text},
        veto_people={code: each.people for code, each in vetoed.items() if each.people},
        veto_instead={code: each.instead for code, each in vetoed.items() if each.instead},
        fates=_fates(connection, plan),
        surface=plan.surface,
        channel=plan.channel,
        thread=plan.thread,
    )


def _fates(connection: Connection, plan: StoredPlan) -> Fates | None:
    """What becomes of the people of a plan that deletes some and keeps some; asked while it is decided on."""
    ops = {op for system, each in plan.header.counts.items() if system != plans.OWN for op in each}
    if plan.header.state != "pending" or not {"delete", "suppress"} <= ops:
        return None
    return Fates(*plans.fates(connection, plan.header.key))


def _approval(approval: Approval, handed: list[Delegation]) -> ApprovalView:
    return ApprovalView(
        group=approval.group,
        quorum=approval.quorum,
        clause=approval.clause,
        state=approval.state,
        expires_at=approval.expires_at,
        votes=tuple(_vote(vote) for vote in approval.votes),
        handed=tuple(_handed(each) for each in handed),
    )


def _vote(vote: Vote) -> VoteView:
    return VoteView(
        voter=vote.voter, voter_name=vote.voter_name, vote=vote.vote, reason=vote.reason, at=vote.at
    )


def _handed(given: Delegation) -> HandedView:
    return HandedView(
        giver_name=given.giver_name,
        taker=given.taker,
        taker_name=given.taker_name,
        note=given.note,
        at=given.at,
    )
