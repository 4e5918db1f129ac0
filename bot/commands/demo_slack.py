"""`clearance demo --slack`: a local Slack in a browser, the twin and the bot, to click through."""

import shutil
import signal
import threading
from pathlib import Path
from typing import TypedDict

from pydantic import SecretStr
from rich.console import Console
from rich.panel import Panel

from bot.app import opened, slack_surface
from bot.settings import Settings
from bot.slack import demo
from tools.errors import ClearanceError


class TwinArguments(TypedDict):
    """What the embedded twin is made of."""

    seed: int
    people: int
    map: str


TRY = """Open {url} in a browser and act as Ana (a marketer) in #marops:
  @clearance which contacts bounced in the last 90 days?
  @clearance purge the contacts that hard-bounced
Then act as Max or Dana (MarOps), press Approve on the card, and watch it land. Undo is on the card.
Ctrl-C stops everything."""


def run(*, seed: int, people: int, program: str, map: str = "marketo") -> int:
    """Serve until Ctrl-C. 1 when the local Slack cannot be had."""
    console = Console(highlight=False)
    if not program:
        console.print(
            "The local Slack is not installed here: run `make demo-slack` (it needs Node 20 or newer)."
        )
        return 1
    stopping = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: stopping.set())
    home = Settings().home / "demo-slack"
    shutil.rmtree(home, ignore_errors=True)
    try:
        with demo.running(Path(program), home / "slack", port=0) as local:
            _serve(console, local, home, stopping, {"seed": seed, "people": people, "map": map})
    except ClearanceError as error:
        console.print(error.sentence())
        return 1
    return 0


def _serve(
    console: Console, local: demo.LocalSlack, home: Path, stopping: threading.Event, twin: TwinArguments
) -> None:
    over = settings_for(local, home)
    with opened(home=home, surface="slack", over=over, **twin) as app:
        surface = slack_surface(app)
        surface.start()
        console.print(Panel(TRY.format(url=local.url), title="Clearance in a local Slack", expand=False))
        stopping.wait()
        surface.stop()


def settings_for(local: demo.LocalSlack, home: Path) -> dict[str, object]:
    """What the bot must know to join the local Slack; writes the demo's policy into `home`."""
    # the local Slack has no user groups, so the demo's policy names its people
    policy = home / "clearance.toml"
    policy.write_text(
        'version = 1\n[roles]\nmarops = { users = ["U_MAX", "U_DANA", "U_IVY"] }\n', encoding="utf-8"
    )
    return {
        "policy": policy,
        "slack_api_url": local.api,
        "slack_bot_token": SecretStr(local.bot_token),
        "slack_app_token": SecretStr(local.app_token),
        "slack_signing_secret": SecretStr(local.signing_secret),
    }
