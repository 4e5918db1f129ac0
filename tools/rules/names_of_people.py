"""Names of people: a whole name split into first and last, and letters put into the case people write.

Only names wholly in small or wholly in capital letters are touched: `DeShawn` and `van Dyke` are as their
bearers write them.
"""

import re
from collections.abc import Mapping

_HONOURS = frozenset({
    "mr", "mrs", "ms", "miss", "mx", "dr", "prof", "professor", "sir", "dame", "herr", "frau", "hr", "fr",
    "m", "mme",
    "mlle", "sr", "sra", "srta", "ing", "dipl", "doktor",
})  # fmt: skip
_AFTER = frozenset({"jr", "sr", "ii", "iii", "iv", "phd", "md", "mba", "esq", "cpa"})
_PARTICLES = frozenset({
    "van", "von", "der", "den", "de", "del", "della", "di", "da", "dos", "das", "du", "la", "le", "ten",
    "ter", "zu",
    "zum", "zur", "bin", "ibn", "al", "el", "af", "av", "y",
})  # fmt: skip
_KEPT: Mapping[str, str] = {"mac": "Mac", "ii": "II", "iii": "III", "iv": "IV", "jr": "Jr", "sr": "Sr"}
_MC = re.compile(r"mc[a-z]{3,}")
_PART = re.compile(r"[^\s'’.()\"“”/-]+|[\s'’.()\"“”/-]+")
_INITIALS = re.compile(r"[BCDFGHJKLMNPQRSTVWXZ]{2}|[A-Z]J")  # BJ, TJ, AJ are first names: no Bj
# Words inside the names of towns that stay small; the first word of a town never does.
_IN_TOWNS = _PARTICLES | {
    "am",
    "an",
    "auf",
    "aan",
    "ob",
    "im",
    "in",
    "bei",
    "on",
    "upon",
    "under",
    "by",
    "the",
    "of",
    "en",
    "sur",
    "sous",
    "les",
    "lès",
    "do",
    "las",
    "los",
    "sul",
    "op",
}
_ABBREVIATED = 3  # letters: a town in so few capitals (NYC, LA) is no word


def split_name(name: str) -> tuple[str, str]:
    """First and last name of a whole one: `Doe, Jane`, `Dr. Ana de la Cruz`, `Jane` alone is a first name."""
    before, comma, after = (part.strip() for part in name.partition(","))
    if comma and after and not _bare(after) & _AFTER:
        return _without_honours(after.split()), " ".join(before.split())
    words = _without_honours(before.split()).split()
    while len(words) > 1 and _bare(words[-1]) & _AFTER:
        words.pop()
    cut = max(len(words) - 1, 1)
    while cut > 1 and _bare(words[cut - 1]) & _PARTICLES:
        cut -= 1
    return " ".join(words[:cut]), " ".join(words[cut:])


def normal_name(name: str) -> str:
    """A first or last name in the usual case, blanks made one; one in mixed case is left as it is."""
    flat = " ".join(name.split())
    if not (flat.islower() or flat.isupper()) or len(flat) < 2:  # noqa: PLR2004 (an initial is as it is)
        return flat
    if flat.isupper() and _INITIALS.fullmatch(flat):
        return flat
    words = flat.lower().split()
    return " ".join(word if word in _PARTICLES and index < len(words) - 1 else _cased(word)
                    for index, word in enumerate(words))  # fmt: skip


def normal_city(city: str) -> str:
    """A town in the usual case: `Frankfurt am Main`, `Den Haag`; one in mixed case or short for one stays."""
    flat = " ".join(city.split())
    short = len(flat.replace(".", "")) <= _ABBREVIATED or "," in flat  # `LOS ANGELES, CA` is two things
    if short or not (flat.islower() or flat.isupper()):
        return flat
    words = _PART.findall(flat.lower())
    return "".join(word if word in _IN_TOWNS and index else _cased(word) for index, word in enumerate(words))


def _cased(word: str) -> str:
    return "".join(_KEPT.get(part) or _capital(part) for part in _PART.findall(word))


def _capital(part: str) -> str:
    if _MC.fullmatch(part):
        return f"Mc{part[2:].capitalize()}"
    return part[:1].title() + part[1:]


def _without_honours(words: list[str]) -> str:
    while len(words) > 1 and _bare(words[0]) & _HONOURS:
        words = words[1:]
    return " ".join(words)


def _bare(word: str) -> set[str]:
    return {word.casefold().replace(".", "").strip(",")}
