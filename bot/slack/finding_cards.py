"""Findings, where the policy says, else to the administrator: one card a cause, kept true in place."""

import os
import uuid

from bot.engine.findings import SURFACE
from bot.slack.parts import Parts
from bot.slack.views.finding import finding
from bot.slack.views.pieces import Message
from bot.store import findings, outbox
from bot.store.findings import Kept
from tools.errors import NeedsAttention


class FindingCards:
    """Rounds over what was found or settled. Safe in several processes: a notice is taken by one."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._by = f"findings-{os.getpid()}-{uuid.uuid4().hex[:6]}"

    def round(self) -> int:
        """Show what is new; how many cards were posted or brought up to date."""
        store = self._parts.store
        with store.begin() as connection:
            notices = outbox.claim(connection, surface=SURFACE, by=self._by, now=store.now(connection))
        shown = sum(self._show(key) for key in dict.fromkeys(each.plan_id for each in notices))
        with store.begin() as connection:
            outbox.done(connection, [each.key for each in notices], store.now(connection))
        return shown

    def _show(self, key: str) -> bool:
        with self._parts.store.read() as connection:
            kept = findings.get(connection, key)
        if kept is None:
            return False
        card = finding(kept, self._parts.clock.now())
        if kept.message and self._parts.poster.update(kept.channel, kept.message, card):
            return True
        return self._post(kept, card)

    def _post(self, kept: Kept, card: Message) -> bool:
        """A new card, where it is to be seen. Nobody to show it to: it stays on the board alone."""
        channel = self._parts.engine.policy.findings or self._direct()
        if not channel:
            return False
        try:
            at = self._parts.poster.post(channel, card)
        except NeedsAttention:  # we are not in that channel: somebody must still see it
            channel = self._direct()
            if not channel:
                raise
            at = self._parts.poster.post(channel, card)
        with self._parts.store.begin() as connection:
            findings.place(connection, kept.id, channel=channel, message=at)
        return True

    def _direct(self) -> str:
        reader = self._parts.engine.policy.installer
        known = self._parts.directory.known(reader) if reader else None
        return self._parts.poster.direct(reader) if known and known.roles else ""
