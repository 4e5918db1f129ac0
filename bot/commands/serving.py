"""`clearance serve` and `clearance worker`: run until stopped, then leave every run resumable.

`serve` only listens and talks; a worker in a process of its own, which it starts and keeps alive, drives the
runs and tells their news.
"""

import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.console import Console

from bot.app import App, opened, settings_of, slack_surface
from bot.commands.crew import Child, when_abandoned
from bot.store import workers
from tools.errors import ClearanceError

if TYPE_CHECKING:
    from bot.slack.app import SlackSurface

WORKER_SECONDS = 60.0  # a first start migrates the database before it works


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """How to serve: by Socket Mode, or by HTTP at an address; with a worker of its own or without."""

    twin: str = ""
    http: bool = False
    host: str = "127.0.0.1"
    port: int = 3000
    processes: int = 2
    worker: bool = True


def serve(wanted: Wanted) -> int:
    """Listen to Slack until stopped. 1 when settings are missing or Slack refuses them."""
    console = Console(highlight=False)
    settings = settings_of(twin=wanted.twin)
    missing = settings.missing(_needed(wanted, many=settings.many))
    if missing:
        console.print(
            f"Slack needs {', '.join(missing)}. Set them in .env; `clearance manifest` makes the app."
        )
        return 1
    try:
        if wanted.http:
            from bot.commands import web

            return web.serve(wanted, settings, console)
        return _until_stopped(lambda stopping: _join(wanted, console, stopping))
    except ClearanceError as error:
        console.print(error.sentence())
        return 1


def work(twin: str, *, team: str = "", attached: bool = False) -> int:
    """Drive cleared plans until stopped, and tell their news in Slack where there is a token for it.

    With many workspaces and no `team`, one such process is kept for each workspace that installed the app.
    """
    console = Console(highlight=False)
    settings = settings_of(twin=twin)
    try:
        if settings.many:
            from bot.commands import workspaces

            each = workspaces.work_for if team else workspaces.keep_crew
            return _until_stopped(lambda stopping: each(team, settings, console, stopping), attached=attached)
        return _until_stopped(lambda stopping: _drive(twin, console, stopping), attached=attached)
    except ClearanceError as error:
        console.print(error.sentence())
        return 1


def _needed(wanted: Wanted, *, many: bool) -> str:
    if not wanted.http:
        return "slack"
    return "slack-many" if many else "slack-http"


def _until_stopped(do: Callable[[threading.Event], None], *, attached: bool = False) -> int:
    stopping = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: stopping.set())
    if attached:
        when_abandoned(stopping)
    do(stopping)
    return 0


def _join(wanted: Wanted, console: Console, stopping: threading.Event) -> None:
    with opened(twin=wanted.twin, surface="slack", works=False) as app:
        surface = slack_surface(app)
        surface.check()
        twin = ("--twin", app.settings.twin_url) if app.twin else ()
        child = Child("worker", *twin) if wanted.worker else None
        try:
            await_worker(app, stopping)
            surface.start(apart=True)
            console.print(_welcome(app, "In Slack"))
            stopping.wait()
            console.print("Stopping; what is under way goes on at the next start.")
        finally:
            surface.stop()
            if child is not None:
                child.stop()


def _drive(twin: str, console: Console, stopping: threading.Event) -> None:
    settings = settings_of(twin=twin)
    with opened(twin=twin, surface="slack" if settings.slack_bot_token else "") as app:
        drive(app, slack_surface(app) if settings.slack_bot_token else None, console, stopping)


def drive(app: App, surface: "SlackSurface | None", console: Console, stopping: threading.Event) -> None:
    """Let the app work until `stopping`, telling news through the surface if there is one."""
    if surface is not None:
        surface.work()
    console.print(_welcome(app, "Working"))
    stopping.wait()
    console.print("Stopping; what is under way goes on at the next start.")
    if surface is not None:
        surface.stop()


def await_worker(app: App, stopping: threading.Event) -> bool:
    """Wait until somebody works on this store: its first worker makes the queue that votes put runs in."""
    deadline = time.monotonic() + WORKER_SECONDS
    while time.monotonic() < deadline and not stopping.is_set():
        with app.store.read() as connection:
            if workers.living(connection):
                return True
        stopping.wait(0.1)
    return False


def _welcome(app: App, where: str) -> str:
    against = f"the twin at {app.settings.twin_url}" if app.twin else "the vendors in the settings"
    return f"{where}, against {against}, as {app.durable.worker_id}. Ctrl-C stops."
