"""Buttons and the modal: each press is translated into a vote, a file, a stop, an undo or words."""

import json
import logging
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from slack_bolt import Ack, App
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.slack import ids
from bot.slack.desk import Desk
from bot.slack.details import Details
from bot.slack.parts import Parts
from bot.slack.post import code
from bot.slack.stopping import Stopping
from bot.slack.talk import Talk
from bot.slack.thread import Heard, is_hidden, place, press
from bot.slack.verdicts import Verdicts
from bot.slack.views import modals
from bot.slack.views.answer import chosen
from bot.slack.views.pieces import message, words
from bot.slack.votes import Click, Votes
from tools.errors import InvalidArguments

log = logging.getLogger(__name__)

Json = Mapping[str, Any]


class Actions:
    """Acknowledges first, then translates; nothing here waits for a vendor or a database."""

    def __init__(self, parts: Parts, talk: Talk) -> None:
        self._parts = parts
        self._talk = talk
        self._votes = Votes(parts)
        self._details = Details(parts)
        self._stopping = Stopping(parts)
        self._desk = Desk(parts)
        self._verdicts = Verdicts(parts)

    def register(self, app: App) -> None:
        """Listen to our buttons and modals, and acknowledge any other button."""
        self._desk.register(app)
        self._verdicts.register(app)
        app.action(ids.APPROVE)(self.approve)
        app.action(ids.REJECT)(self.reject)
        app.action(ids.DETAILS)(self.details)
        app.action(ids.UNDO)(self.undo)
        app.action(ids.STOP)(self.stop)
        app.action(ids.RESUME)(self.resume)
        app.action(ids.CHOICE_PATTERN)(self.choose)
        app.view(ids.REJECTED)(self.rejected)
        app.action(re.compile(".*"))(self.unknown)

    def approve(self, ack: Ack, body: Json) -> None:
        """Approve: the confirm dialog has been answered."""
        ack()
        if click := self._click(body):
            self._votes.cast(click, "approve")

    def reject(self, ack: Ack, body: Json, client: WebClient) -> None:
        """Reject: ask for the reason at once, while the trigger lives."""
        ack()
        if click := self._click(body):
            channel, at = place(body)
            asked = modals.reject(click.plan, channel=channel, message=at, thread=click.under)
            try:
                client.views_open(trigger_id=body["trigger_id"], view=asked)
            except SlackApiError as error:
                log.info("the reason could not be asked for: %s", code(error))
                self._whisper(body, "That took too long; press Reject again.")

    def rejected(self, ack: Ack, body: Json, view: Json) -> None:
        """The reason was given."""
        ack()
        where = json.loads(view["private_metadata"])
        reason = view["state"]["values"][ids.REASON][ids.REASON]["value"] or ""
        click = Click(
            user=str(body["user"]["id"]),
            plan=ids.parse(where["plan"]),
            channel=where["channel"],
            under=where["thread"],
        )
        self._votes.cast(click, "reject", str(reason))

    def details(self, ack: Ack, body: Json) -> None:
        """Every row as a file, in a direct message."""
        ack()
        if click := self._click(body):
            self._details.send(click)

    def undo(self, ack: Ack, body: Json) -> None:
        """Ask for the way back; it is a plan with its own clearance."""
        ack()
        if run := self._run(body):
            self._talk.hear(press(body, f"undo {run}"))

    def stop(self, ack: Ack, body: Json) -> None:
        """Halt a run now."""
        ack()
        if run := self._run(body):
            channel, _ = place(body)
            self._stopping.run(run, by=str(body["user"]["id"]), channel=channel, under=_under(body))

    def resume(self, ack: Ack, body: Json) -> None:
        """Go on with a run that was stopped or waits for a person."""
        ack()
        if run := self._run(body):
            channel, _ = place(body)
            self._stopping.resume(run, by=str(body["user"]["id"]), channel=channel, under=_under(body))

    def choose(self, ack: Ack, body: Json) -> None:
        """A choice under a question, or a suggestion: the same as saying it."""
        ack()
        action = body["actions"][0]
        heard = press(body, str(action.get("value", "")))
        if not heard.thread.channel:
            self._parts.work.submit(lambda: self._talk.hear(self._at_home(heard)), failed=_unheard)
            return
        if not is_hidden(body):
            self._settle(body, str((action.get("text") or {}).get("text", heard.text)))
        self._talk.hear(heard)

    def unknown(self, ack: Ack, body: Json) -> None:
        """A button of an older version: say so instead of doing nothing."""
        ack()
        self._whisper(body, "That button is from an older message; ask again for a fresh one.")

    def _click(self, body: Json) -> Click | None:
        try:
            plan = ids.parse(str(body["actions"][0].get("value", "")))
        except InvalidArguments as error:
            self._whisper(body, error.sentence())
            return None
        channel, _ = place(body)
        return Click(user=str(body["user"]["id"]), plan=plan, channel=channel, under=_under(body))

    def _run(self, body: Json) -> str | None:
        try:
            return ids.run(str(body["actions"][0].get("value", "")))
        except InvalidArguments as error:
            self._whisper(body, error.sentence())
            return None

    def _whisper(self, body: Json, sentence: str) -> None:
        channel, _ = place(body)
        user = str(body["user"]["id"])
        poster = self._parts.poster

        def tell() -> None:
            poster.whisper(channel or poster.direct(user), user, words(sentence), under=_under(body))

        self._parts.work.submit(tell, failed=_unheard)

    def _settle(self, body: Json, label: str) -> None:
        channel, at = place(body)
        shown = body.get("message") or {}
        who = str(body["user"].get("name") or body["user"]["id"])

        def update() -> None:
            left = message(str(shown.get("text", "")), chosen(list(shown.get("blocks", ())), label, who))
            self._parts.poster.update(channel, at, left)

        self._parts.work.submit(update, failed=_unheard)

    def _at_home(self, heard: Heard) -> Heard:
        # pressed on the Home tab: the conversation goes on in the direct message
        channel = self._parts.poster.direct(heard.user)
        return replace(heard, direct=True, thread=replace(heard.thread, channel=channel))


def _under(body: Json) -> str:
    shown = body.get("message") or {}
    return str(shown.get("thread_ts") or "")


def _unheard(sentence: str, reference: str) -> None:
    log.warning("a person could not be told: %s", sentence or reference)
