"""The two sides of `clearance bench slack` as processes of their own: our Slack surface, and a bare Bolt app.

Over HTTP both are served by gunicorn with the same settings. For Socket Mode a side hands requests to its app
itself, as many at a time as Socket Mode would, and prints how long each took.
"""

import json
import sys
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

from bot.app import App, opened, slack_surface
from bot.slack.app import SOCKET_WORKERS, SlackSurface
from bot.slack.bare import bare_app, milliseconds_to_ack, request
from bot.slack.http import Wsgi
from bot.slack.post import Pace


def main() -> None:
    """Be a side: the first argument says which, and how."""
    wanted = json.loads(sys.argv[1])
    if wanted["port"]:
        _http(wanted)
        return
    with ExitStack() as stack:
        _obey(_side(wanted, stack))


def ours(stack: ExitStack) -> tuple[App, SlackSurface]:
    """Our bot as `clearance serve` opens it."""
    app = stack.enter_context(opened(surface="slack", works=False))
    surface = slack_surface(app)
    stack.callback(surface.stop, 1)
    return app, surface


def work() -> None:
    """Be the worker behind ours, but for its pace: it posts as fast as it is asked."""
    with ExitStack() as stack:
        app = stack.enter_context(opened(surface="slack"))
        surface = slack_surface(app, pace=Pace(sleep=lambda _: None))
        surface.work()
        stack.callback(surface.stop, 1)
        _tell("Working")
        sys.stdin.read()


def _side(wanted: Mapping[str, Any], stack: ExitStack) -> Any:  # noqa: ANN401 (a Bolt app, whose library stays at its edge)
    if wanted["side"] == "bare":
        return bare_app(wanted["token"], wanted["signing_secret"], wanted["api"])
    return ours(stack)[1].reception()


def _http(wanted: Mapping[str, Any]) -> None:
    from bot.commands.serving import Wanted
    from bot.commands.web import Served, options

    def opening(stack: ExitStack) -> Wsgi:
        return Wsgi(_side(wanted, stack).dispatch, signing_secret=wanted["signing_secret"])

    Served(opening, options(Wanted(port=wanted["port"]))).run()


def _obey(app: Any) -> None:  # noqa: ANN401 (as above)
    """Read orders, `kind number-a-second seconds`, line by line; print the milliseconds of each request."""
    with ThreadPoolExecutor(SOCKET_WORKERS) as pool:
        milliseconds_to_ack(app, request("event"))  # the first one also asks Slack who the bot is
        _tell("ready")
        for line in sys.stdin:
            kind, rate, seconds = line.split()
            began, running = time.perf_counter(), []
            for number in range(int(rate) * int(seconds)):
                sent = request(kind)
                time.sleep(max(0.0, began + number / int(rate) - time.perf_counter()))
                running.append(pool.submit(milliseconds_to_ack, app, sent))
            _tell(json.dumps([each.result() for each in running]))


def _tell(line: str) -> None:
    print(line, flush=True)  # noqa: T201 (what the parent process reads)
