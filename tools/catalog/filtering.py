"""A filter tree asked of live people: fields as each system holds them, places in lists by name."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import BaseModel

from tools.catalog.person_values import PersonValues
from tools.errors import InvalidArguments
from tools.plan import System
from tools.ports import Person, Reader
from tools.rules.filters import Filter, Node, checked

from tools.catalog.audiences import Audiences  # isort: skip


def as_filter(definition: BaseModel | Mapping[str, object]) -> Filter:
    """The checked filter of a tool's argument. Raises `InvalidArguments` for what people did."""
    tree = (
        definition.model_dump(mode="json", by_alias=True) if isinstance(definition, BaseModel) else definition
    )
    found = checked(tree)
    if found.events:
        raise InvalidArguments(
            "That asks what people did, and I can only filter by what they are and where they stand",
            on=str(found.events[0]["event"]),
            do="Leave that clause out, or preview it as a segment.",
        )
    return found


@dataclass(frozen=True, slots=True)
class Membership:
    """Who is in the lists and campaigns a filter names: read once, before people are looked at."""

    people: Mapping[tuple[str, str | None], frozenset[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, readers: Mapping[System, Reader], wanted: Filter) -> "Membership":
        """Read the members of every list and campaign that the filter names."""
        if not wanted.members:
            return cls()
        audiences = Audiences.read(readers)
        return cls(
            {
                (name, status): frozenset(
                    each.subject
                    for found in audiences.named(name)
                    for each in audiences.members(found)
                    if not status or each.status.casefold() == status.casefold()
                )
                for name, status in wanted.members
            }
        )


@dataclass(frozen=True, slots=True)
class Asked:
    """One record as a filter asks about it."""

    person: Person
    values: PersonValues
    places: Membership

    def value(self, field: str) -> object:
        """A field's value."""
        return self.values.value(self.person, field)

    def member(self, name: str, status: str | None) -> bool:
        """Whether the person is in that list or campaign."""
        return self.person.subject in self.places.people.get((name, status), frozenset())

    def did(self, event: Node) -> bool:
        """Nothing is known of what people did."""
        del event
        return False
