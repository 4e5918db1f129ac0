"""One exchange held against the operations of its vendor: findings, each with its place and a sentence."""

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus

from specs.documents import FORMS, Operation, Parameter, served
from specs.exchanges import Exchange, Sent
from specs.schemas import Json

ALWAYS = frozenset({"accept", "authorization", "content-type", "content-encoding", "on-behalf-of"})
NUMBERED = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|(?<=/)\d+")
UNKNOWN = "field"
"""The kind of finding that is reported apart: a field that the specification does not declare."""


@dataclass(frozen=True)
class Finding:
    """One difference. `side` is `request` or `response`; `kind` says what differs."""

    system: str
    operation: str
    side: str
    kind: str
    at: str
    said: str

    def line(self) -> str:
        """The finding in one line, which patterns of known differences are matched against."""
        return f"{self.system} {self.operation} {self.side} {self.kind} {self.at} {self.said}".strip()


@dataclass(frozen=True)
class Held:
    """What became of one exchange: the operation it belongs to, if any, and what differs."""

    operation: str
    findings: Sequence[Finding]


def check(exchange: Exchange, known: Mapping[str, Sequence[Operation]], *, rows: int = 0) -> Held:
    """Hold one exchange against the operations of its system; of lists only `rows` at each end, if given."""
    operation, is_path = served(known.get(exchange.system, ()), exchange.method, exchange.path)
    if operation is None:
        line = f"{exchange.method} {NUMBERED.sub('{id}', exchange.path)}"
        word, kind = ("this method", "method") if is_path else ("this path", "path")
        found = [("request", kind, "", f"no specification knows {word}")]
        return Held(line, [Finding(exchange.system, line, *each) for each in found])
    asked = [("request", *each) for each in _request(operation, exchange, rows)]
    told = [("response", *each) for each in _response(operation, exchange, rows)]
    return Held(
        operation.name,
        list(dict.fromkeys(Finding(exchange.system, operation.name, *each) for each in asked + told)),
    )


Found = Iterator[tuple[str, str, str]]


def _request(operation: Operation, exchange: Exchange, rows: int) -> Found:
    yield from _parameters(operation, "query", _grouped(exchange.query))
    yield from _parameters(operation, "header", {k: [v] for k, v in exchange.request.headers.items()})
    yield from _places(operation, exchange.path)
    if not exchange.request.body:
        if operation.body_required:
            yield "body", "", "is missing"
        return
    if not operation.body:
        yield "body", "", "is sent where none is documented"
        return
    yield from _body(operation, operation.body, exchange.request, rows, exchange)


def _grouped(pairs: Sequence[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return found


def _parameters(operation: Operation, place: str, given: Mapping[str, list[str]]) -> Found:
    """Parameters of one place: required ones present, the given ones known (in a query) and typed."""
    known = {each.name.lower() if place == "header" else each.name: each for each in operation.parameters
             if each.place == place}  # fmt: skip
    for name, each in known.items():
        if each.required and name not in given and name.lower() not in ALWAYS:
            yield "parameter", name, f"is required in the {place} and missing"
    for name, values in given.items():
        if name in known and name not in ALWAYS:
            yield from _typed(operation, known[name], values)
        elif place == "query":
            yield "parameter", name, "is in the query and not documented"


def _places(operation: Operation, path: str) -> Found:
    """What stands in the path, typed."""
    names = [part.split("}")[0] for part in operation.template.split("{")[1:]]
    pattern = operation.pattern.pattern.replace("[^/]+", "([^/]+)")
    values = dict(zip(names, re.fullmatch(pattern, path.rstrip("/")).groups(), strict=True))
    for each in operation.parameters:
        if each.place == "path" and each.name in values:
            yield from _typed(operation, each, [values[each.name]])


def _typed(operation: Operation, parameter: Parameter, values: list[str]) -> Found:
    schema = operation.document.follow(parameter.schema)
    if schema.get("type") == "array":
        parts = values if not parameter.separator else values[0].split(parameter.separator)
        value: Json = [_coerced(operation.document.follow(schema.get("items", {})), each) for each in parts]
    else:
        value = _coerced(schema, values[-1])
    for at, said in operation.document.errors(parameter.schema, value):
        yield "parameter", f"{parameter.name}{at}", said


def _coerced(schema: Json, text: str) -> Json:
    """A text as the type its schema wants, if it can be written so."""
    options = [schema, *schema.get("anyOf", ()), *schema.get("oneOf", ())] if isinstance(schema, dict) else []
    wanted = {each.get("type") for each in options if isinstance(each.get("type"), str)}
    wanted |= {
        kind for each in options for kind in (each.get("type") if isinstance(each.get("type"), list) else ())
    }
    if "boolean" in wanted and text in {"true", "false"}:
        return text == "true"
    for name, reading in (("integer", int), ("number", float)):
        if name in wanted:
            try:
                return reading(text)
            except ValueError:
                continue
    return text


def _response(operation: Operation, exchange: Exchange, rows: int) -> Found:
    status = str(exchange.status)
    contents = next(
        (operation.answers[code] for code in (status, f"{status[0]}XX", f"{status[0]}xx", "default")
         if code in operation.answers), None,
    )  # fmt: skip
    if contents is None:
        yield "status", status, f"is not documented (but {', '.join(operation.answers)})"
        return
    body = exchange.response.body
    if exchange.status == HTTPStatus.NO_CONTENT and body:
        yield "body", "", "comes with a 204"
    elif body and not contents:
        yield "body", status, "has a body where none is documented"
    elif body:
        yield from ((kind, f"{status}{at}", said) for kind, at, said in
                    _body(operation, contents, exchange.response, rows, None))  # fmt: skip
    elif contents and exchange.status != HTTPStatus.NO_CONTENT:
        yield "body", status, "is empty where one is documented"


def _body(
    operation: Operation, contents: Mapping[str, Json], sent: Sent, rows: int, asked: Exchange | None
) -> Found:
    """A body against the schema of its media type."""
    media = next((each for each in contents if _fits(each, sent.media)), None)
    if media is None:
        yield "media", "", f"{sent.media or 'no media type'} is not documented (but {', '.join(contents)})"
        return
    schema = contents[media]
    if "json" in sent.media:
        try:
            value = sent.json()
        except ValueError as error:
            yield "body", "", f"is no JSON: {error}"
            return
    elif sent.media == FORMS[0] and asked is not None:
        properties = operation.document.follow(schema).get("properties", {})
        value = {name: _coerced(properties.get(name, {}), text) for name, text in asked.form()}
    elif sent.media == "text/csv":
        yield from _table(sent)
        return
    else:
        return
    value = _ends(value, rows)
    yield from (("shape", at, said) for at, said in operation.document.errors(schema, value))
    yield from ((UNKNOWN, at, "is not declared") for at in operation.document.undeclared(schema, value))


def _fits(documented: str, media: str) -> bool:
    main, _, kind = documented.partition(";")[0].lower().partition("/")
    return (main in {"*", media.partition("/")[0]}) and kind.strip() in {"*", media.partition("/")[2]}


def _table(sent: Sent) -> Found:
    """A CSV whose rows are all as long as its heading."""
    lines = list(csv.reader(sent.body.decode("utf-8", "replace").splitlines(keepends=True)))
    if any(len(each) != len(lines[0]) for each in lines):
        yield "body", "", "has rows of different lengths"


def _ends(value: Json, rows: int) -> Json:
    """The value, of its long lists only both ends."""
    if not rows:
        return value
    if isinstance(value, list):
        kept = value if len(value) <= 2 * rows else value[:rows] + value[-rows:]
        return [_ends(each, rows) for each in kept]
    return {key: _ends(each, rows) for key, each in value.items()} if isinstance(value, dict) else value
