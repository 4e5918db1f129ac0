"""The guard: which of a record's fields a decision rested on, and how they are read again."""

from collections.abc import Mapping, Sequence
from typing import Any

from tools.connectors.salesforce.client import Client, Record
from tools.connectors.salesforce.fields import BOUNCED_AT, PEOPLE, path
from tools.connectors.salesforce.marks import OPT_OUT
from tools.connectors.salesforce.search import Search
from tools.connectors.salesforce.ties import CHILDREN, TRAITS
from tools.plan import Fields, Op
from tools.ports import Person, RestsOn

# The vendor's fields behind each fact a decision may rest on; ties are in `ties`.
BEHIND: Mapping[RestsOn, tuple[str, ...]] = {
    "address": ("Email",),
    "consent": (OPT_OUT,),
    "deliverability": (BOUNCED_AT,),
}


def guard(op: Op, person: Person, rests_on: frozenset[RestsOn]) -> Fields:
    """The fields behind `rests_on` as they were read.

    A delete never rests on consent: its own run has suppressed the person a stage before.
    """
    facts = rests_on - {"consent"} if op == "delete" else rests_on
    names = [name for fact in sorted(facts) for name in BEHIND.get(fact, ())]
    held = {name: person.raw[name] for name in names if name in person.raw}
    return {**held, **_tied(person)} if "ties" in facts else held


def _tied(person: Person) -> Fields:
    """Traits as they read, and how many children of each relationship there were."""
    counted = dict.fromkeys(CHILDREN[person.object], 0)
    for tie in person.ties:
        if relation := RELATION.get(tie.kind):
            counted[relation] += 1
    traits = {name: path(person.raw, name) for name in TRAITS[person.object] if _asked(person.raw, name)}
    return {**traits, **counted}


def _asked(raw: Fields, name: str) -> bool:
    """Whether the field was part of the record: what the organisation hides cannot be guarded."""
    head, dot, leaf = name.partition(".")
    parent = raw.get(head)
    return name in raw if not dot else isinstance(parent, Mapping) and leaf in parent


def current(
    client: Client, search: Search, object: str, ids: Sequence[str], fields: frozenset[str]
) -> Mapping[str, Fields | None]:
    """These fields now. Plain ones by sObject Collections; counts and parents' fields by query."""
    if object in PEOPLE and (not fields or any(name in CHILDREN[object] or "." in name for name in fields)):
        held = {each["Id"][:15]: each for each in search.by_id(object, ids, fields)}
        return {each: _read(held.get(each[:15]), fields) for each in ids}
    known = client.describe(object)
    wanted = [name for name in (fields or known) if name in known]
    return {each: _read(found, fields) for each, found in client.retrieve(object, ids, wanted).items()}


def _read(record: Record | None, fields: frozenset[str]) -> Fields | None:
    if record is None:
        return None
    out: dict[str, Any] = {}
    for name in fields or record:
        value = path(record, name)
        out[name] = len(value) if isinstance(value, list) else value
        if value is None and name in RELATIONS:
            out[name] = 0  # the vendor answers null for no children
    return out


RELATION: Mapping[str, str] = {
    "opportunity_role": "OpportunityContactRoles",
    "case": "Cases",
    "campaign_window": "CampaignMembers",
    "quote": "Quotes",
    "contract": "ContractsSigned",
}
RELATIONS = frozenset(RELATION.values())
