"""The account: its details, and the calls of the day."""

from datetime import timedelta

from tools.twin.hubspot import auth, preferences
from tools.twin.hubspot.errors import not_found
from tools.twin.hubspot.fields import PROPERTIES, described
from tools.twin.wire import Call, Reply, as_json

PORTAL = 48_000_001
SCOPES = [
    "account-info.security.read", "communication_preferences.read_write", "content", "crm.lists.read",
    "crm.lists.write", "crm.objects.contacts.read", "crm.objects.contacts.write", "crm.schemas.contacts.read",
]  # fmt: skip


def details(_call: Call) -> Reply:
    """GET account-info/details."""
    return as_json(
        {
            "portalId": PORTAL,
            "accountType": "STANDARD",
            "timeZone": "UTC",
            "companyCurrency": "EUR",
            "additionalCurrencies": [],
            "utcOffset": "+00:00",
            "utcOffsetMilliseconds": 0,
            "uiDomain": "app.hubspot.example",
            "dataHostingLocation": "eu1",
        }
    )


def usage(call: Call) -> Reply:
    """GET account-info/api-usage/daily/private-apps."""
    now = call.world.now()
    used = {
        "name": "private-apps-api-calls-daily",
        "usageLimit": call.world.settings.hubspot_daily_calls,
        "currentUsage": auth.usage(call.world)[1],
        "collectedAt": call.world.stamp(),
        "fetchStatus": "SUCCESS",
        "resetsAt": f"{(now + timedelta(days=1)).date().isoformat()}T00:00:00Z",
    }
    return as_json({"results": [used]}, rows=1)


def token_info(call: Call) -> Reply:
    """POST oauth/v2/private-apps/get/access-token-info: whose token it is, what it may do; no end."""
    given = call.json()
    if not isinstance(given, dict) or given.get("tokenKey") != auth.TOKEN:
        raise not_found("The token is not one of a private app")
    return as_json({"userId": 123, "hubId": PORTAL, "appId": 456, "scopes": SCOPES}, rows=1)


def properties(call: Call) -> Reply:
    """GET properties/contacts: with one for each subscription type there is by now."""
    later = set(preferences.KNOWN) - set(preferences.made(call.world))
    absent = {f"hs_email_optout_{number}" for number in later}
    shown = [described(each) for name, each in PROPERTIES.items() if name not in absent]
    return as_json({"results": shown}, rows=len(shown))


def one_property(_call: Call, name: str) -> Reply:
    """GET properties/contacts/{name}."""
    if name not in PROPERTIES:
        raise not_found(f'Property "{name}" does not exist')
    return as_json(described(PROPERTIES[name]), rows=1)
