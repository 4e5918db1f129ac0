"""Recorded exchanges: one JSON object a line, as the twin's tape writes them."""

import base64
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote


@dataclass(frozen=True, kw_only=True)
class Sent:
    """One half of an exchange: headers by names in small letters, and the body."""

    headers: Mapping[str, str]
    body: bytes

    @property
    def media(self) -> str:
        """The media type without its parameters; empty when none is named."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    def json(self) -> Any:  # noqa: ANN401 (whatever was sent)
        """The body decoded; raises `ValueError` when it is no JSON."""
        return json.loads(self.body)


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """One request to a vendor and its answer. `path` is below the vendor's prefix, decoded."""

    system: str
    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    request: Sent
    status: int
    response: Sent

    def form(self) -> tuple[tuple[str, str], ...]:
        """The request's body as an HTML form."""
        return tuple(parse_qsl(self.request.body.decode("utf-8", "replace"), keep_blank_values=True))


def parse(line: str) -> Exchange:
    """One exchange from its line; raises `ValueError` or `KeyError` for another shape."""
    kept = json.loads(line)
    return as_meant(
        Exchange(
            system=kept["system"],
            method=kept["method"],
            path=unquote(kept["path"]),
            query=tuple(parse_qsl(kept["query"], keep_blank_values=True)),
            request=_sent(kept["request"]),
            status=kept["status"],
            response=_sent(kept["response"]),
        )
    )


def as_meant(exchange: Exchange) -> Exchange:
    """A GET that Marketo takes as POST with `_method=GET`, because its query is too long for an address."""
    if exchange.system != "marketo" or ("_method", "GET") not in exchange.query:
        return exchange
    query = tuple(each for each in exchange.query if each[0] != "_method")
    bare = Sent(headers={}, body=b"")
    return replace(exchange, method="GET", query=query + exchange.form(), request=bare)


def read(path: Path) -> Iterator[Exchange]:
    """All exchanges of a file."""
    with path.open(encoding="utf-8") as lines:
        yield from (parse(line) for line in lines if line.strip())


def _sent(kept: Mapping[str, Any]) -> Sent:
    body = base64.b64decode(kept["base64"]) if "base64" in kept else kept["body"].encode()
    return Sent(headers=kept["headers"], body=body)
