"""What people thought of an answer or a plan, and what they had meant instead.

Verdicts and corrections are kept until somebody deletes them: evaluation and reports grow from them. They
hold no addresses: these are replaced before anything is stored, in words and in arguments alike. Quotes are
lines of runbook pages. The conversation itself is in `bot.store.turns` and goes with the person.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection, Table, delete, func, insert, select, update

from bot.store.tables import corrections, feedback
from tools.rules.plain_text import example_addresses

Verdict = Literal["up", "down"]
LONGEST = 2_000  # characters kept of a text


@dataclass(frozen=True, slots=True, kw_only=True)
class Feedback:
    """One person's verdict on one turn: what was called, and for runbook answers which section was shown."""

    turn_key: int
    principal: str
    surface: str
    verdict: Verdict
    at: datetime
    tool: str = ""
    args: Mapping[str, object] = field(default_factory=dict)
    page: str = ""
    section: str = ""
    quote: str = ""
    comment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """What was said by somebody with these roles, what it was taken for, and what it should have been."""

    turn_key: int
    said: str
    roles: Sequence[str]
    principal: str  # who corrected
    tool: str
    args: Mapping[str, object]
    meant_tool: str
    meant_args: Mapping[str, object]
    at: datetime

    def case(self) -> dict[str, object]:
        """As an evaluation case: the words, the weightiest role, the call that was meant."""
        role = next((each for each in ("marketer", "marops", "admin") if each in self.roles), "marketer")
        return {"say": self.said, "as": role, "tool": self.meant_tool, "args": dict(self.meant_args)}


def record(connection: Connection, given: Feedback) -> None:
    """Keep a verdict; it takes the place of the same person's earlier one on that turn."""
    values = {name: getattr(given, name) for name in Feedback.__slots__}
    values["args"] = _clean(given.args)
    for name in ("quote", "comment"):
        values[name] = _text(str(values[name]))
    _put(connection, feedback, values)


def comment(connection: Connection, turn_key: int, principal: str, text: str) -> None:
    """Add words to a verdict that was given."""
    mine = (feedback.c.turn_key == turn_key, feedback.c.principal == principal)
    connection.execute(update(feedback).where(*mine).values(comment=_text(text)))


def correct(connection: Connection, given: Correction) -> None:
    """Keep a correction; it takes the place of the same person's earlier one on that turn."""
    values = {name: getattr(given, name) for name in Correction.__slots__}
    values |= {"said": _text(given.said), "roles": sorted(given.roles)}
    values |= {"args": _clean(given.args), "meant_args": _clean(given.meant_args)}
    _put(connection, corrections, values)


def verdicts(connection: Connection, *, since: datetime) -> list[Feedback]:
    """Verdicts since then, oldest first."""
    columns = (feedback.c[name] for name in Feedback.__slots__)
    query = select(*columns).where(feedback.c.at >= since).order_by(feedback.c.at, feedback.c.key)
    return [Feedback(**row) for row in connection.execute(query).mappings()]


def counts(connection: Connection, *, since: datetime) -> Mapping[str, Mapping[str, int]]:
    """Ups and downs since then, by tool."""
    query = (
        select(feedback.c.tool, feedback.c.verdict, func.count())
        .where(feedback.c.at >= since)
        .group_by(feedback.c.tool, feedback.c.verdict)
    )
    found: dict[str, dict[str, int]] = {}
    for tool, verdict, number in connection.execute(query):
        found.setdefault(tool, {"up": 0, "down": 0})[verdict] = number
    return found


def corrected(connection: Connection, *, since: datetime | None = None) -> list[Correction]:
    """Corrections, oldest first; since then, where given."""
    query = select(*(corrections.c[name] for name in Correction.__slots__))
    if since is not None:
        query = query.where(corrections.c.at >= since)
    rows = connection.execute(query.order_by(corrections.c.at, corrections.c.key)).mappings()
    return [Correction(**row) for row in rows]


def cases(connection: Connection) -> list[dict[str, object]]:
    """Every correction as an evaluation case: `{"say", "as", "tool", "args"}`."""
    return [each.case() for each in corrected(connection)]


def _put(connection: Connection, table: Table, values: dict[str, object]) -> None:
    mine = (table.c.turn_key == values["turn_key"], table.c.principal == values["principal"])
    connection.execute(delete(table).where(*mine))
    connection.execute(insert(table).values(**values))


def _text(text: str) -> str:
    return example_addresses(text.replace("\0", ""))[:LONGEST]


def _clean(value: Mapping[str, object]) -> dict[str, object]:
    return {name: _without(each) for name, each in value.items()}


def _without(value: object) -> object:
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, Mapping):
        return _clean(value)
    if isinstance(value, (list, tuple)):
        return [_without(each) for each in value]
    return value
