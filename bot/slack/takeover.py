"""Turns that outlive a process: begun once, taken up again when a worker died in the middle, answered once.

A turn leaves three traces: its ids are noted when it begins, its plan is stored where it leads to one, and
the answer is noted just before it is shown. A worker that takes a request up again reads them. What is not
told twice may, for the moment between that note and Slack's acknowledgement, not be told at all.
"""

import logging

from bot.assistant.text import plain
from bot.slack.held import Held
from bot.slack.parts import Parts
from bot.slack.thread import Heard, under
from bot.slack.views.pieces import words
from bot.store import seen, taking_up

MOST = 5  # workers that try a request; perhaps it is what ends them
GIVEN_UP = (
    "I was cut off {} times while I worked on “{}”, and leave it now. "
    "Ask for less at a time, or tell whoever runs me."
)
STOPS = frozenset(
    {"stop", "stop it", "stop that", "stop this", "cancel", "cancel it", "cancel that", "abort"}
)

log = logging.getLogger(__name__)


def is_stop(text: str) -> bool:
    """Whether these words, said while something is under way, end it."""
    return plain(text).text.strip(" .!").casefold() in STOPS


class Takeover:
    """Says which turns begin, and which answers are told."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def first(self, heard: Heard) -> bool:
        """Whether none of the ids of this message was seen before; they are from now on."""
        with self._parts.store.begin() as connection:
            now = self._parts.store.now(connection)
            new = [seen.first_time(connection, each, now=now) for each in heard.seen_as]
        return all(new)

    def begins(self, heard: Heard, held: Held) -> bool:
        """Whether there is something to be done about this message here."""
        if self.first(heard):
            return True
        return held.takes > 1 and self._was_cut_off(heard) and self._may_try(heard, held)

    def answers(self, heard: Heard) -> bool:
        """Whether nobody has answered it; from now on somebody has."""
        with self._parts.store.begin() as connection:
            return seen.first_time(connection, _answered(heard), now=self._parts.store.now(connection))

    def _was_cut_off(self, heard: Heard) -> bool:
        where = heard.thread
        with self._parts.store.read() as connection:
            begun = taking_up.heard_at(connection, heard.seen_as[-1])
            if begun is None or seen.known(connection, _answered(heard)):
                return False
            plan = taking_up.plan_of(
                connection,
                surface=where.surface,
                channel=where.channel,
                thread=under(where.thread),
                principal=heard.user,
                said=plain(heard.text).text,
                since=begun,
            )
        if plan:  # its card is all there is to say
            self._parts.cards.show(plan)
        return not plan

    def _may_try(self, heard: Heard, held: Held) -> bool:
        log.warning("a request is taken up by worker number %s", held.takes)
        if held.takes <= MOST:
            return True
        if self.answers(heard):
            told = words(GIVEN_UP.format(held.takes - 1, plain(heard.text).text[:200]))
            if heard.only_to:
                self._parts.poster.whisper(heard.thread.channel, heard.only_to, told)
            else:
                self._parts.poster.post(heard.thread.channel, told, under=heard.reply_in)
        return False


def _answered(heard: Heard) -> str:
    return f"{heard.seen_as[-1]}:answered"
