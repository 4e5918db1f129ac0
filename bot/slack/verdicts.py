"""What people think of answers and plans: thumbs, what was meant instead, and whole sections of pages."""

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from slack_bolt import Ack, App
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.assistant.offline.reading import Reading
from bot.assistant.offline.slots import Extras, fill
from bot.engine.calls import Answered, ThreadRef, ToolCall
from bot.slack import given, ids
from bot.slack.parts import Parts
from bot.slack.post import code
from bot.slack.thread import SURFACE, is_direct, is_hidden, place
from bot.slack.views import correcting
from bot.slack.views.answer import RUNBOOKS, whole
from bot.slack.views.pieces import words
from bot.store import feedback, gaps, turns
from bot.store.feedback import Correction, Feedback
from bot.store.gaps import Gap
from bot.store.turns import Turn
from tools.errors import ClearanceError, InvalidArguments
from tools.registry import Tool
from tools.rules import word_match

LIKELY = 8
FORGOTTEN = "I don't remember that any more"

log = logging.getLogger(__name__)

Json = Mapping[str, Any]


class Verdicts:
    """Stores verdicts at once; the question of what was meant can be left open."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def register(self, app: App) -> None:
        """Listen to thumbs, their modal, and the buttons of sections."""
        app.action(ids.FEEDBACK)(self.thumb)
        app.action(ids.FEEDBACK_PLAIN)(self.thumb)
        app.view(ids.CORRECTED)(self.corrected)
        app.action(ids.SECTION_PATTERN)(self.section)

    def thumb(self, ack: Ack, body: Json, client: WebClient) -> None:
        """A thumb up or down. Down asks what was meant, while the trigger lives."""
        ack()
        channel, at = place(body)
        user, under = str(body["user"]["id"]), _under(body)
        failed = self._parts.failed(channel, user, under=under)
        try:
            thumb = ids.thumb(str(body["actions"][0].get("value", "")))
            key, turn = self._about(thumb.about)
        except ClearanceError as error:
            sentence = error.sentence()
            self._parts.work.submit(lambda: failed(sentence, ""), failed=failed)
            return
        self._parts.work.submit(lambda: self._record(thumb, key, turn, user), key=_lane(user), failed=failed)
        if thumb.verdict == "down" and turn is not None:
            where: dict[str, object] = {
                "turn": f"t.{key}",
                "channel": channel,
                "message": at,
                "thread": under,
            }
            try:
                view = correcting.correct(self._likely(turn), where)
                client.views_open(trigger_id=body["trigger_id"], view=view)
            except SlackApiError as error:
                log.info("what was meant could not be asked: %s", code(error))

    def corrected(self, ack: Ack, body: Json, view: Json) -> None:
        """What was meant; the correction is kept as a case for evaluation."""
        ack()
        where, user = given.where(view), str(body["user"]["id"])
        channel, under = str(where["channel"]), str(where["thread"])
        meant, said = given.picked(view, correcting.MEANT), given.line(view, correcting.WORDS)
        failed = self._parts.failed(channel, user, under=under)

        def job() -> None:
            told = self._correct(ids.turn(str(where["turn"]))[0], user, meant, said)
            self._parts.poster.whisper(channel, user, words(told), under=under)

        self._parts.work.submit(job, key=_lane(user), failed=failed)

    def section(self, ack: Ack, body: Json) -> None:
        """A whole section, under the answer, or to the presser alone where the answer was."""
        ack()
        channel, at = place(body)
        user, under, hidden = str(body["user"]["id"]), _under(body) or at, is_hidden(body)
        value = str(body["actions"][0].get("value", ""))
        failed = self._parts.failed(channel, user, under=_under(body))
        self._parts.work.submit(
            lambda: self._show(value, user, channel, "" if hidden else under), failed=failed
        )

    def _about(self, about: str) -> tuple[int, Turn | None]:
        with self._parts.store.read() as connection:
            key = turns.of_plan(connection, about) if about.startswith("P-") else ids.turn(about)[0]
            return key, turns.get(connection, key)

    def _record(self, thumb: ids.Thumb, key: int, turn: Turn | None, user: str) -> None:
        now = self._parts.clock.now()
        kept = Feedback(
            turn_key=key,
            principal=user,
            surface=SURFACE,
            verdict=thumb.verdict,
            at=now,
            tool=(turn.tool if turn else None) or "",
            args=turn.called if turn else {},
            page=thumb.page,
            section=thumb.section,
            quote=thumb.quote,
        )
        with self._parts.store.begin() as connection:
            feedback.record(connection, kept)
            if turn is not None and thumb.verdict == "down" and turn.tool == RUNBOOKS:
                gap = Gap(
                    question=str(turn.called.get("question") or turn.said),
                    audience="everyone",
                    kind="thumbs_down",
                    page=thumb.page.partition("#")[0],
                    at=now,
                )
                gaps.add(connection, gap)

    def _correct(self, key: int, user: str, meant: str, comment: str) -> str:
        _, turn = self._about(f"t.{key}")
        if turn is None:
            raise InvalidArguments(FORGOTTEN, do="Ask again and tell me then.")
        tool = self._parts.engine.registry.get(meant)
        with self._parts.store.begin() as connection:
            feedback.comment(connection, key, user, comment)
            if tool is not None:
                feedback.correct(connection, self._correction(key, turn, user, tool))
        if tool is None:
            return "Thank you; whoever looks after me will read that."
        return f"Thank you. “{tool.name.replace('_', ' ')}” it should have been; that is a test now."

    def _correction(self, key: int, turn: Turn, user: str, tool: Tool) -> Correction:
        now = self._parts.clock.now()
        read = fill(tool, Reading(turn.said, now.date()), Extras()).args
        known = {name: value for name, value in turn.called.items() if name in tool.arguments.model_fields}
        return Correction(
            turn_key=key,
            said=turn.said,
            roles=sorted(self._parts.directory.known(turn.principal).roles),
            principal=user,
            tool=turn.tool or "",
            args=turn.called,
            meant_tool=tool.name,
            meant_args={**known, **read},
            at=now,
        )

    def _likely(self, turn: Turn) -> Sequence[Tool]:
        """The tools whose examples are nearest to what was said, the one that was called left out."""
        tools = [each for name, each in self._parts.engine.registry.items() if name != turn.tool]
        asked = [(each, text) for each in tools for text in (each.name.replace("_", " "), *each.examples)]
        ranked = word_match.rank(turn.said, [text for _, text in asked], known=True)
        near = list({asked[at][0].name: asked[at][0] for at, _ in ranked}.values())
        return (near or tools)[:LIKELY]

    def _show(self, value: str, user: str, channel: str, under: str) -> None:
        key, number = ids.turn(value)
        _, turn = self._about(f"t.{key}")
        if turn is None or turn.tool != RUNBOOKS:
            raise InvalidArguments(FORGOTTEN, do="Ask again, and use the fresh button.")
        call = ToolCall(
            tool=RUNBOOKS,
            args=turn.called,
            principal=self._parts.directory.known(user),
            thread=ThreadRef(surface=SURFACE, channel=channel, thread=turn.thread),
            said=turn.said,
            private=not under or is_direct(channel),
        )
        result = self._parts.engine.submit(call)
        cited = result.answer.citations if isinstance(result, Answered) else ()
        if number >= len(cited):
            raise InvalidArguments("That section is not there any more", do="Ask again.")
        if under:
            self._parts.poster.post(channel, whole(cited[number]), under=under)
        else:
            self._parts.poster.whisper(channel, user, whole(cited[number]))


def _lane(user: str) -> str:
    # what was meant is noted on the thumb, so it must not overtake it
    return f"thumbs/{user}"


def _under(body: Json) -> str:
    return str((body.get("message") or {}).get("thread_ts") or "")
