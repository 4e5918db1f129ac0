"""The plain systems that our search is measured against find what any such system must."""

from pathlib import Path

import numpy as np

from bot.commands.bench import retrieval
from knowledge.baselines import CHUNK, PlainBM25, PlainChroma, chunks
from knowledge.embedding import unit
from knowledge.runbook import read_page

PAGES = [
    read_page(
        "bounces.md", b"# Bounces\n\n## Hard\n\nThe mailbox is gone.\n\n## Soft\n\nThe mailbox is full.\n"
    ),
    read_page("webinar.md", b"# Webinars\n\n## Timeline\n\nInvite three weeks before the webinar.\n"),
]


class Letters:
    """Vectors of letter pairs: near texts share spellings."""

    name, dimension = "letters", 128

    def embed(self, texts):
        """Count pairs of letters."""
        made = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in enumerate(texts):
            for one, two in zip(text.lower(), text.lower()[1:], strict=False):
                made[row, (ord(one) * 31 + ord(two)) % self.dimension] += 1
        return unit(made)


def test_plain_bm25_ranks_the_page_that_shares_words() -> None:
    """The page with the rare word comes first, with the sections of its passages."""
    found = PlainBM25(PAGES).ask("when do we invite to a webinar")
    assert found.pages[0] == "webinar.md"
    assert ("webinar.md", "Timeline") in found.sections


def test_plain_chroma_ranks_by_vectors_alone_and_always_claims(tmp_path: Path) -> None:
    """Chunks come back through chroma; there is no outcome but an answer."""
    plain = PlainChroma(PAGES, Letters(), tmp_path)
    found = plain.ask("the mailbox is full")
    plain.close()
    assert (found.pages[0], found.outcome) == ("bounces.md", "answer")
    assert {heading for _, heading in found.sections} >= {"Hard", "Soft"}


def test_a_chunk_is_named_by_every_heading_it_reaches_into() -> None:
    """A chunk that spans headings may be counted as right for each of them."""
    page = read_page("long.md", b"# Long\n\n## One\n\n" + b"word " * 180 + b"\n\n## Two\n\n" + b"more " * 180)
    first, second, *_ = chunks(page)
    assert len(first.text) == CHUNK
    assert first.headings == ("One", "Two")
    assert second.headings == ("Two",)


def test_the_bench_prints_every_system_that_can_run_here(tmp_path: Path, capsys) -> None:
    """One run over two pages and two questions, words alone measured at scale too."""
    pages = tmp_path / "pages"
    pages.mkdir()
    (pages / "bounces.md").write_text("# Bounces\n\n## Hard\n\nThe mailbox is gone.\n", encoding="utf-8")
    asked = tmp_path / "questions.jsonl"
    asked.write_text(
        '{"q": "mailbox gone", "gold": ["bounces.md"], "heading": ["Hard"]}\n{"q": "wifi", "gold": []}\n'
    )
    assert retrieval.run(asked, pages, large=48) == 0
    printed = capsys.readouterr().out
    assert "BM25, passages by heading" in printed
    assert "ours, none (words)" in printed
    assert "CPU ms a question at 48" in printed


def test_the_bench_says_what_it_cannot_read(tmp_path: Path, capsys) -> None:
    """A missing file of questions is a sentence."""
    assert retrieval.run(tmp_path / "none.jsonl", tmp_path, large=0) == 1
    assert "Name a file of questions" in " ".join(capsys.readouterr().out.split())
