"""Vectors on a chroma server: built, searched, swapped, and retired collections dropped."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import httpx
import numpy as np
import pytest

from knowledge.embedding import Vectors, unit
from knowledge.generations import FileGenerations
from knowledge.ingest import Library
from knowledge.search import Runbooks
from knowledge.sources import Source


class Letters:
    """A small real embedder: how often each letter occurs."""

    name, dimension = "letters:26", 26

    def embed(self, texts) -> Vectors:
        """Count letters."""
        rows = [[text.lower().count(chr(97 + letter)) for letter in range(26)] for text in texts]
        return unit(np.array(rows, dtype=np.float32).reshape(len(texts), 26))


@pytest.fixture(scope="module")
def chroma_url(tmp_path_factory: pytest.TempPathFactory, free_port: Callable[[], int]) -> Iterator[str]:
    """A chroma server of our own on loopback."""
    port = free_port()
    program = Path(sys.executable).with_name("chroma")
    place = tmp_path_factory.mktemp("chroma")
    log = (place / "log").open("w")
    server = subprocess.Popen(
        [str(program), "run", "--host", "127.0.0.1", "--port", str(port), "--path", str(place / "data")],
        stdout=log,
        stderr=log,
        env={**os.environ, "ANONYMIZED_TELEMETRY": "False"},
    )
    deadline = time.monotonic() + 240
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=10).close()
            break
        except OSError:
            assert server.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.1)
    yield f"http://127.0.0.1:{port}"
    server.terminate()
    server.wait(60)
    log.close()


def test_vectors_can_live_on_a_server(chroma_url: str, tmp_path: Path) -> None:
    """Each generation is a collection of its own; the old one is dropped after the swap."""
    pages, home = tmp_path / "pages", tmp_path / "home"
    pages.mkdir()
    (pages / "a.md").write_text("# Caps\n\nThree messages a week.\n")
    (pages / "b.md").write_text("---\naudience: marops\n---\n# Renewals\n\nPrices of vendors.\n")
    rows = FileGenerations(home / "current.json")
    library = Library(home, rows, Letters(), chroma_url=chroma_url)
    first = library.index([Source(pages)], now=datetime(2026, 11, 22, tzinfo=UTC)).generation
    runbooks = Runbooks(home, rows, Letters(), today=lambda: date(2026, 11, 22), chroma_url=chroma_url)
    found = runbooks.search("three messages a week", frozenset({"everyone"}))
    assert (found.mode, [hit.path for hit in found.hits]) == ("dense", ["a.md"])
    (pages / "a.md").write_text("# Caps\n\nFour messages a month.\n")
    second = library.index([Source(pages)], now=datetime(2026, 11, 23, tzinfo=UTC)).generation
    assert runbooks.search("messages", None).hits[0].quote == "Four messages a month."
    (pages / "c.md").write_text("# More\n\nMore.\n")
    third = library.index([Source(pages)], now=datetime(2026, 11, 24, tzinfo=UTC)).generation
    runbooks.close()
    answer = httpx.get(f"{chroma_url}/api/v2/tenants/default_tenant/databases/default_database/collections")
    names = {each["name"].rpartition("-")[0] for each in answer.json()}
    assert third.id in names
    assert first.id not in names
    assert not (home / third.id / "chroma").exists()
    assert second.id != third.id
