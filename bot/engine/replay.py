"""What another policy would have said: recent plans judged again by the facts that were kept with them."""

from collections.abc import Iterable
from dataclasses import dataclass

from bot.engine.policy import Policy
from bot.engine.verdicts import Allow, Deny, Facts, Verdict, facts_of
from bot.store.headers import StoredPlan


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One plan that would have been decided differently: under which clause then, and under which now."""

    plan: str
    summary: str
    was: str
    would_be: str
    clause_was: str
    clause_would_be: str


def replay(plans: Iterable[StoredPlan], *, current: Policy, other: Policy) -> list[Difference]:
    """The plans on which the two policies differ, in the order given."""
    return [found for plan in plans if (found := _compare(plan, current, other)) is not None]


def _compare(plan: StoredPlan, current: Policy, other: Policy) -> Difference | None:
    facts: Facts = facts_of(plan.verdict["facts"])
    was, would_be = current.judge(facts), other.judge(facts)
    if in_words(was) == in_words(would_be):
        return None
    return Difference(
        plan=plan.header.id,
        summary=plan.header.summary,
        was=in_words(was),
        would_be=in_words(would_be),
        clause_was=was.clause,
        clause_would_be=would_be.clause,
    )


def in_words(verdict: Verdict) -> str:
    """A verdict in a few words."""
    if isinstance(verdict, Allow):
        return "allowed"
    if isinstance(verdict, Deny):
        return "refused"
    votes = "vote" if verdict.quorum == 1 else "votes"
    return f"{verdict.quorum} {votes} of {verdict.group}"
