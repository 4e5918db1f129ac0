"""How good the values of records are: filled in or not, valid or not, spelled in one way or in many."""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from tools.errors import InvalidArguments
from tools.rules.countries import country_code
from tools.rules.email_key import normalise
from tools.rules.normalizing import LEARNT, Spelling
from tools.rules.person_fields import CanonicalField
from tools.rules.phones import normal_phone
from tools.rules.states import STATES, normal_state

PROFILED: tuple[CanonicalField, ...] = (
    "address", "first_name", "last_name", "company", "title", "phone", "country", "state", "city", "industry",
    "lead_source", "lifecycle", "owner",
)  # fmt: skip
WORST = 3  # values shown of each field
_JUNK = re.compile(
    r"(?:test|asdf+|qwerty|xxx+|n/?a|none|null|unknown|tbd|foo|bar|dummy|sample|-+|\.+|\?+|\d+|abc)",
    re.IGNORECASE,
)
_NO_COMPANY = re.compile(r"self|self[ -]employed|private(?: person)?|freelancer?|individual", re.IGNORECASE)
_DISPOSABLE = frozenset({
    "mailinator.com", "guerrillamail.com", "10minutemail.com", "yopmail.com", "tempmail.com", "trashmail.com",
    "sharklasers.com", "getnada.com", "throwawaymail.com",
})  # fmt: skip
_ROLES = frozenset({
    "info", "sales", "support", "admin", "contact", "office", "hello", "marketing", "noreply", "no-reply",
    "postmaster",
    "webmaster", "billing", "help",
})  # fmt: skip


def fault(name: CanonicalField, value: str, *, country: str = "") -> str:
    """What is wrong with a value that is filled in; "" when nothing is."""
    if name == "address":
        return _address_fault(value)
    if name == "country":
        return "" if country_code(value) else "no country we know"
    if name == "state":
        known = country_code(country) in STATES and not normal_state(value, country=country)
        return "no state of its country" if known else ""
    if name == "phone":
        return "" if normal_phone(value, country=country) else _phone_fault(value, country)
    if name == "company" and _NO_COMPANY.fullmatch(value.strip()):
        return "no company"
    return "junk" if _JUNK.fullmatch(value.strip()) else ""


def _phone_fault(value: str, country: str) -> str:
    known = country_code(country) or value.strip().startswith(("+", "00"))
    return "no possible number" if known else "no country to read it by"


def _address_fault(value: str) -> str:
    try:
        local, _, domain = normalise(value).rpartition("@")
    except InvalidArguments:
        return "no address"
    if domain in _DISPOSABLE:
        return "a throw-away mailbox"
    return "a mailbox of a role, not of a person" if local in _ROLES else ""


@dataclass(slots=True)
class FieldProfile:
    """What was seen of one field. `mendable` values have one right spelling that they are not in."""

    name: CanonicalField
    rows: int = 0
    filled: int = 0
    invalid: int = 0
    mendable: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    examples: Counter[tuple[str, str]] = field(default_factory=Counter)  # (value, what is wrong or right)

    def completeness(self) -> float:
        """The share of records that have a value."""
        return self.filled / self.rows if self.rows else 0.0

    def validity(self) -> float:
        """The share of values that are valid; 1 when there are none."""
        return 1 - self.invalid / self.filled if self.filled else 1.0


@dataclass(slots=True)
class Profile:
    """Records of one kind, looked at one by one; only counts and a few examples are kept."""

    spelling: Spelling
    most_examples: int = 500
    fields: dict[CanonicalField, FieldProfile] = field(default_factory=dict)
    rows: int = 0

    def take(self, value: Callable[[CanonicalField], str]) -> None:
        """Look at the next record; `value` tells its fields."""
        self.rows += 1
        country = value("country")
        for name in PROFILED:
            seen = self.fields.setdefault(name, FieldProfile(name))
            seen.rows += 1
            if text := value(name).strip():
                self._look(seen, text, country)

    def _look(self, seen: FieldProfile, text: str, country: str) -> None:
        seen.filled += 1
        wrong = fault(seen.name, text, country=country)
        if wrong:
            seen.invalid += 1
            seen.faults[wrong] += 1
            self._example(seen, text, wrong)
        elif seen.name not in {"address", "owner"}:
            right = self.spelling.normal(seen.name, text, country=country)
            if right and right != text:
                seen.mendable += 1
                self._example(seen, text, f"→ {right}")

    def _example(self, seen: FieldProfile, text: str, what: str) -> None:
        key = (text, what)
        if key in seen.examples or len(seen.examples) < self.most_examples:
            seen.examples[key] += 1

    def worst(self) -> Mapping[CanonicalField, list[tuple[str, str, int]]]:
        """By field, the most frequent values that are wrong or misspelled."""
        found: defaultdict[CanonicalField, list[tuple[str, str, int]]] = defaultdict(list)
        for name, seen in self.fields.items():
            for (value, what), times in seen.examples.most_common(WORST):
                found[name].append((value, what, times))
        return found


def needs_spelling(name: CanonicalField) -> bool:
    """Whether the usual spelling of a field has to be learnt from its values first."""
    return name in LEARNT
