"""Where something was said: Slack's events, commands and presses turned into one `Heard`."""

import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.engine.calls import ThreadRef
from bot.slack.escape import mentioned, words

SURFACE = "slack"
_MOMENT = re.compile(r"^\d+\.\d+$")

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """Something a person said or pressed.

    `thread` names the conversation; `reply_in` is the message its replies go under ("" for none). `only_to`
    is set when replies are for the asker's eyes (a slash command in a channel). `seen_as` are the ids that
    tell the same message when Slack delivers it again.
    """

    user: str
    text: str
    thread: ThreadRef
    reply_in: str
    direct: bool
    seen_as: tuple[str, ...]
    only_to: str = ""
    edited: bool = False
    files: tuple[Json, ...] = ()
    team: str = ""


def message(event: Json, *, bot: str, event_id: str, team: str = "") -> Heard:
    """A message or a mention."""
    root = str(event.get("thread_ts") or event["ts"])
    return Heard(
        user=str(event["user"]),
        text=words(str(event.get("text", "")), bot=bot),
        thread=ThreadRef(surface=SURFACE, channel=str(event["channel"]), thread=root),
        reply_in=root,
        direct=is_direct(str(event["channel"])),
        seen_as=(f"slack:event:{event_id}", f"slack:message:{event['channel']}:{event['ts']}"),
        edited="edited" in event,
        files=tuple(event.get("files", ())),
        team=team,
    )


def command(body: Json, said: str) -> Heard:
    """A slash command: a conversation of its own, answered to the asker alone."""
    channel, user = str(body["channel_id"]), str(body["user_id"])
    return Heard(
        user=user,
        text=said,
        thread=ThreadRef(surface=SURFACE, channel=channel, thread=own_thread()),
        reply_in="",
        direct=is_direct(channel),
        seen_as=(f"slack:command:{body['trigger_id']}",),
        only_to="" if is_direct(channel) else user,
        team=str(body.get("team_id", "")),
    )


def about(body: Json, said: str, where: Json) -> Heard:
    """A request made about a message: its replies go under that message."""
    user, channel, root = str(body["user"]["id"]), str(where["channel"]), str(where["root"])
    return Heard(
        user=user,
        text=said,
        thread=ThreadRef(surface=SURFACE, channel=channel, thread=root or own_thread()),
        reply_in=root,
        direct=is_direct(channel),
        seen_as=(f"slack:about:{where['trigger']}",),
        team=str((body.get("team") or {}).get("id", "")),
    )


def press(body: Json, said: str) -> Heard:
    """A choice pressed under a question: saying its words in that thread. Pressed twice, it counts once.

    Under a message that only the presser sees, the reply is for the presser alone as well.
    """
    channel, at = place(body)
    shown = body.get("message") or {}
    root = str(shown.get("thread_ts") or at)
    user = str(body["user"]["id"])
    action = body["actions"][0]
    at = at or str(action.get("action_ts", ""))  # on the Home tab there is no message
    root = "" if is_hidden(body) else root
    return Heard(
        user=user,
        text=said,
        thread=ThreadRef(surface=SURFACE, channel=channel, thread=root or own_thread()),
        reply_in=root,
        direct=is_direct(channel),
        only_to=user if is_hidden(body) and not is_direct(channel) else "",
        seen_as=(f"slack:press:{channel}:{at}:{action.get('block_id', '')}:{user}",),
        team=str((body.get("team") or {}).get("id", "")),
    )


def own_thread() -> str:
    """A conversation that hangs under no message."""
    return f"c-{uuid.uuid4().hex[:12]}"


def place(body: Json) -> tuple[str, str]:
    """The channel and the message that a click was on; empty for App Home."""
    container = body.get("container") or {}
    channel = (body.get("channel") or {}).get("id") or container.get("channel_id") or ""
    return str(channel), str(container.get("message_ts") or (body.get("message") or {}).get("ts") or "")


def is_hidden(body: Json) -> bool:
    """Whether what was pressed is shown to one person only; nothing can hang under such a message."""
    return bool((body.get("container") or {}).get("is_ephemeral"))


def is_direct(channel: str) -> bool:
    """Whether a channel is a direct message between one person and us."""
    return channel.startswith("D")


def under(thread: str) -> str:
    """The message to post under: the thread when it is a message's, nothing when it is a command's own."""
    return thread if _MOMENT.match(thread) else ""


def addressed_elsewhere(text: str, bot: str) -> bool:
    """Whether a message in a thread talks to somebody else: it mentions people, and not us."""
    named = mentioned(text)
    return bool(named) and bot not in named


def from_a_person(event: Json) -> bool:
    """Whether somebody typed this: no bot, no edit, no join, no deletion."""
    return bool(event.get("user")) and not event.get("bot_id") and event.get("subtype") in _TYPED


_TYPED: Sequence[str | None] = (None, "file_share", "thread_broadcast")
