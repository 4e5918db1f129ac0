"""What a tool returns when asked a question: text, tables, files, and the evidence behind every number."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Where figures come from: the system, what was asked of it, when it was read, how many rows."""

    source: str
    query: str
    as_of: datetime
    count: int
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table for people: at most 20 columns; cells are text or numbers already fit to show."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str | int | float, ...], ...]


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
    """One sentence on top (`text`), then tables, citations and files.

    `facts` are the named figures a reply may refer to (`{r1.count}`); values are final, formatted by code.
    `private` means it holds personal data: it goes to a DM or to the asker alone.
    `next_steps` are requests in words that make sense next, shown as suggestions.
    """

    text: str
    tables: tuple[Table, ...] = ()
    citations: tuple[Citation, ...] = ()
    files: tuple[File, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    facts: Mapping[str, str | int | float] = field(default_factory=dict)
    private: bool = False
    next_steps: tuple[str, ...] = ()
