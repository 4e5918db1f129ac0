"""Whom or what a request leaves out: “but not bob@globex.com”, “except in Marketo”.

What stands there is never a value to act on.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

from bot.assistant.offline.lexicon import lexicon, pattern

_END = (
    r"(?=[;!?\n]|\.(?:\s|$)|\s[–—-]\s|"
    r",\s*(?:and\s+)?(?:please|then|also|because|since|as|reason|evidence|he|she|they)\b|$)"
)
_CUE = (
    r"\b(?:except(?:ing)?(?:\s+(?:for|from))?|excluding|(?:but|and|just)\s+not|other\s+than|"
    r"(?:apart|aside)\s+from|save\s+for|leaving\s+out|(?:with\s+)?the\s+exception\s+of|but\s+(?:leave(?:\s+out)?|spare|skip|exclude)|"
    r"(?:do\s+not|don['’]?t)\s+touch|leave\s+out)\b"
    r"|,\s*(?:and\s+)?(?:not|exclude|skip|leave|spare)\b"
)
_SPARED = re.compile(
    rf"(?P<cue>{_CUE})(?!\s+(?:only|just|sure|going|yet|before|until|me|us|in\s+(?:the\s+)?(?:an)?other)\b)\s+(?P<what>\S.*?){_END}",
    re.IGNORECASE,
)


@lru_cache(maxsize=256)
def spared(text: str) -> tuple[tuple[int, int, str], ...]:
    """Start, end and what is left out there, in order. A column of a file and a kind of mail count too."""
    return tuple(sorted({*_said(text), *_without(text)}))


def kept(text: str) -> str:
    """The text with all of that blanked."""
    for start, end, _ in spared(text):
        text = text[:start] + " " * (end - start) + text[end:]
    return text


def _said(text: str) -> Iterator[tuple[int, int, str]]:
    for match in _SPARED.finditer(text):
        yield match.start(), match.end("what"), match["what"].strip(" ,")


def _without(text: str) -> Iterator[tuple[int, int, str]]:
    """“Without customers”, “without Marketo”: of people and systems only; much is done without a thing."""
    for match in _bare().finditer(text):
        yield match.start(), match.end(), match["what"]


@lru_cache(maxsize=1)
def _bare() -> re.Pattern[str]:
    systems = [each for said in lexicon().table("systems").values() for each in said.split("|")]
    stages = [each for said in lexicon().table("lifecycle").values() for each in said.split("|")]
    names = pattern([*systems, *stages]).pattern
    return re.compile(rf"\b(?:without|minus)\s+(?:the\s+|our\s+|any\s+)*(?P<what>{names})", re.IGNORECASE)
