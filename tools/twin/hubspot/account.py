"""The account: its details, and the calls of the day."""

from datetime import timedelta

from tools.twin.hubspot import auth
from tools.twin.hubspot.errors import not_found
from tools.twin.hubspot.fields import PROPERTIES, described
from tools.twin.wire import Call, Reply, as_json

PORTAL = 48_000_001


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
            "uiDomain": "app.hubspot.com",
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


def properties(_call: Call) -> Reply:
    """GET properties/contacts."""
    return as_json({"results": [described(each) for each in PROPERTIES.values()]}, rows=len(PROPERTIES))


def one_property(_call: Call, name: str) -> Reply:
    """GET properties/contacts/{name}."""
    if name not in PROPERTIES:
        raise not_found(f'Property "{name}" does not exist')
    return as_json(described(PROPERTIES[name]), rows=1)
