"""Identity, and the quotas every request is counted against."""

import time
import uuid
from collections import deque
from datetime import timedelta
from http import HTTPStatus
from typing import Final

from tools.twin.marketo.errors import WORDS, MarketoError
from tools.twin.wire import Call, Reply, as_json
from tools.twin.world import World

CLIENT_ID: Final = "twin-client"
CLIENT_SECRET: Final = "twin-secret"  # noqa: S105  # the twin's own, public by design
LIFETIME: Final = 3_600
WINDOW_SECONDS: Final = 20.0
WINDOW_CALLS: Final = 100
CENTRAL: Final = timedelta(hours=6)
"""The day's quota is reset at midnight, Central Standard Time."""


def token(call: Call) -> Reply:
    """GET or POST /identity/oauth/token: the same token while it lives."""
    given = call.form() | dict(call.query)
    if (given.get("client_id"), given.get("client_secret")) != (CLIENT_ID, CLIENT_SECRET):
        error = {"error": "invalid_client", "error_description": "Bad client credentials"}
        return as_json(error, status=HTTPStatus.UNAUTHORIZED)
    now = call.world.now().timestamp()
    issued, expires = call.world.memory.get("marketo_token", ("", 0.0))
    if expires <= now:
        issued, expires = f"{uuid.uuid4()}:int", now + LIFETIME
    expires = min(expires, now + LIFETIME)  # a restored clock may have gone back
    call.world.memory["marketo_token"] = (issued, expires)
    return as_json(
        {
            "access_token": issued,
            "token_type": "bearer",
            "expires_in": int(expires - now),
            "scope": "api@twin.example",
        }
    )


def check(call: Call) -> None:
    """Refuse a request without a live token in its header, or over a quota; count it otherwise."""
    issued, expires = call.world.memory.get("marketo_token", ("", 0.0))
    scheme, _, given = call.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not given:
        raise MarketoError("600", "Access token not specified")
    if given != issued:
        raise MarketoError("601", "Access token invalid")
    if expires <= call.world.now().timestamp():
        raise MarketoError("602", "Access token expired")
    _count(call.world)


def _count(world: World) -> None:
    """Count one call against the window (real time) and the day (the twin's clock).

    Refused calls are not counted: an assumption.
    """
    windows: dict[str, deque[float]] = world.memory.setdefault("windows", {})
    window, now = windows.setdefault("marketo", deque()), time.monotonic()
    while window and window[0] <= now - WINDOW_SECONDS / world.settings.hurry:
        window.popleft()
    if len(window) >= WINDOW_CALLS:
        raise MarketoError(*WORDS["429"])
    day, used = usage(world)
    if used >= world.settings.marketo_daily_calls:
        raise MarketoError("607", f"Daily API quota of {world.settings.marketo_daily_calls} reached")
    window.append(now)
    world.memory["marketo_usage"] = (day, used + 1)


def usage(world: World) -> tuple[str, int]:
    """The quota's day and its calls."""
    today = (world.now() - CENTRAL).date().isoformat()
    kept: tuple[str, int] = world.memory.get("marketo_usage", (today, 0))
    return kept if kept[0] == today else (today, 0)
