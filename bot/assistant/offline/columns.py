"""What a request says of the columns of a file: “column Firma is the company, ignore Notes”.

A title is taken as said, and a meaning is whatever is known as one: the tool that reads the file judges both.
Without the word “column” only a title in capitals or quotes counts, and only where a file is spoken of.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tools.errors import InvalidArguments
from tools.rules.column_words import meaning_said

LONGEST = 5  # words of a meaning
TITLE_WORDS = 4
_QUOTED = r"\"[^\"\n]{1,60}\"|“[^”\n]{1,60}”|„[^“”\n]{1,60}[“”]|'[^'\n]{1,60}'"
_LARGE = r"[A-Z0-9À-ÖØ-Þ][^\s,;:=→]*(?: (?!(?:is|are|and|as|to|holds|contains)\b)[^\s,;:=→]+){0,3}?"
_LINK = (
    r"(?:\s+(?:is|are|holds?|contains?|means?|has|should be|as|to)\s+|\s*(?:=>|->|=|→|:)\s*)"
    r"(?:the |a |an |their |really )*"
)
_NAMED = re.compile(
    rf"\b(?:(?:map|treat|use|take|read|import)\s+)?(?:the\s+)?column\s+"
    rf"(?P<title>{_QUOTED}|[^\s,;=→][^,;=→\n]{{0,60}}?){_LINK}",
    re.IGNORECASE,
)
_BEFORE = re.compile(rf"\bthe\s+(?P<title>{_QUOTED}|{_LARGE})\s+column{_LINK}")
_BARE = re.compile(
    rf"(?:^|(?<=[,;:.\n])|(?<=\band)|(?<=\bbut)|(?<=\.csv\s)|(?<=\.xlsx\s)|\b(?:map|treat|use|take|read)\b)\s*(?P<title>{_QUOTED}|{_LARGE}){_LINK}"
)
_IGNORE = re.compile(
    r"\b(?:and |but |please )*"
    r"(?:ignore|skip|leave out|drop|disregard|omit|(?:don't|don’t|do not) (?:import|use|read|take))"
    r"\s+(?:the\s+)?(?P<word>columns?\s+)?(?:called\s+)?",
    re.IGNORECASE,
)
_ITEM = re.compile(rf"(?P<title>{_QUOTED}|{_LARGE}(?=\s*(?:[,;.\n]|\s(?:and|but|please|from|in|of)\b|$)))")
_SMALL_ITEM = re.compile(rf"(?P<title>{_QUOTED}|[^\s,;.\n]+)")
_BETWEEN = re.compile(r"\s*(?:,\s*and\s+|,|\band\b)\s*(?:the\s+)?(?:columns?\s+)?")
_END = re.compile(r"\s*(?:$|[,;.\n?!]|(?:and|but|please)\b)")
_OF_PEOPLE = frozenset({"owner", "lead owner", "rep", "sales rep", "contact", "contact person"})
_OF_A_FILE = re.compile(
    r"\b(?:columns?|csv|xlsx?|files?|lists?|sheets?|spreadsheets?|attach\w*|import\w*)\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Said:
    """What stands between two places of a text about columns, each as `title=meaning`."""

    start: int
    end: int
    pairs: tuple[str, ...]


def scan(text: str) -> Iterator[Said]:
    """Everything a text says about columns, earliest first."""
    if not _OF_A_FILE.search(text):
        return
    at = 0
    while (found := _next(text, at)) is not None:
        yield found
        at = found.end


def _next(text: str, at: int) -> Said | None:
    found = [
        said
        for shape, sure in ((_NAMED, True), (_BEFORE, True), (_BARE, False))
        if (said := _first(shape, text, at, sure=sure))
    ]
    ignored = next((said for match in _IGNORE.finditer(text, at) if (said := _ignored(text, match))), None)
    return min((*found, *((ignored,) if ignored else ())), key=lambda each: each.start, default=None)


def _first(shape: re.Pattern[str], text: str, at: int, *, sure: bool) -> Said | None:
    for match in shape.finditer(text, at):
        title = match["title"].strip()
        said = _meaning(text, match.end(), sure=sure)
        if said and len(title.split()) <= TITLE_WORDS + 2 * sure and (sure or _ends(text, *said)):
            start = match.end() - len(match[0].lstrip())
            return Said(start, said[1], (f"{_plain(title)}={said[0]}",))
    return None


def _ends(text: str, said: str, end: int) -> bool:
    """Whether nothing more is said of it: “Dana is the contact of Acme” is about no column."""
    return bool(_END.match(text, end)) and said.lower().removeprefix("the ") not in _OF_PEOPLE


def _meaning(text: str, start: int, *, sure: bool) -> tuple[str, int] | None:
    """The longest run of words from there that is a meaning, and its end; any words when `sure`."""
    clause = re.match(r"[^,;.\n?!]*", text[start:])
    words = list(re.finditer(r"\S+", clause[0] if clause else ""))[:LONGEST]
    for last in range(len(words), 0, -1):
        said = text[start : start + words[last - 1].end()]
        if _known(said):
            return said.strip(" \"'“”"), start + words[last - 1].end()
    plain = re.split(r"\s+(?:and|but|please)\b", clause[0] if clause else "")[0].strip(" \"'“”")
    return (plain, start + len(plain)) if sure and plain and len(words) <= LONGEST else None


def _known(said: str) -> bool:
    try:
        meaning_said(said)
    except InvalidArguments:
        return False
    return True


def _ignored(text: str, match: re.Match[str]) -> Said | None:
    """The titles after “ignore”, one after another until something else follows."""
    titles: list[str] = []
    end = at = match.end()
    while True:
        item = _ITEM.match(text, at) or (
            _SMALL_ITEM.match(text, at) if match["word"] and not titles else None
        )
        if item is None:
            break
        titles.append(_plain(item["title"]))
        end = item.end()
        between = _BETWEEN.match(text, end)
        if between is None:
            break
        at = between.end()
    return Said(match.start(), end, tuple(f"{each}=ignore" for each in titles)) if titles else None


def _plain(title: str) -> str:
    return re.sub(r"\s+columns?$", "", title.strip(" \"'“”„"), flags=re.IGNORECASE)
