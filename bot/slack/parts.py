"""What the handlers of the surface are given."""

from dataclasses import dataclass
from typing import Protocol

from slack_sdk import WebClient

from bot.assistant.utterance import Reply, Utterance
from bot.engine.engine import Engine
from bot.slack.cards import Cards
from bot.slack.directory import SlackDirectory
from bot.slack.files import Files
from bot.slack.live import Live
from bot.slack.post import Poster
from bot.slack.views import refusal
from bot.slack.views.pieces import words
from bot.slack.work import Failed, Work
from bot.store.connect import Store
from tools.ports import Clock


class Conversation(Protocol):
    """Who answers: `bot.assistant.conversation.Conversation`."""

    def respond(self, utterance: Utterance) -> Reply:
        """One reply to something a person said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The engine and the conversation on one side, Slack on the other; built by `bot.slack.app.build`."""

    engine: Engine
    conversation: Conversation
    store: Store
    directory: SlackDirectory
    clock: Clock
    client: WebClient
    poster: Poster
    live: Live
    work: Work
    cards: Cards
    files: Files

    def failed(self, channel: str, user: str, *, under: str = "") -> Failed:
        """What tells this person, and nobody else, that what they asked for did not work."""

        def tell(sentence: str, reference: str) -> None:
            told = words(sentence) if sentence else refusal.failure(reference)
            self.poster.whisper(channel or self.poster.direct(user), user, told, under=under)

        return tell
