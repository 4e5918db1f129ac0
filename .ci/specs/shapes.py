"""Our own shape tables: what an endpoint takes and answers, in a few words of TOML, as an OpenAPI document.

A shape is `"string"`, `"integer"`, `"number"`, `"boolean"`, `"datetime"`, `"date"`, `"null"`, `"any"`, a name
from `[types]`, alternatives (`"string|null"`), or a list (`"[string]"`); a table is an object whose keys are
all required except those with a question mark. The key `"*"` gives the shape of any further key; without it
there may be none. A quoted word (`"'BATCH'"`) is that constant.

    [[endpoint]]
    call = "GET /rest/v1/lists.json"
    query = { "batchSize?" = "integer" }
    body = { … }                  # application/json; `form` and `media` for others
    200 = { success = "boolean", "result?" = "[List]" }
"""

import re
from collections.abc import Mapping
from typing import Any

Json = Any
PLAIN = {
    "string": {"type": "string"},
    "integer": {"type": "integer"},
    "number": {"type": "number"},
    "boolean": {"type": "boolean"},
    "null": {"type": "null"},
    "datetime": {"type": "string", "format": "date-time"},
    "date": {"type": "string", "format": "date"},
    "any": {},
}
STATUS = re.compile(r"[1-5](?:\d\d|XX)")
EMPTY = "nothing"


def document(table: Mapping[str, Any]) -> dict[str, Json]:
    """A shape table as an OpenAPI document; an empty one if it is no shape table."""
    if "endpoint" not in table:
        return {}
    paths: dict[str, dict[str, Json]] = {}
    for each in table["endpoint"]:
        method, _, path = each["call"].partition(" ")
        paths.setdefault(path, {})[method.lower()] = _operation(each, table.get("always", {}))
    return {
        "openapi": "3.1.0",
        "system": table["system"],
        "servers": [{"url": table.get("base", "")}],
        "paths": paths,
        "components": {"schemas": {name: shape(said) for name, said in table.get("types", {}).items()}},
    }


def _operation(said: Mapping[str, Any], always: Mapping[str, Any]) -> dict[str, Json]:
    """One endpoint; what `always` answers need not be said again."""
    out: dict[str, Json] = {
        "parameters": [
            {
                "name": name.rstrip("?"),
                "in": "query",
                "required": not name.endswith("?"),
                "schema": shape(kind),
            }
            for name, kind in said.get("query", {}).items()
        ],
        "responses": {
            status: _content(given, said.get("answers", "application/json"))
            for status, given in {**always, **said}.items()
            if STATUS.fullmatch(status)
        },
    }
    for word, media in (
        ("body", said.get("media", "application/json")),
        ("form", "application/x-www-form-urlencoded"),
    ):
        if word in said:
            out["requestBody"] = {"required": True, **_content(said[word], media)}
    return out


def _content(said: Json, media: str) -> dict[str, Json]:
    return {} if said == EMPTY else {"content": {media: {"schema": shape(said)}}}


def shape(said: Json) -> dict[str, Json]:
    """The JSON Schema of a shape."""
    if isinstance(said, Mapping):
        return _object(said)
    if isinstance(said, list):
        return {"type": "array", "items": shape(said[0])}
    parts = said.split("|")
    return _word(parts[0]) if len(parts) == 1 else {"anyOf": [_word(each) for each in parts]}


def _word(said: str) -> dict[str, Json]:
    if said.startswith("["):
        return {"type": "array", "items": _word(said[1:-1])}
    if said.startswith("'"):
        return {"const": said.strip("'")}
    return PLAIN[said] if said in PLAIN else {"$ref": f"#/components/schemas/{said}"}


def _object(said: Mapping[str, Any]) -> dict[str, Json]:
    others = said.get("*")
    named = {name: kind for name, kind in said.items() if name != "*"}
    return {
        "type": "object",
        "properties": {name.rstrip("?"): shape(kind) for name, kind in named.items()},
        "required": [name for name in named if not name.endswith("?")],
        "additionalProperties": shape(others) if others is not None else False,
    }
