"""A bare Bolt app, and requests as Slack sends them, for measuring ours beside it."""

import json
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from slack_bolt import Ack, App, BoltRequest
from slack_sdk.signature import SignatureVerifier

from bot.slack import ids
from bot.slack.client import web_client
from bot.slack.demo import BOT, CHANNEL
from bot.slack.reception import Reception

ASKER, VOTER = "U_ANA", "U_MAX"
KINDS = ("event", "command", "action")


@dataclass(frozen=True, kw_only=True)
class Request:
    """What Slack sends: a JSON body for an event, fields of a form for a command or a press."""

    body: Mapping[str, Any]
    form: bool

    def text(self) -> str:
        """As it goes over HTTP."""
        if not self.form:
            return json.dumps(self.body)
        return urlencode({"payload": json.dumps(self.body)} if "actions" in self.body else self.body)

    def headers(self, signing_secret: str) -> dict[str, str]:
        """What it is signed with, now."""
        moment = str(int(time.time()))
        signed = SignatureVerifier(signing_secret).generate_signature(timestamp=moment, body=self.text())
        kind = "application/x-www-form-urlencoded" if self.form else "application/json"
        return {
            "Content-Type": kind,
            "X-Slack-Request-Timestamp": moment,
            "X-Slack-Signature": str(signed),
        }


def bare_app(token: str, signing_secret: str, base_url: str) -> App:
    """Bolt with one listener of each kind that does nothing but acknowledge."""
    app = App(
        client=web_client(token, base_url), signing_secret=signing_secret, token_verification_enabled=False
    )
    app.event("app_mention")(_nothing)
    app.command("/marops")(_acknowledge)
    app.action(ids.APPROVE)(_acknowledge)
    return app


def request(kind: str, *, words: str = "help", thread: str = "", plan: str = "") -> Request:
    """One mention, command or press of Approve, never the same twice."""
    at = f"{time.time():.3f}{uuid.uuid4().int % 1000:03d}"
    return _MADE[kind](at, words, thread, plan or "P-999999.000000000000")


def milliseconds_to_ack(app: App | Reception, sent: Request) -> float:
    """Hand the app one request as Socket Mode does and wait for its acknowledgement."""
    started = time.perf_counter()
    answer = app.dispatch(BoltRequest(body=dict(sent.body), mode="socket_mode"))
    assert answer.status == 200, answer.status  # noqa: PLR2004 (HTTP's OK)
    return (time.perf_counter() - started) * 1000


def _mention(at: str, words: str, thread: str, _plan: str) -> Request:
    said = {"type": "app_mention", "user": ASKER, "text": f"<@{BOT}> {words}", "ts": at, "event_ts": at}
    body = {
        "type": "event_callback",
        "event_id": f"Ev{uuid.uuid4().hex[:12]}",
        "team_id": "T0DEMO",
        "authorizations": [{"team_id": "T0DEMO", "user_id": BOT, "is_bot": True}],
        "event": {**said, "channel": CHANNEL, **({"thread_ts": thread} if thread else {})},
    }
    return Request(body=body, form=False)


def _command(at: str, words: str, _thread: str, _plan: str) -> Request:
    body = {"command": "/marops", "text": words, "user_id": ASKER, "channel_id": CHANNEL}
    return Request(body={**body, "team_id": "T0DEMO", "trigger_id": at}, form=True)


def _press(at: str, _words: str, thread: str, plan: str) -> Request:
    pressed = {"type": "button", "action_id": ids.APPROVE, "block_id": at, "value": plan}
    body = {
        "type": "block_actions",
        "user": {"id": VOTER, "name": "max", "team_id": "T0DEMO"},
        "team": {"id": "T0DEMO"},
        "channel": {"id": CHANNEL},
        "container": {"type": "message", "channel_id": CHANNEL, "message_ts": thread or at},
        "message": {"ts": thread or at, "text": "", "blocks": []},
        "trigger_id": at,
        "actions": [{**pressed, "action_ts": at}],
    }
    return Request(body=body, form=True)


def _nothing() -> None:
    """The bare app's listener for events."""


def _acknowledge(ack: Ack) -> None:
    ack()


_MADE: Mapping[str, Callable[[str, str, str, str], Request]] = {
    "event": _mention,
    "command": _command,
    "action": _press,
}
