"""Each spelling found and what becomes of it, counted: what somebody approves is the mapping."""

import csv
import io
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from tools.answer import File
from tools.ports import Person
from tools.rules.person_fields import LABELS, CanonicalField
from tools.rules.plain_text import neutral_cell
from tools.rules.stack import title

MOST = 20_000  # different spellings kept; phones have one each, countries a few hundred in all
NAME = "spellings.csv"
COLUMNS = ("system", "object", "field", "as it is", "becomes", "records", "why")

Line = tuple[str, str, str, str, str, str]


@dataclass(slots=True)
class Spellings:
    """Counts while a plan's rows are made; `files` is read after them."""

    counted: Counter[Line] = field(default_factory=Counter)
    more: int = 0

    def note(self, person: Person, name: CanonicalField, held: str, right: str, why: str) -> None:
        """One value of one record; `right` is "" for one that stays."""
        line = (title(person.system), person.object, LABELS[name], held, right, why)
        if line in self.counted or len(self.counted) < MOST:
            self.counted[line] += 1
        else:
            self.more += 1

    def files(self) -> Iterator[File]:
        """The spellings, the most frequent first; none when nothing was spelled otherwise."""
        if not self.counted:
            return
        text = io.StringIO()
        writer = csv.writer(text)
        writer.writerow(COLUMNS)
        for (system, object, name, held, right, why), times in self.counted.most_common():
            writer.writerow(
                [neutral_cell(cell) for cell in (system, object, name, held, right, str(times), why)]
            )
        if self.more:
            writer.writerow(["", "", "", "and others", "", str(self.more), "in the rows of the request"])
        yield File(name=NAME, content=text.getvalue().encode("utf-8-sig"))
