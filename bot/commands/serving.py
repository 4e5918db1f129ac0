"""`clearance serve` and `clearance worker`: run until stopped, then leave every run resumable."""

import signal
import threading

from rich.console import Console

from bot.app import App, opened, settings_of, slack_surface
from tools.errors import ClearanceError


def serve(twin: str) -> int:
    """Join Slack in Socket Mode and work until stopped. 1 when settings are missing or Slack refuses them."""
    console = Console(highlight=False)
    missing = settings_of(twin=twin).missing("slack")
    if missing:
        console.print(
            f"Slack needs {', '.join(missing)}. Set them in .env; `clearance manifest` makes the app."
        )
        return 1
    return _until_stopped(twin, console, with_slack=True)


def work(twin: str) -> int:
    """Drive cleared plans without a surface until stopped."""
    return _until_stopped(twin, Console(highlight=False), with_slack=False)


def _until_stopped(twin: str, console: Console, *, with_slack: bool) -> int:
    stopping = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: stopping.set())
    try:
        with opened(twin=twin, surface="slack" if with_slack else "") as app:
            surface = slack_surface(app) if with_slack else None
            if surface is not None:
                surface.start()
            console.print(_welcome(app, with_slack=with_slack))
            stopping.wait()
            console.print("Stopping; what is under way goes on at the next start.")
            if surface is not None:
                surface.stop()
    except ClearanceError as error:
        console.print(error.sentence())
        return 1
    return 0


def _welcome(app: App, *, with_slack: bool) -> str:
    where = "In Slack" if with_slack else "Working"
    against = f"the twin at {app.settings.twin_url}" if app.twin else "the vendors in the settings"
    return f"{where}, against {against}, as worker {app.durable.worker_id}. Ctrl-C stops."
