"""HTTP mode: a WSGI application that answers Slack's signed requests, for gunicorn's threaded workers.

Bolt's own development server loses events on closed connections, and its ASGI adapter serialises commands.
Nothing is parsed before the signature was checked.
"""

import json
from collections.abc import Callable, Iterable
from wsgiref.types import StartResponse, WSGIEnvironment

from slack_bolt import BoltRequest, BoltResponse
from slack_bolt.adapter.wsgi.http_request import WsgiHttpRequest
from slack_bolt.adapter.wsgi.http_response import WsgiHttpResponse
from slack_bolt.oauth import OAuthFlow
from slack_sdk.signature import SignatureVerifier

PATH = "/slack/events"
LARGEST = 1024 * 1024  # bytes; Slack's own requests stay far below

Dispatch = Callable[[BoltRequest], BoltResponse]


class Wsgi:
    """Slack's requests at `/slack/events`, installing where there is a flow for it, and `GET /health`."""

    def __init__(self, dispatch: Dispatch, *, signing_secret: str, flow: OAuthFlow | None = None) -> None:
        self._dispatch = dispatch
        self._signature = SignatureVerifier(signing_secret)
        self._pages: dict[str, Dispatch] = {"/health": _healthy}
        if flow is not None:
            self._pages |= {
                flow.install_path: flow.handle_installation,
                flow.redirect_uri_path: flow.handle_callback,
            }

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """One request."""
        answer = self._answer(WsgiHttpRequest(environ))
        sent = WsgiHttpResponse(status=answer.status, headers=answer.headers, body=answer.body)
        start_response(sent.status, sent.get_headers())
        return sent.get_body()

    def _answer(self, request: WsgiHttpRequest) -> BoltResponse:
        if request.method == "GET" and request.path in self._pages:
            return self._pages[request.path](_bolt(request, ""))
        if request.method != "POST" or request.path != PATH:
            return BoltResponse(status=404, body="Not found")
        if int(request.environ.get("CONTENT_LENGTH") or 0) > LARGEST:
            return BoltResponse(status=413, body="Too large")
        try:
            body = request.get_body()
        except UnicodeDecodeError:
            return BoltResponse(status=400, body="Not text")
        if not self._signed(request, body):
            return BoltResponse(status=401, body=json.dumps({"error": "invalid request"}))
        return self._dispatch(_bolt(request, body))

    def _signed(self, request: WsgiHttpRequest, body: str) -> bool:
        headers = request.get_headers()
        at = str(headers.get("x-slack-request-timestamp", ""))
        signature = str(headers.get("x-slack-signature", ""))
        if not (at.isascii() and at.isdigit() and signature.isascii()):
            return False
        return self._signature.is_valid(body=body, timestamp=at, signature=signature)


def _bolt(request: WsgiHttpRequest, body: str) -> BoltRequest:
    return BoltRequest(body=body, query=request.query_string, headers=request.get_headers())


def _healthy(_request: BoltRequest) -> BoltResponse:
    return BoltResponse(status=200, body="ok\n", headers={"content-type": ["text/plain;charset=utf-8"]})
