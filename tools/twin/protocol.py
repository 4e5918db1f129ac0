"""An HTTP protocol that can cut a connection without an answer, as a network does."""

import asyncio
from typing import Final

from typing_extensions import override
from uvicorn.protocols.http.h11_impl import H11Protocol

_LIVE: Final[dict[tuple[str, int], asyncio.Transport]] = {}


class CuttableProtocol(H11Protocol):
    """uvicorn's HTTP/1.1 protocol, with its transports findable by the client's address."""

    @override
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn narrows it
        super().connection_made(transport)
        if self.client is not None:
            _LIVE[self.client] = transport

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        if self.client is not None:
            _LIVE.pop(self.client, None)
        super().connection_lost(exc)


async def cut_connection(client: tuple[str, int] | None) -> None:
    """Abort the connection from this client address; what was not sent never is."""
    transport = _LIVE.get(client) if client else None
    if transport is not None:
        transport.abort()
        await asyncio.sleep(0.01)  # lets the loop tell the protocol before the reply is written
