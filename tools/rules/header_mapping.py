"""Which column of a list means what: found by its name, by what it holds, or as people say."""

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Literal

from tools.errors import InvalidArguments
from tools.rules.consent_cells import consent_said, title_of_consent
from tools.rules.countries import country_code
from tools.rules.header_words import QUALIFIERS, WORDS, Meaning, OwnField, Reading
from tools.rules.person_fields import LABELS
from tools.rules.plain_text import one_line
from tools.rules.tabular import LOOKS_LIKE_ADDRESS, Line

ENOUGH = 0.8  # share of a nameless column's cells that must be countries for it to be one
HALF = 0.5  # of the fullest column's addresses another must hold to be a rival of it
SAMPLES = 2  # values kept of a column, to be shown
SPEAK_OF_CONSENT: frozenset[Meaning] = frozenset({"opted_in", "opted_out", "consent_status"})
UNKNOWN = "no field of a person is called so"
_WORD = re.compile(r"[a-z0-9]+")
_ATTENDANCE = re.compile(
    r"\b(?:attend(?:ed|ing)|no[ -]?show|registered|checked[ -]in|invited|responded|teilgenommen|angemeldet"
    r"|eingeladen|nicht erschienen|inscrit|présent|absent)\b",
    re.IGNORECASE,
)
_HASH = re.compile(r"[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64}", re.IGNORECASE)  # MD5, SHA-1, SHA-256
_EXTRA: Mapping[str, str] = {
    "full_name": "first and last name",
    "opted_in": "consent",
    "consent_status": "consent",
    "member_status": "member status",
}


@dataclass(frozen=True, slots=True)
class Column:
    """One column: where it is, what it is called there, what it means (None when it is left out).

    `how` it was decided; `why` it is left out, "" when it is not. `samples` are values as they stand there.
    """

    index: int
    title: str
    meaning: Reading | None
    how: Literal["title", "content", "said", ""] = ""
    why: str = ""
    samples: tuple[str, ...] = ()

    @property
    def spoken(self) -> str:
        """How it is called in a sentence: by its title, or by its number where that tells it apart."""
        place = f"column {self.index + 1}"
        return place if self.title == place or self.title.endswith(f"({place})") else f"column {self.title}"


@dataclass(frozen=True, slots=True)
class Layout:
    """Where a file keeps what. `header` is the header's line number, 0 when there is none.

    `rivals` are the columns of which any could hold the address, when neither a title nor a person decided
    between them: reading one is then a guess.
    """

    columns: tuple[Column, ...]
    header: int
    titles: tuple[str, ...]  # the header's cells as they stand there
    rivals: tuple[Column, ...] = ()

    def where(self, meaning: Reading) -> tuple[int, ...]:
        """The columns of that meaning."""
        return tuple(each.index for each in self.columns if each.meaning == meaning)

    def sentence(self) -> str:
        """The mapping as people check it: `E-Mail → E-mail; Firma → Company; left out: Notes`."""
        used = [f"{each.title} → {label(each.meaning)}" for each in self.columns if each.meaning]
        left = ", ".join(each.title for each in self.columns if not each.meaning)
        return "; ".join([*used, f"left out: {left}"] if left else used)


def label(meaning: Reading) -> str:
    """A meaning in words."""
    if isinstance(meaning, OwnField):
        return meaning.words
    return _EXTRA.get(meaning) or next(words for name, words in LABELS.items() if name == meaning)


def meaning_of(title: str) -> Meaning | None:
    """What a column of that name means; None when the name says nothing we know."""
    words = _words(title)
    plain = [word for word in words if word not in QUALIFIERS]
    return _known().get(same_title(title)) or (_known().get("".join(plain)) if plain else None)


def same_title(title: str) -> str:
    """What two spellings of one title have in common: no case, accents and punctuation."""
    return "".join(_words(title)) or " ".join(title.casefold().split())


def layout(head: Sequence[Line], name: str, said: Mapping[str, Reading | None] | None = None) -> Layout:
    """The layout of a file whose first lines these are.

    `said` maps a column's title or number to what a person said it is (None leaves it out). Raises
    `InvalidArguments` with choices when no column holds addresses, or when what was said fits no column.
    """
    first = _first_with_address(head)
    at = _header(head, first)
    header, body = (head[at], head[at + 1 :]) if at is not None else (None, head)
    width = max((len(line.cells) for line in ([header] if header else []) + list(body)), default=0)
    sheet = _Sheet(_titles(header, width), tuple(body), named=header is not None)
    columns = _decided(sheet, said or {})
    apart = _apart(sheet, columns)
    result = Layout(
        tuple(each for each in apart if each.meaning or each.why == SAID_SO or each.samples),
        header.number if header else 0,
        header.cells if header else (),
        tuple(apart[each.index] for each in _rivals(sheet, columns)),
    )
    if not result.where("address"):
        raise _no_addresses(head, result, name)
    return result


SAID_SO = "you said so"


@dataclass(frozen=True, slots=True)
class _Sheet:
    """The looked-at part of a file: a title for every column, the lines under it."""

    titles: tuple[str, ...]
    body: tuple[Line, ...]
    named: bool  # whether the titles stand in the file

    def cells(self, index: int) -> list[str]:
        """What stands in a column, empty cells left out."""
        return [line.cells[index] for line in self.body if index < len(line.cells) and line.cells[index]]

    def addresses(self, index: int) -> int:
        """How many cells of a column hold an address."""
        return sum(map(has_address, self.cells(index)))


def _decided(sheet: _Sheet, said: Mapping[str, Reading | None]) -> list[Column]:
    """Every column with its meaning: what was said, then what the titles say, then what is in them."""
    told = _told(said, sheet.titles)
    found = [
        Column(index, title, None, "", UNKNOWN, tuple(dict.fromkeys(sheet.cells(index)))[:SAMPLES])
        for index, title in enumerate(sheet.titles)
    ]
    for index, meaning in told.items():
        found[index] = replace(found[index], meaning=meaning, how="said", why="" if meaning else SAID_SO)
    if "address" not in told.values():
        _find_address(sheet, found)
    named = {index: _title_says(title) for index, title in enumerate(sheet.titles)} if sheet.named else {}
    for index, meaning in named.items():
        if meaning and not found[index].how:
            found[index] = _by_title(found, index, meaning)
    _find_attendance(sheet, found)
    if not sheet.named:
        _find_country(sheet, found)
    return _without_double_names(found)


def _apart(sheet: _Sheet, columns: Sequence[Column]) -> list[Column]:
    """The columns in their order; of those that share a title each with its number."""
    shared = Counter(map(same_title, sheet.titles))
    return [
        replace(each, title=f"{each.title} (column {each.index + 1})")
        if shared[same_title(each.title)] > 1
        else each
        for each in columns
    ]


def _by_title(found: Sequence[Column], index: int, meaning: Meaning) -> Column:
    """A column as its title says, unless another column is that already; all that tells of consent counts."""
    other = next((each for each in found if each.meaning == meaning), None)
    if other and meaning not in SPEAK_OF_CONSENT:
        twin = same_title(other.title) == same_title(found[index].title)
        first = f"column {other.index + 1}" if twin else other.title
        return replace(found[index], why=f"{first} is the {label(meaning).lower()}")
    return replace(found[index], meaning=meaning, how="title", why="")


def _find_address(sheet: _Sheet, found: list[Column]) -> None:
    """The fullest column that is called so, else the fullest that holds addresses."""
    open_ = [each for each in found if not each.how]
    named = [each for each in open_ if sheet.named and _called_address(each.title)]
    held = {each.index: sheet.addresses(each.index) for each in open_}
    among = [each for each in named if held[each.index]] or [each for each in open_ if held[each.index]]
    if not among and not sheet.body:
        among = named[:1]
    if among:
        best = max(among, key=lambda each: held[each.index])
        how: Literal["title", "content"] = "title" if best in named else "content"
        found[best.index] = replace(best, meaning="address", how=how, why="")


def _called_address(title: str) -> bool:
    """Whether a title says address; a number behind it (`Mail 2`) tells only one from another."""
    return "address" in {meaning_of(title), meaning_of(title.rstrip("0123456789"))}


def _title_says(title: str) -> Meaning | None:
    return "address" if _called_address(title) else meaning_of(title) or title_of_consent(title)


def _rivals(sheet: _Sheet, found: Sequence[Column]) -> tuple[Column, ...]:
    """The columns between which no title decides. One column alone, or one that repeats another, is none."""
    chosen = next((each for each in found if each.meaning == "address"), None)
    if chosen is None or chosen.how == "said":
        return ()
    called = chosen.how == "title"
    most = sheet.addresses(chosen.index)
    others = [
        each
        for each in found
        if each is not chosen and each.how != "said" and sheet.addresses(each.index) >= max(HALF * most, 1)
        and (not called or _called_address(each.title))
        and _says_more(sheet, chosen.index, each.index)
    ]  # fmt: skip
    if others:
        return (chosen, *others)
    alone = sum(1 for each in found if each.samples) == 1
    return () if called or alone or not sheet.named else (chosen,)


def _says_more(sheet: _Sheet, chosen: int, other: int) -> bool:
    """Whether a column holds an address that does not stand in the same line of the chosen one."""
    for line in sheet.body:
        cells = [line.cells[at].casefold() if at < len(line.cells) else "" for at in (chosen, other)]
        if has_address(cells[1]) and cells[0] != cells[1]:
            return True
    return False


def _find_country(sheet: _Sheet, found: list[Column]) -> None:
    """What a column without a name is by what it holds: countries only; the rest would be guessing."""
    for each in found:
        cells = [] if each.how else sheet.cells(each.index)
        if cells and sum(1 for cell in cells if country_code(cell)) >= ENOUGH * len(cells):
            found[each.index] = replace(each, meaning="country", how="content", why="")
            return


def _find_attendance(sheet: _Sheet, found: list[Column]) -> None:
    """A `Status` that says who came is no consent, but what they are in the campaign."""
    held = any(each.meaning == "member_status" for each in found)
    for each in found:
        if each.meaning != "consent_status" or each.how != "title" or held:
            continue
        cells = sheet.cells(each.index)
        told = any(consent_said("consent_status", cell) for cell in cells)
        if not told and any(_ATTENDANCE.search(cell) for cell in cells):
            found[each.index] = replace(each, meaning="member_status", how="content")
            return


def _without_double_names(found: list[Column]) -> list[Column]:
    """A whole name beside first and last names is left out; beside one of them `Name` is the other."""
    held = {each.meaning for each in found} & {"first_name", "last_name"}
    if not held:
        return found
    return [
        _beside(each, held) if each.meaning == "full_name" and each.how != "said" else each for each in found
    ]


def _beside(column: Column, held: Collection[Reading | None]) -> Column:
    if len(held) > 1:
        return replace(column, meaning=None, how="", why="first and last name have columns of their own")
    if same_title(column.title) != "name":
        return column
    return replace(column, meaning="last_name" if "first_name" in held else "first_name")


def _told(said: Mapping[str, Reading | None], titles: Sequence[str]) -> dict[int, Reading | None]:
    """What was said, by place. Raises `InvalidArguments` for no such column and for two of one meaning."""
    found: dict[int, Reading | None] = {}
    for title, meaning in said.items():
        at = _place(title, titles)
        twin = next((i for i, each in found.items() if meaning and each == meaning), None)
        if meaning and twin is not None and twin != at and meaning not in SPEAK_OF_CONSENT:
            raise InvalidArguments(
                f"Two columns cannot both be the {label(meaning).lower()}",
                on=f"{titles[twin]}, {titles[at]}",
                do="Say it of one of them.",
            )
        found[at] = meaning
    return found


def _place(said: str, titles: Sequence[str]) -> int:
    """The column of that title, or of that number from 1, or of the letter a spreadsheet gives it."""
    wanted = same_title(said)
    places = [at for at, title in enumerate(titles) if same_title(title) == wanted]
    number = re.fullmatch(r"(?:column\s*)?(?:(\d{1,4})|([a-z]))", said.strip(), re.IGNORECASE)
    if not places and number:
        at = int(number[1]) - 1 if number[1] else ord(number[2].lower()) - ord("a")
        places = [at] if 0 <= at < len(titles) else []
    if len(places) == 1:
        return places[0]
    if places:
        numbers = tuple(str(at + 1) for at in places)
        raise InvalidArguments(
            f"There are {len(places)} columns of that title",
            on=one_line(said, longest=60),
            do=f"Say which by its number: {' or '.join(f'column {each}' for each in numbers)}.",
            choices=tuple(f"column {each}" for each in numbers),
        )
    raise InvalidArguments(
        "The file has no such column",
        on=one_line(said, longest=60),
        do=f"Its columns: {one_line(', '.join(titles), longest=400)}.",
        choices=_nearest(said, titles),
    )


def _nearest(said: str, titles: Sequence[str]) -> tuple[str, ...]:
    from rapidfuzz import process, utils

    found = process.extract(said, list(dict.fromkeys(titles)), processor=utils.default_process, limit=5)
    return tuple(title for title, _, _ in found)


def _no_addresses(head: Sequence[Line], found: Layout, name: str) -> InvalidArguments:
    shown = one_line(", ".join(head[0].cells if head else ()))
    if any(_HASH.fullmatch(cell) for line in head for cell in line.cells):
        return InvalidArguments(
            "The file holds hashes where addresses should be",
            on=name,
            do="Nobody can be found by a hash: ask whoever sent it for the addresses themselves.",
        )
    return InvalidArguments(
        "No column of the file holds addresses",
        on=f"{name}: {shown}",
        do="Add a column called Email, one address per row, or say which column it is: “column "
        f"{found.columns[0].title if found.columns else 'A'} is the address”.",
    )


@cache
def _known() -> Mapping[str, Meaning]:
    return {same_title(title): meaning for meaning, titles in WORDS.items() for title in titles}


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


def _titles(header: Line | None, width: int) -> tuple[str, ...]:
    cells = header.cells if header else ()
    return tuple(
        one_line(cells[index], longest=60) if index < len(cells) and cells[index] else f"column {index + 1}"
        for index in range(width)
    )
