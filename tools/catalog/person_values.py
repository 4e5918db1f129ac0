"""A person's fields by canonical name, whichever system holds the record, and what is allowed there."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields

from tools.abilities import Describes, Edits, FieldFact
from tools.catalog.across import listing, vendors
from tools.context import ToolContext
from tools.errors import InvalidArguments
from tools.plan import System
from tools.ports import Person, Reader
from tools.progress import counted
from tools.rules.consent import OBJECTIONS
from tools.rules.person_fields import CanonicalField
from tools.rules.stack import KINDS, title

OWN = frozenset(each.name for each in fields(Person))
# The objects that hold people in each system, and the one a new person is made as.
OBJECTS: Mapping[System, Sequence[str]] = {
    "salesforce": ("Contact", "Lead"),
    "marketo": ("lead",),
    "hubspot": ("contact",),
}
NEW: Mapping[System, str] = {"salesforce": "Lead", "marketo": "lead", "hubspot": "contact"}
PEOPLE_ONLY = ("leads", "contacts")


@dataclass(slots=True)
class PersonValues:
    """Reads fields off records, and asks each vendor once what its objects' fields are."""

    readers: Mapping[System, Reader]
    _facts: dict[tuple[System, str], Mapping[str, FieldFact]] = field(default_factory=dict)

    def facts(self, system: System, object: str) -> Mapping[str, FieldFact]:
        """The object's fields by the canonical name, or by the vendor's where there is none."""
        key = (system, object)
        if key not in self._facts:
            reader = self.readers[system]
            known = reader.fields(object).values() if isinstance(reader, Describes) else ()
            self._facts[key] = {each.canonical or each.name: each for each in known}
        return self._facts[key]

    def value(self, person: Person, name: str) -> object:
        """A field by its canonical or the vendor's own name; None when it is empty or unknown there."""
        if name == "opted_out":
            return any(mark.state in OBJECTIONS for mark in person.consent)
        if name in OWN:
            held = getattr(person, name)
            return None if held == "" else held
        fact = self.facts(person.system, person.object).get(name)
        held = person.raw.get(fact.name if fact else name)
        return None if held == "" else held

    def text(self, person: Person, name: str) -> str:
        """The same as text; "" when it is empty."""
        held = self.value(person, name)
        return "" if held is None else str(held)

    def vendors_names(self) -> Mapping[str, str]:
        """The field, canonical where it has such a name, by every name and label vendors have for it."""
        found: dict[str, str] = {}
        for system in self.readers:
            for object in OBJECTS.get(system, ()):
                for fact in self.facts(system, object).values():
                    found.setdefault(fact.name.casefold(), fact.canonical or fact.name)
                    found.setdefault(fact.label.casefold(), fact.canonical or fact.name)
        return found

    def allowed(self, system: System, object: str) -> Mapping[str, Sequence[str]]:
        """The values of the fields that are a choice there."""
        return {name: each.values for name, each in self.facts(system, object).items() if each.values}

    def may(self, system: System, object: str, name: str, *, creating: bool = False) -> bool:
        """Whether the system lets us write that field of that object."""
        fact = self.facts(system, object).get(name)
        return fact is not None and (fact.createable if creating else fact.updateable)


def keepers(context: ToolContext, object: str | None = None) -> Mapping[System, Reader]:
    """The systems that keep people and take edits, the CRM first; an ESP only sends and is none of them.

    With `object` only those that have people of that kind. Raises `InvalidArguments` where none has.
    """
    kept = {
        system: reader
        for system, reader in vendors(context).items()
        if KINDS.get(system) != "esp" and isinstance(reader, Edits)
    }
    if not kept:
        raise InvalidArguments(
            "No CRM or marketing automation is connected here", do="Ask an admin to connect one."
        )
    having = {system: reader for system, reader in kept.items() if _has(system, object)}
    if not having:
        there = sorted({f"{each.casefold()}s" for system in kept for each in OBJECTS[system]})
        raise InvalidArguments(
            f"{places(kept)} {'keeps' if len(kept) == 1 else 'keep'} no {object}s",
            do=f"There people are {listing(there)}: say it about those.",
        )
    return dict(sorted(having.items(), key=lambda item: KINDS.get(item[0]) != "crm"))


def _has(system: System, object: str | None) -> bool:
    known = [each.casefold() for each in OBJECTS.get(system, ())]
    return object is None or not known or object in known


def only_people(object: str | None) -> str | None:
    """`lead`, `contact`, or None for both. Raises `InvalidArguments` for what is no person."""
    if object in {None, "lead", "contact"}:
        return object
    raise InvalidArguments(
        f"I read and change people, no {object} records",
        do="Say it about leads or contacts.",
        choices=PEOPLE_ONLY,
    )


def is_a(person: Person, object: str | None) -> bool:
    """Whether the record is one of that object; any is, when None."""
    return object is None or person.object.casefold() == object


def everybody(reader: Reader, object: str | None) -> Iterator[Person]:
    """All records of people of that object, streamed; a system without such an object is not asked."""
    known = [each.casefold() for each in OBJECTS.get(reader.system, ())]
    if object is not None and known and object not in known:
        return
    for batch in counted(reader.system, reader.people(None)):
        yield from (person for person in batch if is_a(person, object))


def which(object: str | None) -> str:
    """An object in words: `leads`, or `people`."""
    return f"{object}s" if object else "people"


def places(readers: Iterable[System]) -> str:
    """Systems in words."""
    return listing(title(each) for each in readers)


def canonical_texts(
    values: PersonValues, person: Person, names: Iterable[CanonicalField]
) -> dict[CanonicalField, str]:
    """Some fields of a record as text, empty ones as ""."""
    return {name: values.text(person, name) for name in names}
