"""`clearance serve --http`: gunicorn's threaded workers in front of Slack's signed requests.

Every process of gunicorn opens the store for itself; none of them drives runs. What must happen once is
decided by the store.
"""

import threading
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from gunicorn.app.base import BaseApplication
from rich.console import Console
from typing_extensions import override

from bot.app import opened, slack_surface, vendors
from bot.commands.crew import Child
from bot.settings import Settings
from tools.errors import NeedsAttention

if TYPE_CHECKING:
    from bot.commands.serving import Wanted
    from bot.slack.http import Wsgi

THREADS = 32  # requests one process answers at a time; each is acknowledged in milliseconds
GRACE_SECONDS = 20

Opening = Callable[[ExitStack], "Wsgi"]


def serve(wanted: "Wanted", settings: Settings, console: Console) -> int:
    """Answer Slack over HTTP until stopped. Raises `NeedsAttention` for a refused token."""
    if not settings.many and not vendors(settings):
        raise NeedsAttention(
            "There is nothing to work on", do="Set a vendor's credentials, or name a twin with --twin."
        )
    child = (
        Child("worker", *(("--twin", settings.twin_url) if settings.twin_url else ()))
        if wanted.worker
        else None
    )
    try:
        console.print(_welcome(wanted, settings))
        Served(_opening(wanted, settings), options(wanted)).run()
    except SystemExit as ended:  # gunicorn's way to return
        return int(ended.code or 0)
    finally:
        if child is not None:
            child.stop()
    return 0


class Served(BaseApplication):  # type: ignore[misc] # gunicorn has no types
    """Our WSGI application under gunicorn: opened in each process after the fork, closed when it leaves."""

    def __init__(self, opening: Opening, options: Mapping[str, object]) -> None:
        self._opening = opening
        self._options = options
        self._stack = ExitStack()
        super().__init__()

    @override
    def load_config(self) -> None:
        """What gunicorn asks for its settings."""
        for name, value in self._options.items():
            self.cfg.set(name, value)
        self.cfg.set("worker_exit", lambda _arbiter, _process: self._stack.close())

    @override
    def load(self) -> "Wsgi":
        """What gunicorn asks for in each process."""
        return self._opening(self._stack)


def options(wanted: "Wanted") -> dict[str, Any]:
    """Gunicorn's settings: threads, no preloading (a fork must not share a database connection)."""
    return {
        "bind": f"{wanted.host}:{wanted.port}",
        "workers": wanted.processes,
        "worker_class": "gthread",
        "threads": THREADS,
        "graceful_timeout": GRACE_SECONDS,
        "timeout": 180,  # opening counts
        "keepalive": 30,
        "loglevel": "warning",
        "preload_app": False,
        "control_socket_disable": True,
    }


def _opening(wanted: "Wanted", settings: Settings) -> Opening:
    if settings.many:
        from bot.commands import workspaces

        return lambda stack: workspaces.wsgi(settings, stack)

    def open_one(stack: ExitStack) -> "Wsgi":
        from bot.commands.serving import await_worker
        from bot.slack.http import Wsgi

        app = stack.enter_context(opened(twin=wanted.twin, surface="slack", works=False))
        surface = slack_surface(app)
        surface.check()
        stack.callback(surface.stop)
        await_worker(app, threading.Event())
        return Wsgi(surface.reception().dispatch, signing_secret=surface.signing_secret)

    return open_one


def _welcome(wanted: "Wanted", settings: Settings) -> str:
    at = f"http://{wanted.host}:{wanted.port}/slack/events"
    whom = "every workspace that installs it" if settings.many else "one workspace"
    return f"Answering {whom} at {at}, {wanted.processes} processes. Ctrl-C stops."
