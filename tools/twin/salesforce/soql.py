"""SOQL read into a small tree. Text that is not SOQL raises `Malformed`."""

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from lark import Lark, Token, Transformer
from lark.exceptions import LarkError

ESCAPES: Final = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}
LONGEST: Final = 100_000


class Malformed(Exception):  # noqa: N818  # named as the vendor names it: MALFORMED_QUERY
    """The query is not SOQL, or asks for what does not exist. `code` is the vendor's errorCode."""

    def __init__(self, message: str, code: str = "MALFORMED_QUERY") -> None:
        super().__init__(message)
        self.code = code


Path_ = tuple[str, ...]


@dataclass(frozen=True)
class DateWord:
    """A date literal such as LAST_N_DAYS:30."""

    word: str
    number: int = 0


@dataclass(frozen=True)
class Moment:
    """A date-and-time written in the query, unquoted."""

    text: str


Value = str | int | float | bool | None | DateWord | Moment


@dataclass(frozen=True)
class Semi:
    """The sub-select of a semi-join."""

    path: Path_
    source: str
    where: "Condition | None"


@dataclass(frozen=True)
class Comparison:
    """`path operator value`; value is a tuple for IN lists, a `Semi` for joins."""

    path: Path_
    operator: str
    value: Value | tuple[Value, ...] | Semi


@dataclass(frozen=True)
class Combined:
    """Conditions joined by AND, OR or (of one) NOT."""

    how: str
    parts: "tuple[Condition, ...]"


Condition = Comparison | Combined


@dataclass(frozen=True)
class Sort:
    """One ORDER BY entry."""

    path: Path_
    descending: bool
    nulls_last: bool


@dataclass(frozen=True)
class Child:
    """A child sub-query in the column list."""

    relation: str
    columns: tuple[Path_, ...]
    where: Condition | None
    order: tuple[Sort, ...]
    limit: int | None


@dataclass(frozen=True)
class Query:
    """A whole query. `columns` holds paths and children; `counts` marks SELECT COUNT()."""

    columns: tuple[Path_ | Child, ...]
    source: str
    where: Condition | None
    order: tuple[Sort, ...]
    limit: int | None
    offset: int
    counts: bool


def _unquoted(token: str) -> str:
    """The text of a string literal."""
    return re.sub(r"\\(.)", lambda found: ESCAPES.get(found[1], found[1]), token[1:-1], flags=re.DOTALL)


def _like(token: str) -> str:
    """The pattern of a LIKE literal: escaped wildcards and backslashes keep their backslash."""
    keeps = {"%", "_", "\\"}
    return re.sub(
        r"\\(.)",
        lambda found: found[0] if found[1] in keeps else ESCAPES.get(found[1], found[1]),
        token[1:-1],
        flags=re.DOTALL,
    )


def _value(token: Any) -> Value:  # noqa: ANN401  # lark's trees are untyped
    """A literal's value."""
    if not isinstance(token, Token):
        return token  # type: ignore[no-any-return]  # a DateWord made below
    kinds: dict[str, Any] = {
        "STRING": _unquoted, "INTEGER": int, "DECIMAL": float, "DATETIME": Moment, "DATE": Moment,
        "NULL": lambda _text: None, "BOOLEAN": lambda given: given.lower() == "true",
    }  # fmt: skip
    return kinds[token.type](str(token))  # type: ignore[no-any-return]  # as the table says


class _Builder(Transformer[Token, Any]):
    """Turns lark's tree into ours, bottom up. Methods are named after the grammar's rules."""

    def path(self, names: list[Token]) -> Path_:
        return tuple(str(name) for name in names)

    def plain(self, items: list[Path_]) -> Path_:
        return items[0]

    def nested(self, items: list[Child]) -> Child:
        return items[0]

    def count_all(self, _items: list[Token]) -> str:
        return "COUNT"

    def columns(self, items: list[Any]) -> list[Any]:
        return items

    child_columns = columns

    def date_literal(self, items: list[Token]) -> DateWord:
        return DateWord(str(items[0]).upper(), int(items[1]) if len(items) > 1 else 0)

    def members(self, items: list[Any]) -> tuple[Value, ...]:
        return tuple(_value(item) for item in items)

    def compare(self, items: list[Any]) -> Comparison:
        operator = "!=" if items[1] == "<>" else str(items[1])
        return Comparison(items[0], operator, _value(items[2]))

    def like(self, items: list[Any]) -> Comparison:
        return Comparison(items[0], "LIKE", _like(items[1]))

    def inside(self, items: list[Any]) -> Comparison:
        return Comparison(items[0], "IN", items[-1])

    def outside(self, items: list[Any]) -> Comparison:
        return Comparison(items[0], "NOT IN", items[-1])

    semi_join = inside
    anti_join = outside

    def semi(self, items: list[Any]) -> Semi:
        return Semi(items[0], str(items[1]), items[2])

    def negation(self, items: list[Condition]) -> Combined:
        return Combined("NOT", tuple(items))

    def conjunction(self, items: list[Condition]) -> Combined:
        return Combined("AND", tuple(items))

    def disjunction(self, items: list[Condition]) -> Combined:
        return Combined("OR", tuple(items))

    def where(self, items: list[Condition]) -> Condition:
        return items[0]

    def sort(self, items: list[Any]) -> Sort:
        descending = items[1] is not None and items[1].upper() == "DESC"
        return Sort(items[0], descending, items[2] is not None and items[2].upper().endswith("LAST"))

    def order(self, items: list[Sort]) -> tuple[Sort, ...]:
        return tuple(items)

    def limit(self, items: list[Token]) -> int:
        return int(items[0])

    offset = limit

    def child(self, items: list[Any]) -> Child:
        columns, name, where, order, limit = items
        return Child(str(name), tuple(columns), where, order or (), limit)

    def start(self, items: list[Any]) -> Query:
        columns, name, where, order, limit, offset = items
        counts = columns == ["COUNT"]
        if not counts and "COUNT" in columns:
            raise Malformed("COUNT() stands alone in the column list")
        chosen = () if counts else tuple(columns)
        return Query(chosen, str(name), where, order or (), limit, offset or 0, counts)


@lru_cache(maxsize=1)
def _parser() -> Lark:
    """The parser, built once."""
    grammar = Path(__file__).with_name("soql.lark").read_text("utf-8")
    return Lark(grammar, parser="lalr", maybe_placeholders=True, transformer=_Builder())


def parse(text: str) -> Query:
    """Read one query."""
    if len(text) > LONGEST:
        raise Malformed(f"SOQL statements cannot be longer than {LONGEST} characters.")
    try:
        return _parser().parse(text)  # type: ignore[return-value]  # the start rule builds a Query
    except LarkError as error:
        if isinstance(error.__context__, Malformed):
            raise error.__context__ from None
        first = str(error).splitlines()[0]
        raise Malformed(f"unexpected token in query: {first}") from error
