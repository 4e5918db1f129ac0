"""Specifications read from a folder: their operations, whatever dialect they are written in."""

import json
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

from specs import shapes
from specs.schemas import Document, Json

METHODS = ("get", "post", "put", "patch", "delete")
PLACE = re.compile(r"\{([^}]+)\}")
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """One parameter of a request: where it stands (`query`, `path`, `header`), and its schema."""

    name: str
    place: str
    required: bool
    schema: Json
    separator: str = ""
    """What parts the values of a list written as one; empty where the name is repeated instead."""


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One method of one path. Contents are schemas by media type; answers are contents by status."""

    document: Document
    method: str
    template: str
    pattern: re.Pattern[str]
    parameters: Sequence[Parameter]
    body: Mapping[str, Json] = field(default_factory=dict)
    body_required: bool = False
    answers: Mapping[str, Mapping[str, Json]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The operation as tables show it."""
        return f"{self.method} {self.template}"


def read(folder: Path) -> dict[str, list[Operation]]:
    """Operations by system: each system's documents lie in a sub-folder (or a table) of its name.

    Takes OpenAPI 3 and Swagger 2 in JSON or YAML, and our own shape tables in TOML; other files are passed
    over. Raises `ValueError` when nothing is found.
    """
    found: dict[str, list[Operation]] = {}
    for path in sorted(each for each in folder.rglob("*") if each.is_file()):
        content = _content(path)
        system = content.get("system", path.relative_to(folder).parts[0])
        if "openapi" in content or "swagger" in content:
            found.setdefault(system, []).extend(operations(Document(path.name, content)))
    if not found:
        raise ValueError(f"no specification in {folder}")
    for each in found.values():
        each.sort(key=lambda operation: len(PLACE.findall(operation.template)))
    return found


def _content(path: Path) -> dict[str, Any]:
    """The file as a mapping; empty when it is something else."""
    loads = {".json": json.loads, ".yaml": yaml.safe_load, ".yml": yaml.safe_load, ".toml": tomllib.loads}
    load = loads.get(path.suffix)
    content = load(path.read_text(encoding="utf-8")) if load else None
    if path.suffix == ".toml" and isinstance(content, dict):
        content = shapes.document(content)
    return content if isinstance(content, dict) else {}


def operations(document: Document) -> Iterator[Operation]:
    """All operations of one document."""
    content = document.content
    servers = content.get("servers") or [{"url": content.get("basePath", "")}]
    base = urlsplit(servers[0]["url"]).path.rstrip("/")
    for template, item in content["paths"].items():
        for method in METHODS:
            if method in item:
                shared = [*item.get("parameters", ()), *item[method].get("parameters", ())]
                given = [document.follow(each) for each in shared]
                yield _operation(document, method, base + template, item[method], given)


def _operation(
    document: Document, method: str, template: str, said: Json, given: Sequence[Json]
) -> Operation:
    return Operation(
        document=document,
        method=method.upper(),
        template=template,
        pattern=re.compile("[^/]+".join(re.escape(part) for part in PLACE.split(template)[::2])),
        parameters=[_parameter(each) for each in given if each["in"] in {"query", "path", "header"}],
        answers={str(code): _answer(document, said, each) for code, each in said["responses"].items()},
        **_asked(document, said, given),
    )


def _parameter(given: Json) -> Parameter:
    schema = given.get("schema", given)
    separators = {"csv": ",", "ssv": " ", "pipes": "|"}
    repeated = given.get("explode", True) if "schema" in given else given.get("collectionFormat") == "multi"
    separator = "" if repeated else separators.get(given.get("collectionFormat", "csv"), ",")
    return Parameter(
        name=given["name"],
        place=given["in"],
        required=bool(given.get("required")),
        schema={key: value for key, value in schema.items() if key not in {"name", "in", "required"}}
        if schema is given
        else schema,
        separator=separator,
    )


def _asked(document: Document, said: Json, given: Sequence[Json]) -> dict[str, Any]:
    """The request's body: OpenAPI's, else what Swagger says with parameters."""
    body = document.follow(said.get("requestBody"))
    if body:
        contents = {media: each.get("schema", {}) for media, each in body["content"].items()}
        return {"body": contents, "body_required": bool(body.get("required"))}
    whole = next((each for each in given if each["in"] == "body"), None)
    if whole:
        media = said.get("consumes") or document.content.get("consumes") or ["application/json"]
        return {"body": dict.fromkeys(media, whole["schema"]), "body_required": bool(whole.get("required"))}
    fields = [each for each in given if each["in"] == "formData"]
    if not fields:
        return {}
    schema = {
        "properties": {
            each["name"]: {k: v for k, v in each.items() if k in {"type", "items", "enum"}} for each in fields
        },
        "required": [each["name"] for each in fields if each.get("required")],
    }
    return {"body": dict.fromkeys(FORMS, schema), "body_required": bool(schema["required"])}


def _answer(document: Document, said: Json, given: Json) -> dict[str, Json]:
    """The contents of one answer by media type; none when it has no body."""
    answer = document.follow(given)
    if "content" in answer:
        return {media: each.get("schema", {}) for media, each in answer["content"].items()}
    if "schema" not in answer:
        return {}
    media = said.get("produces") or document.content.get("produces") or ["application/json"]
    return dict.fromkeys(media, answer["schema"])


def served(found: Sequence[Operation], method: str, path: str) -> tuple[Operation | None, bool]:
    """The operation of this method and path, and whether the path is known at all."""
    bare = path.rstrip("/") or "/"  # the vendors take a path with and without a stroke at its end
    matching = [each for each in found if each.pattern.fullmatch(bare)]
    return next((each for each in matching if each.method == method), None), bool(matching)
