"""Runbook search: a question and the audiences it is asked for, to cited sections and one of three outcomes.

The text of pages is data. It is quoted, never followed: nothing on a page changes what this module does.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import IO

import numpy as np

from knowledge import chroma_index, index, ranking
from knowledge.embedding import Embedder, EmbedderError, Vectors
from knowledge.generations import Generation, Generations, hold
from knowledge.lexical import Floats, Scores
from knowledge.quoting import best_part, quote
from knowledge.ranking import Outcome, Ranked
from knowledge.runbook import is_stale
from knowledge.spelling import corrections
from knowledge.synonyms import slots
from knowledge.words import asked

_NEAR = 200  # passages taken from chroma
_ALSO = 50  # passages found by words alone whose cosine is looked up
_ATTEMPTS = 5  # at opening a generation while others are being swapped in
OTHER_VERSION = "The index is not there or of another version: `clearance index` builds it again."
LEXICAL_NOTICE = "Searched by words alone: no sentence model is installed (`clearance models install`)."


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """One section that was found, as a citation: where it stands, its words, how current it is."""

    id: str
    path: str
    title: str
    heading: str
    anchor: str
    quote: str  # the line that bears most on the question
    text: str  # the whole section
    owner: str
    last_reviewed: str  # ISO date, or ""
    stale: bool  # its review is overdue
    deprecated: bool
    superseded_by: str
    tool: str  # a tool the section names
    ask: str  # how to ask for that tool
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What the pages say: the first hit answers, or the hits are only the closest, or there are none."""

    outcome: Outcome
    hits: tuple[Hit, ...]
    pages: tuple[str, ...]  # paths, best first, at most 10, whatever the outcome
    sections: tuple[tuple[str, str], ...] = ()  # (path, heading) of what came nearest, whatever the outcome
    mode: str  # "lexical" or "dense"
    notice: str = ""  # a sentence about the mode, for people
    corrected: tuple[tuple[str, str], ...] = ()  # (as typed, as also searched)


class Runbooks:
    """Search over the generation being served; follows when another is swapped in. Safe between threads."""

    def __init__(
        self,
        home: Path,
        generations: Generations,
        embedder: Embedder,
        *,
        today: Callable[[], date],
        chroma_url: str = "",
    ) -> None:
        """`home` is where `Library` builds; an `embedder` other than the index was made with goes unused."""
        self._home = home
        self._generations = generations
        self._embedder = embedder
        self._today = today
        self._chroma_url = chroma_url
        self._lock = threading.RLock()
        self._open: _Opened | None = None

    def search(self, question: str, audiences: frozenset[str] | None, *, limit: int = 5) -> Findings:
        """Sections for `question` among pages these audiences may see (None: all pages)."""
        with self._lock:
            opened = self._serving()
            if opened is None:
                notice = OTHER_VERSION if self._generations.current() else "Nothing is indexed yet."
                return Findings(outcome="none", hits=(), pages=(), mode="lexical", notice=notice)
            return _Search(opened, question[:2_000], audiences, self._embedder, self._today()).findings(limit)

    def close(self) -> None:
        """Let go of the open generation."""
        with self._lock:
            if self._open is not None:
                self._open.close()
                self._open = None

    def _serving(self) -> "_Opened | None":
        """The generation the row names, opened; another one than before closes the old."""
        for _ in range(_ATTEMPTS):
            generation = self._generations.current()
            if (
                self._open is not None
                and generation is not None
                and self._open.generation.id == generation.id
            ):
                return self._open
            self.close()
            if generation is None or not generation.id.startswith(index.PREFIX):
                return None
            self._open = self._opened(generation)
            if self._open is not None:
                return self._open
        return None

    def _opened(self, generation: Generation) -> "_Opened | None":
        folder = self._home / generation.id
        held = hold(folder)
        if held is None:  # swapped and deleted between reading the row and opening
            return None
        dense = None
        if generation.dimension and generation.embedder == self._embedder.name:
            place = self._chroma_url or index.vectors_of(folder)
            dense = chroma_index.DenseIndex(place, generation.id)
        return _Opened(generation, index.Index(folder), dense, held)


@dataclass(slots=True)
class _Opened:
    generation: Generation
    index: index.Index
    dense: chroma_index.DenseIndex | None
    held: IO[str]

    def close(self) -> None:
        if self.dense is not None:
            self.dense.close()
        self.index.close()
        self.held.close()


@dataclass(slots=True)
class _Search:
    """One question over one opened generation."""

    opened: _Opened
    question: str
    audiences: frozenset[str] | None
    embedder: Embedder
    today: date

    def findings(self, limit: int) -> Findings:
        known = self.opened.index
        slips = corrections(self.question, known.lexical)
        lexical = self._lexical(slips)
        visible = known.visible(self.audiences)
        loose = np.where(visible, lexical.loose_bm25, 0).astype(np.float32)
        cosine, notice = self._cosine(loose, slips)
        scores = ranking.fused(loose, lexical.loose_coverage, cosine)
        scores = np.where(visible, scores * known.standing(), -1).astype(np.float32)
        ranked = ranking.rank(scores, known.page_of)
        hits = tuple(self._hit(number, slips, float(scores[number])) for number in ranked.passages[:limit])
        outcome = self._outcome(ranked, lexical, dense=cosine is not None)
        return Findings(
            outcome=outcome,
            hits=() if outcome == "none" else hits,
            sections=tuple((hit.path, hit.heading) for hit in hits),
            pages=tuple(known.pages[page].path for page in ranked.pages[:10]),
            mode="lexical" if cosine is None else "dense",
            notice=notice,
            corrected=tuple(slips.items()),
        )

    def _lexical(self, slips: dict[str, str]) -> Scores:
        """Scores by words; with slips, the better of the question as typed and as probably meant."""
        lexical = self.opened.index.lexical
        typed = lexical.scores(slots(self.question))
        return typed.or_better(lexical.scores(slots(_meant(self.question, slips)))) if slips else typed

    def _cosine(self, bm25: Floats, slips: dict[str, str]) -> tuple[Floats | None, str]:
        """Cosine of every passage that is near or shares words with the question; -1 for the rest."""
        dense = self.opened.dense
        if dense is None:
            return None, self._why_lexical()
        questions = [self.question, _meant(self.question, slips)] if slips else [self.question]
        try:
            vectors = self.embedder.embed(questions)
        except EmbedderError as failed:
            return None, f"{failed} Searched by words alone."
        cosine = np.full(len(bm25), -1, dtype=np.float32)
        worded = ranking.best(bm25, _ALSO)
        for vector in vectors:
            self._near(cosine, dense, vector, worded)
        return cosine, ""

    def _near(
        self, cosine: Floats, dense: chroma_index.DenseIndex, vector: Vectors, worded: list[int]
    ) -> None:
        near = dense.nearest(vector, _NEAR, self.opened.index.audience_keys(self.audiences))
        missing = [number for number in worded if number not in near]
        for number, value in (near | dense.cosines(vector, missing)).items():
            cosine[number] = max(cosine[number], value)

    def _why_lexical(self) -> str:
        generation = self.opened.generation
        if not self.embedder.dimension:
            return LEXICAL_NOTICE
        made = generation.embedder if generation.dimension else "no sentence model"
        return (
            f"Searched by words alone: the index was made with {made}, not {self.embedder.name}. "
            "Index the pages again."
        )

    def _outcome(self, ranked: Ranked, lexical: Scores, *, dense: bool) -> Outcome:
        if not ranked.passages:
            return "none"
        best = ranked.passages[0]
        score, coverage = float(ranked.scores[best]), float(lexical.coverage[best])
        ahead = ranking.lead(ranked, self.opened.index.page_of)
        return ranking.outcome(score, coverage, ahead, dense=dense)

    def _hit(self, number: int, slips: dict[str, str], score: float) -> Hit:
        known = self.opened.index
        passage = known.passage(number)
        page = known.pages[int(known.page_of[number])]
        sought = dict.fromkeys([*asked(self.question), *asked(_meant(self.question, slips))])
        weights = {term: known.lexical.rarity(term) for term in sought}
        part = best_part(passage, weights)
        return Hit(
            id=passage.id,
            path=page.path,
            title=page.title,
            heading=part.heading,
            anchor=passage.id.split("#", 1)[1],
            quote=quote(part, weights),
            text=part.text,
            owner=page.owner,
            last_reviewed=page.last_reviewed.isoformat() if page.last_reviewed else "",
            stale=is_stale(page.last_reviewed, page.review_days, self.today),
            deprecated=page.deprecated,
            superseded_by=page.superseded_by,
            tool=part.tool,
            ask=part.ask,
            score=round(score, 4),
        )


def _meant(question: str, slips: dict[str, str]) -> str:
    """The question with its slips put right."""
    return " ".join(slips.get(word.strip(".,?!:;\"'()").casefold(), word) for word in question.split())
