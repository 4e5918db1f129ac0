"""Words out of text: lower case, without accents, split at punctuation and capitals, cut to a stem."""

import re
import unicodedata
from functools import lru_cache

_WORD = re.compile(r"[^\W_]+")
_POSSESSIVE = re.compile(r"(?<=\w)'\w{1,2}\b")
_NAME = re.compile(r"\b(?=[^\W_]*[a-z])(?=[^\W_]+[A-Z])[^\W_]+")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_JOINED = re.compile(r"\b([^\W\d_]{1,5})-([^\W\d_]{2,8})\b")  # opt-out, e-mail, sign-up: also as one word
_ENDINGS = (
    "ations", "ation", "ments", "ment", "ings", "ing", "ions", "ion", "ers", "er", "als", "al",
    "edly", "ed", "ness", "ly", "es", "s", "e",
)  # fmt: skip
_SHORTEST = 3  # letters a stem keeps
_STOP = """
    a about after all also am an and any are as at be been being but by can could did do does doing done for
    from get gets got had has have having he her here him his how i if in into is it its just let like make
    may me might must my no not of on one or our out over own shall she should so some such tell than that
    the their them then there these they this those to too up us very was we were what when where which
    while who whom whose why will with would you your yours please need want someone anyone something
    happens happen
"""
STOP = frozenset(_STOP.split())


def fold(text: str) -> str:
    """Lower case, compatibility forms, no accents."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter)).lower()


def words(text: str) -> list[str]:
    """The words of a text. Names such as `HasOptedOut` also give their parts, `opt-out` also `optout`."""
    written = surface(text)
    parts = [fold(part) for name in _NAME.findall(text) for part in _CAMEL.split(name) if part != name]
    pairs = [fold(pair[1] + pair[2]) for pair in _JOINED.finditer(text)] if "-" in text else []
    return written + parts + pairs


def surface(text: str) -> list[str]:
    """The words as written, without parts and joined forms: what spelling is compared with."""
    folded = fold(text.replace("’", "'"))
    return _WORD.findall(_POSSESSIVE.sub("", folded) if "'" in folded else folded)


@lru_cache(maxsize=200_000)
def stem(word: str) -> str:
    """A word without its usual English endings; numbers and short words stay whole."""
    if len(word) <= _SHORTEST or not word.isascii() or not word.isalpha():
        return word
    if word.endswith("ies") and len(word) > _SHORTEST + 1:
        word = f"{word[:-3]}y"
    for _ in range(2):
        word = _shorter(word)
    return f"{word[:-1]}i" if word.endswith("y") and len(word) > _SHORTEST else word


def _shorter(word: str) -> str:
    for ending in _ENDINGS:
        kept = word[: -len(ending)]
        if not word.endswith(ending) or len(kept) < _SHORTEST or not re.search("[aeiouy]", kept):
            continue
        if ending == "s" and kept[-1] in "su":  # address, status
            continue
        doubled = len(kept) > _SHORTEST and kept[-1] == kept[-2] and kept[-1] not in "lsz"
        return kept[:-1] if doubled and ending not in {"s", "es"} else kept
    return word


def terms(text: str) -> list[str]:
    """The stems of a text, as they are indexed."""
    return [stem(word) for word in words(text)]


def asked(text: str) -> list[str]:
    """The stems of a question without its filler words, each once, in order."""
    return list(dict.fromkeys(stem(word) for word in words(text) if word not in STOP))
