"""News from the store to the threads: cards are brought up to date, endings get a message of their own.

A notice is done once it was told; a process that dies leaves its notices to the next one after a minute.
"""

import logging
import os
import threading
import uuid
from collections.abc import Callable, Mapping, Sequence
from itertools import groupby

from slack_sdk.errors import SlackApiError, SlackClientError

from bot.engine.cards import PlanCard
from bot.slack.cards import Cards
from bot.slack.chores import Chores
from bot.slack.live import Live, Status
from bot.slack.post import Poster
from bot.slack.thread import SURFACE
from bot.slack.views.landing import ended, halted, landing, revised
from bot.slack.views.pieces import Message
from bot.store import outbox, seen
from bot.store.connect import Store
from bot.store.outbox import Notice
from tools.errors import ClearanceError
from tools.ports import Clock

EVERY = 0.5  # seconds between looks

TOLD: Mapping[str, Callable[[PlanCard], Message]] = {
    "plan.revised": revised,
    "plan.rejected": ended,
    "plan.expired": ended,
    "plan.withdrawn": ended,
    "plan.stale": ended,
    "run.landed": landing,
    "run.residue": landing,
    "run.stopped": halted,
    "run.needs_attention": halted,
}
STATUS: Mapping[str, Status] = {
    "plan.pending": "suspended",
    "plan.cleared": "processing",
    "run.started": "processing",
    **dict.fromkeys(TOLD, "active"),
    "plan.revised": "suspended",
}

log = logging.getLogger(__name__)


class Outbox:
    """Tells what happened, from a thread of its own."""

    def __init__(
        self,
        *,
        store: Store,
        cards: Cards,
        poster: Poster,
        live: Live,
        clock: Clock,
        chores: Chores | None = None,
    ) -> None:
        self._store = store
        self._cards = cards
        self._poster = poster
        self._live = live
        self._clock = clock
        self._by = f"slack-{os.getpid()}-{uuid.uuid4().hex[:6]}"
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None
        self._chores = chores

    def start(self) -> None:
        """Begin to tell."""
        self._thread = threading.Thread(target=self._loop, name="slack-outbox", daemon=True)
        self._thread.start()
        if self._chores is not None:
            self._chores.start()

    def stop(self, timeout: float = 10.0) -> None:
        """End after what is being told."""
        self._closing.set()
        if self._thread is not None:
            self._thread.join(timeout)
        if self._chores is not None:
            self._chores.stop(timeout)

    def drain(self) -> int:
        """Tell what there is to tell now; how many notices were told."""
        with self._store.begin() as connection:
            notices = outbox.claim(connection, surface=SURFACE, by=self._by, now=self._store.now(connection))
        by_plan = groupby(
            sorted(notices, key=lambda each: (each.plan_id, each.key)), lambda each: each.plan_id
        )
        return sum(self._plan(plan, list(news)) for plan, news in by_plan)

    def _loop(self) -> None:
        while not self._closing.is_set():
            try:
                told = self.drain()
            except Exception:  # the database or Slack may be away; news waits in the store and is told later
                log.exception("news could not be taken from the store")
                told = 0
            if not told:
                self._closing.wait(EVERY)

    def _plan(self, plan_id: str, notices: Sequence[Notice]) -> int:
        try:
            self._tell(self._cards.show(plan_id), notices)
        except (ClearanceError, SlackApiError, SlackClientError, OSError) as error:
            # left claimed: they come back in a minute
            log.warning("news of %s could not be told: %s", plan_id, error)
            return 0
        with self._store.begin() as connection:
            outbox.done(connection, [each.key for each in notices], self._store.now(connection))
        return len(notices)

    def _tell(self, shown: PlanCard, notices: Sequence[Notice]) -> None:
        channel, root = self._cards.spot(shown)
        for notice in notices:
            if notice.kind == "plan.delegated":
                self._cards.copy(shown, notice.text)
            if (say := TOLD.get(notice.kind)) and self._untold(notice):
                self._poster.post(channel, say(shown), under=root)
                self._mark(notice)
            if status := STATUS.get(notice.kind):
                self._live.status(channel, root, status)

    def _untold(self, notice: Notice) -> bool:
        with self._store.read() as connection:
            return not seen.known(connection, _id(notice))

    def _mark(self, notice: Notice) -> None:
        with self._store.begin() as connection:
            seen.first_time(connection, _id(notice), now=self._store.now(connection))


def _id(notice: Notice) -> str:
    return f"slack:told:{notice.key}"
