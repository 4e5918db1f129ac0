"""One field of one person compared with what was asked for: text without case, dates and numbers by size."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any

from tools.rules.countries import country_code

OPERATORS = frozenset({
    "eq", "ne", "in", "not_in", "contains", "starts_with", "gt", "gte", "lt", "lte", "between", "is_set",
    "is_not_set",
})  # fmt: skip
_ORDER: Mapping[str, Callable[[Any, Any], bool]] = {
    "gt": lambda held, asked: held > asked,
    "gte": lambda held, asked: held >= asked,
    "lt": lambda held, asked: held < asked,
    "lte": lambda held, asked: held <= asked,
}


def compare(op: str, held: object, asked: object, *, field: str = "") -> bool:
    """Whether the value held satisfies the comparison. Empty satisfies only `is_not_set` and `ne`.

    Countries are compared as countries (`DE`, `Germany` and `Deutschland` are one).
    """
    empty = held is None or held == ""
    if op in {"is_set", "is_not_set"}:
        return empty == (op == "is_not_set")
    if empty:
        return op == "ne"
    if op in {"eq", "ne"}:
        return _same(held, asked, field) == (op == "eq")
    if op in {"in", "not_in"}:
        return any(_same(held, each, field) for each in _several(asked)) == (op == "in")
    if op in {"contains", "starts_with"}:
        return _within(op, _text(held), _text(asked))
    return _sized(op, held, asked)


def _same(held: object, asked: object, field: str) -> bool:
    if field == "country" and (code := country_code(str(asked))):
        return country_code(str(held)) == code
    if isinstance(held, bool) or isinstance(asked, bool):
        return _text(held) == _text(asked)
    left, right = _number(held), _number(asked)
    if left is not None and right is not None:
        return left == right
    when = _moment(held) if isinstance(held, date) else None
    if when is not None and isinstance(asked, str):
        return when.date().isoformat() == asked[:10]
    return _text(held) == _text(asked)


def _within(op: str, held: str, asked: str) -> bool:
    return held.startswith(asked) if op == "starts_with" else asked in held


def _sized(op: str, held: object, asked: object) -> bool:
    if op == "between":
        low, high = _several(asked)
        return _sized("gte", held, low) and _sized("lte", held, high)
    left, right = _sizes(held, asked)
    return left is not None and right is not None and _ORDER[op](left, right)


def _sizes(held: object, asked: object) -> tuple[object, object]:
    """Both as numbers, else both as moments; a day without an hour counts as its whole."""
    left, right = _number(held), _number(asked)
    if left is not None and right is not None:
        return left, right
    when, wanted = _moment(held), _moment(asked)
    if when is not None and wanted is not None and isinstance(asked, str) and len(asked.strip()) == 10:  # noqa: PLR2004 (a date)
        return when.date(), wanted.date()
    return when, wanted


def _several(value: object) -> list[object]:
    return list(value) if isinstance(value, list | tuple) else [value]


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return " ".join(str(value).casefold().split())


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        return float(value)
    except ValueError:
        return None


def _moment(value: object) -> datetime | None:
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    if not isinstance(value, str):
        return None
    try:
        return _moment(datetime.fromisoformat(value.strip()))
    except ValueError:
        return None
