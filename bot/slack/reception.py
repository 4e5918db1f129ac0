"""Acknowledging apart from the work: what listens keeps each request for a worker, in the order of arrival.

A turn of conversation takes tens of milliseconds of the interpreter, and in one process every acknowledgement
would wait for all turns under way. So a listening process only keeps and acknowledges; a worker takes the
requests from the store and hands them to its own Bolt app, as if Slack had sent them there. What cannot be
kept is not acknowledged: Slack sends it again, or tells the person. Where the database is merely slow, Slack
is answered in time and the request is kept as soon as it can be.
"""

import logging
import queue
import threading
import time
from collections.abc import Mapping
from concurrent.futures import Future, wait
from functools import partial
from typing import Any

from slack_bolt import App, BoltRequest, BoltResponse

from bot.engine.leases import surely_dead, worker_name
from bot.slack.commands import COMMANDS
from bot.slack.held import Held, held_out
from bot.slack.work import THREADS, Work
from bot.store import inbox
from bot.store.connect import Store
from bot.store.inbox import Waiting

EVERY = 0.05  # seconds between looks; a modal must be open three seconds after its button
AT_ONCE = 50
PATIENCE = 0.008  # seconds that an acknowledgement waits for its request to be kept
RENEW = 15.0  # seconds between two renewals of a claim, which lasts a minute
LOOK = 1.0  # seconds between two looks for workers that died
AGAIN = 1.0  # seconds between tries at keeping what was acknowledged

log = logging.getLogger(__name__)

Json = Mapping[str, Any]
Arrived = tuple[str, Json, "Future[None]"]


class Reception:
    """Keeps, then acknowledges; answers by itself only what must carry an answer."""

    def __init__(self, app: App, store: Store, *, patience: float = PATIENCE) -> None:
        self._app = app
        self._patience = patience
        self.client = app.client
        self.logger = app.logger
        self._store = store
        self._arrived: queue.SimpleQueue[Arrived | None] = queue.SimpleQueue()
        self._keeper = threading.Thread(target=self._keep, name="slack-reception", daemon=True)
        self._keeper.start()

    def dispatch(self, request: BoltRequest) -> BoltResponse:
        """One request that was checked to be Slack's. 503 when it cannot be kept."""
        if _wants_an_answer(request.body):
            return self._app.dispatch(request)
        kept: Future[None] = Future()
        self._arrived.put((lane(request.body), request.body, kept))
        wait([kept], self._patience)
        if kept.cancel():  # slow, not away: it is kept yet
            log.debug("a request was acknowledged before it was kept")
        elif kept.exception() is not None:  # the database is away: a redelivery finds it again
            log.error("a request could not be kept", exc_info=kept.exception())
            return BoltResponse(status=503, body="")
        return BoltResponse(status=200, body="")

    def stop(self, timeout: float = 10.0) -> None:
        """Keep what has arrived, then end."""
        self._arrived.put(None)
        self._keeper.join(timeout)

    def _keep(self) -> None:
        while (first := self._arrived.get()) is not None:
            together = [first]
            while len(together) < AT_ONCE and not self._arrived.empty():
                if (following := self._arrived.get()) is None:
                    self._arrived.put(None)
                    break
                together.append(following)
            self._kept(together)

    def _kept(self, together: list[Arrived]) -> None:
        try:
            with self._store.begin() as connection:
                inbox.put(connection, [(lane, body) for lane, body, _ in together])
        except Exception as error:  # noqa: BLE001 (whoever waits for it hears of it)
            self._not_kept(together, error)
        else:
            for *_, kept in together:
                if _awaited(kept):
                    kept.set_result(None)

    def _not_kept(self, together: list[Arrived], error: Exception) -> None:
        """Tell whoever waits; what was acknowledged already is tried again."""
        acknowledged = []
        for each in together:
            if _awaited(each[2]):
                each[2].set_exception(error)
            else:
                acknowledged.append(each)
        if acknowledged:
            time.sleep(AGAIN)
        for each in acknowledged:
            self._arrived.put(each)


class Inbox:
    """A worker's side: takes what was kept and hands it to the app, each lane in its order.

    It takes no more than `work` has threads for: what waits, waits in the store, where others can take it.
    What it has taken it keeps until all of it is done, a long read included, and renews its claim meanwhile.
    """

    def __init__(self, app: App, store: Store, work: Work) -> None:
        self._app = app
        self._store = store
        self._work = work
        self._by = f"slack-{worker_name()}"
        self._lanes = Work()
        self._held: dict[int, Held] = {}
        self._finished: list[int] = []
        self._guard = threading.Lock()
        self._renewed = time.monotonic()
        self._looked = 0.0
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="slack-inbox", daemon=True)

    def start(self) -> None:
        """Begin to take."""
        self._thread.start()

    def stop(self, timeout: float = 10.0) -> None:
        """Take nothing more, and hand over what was taken."""
        self._closing.set()
        if self._thread.is_alive():
            self._thread.join(timeout)
        self._lanes.close(timeout)
        self._round(0)

    def settle(self) -> None:
        """Leave what is not done to others, at once."""
        self._round(0)
        with self._guard:
            unfinished = list(self._held)
        try:
            with self._store.begin() as connection:
                inbox.give_back(connection, unfinished, by=self._by)
        except Exception:  # they come back by themselves in a minute
            log.exception("requests could not be given back")

    def _loop(self) -> None:
        while not self._closing.is_set():
            taken = self._round(THREADS - self._lanes.busy - self._work.busy)
            for each in taken:
                self._lanes.submit(partial(self._hand_over, each), key=each.lane, failed=_unheard)
            if not taken:
                self._closing.wait(EVERY)

    def _round(self, room: int) -> list[Waiting]:
        # one thread writes for all: many that wait for SQLite's lock starve each other
        with self._guard:
            finished, self._finished = self._finished, []
        try:
            self._tend()
            return self._taken(finished, room)
        except Exception:  # the database may be away; requests wait in it
            log.exception("requests could not be taken from the store")
            with self._guard:
                self._finished += finished
            return []

    def _taken(self, finished: list[int], room: int) -> list[Waiting]:
        with self._store.read() as connection:
            some = room > 0 and inbox.waits(connection, by=self._by, now=self._store.now(connection))
        if not some and not finished:
            return []
        with self._store.begin() as connection:
            inbox.done(connection, finished, by=self._by)
            now = self._store.now(connection)
            taken = inbox.claim(connection, by=self._by, now=now, limit=room) if some else []
        with self._guard:
            for each in taken:
                self._held[each.key] = Held(partial(self._done, each.key), takes=each.takes)
        return taken

    def _tend(self) -> None:
        """Renew our claims, and free those of processes of this machine that are dead."""
        now = time.monotonic()
        if now - self._renewed >= RENEW and self._held:
            self._renew()
            self._renewed = now
        if now - self._looked < LOOK:
            return
        self._looked = now
        with self._store.read() as connection:
            dead = [by for by in inbox.holders(connection) if by != self._by and surely_dead(by)]
        for by in dead:
            log.warning("a worker died; what it was at is taken up: %s", by)
            with self._store.begin() as connection:
                inbox.bury(connection, by)

    def _renew(self) -> None:
        with self._guard:
            keys = list(self._held)
        with self._store.begin() as connection:
            ours = inbox.renew(connection, keys, by=self._by, now=self._store.now(connection))
        with self._guard:
            lost = [self._held.pop(key) for key in keys if key not in ours and key in self._held]
        for each in lost:  # this process stood still for too long, and another one has it
            each.left.set()

    def _hand_over(self, waiting: Waiting) -> None:
        with self._guard:
            held = self._held.get(waiting.key)
        if held is None or held.left.is_set():
            return
        with held_out(held):
            self._app.dispatch(BoltRequest(body=dict(waiting.body), mode="socket_mode"))

    def _done(self, key: int) -> None:
        with self._guard:
            if self._held.pop(key, None) is not None:
                self._finished.append(key)


def _awaited(kept: "Future[None]") -> bool:
    """Whether somebody still waits to hear that it is kept; then nobody can stop waiting any more."""
    return not kept.cancelled() and kept.set_running_or_notify_cancel()


def lane(body: Json) -> str:
    """What a request must stay in order with: the thread it is said in, else the person."""
    event = body.get("event") or {}
    if event.get("channel"):
        return f"{event['channel']}/{event.get('thread_ts') or event.get('ts', '')}"[:120]
    person = body.get("user_id") or (body.get("user") or {}).get("id") or event.get("user", "")
    return f"user/{person}"[:120]


def _wants_an_answer(body: Json) -> bool:
    if "command" in body:
        return all(body["command"] != each.name for each in COMMANDS)
    return body.get("type") in {"view_submission", "view_closed", "block_suggestion", "url_verification"}


def _unheard(sentence: str, reference: str) -> None:
    log.error("a request was not handed over: %s", sentence or reference)
