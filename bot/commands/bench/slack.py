"""`clearance bench slack`: how soon Slack is answered, beside a bare Bolt app in the same run.

Both apps run at the same time, each in processes of its own, and get the same requests at the same pace. Ours
answers them for real, in a worker beside it: each mention is a turn of conversation and a message posted.
"""

import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from rich.console import Console
from rich.table import Table

from bot.commands.bench.machine import machine
from bot.commands.bench.slack_busy import Busy
from bot.commands.demo_slack import settings_for
from bot.slack.bare import KINDS, request
from bot.slack.demo import LocalSlack, running
from tools.twin.handle import TwinHandle

DEADLINE = 3000.0  # ms that Slack waits
START_SECONDS = 180.0
SENDERS = 32
WORKER = "from bot.commands.bench.slack_sides import work; work()"
OURS, BARE = "Clearance", "bare Bolt"

Times = Mapping[str, Sequence[float]]  # ms, by side


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What to measure."""

    program: str
    seconds: int = 10
    per_second: int = 50
    burst: int = 500


def run(wish: Wish) -> int:
    """Measure and print; 0 when every answer came within Slack's deadline."""
    console = Console(highlight=False, width=120)
    if not wish.program:
        console.print("This needs the local Slack: `make bench-slack` brings it.")
        return 1
    console.print(machine(f"clearance bench slack --seconds {wish.seconds} --per-second {wish.per_second}"))
    with tempfile.TemporaryDirectory(prefix="clearance-bench-") as folder, ExitStack() as stack:
        home = Path(folder)
        local = stack.enter_context(running(Path(wish.program), home / "slack"))
        twin = stack.enter_context(_process("-m", "bot", "twin", "--people", "600", "--port", "0"))
        at = _line(twin).split()[-1]
        env = _environment(local, home, at)
        working = stack.enter_context(_process("-c", WORKER, env=env))
        while "Working" not in _line(working):
            pass
        found = {**_socket(wish, local, env), **_http(wish, local, env)}
        console.print(_table(found))
        told = _busy(wish, at, env)
    late = sum(each > DEADLINE for both in found.values() for each in both[OURS]) + told.late(DEADLINE)
    for line in _about(told, wish):
        console.print(line)
    console.print(f"Answers later than {DEADLINE / 1000:.0f} s: {late}")
    return int(bool(late))


def _socket(wish: Wish, local: LocalSlack, env: Mapping[str, str]) -> dict[tuple[str, str], Times]:
    found: dict[tuple[str, str], Times] = {}
    with _side("bare", local, env) as bare, _side("ours", local, env) as ours:
        sides = {BARE: bare, OURS: ours}
        for each in sides.values():
            assert _line(each) == "ready"
        for kind in KINDS:
            for each in sides.values():
                _write(each, f"{kind} {wish.per_second} {wish.seconds}\n")
            found["Socket Mode", kind] = {name: json.loads(_line(each)) for name, each in sides.items()}
    return found


def _http(wish: Wish, local: LocalSlack, env: Mapping[str, str]) -> dict[tuple[str, str], Times]:
    ports = {BARE: _free_port(), OURS: _free_port()}
    with ExitStack() as stack:
        stack.enter_context(_side("bare", local, env, port=ports[BARE]))
        stack.enter_context(_side("ours", local, env, port=ports[OURS]))
        limits = httpx.Limits(max_keepalive_connections=2 * SENDERS)
        client = stack.enter_context(httpx.Client(timeout=30, limits=limits))
        for port in ports.values():
            _until_healthy(client, port)
            for _ in range(SENDERS):
                _post(client, local, port, "event")
        return {("HTTP", kind): _paced(wish, local, client, ports, kind) for kind in KINDS}


def _paced(wish: Wish, local: LocalSlack, client: httpx.Client, ports: Mapping[str, int], kind: str) -> Times:
    with ThreadPoolExecutor(2 * SENDERS) as pool:
        began, sent = time.perf_counter(), []
        for number in range(wish.per_second * wish.seconds):
            time.sleep(max(0.0, began + number / wish.per_second - time.perf_counter()))
            sent.append([pool.submit(_post, client, local, port, kind) for port in ports.values()])
        return {name: [each[at].result() for each in sent] for at, name in enumerate(ports)}


def _post(client: httpx.Client, local: LocalSlack, port: int, kind: str) -> float:
    made = request(kind)
    text, headers = made.text(), made.headers(local.signing_secret)
    started = time.perf_counter()
    answer = client.post(f"http://127.0.0.1:{port}/slack/events", content=text, headers=headers)
    answer.raise_for_status()
    return (time.perf_counter() - started) * 1000


def _busy(wish: Wish, twin: str, env: Mapping[str, str]) -> Busy:
    """Approve among runs and the burst, in a process with the settings of ours."""
    contacts = TwinHandle(twin).state(stamps=False)["salesforce"]["Contact"].values()
    fields = [each for each in contacts if isinstance(each, dict)]
    known = sorted(
        str(each["Email"]) for each in fields if each.get("Email") and not each["HasOptedOutOfEmail"]
    )
    code = (
        "import json, sys; from dataclasses import asdict; from bot.commands.bench.slack_busy import busy; "
    )
    code += "print(json.dumps(asdict(busy(json.loads(sys.argv[1]), burst=int(sys.argv[2])))))"
    with _process("-c", code, json.dumps(known), str(wish.burst), env=env) as process:
        return Busy(**json.loads(_line(process)))


@contextmanager
def _side(
    side: str, local: LocalSlack, env: Mapping[str, str], *, port: int = 0
) -> Iterator[subprocess.Popen[str]]:
    wanted = {
        "side": side,
        "port": port,
        "token": local.bot_token,
        "signing_secret": local.signing_secret,
        "api": local.api,
    }
    code = "from bot.commands.bench.slack_sides import main; main()"
    with _process("-c", code, json.dumps(wanted), env=env) as process:
        yield process


@contextmanager
def _process(*words: str, env: Mapping[str, str] | None = None) -> Iterator[subprocess.Popen[str]]:
    child = subprocess.Popen(  # noqa: S603 (our own words)
        [sys.executable, "-P", *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=env
    )
    try:
        yield child
    finally:
        child.terminate()
        child.communicate(timeout=60)


def _environment(local: LocalSlack, home: Path, twin: str) -> dict[str, str]:
    over = settings_for(local, home)
    return {
        **os.environ,  # noqa: TID251 (what our processes inherit anyway)
        "CLEARANCE_HOME": str(home),
        "CLEARANCE_POLICY": str(over["policy"]),
        "CLEARANCE_DATABASE_URL": "",
        "CLEARANCE_TWIN_URL": twin,
        "CLEARANCE_LOG_LEVEL": "error",
        "SLACK_API_URL": local.api,
        "SLACK_BOT_TOKEN": local.bot_token,
        "SLACK_APP_TOKEN": local.app_token,
        "SLACK_SIGNING_SECRET": local.signing_secret,
    }


def _line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line, "a process of the measurement has died"
    return line.strip()


def _write(process: subprocess.Popen[str], line: str) -> None:
    assert process.stdin is not None
    process.stdin.write(line)
    process.stdin.flush()


def _until_healthy(client: httpx.Client, port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        try:
            if client.get(f"http://127.0.0.1:{port}/health").is_success:
                return
        except httpx.HTTPError:
            time.sleep(0.2)
    raise TimeoutError("a side of the measurement did not start")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _table(found: Mapping[tuple[str, str], Times]) -> Table:
    table = Table(title="Request to acknowledgement, ms", title_justify="left")
    for column in ("over", "kind", "n", "bare p50", "p99", "max", "ours p50", "p99", "max", "p99 above bare"):
        table.add_column(column, justify="right")
    for (mode, kind), both in found.items():
        cuts = {name: statistics.quantiles(times, n=100) for name, times in both.items()}
        figures = [
            f"{each:.1f}"
            for name in (BARE, OURS)
            for each in (cuts[name][49], cuts[name][98], max(both[name]))
        ]
        above = f"{cuts[OURS][98] - cuts[BARE][98]:+.1f}"
        table.add_row(mode, kind, str(len(both[OURS])), *figures, above)
    return table


def _about(told: Busy, wish: Wish) -> Iterator[str]:
    presses, burst = sorted(told.presses), sorted(told.burst)
    yield (
        f"Approve with {told.jobs} runs under way: p50 {statistics.median(presses):.1f} ms, "
        f"worst {presses[-1]:.1f} ms of {len(presses)}"
    )
    yield (
        f"A burst of {wish.burst} in 20 threads: acknowledged p50 {statistics.median(burst):.1f} ms, worst "
        f"{burst[-1]:.1f} ms; {told.answered} answered within {told.seconds:.0f} s, "
        f"{told.disordered} threads out of order"
    )
