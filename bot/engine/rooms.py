"""What may be told where others read along: the weaker of the asker's rights and the room's."""

from dataclasses import dataclass

from bot.engine.policy import Policy
from tools.ports import ClauseView


@dataclass(frozen=True, slots=True)
class RoomPolicy:
    """The policy as it is in a channel. Implements `tools.ports.PolicyView`."""

    policy: Policy
    channel: str

    def clauses(self) -> tuple[ClauseView, ...]:
        """Every rule in the order of the file."""
        return self.policy.clauses()

    def readable(self, roles: frozenset[str]) -> frozenset[str]:
        """Data classes that these roles may read and this channel may hold."""
        return self.policy.readable(roles) & self.policy.held_by(self.channel)
