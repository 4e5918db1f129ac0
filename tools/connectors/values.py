"""Small conversions between vendors' wire values and ours."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import TypeVar

import idna

from tools.errors import InvalidArguments
from tools.rules.email_key import normalise

T = TypeVar("T")


def chunks(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """The items in lists of at most `size`, streamed."""
    source = iter(items)
    while block := list(islice(source, size)):
        yield block


def moment(value: object) -> datetime | None:
    """A vendor's time (ISO 8601 in any spelling, or seconds since 1970) in UTC; None when there is none."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return datetime.fromtimestamp(value, UTC)
    if not isinstance(value, str) or not value:
        return None
    read = datetime.fromisoformat(value)
    return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)


def iso(at: datetime) -> str:
    """A moment as vendors take it: ISO 8601, UTC, whole seconds."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def text(value: object) -> str:
    """A field as text; "" for null."""
    return "" if value is None else str(value)


def key_of(address: object) -> str:
    """The normalised address, or "" when a vendor holds something that is no address."""
    try:
        return normalise(text(address))
    except InvalidArguments:
        return ""


def subject_of(subject: Callable[[str], str], address: object) -> str:
    """The subject of an address a vendor holds; "" when it is no address."""
    return subject(text(address)) if key_of(address) else ""


def keys_of(addresses: Sequence[str]) -> list[str]:
    """Addresses normalised, without doubles and without what is no address, in their order."""
    return list(dict.fromkeys(key for key in map(key_of, addresses) if key))


def spellings(key: str) -> list[str]:
    """How vendors may spell a normalised address: as it is, and with an international domain written out."""
    local, _, domain = key.rpartition("@")
    if "xn--" not in domain:
        return [key]
    try:
        return [key, f"{local}@{idna.decode(domain)}"]
    except idna.IDNAError:
        return [key]
