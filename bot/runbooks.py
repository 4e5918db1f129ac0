"""The runbook index as the bot uses it: where it lives, which generation is served, the tools' port."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.settings import Settings
from bot.store import gaps, index_state
from bot.store.connect import Store
from knowledge.chunking import passages
from knowledge.embedding import Embedder, NoEmbedder, OpenAIEmbedder
from knowledge.gaps import Gap, Theme, gap_of, themes
from knowledge.generations import Generation, as_row, from_row
from knowledge.ingest import IngestReport, Library
from knowledge.models import choose
from knowledge.search import Findings, Hit, Runbooks
from knowledge.sources import Source, pages, shipped
from knowledge.vector_cache import VectorCache
from knowledge.vectors import passage_vectors
from tools.answer import Citation
from tools.errors import NeedsAttention
from tools.ports import Clock, Found

NAME = "runbooks"
OPENAI = "https://api.openai.com/v1"
GAP_DAYS = 90
SHIPPED_VECTORS = "shipped-vectors.db"  # beside the model, made when it is installed
EMBEDDING, DIMENSION = "text-embedding-3-small", 1536


class StoredGenerations:
    """`knowledge.generations.Generations` as a row of the store, so that all processes serve the same one."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def current(self) -> Generation | None:
        """The generation the row names."""
        with self._store.read() as connection:
            row = index_state.served(connection, NAME)
        return None if row is None else from_row(dict(row.detail))

    def swap(self, generation: Generation) -> None:
        """Serve this one from now on."""
        with self._store.begin() as connection:
            index_state.serve(
                connection,
                index_state.Generation(
                    name=NAME,
                    generation=generation.id,
                    embedder=generation.embedder,
                    detail=as_row(generation),
                    at=self._store.now(connection),
                ),
            )


@dataclass(frozen=True, kw_only=True)
class Shelf:
    """This installation's index: build, search, describe. Implements `tools.ports.RunbookSearch`."""

    library: Library
    words: Library  # builds without vectors: seconds, whatever the embedder
    runbooks: Runbooks
    generations: StoredGenerations
    store: Store
    clock: Clock

    def search(self, question: str, *, audiences: frozenset[str]) -> Found:
        """The passages that answer `question` among pages these audiences may see; a gap is kept."""
        findings = self.runbooks.search(question, audiences)
        gap = gap_of(question, findings, now=self.clock.now())
        if gap is not None:
            with self.store.begin() as connection:
                gaps.add(connection, _kept(gap, audiences))
        return _found(findings)

    def missing(self, days: int = GAP_DAYS) -> list[Theme]:
        """What was asked in vain in the last days: what to write next, most asked first."""
        return missing(self.store, self.clock.now() - timedelta(days=days))

    def build(
        self, folder: Path | None = None, progress: Callable[[str, int, int], None] | None = None
    ) -> IngestReport:
        """Index a folder of pages instead of the shipped ones; those when none is named."""
        sources = shipped() if folder is None else (Source(folder),)
        if progress is None:
            return self.library.index(sources, now=self.clock.now())
        return self.library.index(sources, now=self.clock.now(), progress=progress)

    def at_hand(self) -> None:
        """Index the shipped pages if nothing is indexed: with vectors where those are there already.

        Else by words alone, which takes no time; `clearance index` adds the vectors.
        """
        if self.generations.current() is None:
            library = self.library if self.library.at_once(shipped()) else self.words
            library.index(shipped(), now=self.clock.now())

    def describe(self) -> str:
        """What is served, in a few words; says what to do when nothing is."""
        current = self.generations.current()
        if current is None:
            return "nothing indexed yet; `clearance index` builds it"
        mode = "by words alone" if current.embedder == "none" else f"with {current.embedder}"
        return f"{current.pages} pages, {current.passages} passages, searched {mode}"


def shelf(settings: Settings, store: Store, clock: Clock) -> Shelf:
    """The shelf of this installation. Raises `NeedsAttention` when the embedder that is set cannot be had."""
    home = settings.home / "index"
    home.mkdir(parents=True, exist_ok=True)
    generations, embedder = StoredGenerations(store), embedder_of(settings)
    return Shelf(
        library=Library(
            home,
            generations,
            embedder,
            chroma_url=settings.chroma_url,
            shared=settings.models / SHIPPED_VECTORS,
        ),
        words=Library(home, generations, NoEmbedder()),
        runbooks=Runbooks(
            home,
            generations,
            embedder,
            today=lambda: clock.now().astimezone(UTC).date(),
            chroma_url=settings.chroma_url,
        ),
        generations=generations,
        store=store,
        clock=clock,
    )


def embedder_of(settings: Settings, setting: str = "") -> Embedder:
    """The embedder of the settings: minilm where its weights are, else none, unless one is named."""
    wanted = setting or settings.embedder or "auto"
    if wanted == "openai":
        key = settings.openai_api_key.get_secret_value() if settings.openai_api_key else ""
        if not key:
            raise NeedsAttention(
                "The openai embedder needs a key", do="Set OPENAI_API_KEY, or another embedder."
            )
        return OpenAIEmbedder(
            base_url=settings.openai_base_url or OPENAI, model=EMBEDDING, dimension=DIMENSION, api_key=key
        )
    try:
        return choose(wanted, settings.models)
    except ValueError as error:
        raise NeedsAttention(str(error), do="Or set CLEARANCE_EMBEDDER=none.") from error


def missing(store: Store, since: datetime) -> list[Theme]:
    """What was asked in vain since then, by theme, most asked first."""
    with store.read() as connection:
        found = gaps.since(connection, since)
    return themes(
        [Gap(question=each.question, why=each.kind, nearest=each.page, at=each.at) for each in found]
    )


def embed_shipped(models: Path) -> int:
    """Compute the shipped pages' vectors once, for every home to take; returns how many were new."""
    model = choose("minilm", models)
    cut = [passage for page in pages(shipped()) if page.readable for passage in passages(page)]
    _, made = passage_vectors(VectorCache(models / SHIPPED_VECTORS), model, cut, lambda _done, _total: None)
    return made


def _kept(gap: Gap, audiences: frozenset[str]) -> gaps.Gap:
    audience = " ".join(sorted(audiences - {"everyone"})) or "everyone"
    return gaps.Gap(question=gap.question, audience=audience, kind=gap.why, page=gap.nearest, at=gap.at)


def _found(findings: Findings) -> Found:
    first = findings.hits[0] if findings.hits else None
    return Found(
        outcome=findings.outcome,
        citations=tuple(_citation(hit) for hit in findings.hits),
        passage=first.text if first else "",
        tool=first.tool if first else "",
        ask=first.ask if first else "",
        mode=findings.mode,
        notice=findings.notice,
        corrected=findings.corrected,
    )


def _citation(hit: Hit) -> Citation:
    label = f"{hit.title} (deprecated)" if hit.deprecated else hit.title
    return Citation(
        title=label,
        heading=hit.heading,
        path=f"{hit.path}#{hit.anchor}" if hit.anchor else hit.path,
        quote=hit.quote,
        last_reviewed=hit.last_reviewed,
        stale=hit.stale,
        text=hit.text,
    )
