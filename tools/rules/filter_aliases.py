"""The words a team uses for many values at once (`VP+`, `EMEA`): shipped meanings, shown where they are used.

Regions follow the usual sales regions; the member states of the European Union and of the European Economic
Area are those of 2026 (europa.eu).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tools.rules.countries import country_name

Clause = Mapping[str, object]

_DACH = ("DE", "AT", "CH")
_NORDICS = ("DK", "SE", "NO", "FI", "IS")
_BENELUX = ("BE", "NL", "LU")
_EU = (
    "AT", "BE", "BG", "HR", "CY", "CZ", "DK", "EE", "FI", "FR", "DE", "GR", "HU", "IE", "IT", "LV", "LT",
    "LU", "MT",
    "NL", "PL", "PT", "RO", "SK", "SI", "ES", "SE",
)  # fmt: skip
_EUROPE = (
    *_EU,
    "GB",
    "CH",
    "NO",
    "IS",
    "LI",
    "AL",
    "BA",
    "ME",
    "MK",
    "RS",
    "XK",
    "UA",
    "MD",
    "AD",
    "MC",
    "SM",
)
_MIDDLE_EAST = ("AE", "SA", "QA", "KW", "BH", "OM", "IL", "JO", "LB", "IQ", "TR", "EG", "YE", "PS")
_AFRICA = (
    "ZA", "NG", "KE", "GH", "MA", "TN", "DZ", "ET", "TZ", "UG", "CI", "SN", "CM", "AO", "MZ", "ZM", "ZW",
    "RW", "MU",
    "BW", "NA", "LY", "SD", "MG", "ML", "BF", "NE", "BJ", "TG", "GA", "CG", "CD", "MW", "LR", "SL", "GM",
    "GN",
)  # fmt: skip
_APAC = (
    "JP", "CN", "HK", "TW", "KR", "SG", "MY", "TH", "VN", "ID", "PH", "IN", "PK", "BD", "LK", "NP", "AU",
    "NZ", "MO",
    "KH", "LA", "MM", "BN", "MN",
)  # fmt: skip
_LATAM = (
    "MX", "BR", "AR", "CL", "CO", "PE", "UY", "PY", "BO", "EC", "VE", "CR", "PA", "GT", "HN", "SV", "NI",
    "DO", "PR",
    "CU",
)  # fmt: skip
REGIONS: Mapping[str, Sequence[str]] = {
    "EMEA": (*_EUROPE, *_MIDDLE_EAST, *_AFRICA),
    "EU": _EU,
    "European Union": _EU,
    "EEA": (*_EU, "NO", "IS", "LI"),
    "Europe": _EUROPE,
    "DACH": _DACH,
    "Nordics": _NORDICS,
    "Scandinavia": ("DK", "SE", "NO"),
    "Benelux": _BENELUX,
    "UKI": ("GB", "IE"),
    "UK&I": ("GB", "IE"),
    "Middle East": _MIDDLE_EAST,
    "Africa": _AFRICA,
    "APAC": _APAC,
    "ANZ": ("AU", "NZ"),
    "LATAM": _LATAM,
    "North America": ("US", "CA"),
    "NAMER": ("US", "CA"),
    "NA": ("US", "CA"),
    "AMER": ("US", "CA", *_LATAM),
    "Americas": ("US", "CA", *_LATAM),
}
SENIORITY = "seniority"  # a field that follows from the title (`tools.rules.job_titles`)
_RANKS = ("chief", "vp", "director", "manager")
RANKS: Mapping[str, Sequence[str]] = {
    "C-level": _RANKS[:1],
    "C-suite": _RANKS[:1],
    "CXO": _RANKS[:1],
    "VP+": _RANKS[:2],
    "VP and above": _RANKS[:2],
    "director+": _RANKS[:3],
    "director and above": _RANKS[:3],
    "manager+": _RANKS,
    "manager and above": _RANKS,
}
_RANK_WORDS: Mapping[str, str] = {
    "chief": "chief officers, presidents, founders",
    "vp": "vice presidents and heads",
    "director": "directors",
    "manager": "managers and leads",
}


@dataclass(frozen=True, slots=True)
class Alias:
    """A team's word, the field it is about, and the clause that it stands for."""

    word: str
    field: str
    clause: Clause
    meaning: str

    def sentence(self) -> str:
        """What the word was taken for."""
        return f"{self.word} = {self.meaning}"


def expand(field: str, leaf: Clause) -> Alias | None:
    """The clause behind a comparison with one of the words; None when it is an ordinary value."""
    op, value = leaf.get("op"), leaf.get("value")
    values = list(value) if isinstance(value, list | tuple) else [value]
    negated = op in {"ne", "not_in"}
    if op not in {"eq", "ne", "in", "not_in", "contains"} or not values:
        return None
    if field == "country":
        return _region(values, negated=negated)
    if field == "title":
        return _rank(values, negated=negated)
    return None


def _region(values: Sequence[object], *, negated: bool) -> Alias | None:
    named = [(word, codes) for word, codes in REGIONS.items() if any(_alike(word, each) for each in values)]
    if not named:
        return None
    others = [each for each in values if not any(_alike(word, each) for word, _ in named)]
    codes = list(dict.fromkeys(code for _, found in named for code in found))
    clause = {"field": "country", "op": "not_in" if negated else "in", "value": [*codes, *others]}
    word = " and ".join(word for word, _ in named)
    return Alias(
        word, "country", clause, f"{len(codes)} countries: {_shown([country_name(c) for c in codes])}"
    )


def _rank(values: Sequence[object], *, negated: bool) -> Alias | None:
    named = [(word, ranks) for word, ranks in RANKS.items() if any(_alike(word, each) for each in values)]
    if len(named) < len(values):
        return None
    ranks = list(dict.fromkeys(rank for _, found in named for rank in found))
    clause = {"field": SENIORITY, "op": "not_in" if negated else "in", "value": ranks}
    meaning = f"by job title: {', '.join(_RANK_WORDS[rank] for rank in ranks)}"
    return Alias(" and ".join(word for word, _ in named), "title", clause, meaning)


def _alike(word: str, value: object) -> bool:
    return isinstance(value, str) and _key(word) == _key(value)


def _key(word: str) -> str:
    return re.sub(r"[^a-z0-9+&]", "", word.casefold())


def _shown(items: Sequence[str], most: int = 12) -> str:
    more = f" and {len(items) - most} more" if len(items) > most else ""
    return ", ".join(items[:most]) + more
