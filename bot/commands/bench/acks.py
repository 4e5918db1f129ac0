"""Time from event to acknowledgement: our Slack app beside a bare Bolt app, in one process, turn about."""

import statistics
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bot.slack.demo import LocalSlack, running

EVENTS = 200
PER_SECOND = 50


def report(console: Console, program: str) -> None:
    """Print the table, or why there is none."""
    if not program:
        console.print("Event to ack was not measured: it needs the local Slack (`make bench` brings it).")
        return
    with (
        tempfile.TemporaryDirectory(prefix="clearance-bench-") as folder,
        running(Path(program), Path(folder) / "slack") as local,
    ):
        console.print(_table(*_measured(local, Path(folder))))


def _measured(local: LocalSlack, home: Path) -> tuple[list[float], list[float]]:
    from bot.app import opened, slack_surface
    from bot.commands.demo_slack import settings_for
    from bot.slack.bare import bare_app, seconds_to_ack
    from bot.slack.post import Pace

    with opened(home=home, surface="slack", seed=7, people=300, over=settings_for(local, home)) as app:
        surface = slack_surface(app, pace=Pace(sleep=lambda _: None))
        surface.outbox.start()
        bare = bare_app(local.bot_token, local.signing_secret, local.api)
        times = _turn_about(*(partial(seconds_to_ack, each, "help", "U_ANA") for each in (surface.app, bare)))
        surface.stop(timeout=60)
        return times


def _turn_about(*both: Callable[[], float]) -> tuple[list[float], list[float]]:
    found: tuple[list[float], list[float]] = ([], [])
    for each in both:
        each()  # the first event also asks Slack who the bot is
    for _ in range(EVENTS):
        started = time.perf_counter()
        for times, measure in zip(found, both, strict=True):
            times.append(measure() * 1000)
        time.sleep(max(0.0, 1 / PER_SECOND - (time.perf_counter() - started)))
    return found


def _table(ours: list[float], bare: list[float]) -> Table:
    table = Table(title=f"Event to ack, ms, {EVENTS} each at {PER_SECOND}/s", title_justify="left")
    for column in ("app", "p50", "p99", "max"):
        table.add_column(column, justify="right")
    for name, times in (("Clearance", ours), ("bare Bolt", bare)):
        cut = statistics.quantiles(times, n=100)
        table.add_row(name, f"{cut[49]:.1f}", f"{cut[98]:.1f}", f"{max(times):.1f}")
    return table
