"""A message that somebody deleted: what was asked with it stands, and that is said where it was asked."""

from collections.abc import Mapping
from typing import Any

from bot.engine import audit
from bot.slack.parts import Parts
from bot.slack.thread import SURFACE
from bot.slack.views.pieces import words
from bot.store import turns

Json = Mapping[str, Any]


class Erased:
    """Notes deleted messages that requests came from. Nothing is withdrawn by it."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def note(self, event: Json) -> None:
        """Look at what was deleted, in the background."""
        before = event.get("previous_message") or {}
        if before.get("bot_id") or not before.get("user"):
            return
        channel = str(event["channel"])
        root = str(before.get("thread_ts") or event.get("deleted_ts") or "")
        failed = self._parts.failed(channel, str(before["user"]), under=root)
        self._parts.work.submit(lambda: self._note(channel, root, str(before["user"])), failed=failed)

    def _note(self, channel: str, root: str, user: str) -> None:
        with self._parts.store.read() as connection:
            told = turns.recent(connection, surface=SURFACE, channel=channel, thread=root, limit=50)
        mine = dict.fromkeys(turn.plan_id for turn in told if turn.plan_id and turn.principal == user)
        waiting = [each for each in mine if self._parts.engine.card(each).header.state == "pending"]
        for plan in waiting:
            with self._parts.store.begin() as connection:
                now = self._parts.clock.now()
                audit.record(
                    connection,
                    name="message.deleted",
                    actor=user,
                    about=plan,
                    data={"channel": channel},
                    now=now,
                )
            said = f"A message of this thread was deleted. {plan} still waits; its asker can withdraw it."
            self._parts.poster.post(channel, words(said), under=root)
