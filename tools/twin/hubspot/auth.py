"""The token, and the limits: 190 requests in ten seconds and so many a day, as HubSpot publishes them."""

import time
from collections import deque
from http import HTTPStatus
from typing import Final

from tools.twin.hubspot.errors import DAILY, KINDS, SECONDLY, HubSpotError
from tools.twin.wire import Call
from tools.twin.world import World

TOKEN: Final = "pat-twin"  # noqa: S105  # the twin's own
WINDOW_CALLS: Final = 190
WINDOW_SECONDS: Final = 10.0


def check(call: Call) -> None:
    """Refuse a request without the token or over a limit; count it otherwise."""
    scheme, _, given = call.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or given != TOKEN:
        raise HubSpotError(
            HTTPStatus.UNAUTHORIZED,
            "Authentication credentials not found. This API supports OAuth 2.0 authentication and you can"
            " find more details at https://developers.hubspot.com/docs/methods/auth/oauth-overview",
            "INVALID_AUTHENTICATION",
        )
    _count(call.world)


def _count(world: World) -> None:
    window, now = _window(world), time.monotonic()
    while window and window[0] <= now - WINDOW_SECONDS / world.settings.hurry:
        window.popleft()
    day, used = usage(world)
    status, message, category = KINDS["429"]
    if used >= world.settings.hubspot_daily_calls:
        raise HubSpotError(status, "You have reached your daily limit.", category, **DAILY)
    if len(window) >= WINDOW_CALLS:
        raise HubSpotError(status, message, category, **SECONDLY)
    window.append(now)
    world.memory["hubspot_usage"] = (day, used + 1)


def _window(world: World) -> deque[float]:
    windows: dict[str, deque[float]] = world.memory.setdefault("windows", {})
    return windows.setdefault("hubspot", deque())


def usage(world: World) -> tuple[str, int]:
    """The day (UTC here; the account's own in the real one) and its calls."""
    today = world.now().date().isoformat()
    kept: tuple[str, int] = world.memory.get("hubspot_usage", (today, 0))
    return kept if kept[0] == today else (today, 0)


def headers(world: World) -> dict[str, str]:
    """The rate headers every counted reply carries."""
    limit, used = world.settings.hubspot_daily_calls, usage(world)[1]
    return {
        "X-HubSpot-RateLimit-Daily": str(limit),
        "X-HubSpot-RateLimit-Daily-Remaining": str(max(0, limit - used)),
        "X-HubSpot-RateLimit-Interval-Milliseconds": str(int(WINDOW_SECONDS * 1000)),
        "X-HubSpot-RateLimit-Max": str(WINDOW_CALLS),
        "X-HubSpot-RateLimit-Remaining": str(max(0, WINDOW_CALLS - len(_window(world)))),
    }
