"""Generations: swapped whole, old ones deleted, readers undisturbed, a killed builder harmless."""

import json
import signal
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from knowledge.generations import FileGenerations, Generation, as_row, finish, from_row, hold, sweep
from knowledge.search import OTHER_VERSION

BUILDER = Path(__file__).parent / "build_until_killed.py"
ROOT = Path(__file__).parents[2]
ONE = Generation(
    id="g-1",
    embedder="none",
    dimension=0,
    pages=1,
    passages=2,
    built_at="x",
    digest="d",
    sources=(("", "/p"),),
)


def build(home: Path, pages: Path, when: str = "never") -> subprocess.Popen[bytes]:
    """Start a builder in a process of its own."""
    return subprocess.Popen(
        [sys.executable, str(BUILDER), str(home), str(pages), when], cwd=ROOT, env={"PYTHONPATH": str(ROOT)}
    )


def test_a_generation_survives_the_trip_through_a_row() -> None:
    """What a store keeps as JSON comes back the same."""
    assert from_row(json.loads(json.dumps(as_row(ONE)))) == ONE


@pytest.mark.parametrize(
    "row", [{}, {"id": "g"}, {**as_row(ONE), "sources": 3}, {**as_row(ONE), "pages": "many"}]
)
def test_a_row_that_is_no_generation_is_refused(row: dict[str, object]) -> None:
    """Half a row is an error, not half a generation."""
    with pytest.raises(ValueError, match="not a generation"):
        from_row(row)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"id": 1}'])
def test_an_unreadable_row_file_counts_as_none(tmp_path: Path, content: str) -> None:
    """Searching then says that nothing is indexed, and indexing writes a new row."""
    (tmp_path / "current.json").write_text(content)
    rows = FileGenerations(tmp_path / "current.json")
    assert rows.current() is None
    rows.swap(ONE)
    assert rows.current() == ONE


def test_indexing_again_changes_nothing_when_no_page_changed(shelf) -> None:
    """The same pages give the same generation, whatever their files' dates."""
    shelf.write("a.md", "# A\n\ntext")
    first = shelf.index()
    shelf.write("a.md", "# A\n\ntext")
    second = shelf.index()
    assert (first.changed, second.changed) == (True, False)
    assert first.generation == second.generation


def test_a_changed_page_makes_a_new_generation_and_deletes_the_old(shelf) -> None:
    """Only the served generation stays on disk."""
    shelf.write("a.md", "# A\n\nfirst words")
    old = shelf.index().generation
    shelf.write("a.md", "# A\n\nsecond words")
    new = shelf.index().generation
    assert [folder.name for folder in shelf.home.glob("g*-*")] == [new.id]
    assert old.id != new.id
    assert shelf.ask("second words").hits[0].quote == "second words"


def test_a_deleted_page_is_gone_from_the_index_and_the_disk(shelf) -> None:
    """Nothing of a page stays once it was deleted and the folder indexed again."""
    shelf.write("a.md", "# A\n\nsecretword here")
    shelf.write("b.md", "# B\n\nother")
    shelf.index()
    (shelf.pages / "a.md").unlink()
    shelf.index()
    assert shelf.ask("secretword").hits == ()
    files = [path for path in shelf.home.rglob("*") if path.is_file()]
    assert not any(b"secretword" in path.read_bytes() for path in files)


def test_a_generation_someone_reads_is_deleted_by_a_later_sweep(shelf) -> None:
    """A reader keeps its generation until it looks again."""
    shelf.write("a.md", "# A\n\nfirst")
    old = shelf.index().generation
    assert shelf.ask("first").hits
    shelf.write("a.md", "# A\n\nsecond")
    shelf.index()
    assert (shelf.home / old.id).is_dir()
    assert shelf.ask("second").hits
    shelf.write("a.md", "# A\n\nthird")
    shelf.index()
    assert not (shelf.home / old.id).exists()


def test_holding_a_generation_that_is_gone_gives_nothing(tmp_path: Path) -> None:
    """Whoever opens too late is told to look at the row again."""
    assert hold(tmp_path / "g-1") is None
    (tmp_path / "g-1").mkdir()
    finish(tmp_path / "g-1")
    held = hold(tmp_path / "g-1")
    assert held is not None
    assert sweep(tmp_path, keep="g-2") == []
    held.close()
    assert sweep(tmp_path, keep="g-2") == ["g-1"]


def test_a_row_that_names_a_missing_folder_finds_nothing_and_can_be_repaired(shelf) -> None:
    """A cache folder that was wiped is rebuilt by the next indexing, though no page changed."""
    shelf.write("a.md", "# A\n\nwords")
    shelf.index()
    for file in sorted(shelf.home.glob("g*-*/**/*"), reverse=True):
        file.unlink() if file.is_file() else file.rmdir()
    next(shelf.home.glob("g*-*")).rmdir()
    assert shelf.ask("words").notice == OTHER_VERSION
    assert shelf.index().changed
    assert shelf.ask("words").hits


@pytest.mark.parametrize("when", ["while writing", "before swap", "after swap"])
def test_a_builder_killed_at_any_point_leaves_a_whole_index_serving(shelf, when: str) -> None:
    """kill -9 before the swap: the old generation serves; after it: the new one. The next build cleans up."""
    shelf.write("a.md", "# A\n\nold words")
    shelf.index()
    shelf.write("a.md", "# A\n\nnew words")
    builder = build(shelf.home, shelf.pages, when)
    assert builder.wait(240) == -signal.SIGKILL
    wanted = "new words" if when == "after swap" else "old words"
    assert shelf.ask("words").hits[0].quote == wanted
    shelf.runbooks.close()
    report = shelf.index()
    assert shelf.ask("words").hits[0].quote == "new words"
    shelf.runbooks.close()
    shelf.write("b.md", "# B\n\nmore")
    report = shelf.index()
    assert [folder.name for folder in shelf.home.glob("g*-*")] == [report.generation.id]


READER = """
import sys
from datetime import date
from pathlib import Path
from knowledge.embedding import NoEmbedder
from knowledge.generations import FileGenerations
from knowledge.search import Runbooks
home = Path(sys.argv[1])
runbooks = Runbooks(home, FileGenerations(home / "current.json"), NoEmbedder(), today=date.today)
seen = set()
while "words 14" not in seen:
    found = runbooks.search("words", None)
    assert found.hits, found
    if found.hits[0].quote not in seen:
        seen.add(found.hits[0].quote)
        print(found.hits[0].quote, flush=True)
"""


def test_two_processes_read_while_a_third_rebuilds(shelf) -> None:
    """No reader ever meets a half-built or deleted index, over many swaps; each follows to new ones."""
    shelf.write("a.md", "# A\n\nwords 0")
    shelf.index()
    command = [sys.executable, "-c", READER, str(shelf.home)]
    readers = [
        subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, env={"PYTHONPATH": str(ROOT)})
        for _ in range(2)
    ]
    try:
        assert [reader.stdout.readline() for reader in readers if reader.stdout] == ["words 0\n"] * 2
        for number in range(1, 15):
            shelf.write("a.md", f"# A\n\nwords {number}")
            shelf.index()
        printed = [reader.communicate(timeout=240)[0].split("\n") for reader in readers]
    finally:
        for reader in readers:
            reader.kill()
    assert [reader.returncode for reader in readers] == [0, 0]
    assert [each[-2] for each in printed] == ["words 14"] * 2


def test_threads_share_one_search_while_it_is_rebuilt(shelf) -> None:
    """Every thread of a process gets whole answers across swaps."""
    shelf.write("a.md", "# A\n\nwords 0")
    shelf.index()
    stop, wrong = threading.Event(), []

    def read() -> None:
        while not stop.is_set():
            if not shelf.ask("words").hits:
                wrong.append("nothing found")

    threads = [threading.Thread(target=read) for _ in range(3)]
    for thread in threads:
        thread.start()
    for number in range(1, 8):
        shelf.write("a.md", f"# A\n\nwords {number}")
        shelf.index()
    stop.set()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_a_generation_of_another_version_is_not_opened(shelf) -> None:
    """After an upgrade search says what to do, and indexing does it, though no page changed."""
    shelf.write("a.md", "# A\n\nwords")
    made = shelf.index().generation
    shelf.generations.swap(replace(made, id="g1-20200101-000000-aaaaaaaa", digest="of another version"))
    assert shelf.ask("words").notice == OTHER_VERSION
    assert shelf.index().changed
    assert shelf.ask("words").hits


def test_two_builders_take_turns(shelf) -> None:
    """Builds at the same time do not spoil each other: the row names a whole generation in the end."""
    shelf.write("a.md", "# A\n\nwords")
    builders = [build(shelf.home, shelf.pages) for _ in range(2)]
    assert [builder.wait(240) for builder in builders] == [0, 0]
    current = shelf.generations.current()
    assert current is not None
    assert [folder.name for folder in shelf.home.glob("g*-*")] == [current.id]
    assert shelf.ask("words").hits
