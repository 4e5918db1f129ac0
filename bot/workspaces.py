"""Many workspaces in one installation: the installation's own store, and for each workspace a bot apart.

A workspace's bot has a database, a home, a policy, a key and vendors of its own; no query names a workspace,
because no connection reaches more than one.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial

from bot import log
from bot.app import App, assembled, secret, slack_api, slack_surface
from bot.settings import Settings
from bot.slack.app import SlackSurface
from bot.slack.http import Wsgi
from bot.slack.installations import Installations, States
from bot.slack.oauth import flow
from bot.slack.sealing import Seal
from bot.slack.workspaces import Workspaces
from bot.store import separate
from bot.store.connect import Store
from bot.store.installations import Installed
from tools.errors import NeedsAttention


@dataclass(frozen=True, kw_only=True)
class Installation:
    """The installation's own store: which workspaces there are, and their tokens, encrypted."""

    settings: Settings
    store: Store
    workspaces: Installations

    def installed(self, team: str) -> Installed:
        """A workspace. Raises `NeedsAttention` when the app is not installed there."""
        found = self.workspaces.find(team)
        if found is None:
            raise NeedsAttention("Clearance is not installed in that workspace", on=team)
        return found


@contextmanager
def installation(settings: Settings) -> Iterator[Installation]:
    """Open the installation's store. Raises `NeedsAttention` without keys for the tokens."""
    log.configure(settings.log_level or "info")
    keys = secret(settings.token_keys)
    if not keys:
        raise NeedsAttention("Tokens cannot be kept", on="CLEARANCE_TOKEN_KEYS", do="Set a key for them.")
    seal = Seal(keys)
    store = Store.open(settings.database)
    try:
        yield Installation(settings=settings, store=store, workspaces=Installations(store, seal))
    finally:
        store.close()


@contextmanager
def bot_of(whole: Installation, installed: Installed, *, works: bool) -> Iterator[tuple[App, SlackSurface]]:
    """The bot of one workspace and its surface, until the block ends. With `works` it drives its runs."""
    settings = settings_of(whole, installed)
    with ExitStack() as stack:
        app = assembled(settings, stack, surface="slack", works=works)
        surface = slack_surface(app)
        stack.callback(surface.stop)
        yield app, surface


def settings_of(whole: Installation, installed: Installed) -> Settings:
    """The settings of one workspace; its database is there when this returns."""
    base, team = whole.settings, installed.team_id
    settings = base.of_workspace(team, whole.workspaces.token(installed))
    settings.home.mkdir(parents=True, exist_ok=True)
    if base.database_url.startswith("postgresql"):
        own = separate.beside(base.database_url, team.lower())
        separate.create(own, by=base.database_url)
        settings = settings.model_copy(update={"database_url": own})
    return settings


def wsgi(whole: Installation, stack: ExitStack) -> Wsgi:
    """All workspaces behind one address, and the pages that install the app in another one."""
    settings = whole.settings
    workspaces = Workspaces(whole.workspaces, partial(_surface, whole), most=settings.workspaces_open)
    stack.callback(workspaces.close)
    workspaces.warm()
    return Wsgi(
        workspaces.dispatch,
        signing_secret=secret(settings.slack_signing_secret),
        flow=flow(
            client_id=settings.slack_client_id,
            client_secret=secret(settings.slack_client_secret),
            installations=whole.workspaces,
            states=States(whole.store),
            redirect_url=settings.slack_redirect_url,
            base_url=slack_api(settings),
        ),
    )


@contextmanager
def _surface(whole: Installation, installed: Installed) -> Iterator[SlackSurface]:
    with bot_of(whole, installed, works=False) as (_, surface):
        yield surface
