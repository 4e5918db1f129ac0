"""The one message that says an answer is on its way: streamed where Slack can, else posted and edited.

Only a task's title and status are replaced by an update; its details would grow with each one. A stream dies
after some five minutes: from then on the message is edited like any other.
"""

import logging
from typing import TYPE_CHECKING

from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.models.messages.chunk import TaskUpdateChunk
from slack_sdk.web.chat_stream import ChatStream

from bot.slack import ids
from bot.slack.escape import clip
from bot.slack.thread import Heard
from bot.slack.views.pieces import Message, words

if TYPE_CHECKING:
    from bot.slack.live import Live

TITLE = "Looking into it"
LONGEST = 250  # characters; Slack takes 256

log = logging.getLogger(__name__)


class Line:
    """Where an answer will stand. `at` is its id once there is one; another worker may have left it."""

    def __init__(self, live: "Live", heard: Heard, at: str = "") -> None:
        self._live = live
        self._heard = heard
        self._stream: ChatStream | None = None
        self._refused = False
        self._left = bool(at)  # by a worker that is gone: perhaps its stream is still open
        self.at = at

    @property
    def streams(self) -> bool:
        """Whether it can be streamed."""
        return not self.at and not self._refused and self._live.has("stream")

    @property
    def streaming(self) -> bool:
        """Whether it is being streamed."""
        return self._stream is not None

    def show(self, told: str) -> None:
        """Say how far it is."""
        if self._stream is not None and self._appended(told):
            return
        if self.streams:
            self._begin(told)
        elif not self.at:
            self.at = self._live.poster.post(self._channel, _line(told), under=self._heard.reply_in)
        elif self._stream is None:
            self._replace(_line(told))

    def finish(self, message: Message) -> bool:
        """Put the answer in its place; False when there is no such message (any more)."""
        stream, self._stream = self._stream, None
        if stream is not None and self._stopped(stream, message):
            return True
        return bool(self.at) and self._replace(message)

    def drop(self) -> None:
        """Nothing is said here: a streamed line ends as done, a posted one goes."""
        try:
            if self._stream is not None:
                self._stream.stop(chunks=[_task("", "complete")])
            elif self.at:
                self._live.client.chat_delete(channel=self._channel, ts=self.at)
        except (SlackApiError, SlackClientError) as error:
            log.info("a line could not be ended: %s", error)

    @property
    def _channel(self) -> str:
        return self._heard.thread.channel

    def _begin(self, told: str) -> None:
        stream = self._live.client.chat_stream(
            channel=self._channel,
            thread_ts=self._heard.reply_in,
            recipient_user_id=self._heard.user,
            recipient_team_id=self._heard.team or None,
            task_display_mode="plan",
        )
        try:
            stream.append(chunks=[_task(told, "in_progress")])
        except SlackApiError as error:
            self._live.lost("stream", error)
            self._refused = True
            return
        self._stream, self.at = stream, stream.ts or ""

    def _appended(self, told: str) -> bool:
        assert self._stream is not None
        try:
            self._stream.append(chunks=[_task(told, "in_progress")])
        except (SlackApiError, SlackClientError) as error:
            log.info("a stream had ended before its answer: %s", error)
            self._stream = None
            return False
        return True

    def _stopped(self, stream: ChatStream, message: Message) -> bool:
        # a stream that has expired says so here; the message is then replaced like any other
        try:
            stream.stop(chunks=[_task("", "complete")], blocks=ids.stamped(message.blocks))
        except (SlackApiError, SlackClientError) as error:
            log.info("a stream had ended before its answer: %s", error)
            return False
        return True

    def _replace(self, message: Message) -> bool:
        if self._left:
            self._left = False
            try:
                self._live.client.chat_stopStream(channel=self._channel, ts=self.at)
            except SlackApiError as error:
                log.debug("no stream was left open: %s", error)
        return self._live.poster.update(self._channel, self.at, message)


def _line(told: str) -> Message:
    return words(clip(f"{TITLE} · {told}" if told else f"{TITLE}…", LONGEST))


def _task(told: str, status: str) -> TaskUpdateChunk:
    return TaskUpdateChunk(
        id="work", title=clip(f"{TITLE} · {told}" if told else TITLE, LONGEST), status=status
    )
