"""What people say a column is: `Firma=company`, `Notes=ignore`, `Mail 2 = the address`."""

import re
from collections.abc import Mapping, Sequence
from functools import cache

from tools.errors import InvalidArguments
from tools.rules.header_mapping import SPEAK_OF_CONSENT, label, meaning_of, same_title
from tools.rules.header_words import WORDS, Meaning, Reading
from tools.rules.own_fields import OwnFields
from tools.rules.person_fields import LABELS
from tools.rules.plain_text import one_line

_PAIR = re.compile(r"(?P<title>.+?)\s*(?:=|→|->|=>|:)\s*(?P<meaning>[^=→:]*)")
_AROUND = re.compile(r"^(?:the|an?|their|her|his)\s+", re.IGNORECASE)
_LEFT_OUT = frozenset({
    "", "ignore", "ignored", "skip", "skipped", "leaveout", "leftout", "drop", "dropped", "none", "nothing",
    "null", "no", "unused", "notimported", "exclude", "excluded", "omit",
})  # fmt: skip
SHOWN = 5


def said_of_columns(pairs: Sequence[str], own: OwnFields | None = None) -> Mapping[str, Reading | None]:
    """Meanings by the column's title or number, None for one to be left out; the last word on one counts.

    `own` are the vendors' fields that can be meant besides.

    Raises `InvalidArguments` with the meanings there are.
    """
    found: dict[str, Reading | None] = {}
    for pair in pairs:
        match = _PAIR.fullmatch(pair.strip())
        if match is None:
            raise InvalidArguments(
                "That does not say what a column is",
                on=one_line(pair, longest=80),
                do="Say it as Firma=company, or Notes=ignore.",
            )
        title = match["title"].strip(" \"'“”„")
        earlier = next((each for each in found if same_title(each) == same_title(title)), title)
        found[earlier] = meaning_said(match["meaning"], own)
    return found


def meaning_said(said: str, own: OwnFields | None = None) -> Reading | None:
    """The meaning these words name; None for leaving the column out. Raises `InvalidArguments` for others.

    A vendor's own name of a field comes before our words for another; its label comes after them.
    """
    plain = _AROUND.sub("", said.strip(" \"'“”.")).strip()
    key = same_title(plain)
    if key in _LEFT_OUT:
        return None
    if found := _exact().get(key) or (own and own.exactly(plain)) or meaning_of(plain):
        return found
    if own and (field := own.named(plain)):
        return field
    besides = "or a field of your own systems that we may see; " if own else ""
    raise InvalidArguments(
        "A column can have no such meaning",
        on=one_line(said, longest=60),
        do=f"It can be: {', '.join(meanings())}; {besides}or ignored.",
        choices=_nearest(plain, own.labels if own else ()),
    )


@cache
def meanings() -> tuple[str, ...]:
    """Everything a column can be, in words."""
    extra = (each for each in WORDS if each not in LABELS)
    return tuple(dict.fromkeys(label(each).lower() for each in (*LABELS, *extra)))


@cache
def _exact() -> Mapping[str, Meaning]:
    """By our own names and the words we show; of several that are called consent the one that reads all."""
    named: dict[str, Meaning] = {same_title(each): each for each in WORDS}
    shown = {same_title(label(each)): each for each in WORDS if each not in SPEAK_OF_CONSENT}
    return {**shown, **named, "consent": "consent_status"}


def _nearest(said: str, labels: Sequence[str]) -> tuple[str, ...]:
    from rapidfuzz import process, utils

    found = process.extract(said, [*meanings(), *labels], processor=utils.default_process, limit=SHOWN)
    return tuple(words for words, _, _ in found)
