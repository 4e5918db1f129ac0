"""Schemas of OpenAPI and Swagger as JSON Schema; what a document holds beyond what its schema declares."""

import re
import uuid
from collections.abc import Iterator
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

Json = Any
FORMATS = FormatChecker(formats=())
ABSOLUTE = re.compile(r"[+-]\d\d:?\d\d$|Z$")


@FORMATS.checks("date-time", raises=ValueError)
def _date_time(value: object) -> bool:
    """RFC 3339, where an offset is not optional."""
    return not isinstance(value, str) or bool(datetime.fromisoformat(value) and ABSOLUTE.search(value))


@FORMATS.checks("date", raises=ValueError)
def _date(value: object) -> bool:
    return not isinstance(value, str) or bool(date.fromisoformat(value))


@FORMATS.checks("uuid", raises=ValueError)
def _uuid(value: object) -> bool:
    return not isinstance(value, str) or bool(uuid.UUID(value))


def plain(node: Json) -> Json:
    """A document with its schemas' dialect words put into JSON Schema's (2020-12)."""
    if isinstance(node, list):
        return [plain(each) for each in node]
    if not isinstance(node, dict):
        return node
    out = {key: plain(value) for key, value in node.items()}
    if out.get("type") == "file":
        del out["type"]
    for bound, limit in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        if isinstance(out.get(bound), bool) and out.pop(bound):
            out[bound] = out.pop(limit)
    return _nullable(out) if out.pop("nullable", None) is True else out


def _nullable(schema: dict[str, Json]) -> dict[str, Json]:
    """A schema that takes null as well."""
    if isinstance(schema.get("type"), str):
        with_null = {**schema, "type": [schema["type"], "null"]}
        return with_null | ({"enum": [*schema["enum"], None]} if "enum" in schema else {})
    return {"anyOf": [schema, {"type": "null"}]} if schema else schema


class Document:
    """One specification's document, its references resolved, its schemas ready to be held against."""

    def __init__(self, name: str, content: Json) -> None:
        self.name = name
        self.content = plain(content)
        self._uri = f"urn:spec:{uuid.uuid4()}"
        resource = Resource(contents=self.content, specification=DRAFT202012)
        self._registry: Registry[Json] = Registry().with_resource(self._uri, resource)

    def follow(self, node: Json) -> Json:
        """A node, or what it refers to within this document."""
        while isinstance(node, dict) and isinstance(node.get("$ref"), str) and node["$ref"].startswith("#"):
            node = self.at(node["$ref"])
        return node

    def at(self, pointer: str) -> Json:
        """What a JSON pointer such as `#/components/schemas/Error` names."""
        return self._registry.resolver(self._uri).lookup(pointer).contents

    def errors(self, schema: Json, value: Json) -> Iterator[tuple[str, str]]:
        """Where and why the value does not fit: pointers with `*` for places in lists, and sentences."""
        for error in self._validator(schema).iter_errors(value):
            for inner in nearest(error):
                yield where(inner), said(inner)

    def _validator(self, schema: Json) -> Draft202012Validator:
        absolute = _absolute(schema, self._uri)
        return Draft202012Validator(absolute, registry=self._registry, format_checker=FORMATS)

    def undeclared(self, schema: Json, value: Json, at: str = "") -> Iterator[str]:
        """Pointers of fields that no branch of the schema declares, where it does not leave that open."""
        if isinstance(value, list):
            inner = [each["items"] for each in self._branches(schema) if "items" in each]
            for each in value:
                yield from self._beyond(inner, each, f"{at}/*")
        if isinstance(value, dict):
            declared, is_open = self._declared(schema)
            for key, each in value.items():
                if key in declared:
                    yield from self._beyond(declared[key], each, f"{at}/{key}")
                elif not is_open:
                    yield f"{at}/{key}"

    def _beyond(self, schemas: list[Json], value: Json, at: str) -> Iterator[str]:
        if schemas:
            yield from self.undeclared({"anyOf": schemas}, value, at)

    def _declared(self, schema: Json) -> tuple[dict[str, list[Json]], bool]:
        """The properties of all branches, and whether others are welcome."""
        declared: dict[str, list[Json]] = {}
        branches = list(self._branches(schema))
        for each in branches:
            for key, inner in each.get("properties", {}).items():
                declared.setdefault(key, []).append(inner)
        says_more = any(each.get("additionalProperties") not in (None, False) for each in branches)
        return declared, says_more or not declared

    def _branches(self, schema: Json, depth: int = 0) -> Iterator[dict[str, Json]]:
        """The schema and all it is put together from."""
        found = self.follow(schema)
        if not isinstance(found, dict) or depth > 20:  # noqa: PLR2004 (deeper only in a circle)
            return
        yield found
        for word in ("allOf", "anyOf", "oneOf"):
            for each in found.get(word, ()):
                yield from self._branches(each, depth + 1)


def _absolute(node: Json, uri: str) -> Json:
    """The schema with references that name their document, so that it can stand outside it."""
    if isinstance(node, list):
        return [_absolute(each, uri) for each in node]
    if not isinstance(node, dict):
        return node
    return {
        key: uri + value
        if key == "$ref" and isinstance(value, str) and value[0] == "#"
        else _absolute(value, uri)
        for key, value in node.items()
    }


def nearest(error: ValidationError) -> Iterator[ValidationError]:
    """The error; of one that fits no alternative, the errors of the alternative it comes nearest to."""
    by_branch: dict[object, list[ValidationError]] = {}
    for each in error.context or ():
        by_branch.setdefault(each.schema_path[0], []).append(each)
    if not by_branch:
        yield error
        return
    for each in min(by_branch.values(), key=lambda errors: (_shallow(errors), len(errors))):
        yield from nearest(each)


def _shallow(errors: list[ValidationError]) -> bool:
    """Whether a branch fails at its very top: its type or its constant is another."""
    return any(len(each.relative_path) == 0 and each.validator in {"type", "const"} for each in errors)


def where(error: ValidationError) -> str:
    """The place of an error, the same for every row of a list."""
    many = ("*" if isinstance(each, int) or "@" in each else each for each in error.absolute_path)
    return "".join(f"/{each}" for each in many)


def said(error: ValidationError) -> str:
    """What is wrong, without the value where the value does not matter."""
    if error.validator == "type":
        return f"is {kind(error.instance)}, not {_list(error.validator_value)}"
    if error.validator == "format":
        return f"{str(error.instance)[:40]!r} is no {error.validator_value}"
    if error.validator == "enum":
        return f"{str(error.instance)[:40]!r} is none of {str(error.validator_value)[:160]}"
    if error.validator == "additionalProperties":
        return "has fields that are not declared"
    return error.message[-200:]


def _list(types: str | list[str]) -> str:
    return types if isinstance(types, str) else " or ".join(types)


@lru_cache(maxsize=1)
def _kinds() -> tuple[tuple[type, str], ...]:
    return (
        (bool, "boolean"), (int, "integer"), (float, "number"), (str, "string"), (list, "array"),
        (dict, "object"), (type(None), "null"),
    )  # fmt: skip


def kind(value: Json) -> str:
    """The JSON Schema type of a value."""
    return next(name for each, name in _kinds() if isinstance(value, each))
