"""Who people are: a surface's directory of users and groups, asked at the moment it matters."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from bot.engine.policy import Policy
from tools.context import Principal


class Directory(Protocol):
    """Finds a person and their roles now, not when they wrote: a voter who left the group cannot vote."""

    def principal(self, user: str) -> Principal:
        """The person with the roles they have now; none for guests, bots, strangers and the deactivated."""

    def members(self, role: str) -> tuple[Principal, ...]:
        """Everybody who has this role, for naming who may decide."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Someone:
    """A person as a list of people has them: id, name, user groups, what kind of account."""

    id: str
    name: str
    groups: frozenset[str] = frozenset()
    kind: Literal["person", "guest", "bot"] = "person"
    timezone: str = "UTC"


class KnownPeople:
    """A directory over a fixed list: the twin's people, or the one identity of the terminal."""

    def __init__(self, people: Sequence[Someone], policy: Policy) -> None:
        self._people: Mapping[str, Someone] = {someone.id: someone for someone in people}
        self._policy = policy

    def principal(self, user: str) -> Principal:
        """The person with their roles; a stranger has none."""
        someone = self._people.get(user)
        if someone is None:
            return Principal(id=user, name=user, kind="guest")
        roles = (
            self._policy.roles_for(user, groups=someone.groups) if someone.kind == "person" else frozenset()
        )
        return Principal(
            id=user, name=someone.name, roles=roles, kind=someone.kind, timezone=someone.timezone
        )

    def members(self, role: str) -> tuple[Principal, ...]:
        """Everybody on the list who has this role."""
        everyone = (self.principal(user) for user in self._people)
        return tuple(person for person in everyone if role in person.roles)
