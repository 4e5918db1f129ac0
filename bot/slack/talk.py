"""A conversation turn on Slack: hear once, let the conversation answer, show it where it may be seen."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from bot.assistant.utterance import Reply, Utterance
from bot.slack.escape import clip
from bot.slack.keeping import Keeping
from bot.slack.live import Ongoing
from bot.slack.parts import Parts
from bot.slack.rooms import for_everybody
from bot.slack.thread import Heard
from bot.slack.views import refusal
from bot.slack.views.answer import reply as view
from bot.slack.views.pieces import Message, words
from bot.slack.work import Failed
from bot.store import seen, turns

Json = Mapping[str, Any]
EDITED = "I don't change anything for an edited message. Send it as a new one."
WHAT_WITH_IT = (
    "I have {}. What should I do with it? For instance: “import the list into campaign …, source trade "
    "show”, or “suppress everybody in the file”."
)


class Talk:
    """Turns `Heard` into replies, in the background, one after the other in each thread."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._keeping = Keeping(parts)

    def hear(self, heard: Heard) -> None:
        """Answer it soon. Delivered twice, it is answered once."""
        key = f"{heard.thread.channel}/{heard.thread.thread}"
        self._parts.work.submit(lambda: self._turn(heard), key=key, failed=self._failed(heard))

    def aside(self, heard: Heard, show: Callable[[], None]) -> None:
        """Do something for a request that is no turn of the conversation; told of failures the same way."""
        self._parts.work.submit(show, failed=self._failed(heard))

    def _failed(self, heard: Heard) -> Failed:
        def tell(sentence: str, reference: str) -> None:
            self._say(heard, words(sentence) if sentence else refusal.failure(reference))

        return tell

    def _turn(self, heard: Heard) -> None:
        if not self.first(heard):
            return
        if heard.files and not heard.text:
            self._keeping.attached(heard.user, heard.thread.channel, heard.files)
            self._say(heard, words(WHAT_WITH_IT.format(listed(heard.files))))
            return
        heard = self._keeping.with_files(heard)
        ongoing = self._parts.live.begin(heard)
        try:
            reply = self._parts.conversation.respond(self._utterance(heard))
        except BaseException:
            ongoing.silence()
            raise
        if heard.edited and reply.outcome == "declined":
            reply = replace(reply, text=EDITED, choices=())
        self._show(heard, reply, ongoing)

    def first(self, heard: Heard) -> bool:
        """Whether none of the ids of this message was seen before; they are from now on."""
        with self._parts.store.begin() as connection:
            now = self._parts.store.now(connection)
            new = [seen.first_time(connection, each, now=now) for each in heard.seen_as]
        return all(new)

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
