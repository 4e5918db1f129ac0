"""Many workspaces: what listens for all of them, a worker for each, and `clearance workspaces`."""

import threading
from contextlib import ExitStack
from datetime import datetime

from rich.console import Console
from rich.table import Table

from bot.app import settings_of
from bot.commands.crew import Child
from bot.commands.serving import drive
from bot.settings import Settings
from bot.slack.http import Wsgi
from bot.slack.sealing import new_key
from bot.workspaces import Installation, bot_of, installation
from bot.workspaces import wsgi as of_all
from tools.errors import ClearanceError

LOOK_SECONDS = 1.0


def wsgi(settings: Settings, stack: ExitStack) -> Wsgi:
    """All workspaces behind one address; `stack` closes them."""
    return of_all(stack.enter_context(installation(settings)), stack)


def work_for(team: str, settings: Settings, console: Console, stopping: threading.Event) -> None:
    """Work for one workspace until stopped, and tell its news."""
    with (
        installation(settings) as whole,
        bot_of(whole, whole.installed(team), works=True) as (app, surface),
    ):
        drive(app, surface, console, stopping)


def keep_crew(_team: str, settings: Settings, console: Console, stopping: threading.Event) -> None:
    """Keep one worker for each workspace that has the app installed, until stopped."""
    crew: dict[tuple[str, datetime], Child] = {}
    with installation(settings) as whole:
        console.print("Keeping a worker for each workspace. Ctrl-C stops.")
        try:
            while not stopping.is_set():
                _muster(whole, crew)
                stopping.wait(LOOK_SECONDS)
        finally:
            for child in crew.values():
                child.stop()


def run(*, rekey: bool, key: bool) -> int:
    """List the workspaces, print a new key, or encrypt every token under the newest key."""
    console = Console(highlight=False)
    if key:
        console.print(new_key())
        return 0
    try:
        with installation(settings_of()) as whole:
            if rekey:
                console.print(f"{whole.workspaces.reseal()} tokens are under the first key now.")
            else:
                console.print(_table(whole))
    except ClearanceError as error:
        console.print(error.sentence())
        return 1
    return 0


def _muster(whole: Installation, crew: dict[tuple[str, datetime], Child]) -> None:
    wanted = {(each.team_id, each.installed_at) for each in whole.workspaces.every() if each.sealed}
    for gone in crew.keys() - wanted:
        crew.pop(gone).stop()
    for new in wanted - crew.keys():
        crew[new] = Child("worker", "--team", new[0])


def _table(whole: Installation) -> Table:
    table = Table("workspace", "name", "installed", "by", "state")
    for each in whole.workspaces.every():
        state = "installed" if each.sealed else "removed"
        table.add_row(
            each.team_id, each.team_name, f"{each.installed_at:%Y-%m-%d %H:%M}", each.installed_by, state
        )
    return table
