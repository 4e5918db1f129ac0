"""OAuth by client credentials, sessions that expire, and the count of calls in a day."""

import secrets
from http import HTTPStatus
from typing import Final

from tools.twin.salesforce.errors import RestError
from tools.twin.wire import Call, Reply, as_json
from tools.twin.world import World

CLIENT_ID: Final = "twin-client"
CLIENT_SECRET: Final = "twin-secret"  # noqa: S105  # the twin's own, public by design
ORGANISATION: Final = "00D5g0000000001EAA"


def token(call: Call) -> Reply:
    """POST /services/oauth2/token, grant type client_credentials."""
    given = call.form()
    if given.get("grant_type") != "client_credentials":
        return _refused("unsupported_grant_type", "grant type not supported")
    if (given.get("client_id"), given.get("client_secret")) != (CLIENT_ID, CLIENT_SECRET):
        return _refused("invalid_client", "invalid client credentials")
    issued = f"{ORGANISATION[:15]}!{secrets.token_urlsafe(48)}"
    expires = call.world.now().timestamp() + call.world.settings.salesforce_token_seconds
    _sessions(call.world)[issued] = expires
    base = f"http://{call.headers.get('host', '127.0.0.1')}/salesforce"
    return as_json(
        {
            "access_token": issued, "signature": secrets.token_urlsafe(24), "scope": "api",
            "instance_url": base, "id": f"{base}/id/{ORGANISATION}/0055g0000000001", "token_type": "Bearer",
            "issued_at": str(int(call.world.now().timestamp() * 1000)),
        }
    )  # fmt: skip


def _refused(error: str, words: str) -> Reply:
    """An OAuth error."""
    return as_json({"error": error, "error_description": words}, status=HTTPStatus.BAD_REQUEST)


def _sessions(world: World) -> dict[str, float]:
    """Sessions and when they end."""
    sessions: dict[str, float] = world.memory.setdefault("salesforce_sessions", {})
    return sessions


def valid(world: World, session: str) -> bool:
    """Whether this session is alive."""
    return _sessions(world).get(session, 0.0) > world.now().timestamp()


def check(call: Call) -> None:
    """Refuse a request without a live session, or over the day's calls; count it otherwise."""
    scheme, _, session = call.headers.get("authorization", "").partition(" ")
    if scheme != "Bearer" or not valid(call.world, session):
        raise RestError("INVALID_SESSION_ID", "Session expired or invalid")
    count_call(call.world)


def count_call(world: World) -> None:
    """Count one call against the day's limit."""
    day, used = _usage(world)
    if used >= world.settings.salesforce_daily_calls:
        raise RestError("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")
    world.memory["salesforce_usage"] = (day, used + 1)


def _usage(world: World) -> tuple[str, int]:
    """The day and its calls. The real limit rolls over 24 hours; a calendar day is an assumption."""
    today = world.now().date().isoformat()
    kept: tuple[str, int] = world.memory.get("salesforce_usage", (today, 0))
    return kept if kept[0] == today else (today, 0)


def used_today(world: World) -> int:
    """Calls taken today."""
    return _usage(world)[1]


def limit_info(world: World) -> str:
    """The value of the Sforce-Limit-Info header."""
    return f"api-usage={used_today(world)}/{world.settings.salesforce_daily_calls}"
