"""Countries: from any spelling people use to an ISO 3166 code, and from a code to the spelling wanted.

Names in twenty-one languages and the old and long codes are CLDR's (Unicode Common Locale Data Repository);
what people write besides is listed here.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from typing import Literal

Style = Literal["name", "code"]

LANGUAGES = (
    "en", "de", "fr", "es", "it", "nl", "pt", "sv", "da", "pl", "cs", "fi", "nb", "hu", "ro", "tr", "el",
    "ru", "ja", "zh", "ko",
)  # fmt: skip
COUNTRY = re.compile(r"[A-Z]{2}")
_NO_COUNTRY = frozenset({"EU", "EZ", "UN", "ZZ", "XA", "XB", "QO", "AC", "CP", "CQ", "DG", "EA", "IC", "TA"})
_ALSO: Mapping[str, str] = {
    "america": "US", "united states of america": "US", "the united states": "US", "states": "US",
    "usofa": "US", "us of a": "US", "u s a": "US", "u s": "US", "u k": "GB", "n ireland": "GB",
    "ireland republic": "IE", "rep of ireland": "IE", "ger": "DE", "oesterreich": "AT", "bharat": "IN",
    "saudi": "SA", "рф": "RU", "pr china": "CN", "hong kong sar": "HK", "hong kong china": "HK",
    "china hong kong": "HK", "taiwan province of china": "TW",
    "england": "GB", "scotland": "GB", "wales": "GB", "northern ireland": "GB", "great britain": "GB",
    "britain": "GB", "united kingdom of great britain and northern ireland": "GB", "eng": "GB",
    "holland": "NL", "the netherlands": "NL", "republic of ireland": "IE", "eire": "IE",
    "korea": "KR", "republic of korea": "KR", "korea republic of": "KR", "korea south": "KR",
    "russian federation": "RU", "czech republic": "CZ", "slovak republic": "SK", "turkey": "TR",
    "ivory coast": "CI", "cape verde": "CV", "swaziland": "SZ", "macedonia": "MK", "burma": "MM",
    "myanmar": "MM",
    "uae": "AE", "emirates": "AE", "ksa": "SA", "prc": "CN", "peoples republic of china": "CN",
    "mainland china": "CN",
    "hong kong": "HK", "hongkong": "HK", "macau": "MO", "macao": "MO", "taiwan roc": "TW", "viet nam": "VN",
    "federal republic of germany": "DE", "brd": "DE", "schweiz suisse svizzera": "CH",
    "deutschland germany": "DE",
    "brasil": "BR", "palestine": "PS", "vatican": "VA", "drc": "CD", "dr congo": "CD",
    "congo drc": "CD", "democratic republic of the congo": "CD", "congo the democratic republic of the": "CD",
    "congo republic": "CG", "republic of the congo": "CG", "bosnia": "BA",
    "trinidad": "TT", "iran islamic republic of": "IR", "venezuela bolivarian republic of": "VE",
    "bolivia plurinational state of": "BO", "tanzania united republic of": "TZ", "moldova republic of": "MD",
    "syrian arab republic": "SY", "lao peoples democratic republic": "LA", "brunei darussalam": "BN",
}  # fmt: skip
_EITHER = frozenset({"congo", "kongo"})  # two countries have it: not guessed at
_PARTS = re.compile(r"[-–—/|,;:()\[\]]+")
_NEAR = 85.0  # similarity (0..100) from which a country is named as what may have been meant
# CLDR's English names that nobody writes into a CRM.
_PLAIN: Mapping[str, str] = {
    "HK": "Hong Kong", "MO": "Macao", "MM": "Myanmar", "CD": "Congo (DRC)", "CG": "Congo (Republic)",
    "PS": "Palestine",
    "TR": "Turkey", "CI": "Ivory Coast", "BA": "Bosnia and Herzegovina", "AG": "Antigua and Barbuda",
    "TT": "Trinidad and Tobago", "ST": "Sao Tome and Principe",
}  # fmt: skip


@lru_cache(maxsize=4_096)
def country_code(value: str) -> str:
    """The ISO 3166 code of two letters behind a spelling; "" when it is no country we know.

    A country said twice is one: `UK - England`, `Germany (DE)`. Two countries are none.
    """
    if whole := _codes().get(_key(value), ""):
        return whole
    parts = [key for part in _PARTS.split(value) if (key := _key(part))]
    found = {_codes().get(each, "") for each in parts}
    return found.pop() if len(parts) > 1 and len(found) == 1 else ""


def near_country(value: str) -> str:
    """The country that a misspelled word may mean, to be shown and never written; "" when none is near."""
    from rapidfuzz import fuzz, process

    names = {_key(name): country_name(code) for code, name in _territories("en").items()}
    found = process.extractOne(_key(value), list(names), scorer=fuzz.ratio, score_cutoff=_NEAR)
    return names[found[0]] if found else ""


def country_name(code: str) -> str:
    """The English name as CRMs have it."""
    return _PLAIN.get(code) or _territories("en").get(code, code)


def normal_country(value: str, *, allowed: Sequence[str] = (), style: Style = "name") -> str:
    """The value in one spelling: the one allowed for the country, else its name or code; "" when unknown."""
    code = country_code(value)
    if not code:
        return ""
    if allowed:
        fitting = [each for each in allowed if country_code(each) == code]
        plain = (each for each in fitting if each == value or _key(each) in _codes())
        return next(plain, fitting[0] if fitting else "")
    return code if style == "code" else country_name(code)


def _key(value: str) -> str:
    apart = unicodedata.normalize("NFKD", value.casefold().replace("&", " and ").replace("'", ""))
    plain = "".join(letter for letter in apart if not unicodedata.combining(letter))
    words = re.findall(r"\w+", plain.replace(".", ""))
    return " ".join(words)


@cache
def _territories(language: str) -> Mapping[str, str]:
    from babel import Locale

    named = Locale.parse(language).territories
    return {code: name for code, name in named.items() if COUNTRY.fullmatch(code) and code not in _NO_COUNTRY}


@cache
def _codes() -> Mapping[str, str]:
    """Every spelling we know, as `_key` makes it, with its code. English wins over the other languages."""
    from babel.core import get_global

    found: dict[str, str] = {}
    for language in LANGUAGES:
        for code, name in _territories(language).items():
            found.setdefault(_key(name), code)
    codes = set(_territories("en"))
    for old, new in get_global("territory_aliases").items():
        if len(new) == 1 and new[0] in codes and not old.isdigit():
            found[_key(old)] = new[0]
    found.update({_key(name): code for name, code in _ALSO.items()})
    found.update({code.casefold(): code for code in codes})
    return {key: code for key, code in found.items() if key not in _EITHER}
