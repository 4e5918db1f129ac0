"""Where pages come from: folders, checkouts and single files, each under a prefix of its own."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from knowledge.runbook import EVERYONE, MAX_BYTES, Runbook, read_page

SUFFIXES = frozenset({".md", ".markdown", ".mdx", ".txt"})
_FOLDER_PAGES = frozenset({"index", "_index", "readme"})
_PACKAGE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Source:
    """A folder or a file whose pages are named `prefix` + path below it."""

    place: Path
    prefix: str = ""


def shipped() -> tuple[Source, ...]:
    """The runbooks and the handbook that come with the product."""
    return (Source(_PACKAGE / "runbooks", "runbooks/"), Source(_PACKAGE / "handbook", "handbook/"))


def pages(sources: Iterable[Source]) -> Iterator[Runbook]:
    """Every page of these sources, in order of path; a path that occurs twice is the later source's."""
    found: dict[str, Path] = {}
    for source in sources:
        found.update(_files(source))
    for path, file in sorted(found.items()):
        with file.open("rb") as content:
            yield read_page(path, content.read(MAX_BYTES + 1))


def settled_audiences(pages: Sequence[Runbook]) -> dict[str, tuple[str, ...]]:
    """Path -> audience: the page's own, else that of the nearest folder's index page, else everyone's."""
    folders = {
        str(PurePosixPath(page.path).parent): page.audience
        for page in pages
        if page.audience and PurePosixPath(page.path).stem.lower() in _FOLDER_PAGES
    }
    return {page.path: page.audience or _inherited(page.path, folders) for page in pages}


def _inherited(path: str, folders: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    above = (str(parent) for parent in PurePosixPath(path).parents)
    return next((folders[folder] for folder in above if folder in folders), (EVERYONE,))


def _files(source: Source) -> dict[str, Path]:
    if source.place.is_file():
        return {f"{source.prefix}{source.place.name}": source.place}
    if not source.place.is_dir():
        raise FileNotFoundError(f"There is no folder or file {source.place}")
    root = source.place.resolve()
    found: dict[str, Path] = {}
    for file in source.place.rglob("*"):
        below = file.relative_to(source.place)
        hidden = any(part.startswith(".") or part == "node_modules" for part in below.parts)
        if hidden or file.suffix.lower() not in SUFFIXES or not file.is_file():
            continue
        if file.resolve().is_relative_to(root):  # a link may not lead out of the folder
            found[f"{source.prefix}{below.as_posix()}"] = file
    return found
