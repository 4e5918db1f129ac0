"""What somebody filled into a modal, read back by the names of its inputs; and where the modal was opened."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

Json = Mapping[str, Any]


def where(view: Json) -> Json:
    """The ids that travelled along with the modal."""
    found: Json = json.loads(view.get("private_metadata") or "{}")
    return found


def line(view: Json, name: str) -> str:
    """A line of text, or the number typed; "" when left empty."""
    return str(_state(view, name).get("value") or "").strip()


def number(view: Json, name: str) -> int | None:
    """A whole number; None when left empty."""
    typed = line(view, name)
    return int(typed) if re.fullmatch(r"\d{1,9}", typed) else None


def picked(view: Json, name: str) -> str:
    """The value of the option picked; "" when none is."""
    return str((_state(view, name).get("selected_option") or {}).get("value") or "")


def ticked(view: Json, name: str) -> tuple[str, ...]:
    """The values of the boxes that are ticked."""
    return tuple(str(each["value"]) for each in _state(view, name).get("selected_options") or ())


def person(view: Json, name: str) -> str:
    """The id of the person picked."""
    return str(_state(view, name).get("selected_user") or "")


def files(view: Json, name: str) -> tuple[Json, ...]:
    """The files attached, as Slack describes them."""
    return tuple(_state(view, name).get("files") or ())


def moment(view: Json, name: str) -> datetime | None:
    """The moment picked; None when none is."""
    seconds = _state(view, name).get("selected_date_time")
    return datetime.fromtimestamp(int(seconds), UTC) if seconds else None


def entries(text: str) -> tuple[str, ...]:
    """What a person listed, one a line or with commas between."""
    return tuple(filter(None, re.split(r"[\s,;]+", text)))


def _state(view: Json, name: str) -> Json:
    found: Json = ((view.get("state") or {}).get("values") or {}).get(name, {}).get(name, {})
    return found
