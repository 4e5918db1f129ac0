"""Where one message holds several requests: at “and then”, “also”, a semicolon, a new sentence."""

import re

SHORTEST = 2  # words that can be a request
MOST = 4  # requests that are looked for in one message

_JOINT = re.compile(
    r"\s*[.;?!]\s+(?=\w)|"
    r"\s*,?\s+(?:and then|and also|then also|and afterwards|and after that|as well as|plus|and|then|also|"
    r"afterwards)\s+|\s*,\s+(?=(?:then|also|please|what|which|who|how|show|list|is|are|did)\b)|\n+",
    re.IGNORECASE,
)
_BACK = re.compile(r"\b(?:it|them|those|these|that|they|him|her|same|its|their)\b", re.IGNORECASE)
_LEAD = re.compile(r"^(?:and|then|also|please|first|afterwards|plus|,)\s+", re.IGNORECASE)


def parts(text: str) -> tuple[str, ...]:
    """The pieces that could each be a request; one piece when there is nothing to split."""
    found = [_LEAD.sub("", each.strip(" ,.;")) for each in _JOINT.split(text)]
    pieces = tuple(each for each in found if each)
    if not 1 < len(pieces) <= MOST or any(len(each.split()) < SHORTEST for each in pieces):
        return (text,)
    return pieces


def leans(part: str) -> bool:
    """Whether a piece speaks of what the one before named: “and export them”."""
    return bool(_BACK.search(part))
