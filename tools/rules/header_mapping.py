"""Which column of a list means what: found by name in four languages, and by what the column holds."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import get_args

from tools.errors import InvalidArguments
from tools.rules.countries import country_code
from tools.rules.header_words import QUALIFIERS, WORDS, Meaning
from tools.rules.person_fields import LABELS, CanonicalField
from tools.rules.plain_text import one_line
from tools.rules.tabular import LOOKS_LIKE_ADDRESS, Line

ENOUGH = 0.8  # share of a nameless column's cells that must be countries for it to be one
SPEAK_OF_CONSENT: frozenset[Meaning] = frozenset({"opted_in", "opted_out", "consent_status"})
_WORD = re.compile(r"[a-z0-9]+")
_EXTRA: Mapping[str, str] = {
    "full_name": "first and last name",
    "opted_in": "consent",
    "consent_status": "consent",
}


@dataclass(frozen=True, slots=True)
class Column:
    """One column: where it is, what it is called there, what it means ("" when it is left out)."""

    index: int
    title: str
    meaning: Meaning | None


@dataclass(frozen=True, slots=True)
class Layout:
    """Where a file keeps what. `header` is the header's line number, 0 when there is none."""

    columns: tuple[Column, ...]
    header: int
    titles: tuple[str, ...]  # the header's cells as they stand there

    def where(self, meaning: Meaning) -> tuple[int, ...]:
        """The columns of that meaning."""
        return tuple(each.index for each in self.columns if each.meaning == meaning)

    def sentence(self) -> str:
        """The mapping as people check it: `E-Mail → E-mail; Firma → Company; left out: Notes`."""
        used = [f"{each.title} → {label(each.meaning)}" for each in self.columns if each.meaning]
        left = ", ".join(each.title for each in self.columns if not each.meaning)
        return "; ".join([*used, f"left out: {left}"] if left else used)


def label(meaning: Meaning) -> str:
    """A meaning in words."""
    return _EXTRA.get(meaning) or next(words for name, words in LABELS.items() if name == meaning)


def meaning_of(title: str) -> Meaning | None:
    """What a column of that name means; None when the name says nothing we know."""
    words = _words(title)
    plain = [word for word in words if word not in QUALIFIERS]
    return _known().get("".join(words)) or (_known().get("".join(plain)) if plain else None)


def layout(head: Sequence[Line], name: str, said: Mapping[str, str] | None = None) -> Layout:
    """The layout of a file whose first lines these are.

    `said` maps a column's name or number to the field a person said it is ("" leaves it out). Raises
    `InvalidArguments` with choices when no column holds addresses, or when what was said fits no column.
    """
    first = _first_with_address(head)
    at = _header(head, first)
    header, body = (head[at], head[at + 1 :]) if at is not None else (None, head)
    width = max((len(line.cells) for line in ([header] if header else []) + list(body)), default=0)
    titles = _titles(header, width)
    found: dict[int, Meaning | None] = {**_found(titles if header else (), body, width)}
    found |= _said(said or {}, titles, name)
    columns = tuple(Column(index, titles[index], found.get(index)) for index in range(width))
    columns = tuple(each for each in columns if each.meaning or _filled(body, each.index))
    result = Layout(columns, header.number if header else 0, header.cells if header else ())
    if not result.where("address"):
        raise _no_addresses(head, result, name)
    return result


def _no_addresses(head: Sequence[Line], found: Layout, name: str) -> InvalidArguments:
    shown = ", ".join(head[0].cells if head else ())
    return InvalidArguments(
        "No column of the file holds addresses",
        on=one_line(f"{name}: {shown}"),
        do="Add a column called Email, one address per row.",
        choices=tuple(f"the column {each.title} holds the addresses" for each in found.columns[:5]),
    )


@cache
def _known() -> Mapping[str, Meaning]:
    return {"".join(_words(title)): meaning for meaning, titles in WORDS.items() for title in titles}


def _words(title: str) -> list[str]:
    """A title without case, accents and punctuation; `FirstName` and `first_name` are alike once joined."""
    apart = unicodedata.normalize("NFKD", title.casefold())
    return _WORD.findall("".join(letter for letter in apart if not unicodedata.combining(letter)))


def has_address(cell: str) -> bool:
    """Whether an e-mail address stands in the cell."""
    return LOOKS_LIKE_ADDRESS.search(cell) is not None


def _first_with_address(head: Sequence[Line]) -> int | None:
    return next((i for i, line in enumerate(head) if any(map(has_address, line.cells))), None)


def _header(head: Sequence[Line], first: int | None) -> int | None:
    """The line above the first address whose cells say most; junk above it is passed over."""
    above = head[: len(head) if first is None else first]
    says = [sum(1 for cell in line.cells if meaning_of(cell)) for line in above]
    best = max(range(len(above)), key=lambda i: (says[i], i), default=None)
    if best is not None and says[best]:
        return best
    wide = first is not None and _filled_cells(head[first]) > 1
    if above and first is not None and (_filled_cells(above[-1]) > 1 or not wide):
        return len(above) - 1
    return None


def _filled_cells(line: Line) -> int:
    return sum(map(bool, line.cells))


def _filled(body: Sequence[Line], index: int) -> bool:
    return any(index < len(line.cells) and line.cells[index] for line in body)


def _titles(header: Line | None, width: int) -> tuple[str, ...]:
    cells = header.cells if header else ()
    return tuple(
        one_line(cells[index], longest=60) if index < len(cells) and cells[index] else f"column {index + 1}"
        for index in range(width)
    )


def _found(titles: Sequence[str], body: Sequence[Line], width: int) -> dict[int, Meaning]:
    """Meanings by column. A field is taken from one column only: the fullest address, else the first."""
    named = {index: meaning for index, title in enumerate(titles) if (meaning := meaning_of(title))}
    found: dict[int, Meaning] = {}
    address = _fullest(body, width, [index for index, meaning in named.items() if meaning == "address"])
    if address is not None:
        found[address] = "address"
    for index, meaning in named.items():
        if meaning in SPEAK_OF_CONSENT or (meaning not in found.values() and index != address):
            found.setdefault(index, meaning)
    if not titles:
        found.update(_by_content(body, width, found))
    return _without_double_names(found)


def _fullest(body: Sequence[Line], width: int, named: Sequence[int]) -> int | None:
    """The column with the most addresses, a named one before the others; None when none has any."""
    held = Counter({i: sum(1 for cell in _column(body, i) if has_address(cell)) for i in range(width)})
    among = [index for index in named if held[index]] or [index for index in range(width) if held[index]]
    return max(among, key=lambda index: held[index], default=named[0] if named and not body else None)


def _column(body: Sequence[Line], index: int) -> list[str]:
    return [line.cells[index] for line in body if index < len(line.cells) and line.cells[index]]


def _by_content(body: Sequence[Line], width: int, taken: Iterable[int]) -> dict[int, Meaning]:
    """What a column without a name is by what it holds: countries only; the rest would be guessing."""
    for index in sorted(set(range(width)) - set(taken)):
        cells = _column(body, index)
        if cells and sum(1 for cell in cells if country_code(cell)) >= ENOUGH * len(cells):
            return {index: "country"}
    return {}


def _without_double_names(found: dict[int, Meaning]) -> dict[int, Meaning]:
    """A whole name beside first and last names is left out: it says nothing more."""
    both = {"first_name", "last_name"} <= set(found.values())
    return {index: each for index, each in found.items() if not (both and each == "full_name")}


def _said(said: Mapping[str, str], titles: Sequence[str], name: str) -> dict[int, Meaning | None]:
    by_word = {"".join(_words(title)): index for index, title in enumerate(titles)}
    found: dict[int, Meaning | None] = {}
    for title, field in said.items():
        index = by_word.get("".join(_words(title)))
        meaning = _field(field)
        if index is None or (field and meaning is None):
            what = (
                f"no column {one_line(title, longest=60)}" if index is None else f"no field {one_line(field)}"
            )
            raise InvalidArguments(
                f"There is {what}",
                on=name,
                do=f"Columns: {one_line(', '.join(titles))}. Fields: {', '.join(get_args(CanonicalField))}.",
                choices=tuple(titles[:5]),
            )
        found[index] = meaning
    return found


def _field(said: str) -> Meaning | None:
    exact: Mapping[str, Meaning] = {each: each for each in (*get_args(CanonicalField), "full_name")}
    return exact.get("_".join(_words(said))) or meaning_of(said)
