"""What a tool returns when asked a question: text, tables, files, and the evidence behind every number."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from tools.findings import Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table for people: at most 20 columns; cells are text or numbers already fit to show."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str | int | float, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Where figures come from: the system, what was asked of it, when it was read, how many rows.

    `tables` show how something was read (the columns of a list). They are kept with a plan, where erasing
    a person does not look: no person can be in them.
    """

    source: str
    query: str
    as_of: datetime
    count: int
    note: str = ""
    tables: tuple[Table, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """Figures of a table to be drawn: a value of every series for every label.

    Several series of kind `bar` stand beside each other, of kind `stacked` on top. Make one with `of`, from
    the table that is shown, so that picture and table cannot differ.
    """

    kind: Literal["bar", "line", "stacked"]
    title: str
    labels: tuple[str, ...]
    series: tuple[tuple[str, tuple[float, ...]], ...]
    unit: str = ""

    @classmethod
    def of(
        cls,
        table: Table,
        *,
        columns: Sequence[str],
        kind: Literal["bar", "line", "stacked"] = "bar",
        unit: str = "",
        title: str = "",
    ) -> "Chart | None":
        """These columns of a table over its first one; None when it has no rows.

        Cells that are no numbers count as nothing.
        """
        if not table.rows or not columns:
            return None
        places = [table.columns.index(name) for name in columns]
        return cls(
            kind=kind,
            title=title or table.title,
            labels=tuple(str(row[0]) for row in table.rows),
            series=tuple((table.columns[at], tuple(_number(row[at]) for row in table.rows)) for at in places),
            unit=unit,
        )


def _number(cell: str | float) -> float:
    return float(cell) if isinstance(cell, int | float) else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation:
    """A passage of a runbook: `title › heading`, the page's path, a quoted line, its review state."""

    title: str
    heading: str
    path: str
    quote: str
    last_reviewed: str = ""
    stale: bool = False
    text: str = ""  # the whole section


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file for the asker alone (sent to a DM, deleted when it expires)."""

    name: str
    content: bytes
    media_type: str = "text/csv"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One sentence on top (`text`), then tables, charts, citations and files.

    `facts` are the named figures a reply may refer to (`{r1.count}`); values are final, formatted by code.
    `private` means it holds personal data: it goes to a DM or to the asker alone.
    `next_steps` are requests in words that make sense next, shown as suggestions. `findings` are kept by the
    engine and put before whoever is to look at them.
    """

    text: str
    tables: tuple[Table, ...] = ()
    charts: tuple[Chart, ...] = ()
    citations: tuple[Citation, ...] = ()
    files: tuple[File, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    facts: Mapping[str, str | int | float] = field(default_factory=dict)
    private: bool = False
    next_steps: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
