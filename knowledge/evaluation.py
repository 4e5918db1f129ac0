"""Scores retrieval on questions with known pages: right page, right section, right outcome, how often.

A question is a line of JSON: `{"id", "q", "gold": [path], "heading": [..], "kind"}`. An empty `gold` is a
question that the pages do not answer.
"""

import json
import math
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from knowledge.embedding import Embedder
from knowledge.generations import FileGenerations
from knowledge.ingest import Library, Progress
from knowledge.search import Runbooks
from knowledge.sources import Source
from knowledge.words import fold, surface

_DEPTH = 10  # pages a case lists
_SECTIONS = 5  # sections a case lists
Json = dict[str, object]


@dataclass(frozen=True, slots=True)
class Question:
    """One question with the pages and headings that answer it."""

    id: str
    text: str
    gold: tuple[str, ...]
    headings: tuple[str, ...]
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Retrieved:
    """What a system found for a question: pages and (path, heading) of sections best first, and its claim."""

    pages: tuple[str, ...]
    sections: tuple[tuple[str, str], ...]
    outcome: str


Ask = Callable[[str], Retrieved]


@dataclass(frozen=True, slots=True)
class Case:
    """What was found for a question."""

    question: Question
    pages: tuple[str, ...]
    sections: tuple[tuple[str, str], ...]
    outcome: str
    seconds: float

    def as_json(self) -> Json:
        """The case as it is printed."""
        return {
            "id": self.question.id,
            "pages": list(self.pages),
            "sections": [list(section) for section in self.sections],
            "outcome": self.outcome,
            "ms": round(self.seconds * 1_000, 2),
        }


def read_questions(file: Path) -> list[Question]:
    """Questions of a JSON Lines file. Raises `ValueError` naming the line that cannot be read."""
    read: list[Question] = []
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            read.append(
                Question(
                    id=str(row.get("id", number)),
                    text=str(row["q"]),
                    gold=_strings(row.get("gold")),
                    headings=_strings(row.get("heading")),
                    kind=str(row.get("kind", "")),
                )
            )
        except (KeyError, AttributeError, ValueError) as wrong:
            raise ValueError(f"Line {number} of {file.name} is not a question") from wrong
    return read


def evaluate(
    questions: Sequence[Question], corpus: Path, embedder: Embedder, *, progress: Progress | None = None
) -> Json:
    """Index `corpus` in a folder of its own, ask every question as someone who may see all, and score."""
    with tempfile.TemporaryDirectory() as work:
        home = Path(work)
        generations = FileGenerations(home / "current.json")
        library = Library(home, generations, embedder)
        now = datetime.now(UTC)
        report = library.index([Source(corpus)], now=now, progress=progress or _silent)
        runbooks = Runbooks(home, generations, embedder, today=now.date)
        try:
            cases = ask_all(questions, asking(runbooks))
        finally:
            runbooks.close()
    summary: Json = {"mode": report.generation.embedder, "passages": report.generation.passages}
    return {"cases": [case.as_json() for case in cases], "summary": summary | summarise(cases)}


def summarise(cases: Sequence[Case]) -> Json:
    """Recall of pages and sections, nDCG at 10, outcomes; in all and by kind of question."""
    kinds: defaultdict[str, list[Case]] = defaultdict(list)
    for case in cases:
        kinds[case.question.kind or "all"].append(case)
    by_kind = {kind: _figures(some) for kind, some in sorted(kinds.items())}
    return {**_figures(cases), "by_kind": by_kind}


def asking(runbooks: Runbooks) -> Ask:
    """Our search as a system to score, for somebody who may see all pages."""

    def ask(question: str) -> Retrieved:
        found = runbooks.search(question, None, limit=_SECTIONS)
        return Retrieved(pages=found.pages, sections=found.sections, outcome=found.outcome)

    return ask


def ask_all(questions: Sequence[Question], ask: Ask) -> list[Case]:
    """Every question put to one system, with the time it took."""
    return [_asked(question, ask) for question in questions]


def _asked(question: Question, ask: Ask) -> Case:
    started = time.perf_counter()
    found = ask(question.text)
    seconds = time.perf_counter() - started
    return Case(question, found.pages[:_DEPTH], found.sections[:_SECTIONS], found.outcome, seconds)


def _figures(cases: Sequence[Case]) -> Json:
    answerable = [case for case in cases if case.question.gold]
    headed = [case for case in answerable if case.question.headings]
    others = [case for case in cases if not case.question.gold]
    return {
        "questions": len(cases),
        "answerable": len(answerable),
        "r_at_1": _share(answerable, lambda case: _found(case, 1)),
        "r_at_5": _share(answerable, lambda case: _found(case, 5)),
        "ndcg_at_10": _mean([_ndcg(case) for case in answerable]),
        "section_at_5": _share(headed, _section),
        "outcomes_answerable": _outcomes(answerable),
        "outcomes_unanswerable": _outcomes(others),
        "claims_right": _share(
            [case for case in answerable if case.outcome == "answer"], lambda c: _found(c, 1)
        ),
        "ms_mean": _mean([case.seconds * 1_000 for case in cases]),
        "ms_p95": _p95([case.seconds * 1_000 for case in cases]),
    }


def _found(case: Case, depth: int) -> bool:
    return any(page in case.question.gold for page in case.pages[:depth])


def _section(case: Case) -> bool:
    wanted = {_bare(heading) for heading in case.question.headings}
    return any(path in case.question.gold and _bare(heading) in wanted for path, heading in case.sections)


def _ndcg(case: Case) -> float:
    gains = [
        1 / math.log2(at + 2) for at, page in enumerate(case.pages[:_DEPTH]) if page in case.question.gold
    ]
    ideal = sum(1 / math.log2(at + 2) for at in range(min(len(case.question.gold), _DEPTH)))
    return sum(gains) / ideal


def _outcomes(cases: Sequence[Case]) -> Json:
    return {name: sum(case.outcome == name for case in cases) for name in ("answer", "closest", "none")}


def _share(cases: Sequence[Case], holds: Callable[[Case], bool]) -> float:
    return _mean([float(holds(case)) for case in cases])


def _mean(values: Iterable[float]) -> float:
    listed = list(values)
    return round(sum(listed) / len(listed), 4) if listed else 0.0


def _p95(values: Sequence[float]) -> float:
    """The value that 19 of 20 do not exceed."""
    return round(sorted(values)[math.ceil(len(values) * 0.95) - 1], 2) if values else 0.0


def _bare(heading: str) -> str:
    return " ".join(surface(fold(heading.lstrip("# "))))


def _strings(value: object) -> tuple[str, ...]:
    if value is None:
        return ()
    if isinstance(value, str):
        return (value,)
    if isinstance(value, list):
        return tuple(str(item) for item in value)
    raise ValueError("not a list of strings")


def _silent(_what: str, _done: int, _total: int) -> None:
    """No progress shown."""
