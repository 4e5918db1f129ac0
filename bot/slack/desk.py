"""What those who decide do besides voting: make a request smaller, hand it on, put it off."""

import logging
from collections.abc import Callable, Mapping
from datetime import datetime, time, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from slack_bolt import Ack, App
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.engine.narrowing import Wish
from bot.slack import given, ids
from bot.slack.parts import Parts
from bot.slack.post import code
from bot.slack.thread import place
from bot.slack.views import modals
from bot.slack.views.pieces import Block, words
from tools.errors import ClearanceError, InvalidArguments
from tools.plan import System

MORNING = time(9)

log = logging.getLogger(__name__)

Json = Mapping[str, Any]
Asked = Callable[[ids.PlanRef, dict[str, object], str], Block]


class Desk:
    """Opens the modal while the trigger lives, and hands what was filled in to the engine."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def register(self, app: App) -> None:
        """Listen to the buttons and the modals."""
        app.action(ids.EDIT)(self.edit)
        app.view(ids.EDITED)(self.edited)
        app.action(ids.DELEGATE)(self.delegate)
        app.view(ids.DELEGATED)(self.delegated)
        app.action(ids.SNOOZE)(self.snooze)
        app.view(ids.SNOOZED)(self.snoozed)

    def edit(self, ack: Ack, body: Json, client: WebClient) -> None:
        """Ask what to keep."""
        ack()
        self._ask(body, client, self._edit)

    def delegate(self, ack: Ack, body: Json, client: WebClient) -> None:
        """Ask whom to hand it to."""
        ack()
        self._ask(body, client, lambda ref, where, _: modals.delegate(ref, where))

    def snooze(self, ack: Ack, body: Json, client: WebClient) -> None:
        """Ask until when."""
        ack()
        self._ask(body, client, self._snooze)

    def edited(self, ack: Ack, body: Json, view: Json) -> None:
        """Make the smaller revision; a number or a row that cannot be is put back into the modal."""
        try:
            wish = _wish(view)
        except InvalidArguments as error:
            ack(response_action="errors", errors={modals.LEFT_OUT: error.sentence()[:150]})
            return
        ack()
        self._do(body, view, lambda ref, user: self._narrow(ref, user, wish))

    def delegated(self, ack: Ack, body: Json, view: Json) -> None:
        """Hand it on."""
        ack()
        taker, note = given.person(view, modals.TAKER), given.line(view, modals.NOTE)
        engine = self._parts.engine
        self._do(body, view, lambda ref, user: engine.delegate(ref.plan_id, by=user, to=taker, note=note))

    def snoozed(self, ack: Ack, body: Json, view: Json) -> None:
        """Put it off."""
        ack()
        until = given.moment(view, modals.UNTIL)
        if until is not None:
            engine = self._parts.engine
            self._do(body, view, lambda ref, user: engine.snooze(ref.plan_id, by=user, until=until))

    def _narrow(self, ref: ids.PlanRef, user: str, wish: Wish) -> str:
        now = ids.of(self._parts.engine.card(ref.plan_id).header)
        if now.digest_prefix != ref.digest_prefix:
            raise InvalidArguments(
                "This request was changed meanwhile", on=ref.plan_id, do="Edit from its newest card."
            )
        made = self._parts.engine.narrow(ref.plan_id, by=user, wish=wish).card
        self._parts.cards.show(ref.plan_id)
        return f"{ref.plan_id} is revision {made.header.revision} now. It needs its votes anew."

    def _edit(self, ref: ids.PlanRef, where: dict[str, object], _user: str) -> Block:
        return modals.edit(self._parts.engine.card(ref.plan_id), where)

    def _snooze(self, ref: ids.PlanRef, where: dict[str, object], user: str) -> Block:
        shown = self._parts.engine.card(ref.plan_id)
        zone = self._parts.directory.known(user).timezone
        latest = shown.approval.expires_at if shown.approval else shown.header.expires_at
        return modals.snooze(ref, where, suggested(self._parts.clock.now(), zone, latest))

    def _ask(self, body: Json, client: WebClient, made: Asked) -> None:
        channel, at = place(body)
        user, under = str(body["user"]["id"]), _under(body)
        try:
            ref = ids.parse(str(body["actions"][0].get("value", "")))
            where = modals.place(ref, channel=channel, message=at, thread=under)
            client.views_open(trigger_id=body["trigger_id"], view=made(ref, where, user))
        except ClearanceError as error:
            self._whisper(channel, user, error.sentence(), under)
        except SlackApiError as error:
            log.info("a modal could not be opened: %s", code(error))
            self._whisper(channel, user, "That took too long; press the button again.", under)

    def _do(self, body: Json, view: Json, deed: Callable[[ids.PlanRef, str], str]) -> None:
        where, user = given.where(view), str(body["user"]["id"])
        channel, under = str(where["channel"]), str(where["thread"])

        def job() -> None:
            told = deed(ids.parse(str(where["plan"])), user)
            self._parts.poster.whisper(channel, user, words(told), under=under)

        self._parts.work.submit(job, failed=self._parts.failed(channel, user, under=under))

    def _whisper(self, channel: str, user: str, sentence: str, under: str) -> None:
        failed = self._parts.failed(channel, user, under=under)
        self._parts.work.submit(lambda: failed(sentence, ""), failed=failed)


def suggested(now: datetime, timezone: str, latest: datetime) -> datetime:
    """When to come back to something: tomorrow at nine in this zone, or an hour before it expires."""
    try:
        zone = ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError):
        zone = ZoneInfo("UTC")
    tomorrow = (now.astimezone(zone) + timedelta(days=1)).date()
    morning = datetime.combine(tomorrow, MORNING, zone)
    return morning if morning < latest else max(now + (latest - now) / 2, latest - timedelta(hours=1))


def _wish(view: Json) -> Wish:
    listed = given.entries(given.line(view, modals.LEFT_OUT))
    strange = [each for each in listed if "@" not in each and not each.isdecimal()]
    if strange:
        raise InvalidArguments("I can leave out addresses and row numbers only", on=strange[0][:40])
    systems = given.ticked(view, modals.SYSTEMS)
    return Wish(
        systems=cast("frozenset[System]", frozenset(systems)) if systems else None,
        cap=given.number(view, modals.CAP),
        addresses=tuple(each for each in listed if "@" in each),
        rows=tuple(int(each) for each in listed if each.isdecimal()),
    )


def _under(body: Json) -> str:
    return str((body.get("message") or {}).get("thread_ts") or "")
