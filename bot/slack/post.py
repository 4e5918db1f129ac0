"""Sending messages: refused blocks are sent plainer, Slack's pace is kept, links never unfold."""

import logging
import threading
import time
from collections.abc import Callable

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.slack import ids, rules
from bot.slack.views.pieces import Block, Message
from tools.errors import NeedsAttention, RetryLater

REFUSED_BLOCKS = {"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long"}
NOT_THERE = {"not_in_channel", "channel_not_found", "is_archived", "restricted_action", "user_not_in_channel"}
BURST = 5  # Slack allows short bursts above one message a second in a channel

log = logging.getLogger(__name__)


class Pace:
    """One message a second and channel, with a small allowance saved up while nothing is said."""

    def __init__(self, burst: int = BURST, sleep: Callable[[float], None] = time.sleep) -> None:
        self._burst = burst
        self._sleep = sleep
        self._next: dict[str, float] = {}
        self._lock = threading.Lock()

    def wait(self, channel: str) -> None:
        """Wait for this channel's turn."""
        now = time.monotonic()
        with self._lock:
            due = max(self._next.get(channel, 0.0), now - self._burst + 1)
            self._next[channel] = due + 1.0
        if due > now:
            self._sleep(due - now)


class Poster:
    """Posts, updates and whispers `Message`s. Never call it where an acknowledgement is waited for."""

    def __init__(self, client: WebClient, *, pace: Pace | None = None) -> None:
        self._client = client
        self._pace = pace or Pace()
        self._direct: dict[str, str] = {}

    def post(self, channel: str, message: Message, *, under: str = "") -> str:
        """Post in a channel, under a message if given; returns the new message's id."""
        self._pace.wait(channel)

        def send(blocks: list[Block]) -> str:
            sent = self._client.chat_postMessage(
                channel=channel,
                text=message.text,
                blocks=blocks,
                thread_ts=under or None,
                unfurl_links=False,
                unfurl_media=False,
                link_names=False,
                parse="none",
            )
            return str(sent["ts"])

        return _plainer(message, send, channel)

    def update(self, channel: str, at: str, message: Message) -> bool:
        """Replace a message of ours; False when it is no longer there."""

        def send(blocks: list[Block]) -> str:
            self._client.chat_update(channel=channel, ts=at, text=message.text, blocks=blocks, parse="none")
            return at

        try:
            _plainer(message, send, channel)
        except SlackApiError as error:
            if code(error) in {"message_not_found", "cant_update_message"}:
                return False
            raise
        return True

    def whisper(self, channel: str, user: str, message: Message, *, under: str = "") -> None:
        """Show it to one person where they are; in a direct message when that is not possible."""

        def send(blocks: list[Block]) -> str:
            sent = self._client.chat_postEphemeral(
                channel=channel,
                user=user,
                text=message.text,
                blocks=blocks,
                thread_ts=under or None,
                parse="none",
            )
            return str(sent["message_ts"])

        try:
            _plainer(message, send, channel)
        except NeedsAttention:
            self.post(self.direct(user), message)

    def direct(self, user: str) -> str:
        """The direct-message channel with a person."""
        if user not in self._direct:
            opened = self._client.conversations_open(users=user)
            self._direct[user] = str(opened["channel"]["id"])
        return self._direct[user]


def _plainer(message: Message, send: Callable[[list[Block]], str], channel: str) -> str:
    """Try the blocks, then the plain ones; Slack's other refusals become errors that say what to do."""
    for blocks in (message.blocks, message.simple):
        _check(blocks, message)
        try:
            return send(ids.stamped(blocks))
        except SlackApiError as error:
            if code(error) not in REFUSED_BLOCKS:
                raise _meaning(error, channel) from error
            log.warning("Slack refused blocks in %s: %s", channel, error.response.get("response_metadata"))
    return send([])


def _check(blocks: list[Block], message: Message) -> None:
    if log.isEnabledFor(logging.DEBUG):
        for fault in rules.faults(blocks, text=message.text):
            log.debug("a message breaks a limit: %s", fault)


def _meaning(error: SlackApiError, channel: str) -> Exception:
    if code(error) in NOT_THERE:
        return NeedsAttention(
            "I cannot write in that channel",
            on=channel,
            do="Invite me there, then ask again.",
            detail=code(error),
        )
    if code(error) == "ratelimited":
        after = float(error.response.headers.get("Retry-After", 30))
        return RetryLater("Slack asks me to slow down", after=after, detail=code(error))
    return error


def code(error: SlackApiError) -> str:
    """Slack's short word for what went wrong."""
    return str(error.response.get("error", "")) if error.response is not None else ""
