"""What of a row a system takes: a value it refuses is left out and named, and the rest of the row goes on."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import cast

from tools.abilities import Edits, Values
from tools.catalog.import_file import TAKEN
from tools.catalog.person_values import PersonValues
from tools.plan import System, Veto
from tools.ports import Expressed, Reader
from tools.rules.normalizing import Spelling
from tools.rules.person_fields import CanonicalField
from tools.rules.plain_text import one_line
from tools.rules.stack import title

Wish = Expressed | Veto | None
# The codes by which a system refuses a value or a field, and not the whole record.
OF_A_VALUE = frozenset(
    {"not_allowed", "too_long", "wrong_type", "read_only", "hidden_field", "no_such_field"}
)
_PROBE: Values = {"address": "someone@example.com"}
_GROUPED = re.compile(r"\d{1,3}(?:[ .,'’]\d{3})+")


@dataclass(frozen=True, slots=True)
class Fitted:
    """What can be written, in a vendor's words, and the values left out, each with the reason."""

    wish: Wish
    refused: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Fitting:
    """Fits the values of a file into each system's objects."""

    readers: Mapping[System, Reader]
    values: PersonValues
    _spellings: dict[tuple[System, str], Spelling] = field(default_factory=dict)

    def why_not(self, system: System, object: str, name: str) -> str:
        """Why a field of that object is never written, in the vendor's words; "" when it is.

        It goes by our name, or by the vendor's own.
        """
        if any(self.values.may(system, object, name, creating=each) for each in (True, False)):
            return ""
        probe: dict[str, str | int | float | bool | None] = {**_PROBE, name: "1"}
        said = cast("Edits", self.readers[system]).express_create(object, probe)
        known = isinstance(said, Veto) and said.code in OF_A_VALUE
        return said.text if known and isinstance(said, Veto) else f"{title(system)} does not let us write it"

    def spelled(
        self, system: System, object: str, given: Mapping[CanonicalField, str], *, creating: bool
    ) -> tuple[dict[CanonicalField, str], dict[str, str]]:
        """The values this object has fields for, as it spells them; and those its lists do not know."""
        spelling = self._spelling(system, object)
        kept: dict[CanonicalField, str] = {}
        refused: dict[str, str] = {}
        for name, value in given.items():
            if not self.values.may(system, object, name, creating=creating):
                continue
            listed = name in spelling.allowed
            right = spelling.normal(name, value, country=given.get("country", "")) if listed else value
            if right:
                kept[name] = right
            else:
                refused[name] = f"{title(system)} does not allow “{one_line(value, longest=60)}”"
        return kept, refused

    @staticmethod
    def taken(given: Values, express: Callable[[Values], Wish]) -> Fitted:
        """The wish for these values; where a vendor refuses some of them, for the others."""
        wish = express(given)
        if not isinstance(wish, Veto) or wish.code not in OF_A_VALUE:
            return Fitted(wish, {})
        refused = {
            name: alone.text
            for name, value in given.items()
            if isinstance(alone := express({name: value}), Veto) and alone.code in OF_A_VALUE
        }
        if not refused:
            return Fitted(wish, {})
        return Fitted(express({name: each for name, each in given.items() if name not in refused}), refused)

    def _spelling(self, system: System, object: str) -> Spelling:
        key = (system, object)
        if key not in self._spellings:
            allowed = self.values.allowed(system, object)
            self._spellings[key] = Spelling({name: allowed[name] for name in TAKEN if name in allowed})
        return self._spellings[key]


def headcount(value: str) -> str:
    """A number of employees without what sets its thousands apart: `1.200` is 1200."""
    return re.sub(r"\D", "", value) if _GROUPED.fullmatch(value) else value
