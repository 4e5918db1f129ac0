"""A list of people that came with a request: looked through before a vendor is asked, then read in blocks.

Importing and suppressing read lists through this one room: the same mapping of columns, the same question
where the address is a guess, the same file of rows that came to nothing.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import ClassVar, TypeVar

from tools.answer import File
from tools.catalog.across import listing
from tools.context import ToolContext
from tools.errors import InvalidArguments
from tools.rules.encodings import guessed
from tools.rules.header_mapping import Column, Layout, label
from tools.rules.header_words import Reading
from tools.rules.people_files import FileRow, open_file
from tools.rules.plain_text import neutral_cell, one_line
from tools.rules.tabular import sheets

LINE = "line"
MOST_SHEETS = 5  # sheets named in a sentence
DOUBLE = "the same address as an earlier line"
_WHY = re.compile(r"why it was not (?:imported|suppressed)")  # titles that a file of ours has, beside `line`
_REJECTED = re.compile(r"-not-(?:imported|suppressed)$")
_NUMBERS = re.compile(r"\d+")


@dataclass(slots=True)
class Listed:
    """A list, looked through and counted. `first` is the line on which an address stands first, by its hash.

    What a list is read for decides which columns are taken and why a row is left out: see the subclasses.
    """

    done: ClassVar[str]  # what becomes of its people: imported, suppressed
    supposed: ClassVar[str] = "address"  # what a column of it could be, to show how that is said
    by_name_only: ClassVar[bool] = False  # another file than the one named is never taken for it

    name: str
    content: bytes
    layout: Layout
    said: Mapping[str, Reading | None] = field(default_factory=dict)
    rows: int = 0
    left_out: Counter[str] = field(default_factory=Counter)  # reason without its numbers -> rows
    first: dict[int, int] = field(default_factory=dict)
    sheets: tuple[str, ...] = ()  # of a workbook with several: the one that is read, then the others

    def sentences(self) -> Iterator[str]:
        """What to know of how the file is read, beside its columns."""
        if self.sheets:
            read, *others = (f"“{one_line(each, longest=40)}”" for each in self.sheets)
            what = listing([*others[:MOST_SHEETS], *(["others"] if len(others) > MOST_SHEETS else [])])
            yield f"Only the sheet {read} is read, not {what}: attach another as a file of its own."
        if taken_for := guessed(self.content):
            yield f"The file does not say how its letters are kept: read as {taken_for}, check the accents."

    @property
    def problems(self) -> int:
        """Rows that are left out by what stands in the file."""
        return self.left_out.total()

    def good(self) -> Iterator[FileRow]:
        """The rows that are taken, streamed."""
        return (row for row, why in self.judged() if not why)

    def bad(self) -> Iterator[tuple[FileRow, str]]:
        """The rows that are left out, each with the reason."""
        return ((row, why) for row, why in self.judged() if why)

    def judged(self) -> Iterator[tuple[FileRow, str]]:
        """Every row with the reason why it is left out; "" when it is not."""
        for row in open_file(self.content, self.name, self.said).rows:
            yield row, self.why_not(row)

    def first_line(self, address: str, otherwise: int) -> int:
        """The line on which an address stands first."""
        return self.first.get(hashed(address), otherwise)

    def holds(self, address: str) -> bool:
        """Whether a row of the file has this address, normalised."""
        return hashed(address) in self.first

    def count(self, row: FileRow) -> None:
        """Reckon with a row that is seen for the first time."""
        self.rows += 1
        self.note(row)
        if why := self.why_not(row):
            self.left_out[sort_of(why)] += 1
        else:
            self.take(row)

    def note(self, row: FileRow) -> None:
        """Keep the line on which an address stands first."""
        if row.addresses and not row.problem:
            self.first.setdefault(hashed(row.addresses[0]), row.line)

    def take(self, row: FileRow) -> None:
        """Count a row that is taken."""

    def why_not(self, row: FileRow) -> str:
        """Why a row is left out; "" when it is not."""
        return row.problem

    @classmethod
    def takes(cls, meaning: Reading | None) -> bool:
        """Whether anything is done with a column of that meaning."""
        return meaning == "address"

    @classmethod
    def ignores(cls, meaning: Reading) -> str:
        """Why a column of a meaning that is not taken is left out."""
        del meaning
        return f"it is not needed for people to be {cls.done}"

    @classmethod
    def refusal(cls, meaning: Reading) -> tuple[str, str]:
        """Why a column of that meaning is not taken, and what can be said instead."""
        what = f"The {label(meaning).lower()} is not read where people are {cls.done}"
        return what, "Say which column is the address, which says who opted in or out, or leave it."


L = TypeVar("L", bound=Listed)


def looked_through(context: ToolContext, name: str, said: Mapping[str, Reading | None], kind: type[L]) -> L:
    """Find the attachment and look it through, its columns read as they are said to be.

    Raises `InvalidArguments` for what is no list of people, and where the meaning of a column is a guess.
    """
    file = attached(context, name, exactly=kind.by_name_only)
    _require_taken(said, kind)
    found = one_line(file.name, longest=80)
    opened = open_file(file.content, found, said)
    _require_sure(opened.layout)
    listed = kind(found, file.content, opened.layout, said, sheets=sheets(file.content))
    for row in opened.rows:
        listed.count(row)
    if not listed.rows:
        raise InvalidArguments(
            "The file has a header and no rows", on=found, do="Attach one with people in it."
        )
    return listed


def attached(context: ToolContext, name: str, *, exactly: bool = False) -> File:
    """The file of that name, else the only one there is. Raises `InvalidArguments` with those attached."""
    files = context.files
    file = {each.casefold(): file for each, file in files.items()}.get(name.strip().casefold())
    if file is None and len(files) == 1 and not exactly:
        file = next(iter(files.values()))
    if file is None:
        held = listing(files)
        raise InvalidArguments(
            "That file is not attached" if files else "There is no file attached",
            on=one_line(name, longest=80),
            do=f"Attached: {held}." if held else "Attach the list as CSV or XLSX to the request.",
            choices=tuple(files),
        )
    return file


def _require_taken(said: Mapping[str, Reading | None], kind: type[Listed]) -> None:
    """What a person said a column is has to be something that is read for this purpose."""
    for title, meaning in said.items():
        if meaning and not kind.takes(meaning):
            what, do = kind.refusal(meaning)
            raise InvalidArguments(what, on=one_line(title, longest=60), do=do)


def _require_sure(layout: Layout) -> None:
    """A guess between columns is asked about before anything is read of a vendor."""
    if not layout.rivals:
        return
    several = len(layout.rivals) > 1
    raise InvalidArguments(
        f"{len(layout.rivals)} columns could be the address"
        if several
        else "No column is called an address, and one holds what looks like addresses",
        on=listing(f"“{each.title}”" for each in layout.rivals),
        do="Which one is it?" if several else "Is it the one?",
        choices=tuple(_is_the_address(each) for each in layout.rivals[:5]),
    )


def _is_the_address(column: Column) -> str:
    named = column.spoken if column.spoken != f"column {column.title}" else f"column “{column.title}”"
    return f"{named} is the address"


def sort_of(why: str) -> str:
    """A reason without what is different in every row: `the same address as line 4` stands for all such."""
    if why.startswith("the same address"):
        return DOUBLE
    return _NUMBERS.sub("several", why, count=1).partition(";")[0] if why[:1].isdigit() else why


def of_ours(column: Column) -> bool:
    """Whether we wrote the column ourselves, in a file of rows that came to nothing."""
    return column.title == LINE or _WHY.fullmatch(column.title) is not None


def left_out_file(listed: Listed, ignored: Mapping[int, str]) -> File:
    """The rows that came to nothing, as they stand in the file, each with its line and the reason.

    `ignored` are reasons by line that were found only at the vendors: opted out, purged before. Put right,
    the file can be attached as it is: its own two columns are left out, also when they come round again.
    """
    text = io.StringIO()
    writer = csv.writer(text)
    titles = _titles(listed)
    own = {at for at, title in enumerate(titles) if title == LINE or _WHY.fullmatch(title)}
    writer.writerow(
        [
            LINE,
            f"why it was not {listed.done}",
            *(neutral_cell(each) for at, each in enumerate(titles) if at not in own),
        ]
    )
    for row, why in listed.judged():
        if why := why or ignored.get(row.line, ""):
            cells = (neutral_cell(each) for at, each in enumerate(row.cells) if at not in own)
            writer.writerow([row.line, why, *cells])
    stem = _REJECTED.sub("", listed.name.rpartition(".")[0] or listed.name)
    return File(name=f"{stem}-not-{listed.done}.csv", content=text.getvalue().encode("utf-8-sig"))


def _titles(listed: Listed) -> Sequence[str]:
    if listed.layout.titles:
        return listed.layout.titles
    last = max((each.index for each in listed.layout.columns), default=-1)
    return [f"column {at}" for at in range(1, last + 2)]


def hashed(address: str) -> int:
    """Eight bytes that stand for an address: what is kept of a row of a long file."""
    return int.from_bytes(blake2b(address.encode(), digest_size=8).digest())
