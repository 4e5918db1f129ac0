"""The rows a card shows: at most ten, over all systems and ops, the person in clear, before and after."""

import re
from collections.abc import Iterator
from itertools import chain, zip_longest

from bot.store.headers import Picked
from tools.plan import Change, Sample, created_object

MOST = 10
_ADDRESS = re.compile(r"[^\s@<>\",;]+@[^\s@<>\"',;]+\.[^\s@<>\"',;]{2,}")
# how the vendors spell a person's first and last name
_NAMES = (("FirstName", "LastName"), ("firstName", "lastName"), ("firstname", "lastname"))
_MORE_NAMES = (("first_name", "last_name"), ("Name",), ("name",))


class Sampling:
    """Keeps the first rows of every system, object and op as they pass by."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str, str], list[Picked]] = {}

    def take(self, change: Change) -> None:
        """Look at the next row."""
        kept = self._kept.setdefault((change.system, change.object, change.op), [])
        if len(kept) < MOST:
            kept.append(Picked(seq=change.seq, subject=change.subject, sample=sample(change)))

    def chosen(self) -> tuple[Picked, ...]:
        """Up to ten, one of each kind in turn."""
        turns = zip_longest(*self._kept.values())
        picked = [each for each in chain.from_iterable(turns) if each is not None]
        return tuple(picked[:MOST])


def sample(change: Change) -> Sample:
    """The row as a card shows it; before holds the fields that change, as the backup has them."""
    return Sample(
        system=change.system,
        object=change.object,
        record_id=change.record_id,
        op=change.op,
        who=who(change),
        before={name: change.backup[name] for name in change.set if name in change.backup},
        after={name: _shown(value) for name, value in change.set.items()},
        reason=change.reason,
    )


def _shown(value: object) -> object:
    made = created_object(value)
    return f"the new {made}" if made else value


def who(change: Change) -> str:
    """The person in clear: the address, else the name, else the record's id."""
    return address_in(change) or _name_in(change) or change.record_id or f"new {change.object}"


def address_in(change: Change) -> str:
    """The first e-mail address in the row's backup, values or guard; "" when there is none."""
    for text in _texts(change):
        if _ADDRESS.fullmatch(text.strip()):
            return text.strip()
    return ""


def _texts(change: Change) -> Iterator[str]:
    for fields in (change.backup, change.set, change.guard):
        yield from (value for value in fields.values() if isinstance(value, str))


def _name_in(change: Change) -> str:
    for fields in (change.backup, change.set):
        for names in (*_NAMES, *_MORE_NAMES):
            found = " ".join(str(fields[name]) for name in names if fields.get(name))
            if found:
                return found
    return ""
