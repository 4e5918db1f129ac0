"""A Slack to try things in: starts local-slack, a separate program, with the people of the demo in it.

It has a browser page in which one can act as any of them. It listens on every interface of this machine and
checks no passwords, so use it with the twin's made-up people only, and stop it when done.
"""

import json
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from tools.errors import NeedsAttention

BOT = "U0CLEARANCE"
CHANNEL = "C0MAROPS"
GUESTS = ("U_GUEST",)
PEOPLE = (
    ("U_ANA", "ana", "Ana Duarte"),
    ("U_MAX", "max", "Max Okafor"),
    ("U_DANA", "dana", "Dana Petrov"),
    ("U_IVY", "ivy", "Ivy Chen"),
    ("U_GUEST", "guest", "Gus Guest"),
)
STARTUP = 20.0  # seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalSlack:
    """A running local-slack: its page, its Web API, and what the bot signs in with."""

    url: str
    bot_token: str = "xoxb-local"  # noqa: S105 (local-slack accepts what its configuration says)
    app_token: str = "xapp-local"  # noqa: S105 (as above)
    signing_secret: str = "local-signing-secret"  # noqa: S105 (as above)

    @property
    def api(self) -> str:
        """The base of its Web API."""
        return f"{self.url}/api/"


@contextmanager
def running(program: Path, folder: Path, *, port: int = 0) -> Iterator[LocalSlack]:
    """Start local-slack (`.ci/peers.py local-slack` says where it is) and stop it at the end.

    `folder` keeps its configuration, log and uploads. Raises `NeedsAttention` when it does not start.
    """
    folder.mkdir(parents=True, exist_ok=True)
    served = LocalSlack(url=f"http://127.0.0.1:{port or _free_port()}")
    (folder / "workspace.json").write_text(json.dumps(workspace(served)), encoding="utf-8")
    with (folder / "local-slack.log").open("wb") as log:
        process = subprocess.Popen(  # noqa: S603 (the program comes from our own installer)
            _command(program, folder, served), stdout=log, stderr=subprocess.STDOUT
        )
        try:
            _wait(served, process)
            yield served
        finally:
            process.terminate()
            process.wait(10)


def workspace(served: LocalSlack) -> dict[str, object]:
    """The demo as local-slack's configuration: its people, one channel, our app in Socket Mode."""
    people = [
        {"id": user, "name": name, "real_name": full, "email": f"{name}@clearance.example", "tz": "UTC"}
        for user, name, full in PEOPLE
    ]
    app = {
        "appId": "A0CLEARANCE",
        "botUserId": BOT,
        "botName": "clearance",
        "botToken": served.bot_token,
        "appToken": served.app_token,
        "signingSecret": served.signing_secret,
        "mode": "socket",
    }
    members = [user for user, _, _ in PEOPLE] + [BOT]
    return {
        "workspace": {"name": "Clearance demo", "domain": "clearance-demo", "teamId": "T0DEMO"},
        "app": app,
        "users": people,
        "channels": [{"id": CHANNEL, "name": "marops", "members": members}],
    }


def _command(program: Path, folder: Path, served: LocalSlack) -> list[str]:
    files = folder / "files"
    files.mkdir(exist_ok=True)
    return [
        str(program),
        *("--config", str(folder / "workspace.json")),
        *("--port", served.url.rpartition(":")[2]),
        *("--base-host", "127.0.0.1"),
        *("--files-dir", str(files)),
    ]


def _wait(served: LocalSlack, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + STARTUP
    with httpx.Client(timeout=1) as client:
        while time.monotonic() < deadline and process.poll() is None:
            try:
                client.get(f"{served.url}/_control/state").raise_for_status()
            except httpx.HTTPError:
                time.sleep(0.05)
            else:
                return
    raise NeedsAttention(
        "The local Slack did not start",
        on=served.url,
        do="See local-slack.log in its folder; is the port free?",
    )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
