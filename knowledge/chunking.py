"""Cuts a page into passages by heading: about 1,100 characters, code and tables whole where they fit.

A passage is what is indexed, found and quoted. Small neighbouring sections share a passage; each keeps its
place in `parts`, so that a citation still names the right heading.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from knowledge.markdown import Section, plain, sections
from knowledge.runbook import Runbook

SIZE = 1_100  # characters of a passage
SMALL = 400  # sections shorter than this share a passage with their neighbours
CHUNKER = "4"  # recorded in the index: another number rebuilds it

_TOOL = re.compile(r"<!--\s*tool:\s*([a-z][a-z0-9_]{1,60})\s*-->")
_ASK = re.compile(r"^\s*(?:[-*>]\s+)?\**Ask:?\**:?\s+[\"“*_`]*(.+?)[\"”*_`.]*\s*$", re.MULTILINE)
_SENTENCE = re.compile(r"(?<=[.!?。])\s+(?=\S)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One section inside a passage: its heading, the headings above it, and its own text."""

    heading: str
    trail: tuple[str, ...]
    text: str
    tool: str = ""  # a tool the section names in a comment: `<!-- tool: purge_bounces -->`
    ask: str = ""  # how a person would ask for it: a line that begins with "Ask:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A piece of a page with the headings above it. `id` is `path#heading-slug#n`."""

    id: str
    path: str
    title: str
    parts: tuple[Part, ...]

    @property
    def trail(self) -> str:
        """`title > H2 > H3` of its first section."""
        return " > ".join((self.title, *self.parts[0].trail))

    @property
    def body(self) -> str:
        """Its text, with the headings of the sections after the first."""
        first, *rest = self.parts
        return "\n\n".join([first.text, *(f"{part.heading}\n{part.text}" for part in rest)]).strip()

    @property
    def indexed(self) -> str:
        """What is embedded and searched: the trail, then the text."""
        return f"{self.trail}\n{self.body}"


def slug(heading: str) -> str:
    """A heading as an anchor: lower case, words joined by dashes."""
    flat = unicodedata.normalize("NFKC", heading).lower()
    return re.sub(r"[^\w]+", "-", flat).strip("-")[:80] or "top"


def passages(page: Runbook) -> list[Passage]:
    """The passages of one page, in the order of the page."""
    taken: dict[str, int] = {}
    made: list[Passage] = []
    for group in _packed(
        [piece for section in sections(page.body, page.title) for piece in _pieces(section)]
    ):
        anchor = slug(group[0].heading)
        taken[anchor] = number = taken.get(anchor, 0) + 1
        identity = f"{page.path}#{anchor}#{number}"
        made.append(Passage(id=identity, path=page.path, title=page.title, parts=tuple(group)))
    return made


def _packed(pieces: Sequence[Part]) -> Iterator[list[Part]]:
    """Neighbours that are small share a passage, as long as they have the same parent heading."""
    group: list[Part] = []
    for piece in pieces:
        if group and not _fits(group, piece):
            yield group
            group = []
        group.append(piece)
    if group:
        yield group


def _fits(group: Sequence[Part], piece: Part) -> bool:
    size = sum(len(part.text) + len(part.heading) for part in group)
    small = min(len(group[-1].text), len(piece.text)) < SMALL
    related = group[0].trail[:1] == piece.trail[:1] or len(group[0].text) < SMALL // 4
    return small and related and size + len(piece.text) <= SIZE


def _pieces(section: Section) -> Iterator[Part]:
    """One section as one or more parts of at most `SIZE` characters."""
    tool = next((found[1] for block in section.blocks if (found := _TOOL.search(block))), "")
    blocks = [text for block in section.blocks if (text := plain(block))]
    ask = next((found[1] for block in blocks if (found := _ASK.search(block))), "")
    texts = list(_filled(blocks)) or ([""] if section.heading_alone else [])
    for text in texts:
        yield Part(heading=section.heading, trail=section.trail, text=text, tool=tool, ask=ask)


def _filled(blocks: Sequence[str]) -> Iterator[str]:
    """Blocks put together until they would pass `SIZE`."""
    held = ""
    for block in blocks:
        for piece in _split(block) if len(block) > SIZE else [block]:
            if held and len(held) + len(piece) + 2 > SIZE:
                yield held
                held = ""
            held = f"{held}\n\n{piece}" if held else piece
    if held:
        yield held


def _split(block: str) -> Iterator[str]:
    """A block that is too long: a table by rows under its head, code by lines, prose by sentences."""
    lines = block.split("\n")
    if lines[0].startswith(("```", "~~~")):
        fence = lines[0]
        inner = lines[1:-1] if lines[-1].startswith(fence[:3]) else lines[1:]
        yield from (f"{fence}\n{piece}\n{fence[:3]}" for piece in _joined(inner, "\n", SIZE - 40))
    elif len(lines) > 2 and lines[0].lstrip().startswith("|"):  # noqa: PLR2004 (a head, a rule and at least one row)
        head = "\n".join(lines[:2])[: SIZE // 2]
        yield from (f"{head}\n{piece}" for piece in _joined(lines[2:], "\n", SIZE - len(head)))
    elif len(lines) > 1:
        yield from _joined(lines, "\n", SIZE)
    else:
        yield from _joined(_SENTENCE.split(block), " ", SIZE)


def _joined(units: Sequence[str], glue: str, limit: int) -> Iterator[str]:
    """Units glued until the limit; a unit longer than the limit is cut at a space, or anywhere."""
    held = ""
    for unit in units:
        for piece in _cut(unit, limit):
            if held and len(held) + len(glue) + len(piece) > limit:
                yield held
                held = ""
            held = f"{held}{glue}{piece}" if held else piece
    if held.strip():
        yield held


def _cut(unit: str, limit: int) -> Iterator[str]:
    while len(unit) > limit:
        space = unit.rfind(" ", limit // 2, limit)
        end = space if space > 0 else limit
        yield unit[:end]
        unit = unit[end:].lstrip(" ")
    yield unit
