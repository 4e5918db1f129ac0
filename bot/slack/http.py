"""HTTP mode: a WSGI application for where Socket Mode is not wanted.

Serve it with gunicorn's threaded workers (`--worker-class gthread --threads 32`), one surface a process; the
processes share one store. Bolt's own development server loses events on closed connections.
"""

from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIEnvironment

from slack_bolt.adapter.wsgi import SlackRequestHandler

from bot.slack.app import SlackSurface

PATH = "/slack/events"


class Wsgi:
    """Answers Slack's signed requests at `/slack/events`, and `GET /health` for whoever balances load."""

    def __init__(self, surface: SlackSurface) -> None:
        self._bolt = SlackRequestHandler(surface.app, path=PATH)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """One request."""
        if environ["REQUEST_METHOD"] == "GET" and environ["PATH_INFO"] == "/health":
            start_response("200 OK", [("Content-Type", "text/plain")])
            return [b"ok\n"]
        return self._bolt(environ, start_response)


def wsgi(surface: SlackSurface) -> Wsgi:
    """The surface as a WSGI application: checks the token and begins to tell news."""
    surface.check()
    surface.outbox.start()
    return Wsgi(surface)
