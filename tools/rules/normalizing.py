"""One spelling for the values of a field: which rule each field has, and which fields none.

The same rules are used when a list is imported and when what is there already is put right.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import get_args

from tools.errors import InvalidArguments
from tools.rules.choices import allowed_choice, choice_key, usual_spellings
from tools.rules.company_names import normal_company
from tools.rules.countries import COUNTRY, Style, normal_country
from tools.rules.header_mapping import meaning_of
from tools.rules.job_titles import normal_title
from tools.rules.names_of_people import normal_city, normal_name
from tools.rules.person_fields import LABELS, CanonicalField
from tools.rules.phones import normal_phone
from tools.rules.states import normal_state

NORMAL: tuple[CanonicalField, ...] = (
    "first_name", "last_name", "company", "title", "phone", "country", "state", "city", "industry",
    "lead_source", "lifecycle",
)  # fmt: skip
STYLED: tuple[CanonicalField, ...] = ("country", "state")
CHOSEN: frozenset[CanonicalField] = frozenset({"industry", "lead_source", "lifecycle"})
LEARNT: frozenset[CanonicalField] = frozenset({"company", *STYLED, *CHOSEN})  # spelled as most records do
FREE: Mapping[CanonicalField, Callable[[str], str]] = {
    "first_name": normal_name,
    "last_name": normal_name,
    "company": normal_company,
    "title": normal_title,
    "city": normal_city,
}
WHAT: Mapping[CanonicalField, str] = {
    "first_name": "usual case",
    "last_name": "usual case",
    "company": "legal forms and case in one spelling, and each name as most records have it",
    "title": "abbreviations and case in one spelling",
    "phone": "international form (E.164)",
    "city": "blanks and case",
    "industry": "one spelling",
    "lead_source": "one spelling",
    "lifecycle": "one spelling",
}
_AS_CODES = ("iso", "code", "abbreviation", "short")


@dataclass(frozen=True, slots=True)
class Spelling:
    """How the values of one organisation's fields are spelled: what is allowed, what is usual."""

    allowed: Mapping[CanonicalField, Sequence[str]] = field(default_factory=dict)
    styles: Mapping[CanonicalField, Style] = field(default_factory=dict)  # country, state
    usual: Mapping[CanonicalField, Mapping[str, str]] = field(default_factory=dict)  # choice key -> spelling

    def normal(self, name: CanonicalField, value: str, *, country: str = "") -> str:
        """The value in its one spelling; "" when it is nothing the field's rule knows."""
        flat = " ".join(value.split())
        if not flat:
            return ""
        allowed = tuple(self.allowed.get(name, ()))
        if name == "country":
            return normal_country(flat, allowed=allowed, style=self.styles.get(name, "name"))
        if name == "state":
            return normal_state(flat, country=country, allowed=allowed, style=self.styles.get(name, "name"))
        if name == "phone":
            return normal_phone(flat, country=country)
        return self._word(name, flat, allowed)

    def _word(self, name: CanonicalField, flat: str, allowed: Sequence[str]) -> str:
        if allowed:
            return allowed_choice(flat, allowed)
        if name in CHOSEN:
            return self.usual.get(name, {}).get(choice_key(flat), flat)
        right = FREE.get(name, str)(flat)
        return self.usual.get(name, {}).get(choice_key(right), right) if name in LEARNT else right

    def says(self, name: CanonicalField) -> str:
        """How a field will be spelled, in words."""
        if self.allowed.get(name):
            return "the values the system allows"
        if name in {"country", "state"}:
            return "codes" if self.styles.get(name) == "code" else "English names"
        return WHAT.get(name, "one spelling")


def spelling_of(
    seen: Mapping[CanonicalField, Sequence[str]],
    *,
    allowed: Mapping[CanonicalField, Sequence[str]] | None = None,
    said: Mapping[CanonicalField, Style] | None = None,
) -> Spelling:
    """The spelling that suits the values seen: codes where most are codes, of words the most usual form."""
    styles: dict[CanonicalField, Style] = {name: _style(seen[name]) for name in STYLED if name in seen}
    usual = {name: usual_spellings(seen[name]) for name in CHOSEN if name in seen}
    if "company" in seen:
        usual["company"] = usual_spellings(map(normal_company, seen["company"]))
    return Spelling(allowed or {}, {**styles, **(said or {})}, usual)


def _style(values: Iterable[str]) -> Style:
    short = Counter(bool(COUNTRY.fullmatch(value.strip())) for value in values if value.strip())
    return "code" if short[True] > short[False] else "name"


def fields_meant(said: Sequence[str]) -> tuple[tuple[CanonicalField, ...], Mapping[CanonicalField, Style]]:
    """The fields a person named, and whether codes were asked for. Raises `InvalidArguments` with choices."""
    found: dict[CanonicalField, None] = {}
    styles: dict[CanonicalField, Style] = {}
    for each in said:
        words = each.casefold().replace("_", " ").split()
        plain = " ".join(word for word in words if not word.startswith(_AS_CODES)) or each
        names = _meant(plain)
        found.update(dict.fromkeys(names))
        if len(plain.split()) < len(words):
            styles.update({name: "code" for name in names if name in {"country", "state"}})
    return tuple(found), styles


def _meant(said: str) -> tuple[CanonicalField, ...]:
    if said.strip().casefold() in {"name", "names"}:
        return ("first_name", "last_name")
    meaning = (
        meaning_of(said) or meaning_of(said.removesuffix("s")) or meaning_of(f"{said.removesuffix('ies')}y")
    )
    exact = next((name for name in get_args(CanonicalField) if name in NORMAL and name == meaning), None)
    if exact is None:
        raise InvalidArguments(
            "There is no rule for that field",
            on=said,
            do=f"Rules exist for {', '.join(LABELS[name].lower() for name in NORMAL)}.",
            choices=tuple(f"normalise {LABELS[name].lower()}" for name in NORMAL[:5]),
        )
    return (exact,)
