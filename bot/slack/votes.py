"""Votes from Slack: the click names plan and digest, the engine decides, the clicker alone hears why not."""

from dataclasses import dataclass
from typing import Literal

from bot.slack.ids import PlanRef
from bot.slack.parts import Parts
from bot.slack.views.pieces import words


@dataclass(frozen=True, slots=True, kw_only=True)
class Click:
    """Who clicked, on the card of which plan, where."""

    user: str
    plan: PlanRef
    channel: str
    under: str


class Votes:
    """Counts clicks. The same click twice, late, or on an old card is the engine's to refuse."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def cast(self, click: Click, vote: Literal["approve", "reject"], reason: str = "") -> None:
        """Vote soon; the card is rendered anew whatever came of it."""
        failed = self._parts.failed(click.channel, click.user, under=click.under)
        self._parts.work.submit(lambda: self._cast(click, vote, reason), failed=failed)

    def _cast(self, click: Click, vote: Literal["approve", "reject"], reason: str) -> None:
        engine = self._parts.engine
        if vote == "reject" and engine.card(click.plan.plan_id).requester == click.user:
            result = engine.withdraw(click.plan.plan_id, by=click.user)
        else:
            result = engine.vote(
                click.plan.plan_id,
                digest_prefix=click.plan.digest_prefix,
                voter=click.user,
                vote=vote,
                reason=reason,
            )
        if not result.accepted:
            self._parts.poster.whisper(click.channel, click.user, words(result.text), under=click.under)
        self._parts.cards.show(click.plan.plan_id)
