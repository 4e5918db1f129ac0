"""The names that exist now, read from the connected systems when one is first needed, kept for a while."""

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Literal

import structlog

from tools.abilities import HoldsAudiences, KeepsGroups
from tools.errors import ClearanceError
from tools.plan import System
from tools.ports import Clock, Reader
from tools.rules.consent_groups import folded

KEPT = timedelta(minutes=5)
TRIED_AGAIN = timedelta(minutes=1)  # after a system did not answer
MOST = 20_000  # names of one kind; more are not compared

Source = Callable[[], Iterable[str]]

log = structlog.get_logger()


class CatalogueNames:
    """Live names by kind of argument. `sources` says how each kind is read; others stay as said.

    A kind in `complete` is known whole: a name that is not among them does not exist. A system that does not
    answer leaves the names known before, or none, and then names stay as said.
    """

    def __init__(
        self, sources: Mapping[str, Source], clock: Clock, *, complete: frozenset[str] = frozenset()
    ) -> None:
        self._sources = sources
        self._clock = clock
        self._complete = complete
        self._kept: dict[str, tuple[str, ...]] = {}
        self._until: dict[str, datetime] = {}
        self._locks = {kind: threading.Lock() for kind in sources}

    def names(self, kind: str) -> Sequence[str]:
        """All names of this kind, read again when they are older than five minutes."""
        if kind not in self._sources:
            return ()
        with self._locks[kind]:
            now = self._clock.now()
            if now >= self._until.get(kind, now):
                self._read(kind, now)
            return self._kept.get(kind, ())

    def complete(self, kind: str) -> bool:
        """Whether a name of this kind that is not among them surely does not exist."""
        return kind in self._complete and kind in self._kept

    def _read(self, kind: str, now: datetime) -> None:
        try:
            found = tuple(dict.fromkeys(islice(self._sources[kind](), MOST)))
        except ClearanceError as error:
            log.warning("names.unread", kind=kind, error=type(error).__name__)
            self._until[kind] = now + TRIED_AGAIN
            return
        self._kept[kind], self._until[kind] = found, now + KEPT


def of_systems(readers: Mapping[System, Reader], clock: Clock) -> CatalogueNames:
    """The names of campaigns, lists, segments and groups of mail that these systems hold."""
    keepers = [each for each in readers.values() if isinstance(each, KeepsGroups)]
    holders = [each for each in readers.values() if isinstance(each, HoldsAudiences)]
    audiences: dict[str, Source] = {
        "campaign": lambda: _called(holders, "campaign"),
        "list": lambda: _called(holders, "list"),
        "segment": lambda: _called(holders, "list"),
    }
    groups: dict[str, Source] = {"group": lambda: _grouped(keepers)}
    known = frozenset({"campaign", "list", "group"})
    return CatalogueNames({**(audiences if holders else {}), **groups}, clock, complete=known)


def _grouped(keepers: Sequence[KeepsGroups]) -> Iterable[str]:
    """The groups that somebody can leave somewhere; those that differ in case and blanks alone are one."""
    found: dict[str, str] = {}
    for keeper in keepers:
        for each in keeper.groups():
            if not each.closed:
                found.setdefault(folded(each.name), each.name)
    return found.values()


def _called(holders: Sequence[HoldsAudiences], kind: Literal["list", "campaign"]) -> Iterator[str]:
    for holder in holders:
        for page in holder.audiences():
            yield from (each.name for each in page if each.kind == kind)
