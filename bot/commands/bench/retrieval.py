"""`clearance bench retrieval`: our search beside plain chroma and plain BM25, same pages, same questions.

Quality first, then what it costs: CPU seconds to index 1,000 passages, and CPU milliseconds of a question
over a large index, made of the pages' passages in new combinations.
"""

import random
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import numpy as np
from rich.console import Console
from rich.table import Table

from bot.app import settings_of
from bot.commands.bench.machine import machine
from knowledge.baselines import PlainBM25, PlainChroma
from knowledge.chunking import passages
from knowledge.embedding import Embedder, NoEmbedder, Vectors, unit
from knowledge.evaluation import Ask, Question, ask_all, asking, read_questions, summarise
from knowledge.generations import FileGenerations
from knowledge.ingest import Library
from knowledge.models import choose, install
from knowledge.runbook import Runbook
from knowledge.search import Runbooks
from knowledge.sources import Source, pages

WARM, TIMED = 5, 40  # questions before and while a clock runs
PER_PAGE = 12  # sections of a made-up page
QUESTIONS_AT_ONCE = 2  # as typed, and as probably meant
COLUMNS = (
    "right page first",
    "in 5",
    "nDCG@10",
    "section in 5",
    "claimed",
    "claims right",
    "claims on nothing",
    "p95 ms",
)


@dataclass(frozen=True, slots=True)
class Built:
    """An index of ours that is open, and what building it took."""

    runbooks: Runbooks
    passages: int
    cpu: float  # seconds


def run(questions: Path, corpus: Path, large: int) -> int:
    """Print both tables. 1 when questions or pages cannot be read."""
    console = Console(highlight=False, width=140)
    try:
        asked, read = read_questions(questions), list(pages([Source(corpus)]))
    except (OSError, ValueError) as error:
        console.print(f"{error}. Name a file of questions and a folder of pages.")
        return 1
    model = _model(console)
    console.print(machine(f"clearance bench retrieval --questions {questions} --corpus {corpus}"))
    console.print(
        f"{len(read)} pages, {len(asked)} questions,"
        f" {sum(not each.gold for each in asked)} of them without an answer."
    )
    console.print(_quality(asked, read, corpus, model))
    if large:
        console.print(_cost(asked, read, corpus, large, model))
    return 0


def _model(console: Console) -> Embedder | None:
    cache = settings_of().models
    made = install(cache)
    if made.present:
        return choose("minilm", cache)
    console.print(f"{made.sentence} Only the systems that need no vectors are measured.")
    return None


def _quality(
    asked: Sequence[Question], read: Sequence[Runbook], corpus: Path, model: Embedder | None
) -> Table:
    table = Table("system", *COLUMNS, title="Same pages, same questions")
    with tempfile.TemporaryDirectory(prefix="clearance-bench-") as work:
        home = Path(work)
        table.add_row("BM25, passages by heading", *_row(asked, PlainBM25(read).ask))
        with _ours(home / "words", NoEmbedder(), corpus) as built:
            table.add_row("ours, none (words)", *_row(asked, asking(built.runbooks)))
        if model is not None:
            with closing(PlainChroma(read, model, home / "plain")) as plain:
                table.add_row("chroma, 1,000-character chunks", *_row(asked, plain.ask))
            with _ours(home / "dense", model, corpus) as built:
                table.add_row("ours, minilm", *_row(asked, asking(built.runbooks)))
    return table


def _row(asked: Sequence[Question], ask: Ask) -> list[str]:
    found = summarise(ask_all(asked, ask))
    answered, nothing = _counts(found["outcomes_answerable"]), _counts(found["outcomes_unanswerable"])
    shares = [f"{found[name]:.3f}" for name in ("r_at_1", "r_at_5", "ndcg_at_10", "section_at_5")]
    total = sum(answered.values())
    return [
        *shares,
        f"{answered['answer']}/{total}",
        f"{found['claims_right']:.3f}",
        f"{nothing['answer']}/{sum(nothing.values())}",
        f"{found['ms_p95']:.1f}",
    ]


def _counts(outcomes: object) -> Mapping[str, int]:
    return cast("Mapping[str, int]", outcomes)


@contextmanager
def _ours(home: Path, embedder: Embedder, corpus: Path) -> Iterator[Built]:
    """Our index over a folder of pages, in a home of its own."""
    home.mkdir(parents=True)
    generations, now = FileGenerations(home / "current.json"), datetime.now(UTC)
    started = time.process_time()
    made = Library(home, generations, embedder).index([Source(corpus)], now=now).generation
    cpu = time.process_time() - started
    runbooks = Runbooks(home, generations, embedder, today=now.date)
    try:
        yield Built(runbooks, made.passages, cpu)
    finally:
        runbooks.close()


def _cost(
    asked: Sequence[Question], read: Sequence[Runbook], corpus: Path, large: int, model: Embedder | None
) -> Table:
    """Indexing is measured on the pages themselves, asking on the large index."""
    table = Table(
        "embedder", "CPU s to index 1,000 passages", f"CPU ms a question at {large:,}", title="What it costs"
    )
    pairs: list[tuple[Embedder, Embedder]] = [(NoEmbedder(), NoEmbedder())]
    if model is not None:
        pairs.append((model, Drawn(model)))
    with tempfile.TemporaryDirectory(prefix="clearance-bench-") as work:
        pages_made = Path(work) / "pages"
        _invent(pages_made, read, large)
        for number, (own, at_scale) in enumerate(pairs):
            with _ours(Path(work) / f"small{number}", own, corpus) as small:
                per_thousand = small.cpu / small.passages * 1_000
            with _ours(Path(work) / f"large{number}", at_scale, pages_made) as built:
                per_question = _milliseconds(asked, built.runbooks)
            table.add_row(own.name, f"{per_thousand:.1f}", f"{per_question:.1f}")
    return table


class Drawn:
    """Questions through the real model, passages as vectors drawn at random: embedding 20,000 takes minutes.

    What a question costs does not depend on where the passages' vectors lie.
    """

    def __init__(self, model: Embedder) -> None:
        self.name, self.dimension = f"{model.name} (passages drawn)", model.dimension
        self._model = model
        self._chance = np.random.default_rng(7)

    def embed(self, texts: Sequence[str]) -> Vectors:
        """One vector of length 1 a text."""
        if len(texts) <= QUESTIONS_AT_ONCE:
            return self._model.embed(texts)
        return unit(self._chance.standard_normal((len(texts), self.dimension), dtype=np.float32))


def _milliseconds(asked: Sequence[Question], runbooks: Runbooks) -> float:
    """CPU of one question, after the index and the model are warm."""
    for each in asked[:WARM]:
        runbooks.search(each.text, None)
    chosen = asked[:TIMED]
    started = time.process_time()
    for each in chosen:
        runbooks.search(each.text, None)
    return (time.process_time() - started) / len(chosen) * 1_000


def _invent(folder: Path, read: Sequence[Runbook], size: int) -> None:
    """About `size` passages of real sections under new titles; no two pages are alike."""
    chance = random.Random(7)  # noqa: S311 (a measurement that can be repeated)
    known = [passage for page in read if page.readable for passage in passages(page)]
    folder.mkdir()
    for number in range(-(-size // PER_PAGE)):
        drawn = chance.choices(known, k=PER_PAGE)
        body = "\n\n".join(
            f"## {each.parts[0].heading} {chance.randrange(10_000)}\n\n{each.body}" for each in drawn
        )
        (folder / f"page-{number}.md").write_text(f"# Page {number}\n\n{body}\n", encoding="utf-8")
