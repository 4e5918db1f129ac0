"""Requests that begin with a modal: a command without words, and “Ask Clearance about this” on a message."""

import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from slack_bolt import Ack, App
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.slack import given, ids
from bot.slack.commands import BY_VERB, Command
from bot.slack.escape import words as spoken
from bot.slack.parts import Parts
from bot.slack.post import code
from bot.slack.talk import Talk
from bot.slack.thread import Heard, about, command
from bot.slack.views import asking

SHORTCUT = {
    "name": "Ask Clearance about this",
    "type": "message",
    "callback_id": ids.ASK_ABOUT,
    "description": "Answer or prepare something from a message",
}

log = logging.getLogger(__name__)

Json = Mapping[str, Any]


class Asking:
    """Opens the modal; what was filled in is said in words, like anything else."""

    def __init__(self, parts: Parts, talk: Talk) -> None:
        self._parts = parts
        self._talk = talk

    def register(self, app: App) -> None:
        """Listen to the shortcut and to both modals."""
        app.shortcut(ids.ASK_ABOUT)(self.ask_about)
        app.view(ids.ASKED_ABOUT)(self.asked_about)
        app.view(ids.FORM)(self.filled)

    def wants(self, name: str, following: str) -> Command | None:
        """The command whose fields are to be asked for: nothing was said, and its tool is there."""
        verb = following.strip() if name == "/marops" else "" if following.strip() else name[1:]
        found = BY_VERB.get(verb)
        tool = self._parts.engine.registry.get(found.tool) if found and found.fields else None
        return found if tool is not None and not tool.planned else None

    def open(self, body: Json, wanted: Command) -> None:
        """Ask for the fields of a command."""
        where: dict[str, object] = {
            "verb": wanted.verb,
            "channel": str(body["channel_id"]),
            "trigger": str(body["trigger_id"]),
        }
        self._open(body, asking.form(wanted.description[:24], wanted.fields, where), wanted)

    def filled(self, ack: Ack, body: Json, view: Json) -> None:
        """A command's fields: the same as typing them behind the command."""
        where = given.where(view)
        wanted = BY_VERB[str(where["verb"])]
        told = {each: given.line(view, each.block) for each in wanted.fields if not each.file}
        files = tuple(f for each in wanted.fields if each.file for f in given.files(view, each.block))
        ack()
        said = " ".join(each.said.format(spoken(text)) for each, text in told.items() if text)
        heard = self._command(body, where, wanted.said.format(said))
        self._talk.hear(replace(heard, files=files))

    def ask_about(self, ack: Ack, body: Json, client: WebClient) -> None:
        """The shortcut on a message."""
        ack()
        message = body.get("message") or {}
        where: dict[str, object] = {
            "channel": str(body["channel"]["id"]),
            "root": str(message.get("thread_ts") or message.get("ts") or ""),
            "trigger": str(body["trigger_id"]),
        }
        try:
            view = asking.about(spoken(str(message.get("text") or "")), where)
            client.views_open(trigger_id=body["trigger_id"], view=view)
        except SlackApiError as error:
            log.info("a shortcut's modal could not be opened: %s", code(error))

    def asked_about(self, ack: Ack, body: Json, view: Json) -> None:
        """The request, in the asker's words by now: they have read and sent it."""
        ack()
        where = given.where(view)
        said = spoken(given.line(view, asking.QUESTION))
        self._talk.hear(about(body, said, where))

    def _open(self, body: Json, view: dict[str, object], wanted: Command) -> None:
        try:
            self._parts.client.views_open(trigger_id=body["trigger_id"], view=view)
        except SlackApiError as error:
            log.info("a command's modal could not be opened: %s", code(error))
            self._talk.hear(command(body, wanted.bare))

    @staticmethod
    def _command(body: Json, where: Json, said: str) -> Heard:
        user, channel = str(body["user"]["id"]), str(where["channel"])
        typed = {
            "channel_id": channel,
            "user_id": user,
            "trigger_id": f"{where['trigger']}/filled",
            "team_id": str((body.get("team") or {}).get("id", "")),
        }
        return command(typed, said)
