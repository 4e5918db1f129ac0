"""Every path of HubSpot's API, built in one place from one version.

The numbered APIs are ending: v4 on 30 March 2027, v1 to v3 in September 2027 (HubSpot's developer changelog).
The dated paths serve the same shapes for what is used here. Opt-outs of everything are in none of v3: with
it, v4 is used for preferences.
"""

import re
from collections.abc import Mapping
from datetime import date
from typing import Literal
from urllib.parse import quote

from tools.errors import NeedsAttention

Part = Literal["contacts", "lists", "properties", "preferences", "account", "emails"]
NUMBERED = "v3"
ENDING = "HubSpot ends v4 on 30 March 2027 and v1 to v3 in September 2027."
SUCCESSOR = "2026-09"
ENDS = date(2027, 3, 30)  # the first day on which a part of what `NUMBERED` asks is gone: v4's preferences

_NUMBERED: Mapping[Part, str] = {
    "contacts": "/crm/v3/objects/contacts",
    "lists": "/crm/v3/lists",
    "properties": "/crm/v3/properties/contacts",
    "preferences": "/communication-preferences/v4",
    "account": "/account-info/v3",
    "emails": "/marketing/v3/emails",
}
_DATED: Mapping[Part, str] = {
    "contacts": "/crm/objects/{}/contacts",
    "lists": "/crm/lists/{}",
    "properties": "/crm/properties/{}/contacts",
    "preferences": "/communication-preferences/{}",
    "account": "/account-info/{}",
    "emails": "/marketing/emails/{}",
}


def checked(version: str) -> str:
    """A version that can be asked for. Raises `NeedsAttention` for any other."""
    if version != NUMBERED and not re.fullmatch(r"20\d\d-\d\d", version):
        raise NeedsAttention(
            "That is no version of HubSpot's API",
            on=version[:20],
            do=f"Set HUBSPOT_API_VERSION to {NUMBERED} or to a dated one such as {SUCCESSOR}.",
        )
    return version


def path(version: str, part: Part, *rest: str) -> str:
    """The path of a part of the API; `rest` are its further segments, each made safe."""
    root = _NUMBERED[part] if version == NUMBERED else _DATED[part].format(version)
    return "/".join([root, *(quote(each, safe="") for each in rest)])
