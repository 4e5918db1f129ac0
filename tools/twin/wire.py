"""One request and one reply as the vendors' handlers see them, free of any web framework."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from tools.twin.faults import Fault
from tools.twin.world import World

Json = Any
"""A decoded JSON document: its shape is the vendor's and is checked where it is used."""


@dataclass(kw_only=True)
class Reply:
    """What goes back: `rows` is how many records it carries or wrote, for the request log."""

    status: int = HTTPStatus.OK
    body: bytes = b""
    media: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)
    rows: int = 0


@dataclass(kw_only=True)
class Call:
    """One request to one vendor.

    `path` is what follows the vendor's prefix, decoded; `target` has the query too and is as it was sent.
    """

    world: World
    system: str
    method: str
    path: str
    target: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes = b""
    fault: Fault | None = None

    def json(self) -> Json:
        """The body as JSON; raises `ValueError` when it is not."""
        return json.loads(self.body or b"null")

    def form(self) -> dict[str, str]:
        """The body as an HTML form (later keys win)."""
        from urllib.parse import parse_qsl

        return dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))

    def drops(self, row: int) -> bool:
        """Whether this row of the batch is to be reported as done and left undone."""
        return self.fault is not None and self.fault.kind == "drop_row" and row in self.fault.rows

    def refuses(self, row: int) -> bool:
        """Whether this row of the batch is to be refused in the vendor's own words."""
        return self.fault is not None and self.fault.kind == "partial" and row in self.fault.rows


Handler = Callable[..., Reply]


@dataclass(frozen=True)
class Route:
    """A method, a path pattern whose groups become the handler's arguments, and the handler."""

    method: str
    pattern: re.Pattern[str]
    handler: Handler
    writes: bool = False


def route(method: str, pattern: str, handler: Handler, *, writes: bool = False) -> Route:
    """A route; `writes` marks those that change rows, which row faults are counted on."""
    return Route(method, re.compile(pattern), handler, writes)


def find(routes: Sequence[Route], method: str, path: str) -> tuple[Route, tuple[str, ...]] | None:
    """The first route that serves this method and path, with the groups of its pattern."""
    for candidate in routes:
        match = candidate.pattern.fullmatch(path)
        if match and candidate.method == method:
            return candidate, match.groups()
    return None


def answered(routes: Sequence[Route], call: Call) -> Reply | None:
    """What the route of this request answers; None when there is none."""
    found = find(routes, call.method, call.path)
    return found[0].handler(call, *found[1]) if found else None


def served(routes: Sequence[Route], call: Call, absent: Callable[[Call], Exception]) -> Reply:
    """What the route of this request answers. Raises what `absent` makes when there is none."""
    reply = answered(routes, call)
    if reply is None:
        raise absent(call)
    return reply


def has_path(routes: Sequence[Route], path: str) -> bool:
    """Whether any method is served under this path."""
    return any(each.pattern.fullmatch(path) for each in routes)


def as_json(document: Json, *, status: int = HTTPStatus.OK, rows: int = 0, **headers: str) -> Reply:
    """A JSON reply; underscores in the names of headers become hyphens."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    body = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
    return Reply(status=status, body=body, headers=named, rows=rows)
