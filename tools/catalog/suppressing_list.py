"""A list of people to be suppressed: whose address is taken, and which rows come to nothing and why.

Who stands on it is suppressed, whatever else the row says; only a row that says opted in is ignored, because
a file can add restrictions and never take one away.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from typing_extensions import override

from tools.answer import File, Table
from tools.catalog.import_table import mapping
from tools.catalog.list_file import DOUBLE, Listed, hashed, left_out_file, looked_through
from tools.context import ToolContext
from tools.rules.column_words import said_of_columns
from tools.rules.header_mapping import SPEAK_OF_CONSENT
from tools.rules.header_words import Reading
from tools.rules.people_files import FileRow

LESS_RESTRICTIVE = "ignored: less restrictive"
OPTED_IN = f"{LESS_RESTRICTIVE}: the file says opted in"


@dataclass(slots=True)
class Stoplist(Listed):
    """A list looked through. `cells` are all addresses in rows that are taken, `addresses` different ones."""

    done: ClassVar[str] = "suppressed"
    by_name_only: ClassVar[bool] = True

    cells: int = 0
    opted_in: int = 0

    @property
    def addresses(self) -> int:
        """Different addresses to be suppressed."""
        return len(self.first)

    @property
    def junk(self) -> int:
        """Rows without an address."""
        return self.problems - self.opted_in - self.left_out[DOUBLE]

    def new_in(self, row: FileRow) -> Sequence[str]:
        """The addresses of a row that stand in no earlier one."""
        return [each for each in row.addresses if self.first_line(each, row.line) == row.line]

    def wanted(self) -> Iterator[str]:
        """Every address to be suppressed, once, streamed."""
        return (each for row in self.good() for each in self.new_in(row))

    def nothing(self) -> Iterator[tuple[FileRow, str]]:
        """The rows that have no address, or say opted in; a double is suppressed by its earlier line."""
        return ((row, why) for row, why in self.bad() if not row.addresses or why == OPTED_IN)

    @override
    def note(self, row: FileRow) -> None:
        if row.consent == "opted in":
            self.opted_in += 1
            return
        self.cells += len(row.addresses)
        for address in row.addresses:
            self.first.setdefault(hashed(address), row.line)

    @override
    def why_not(self, row: FileRow) -> str:
        if row.consent == "opted in":
            return OPTED_IN
        if not row.addresses:
            return row.problem
        if self.new_in(row):
            return ""
        return f"the same address as line {min(self.first_line(each, row.line) for each in row.addresses)}"

    @override
    @classmethod
    def takes(cls, meaning: Reading | None) -> bool:
        return meaning == "address" or meaning in SPEAK_OF_CONSENT

    def counts(self) -> Table:
        """What the file holds, in figures."""
        figures: dict[str, int] = {"rows in the file": self.rows, "addresses to suppress": self.addresses}
        doubles = self.cells - self.addresses
        figures |= {
            why if why == OPTED_IN else f"left out: {why}": rows
            for why, rows in sorted(self.left_out.items())
        }
        if doubles > self.left_out[DOUBLE]:
            figures["addresses given more than once"] = doubles
        return Table(title=f"In {self.name}", columns=("what", "rows"), rows=tuple(figures.items()))

    def tables(self) -> tuple[Table, Table]:
        """The counts, and what each column is taken for."""
        return self.counts(), mapping(self)

    def files(self, ignored: Mapping[int, str]) -> Iterator[File]:
        """The rows that came to nothing, each with the reason; to be read after the plan's rows."""
        if self.left_out or ignored:
            yield left_out_file(self, ignored)


def stoplist(context: ToolContext, name: str, columns: Sequence[str]) -> Stoplist:
    """Find the attachment and look it through. Raises `InvalidArguments` as `looked_through` does."""
    return looked_through(context, name, said_of_columns(columns), Stoplist)
