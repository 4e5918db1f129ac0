"""The one door to every vendor: counts, logs, applies faults, then hands the request to the vendor."""

import asyncio
import os
import signal
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Final
from urllib.parse import unquote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from tools.twin import settle
from tools.twin.faults import Fault
from tools.twin.hubspot.vendor import HUBSPOT
from tools.twin.journal import Entry, cut
from tools.twin.marketo.vendor import MARKETO
from tools.twin.protocol import cut_connection
from tools.twin.salesforce.vendor import SALESFORCE
from tools.twin.sendgrid.vendor import SENDGRID
from tools.twin.vendor import Vendor
from tools.twin.wire import Call, Reply, find
from tools.twin.world import World, iso

VENDORS: Final[dict[str, Vendor]] = {
    vendor.name: vendor for vendor in (SALESFORCE, MARKETO, HUBSPOT, SENDGRID)
}
CUT_STATUS: Final = 0
"""The status in the log of a request whose reply was never sent."""


@dataclass
class Gate:
    """The ASGI endpoint of the vendors."""

    world: World

    def endpoint(self, name: str) -> Callable[[Request], Awaitable[Response]]:
        """The ASGI endpoint of one vendor."""

        async def serve_vendor(request: Request) -> Response:
            return await self.pass_on(VENDORS[name], request)

        return serve_vendor

    async def pass_on(self, vendor: Vendor, request: Request) -> Response:
        """Serve one vendor request, or fail it as a fault demands."""
        call = await self._call(vendor, request)
        line = f"{call.method} {call.path}" + (f"?{request.url.query}" if request.url.query else "")
        found = find(vendor.routes, call.method, call.path)
        writes = bool(found and found[0].writes and call.query.get("_method") != "GET")
        call.fault = self.world.faults.met(vendor.name, unquote(line), writes=writes)
        started, number = time.monotonic(), self.world.log.next_number()
        reply = await self._reply(vendor, call)
        self._log(request, call, reply, number, started)
        if reply.status == CUT_STATUS:
            await cut_connection((request.client.host, request.client.port) if request.client else None)
            return Response(status_code=HTTPStatus.INTERNAL_SERVER_ERROR)
        return Response(reply.body, reply.status, reply.headers, reply.media)

    async def _call(self, vendor: Vendor, request: Request) -> Call:
        """The request in the vendors' handlers' terms."""
        return Call(
            world=self.world,
            system=vendor.name,
            method=request.method,
            path="/" + request.path_params["rest"],
            target=str(request.url).partition(f"/{vendor.name}")[2],
            query=dict(request.query_params.multi_items()),
            headers=request.headers,
            body=await request.body(),
        )

    async def _reply(self, vendor: Vendor, call: Call) -> Reply:
        """What the vendor answers, or what the fault makes of it."""
        fault = call.fault
        if fault is None or fault.kind in {"drop_row", "partial"}:
            return await run_in_threadpool(serve, vendor, call)
        if fault.kind.isdigit():
            return vendor.failure(fault.kind, call)
        if fault.kind == "drop_reply" or fault.when == "after":
            await run_in_threadpool(serve, vendor, call)
        await _strike(fault)
        return Reply(status=CUT_STATUS)

    def _log(self, request: Request, call: Call, reply: Reply, number: int, started: float) -> None:
        """Write the request into the log."""
        self.world.log.add(
            Entry(
                n=number,
                time=datetime.fromtimestamp(time.time(), UTC).isoformat(timespec="milliseconds"),
                twin_time=iso(self.world.now()),
                system=call.system,
                method=call.method,
                path=call.path,
                query=unquote(request.url.query),
                status=reply.status,
                rows=reply.rows,
                request=cut(call.body),
                response=cut(reply.body),
                fault=call.fault.kind if call.fault else "",
                milliseconds=round((time.monotonic() - started) * 1000, 2),
            )
        )


async def _strike(fault: Fault) -> None:
    """The part of a fault that happens to the caller: nothing, a wait, or its death."""
    if fault.kind == "timeout":
        await asyncio.sleep(fault.seconds)
    if fault.kind == "kill":
        os.kill(fault.pid, signal.SIGKILL)


def serve(vendor: Vendor, call: Call) -> Reply:
    """Let the clock's due work happen, then the vendor answer, in one transaction."""
    with vendor.admitted() as admitted:
        if not admitted:
            return vendor.too_many_at_once(call)
        with call.world.transaction():
            settle.settle(call.world)
            return vendor.answer(call)
