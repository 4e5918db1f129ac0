"""What readers of all vendors do alike: a person's texts, the fields behind a decision, a failed health."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, TypedDict, cast

from tools.connectors.values import text
from tools.errors import ClearanceError
from tools.plan import Fields, Op, System
from tools.ports import Health, RestsOn


class Texts(TypedDict):
    """What is plain text of a person, by our names."""

    first_name: str
    last_name: str
    company: str
    title: str
    country: str
    phone: str
    state: str
    city: str
    industry: str
    lead_source: str
    owner: str
    lifecycle: str


def texts(raw: Fields, names: Mapping[Any, str]) -> Texts:
    """A record's texts; `names` are ours in the vendor's words, "" is what the vendor does not have."""
    return cast("Texts", {name: text(raw.get(names.get(name, ""))) for name in Texts.__annotations__})


def behind(
    facts: Mapping[RestsOn, tuple[str, ...]], op: Op, raw: Fields, rests_on: frozenset[RestsOn]
) -> Fields:
    """The guard: the fields behind what a decision rests on, as they were read.

    A delete never rests on consent: its own run has opted the person out a stage before.
    """
    wanted = rests_on - {"consent"} if op == "delete" else rests_on
    names = [name for fact in sorted(wanted) for name in facts.get(fact, ())]
    return {name: raw[name] for name in names if name in raw}


def chosen(record: Fields | None, names: Iterable[str]) -> Fields | None:
    """These fields of a record, None for one it does not have; None for a record that is gone."""
    return None if record is None else {name: record.get(name) for name in names}


def unwell(system: System, as_of: datetime, error: ClearanceError, *, reached: bool = False) -> Health:
    """The health of a vendor that did not answer; `reached` when it did, and refused us."""
    return Health(system=system, as_of=as_of, reachable=reached, permitted=False, note=error.sentence())
