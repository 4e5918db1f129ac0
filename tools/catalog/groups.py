"""One kind of mail as somebody names it: which systems have it, and a wish about it in their words."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from tools.abilities import KeepsGroups
from tools.catalog.across import listing
from tools.errors import InvalidArguments, Refused
from tools.plan import Op, System, Veto
from tools.ports import Expressed, Person, Reader, RestsOn
from tools.rules.consent import GLOBAL
from tools.rules.consent_groups import folded
from tools.rules.plain_text import one_line
from tools.rules.stack import title

GroupName = Annotated[str, Field(json_schema_extra={"kind": "group"}, max_length=100)]
_EXEMPT = re.compile(r"transaction|operational|service mail|invoice|receipt", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Scope:
    """What a request is about: all mail (`name` is "global"), or one group and the systems that have it."""

    name: str
    readers: Mapping[System, Reader]
    without: Sequence[System] = ()

    @property
    def is_group(self) -> bool:
        """Whether it is about one group."""
        return self.name != GLOBAL

    @property
    def words(self) -> str:
        """The group as people read it."""
        return f"“{one_line(self.name, longest=60)}”"

    def left_alone(self) -> str:
        """Which systems are left alone, and why; "" when none is."""
        if not self.without:
            return ""
        verb = "does" if len(self.without) == 1 else "do"
        return f" {listing(map(title, self.without))} {verb} not have that group."

    def about(self, scope: str) -> bool:
        """Whether a mark of this scope is what the request is about."""
        return folded(scope) == folded(self.name)

    def express(
        self, reader: Reader, op: Op, person: Person, *, note: str, rests_on: frozenset[RestsOn]
    ) -> Expressed | Veto | None:
        """The wish in the vendor's words: of everything, or of the one group and no more."""
        if not self.is_group:
            return reader.express(op, person, note=note, rests_on=rests_on)
        if not isinstance(reader, KeepsGroups):
            return None
        return reader.express_group(op, person, self.name, note=note, rests_on=rests_on)


def scope_of(readers: Mapping[System, Reader], group: str | None) -> Scope:
    """All mail, or the group of that name in the systems that have it.

    Raises `InvalidArguments` for a group that no system has, `Refused` for an exemption that is none.
    """
    if group is None or folded(group) in {"", GLOBAL}:
        return Scope(GLOBAL, readers)
    found: dict[System, Reader] = {}
    names: dict[str, str] = {}
    for system, reader in readers.items():
        for each in reader.groups() if isinstance(reader, KeepsGroups) else ():
            names.setdefault(folded(each.name), each.name)
            if folded(each.name) == folded(group):
                found[system] = reader
    if not found:
        raise _unknown(group, names)
    without = [system for system in readers if system not in found]
    return Scope(names[folded(group)], found, without)


def _unknown(group: str, names: Mapping[str, str]) -> InvalidArguments | Refused:
    if _EXEMPT.search(group):
        return Refused(
            "Mail about a transaction is exempt by what the message is, never by a wish for somebody",
            on=one_line(group, longest=60),
            do="Who owns the message marks it as operational in the system that sends it; opt-outs stay.",
        )
    known = tuple(sorted(names.values()))
    return InvalidArguments(
        "No system has a group of that name",
        on=one_line(group, longest=60),
        do=f"There are {listing(known)}." if known else "The policy file can name the check-boxes of groups.",
        choices=known,
    )
