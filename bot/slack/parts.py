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
from bot.slack.work import Work
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
