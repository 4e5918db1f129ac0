"""Starting the twin: in this process for tests, or as a server of its own."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Final

import uvicorn
from starlette.applications import Starlette
from starlette.routing import Route

from tools.twin import control, served
from tools.twin.gate import Gate
from tools.twin.handle import TwinHandle
from tools.twin.protocol import CuttableProtocol
from tools.twin.seed import seeded
from tools.twin.tape import Taped
from tools.twin.world import World

__all__ = ["TwinHandle", "application", "running", "serve"]
HOST: Final = "127.0.0.1"
LONGEST_HEAD: Final = 262_144
METHODS: Final = ["GET", "POST", "PUT", "PATCH", "DELETE"]
STARTS_WITHIN: Final = 30.0


def application(world: World) -> Starlette:
    """The ASGI application over one world: the control API and the vendors."""
    gate = Gate(world)
    vendors = [
        Route(f"/{name}/{{rest:path}}", gate.endpoint(name), methods=METHODS)
        for name in served.vendors(world)
    ]
    return Starlette(routes=[*control.routes(world), *vendors])


def _server(world: World) -> uvicorn.Server:
    """A server for this world; request lines may be as long as the vendors' longest."""
    heard = Taped(application(world), world.tape)
    return uvicorn.Server(
        uvicorn.Config(
            heard, http=CuttableProtocol, ws="none", lifespan="off", loop="asyncio", access_log=False,
            log_level="error", h11_max_incomplete_event_size=LONGEST_HEAD, timeout_graceful_shutdown=1,
            timeout_keep_alive=60,
        )
    )  # fmt: skip


def _bound(port: int) -> socket.socket:
    """A listening socket on loopback; port 0 takes a free one."""
    # asyncio sets TCP_NODELAY only on sockets that name their protocol; without it every reply takes 40 ms
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind((HOST, port))
    listening.listen(128)
    return listening


def _check(map: str) -> None:
    """Refuse a marketing-automation platform the twin does not serve."""
    if map and map not in served.MAPS:
        raise ValueError(
            f"the twin serves these marketing-automation platforms: {', '.join(sorted(served.MAPS))}"
        )


@contextmanager
def running(  # noqa: PLR0913  # keyword-only, all with defaults
    *,
    seed: int = 7,
    people: int = 5000,
    map: str = "marketo",
    port: int = 0,
    bounced_share: float = 0.06,
    now: datetime | None = None,
    path: str = ":memory:",
    hurry: float = 1.0,
) -> Iterator[TwinHandle]:
    """A seeded twin in a thread of this process, on loopback; stopped when the block ends.

    With a `path` its state is kept in that file and taken up again by the next one of the same arguments. An
    empty `map` is the one kept there, or Marketo. `hurry` makes the vendors' short rate windows pass faster.
    """
    _check(map)
    world = seeded(seed=seed, people=people, map=map, bounced_share=bounced_share, now=now, path=path)
    world.settings.hurry = float(hurry)  # a setting keeps the type it has
    server, listening = _server(world), _bound(port)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True, name="twin")
    thread.start()
    deadline = time.monotonic() + STARTS_WITHIN
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.005)
    try:
        if not server.started:
            raise RuntimeError(f"the twin did not start within {STARTS_WITHIN:.0f} seconds")
        yield TwinHandle(f"http://{HOST}:{listening.getsockname()[1]}")
    finally:
        server.should_exit = True
        thread.join(timeout=10)
        listening.close()
        world.close()


def serve(  # noqa: PLR0913  # keyword-only, all with defaults
    *,
    seed: int = 7,
    people: int = 5000,
    map: str = "marketo",
    port: int = 4010,
    bounced_share: float = 0.06,
    now: datetime | None = None,
    announce: Callable[[str], None] = print,
    path: str = ":memory:",
    record: str = "",
) -> None:
    """Serve a seeded twin until the process is told to stop. Blocks. `record` names a file for the tape."""
    _check(map)
    world = seeded(seed=seed, people=people, map=map, bounced_share=bounced_share, now=now, path=path)
    world.tape.into(record)
    listening = _bound(port)
    announce(f"{served.named(world)}, offline, at http://{HOST}:{listening.getsockname()[1]}")
    try:
        _server(world).run(sockets=[listening])
    finally:
        listening.close()
        world.close()
