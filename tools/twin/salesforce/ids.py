"""Record ids: a three-character key prefix, 12 further characters, and the three-character case checksum."""

import re
import string
from functools import lru_cache
from typing import Final

ALPHABET: Final = string.digits + string.ascii_uppercase + string.ascii_lowercase
CHECKSUM: Final = string.ascii_uppercase + "012345"
INSTANCE: Final = "5g0"
CASE_SENSITIVE: Final = 15
SHAPE: Final = re.compile(r"[a-zA-Z0-9]{15}(?:[a-zA-Z0-9]{3})?")


@lru_cache(maxsize=65_536)
def _checksum(chunk: str) -> str:
    """The check character of five: one bit for each capital, first one lowest."""
    return CHECKSUM[sum(1 << place for place, letter in enumerate(chunk) if letter in string.ascii_uppercase)]


@lru_cache(maxsize=4_096)
def _digits(number: int, width: int) -> str:
    """The number in base 62, padded to a width."""
    text = ""
    for _ in range(width):
        number, digit = divmod(number, 62)
        text = ALPHABET[digit] + text
    return text


def long_form(short: str) -> str:
    """The 18-character id of a 15-character one."""
    return short + _checksum(short[:5]) + _checksum(short[5:10]) + _checksum(short[10:15])


@lru_cache(maxsize=8_192)
def make(prefix: str, number: int) -> str:
    """The id of the record with this serial number."""
    high, low = divmod(number, 62**4)
    return long_form(
        prefix + INSTANCE + _digits(high, 5) + _digits(low % 62**4 // 3844, 2) + _digits(low % 3844, 2)
    )


def normal(given: object) -> str | None:
    """An id as stored (18 characters), or None when the text is no id."""
    if not isinstance(given, str) or not SHAPE.fullmatch(given):
        return None
    return long_form(given[:CASE_SENSITIVE])
