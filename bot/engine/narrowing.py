"""What a person wants left of a request, turned into a `Narrowing` of its rows."""

from collections.abc import Callable
from dataclasses import dataclass

from bot.engine.approvals import known
from bot.engine.revising import Narrowing
from bot.store import plans
from bot.store.connect import Connection, Store
from bot.store.headers import StoredPlan
from tools.errors import InvalidArguments
from tools.plan import System

OWN: System = "clearance"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What to keep: systems (None: all), at most so many people, without these addresses and rows."""

    systems: frozenset[System] | None = None
    cap: int | None = None
    addresses: tuple[str, ...] = ()
    rows: tuple[int, ...] = ()  # numbers of rows as in the file; whom they are about is left out whole


def narrowing_of(store: Store, subject: Callable[[str], str], plan_id: str, wish: Wish) -> Narrowing:
    """The narrowing. Raises `InvalidArguments` for an address or a row that the request does not have.

    Our own rows (tombstones) stay with the people whom the kept systems have rows about, and go with others.
    """
    with store.read() as connection:
        plan = known(connection, plan_id)
        excluded = _people(connection, plan, subject, wish.addresses) | _rows(connection, plan, wish.rows)
        systems = wish.systems
        if systems is not None:
            excluded |= plans.subjects_without(connection, plan.header.key, sorted(systems))
            systems |= {OWN}
    return Narrowing(exclude_subjects=excluded, systems=systems, cap=wish.cap)


def _people(
    connection: Connection, plan: StoredPlan, subject: Callable[[str], str], addresses: tuple[str, ...]
) -> frozenset[str]:
    wanted = {subject(address): address for address in addresses}
    found = plans.subjects_among(connection, plan.header.key, list(wanted)) if wanted else frozenset()
    strange = [address for key, address in wanted.items() if key not in found]
    if strange:
        raise InvalidArguments(
            "This request does not touch everybody you named",
            on=", ".join(strange[:3]),
            do="Take that out and edit again; Details has every row.",
        )
    return found


def _rows(connection: Connection, plan: StoredPlan, rows: tuple[int, ...]) -> frozenset[str]:
    found = plans.subjects_at(connection, plan.header.key, rows) if rows else {}
    strange = [str(row) for row in rows if row not in found]
    if strange:
        raise InvalidArguments(
            "This request has no such row",
            on=", ".join(strange[:5]),
            do="Row numbers are the first column of the file that Details sends.",
        )
    return frozenset(found.values()) - {""}
