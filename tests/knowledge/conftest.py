"""Libraries of runbooks in temporary folders, and the sentence model where it can be had."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from knowledge import models
from knowledge.embedding import Embedder, NoEmbedder
from knowledge.generations import FileGenerations
from knowledge.ingest import IngestReport, Library
from knowledge.search import Findings, Runbooks
from knowledge.sources import Source

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@dataclass
class Shelf:
    """A folder of pages with an index over it."""

    pages: Path
    home: Path
    embedder: Embedder
    runbooks: Runbooks

    def write(self, path: str, text: str | bytes) -> None:
        """Put a page on the shelf."""
        file = self.pages / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode() if isinstance(text, str) else text)

    @property
    def generations(self) -> FileGenerations:
        """The row that names the served generation."""
        return FileGenerations(self.home / "current.json")

    def index(self, embedder: Embedder | None = None) -> IngestReport:
        """Index the folder."""
        library = Library(self.home, self.generations, embedder or self.embedder)
        return library.index([Source(self.pages)], now=NOW)

    def ask(self, question: str, *audiences: str) -> Findings:
        """Ask as someone of these audiences; without any, as someone who may see everything."""
        return self.runbooks.search(question, frozenset(audiences) if audiences else None)


@pytest.fixture
def new_shelf(tmp_path: Path) -> Iterator[Callable[..., Shelf]]:
    """Makes shelves over one folder, with the embedder asked for."""
    made: list[Shelf] = []

    def make(embedder: Embedder | None = None) -> Shelf:
        used = embedder or NoEmbedder()
        pages, home = tmp_path / "pages", tmp_path / "home"
        pages.mkdir(exist_ok=True)
        runbooks = Runbooks(
            home, FileGenerations(home / "current.json"), used, today=lambda: date(2026, 11, 22)
        )
        made.append(Shelf(pages, home, used, runbooks))
        return made[-1]

    yield make
    for shelf in made:
        shelf.runbooks.close()


@pytest.fixture
def shelf(new_shelf: Callable[..., Shelf]) -> Shelf:
    """An empty shelf in lexical mode."""
    return new_shelf()


@pytest.fixture(scope="session")
def model_cache() -> Path:
    """Where `make setup` puts the sentence model."""
    return Path(os.environ.get("CLEARANCE_MODEL_CACHE", Path(__file__).parents[2] / ".clearance" / "models"))


@pytest.fixture(scope="session")
def minilm(model_cache: Path) -> Embedder | None:
    """The sentence model, fetched when it is not there; None where it cannot be had."""
    installed = models.install(model_cache)
    return models.choose("minilm", model_cache) if installed.present else None
