"""What a change looked at, counted while its rows are made: the denominators on its card."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from tools.answer import Evidence, Table
from tools.catalog.across import evidence
from tools.context import ToolContext
from tools.plan import System
from tools.ports import Person
from tools.rules.stack import title


@dataclass(frozen=True, slots=True)
class Looked:
    """Records by system: read, and whatever else is counted of them, by the words of its column."""

    columns: tuple[str, ...]
    systems: tuple[System, ...]
    counted: Counter[tuple[System, str]] = field(default_factory=Counter)

    def at(self, people: Iterable[Person]) -> Iterator[Person]:
        """The same people, counted as they pass."""
        for person in people:
            self.counted[person.system, ""] += 1
            yield person

    def note(self, system: System, what: str) -> None:
        """One more of a system in that column."""
        self.counted[system, what] += 1

    def evidence(self, context: ToolContext, query: str) -> tuple[Evidence, ...]:
        """A source for each system; to be read after the rows."""
        first, *others = (
            evidence(context, system, query, self.counted[system, ""]) for system in self.systems
        )
        return (replace(first, tables=(self._table(),)), *others)

    def _table(self) -> Table:
        columns = ("", *self.columns)
        rows = tuple(
            tuple[str | int, ...]((title(system), *(self.counted[system, what] for what in columns)))
            for system in self.systems
        )
        return Table(title="What was looked at", columns=("system", "records", *self.columns), rows=rows)
