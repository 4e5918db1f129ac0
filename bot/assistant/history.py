"""The thread so far, from and to the store. An open question keeps what it asked for, and its options."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from bot.assistant.model import PastTurn
from bot.assistant.utterance import Choice, Reply, TurnOutcome, Utterance
from bot.store import turns
from bot.store.connect import Store

REMEMBERED = 10  # turns of a thread that a planner sees
# Beside the arguments of a turn that asked or offered: no argument can be called so.
ASKED_FOR = "?"
OFFERED = "?options"

_OUTCOMES: Mapping[str, TurnOutcome] = {
    "answered": "answered",
    "planned": "planned",
    "asked": "asked",
    "declined": "declined",
    "failed": "failed",
}


def recall(store: Store, utterance: Utterance) -> tuple[PastTurn, ...]:
    """The last turns of this thread, oldest first."""
    where = utterance.thread
    with store.read() as connection:
        found = turns.recent(
            connection, surface=where.surface, channel=where.channel, thread=where.thread, limit=REMEMBERED
        )
    return tuple(_past(each) for each in found)


def remember(store: Store, utterance: Utterance, reply: Reply, asked_for: str, at: datetime) -> None:
    """Store this turn: what was said, what was called, how it ended."""
    args = {**reply.args, ASKED_FOR: asked_for} if asked_for else dict(reply.args)
    if reply.choices:
        args[OFFERED] = [[each.label, each.text] for each in reply.choices]
    said = reply.text or (
        reply.answer.text if reply.answer else reply.card.header.summary if reply.card else ""
    )
    turn = turns.Turn(
        surface=utterance.thread.surface,
        channel=utterance.thread.channel,
        thread=utterance.thread.thread,
        principal=utterance.principal.id,
        said=utterance.text,
        replied=said,
        outcome=reply.outcome,
        at=at,
        tool=reply.tool or None,
        args=args if reply.tool or reply.choices else None,
        plan_id=reply.card.header.id if reply.card else None,
    )
    with store.begin() as connection:
        turns.add(connection, turn)


def _past(turn: turns.Turn) -> PastTurn:
    args = dict(turn.args or {})
    asked_for = str(args.pop(ASKED_FOR, ""))
    offered = args.pop(OFFERED, None)
    return PastTurn(
        said=turn.said,
        tool=turn.tool or "",
        args=args,
        replied=turn.replied,
        outcome=_OUTCOMES[turn.outcome],
        plan_id=turn.plan_id or "",
        principal=turn.principal,
        asked_for=asked_for,
        choices=tuple(_choices(offered)),
    )


def _choices(kept: object) -> Iterator[Choice]:
    for each in kept if isinstance(kept, list) else ():
        yield Choice(label=str(each[0]), text=str(each[1]))
