"""Events: mentions, direct messages, follow-ups in threads we take part in, the Stop button, the Home tab."""

import logging
import re
from collections.abc import Mapping
from typing import Any

from slack_bolt import App

from bot.slack.board import Boards
from bot.slack.company import Company
from bot.slack.erased import Erased
from bot.slack.keeping import Keeping
from bot.slack.parts import Parts
from bot.slack.stopping import Stopping
from bot.slack.talk import Talk
from bot.slack.thread import Heard, addressed_elsewhere, from_a_person, is_direct, message

SUBSCRIBED = ("agent_session_stopped", "app_home_opened", "app_mention", "message.channels", "message.groups",
              "message.im", "message.mpim")  # fmt: skip

log = logging.getLogger(__name__)

Json = Mapping[str, Any]


class Events:
    """Translates events; Bolt has acknowledged them before these methods run."""

    def __init__(self, parts: Parts, talk: Talk) -> None:
        self._parts = parts
        self._talk = talk
        self._erased = Erased(parts)
        self._keeping = Keeping(parts)
        self._company = Company(parts)
        self._stopping = Stopping(parts)
        self._board = Boards(parts)

    def register(self, app: App) -> None:
        """Listen. The last listener takes what no other does: Slack redelivers what is answered with 404."""
        self._board.register(app)
        app.event("app_mention")(self.mention)
        app.event("message")(self.message)
        app.event("agent_session_stopped")(self.session_stopped)
        app.event("app_home_opened")(self.home_opened)
        app.event(re.compile(".*"))(self.other)

    def mention(self, event: Json, body: Json, context: Json) -> None:
        """Somebody mentions us in a channel."""
        if from_a_person(event):
            self._hear(event, body, context)

    def message(self, event: Json, body: Json, context: Json) -> None:
        """A direct message, or a follow-up in a thread; mentions in channels come as their own event."""
        bot = str(context["bot_user_id"])
        if event.get("subtype") == "message_deleted":
            self._erased.note(event)
        if not from_a_person(event):
            return
        if is_direct(str(event["channel"])):
            self._hear(event, body, context)
        elif event.get("thread_ts") and not addressed_elsewhere(str(event.get("text", "")), bot):
            self._follow(event, body, context)
        elif event.get("files"):
            self._lists(event)

    def session_stopped(self, event: Json) -> None:
        """The native Stop button of an agent session: whatever goes on in that thread is halted."""
        self._stopping.thread(str(event["channel"]), str(event.get("thread_ts", "")), by=str(event["user"]))

    def home_opened(self, event: Json) -> None:
        """The Home tab is looked at."""
        if event.get("tab", "home") == "home":
            self._board.publish(str(event["user"]))

    def other(self, event: Json) -> None:
        """Anything else is acknowledged and left alone."""
        log.debug("an event of type %s is of no interest", event.get("type"))

    def _hear(self, event: Json, body: Json, context: Json) -> None:
        self._talk.hear(self._company.joined(self._heard(event, body, context)))

    def _follow(self, event: Json, body: Json, context: Json) -> None:
        heard = self._company.joined(self._heard(event, body, context))
        if self._company.talks_with(heard):
            self._talk.hear(heard)

    def _lists(self, event: Json) -> None:
        """A list posted in a channel without a word to us: the next message may be about it."""
        user, channel, files = str(event["user"]), str(event["channel"]), tuple(event["files"])
        self._parts.work.submit(lambda: self._keeping.attached(user, channel, files), failed=_unnoted)

    @staticmethod
    def _heard(event: Json, body: Json, context: Json) -> Heard:
        return message(
            event,
            bot=str(context["bot_user_id"]),
            event_id=str(body.get("event_id", "")),
            team=str(body.get("team_id", "")),
        )


def _unnoted(sentence: str, reference: str) -> None:
    # nobody asked for anything yet: there is nobody to tell
    log.warning("an attached file was not noted: %s", sentence or reference)
