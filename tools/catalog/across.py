"""Reading people across systems: which are connected, everybody behind a set of addresses, signs of life."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import TypeVar

from tools.abilities import TellsDeliveries
from tools.answer import Evidence
from tools.context import ToolContext
from tools.errors import InvalidArguments, RetryLater
from tools.plan import Change, System
from tools.ports import Expressed, Person, Reader, SeesEngagement
from tools.rules.deliverability import SEES_MAIL, SignOfLife
from tools.rules.stack import takes_any_address, title

T = TypeVar("T")

# Addresses resolved at a time: a multiple of every vendor's batch (100, 200, 300), so that blocks cost no
# more calls than the whole would, and small enough to be held with their records.
BLOCK = 6000
# Up to so many people a vendor is asked about each; about more it is asked for everybody's clicks at once.
FEW = 300

Clicks = Mapping[tuple[str, str], datetime]  # (system, record id) -> the latest click
Records = Mapping[str, Sequence[Person]]  # subject -> every record of that person in every system read


def vendors(context: ToolContext) -> Mapping[System, Reader]:
    """The connected vendors; our own record is none."""
    return {name: reader for name, reader in context.systems.items() if name != "clearance"}


def chosen(context: ToolContext, names: Sequence[str] | None) -> Mapping[System, Reader]:
    """The readers of these vendors, or of all. Raises `InvalidArguments` for one that is not connected."""
    connected = vendors(context)
    missing = [name for name in names or () if name not in connected]
    if not connected:
        raise InvalidArguments("No system is connected here", do="Ask an admin to connect one.")
    if missing:
        raise InvalidArguments(
            f"{listing(map(title, missing))} is not connected here",
            do=f"Connected: {listing(map(title, connected))}.",
            choices=tuple(connected),
        )
    return {name: reader for name, reader in connected.items() if not names or name in names}


def blocks(items: Iterable[T]) -> Iterator[list[T]]:
    """Addresses, or what has one, in blocks; streamed."""
    source = iter(items)
    while block := list(islice(source, BLOCK)):
        yield block


def records_of(readers: Mapping[System, Reader], addresses: Sequence[str]) -> Records:
    """Every record behind these addresses, by subject; one request series per system."""
    found: defaultdict[str, list[Person]] = defaultdict(list)
    for reader in readers.values():
        for batch in reader.people(addresses):
            for person in batch:
                found[person.subject].append(person)
    return found


def clicks(
    readers: Mapping[System, Reader], since: datetime, people: Sequence[Person] | None = None
) -> Clicks:
    """Everybody's latest own click since then, where a vendor tells; of these people only, when given."""
    latest: dict[tuple[str, str], datetime] = {}
    for system, reader in readers.items():
        if not isinstance(reader, SeesEngagement):
            continue
        own = None if people is None else [each for each in people if each.system == system]
        for batch in reader.engagements(since, own):
            for each in batch:
                key = (each.system, each.record_id)
                latest[key] = max(each.at, latest.get(key, each.at))
    return latest


def arrivals(readers: Mapping[System, Reader], since: datetime, people: Sequence[Person]) -> Clicks:
    """The latest mail that arrived at these people since then, where a vendor tells.

    Only those are asked about whom their system still mails: nothing arrives at the others.
    """
    latest: dict[tuple[str, str], datetime] = {}
    for system, reader in readers.items():
        own = [each for each in people if each.system == system and each.deliverability == "ok"]
        if not own or not isinstance(reader, TellsDeliveries):
            continue
        for batch in reader.deliveries(since, own):
            for each in batch:
                key = (each.system, each.record_id)
                latest[key] = max(each.at, latest.get(key, each.at))
    return latest


def later(one: Clicks, other: Clicks) -> Clicks:
    """Signs of life of both kinds, the later of the two for each record."""
    return {**one, **{key: max(at, one.get(key, at)) for key, at in other.items()}}


def life_of(records: Iterable[Person], clicked: Clicks) -> list[SignOfLife]:
    """What the systems that see mail have seen of these people: clicks, activity, mail that arrived."""
    seeing = [each for each in records if each.system in SEES_MAIL]
    known = [(each, clicked.get((each.system, each.record_id))) for each in seeing]
    pressed = [SignOfLife(each.system, at) for each, at in known if at]
    active = [SignOfLife(each.system, each.last_activity) for each in seeing if each.last_activity]
    arrived = [
        SignOfLife(each.system, each.deliverability_at)
        for each in seeing
        if each.deliverability == "ok" and each.deliverability_at
    ]
    return pressed + active + arrived


def without_record(context: ToolContext, system: System, subject: str, address: str) -> Person:
    """A person as a system's suppression list would know them: by address, without a record."""
    return Person(
        system=system,
        record_id=subject,
        as_of=context.clock.now(),
        subject=subject,
        address=address,
        object="address",
    )


def targets(
    context: ToolContext,
    readers: Mapping[System, Reader],
    records: Sequence[Person],
    subject: str,
    address: str,
) -> Iterator[tuple[Reader, Person]]:
    """What a suppression has to reach: each record, and the address itself where no record is needed."""
    for system, reader in readers.items():
        own = [each for each in records if each.system == system]
        if not own and takes_any_address(system):
            own = [without_record(context, system, subject, address)]
        for person in own:
            yield reader, person


def change(person: Person, wish: Expressed, *, stage: int, reason: str) -> Change:
    """A wish in a vendor's words, as a row of a plan."""
    return Change(
        subject=person.subject,
        system=person.system,
        object=wish.object,
        record_id=wish.record_id,
        op=wish.op,
        set=wish.set,
        guard=wish.guard,
        backup=wish.backup,
        stage=stage,
        reason=reason,
    )


def of_each(readers: Mapping[System, Reader], read: Callable[[Reader], T]) -> tuple[dict[System, T], str]:
    """What `read` makes of each system, and in words which cannot be read just now, and why ("": all can).

    Raises `RetryLater` when none can.
    """
    made: dict[System, T] = {}
    failed: dict[System, RetryLater] = {}
    for system, reader in readers.items():
        try:
            made[system] = read(reader)
        except RetryLater as error:
            failed[system] = error
    if failed and not made:
        raise next(iter(failed.values()))
    return made, "".join(
        f" {title(name)} could not be read: {error.sentence()}" for name, error in failed.items()
    )


class Ages:
    """When the oldest record read of each system was true: an export may be older than its reading."""

    def __init__(self) -> None:
        self._oldest: dict[str, datetime] = {}

    def noted(self, people: Iterable[Person]) -> Iterator[Person]:
        """The same people, their times noted as they pass."""
        for person in people:
            self._oldest[person.system] = min(person.as_of, self._oldest.get(person.system, person.as_of))
            yield person

    def of(self, system: str) -> datetime | None:
        """That moment; None when nothing was read of it."""
        return self._oldest.get(system)


def evidence(
    context: ToolContext,
    source: str,
    query: str,
    count: int,
    note: str = "",
    *,
    as_of: datetime | None = None,
) -> Evidence:
    """Where a figure comes from, read now; or as of the oldest of what was read, where that is told."""
    at = as_of or context.clock.now()
    return Evidence(source=source, query=query, as_of=at, count=count, note=note)


def listing(words: Iterable[str]) -> str:
    """Words as people list them: `a, b and c`."""
    items = list(words)
    return " and ".join(filter(None, (", ".join(items[:-1]), items[-1]))) if items else ""
