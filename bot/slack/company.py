"""Which threads are ours: those of a conversation with us, and those under a card of ours."""

from dataclasses import replace

from bot.slack.parts import Parts
from bot.slack.thread import Heard
from bot.store import turns

LOOKED_AT = 50  # exchanges of a thread that say who talks with us there


class Company:
    """Answers who talks with us where, from the store, so that a restart forgets nothing."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def joined(self, heard: Heard) -> Heard:
        """The same, in the conversation that a card of ours belongs to when it is said under that card."""
        plan = self._parts.cards.plan_at(heard.thread.channel, heard.reply_in) if heard.reply_in else None
        if plan is None:
            return heard
        shown = self._parts.engine.card(plan)
        if shown.channel != heard.thread.channel:
            return heard
        return replace(heard, thread=replace(heard.thread, thread=shown.thread))

    def talks_with(self, heard: Heard) -> bool:
        """Whether this person has talked with us in this thread; others there talk to each other."""
        ongoing = self._parts.live.going(heard.thread.channel, heard.thread.thread)
        if ongoing is not None and ongoing.heard.user == heard.user:
            return True
        with self._parts.store.read() as connection:
            told = turns.recent(
                connection,
                surface=heard.thread.surface,
                channel=heard.thread.channel,
                thread=heard.thread.thread,
                limit=LOOKED_AT,
            )
        return any(turn.principal == heard.user for turn in told)
