"""The control API under /_twin: what tests, the demo and the judge use; no vendor has anything like it."""

import json
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tools.twin import faults, served, settle, sync
from tools.twin.state import dump
from tools.twin.world import World, iso

PEOPLE: Final = (
    {"user": "U_ANA", "name": "Ana", "role": "marketer"},
    {"user": "U_MAX", "name": "Max", "role": "marops"},
    {"user": "U_DANA", "name": "Dana", "role": "marops"},
    {"user": "U_IVY", "name": "Ivy", "role": "admin"},
    {"user": "U_GUEST", "name": "Guest", "role": "guest"},
)
Answer = Callable[[World, dict[str, Any]], dict[str, Any]]


def _state(world: World, given: dict[str, Any]) -> dict[str, Any]:
    with world.transaction():
        settle.settle(world)
        return dump(world, str(given.get("system", "")), stamps=given.get("stamps") != "false")


def _log(world: World, given: dict[str, Any]) -> dict[str, Any]:
    return {"requests": world.log.view(str(given.get("system", "")), int(given.get("since", 0)))}


def _clear_log(world: World, _given: dict[str, Any]) -> dict[str, Any]:
    world.log.clear()
    return {}


def _faults(world: World, _given: dict[str, Any]) -> dict[str, Any]:
    return {"faults": world.faults.view()}


def _add_fault(world: World, given: dict[str, Any]) -> dict[str, Any]:
    world.faults.add(faults.parse(given))
    return {"faults": world.faults.view()}


def _clear_faults(world: World, _given: dict[str, Any]) -> dict[str, Any]:
    world.faults.clear()
    return {"faults": []}


def _clock(world: World, given: dict[str, Any]) -> dict[str, Any]:
    if "advance" in given:
        world.advance(float(given["advance"]))
        with world.transaction():
            settle.settle(world)
    with world.lock:
        return {"now": iso(world.now()), "advanced": world.advanced, "sync_backlog": sync.backlog(world)}


def _snapshot(world: World, given: dict[str, Any]) -> dict[str, Any]:
    world.snapshot(str(given["name"]))
    return {"name": given["name"]}


def _restore(world: World, given: dict[str, Any]) -> dict[str, Any]:
    try:
        world.restore(str(given["name"]))
    except KeyError as error:
        raise ValueError(f"no snapshot is named {given['name']!r}") from error
    return {"name": given["name"]}


def _tape(world: World, given: dict[str, Any]) -> dict[str, Any]:
    world.tape.into(str(given.get("path", "")))
    return {"running": world.tape.running}


def _settings(world: World, given: dict[str, Any]) -> dict[str, Any]:
    world.settings.change(given)
    return world.settings.view()


def _people(_world: World, _given: dict[str, Any]) -> dict[str, Any]:
    return {"people": list(PEOPLE)}


def _vendors(world: World, _given: dict[str, Any]) -> dict[str, Any]:
    with world.lock:
        return {"vendors": list(served.vendors(world))}


def _traps(world: World, _given: dict[str, Any]) -> dict[str, Any]:
    with world.lock:
        return {"traps": json.loads(world.meta("traps", "{}"))}


ANSWERS: Final[dict[tuple[str, str], Answer]] = {
    ("GET", "state"): _state,
    ("GET", "log"): _log,
    ("DELETE", "log"): _clear_log,
    ("GET", "fault"): _faults,
    ("POST", "fault"): _add_fault,
    ("DELETE", "fault"): _clear_faults,
    ("GET", "clock"): _clock,
    ("POST", "clock"): _clock,
    ("POST", "snapshot"): _snapshot,
    ("POST", "restore"): _restore,
    ("POST", "tape"): _tape,
    ("GET", "settings"): _settings,
    ("POST", "settings"): _settings,
    ("GET", "people"): _people,
    ("GET", "traps"): _traps,
    ("GET", "vendors"): _vendors,
}


def routes(world: World) -> list[Route]:
    """The control API's routes over one world."""

    async def control(request: Request) -> Response:
        """One control request: query or JSON object in, JSON object out; 400 with `error` when refused."""
        answer = ANSWERS.get((request.method, request.path_params["what"]))
        if answer is None:
            return JSONResponse({"error": "no such control"}, HTTPStatus.NOT_FOUND)
        body = await request.body()
        try:
            given = json.loads(body) if body else dict(request.query_params)
            return JSONResponse(await run_in_threadpool(answer, world, given))
        except (ValueError, KeyError, TypeError) as error:
            return JSONResponse({"error": str(error)}, HTTPStatus.BAD_REQUEST)

    return [Route("/_twin/{what}", control, methods=["GET", "POST", "DELETE"])]
