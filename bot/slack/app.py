"""The surface on Slack, built from its parts: Bolt in front, the engine and the conversation behind.

Listeners acknowledge and hand over; a pool of our own does the work, the outbox's thread tells the news.
"""

import logging
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Thread
from typing import cast

from slack_bolt import Ack, App, BoltResponse
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError

from bot.engine.engine import Engine
from bot.engine.notebook import StoredNotebook
from bot.slack.actions import Actions
from bot.slack.asking import Asking
from bot.slack.cards import Cards
from bot.slack.chores import Chores
from bot.slack.client import API, web_client
from bot.slack.commands import Commands
from bot.slack.directory import SlackDirectory, connect_directory
from bot.slack.events import Events
from bot.slack.files import Files
from bot.slack.live import Live
from bot.slack.outbox import Outbox
from bot.slack.parts import Conversation, Parts
from bot.slack.post import Pace, Poster, code
from bot.slack.reception import Inbox, Reception
from bot.slack.talk import Talk
from bot.slack.work import ASIDE, Work
from bot.store.connect import Store
from tools.errors import NeedsAttention
from tools.ports import Clock

__all__ = ["SlackSurface", "build", "connect_directory"]

LISTENERS = 32  # Bolt's own five threads are shared by everything, and five slow listeners stop commands
SOCKET_WORKERS = 16

log = logging.getLogger(__name__)


@dataclass(kw_only=True)
class SlackSurface:
    """A built surface: start it (Socket Mode, returns at once), stop it. `app` serves HTTP mode as well."""

    app: App
    parts: Parts
    outbox: Outbox
    app_token: str
    signing_secret: str
    executor: ThreadPoolExecutor
    _socket: SocketModeHandler | None = field(default=None, init=False)
    _reception: Reception | None = field(default=None, init=False)
    _inbox: Inbox | None = field(default=None, init=False)

    def start(self, *, apart: bool = False) -> None:
        """Connect by Socket Mode and work; `apart` only acknowledges, for a process that does `work`.

        Raises `NeedsAttention` for a refused token.
        """
        self.check()
        self._socket = SocketModeHandler(
            cast("App", self.reception()) if apart else self.app,
            self.app_token,
            web_client=WebClient(token=self.app_token, base_url=self.parts.client.base_url),
            concurrency=SOCKET_WORKERS,
        )
        try:
            self._socket.client.connect()
        except (SlackApiError, SlackClientError) as error:
            raise _refused(error, "SLACK_APP_TOKEN") from error
        if not apart:
            self.outbox.start()

    def reception(self) -> Reception:
        """What acknowledges here, for workers that share the store."""
        if self._reception is None:
            self._reception = Reception(self.app, self.parts.store)
        return self._reception

    def work(self) -> None:
        """Take what others have acknowledged, and tell news."""
        self.app.listener_runner.process_before_response = True  # so that a lane keeps its order
        self._inbox = Inbox(self.app, self.parts.store, self.parts.work)
        self._inbox.start()
        self.outbox.start()

    def check(self) -> None:
        """Whether Slack takes the bot's token; raises `NeedsAttention` when not."""
        try:
            self.parts.client.auth_test()
        except (SlackApiError, SlackClientError, OSError) as error:
            raise _refused(error, "SLACK_BOT_TOKEN") from error

    def stop(self, timeout: float = 10.0) -> None:
        """Take nothing new, end what is being answered, disconnect."""
        if self._socket is not None:
            # the SDK joins its threads without a limit, and now and then one does not end
            closing = Thread(target=self._socket.client.close, name="slack-closing", daemon=True)
            closing.start()
            closing.join(timeout)
        if self._reception is not None:
            self._reception.stop(timeout)
        if self._inbox is not None:
            self._inbox.stop(timeout)
        self.outbox.stop(timeout)
        if not self.parts.work.close(timeout):
            self.parts.live.leave()
            self.parts.work.close(timeout)
        if self._inbox is not None:
            self._inbox.settle()
        self.executor.shutdown(wait=False, cancel_futures=True)


def build(  # noqa: PLR0913 (the seam to the composition root: every part is named)
    *,
    engine: Engine,
    conversation: Conversation,
    store: Store,
    directory: SlackDirectory,
    bot_token: str,
    app_token: str,
    signing_secret: str,
    clock: Clock,
    base_url: str = API,
    sandbox: bool = False,
    pace: Pace | None = None,
) -> SlackSurface:
    """Put the surface together; nothing is called yet. `sandbox` says that the vendors are the twin."""
    client = web_client(bot_token, base_url)
    poster = Poster(client, pace=pace)
    cards = Cards(engine=engine, store=store, poster=poster, directory=directory, clock=clock)
    live = Live(client, poster, notes=StoredNotebook(store, clock))
    parts = Parts(
        engine=engine,
        conversation=conversation,
        store=store,
        directory=directory,
        clock=clock,
        client=client,
        poster=poster,
        live=live,
        work=Work(aside=ASIDE),
        cards=cards,
        files=Files(client),
    )
    executor = ThreadPoolExecutor(LISTENERS, thread_name_prefix="slack-listener")
    app = _bolt(client, signing_secret, executor)
    _register(app, parts, sandbox=sandbox)
    outbox = Outbox(store=store, cards=cards, poster=poster, live=live, clock=clock, chores=Chores(parts))
    return SlackSurface(
        app=app,
        parts=parts,
        outbox=outbox,
        app_token=app_token,
        signing_secret=signing_secret,
        executor=executor,
    )


def _bolt(client: WebClient, signing_secret: str, executor: ThreadPoolExecutor) -> App:
    """Bolt with as many listeners as we need; it keeps no tokens of its own."""
    logging.getLogger("slack_bolt.App").addFilter(_worth_saying)
    app = App(
        client=client,
        signing_secret=signing_secret,
        listener_executor=executor,
        token_verification_enabled=False,  # `check` does it, with a sentence that says what to do
    )
    if app.oauth_flow is not None:
        raise NeedsAttention(
            "Bolt would keep tokens by itself", on="SLACK_CLIENT_ID", do="Take it out of the environment."
        )
    return app


def _register(app: App, parts: Parts, *, sandbox: bool) -> None:
    talk = Talk(parts)
    Events(parts, talk).register(app)
    Actions(parts, talk).register(app)
    asking = Asking(parts, talk)
    asking.register(app)
    Commands(parts, talk, asking, sandbox=sandbox).register(app)
    anything = re.compile(".*")
    app.shortcut(anything)(_acknowledge)
    app.view(anything)(_acknowledge)
    app.view_closed(anything)(_acknowledge)
    app.options(anything)(_acknowledge)
    app.error(_broken)


def _worth_saying(record: logging.LogRecord) -> bool:
    # Bolt finds the token in the environment as well, and says that it ignores it
    return "`token` will be unused" not in record.getMessage()


def _acknowledge(ack: Ack) -> None:
    # nothing we ask for, and nothing Slack should send again
    ack()


def _broken(error: Exception) -> BoltResponse:
    log.error("a listener failed", exc_info=error)
    return BoltResponse(status=200, body="")


def _refused(error: Exception, setting: str) -> NeedsAttention:
    said = code(error) if isinstance(error, SlackApiError) else str(error)
    return NeedsAttention(
        "Slack does not let me in", on=setting, do=f"Check {setting} and the app's installation.", detail=said
    )
