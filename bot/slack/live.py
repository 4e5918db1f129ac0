"""Showing that work goes on: the session's status, and a streamed line when an answer takes its time.

All of it is decoration: where a workspace does not know a method or we lack a scope, it is switched off for
this process and the answer arrives as an ordinary message. A stream never waits for a person.
"""

import logging
import threading
from typing import Literal

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.models.messages.chunk import TaskUpdateChunk
from slack_sdk.web.chat_stream import ChatStream

from bot.slack import ids
from bot.slack.post import Poster, code
from bot.slack.thread import Heard
from bot.slack.views.pieces import Message

Status = Literal["active", "processing", "suspended", "closed"]
MISSING = {
    "unknown_method", "missing_scope", "not_allowed_token_type", "feature_not_enabled", "invalid_blocks",
    "method_not_supported_for_channel_type", "not_an_agent", "access_denied", "no_permission",
}  # fmt: skip
SLOW = 2.0  # seconds after which a person sees that something is being done

log = logging.getLogger(__name__)


class Live:
    """What a thread shows while something is done for it."""

    def __init__(self, client: WebClient, poster: Poster, *, slow: float = SLOW) -> None:
        self.client = client
        self.poster = poster
        self.slow = slow
        self._missing: set[str] = set()

    def status(self, channel: str, thread: str, status: Status) -> None:
        """Set the session's status; `suspended` while a person must act."""
        if not thread or not self.has("status"):
            return
        try:
            self.client.agents_sessions_setStatus(channel_id=channel, thread_ts=thread, status=status)
        except SlackApiError as error:
            self.lost("status", error)

    def begin(self, heard: Heard) -> "Ongoing":
        """Say that an answer is on its way."""
        if not heard.only_to:
            self.status(heard.thread.channel, heard.reply_in, "processing")
        return Ongoing(self, heard)

    def has(self, feature: str) -> bool:
        """Whether this workspace was not yet found to lack a feature."""
        return feature not in self._missing

    def lost(self, feature: str, error: SlackApiError) -> None:
        """A call failed: remember when it can never work here, else only say so in the log."""
        if code(error) in MISSING:
            self._missing.add(feature)
        log.info("%s is not shown: %s", feature, code(error))


class Ongoing:
    """One answer on its way: streamed once it is slow, finished by exactly one message."""

    def __init__(self, live: Live, heard: Heard) -> None:
        self._live = live
        self._heard = heard
        self._lock = threading.Lock()
        self._stream: ChatStream | None = None
        self._done = False
        self._timer = threading.Timer(live.slow, self._start)
        self._timer.daemon = True
        if heard.reply_in and not heard.only_to and live.has("stream"):
            self._timer.start()

    def finish(self, message: Message) -> None:
        """The answer: it takes the streamed line's place, or is posted."""
        with self._lock:
            self._done = True
            self._timer.cancel()
            stream = self._stream
        if stream is None or stream.ts is None:
            self._live.poster.post(self._heard.thread.channel, message, under=self._heard.reply_in)
        elif not self._stopped(stream, message):
            self._live.poster.update(self._heard.thread.channel, stream.ts, message)
        self._live.status(self._heard.thread.channel, self._heard.reply_in, "active")

    def silence(self) -> None:
        """Nothing is said here: the card or a direct message says it. A streamed line ends as done."""
        with self._lock:
            self._done = True
            self._timer.cancel()
            stream = self._stream
        if stream is not None:
            try:
                stream.stop(chunks=[_task("complete")])
            except (SlackApiError, SlackClientError) as error:
                log.info("a stream could not be ended: %s", error)

    def _start(self) -> None:
        with self._lock:
            if self._done:
                return
            stream = self._live.client.chat_stream(
                channel=self._heard.thread.channel,
                thread_ts=self._heard.reply_in,
                recipient_user_id=self._heard.user,
                recipient_team_id=self._heard.team or None,
                task_display_mode="plan",
            )
            try:
                stream.append(chunks=[_task("in_progress")])
            except SlackApiError as error:
                self._live.lost("stream", error)
            else:
                self._stream = stream

    def _stopped(self, stream: ChatStream, message: Message) -> bool:
        # a stream that has expired says so here; the message is then replaced like any other
        try:
            stream.stop(chunks=[_task("complete")], blocks=ids.stamped(message.blocks))
        except (SlackApiError, SlackClientError) as error:
            log.info("a stream had ended before its answer: %s", error)
            return False
        return True


def _task(status: str) -> TaskUpdateChunk:
    return TaskUpdateChunk(id="work", title="Looking into it", status=status)
