"""Our own shape tables: what an endpoint takes and answers, in a few words of TOML, as an OpenAPI document.

A shape is `"string"`, `"integer"`, `"number"`, `"boolean"`, `"datetime"`, `"date"`, `"null"`, `"any"`, a name
from `[types]`, alternatives (`"string|null"`), or a list (`"[string]"`); a table is an object whose keys are
all required except those with a question mark. The key `"*"` gives the shape of any further key; without it
there may be none. `"true"`, `"false"` and quoted words (`"'BATCH'"`) are constants; `"nothing"` is no
body, and `"whatever"` a body of any kind.

    [always]                      # answers of every endpoint that does not say otherwise
    "4XX" = "Refused"

    [[endpoint]]
    call = "GET /rest/v1/lists.json"
    also = ["/rest/v1/list.json"] # further paths of the same
    query = { "batchSize?" = "integer" }
    body = { … }                  # application/json, or as `media` says; `form` for a form
    200 = { success = "boolean", "result?" = "[List]" }

Where an API puts every answer into one envelope, `[envelope]` gives its shape with the word `"it"` in it, and
an endpoint's `it` what stands there; its 200 is then that, or the type `Refused`.
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
    "true": {"const": True},
    "false": {"const": False},
}
STATUS = re.compile(r"[1-5](?:\d\d|XX)")
EMPTY = "nothing"
WHATEVER = {"content": {"*/*": {}}}


class Alternatives(list[Json]):
    """Shapes of which one holds."""


def document(table: Mapping[str, Any]) -> dict[str, Json]:
    """A shape table as an OpenAPI document; an empty one if it is no shape table."""
    if "endpoint" not in table:
        return {}
    paths: dict[str, dict[str, Json]] = {}
    for each in table["endpoint"]:
        method, _, path = each["call"].partition(" ")
        operation = _operation(_unfolded(each, table.get("envelope", {})), table.get("always", {}))
        for one in (path, *each.get("also", ())):
            paths.setdefault(one, {})[method.lower()] = operation
    return {
        "openapi": "3.1.0",
        "system": table["system"],
        "servers": [{"url": table.get("base", "")}],
        "paths": paths,
        "components": {"schemas": {name: shape(said) for name, said in table.get("types", {}).items()}},
    }


def _unfolded(said: Mapping[str, Any], envelope: Mapping[str, Any]) -> Mapping[str, Any]:
    """An endpoint with its envelope's 200 written out."""
    if "it" not in said:
        return said
    filled = {name: said["it"] if kind == "it" else kind for name, kind in envelope.items()}
    return {**said, "200": Alternatives([filled, "Refused"])}


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
            status: _content(given, "application/json")
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
    if said == "whatever":
        return WHATEVER
    return {} if said == EMPTY else {"content": {media: {"schema": shape(said)}}}


def shape(said: Json) -> dict[str, Json]:
    """The JSON Schema of a shape."""
    if isinstance(said, Mapping):
        return _object(said)
    if isinstance(said, Alternatives):
        return {"anyOf": [shape(each) for each in said]}
    if isinstance(said, list):
        return {"type": "array", "items": shape(said[0])}
    if said.startswith("[") and said.endswith("]") and said.count("[") == 1 + said.startswith("[["):
        return {"type": "array", "items": shape(said[1:-1])}
    parts = said.split("|")
    return _word(parts[0]) if len(parts) == 1 else {"anyOf": [shape(each) for each in parts]}


def _word(said: str) -> dict[str, Json]:
    if said.startswith("'"):
        return {"const": said.strip("'")}
    return PLAIN.get(said, {"$ref": f"#/components/schemas/{said}"})


def _object(said: Mapping[str, Any]) -> dict[str, Json]:
    others = said.get("*")
    named = {name: kind for name, kind in said.items() if name != "*"}
    return {
        "type": "object",
        "properties": {name.rstrip("?"): shape(kind) for name, kind in named.items()},
        "required": [name for name in named if not name.endswith("?")],
        "additionalProperties": shape(others) if others is not None else False,
    }
