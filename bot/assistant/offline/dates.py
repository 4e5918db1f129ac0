"""Ranges of time in people's words → the period literals of the product.

`scan` finds every range in a text. Relative ranges stay relative (`last_30_days`), so that they are resolved
late in the asker's time zone; concrete ones become dates. A month or quarter without a year is the latest one
that has begun.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from importlib import resources

from lark import Lark, Token, Tree
from lark.exceptions import LarkError

from bot.assistant.offline.moments import Literals

LONGEST = 9  # words in one range

_STARTS = re.compile(
    r"\b(?:last|previous|prior|past|trailing|preceding|this|current|today|overnight|tonight|yesterday|since|after|"
    r"starting|as of|until|till|before|up to|through|between|from|"
    r"q[1-4]|h[12]|fy ?\d\d|20\d\d|ytd|mtd|qtd|wtd|"
    r"jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|mon|tue|wed|thu|fri|sat|sun|"
    r"(?:day|week|month|quarter|year) to date|"
    r"to date|\d{1,3}|two|three|six|start|beginning)[a-z]*\b"
)
_WORD = re.compile(r"\S+")
_POSSESSIVE = re.compile(r"['’]s?$")
_ALREADY = re.compile(
    r"(?<![\w-])(?:(?:last|this)_(?:week|month|quarter|year)|last_\d+_(?:days|weeks|months)|"
    r"(?:month|quarter|year)_to_date|20\d\d-q[1-4]|fy\d\d-q[1-4]|since:20\d\d-\d\d-\d\d|until:20\d\d-\d\d-\d\d|"
    r"20\d\d-\d\d-\d\d\.\.20\d\d-\d\d-\d\d)(?![\w-])",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Range:
    """A range found in a text: where, and its literal."""

    start: int
    end: int
    literal: str


def scan(text: str, today: date) -> list[Range]:
    """All ranges in `text`, longest reading first at each place, none overlapping."""
    lowered = text.lower()
    found = [Range(each.start(), each.end(), _proper(each.group())) for each in _ALREADY.finditer(lowered)]
    for match in _STARTS.finditer(lowered):
        if any(each.start <= match.start() < each.end for each in found) or _modal_may(
            lowered, match.start()
        ):
            continue
        longest = next(_readings(lowered, match.start(), today), None)
        if longest is not None:
            found.append(longest)
    return sorted(found, key=lambda each: each.start)


def _modal_may(text: str, start: int) -> bool:
    """“May I”, “it may”: the month only stands after a preposition, or before a number."""
    if not re.match(r"may\b", text[start:]):
        return False
    before = re.search(
        r"\b(?:in|of|since|from|until|till|before|after|during|for|and|to|last|this)\s+$", text[:start]
    )
    return not before and not re.match(r"may \d", text[start:])


def _readings(text: str, start: int, today: date) -> Iterator[Range]:
    """Windows from `start` that parse as a range, longest first."""
    ends = [each.end() for each in _WORD.finditer(text[start : start + 80])][:LONGEST]
    for end in reversed(ends):
        window = _POSSESSIVE.sub("", text[start : start + end].rstrip(" .,;:?!)\"'”"))
        literal = _parse(window, today)
        if literal:
            yield Range(start, start + len(window), literal)


@lru_cache(maxsize=4096)
def _parse(window: str, today: date) -> str:
    try:
        tree = _grammar().parse(window.replace("/", "-") if re.match(r"20\d\d/", window) else window)
    except LarkError:
        return ""
    try:
        return Literals(today).of(_flat(tree))
    except ValueError:  # the 31st of November
        return ""


def _flat(tree: Tree[Token]) -> Tree[Token]:
    """Past the rules that only group others."""
    while tree.data in {"start", "range", "relative", "calendar", "moment"} and len(tree.children) == 1:
        child = tree.children[0]
        assert isinstance(child, Tree)
        tree = child
    return tree


@lru_cache(maxsize=1)
def _grammar() -> Lark:
    text = resources.files("bot.assistant.offline").joinpath("dates.lark").read_text(encoding="utf-8")
    return Lark(text, parser="lalr")


def _proper(literal: str) -> str:
    """Quarters are written with a capital Q, fiscal years with FY."""
    return re.sub(r"(^fy|q(?=\d$))", lambda each: each.group().upper(), literal)
