"""The app's manifest, made from the registered commands and events: `clearance manifest` prints it."""

from bot.slack.asking import SHORTCUT
from bot.slack.commands import COMMANDS
from bot.slack.events import SUBSCRIBED

SCOPES = (
    "app_mentions:read", "assistant:write", "channels:history", "channels:read", "chat:write", "commands",
    "files:read", "files:write", "groups:history", "groups:read", "im:history", "im:read", "im:write",
    "mpim:history", "mpim:read", "usergroups:read", "users:read", "users:read.email",
)  # fmt: skip
REMOVAL = ("app_uninstalled", "tokens_revoked")  # heard where many workspaces are served
PROMPTS = (
    ("What bounced?", "report bounces last_30_days"),
    ("Purge what is dead", "purge contacts that hard-bounced"),
    ("What waits on me?", "what's waiting for approval?"),
    ("What can you do?", "help"),
)
ABOUT = "Answers marketing-operations questions, and prepares changes that people clear row by row."


def manifest(*, name: str = "Clearance", request_url: str = "", redirect_url: str = "") -> dict[str, object]:
    """The manifest as JSON: Socket Mode without a request URL, HTTP with one, many workspaces with both."""
    redirects = {"redirect_urls": [redirect_url]} if redirect_url else {}
    return {
        "display_information": {"name": name, "description": ABOUT, "background_color": "#1f3a5f"},
        "features": _features(name, request_url),
        "oauth_config": {"scopes": {"bot": list(SCOPES)}, **redirects},
        "settings": _settings(request_url),
    }


def _features(name: str, request_url: str) -> dict[str, object]:
    at = {"url": request_url} if request_url else {}
    return {
        "bot_user": {"display_name": name, "always_online": True},
        "app_home": {
            "home_tab_enabled": True,
            "messages_tab_enabled": True,
            "messages_tab_read_only_enabled": False,
        },
        "agent_view": {
            "agent_description": ABOUT,
            "suggested_prompts": [{"title": title, "message": said} for title, said in PROMPTS],
        },
        "shortcuts": [SHORTCUT],
        "slash_commands": [
            {
                "command": each.name,
                "description": each.description,
                "usage_hint": each.hint,
                "should_escape": True,
                **at,
            }
            for each in COMMANDS
        ],
    }


def _settings(request_url: str) -> dict[str, object]:
    at = {"request_url": request_url} if request_url else {}
    events = [*SUBSCRIBED, *REMOVAL] if request_url else list(SUBSCRIBED)
    return {
        "event_subscriptions": {"bot_events": events, **at},
        "interactivity": {"is_enabled": True, **at},
        "org_deploy_enabled": False,
        "socket_mode_enabled": not request_url,
        "token_rotation_enabled": False,
    }
