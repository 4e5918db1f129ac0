"""Cells of a list as people fill them: a value that runs nothing, the addresses in a cell, what is no value.

What a spreadsheet has lost (the digits of a long number, the result of a formula) is named, never written.
"""

import re

from tools.errors import InvalidArguments
from tools.rules.email_key import normalise

LONGEST = 500  # letters of a value; what is longer is no field of a person
_NOTHING = frozenset({
    "", "-", "--", "n/a", "na", "#n/a", "none", "null", "nil", "nan", "unknown", "tbd", "?", ".", "k.a.",
    "unbekannt",
    "inconnu", "not provided", "not available", "(blank)",
    "#ref!", "#value!", "#name?", "#div/0!", "#num!", "#null!", "#nv", "#bezug!", "#wert!", "#getting_data",
})  # fmt: skip
_ONE = re.compile(r"[^\s@<>,;|\"()]+@[^\s@<>,;|\"'()]+")
_SLACK = re.compile(r"<mailto:([^<>|\s]+)(?:\|[^<>]*)?>")
_NAME_BEFORE = re.compile(r"([^\W\d_][\w.'’-]*(?:\s+[\w.'’-]+)*)\s+[\w.'’+-]+@\S+")
_TELLING = 3  # letters of a name that must stand in an address for it to be that person's
_TEXT_IDIOM = re.compile(r'="([^"]*)"')
_LINK = re.compile(r'[=+@-]\s*HYPERLINK\(\s*"([^"]*)"\s*(?:[,;]\s*"([^"]*)"\s*)?\)', re.IGNORECASE)
_FORMULA = re.compile(r"[=+@-]\s*[A-Z][A-Z.]*[A-Z0-9]\(.*\)", re.IGNORECASE)
_SHORTENED = re.compile(r"[+-]?\d(?:[.,]\d+)?E\+?\d{1,3}", re.IGNORECASE)
_RUN_BY_SHEETS = "=+@＝＋＠\t\r"


def clean(value: str) -> str:
    """A cell as a value: nothing for the ways of writing nothing, no formula, blanks made one."""
    text = " ".join(value.split())
    if link := _LINK.fullmatch(text):
        text = link[2] or link[1]  # what the cell shows
    if idiom := _TEXT_IDIOM.fullmatch(text):
        text = idiom[1]
    text = text.removeprefix("'")
    if text.casefold() in _NOTHING:
        return ""
    return text if _is_phone(text) else text.lstrip(_RUN_BY_SHEETS + " ")[:LONGEST]


def lost(value: str) -> str:
    """Why a cell does not hold its value any more; "" when it does."""
    text = " ".join(value.split())
    if _SHORTENED.fullmatch(text):
        return f"“{text}” is a number that a spreadsheet has shortened: its digits are gone"
    if _FORMULA.fullmatch(text) and not _LINK.fullmatch(text):
        return "a formula stands there, not what it came to"
    return ""


def addresses_in(cell: str) -> tuple[str, ...]:
    """Every address in a cell, normalised, also written as `Jane <jane@acme.com>` or as Slack does.

    A piece of something that is no address is none: `o"neil@x.com`, or `john smith@x.com` which may be his
    whole name or not.
    """
    text = _SLACK.sub(r" \1 ", cell)
    found: dict[str, None] = {}
    for each in _ONE.finditer(text):
        told = each[0].removeprefix("mailto:").strip("'‘’").rstrip(".")
        if not _cut(text, each.start()):
            try:
                found[normalise(told)] = None
            except InvalidArguments:
                continue
    return () if len(found) == 1 and _half_named(text, next(iter(found))) else tuple(found)


def _cut(text: str, start: int) -> bool:
    """Whether a quotation mark stands between what was found and the letters before it."""
    return start > 1 and text[start - 1] == '"' and text[start - 2].isalnum()


def _half_named(text: str, address: str) -> bool:
    """Whether words before an address could be the beginning of it that a blank has cut off."""
    before = _NAME_BEFORE.fullmatch(text.strip())
    if before is None:
        return False
    local = address.rpartition("@")[0]
    words = [word for word in re.split(r"[\s.'’-]+", before[1].casefold()) if len(word) >= _TELLING]
    return not any(word in local for word in words)


def _is_phone(text: str) -> bool:
    return text.startswith("+") and bool(
        re.fullmatch(r"\+[\d\s()./x-]+(?:ext\.?\s*\d+)?", text, re.IGNORECASE)
    )
