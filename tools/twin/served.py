"""Which vendors a world holds: the CRM, the marketing automation chosen for it (one, or both), the ESP."""

from collections.abc import Mapping
from typing import Final

from tools.twin.world import World

MAPS: Final[Mapping[str, tuple[str, ...]]] = {
    "marketo": ("marketo",),
    "hubspot": ("hubspot",),
    "both": ("marketo", "hubspot"),
}
TITLES: Final = {
    "salesforce": "Salesforce",
    "marketo": "Marketo",
    "hubspot": "HubSpot",
    "sendgrid": "SendGrid",
}


def vendors(world: World) -> tuple[str, ...]:
    """The vendors served over this world, in the order of the stack."""
    return ("salesforce", *MAPS[world.meta("map", "marketo")], "sendgrid")


def serves(world: World, vendor: str) -> bool:
    """Whether this world holds that vendor."""
    return vendor in vendors(world)


def named(world: World) -> str:
    """The vendors as people list them."""
    *others, last = (TITLES[each] for each in vendors(world))
    return f"{', '.join(others)} and {last}"
