"""One local-slack and one proxy for the session, homes past their first start, commands as processes."""

import importlib.util
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
SETTINGS = ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET", "OPENAI_API_KEY", "CLEARANCE_HOME")


def _beside(name: str) -> Any:
    """A module of this folder: tests have no packages to import one from."""
    spec = importlib.util.spec_from_file_location(
        f"tests_slack_{name}", Path(__file__).with_name(f"{name}.py")
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


proxied = _beside("proxy")


@pytest.fixture(scope="session")
def slack_program() -> Iterator[Path]:
    """Where local-slack is; installed if need be."""
    found = subprocess.run(
        [sys.executable, str(ROOT / ".ci" / "peers.py"), "local-slack"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 0, found.stderr
    yield Path(json.loads(found.stdout)["local-slack"])
    proxied.WEB.close()


@pytest.fixture(scope="session")
def local_slack(
    slack_program: Path, tmp_path_factory: pytest.TempPathFactory, free_port: Callable[[], int]
) -> Iterator[Any]:
    """One local-slack and one proxy for the whole session."""
    from bot.slack import demo

    with demo.running(slack_program, tmp_path_factory.mktemp("local-slack"), port=free_port()) as served:
        slack = proxied.Slack(served.url, "", served.bot_token, served.app_token, served.signing_secret)
        with in_front(slack):
            yield slack


@pytest.fixture
def slack(local_slack: Any) -> Iterator[Any]:
    """An empty workspace; at the end, no payload of the test may have broken a limit of Slack's."""
    local_slack.reset()
    yield local_slack
    assert local_slack.broken == []


@pytest.fixture(scope="session")
def two_slacks(
    slack_program: Path, tmp_path_factory: pytest.TempPathFactory, free_port: Callable[[], int]
) -> Iterator[tuple[Any, Any, int]]:
    """Two workspaces whose people, channels and bot have the same ids, and the port their events go to."""
    from bot.slack import demo

    port = free_port()
    with ExitStack() as stack:
        slacks = []
        for team in ("T0ALPHA", "T0BETA"):
            at = demo.LocalSlack(url=f"http://127.0.0.1:{free_port()}", bot_token=f"xoxb-{team}")
            shape: dict[str, Any] = demo.workspace(at)
            shape["workspace"]["teamId"] = team
            shape["app"] |= {"mode": "events", "requestUrl": f"http://127.0.0.1:{port}/slack/events"}
            stack.enter_context(_local(slack_program, tmp_path_factory.mktemp(team), at, shape))
            slacks.append(proxied.Slack(at.url, "", at.bot_token, "", at.signing_secret, team=team))
        stack.enter_context(in_front(*slacks))
        yield slacks[0], slacks[1], port


@contextmanager
def in_front(*slacks: Any) -> Iterator[None]:
    """The proxy in front of these workspaces; it tells them apart by token."""
    handler = type("Bound", (proxied.Proxy,), {"slacks": {each.bot_token: each for each in slacks}})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    for each in slacks:
        each.api = f"http://127.0.0.1:{server.server_port}/api/"
        each.reset()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield
    server.shutdown()
    server.server_close()
    thread.join(5)


@contextmanager
def _local(program: Path, folder: Path, at: Any, shape: dict[str, Any]) -> Iterator[None]:
    from bot.slack import demo

    (folder / "workspace.json").write_text(json.dumps(shape), encoding="utf-8")
    with (folder / "local-slack.log").open("wb") as log:
        process = subprocess.Popen(demo._command(program, folder, at), stdout=log, stderr=subprocess.STDOUT)
        try:
            demo._wait(at, process)
            yield
        finally:
            process.terminate()
            process.wait(10)


class Command:
    """A `clearance` command running as a process of its own."""

    def __init__(self, words: tuple[str, ...], env: dict[str, str], folder: Path) -> None:
        self.log = folder / f"{words[0]}-{len(list(folder.iterdir()))}.log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-P", "-m", "bot", *words],
                env=env,
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    @property
    def said(self) -> str:
        """What it has printed and logged."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    def until(self, words: str, *, times: int = 1, seconds: float = 240.0) -> None:
        """Wait until it has said this so often."""
        deadline = time.monotonic() + seconds
        while self.said.count(words) < times:
            assert self.process.poll() is None, self.said
            assert time.monotonic() < deadline, self.said
            time.sleep(0.05)

    def stop(self) -> int:
        """Ask it to end; its exit status."""
        if self.process.poll() is None:
            self.process.terminate()
        try:
            return self.process.wait(40)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise


@pytest.fixture
def command(tmp_path: Path) -> Iterator[Callable[..., Command]]:
    """Starts commands with only these settings; those still running at the end are stopped by their id."""
    folder = tmp_path / "commands"
    folder.mkdir()
    running: list[Command] = []

    def start(*words: str, **settings: object) -> Command:
        kept = {name: value for name, value in os.environ.items() if name not in SETTINGS}
        running.append(Command(words, kept | {name: str(value) for name, value in settings.items()}, folder))
        return running[-1]

    yield start
    for each in running:
        each.stop()


def settings_for(slack: Any, twin: Any, home: Path) -> dict[str, object]:
    """The environment of a bot in one workspace, against the twin."""
    return {
        "CLEARANCE_HOME": home,
        "CLEARANCE_POLICY": home / "clearance.toml",
        "CLEARANCE_TWIN_URL": twin.url,
        "SLACK_API_URL": slack.api,
        "SLACK_BOT_TOKEN": slack.bot_token,
        "SLACK_APP_TOKEN": slack.app_token,
        "SLACK_SIGNING_SECRET": slack.signing_secret,
    }


@pytest.fixture
def own_settings(slack: Any, own_twin: Any, home: Path) -> dict[str, object]:
    """The settings of a bot as environment variables: one workspace, the twin, a home of its own."""
    return settings_for(slack, own_twin, home)


def undisturbed(surface: Any) -> None:
    """Let an answer come the same way however busy the machine is, and no chore of the surface's between.

    An answer that takes two seconds has a streamed line, and chores begin a minute after the start.
    """
    surface.parts.live.slow = 600.0
    surface.outbox._chores._every = 86_400.0


class Door:
    """In the place of the lock that whoever asks a `Fresh` takes, after the moment of asking is noted."""

    def __init__(self) -> None:
        self._lock = threading.Condition()
        self._came = 0

    def __enter__(self) -> None:
        self._lock.acquire()
        self._came += 1
        self._lock.notify_all()

    def __exit__(self, *_: object) -> None:
        self._lock.release()

    def came(self, count: int) -> None:
        """Wait until so many have come to ask."""
        with self._lock:
            assert self._lock.wait_for(lambda: self._came >= count, proxied.PATIENCE)


@pytest.fixture
def door() -> Callable[[Any], Callable[[int], None]]:
    """`door(fresh)(n)` waits until n have asked."""

    def hang(fresh: Any) -> Callable[[int], None]:
        fresh._guard = Door()
        return fresh._guard.came

    return hang


@pytest.fixture(scope="session")
def steady() -> Callable[[Any], None]:
    """Makes what a surface does independent of how busy the machine is."""
    return undisturbed


@pytest.fixture
def bare(slack: Any, tmp_path: Path, migrated_file: Path) -> Iterator[Callable[..., Any]]:
    """Builds Slack surfaces over one store, without systems or tools: the conversation is the test's own."""
    from bot.clock import SystemClock
    from bot.engine.engine import Engine
    from bot.engine.policy import Policy
    from bot.slack.app import build, connect_directory
    from bot.store.connect import Store
    from tools.registry import Registry

    database = shutil.copyfile(migrated_file, tmp_path / "clearance.db")
    store, policy = Store.open(f"sqlite:///{database}"), Policy.load()
    directory = connect_directory(policy.roles, bot_token=slack.bot_token, base_url=slack.api)
    engine = Engine(
        store=store,
        registry=Registry([]),
        systems={},
        writers={},
        policy=policy,
        directory=directory,
        subject=str,
        clock=SystemClock(),
        runbooks=None,  # type: ignore[arg-type] # never asked
        enqueue=lambda *_: None,
    )
    built: list[Any] = []

    def surface(conversation: Any, **more: Any) -> Any:
        made = build(
            engine=engine,
            conversation=conversation,
            store=store,
            directory=directory,
            bot_token=slack.bot_token,
            app_token=slack.app_token,
            signing_secret=slack.signing_secret,
            clock=SystemClock(),
            base_url=slack.api,
            **more,
        )
        undisturbed(made)
        built.append(made)
        return made

    yield surface
    for each in built:
        each.stop()
    store.close()


@pytest.fixture
def signed() -> Any:
    """Sends requests as Slack signs them."""
    return proxied.Signed
