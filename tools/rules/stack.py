"""The order of the stack: the ESP sends, the MAP decides whom to, the CRM keeps; changes run in that order.

A change of the sending side comes first, so that nobody is mailed while the rest is under way; what was
suppressed is deleted afterwards, in the same order.
"""

from collections.abc import Mapping
from typing import Literal

Kind = Literal["esp", "map", "crm"]

KINDS: Mapping[str, Kind] = {"sendgrid": "esp", "marketo": "map", "hubspot": "map", "salesforce": "crm"}
ORDER: tuple[Kind, ...] = ("esp", "map", "crm")
TITLES: Mapping[str, str] = {
    "salesforce": "Salesforce",
    "marketo": "Marketo",
    "hubspot": "HubSpot",
    "sendgrid": "SendGrid",
    "clearance": "Clearance",
}


def title(system: str) -> str:
    """A system's name as its vendor spells it."""
    return TITLES.get(system, system)


def suppress_stage(system: str) -> int:
    """The stage in which a system's suppressions run: 0 for the ESP, then the MAP, then the CRM."""
    return ORDER.index(KINDS[system]) if system in KINDS else len(ORDER) - 1


def delete_stage(system: str) -> int:
    """The stage in which a system's deletions run: after all suppressions, in the same order."""
    return len(ORDER) + suppress_stage(system)


def takes_any_address(system: str) -> bool:
    """Whether an address can be suppressed there without a record: an ESP's suppression list takes any."""
    return KINDS.get(system) == "esp"
