"""The tape: while one is in, every exchange with a vendor is written down whole, as it went over the wire.

The request log counts and cuts; the tape keeps headers and bodies, so that the traffic can be held against
the vendors' published specifications (`.ci/spec_check.py`). One JSON object a line; a body that is no text is
written in base64 and says so.
"""

import base64
import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

SECRET: Final = frozenset({"authorization", "cookie"})


class Tape:
    """A file that exchanges are appended to; none at first. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._path: Path | None = None

    def into(self, path: str) -> None:
        """Write what follows to this file; an empty path stops."""
        with self._lock:
            self._path = Path(path) if path else None

    @property
    def running(self) -> bool:
        """Whether exchanges are being kept."""
        return self._path is not None

    def write(self, exchange: Mapping[str, Any]) -> None:
        """Append one exchange."""
        line = json.dumps(exchange, ensure_ascii=False, separators=(",", ":")) + "\n"
        with self._lock:
            if self._path is not None:
                with self._path.open("a", encoding="utf-8") as kept:
                    kept.write(line)


@dataclass
class _Heard:
    """What has been heard of one exchange so far."""

    scope: Scope
    asked: bytearray = field(default_factory=bytearray)
    answered: bytearray = field(default_factory=bytearray)
    status: int = 0
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)

    def exchange(self) -> dict[str, Any]:
        """The whole of it; `path` is below the vendor's prefix and as it was sent."""
        _, system, path = self.scope["raw_path"].decode("ascii").split("/", 2)
        return {
            "system": system,
            "method": self.scope["method"],
            "path": "/" + path,
            "query": self.scope["query_string"].decode("ascii"),
            "request": {"headers": _named(self.scope["headers"]), **_body(bytes(self.asked))},
            "status": self.status,
            "response": {"headers": _named(self.headers), **_body(bytes(self.answered))},
        }


@dataclass
class Taped:
    """An ASGI application whose exchanges with vendors go onto the tape before the caller has the answer."""

    app: ASGIApp
    tape: Tape

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; listen in if it is to a vendor and a tape is in."""
        if scope["type"] != "http" or not self.tape.running or scope["path"].startswith("/_twin/"):
            await self.app(scope, receive, send)
            return
        heard = _Heard(scope)

        async def hearing() -> Message:
            message = await receive()
            heard.asked += message.get("body", b"")
            return message

        async def telling(message: Message) -> None:
            if message["type"] == "http.response.start":
                heard.status, heard.headers = message["status"], list(message["headers"])
            else:
                heard.answered += message.get("body", b"")
                self._ended(heard, more=message.get("more_body", False))
            await send(message)

        await self.app(scope, hearing, telling)

    def _ended(self, heard: _Heard, *, more: bool) -> None:
        """Write a finished exchange; a connection that was cut carries an empty 500 nobody ever sees."""
        cut = heard.status == HTTPStatus.INTERNAL_SERVER_ERROR and not heard.answered
        if not more and not cut:
            self.tape.write(heard.exchange())


def _named(headers: list[tuple[bytes, bytes]]) -> dict[str, str]:
    """Headers by their names in small letters, without what a key or a token is in."""
    texts = ((name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in headers)
    return {name: value.partition(" ")[0] if name in SECRET else value for name, value in texts}


def _body(body: bytes) -> dict[str, str]:
    """A body as text where it is text."""
    try:
        return {"body": body.decode("utf-8")}
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(body).decode("ascii")}
