"""Showing that work goes on: the session's status, and a line that says how far it is when it takes its time.

All of it is decoration: where a workspace does not know a method or we lack a scope, it is switched off for
this process and the answer arrives as an ordinary message. A line never waits for a person.
"""

import logging
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Literal

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.slack.going import Ongoing
from bot.slack.held import Held
from bot.slack.post import Poster, code
from bot.slack.thread import Heard
from tools.ports import Notebook

Status = Literal["active", "processing", "suspended", "closed"]
MISSING = {
    "unknown_method", "missing_scope", "not_allowed_token_type", "feature_not_enabled", "invalid_blocks",
    "method_not_supported_for_channel_type", "not_an_agent", "access_denied", "no_permission",
}  # fmt: skip
SLOW = 2.0  # seconds after which a person sees that something is being done
POSTED = 10.0  # the same where Slack cannot stream, and the pause between two edits
EVERY = 3.0  # seconds between two updates of a stream: a workspace allows about 100 a minute
LONG_AFTER = 10.0  # seconds after which a turn that still reads is a long one
LONG = 4  # long turns that read at the same time in one process; further ones wait
LINE_KEPT = timedelta(hours=6)  # how long a line is found again by a worker that takes its turn up

log = logging.getLogger(__name__)


class Live:
    """What a thread shows while something is done for it, and which turns are under way in this process."""

    def __init__(
        self, client: WebClient, poster: Poster, *, slow: float = SLOW, notes: Notebook | None = None
    ) -> None:
        self.client = client
        self.poster = poster
        self.slow = slow
        self.posted = POSTED
        self.every = EVERY
        self.long_after = LONG_AFTER
        self.slots = threading.BoundedSemaphore(LONG)
        self.leaving = threading.Event()
        self._notes = notes
        self._missing: set[str] = set()
        self._going: dict[tuple[str, str], Ongoing] = {}

    def status(self, channel: str, thread: str, status: Status) -> None:
        """Set the session's status; `suspended` while a person must act."""
        if not thread or not self.has("status"):
            return
        try:
            self.client.agents_sessions_setStatus(channel_id=channel, thread_ts=thread, status=status)
        except SlackApiError as error:
            self.lost("status", error)

    def begin(
        self, heard: Heard, held: Held | None = None, *, aside: Callable[[], None] = lambda: None
    ) -> Ongoing:
        """Say that an answer is on its way. `aside` is called once it turns out to be a long read."""
        if not heard.only_to:
            self.status(heard.thread.channel, heard.reply_in, "processing")
        ongoing = Ongoing(self, heard, held or Held(), aside)
        self._going[_place(heard)] = ongoing
        return ongoing

    def ended(self, ongoing: Ongoing) -> None:
        """It is under way no more."""
        if self._going.get(_place(ongoing.heard)) is ongoing:
            del self._going[_place(ongoing.heard)]

    def going(self, channel: str, thread: str) -> Ongoing | None:
        """The turn of that thread which is under way in this process."""
        return self._going.get((channel, thread))

    def leave(self) -> None:
        """This process ends: what still reads is left to another one, or given up where there is none."""
        self.leaving.set()

    def left_line(self, heard: Heard) -> str:
        """The line that another worker has put there for this turn; "" for none."""
        found = self._notes.get(_note(heard)) if self._notes else None
        return str(found["at"]) if found else ""

    def note_line(self, heard: Heard, at: str) -> None:
        """Remember where the line is; nowhere any more when `at` is empty."""
        if self._notes is None:
            return
        if at:
            self._notes.put(_note(heard), {"at": at}, keep=LINE_KEPT)
        else:
            self._notes.forget(_note(heard))

    def has(self, feature: str) -> bool:
        """Whether this workspace was not yet found to lack a feature."""
        return feature not in self._missing

    def lost(self, feature: str, error: SlackApiError) -> None:
        """A call failed: remember when it can never work here, else only say so in the log."""
        if code(error) in MISSING:
            self._missing.add(feature)
        log.info("%s is not shown: %s", feature, code(error))


def _place(heard: Heard) -> tuple[str, str]:
    return heard.thread.channel, heard.thread.thread


def _note(heard: Heard) -> str:
    return f"slack/line/{heard.seen_as[-1]}"
