"""Which values fields are to get: “set country to Germany”, “lead source = Webinar”, “fill in title CMO”."""

import re
from collections.abc import Iterator
from functools import lru_cache

from bot.assistant.offline.definitions import field_named
from bot.assistant.offline.lexicon import lexicon, pattern

# A value ends where people or another field are named, or the clause is over.
_VALUE_END = (
    r"(?=\s+(?:for|on|where|in|at)\b|\s+of\b(?!\s+(?-i:[A-Z]))|"
    r"\s+and\s+(?:\S+@|(?:the |their |his |her |its |set |change |update )*"
    r"[a-z ]{3,29}?\s+(?:to|=|as)\s)|[,;?!\"”']|\.(?:\s|$)|$)"
)
_VALUE = re.compile(
    r"\b(?:set|change|update|make|switch|put|correct|fix|move|mark|reassign|assign|"
    r"fill(?: in)?|overwrite|replace)"
    r"\s+"
    r"(?:the |their |his |her |its |all )?(?P<field>[a-z ]{3,30}?)\s*"
    r"(?:\b(?:of|for|on|at|from)\b.{2,80}?)?\s*(?:\bto\b|=|\bas\b|\bwith\b)\s*[\"“']?(?P<value>[^\"”',;?!]{1,60}?)[\"”']?"
    rf"{_VALUE_END}",
    re.IGNORECASE,
)
_ALSO = re.compile(
    r"(?:,|\band\b)\s*(?:and\s+)?(?:the |their |his |her |its )?(?P<field>[a-z][a-z ]{2,29}?)\s*"
    rf"(?:\bto\b|=|\bas\b)\s*[\"“']?(?P<value>[^\"”',;?!]{{1,60}}?)[\"”']?{_VALUE_END}",
    re.IGNORECASE,
)
_EACH_ITS_OWN = re.compile(
    r"@\S+\s*(?:to|=|:|as|gets?|is)\s.*(?:,|\band\b).*@\S+\s*(?:to|=|:|as|gets?|is)\s", re.IGNORECASE
)
_ASSIGNED = re.compile(
    r"\b(?P<field>[a-z ]{3,20}?)\s*=\s*[\"“']?(?P<value>[\w .&+/-]{1,40}?)[\"”']?"
    r"(?=\s+(?:for|on|where)\b|[,;]|$)",
    re.IGNORECASE,
)


def assigned(text: str) -> list[dict[str, object]] | None:
    """Field and value of each, the first of a field wins; None without any, or with one for each person."""
    found: dict[str, object] = {}
    for match in _matches(text):
        found.setdefault(field_named(match["field"].strip().lower()), match["value"].strip())
    return [{"field": name, "value": value} for name, value in found.items()] or None


def unassigned(text: str) -> str:
    """The text with those fields and values blanked, and whoever stands between them left."""
    for match in list(_matches(text)):
        for start, end in (match.span("field"), match.span("value")):
            text = text[:start] + " " * (end - start) + text[end:]
    return text


def _matches(text: str) -> Iterator[re.Match[str]]:
    if _EACH_ITS_OWN.search(text):
        return
    first = [each for shape in (_ASSIGNED, _VALUE) for each in shape.finditer(text) if _field(each)]
    first = first or [each for each in _bare().finditer(text) if _field(each)]
    yield from first
    after = min((match.start() for match in first), default=len(text))
    yield from (each for each in _ALSO.finditer(text, after) if _field(each))


def _field(match: re.Match[str]) -> str:
    return field_named(match["field"].strip().lower())


@lru_cache(maxsize=1)
def _bare() -> re.Pattern[str]:
    """“Fill in industry Retail”, “to lifecycle stage MQL”: a field, and a value written large."""
    names = pattern(part for each in lexicon().table("fields").values() for part in each.split("|")).pattern
    word = r"(?-i:[A-Z0-9])[\w&+./-]*"
    return re.compile(
        rf"\b(?:fill in|put|set|stamp|as|to|with)\s+(?:the |their )?(?P<field>{names})\s+"
        rf"(?P<value>{word}(?: {word})*)",
        re.IGNORECASE,
    )
