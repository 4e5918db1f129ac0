"""Who people are: a surface's directory of users and groups, asked at the moment it matters."""

from typing import Protocol

from tools.context import Principal


class Directory(Protocol):
    """Finds a person and their roles now, not when they wrote: a voter who left the group cannot vote."""

    def principal(self, user: str) -> Principal:
        """The person with the roles they have now; none for guests, bots, strangers and the deactivated."""

    def members(self, role: str) -> tuple[Principal, ...]:
        """Everybody who has this role, for naming who may decide."""
