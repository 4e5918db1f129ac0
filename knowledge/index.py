"""One generation of the index on disk: pages, passages, the lexical index and, with an embedder, vectors."""

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from knowledge.chunking import Part, Passage
from knowledge.lexical import Floats, Lexical
from knowledge.runbook import Runbook

PREFIX = "g4-"  # of a generation's name: another number whenever the files below change their shape
DEPRECATED, DRAFT = 0.75, 0.95  # factors on the scores of such pages


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What a hit needs to know of its page."""

    path: str
    title: str
    owner: str
    team: str
    audience: tuple[str, ...]
    deprecated: bool
    draft: bool
    last_reviewed: date | None
    review_days: int | None
    superseded_by: str  # the title of the page that says it supersedes this one

    @property
    def audience_key(self) -> str:
        """The audience as one word, by which chroma filters."""
        return "|".join(sorted(self.audience))


class Index:
    """A generation opened for reading. Safe to share between threads."""

    def __init__(self, folder: Path) -> None:
        """Reads pages and terms into memory; passages stay on disk until they are asked for."""
        self.pages = [_page(row) for row in json.loads((folder / "pages.json").read_text(encoding="utf-8"))]
        self.lexical = Lexical.load(folder / "lexical")
        with np.load(folder / "places.npz", allow_pickle=False) as arrays:
            self.page_of: NDArray[np.int32] = arrays["page_of"]
            self._offsets: NDArray[np.int64] = arrays["offsets"]
        factors = [DEPRECATED if page.deprecated else DRAFT if page.draft else 1.0 for page in self.pages]
        self._standing: Floats = np.array(factors, dtype=np.float32)[self.page_of]
        self._file = os.open(folder / "passages.jsonl", os.O_RDONLY)

    def __len__(self) -> int:
        """Passages in it."""
        return len(self.page_of)

    def passage(self, number: int) -> Passage:
        """One passage by its number."""
        start, end = int(self._offsets[number]), int(self._offsets[number + 1])
        row = json.loads(os.pread(self._file, end - start, start))
        parts = tuple(Part(**{**part, "trail": tuple(part["trail"])}) for part in row.pop("parts"))
        return Passage(**row, parts=parts)

    def standing(self) -> Floats:
        """For every passage a factor below 1 if its page is deprecated or a draft."""
        return self._standing

    def visible(self, audiences: frozenset[str] | None) -> NDArray[np.bool_]:
        """For every passage, whether these audiences may see it (None: all)."""
        seen = [audiences is None or not audiences.isdisjoint(page.audience) for page in self.pages]
        return np.array(seen, dtype=np.bool_)[self.page_of]

    def audience_keys(self, audiences: frozenset[str] | None) -> list[str] | None:
        """The same as words for chroma's filter."""
        if audiences is None:
            return None
        return sorted({page.audience_key for page in self.pages if not audiences.isdisjoint(page.audience)})

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._file)


def write(folder: Path, pages: Sequence[Page], passages: Sequence[Passage]) -> None:
    """Write pages, passages and the lexical index into an empty folder."""
    numbers = {page.path: number for number, page in enumerate(pages)}
    rows = [json.dumps(asdict(passage), ensure_ascii=False).encode() + b"\n" for passage in passages]
    with (folder / "passages.jsonl").open("wb") as out:
        out.writelines(rows)
    np.savez(
        folder / "places.npz",
        page_of=np.array([numbers[passage.path] for passage in passages], dtype=np.int32),
        offsets=np.concatenate([[0], np.cumsum([len(row) for row in rows])]).astype(np.int64),
    )
    texts = [(_headings(passage), passage.body) for passage in passages]
    Lexical.build(texts).save(folder / "lexical")
    pages_json = json.dumps([asdict(page) for page in pages], default=str, ensure_ascii=False)
    (folder / "pages.json").write_text(pages_json, encoding="utf-8")


def verify(folder: Path, passages: int) -> None:
    """Open what was written and read its first and last passage. Raises `OSError` or `ValueError`."""
    index = Index(folder)
    try:
        if len(index) != passages or index.lexical.count != passages:
            raise ValueError(f"the index holds {len(index)} passages of {passages}")
        for number in {0, passages - 1} if passages else ():
            index.passage(number)
    finally:
        index.close()


def described(page: Runbook, audience: tuple[str, ...], superseded_by: str) -> Page:
    """A page's entry in the index; `audience` is the one settled by page, folder or default."""
    return Page(
        path=page.path,
        title=page.title,
        owner=page.owner,
        team=page.team,
        audience=audience,
        deprecated=page.status == "deprecated" or bool(superseded_by),
        draft=page.status == "draft",
        last_reviewed=page.last_reviewed,
        review_days=page.review_days,
        superseded_by=superseded_by,
    )


def vectors_of(folder: Path) -> Path:
    """Where chroma keeps the vectors of a generation."""
    return folder / "chroma"


def _headings(passage: Passage) -> str:
    later = [part.heading for part in passage.parts[1:]]
    return " ".join([passage.title, *passage.parts[0].trail, *later])


def _page(row: dict[str, object]) -> Page:
    reviewed = row["last_reviewed"]
    audience = row["audience"]
    assert isinstance(audience, list)
    return Page(
        **{
            **row,
            "audience": tuple(audience),
            "last_reviewed": date.fromisoformat(str(reviewed)) if reviewed else None,
        }  # type: ignore[arg-type]  # exactly what asdict wrote
    )
