"""A run on its way, for people who watch: a bar, and the steps it takes."""

from collections.abc import Mapping
from typing import Literal, TypeAlias

from bot import wording
from bot.engine.cards import PlanCard, RunView

State: TypeAlias = Literal["complete", "in_progress", "pending", "error"]
Step: TypeAlias = tuple[str, State]
SQUARES = 20


def bar(run: RunView) -> str:
    """How far the rows are: `▓▓▓▓▓▓▓▓░░░░░░░░░░░░ 40%`."""
    share = run.done / run.total if run.total else 1.0
    full = int(SQUARES * share)
    return f"{'▓' * full}{'░' * (SQUARES - full)} {share:.0%}"


def steps(card: PlanCard) -> list[Step]:
    """A run in three steps as people follow it: cleared, changes sent, everything read back."""
    run = card.run
    if run is None or run.state not in _SENDING:
        return []
    sending, reading = _SENDING[run.state]
    sent = f"Send the changes: {run.done:,} of {wording.count(run.total, 'row')}"
    return [
        (f"Cleared (clause {card.clause})", "complete"),
        (sent, sending),
        ("Read everything back", reading),
    ]


_SENDING: Mapping[str, tuple[State, State]] = {
    "queued": ("pending", "pending"),
    "running": ("in_progress", "pending"),
    "parked": ("in_progress", "pending"),
    "verifying": ("complete", "in_progress"),
    "needs_attention": ("error", "pending"),
}
