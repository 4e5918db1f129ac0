"""How contacts are shown, and what of a request says which properties are wanted."""

from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import parse_qsl

from tools.twin.hubspot.errors import bad_request
from tools.twin.hubspot.fields import ALWAYS, DEFAULT, PROPERTIES
from tools.twin.wire import Call, Json
from tools.twin.world import World

PAGE = 100


def many(call: Call, name: str) -> list[str]:
    """A query parameter that may be given several times, or once with commas."""
    given = parse_qsl(call.target.partition("?")[2], keep_blank_values=True)
    return [part for key, value in given if key == name for part in value.split(",") if part]


def flag(call: Call, name: str) -> bool:
    """A query parameter that is true or false."""
    return call.query.get(name, "false").lower() == "true"


def limit_of(given: Json, *, most: int = PAGE, default: int = 10) -> int:
    """A page's size. Raises `HubSpotError` above the maximum."""
    text = str(default if given in {None, ""} else given)
    if not text.isdigit() or not 1 <= int(text) <= most:
        raise bad_request(f"limit must be between 1 and {most}, was {text}")
    return int(text)


def wanted(names: Iterable[str]) -> list[str]:
    """The properties to show: those asked for that exist, and the three that always come."""
    asked = [each for each in names if each in PROPERTIES]
    return list(dict.fromkeys([*(asked or DEFAULT), *ALWAYS]))


def shown(world: World, row: Any, names: Sequence[str], history: Sequence[str] = ()) -> dict[str, Json]:  # noqa: ANN401  # a row
    """A contact as the objects API shows it. What is not set is "": the specification allows no null."""
    document: dict[str, Json] = {
        "id": str(row["id"]),
        "properties": {name: row[name] or "" for name in wanted(names)},
        "createdAt": row["createdate"],
        "updatedAt": row["lastmodifieddate"],
        "archived": bool(row["archived"]),
    }
    if row["archived"]:
        document["archivedAt"] = row["archivedAt"]
    if history:
        document["propertiesWithHistory"] = {
            name: _history(world, row, name) for name in history if name in PROPERTIES
        }
    return document


def _history(world: World, row: Any, name: str) -> list[Json]:  # noqa: ANN401  # a row
    """A property's values, newest first; one that never changed dates from the record's creation."""
    kept = world.rows(
        "SELECT * FROM hs_history WHERE contactId = ? AND name = ? ORDER BY at DESC, rowid DESC",
        (row["id"], name),
    )
    if not kept and row[name] is not None:
        return [{"value": row[name], "timestamp": row["createdate"], "sourceType": "INTEGRATION"}]
    return [{"value": each["value"], "timestamp": each["at"], "sourceType": each["source"]} for each in kept]
