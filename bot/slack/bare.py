"""A bare Bolt app and the time from an event to its acknowledgement, for measuring ours beside it."""

import json
import time
import uuid

from slack_bolt import App, BoltRequest

from bot.slack.client import web_client
from bot.slack.demo import BOT, CHANNEL


def bare_app(token: str, signing_secret: str, base_url: str) -> App:
    """Bolt with one listener that does nothing."""
    app = App(
        client=web_client(token, base_url), signing_secret=signing_secret, token_verification_enabled=False
    )
    app.event("app_mention")(_nothing)
    return app


def seconds_to_ack(app: App, words: str, user: str) -> float:
    """Hand the app one mention and wait for its acknowledgement."""
    moment = f"{time.time():.6f}"
    event = {
        "type": "app_mention",
        "user": user,
        "text": f"<@{BOT}> {words}",
        "ts": moment,
        "channel": CHANNEL,
        "event_ts": moment,
    }
    body = {
        "type": "event_callback",
        "event_id": f"Ev{uuid.uuid4().hex[:12]}",
        "team_id": "T0DEMO",
        "authorizations": [{"team_id": "T0DEMO", "user_id": BOT, "is_bot": True}],
        "event": event,
    }
    started = time.perf_counter()
    app.dispatch(BoltRequest(body=json.dumps(body), mode="socket_mode"))
    return time.perf_counter() - started


def _nothing() -> None:
    """The listener of the bare app."""
