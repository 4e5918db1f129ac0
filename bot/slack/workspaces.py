"""Many workspaces behind one address: each request goes to the surface of the workspace it came from.

A surface stands on a store of its own, so nothing of one workspace can be reached from another. Surfaces are
opened when first needed, and the one unused for longest is closed when there are too many.
"""

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as StillOpening
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime

from slack_bolt import BoltRequest, BoltResponse

from bot.slack.app import SlackSurface
from bot.slack.fresh import Fresh
from bot.slack.installations import Installations
from bot.store.installations import Installed

KNOWN_SECONDS = 5.0  # how long an installation is believed to stand without looking again
OPENING_SECONDS = 2.0  # an answer to Slack may take three
NOT_HERE = "Clearance is not installed in this workspace, or no longer."

log = logging.getLogger(__name__)

Open = Callable[[Installed], AbstractContextManager[SlackSurface]]


@dataclass(frozen=True)
class _Opened:
    since: datetime  # of the installation, which a new one outdates
    surface: SlackSurface
    close: Callable[[], object]


class Workspaces:
    """The surfaces of the workspaces, by id. `open` makes one; at most `most` are open at a time."""

    def __init__(self, installations: Installations, open: Open, *, most: int) -> None:
        self._installations = installations
        self._open = open
        self._most = most
        self._known: Fresh[str, Installed | None] = Fresh(installations.find, seconds=KNOWN_SECONDS)
        self._surfaces: OrderedDict[str, Future[_Opened]] = OrderedDict()
        self._guard = threading.Lock()
        self._pool = ThreadPoolExecutor(4, thread_name_prefix="slack-workspaces")

    def dispatch(self, request: BoltRequest) -> BoltResponse:
        """Answer one signed request."""
        body = request.body
        if body.get("type") == "url_verification":
            return BoltResponse(status=200, body=str(body.get("challenge", "")))
        team = request.context.team_id or ""
        if _removed(body):
            self._installations.delete_all(enterprise_id=None, team_id=team)
            self._known.now(team)
        installed = self._known.recent(team) if team else None
        if installed is None:
            self._drop(team)
            # events are taken, so that Slack does not send them again; commands are told
            return BoltResponse(status=200, body="" if "event" in body else NOT_HERE)
        try:
            surface = self._surface(installed).result(OPENING_SECONDS).surface
        except StillOpening:
            return BoltResponse(status=503, body="")  # Slack sends it again
        return surface.reception().dispatch(request)

    def warm(self) -> None:
        """Begin to open the workspaces that are installed, the newest of them if there are too many."""
        for installed in [each for each in self._installations.every() if each.sealed][-self._most :]:
            self._surface(installed)

    def close(self) -> None:
        """Close every surface, ending what is being answered."""
        with self._guard:
            left = list(self._surfaces.values())
            self._surfaces.clear()
        for each in left:
            self._closed(each)
        self._pool.shutdown(wait=True)

    def _surface(self, installed: Installed) -> Future[_Opened]:
        team = installed.team_id
        with self._guard:
            found = self._surfaces.get(team)
            if found is not None and _stale(found, installed):
                self._pool.submit(self._closed, self._surfaces.pop(team))
                found = None
            if found is None:
                found = self._surfaces[team] = self._pool.submit(self._opened, installed)
            self._surfaces.move_to_end(team)
            while len(self._surfaces) > self._most:
                self._pool.submit(self._closed, self._surfaces.popitem(last=False)[1])
            return found

    def _opened(self, installed: Installed) -> _Opened:
        opening = self._open(installed)
        surface = opening.__enter__()
        log.info("opened workspace %s", installed.team_id)
        return _Opened(installed.installed_at, surface, lambda: opening.__exit__(None, None, None))

    def _drop(self, team: str) -> None:
        with self._guard:
            left = self._surfaces.pop(team, None)
        if left is not None:
            self._pool.submit(self._closed, left)

    @staticmethod
    def _closed(opened: Future[_Opened]) -> None:
        try:
            opened.result().close()
        except Exception:  # one workspace that cannot be closed must not keep the others open
            log.exception("a workspace was not closed in order")


def _stale(found: Future[_Opened], installed: Installed) -> bool:
    if not found.done():
        return False
    return found.exception() is not None or found.result().since != installed.installed_at


def _removed(body: dict[str, object]) -> bool:
    event = body.get("event")
    if not isinstance(event, dict):
        return False
    tokens = event.get("tokens")
    gone = event.get("type") == "tokens_revoked" and isinstance(tokens, dict) and bool(tokens.get("bot"))
    return gone or event.get("type") == "app_uninstalled"
