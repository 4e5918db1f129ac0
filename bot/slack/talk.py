"""A conversation turn on Slack: hear once, let the conversation answer, show it where it may be seen."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from bot.assistant.utterance import Reply, Utterance
from bot.engine.limiter import watched
from bot.slack.escape import clip
from bot.slack.going import Left, Ongoing
from bot.slack.held import Held, taken
from bot.slack.keeping import Keeping
from bot.slack.parts import Parts
from bot.slack.rooms import for_everybody
from bot.slack.takeover import Takeover, is_stop
from bot.slack.thread import Heard
from bot.slack.views import refusal
from bot.slack.views.answer import reply as view
from bot.slack.views.pieces import Message, words
from bot.slack.work import Failed
from bot.store import turns
from tools.progress import Stopped, heard_by

Json = Mapping[str, Any]
STOPPED = "Stopped. I read no further, and nothing was changed."
RESTARTED = "I am being restarted and did not finish that. Please ask again in a minute."
EDITED = "I don't change anything for an edited message. Send it as a new one."
WHAT_WITH_IT = (
    "I have {}. What should I do with it? For instance: “import the list into campaign …, source trade "
    "show”, or “suppress everybody in the file”."
)

log = logging.getLogger(__name__)


class Talk:
    """Turns `Heard` into replies, in the background, one after the other in each thread."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._keeping = Keeping(parts)
        self._takeover = Takeover(parts)

    def hear(self, heard: Heard) -> None:
        """Answer it soon. Delivered twice, it is answered once; cut off, another process takes it up."""
        if self._stops(heard):
            return
        key = f"{heard.thread.channel}/{heard.thread.thread}"
        held = taken()
        self._parts.work.submit(lambda: self._held(heard, held), key=key, failed=self._failed(heard))

    def aside(self, heard: Heard, show: Callable[[], None]) -> None:
        """Do something for a request that is no turn of the conversation; told of failures the same way."""
        self._parts.work.submit(show, failed=self._failed(heard))

    def _failed(self, heard: Heard) -> Failed:
        def tell(sentence: str, reference: str) -> None:
            self._say(heard, words(sentence) if sentence else refusal.failure(reference))

        return tell

    def _stops(self, heard: Heard) -> bool:
        """Whether this ends the turn that is under way in its thread; it then is no turn itself."""
        ongoing = self._parts.live.going(heard.thread.channel, heard.thread.thread)
        if ongoing is None or not is_stop(heard.text) or ongoing.heard.user != heard.user:
            return False
        if self._takeover.first(heard):
            ongoing.stop()
        return True

    def _held(self, heard: Heard, held: Held) -> None:
        try:
            self._turn(heard, held)
        except Left:
            log.info("a turn was left to another process")
            return
        except BaseException:
            held.give_back()
            raise
        held.give_back()

    def _turn(self, heard: Heard, held: Held) -> None:
        if not self._takeover.begins(heard, held):
            return
        if heard.files and not heard.text:
            self._keeping.attached(heard.user, heard.thread.channel, heard.files)
            self._say(heard, words(WHAT_WITH_IT.format(listed(heard.files))))
            return
        heard = self._keeping.with_files(heard)
        with self._parts.work.stepping_aside() as aside:
            ongoing = self._parts.live.begin(heard, held, aside=aside)
            reply = self._reply(heard, ongoing, kept=held.kept)
        if not self._takeover.answers(heard):
            ongoing.leave()
            return
        if heard.edited and reply.outcome == "declined":
            reply = replace(reply, text=EDITED, choices=())
        self._show(heard, reply, ongoing)

    def _reply(self, heard: Heard, ongoing: Ongoing, *, kept: bool) -> Reply:
        """What the conversation answers, watched: it can be stopped, and left."""
        try:
            with heard_by(ongoing.tell), watched(ongoing.check):
                return self._parts.conversation.respond(self._utterance(heard))
        except Left:
            if kept:
                ongoing.leave()
                raise
            return Reply(outcome="failed", text=RESTARTED)
        except Stopped:
            return Reply(outcome="failed", text=STOPPED)
        except BaseException:
            ongoing.silence()
            raise

    def _utterance(self, heard: Heard) -> Utterance:
        return Utterance(
            text=heard.text,
            principal=self._parts.directory.known(heard.user),
            thread=heard.thread,
            files=self._parts.files.received(heard.files),
            edited=heard.edited,
            private=heard.direct or bool(heard.only_to),
        )

    def _show(self, heard: Heard, reply: Reply, ongoing: Ongoing) -> None:
        self._files(heard, reply)
        if reply.outcome == "planned" and reply.card is not None:
            self._parts.cards.show(reply.card.header.id)
            if not reply.text:
                ongoing.silence()
                return
        if self._is_public(heard, reply):
            reply = for_everybody(reply)
        message = view(reply, turn=self._key(heard))
        if heard.only_to:
            ongoing.silence()
            self._say(heard, message)
        elif reply.answer is not None and reply.answer.private and not heard.direct:
            self._parts.poster.post(self._parts.poster.direct(heard.user), message)
            ongoing.finish(refusal.elsewhere("to you in a direct message"))
        else:
            ongoing.finish(message)
        if reply.answer is not None and reply.answer.charts:
            self._keeping.charts(heard, reply.answer.charts, private=reply.answer.private)

    def _is_public(self, heard: Heard, reply: Reply) -> bool:
        """Whether this is shown in a channel that the policy does not say may hold people's addresses."""
        alone = heard.direct or heard.only_to or (reply.answer is not None and reply.answer.private)
        return not alone and not self._parts.engine.policy.listed(heard.thread.channel)

    def _key(self, heard: Heard) -> int:
        """The exchange that the conversation has just stored; those of a thread come one after the other."""
        where = heard.thread
        with self._parts.store.read() as connection:
            return turns.newest(
                connection,
                surface=where.surface,
                channel=where.channel,
                thread=where.thread,
                principal=heard.user,
            )

    def _files(self, heard: Heard, reply: Reply) -> None:
        for file in (*reply.files, *(reply.answer.files if reply.answer else ())):
            self._keeping.send(heard.user, file, f"For your request “{clip(heard.text, 200)}”.")

    def _say(self, heard: Heard, message: Message) -> None:
        poster, channel = self._parts.poster, heard.thread.channel
        if heard.only_to:
            poster.whisper(channel, heard.only_to, message)
        else:
            poster.post(channel, message, under=heard.reply_in)


def listed(files: Sequence[Json]) -> str:
    """Names of files, as people list them."""
    return ", ".join(f"“{clip(str(each.get('name', 'a file')), 60)}”" for each in files)
