"""A day as people write it in lists, in four languages; one that can be read in two ways stays two.

With dots the day comes first wherever dates are written so; with strokes the order differs by country.
"""

import re
from collections.abc import Iterator
from datetime import date

_MONTHS = (
    ("jan", "janv", "ene", "enero"), ("feb", "febr", "fév", "févr"), ("mar", "mär", "mrz", "mars", "marzo"),
    ("apr", "avr", "abr", "abril"), ("may", "mai", "mayo"), ("jun", "juin", "junio"),
    ("jul", "juil", "julio"), ("aug", "août", "ago", "agosto"), ("sep", "sept"), ("oct", "okt"), ("nov",),
    ("dec", "dez", "déc", "dic"),
)  # fmt: skip
_NUMBERS = re.compile(r"(\d{1,4})\s*([-./])\s*(\d{1,2})\s*\2\s*(\d{1,4})")
_DAY_FIRST = re.compile(
    r"(\d{1,2})(?:st|nd|rd|th|\.)?[\s-]+(?:de\s+)?([^\W\d_]{3,})\.?,?[\s-]+(?:de\s+)?(\d{2,4})"
)
_MONTH_FIRST = re.compile(r"([^\W\d_]{3,})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{2,4})")
_TIME = re.compile(r"[\sT,]+\d{1,2}:\d{2}.*$")
_YEAR_DIGITS, _CENTURY, _THIS_CENTURY = 4, 2000, 70


def days_meant(value: str) -> tuple[str, ...]:
    """The days that a text can mean, as `2026-03-01`: one, two where nobody can tell, none for no day."""
    text = _TIME.sub("", " ".join(value.casefold().split()))
    return tuple(dict.fromkeys(found.isoformat() for found in _days(text)))


def _days(text: str) -> Iterator[date]:
    if numbers := _NUMBERS.fullmatch(text):
        first, sign, second, third = numbers[1], numbers[2], numbers[3], numbers[4]
        if len(first) == _YEAR_DIGITS:
            yield from _day(first, second, third)
            return
        yield from _day(third, second, first)
        if sign != ".":
            yield from _day(third, first, second)
    elif named := _DAY_FIRST.fullmatch(text):
        yield from _day(named[3], _month(named[2]), named[1])
    elif named := _MONTH_FIRST.fullmatch(text):
        yield from _day(named[3], _month(named[1]), named[2])


def _day(year: str, month: str, day: str) -> Iterator[date]:
    number = int(year)
    if len(year) != _YEAR_DIGITS:
        number += _CENTURY if number < _THIS_CENTURY else _CENTURY - 100
    try:
        yield date(number, int(month), int(day))
    except ValueError:
        return


def _month(word: str) -> str:
    """The number of a month; "0" for a word that is none."""
    for number, starts in enumerate(_MONTHS, 1):
        if word.startswith(starts):
            return str(number)
    return "0"
