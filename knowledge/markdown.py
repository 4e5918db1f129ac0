"""Just enough Markdown: sections by heading, blocks inside them, and plain text out of a block.

Headings inside code fences and HTML comments are no headings. Both `# ATX` and underlined headings count.
"""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_ATX = re.compile(r"^ {0,3}(#{1,6})(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*$")
_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})")
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,500}>")
_SCRIPT = re.compile(r"<(script|style)\b[^>]*>.*?(?:</\1\s*>|\Z)", re.DOTALL | re.IGNORECASE)
_IMAGE = re.compile(r"!\[([^\]]*)\]\([^)]*\)")
_LINK = re.compile(r"\[([^\]]+)\](?:\([^)]*\)|\[[^\]]*\])")
_SHORTCODE = re.compile(r"\{\{[<%].*?[%>]\}\}")
_ATTRIBUTES = re.compile(r"\s*\{[#:.][^{}]*\}\s*$", re.MULTILINE)
_EMPHASIS = re.compile(r"(\*\*|__)(?=\S)(.+?)(?<=\S)\1")
_LABEL = re.compile(r"\[!([A-Z]+)(?:\s+([^\]]+))?\]")  # [!NOTE] and [!UICONTROL Save]
_OWN_LINE = re.compile(r"\s*(?:[-*+>|#]|\d+[.)]\s|:|Ask:|```|~~~| {4})")
_OWN_LINE_BEFORE = re.compile(r"\s*(?:[|#]|Ask:|```|~~~)")
_SPACES = re.compile(r"[ \t\u00a0]{2,}")


@dataclass(slots=True)
class Section:
    """A heading, the headings above it (its own included, the page's title not), and its blocks."""

    heading: str
    trail: tuple[str, ...]
    blocks: list[str] = field(default_factory=list)

    @property
    def heading_alone(self) -> bool:
        """Whether it is a heading of the page with nothing under it."""
        return bool(self.trail) and not self.blocks


@dataclass(slots=True)
class _Place:
    """Where the reader is: inside a fence, inside a comment, under which headings."""

    title: str
    fence: str = ""
    comment: bool = False
    above: list[tuple[int, str]] = field(default_factory=list)

    def enter(self, level: int, heading: str) -> Section:
        self.above = [(depth, text) for depth, text in self.above if depth < level]
        if heading.casefold() != self.title.casefold() or level > 1:
            self.above.append((level, heading))
        trail = tuple(text for _, text in self.above)
        return Section(heading=heading, trail=trail)


def sections(body: str, title: str) -> Iterator[Section]:
    """The sections of a page in order; what stands before the first heading belongs to the title."""
    place = _Place(title=title)
    section = Section(heading=title, trail=())
    held: list[str] = []
    for line in body.split("\n"):
        heading = None if _inside(place, line) else _heading(line, held)
        if heading is None:
            held.append(line)
            continue
        section.blocks = list(_blocks(held))
        if section.blocks or section.heading_alone:
            yield section
        section, held = place.enter(heading[0], plain(heading[1]) or title), []
    section.blocks = list(_blocks(held))
    if section.blocks or section.heading_alone:
        yield section


def _inside(place: _Place, line: str) -> bool:
    """Whether this line belongs to a code fence or a comment; keeps track of both."""
    if place.fence:
        if line.strip().startswith(place.fence) and not line.strip().strip(place.fence[0]):
            place.fence = ""
        return True
    if place.comment:
        place.comment = "-->" not in line
        return True
    opening = _FENCE.match(line)
    if opening:
        place.fence = opening[1]
        return True
    start = line.rfind("<!--")
    place.comment = start >= 0 and "-->" not in line[start:]
    return place.comment


def _heading(line: str, held: list[str]) -> tuple[int, str] | None:
    """The level and text of a heading; an underlined one takes its text back from the lines before."""
    found = _ATX.match(line)
    if found:
        return len(found[1]), found[2] or ""
    if held and re.fullmatch(r" {0,3}(=+|-{3,})[ \t]*", line) and _can_be_heading(held):
        return (1 if "=" in line else 2), held.pop()
    return None


def _can_be_heading(held: list[str]) -> bool:
    text = held[-1].strip()
    before = held[-2].strip() if len(held) > 1 else ""
    return bool(text) and not before and not text.startswith(("|", "-", "*", ">", "`", "<", ":"))


def _blocks(lines: list[str]) -> Iterator[str]:
    """Blocks of a section: a fence or a comment is one, and so is what stands between blank lines."""
    held: list[str] = []
    place = _Place(title="")
    for line in lines:
        inside = _inside(place, line)
        if not inside and not line.strip():
            yield from _block(held)
            held = []
        else:
            held.append(line.rstrip())
    yield from _block(held)


def _block(held: list[str]) -> Iterator[str]:
    if any(line.strip() for line in held):
        yield "\n".join(held).strip("\n")


def plain(block: str) -> str:
    """A block as people read it: links by their text, no tags or comments; code stays as it is."""
    if _FENCE.match(block):
        return block.strip()
    text = _COMMENT.sub("", _SCRIPT.sub("", block))
    text = _LINK.sub(r"\1", _IMAGE.sub(r"\1", _SHORTCODE.sub("", text)))
    text = _ATTRIBUTES.sub("", _TAG.sub(" ", text))
    text = _LABEL.sub(lambda label: label[2] or "", text) if "[!" in text else text
    text = _EMPHASIS.sub(r"\2", text)
    lines = [_SPACES.sub(" ", line).rstrip() for line in html.unescape(text).split("\n") if line.strip()]
    return "\n".join(_unwrapped(lines)).strip()


def _unwrapped(lines: list[str]) -> Iterator[str]:
    """Lines that were only broken to fit a page, put together again."""
    held = ""
    for line in lines:
        if held and not _OWN_LINE.match(line) and not _OWN_LINE_BEFORE.match(held):
            held = f"{held} {line.strip()}"
            continue
        if held:
            yield held
        held = line
    if held:
        yield held
