"""Groups of mail that people leave one by one, under one name across systems.

Every vendor has a word of its own for them (suppression group, subscription type, check-box), and the same
group is often called differently. A definition in the policy says which are one; without it, groups whose
names differ in case and blanks alone are. A group that one system alone has stays that system's own.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from tools.rules.consent import GLOBAL

SCOPED = "consent_group"  # key of a row's `set`: the one group that the row is about; never sent to a vendor


def folded(name: str) -> str:
    """A group's name as it is compared: without case, blanks folded."""
    return " ".join(name.casefold().split())


def scope_of(set: Mapping[str, object]) -> str:
    """The scope of consent that a row is about: a group's name, or all mail."""
    return str(set.get(SCOPED) or GLOBAL)


@dataclass(frozen=True, slots=True)
class Definition:
    """One group: its name, and what each system calls it (a group, a subscription type or a field)."""

    name: str
    called: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class GroupNames:
    """The definitions in force."""

    defined: tuple[Definition, ...] = field(default_factory=tuple)

    def shared(self, system: str, own: str) -> str:
        """The name that a system's own group goes by here.

        A group that only happens to bear the name of a definition which calls another one of this system so
        is told apart by its system.
        """
        key = folded(own)
        for each in self.defined:
            if folded(each.called.get(system, "")) == key:
                return each.name
        taken = any(folded(each.name) == key and each.called.get(system) for each in self.defined)
        known = next((each.name for each in self.defined if folded(each.name) == key), own)
        return f"{own} ({system})" if taken else known

    def fields(self, system: str) -> Mapping[str, str]:
        """The groups by the name of what stands for them in a system: there a check-box each."""
        return {each.called[system]: each.name for each in self.defined if each.called.get(system)}


def common(kept: Mapping[str, Iterable[str]]) -> Mapping[str, frozenset[str]]:
    """The systems that have each group, by its folded name."""
    found: dict[str, frozenset[str]] = {}
    for system, names in kept.items():
        for name in names:
            found[folded(name)] = found.get(folded(name), frozenset()) | {system}
    return found
