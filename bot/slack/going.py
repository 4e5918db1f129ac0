"""One answer on its way: how far it is once it is slow, stopped on demand, ended by exactly one message."""

import logging
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from slack_sdk.errors import SlackApiError, SlackClientError

from bot.reading import Told
from bot.slack.held import Held
from bot.slack.line import Line
from bot.slack.thread import Heard
from bot.slack.views.pieces import Message
from tools.errors import ClearanceError
from tools.progress import Stopped

if TYPE_CHECKING:
    from bot.slack.live import Live

WAITS = "waits until one of the other long reads is done"

log = logging.getLogger(__name__)


class Left(Stopped):
    """This process goes on with it no more; another one may."""


class Ongoing:
    """What a thread shows until `finish`, `silence` or `leave`; it listens to how far the read is."""

    def __init__(self, live: "Live", heard: Heard, held: Held, aside: Callable[[], None]) -> None:
        self.heard = heard
        self._live = live
        self._held = held
        self._aside = aside
        self._told = Told()
        self._line = Line(live, heard, live.left_line(heard) if held.takes > 1 else "")
        self._guard = threading.Lock()  # one at a time shows something
        self._slot = threading.Lock()  # held by whoever finds out that the read is long
        self._long = False
        self._began = time.monotonic()
        self._over = threading.Event()
        self._stop = threading.Event()
        if heard.reply_in and not heard.only_to:
            threading.Thread(target=self._keep_shown, name="slack-line", daemon=True).start()

    def tell(self, source: str, sentence: str) -> None:
        """How far the read is (`tools.progress.Listener`). After some seconds the turn is a long one."""
        self.check()
        if time.monotonic() - self._began >= self._live.long_after:
            with self._slot:
                if not self._long:
                    self._wait_for_a_slot()
        self._told.note(source, sentence)

    def check(self) -> None:
        """Raises `Stopped` when somebody asked to stop, `Left` when it is this process's no more."""
        if self._held.left.is_set() or self._live.leaving.is_set():
            raise Left
        if self._stop.is_set():
            raise Stopped

    def stop(self) -> None:
        """End it at its next word or call."""
        self._stop.set()

    def finish(self, message: Message) -> None:
        """The answer: it takes the line's place, or is posted."""
        self._end()
        with self._guard:
            if not self._line.finish(message):
                self._live.poster.post(self.heard.thread.channel, message, under=self.heard.reply_in)
            self._forget_line()
        self._live.status(self.heard.thread.channel, self.heard.reply_in, "active")

    def silence(self) -> None:
        """Nothing is said here: the card or a direct message says it."""
        self._end()
        with self._guard:
            self._line.drop()
            self._forget_line()

    def leave(self) -> None:
        """Leave everything as it stands to whoever takes the turn up."""
        self._end()

    def _end(self) -> None:
        self._over.set()
        self._live.ended(self)
        with self._slot:
            if self._long:
                self._long = False
                self._live.slots.release()

    def _wait_for_a_slot(self) -> None:
        self._aside()
        while not self._live.slots.acquire(timeout=0.5):
            self._told.note("", WAITS)
            self.check()
        self._told.note("", "")
        self._long = True

    def _keep_shown(self) -> None:
        wait, shown = self._live.slow, None
        while not self._over.wait(wait):
            told = self._told.line()
            late = bool(told) and (bool(self._line.at) or time.monotonic() - self._began >= self._live.posted)
            if told != shown and (self._line.streams or self._line.streaming or late):
                self._show(told)
                shown = told if self._line.at else None
            wait = self._live.every if self._line.streaming or shown is None else self._live.posted

    def _show(self, told: str) -> None:
        with self._guard:
            if self._over.is_set():
                return
            before = self._line.at
            try:
                self._line.show(told)
                if self._line.at != before:
                    self._live.note_line(self.heard, self._line.at)
            except (ClearanceError, SlackApiError, SlackClientError, OSError) as error:
                log.info("how far a read is was not shown: %s", error)

    def _forget_line(self) -> None:
        if self._line.at:
            self._live.note_line(self.heard, "")
