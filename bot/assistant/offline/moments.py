"""A parsed range → its literal: the meaning of each rule of `dates.lark`."""

import calendar
import re
from datetime import date, timedelta

from lark import Token, Tree

MONTHS = {name.lower()[:3]: number for number, name in enumerate(calendar.month_name) if name}
WEEKDAYS = {name.lower(): number for number, name in enumerate(calendar.day_name)}
NUMBERS = {
    "a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8,
    "nine": 9, "ten": 10, "twelve": 12, "fourteen": 14, "fifteen": 15, "twenty": 20, "thirty": 30,
    "sixty": 60, "ninety": 90, "couple of": 2, "few": 3,
}  # fmt: skip
DAYS_IN = {"day": 1, "night": 1, "hour": 1, "week": 7, "month": 30, "quarter": 91, "year": 365}
HOURS_IN_DAY = 24
LAST_MONTH_OF_YEAR = 12

Bounds = tuple[date, date]


class Literals:
    """Reads parse trees with one idea of today."""

    def __init__(self, today: date) -> None:
        self._today = today

    def of(self, tree: Tree[Token]) -> str:
        """The literal of a range."""
        parts = tree.children
        words = [str(each) for each in parts if isinstance(each, Token)]
        match str(tree.data):
            case "last_n":
                return self._last(
                    _number(parts[1] if isinstance(parts[0], Token) else parts[0]), _unit(words[-1])
                )
            case (
                "last_unit" | "past_unit" | "this_unit" | "to_date" | "to_date_short" | "today" | "yesterday"
            ):
                return self._named(str(tree.data), words)
            case "since" | "until":
                return self._edge(str(tree.data), parts)
            case "between":
                ends = [self.bounds(_inner(each)) for each in parts if isinstance(each, Tree)]
                return _literal(ends[0][0], ends[1][1])
            case _:
                return self._concrete(tree, words)

    def bounds(self, tree: Tree[Token]) -> Bounds:
        """First and last day of a moment: a day, a month, a quarter, a year, some time ago."""
        words = [str(each) for each in tree.children if isinstance(each, Token)]
        match str(tree.data):
            case "ago":
                day = self._today - timedelta(days=_number(tree.children[0]) * DAYS_IN[_unit(words[-1])])
                return day, day
            case "today" | "yesterday":
                day = self._today - timedelta(days=tree.data == "yesterday")
                return day, day
            case "last_unit" | "this_unit":
                return self._unit_bounds(_unit(words[-1]), back=tree.data == "last_unit")
            case _:
                return self._calendar(
                    str(tree.data), [each for each in words if not each.startswith(("start", "beg", "the"))]
                )

    def _last(self, count: int, unit: str) -> str:
        if unit == "hour":
            return f"last_{max(1, count // HOURS_IN_DAY)}_days"
        if unit in {"quarter", "year"}:
            return f"last_{count * (3 if unit == 'quarter' else 12)}_months"
        return f"last_{count}_{'day' if unit == 'night' else unit}s"

    def _named(self, rule: str, words: list[str]) -> str:
        if rule in {"today", "yesterday"}:
            return rule
        if rule == "to_date_short":
            return {"y": "year", "q": "quarter", "m": "month", "w": "week"}[words[0][0]].replace(
                "week", "this_week"
            ) + ("" if words[0][0] == "w" else "_to_date")
        unit = _unit(words[-1])
        if unit in {"day", "night", "hour"}:
            return "yesterday" if rule == "last_unit" else "today" if rule == "this_unit" else "last_1_days"
        if rule == "past_unit":
            return {"week": "last_7_days", "month": "last_30_days", "quarter": "last_90_days"}.get(
                unit, "last_12_months"
            )
        if rule == "to_date":
            return "this_week" if unit == "week" else f"{unit}_to_date"
        return f"{'last' if rule == 'last_unit' else 'this'}_{unit}"

    def _edge(self, rule: str, parts: list[Token | Tree[Token]]) -> str:
        moment = next(each for each in parts if isinstance(each, Tree))
        return f"{rule}:{self.bounds(_inner(moment))[0].isoformat()}"

    def _concrete(self, tree: Tree[Token], words: list[str]) -> str:
        inner = _inner(tree)
        rule = str(inner.data)
        words = [str(each) for each in inner.children if isinstance(each, Token)]
        if rule in {"fiscal", "quarter_fiscal"}:
            quarter, year = (words[1], words[0]) if rule == "fiscal" else (words[0], words[-1])
            return f"FY{year[-2:]}-{quarter.upper()}"
        first, last = self._calendar(rule, words)
        if rule in {"month", "month_year", "iso_month", "month_last"}:
            return f"{first:%Y-%m}"
        if rule in {"quarter", "year_quarter", "quarter_last"}:
            return f"{first.year}-Q{(first.month + 2) // 3}"
        return _literal(first, last)

    def _calendar(self, rule: str, words: list[str]) -> Bounds:
        year = next((int(each) for each in words if re.fullmatch(r"20\d\d", each)), None)
        if rule == "year":
            assert year is not None
            return date(year, 1, 1), date(year, 12, 31)
        if "quarter" in rule:
            return self._quarter(next(each for each in words if each[0] == "q"), year)
        if rule == "half":
            first = self._begun(1 if words[0] == "h1" else 7, year)
            return first, _month_end(first.year, first.month + 5)
        if rule in {"iso_day", "iso_month"}:
            day = date.fromisoformat(words[0] if rule == "iso_day" else f"{words[0]}-01")
            return day, day if rule == "iso_day" else _month_end(day.year, day.month)
        if rule.startswith("weekday"):
            back = (self._today.weekday() - WEEKDAYS[words[-1]]) % 7 or 7
            day = self._today - timedelta(days=back)
            return day, day
        return self._days(words, year)

    def _days(self, words: list[str], year: int | None) -> Bounds:
        month = MONTHS[next(each for each in words if each[:3] in MONTHS)[:3]]
        days = [int(re.sub(r"\D", "", each)) for each in words if re.fullmatch(r"\d{1,3}\D*", each)]
        first = self._begun(month, year)
        if not days:
            return first, _month_end(first.year, first.month)
        return first.replace(day=days[0]), first.replace(day=days[-1])

    def _quarter(self, quarter: str, year: int | None) -> Bounds:
        first = self._begun(3 * int(quarter[1]) - 2, year)
        return first, _month_end(first.year, first.month + 2)

    def _begun(self, month: int, year: int | None) -> date:
        """The first of that month: of the year named, else the latest one that has begun."""
        if year is not None:
            return date(year, month, 1)
        this = date(self._today.year, month, 1)
        return this if this <= self._today else this.replace(year=this.year - 1)

    def _unit_bounds(self, unit: str, *, back: bool) -> Bounds:
        today = self._today
        if unit in {"week", "day", "night", "hour"}:
            monday = today - timedelta(days=today.weekday() + (7 if back else 0))
            return monday, monday + timedelta(days=6)
        length = {"month": 1, "quarter": 3, "year": 12}[unit]
        month = (today.month - 1) // length * length + 1 - (length if back else 0)
        first = date(today.year if month > 0 else today.year - 1, (month - 1) % 12 + 1, 1)
        return first, _month_end(first.year, first.month + length - 1)


def _inner(tree: Tree[Token]) -> Tree[Token]:
    while (
        tree.data in {"moment", "day", "month", "quarter", "half", "ago"}
        and tree.children
        and isinstance(tree.children[0], Tree)
        and tree.children[0].data not in {"digits", "word"}
    ):
        tree = tree.children[0]
    return tree


def _literal(first: date, last: date) -> str:
    return f"{first.isoformat()}..{last.isoformat()}"


def _month_end(year: int, month: int) -> date:
    if month > LAST_MONTH_OF_YEAR:
        year, month = year + 1, month - LAST_MONTH_OF_YEAR
    return date(year, month, calendar.monthrange(year, month)[1])


def _unit(word: str) -> str:
    return word.rstrip("s")


def _number(part: Token | Tree[Token]) -> int:
    word = str(part.children[0]) if isinstance(part, Tree) else str(part)
    return NUMBERS.get(word) or int(re.sub(r"\D", "", word))
