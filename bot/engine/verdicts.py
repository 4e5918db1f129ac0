"""What the policy says of a plan, and the facts it says it by."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from tools.plan import Effect


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a plan is judged by. `at` is in the requester's own time zone; `people` adds up 24 hours."""

    tool: str
    roles: frozenset[str]
    at: datetime
    effects: frozenset[Effect] = frozenset()
    systems: frozenset[str] = frozenset()
    people: int = 0
    agent: bool = False
    channel: str = ""
    tainted: bool = False

    def json(self) -> dict[str, Any]:
        """As it is kept beside the verdict, so that another policy can judge the same facts later."""
        return {
            "tool": self.tool,
            "roles": sorted(self.roles),
            "at": self.at.isoformat(),
            "effects": sorted(self.effects),
            "systems": sorted(self.systems),
            "people": self.people,
            "agent": self.agent,
            "channel": self.channel,
            "tainted": self.tainted,
        }


def facts_of(kept: Mapping[str, Any]) -> Facts:
    """The facts kept beside a verdict."""
    sets: dict[str, Any] = {name: frozenset(kept[name]) for name in ("roles", "effects", "systems")}
    plain = {name: kept[name] for name in ("tool", "people", "agent", "channel", "tainted")}
    return Facts(**plain, **sets, at=datetime.fromisoformat(kept["at"]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Allow:
    """It may run on a standing clearance of at most `people_per_day` people."""

    clause: str
    text: str
    people_per_day: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedsApproval:
    """So many people of this group must vote for it before it expires."""

    group: str
    quorum: int
    clause: str
    text: str
    expires: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Deny:
    """No, and the sentence that says so."""

    clause: str
    text: str


Verdict = Allow | NeedsApproval | Deny


def verdict_json(verdict: Verdict, facts: Facts) -> dict[str, Any]:
    """The verdict as the plan keeps it."""
    kept: dict[str, Any] = {"clause": verdict.clause, "text": verdict.text, "facts": facts.json()}
    if isinstance(verdict, NeedsApproval):
        return {**kept, "kind": "needs_approval", "group": verdict.group, "quorum": verdict.quorum}
    return {**kept, "kind": "allow" if isinstance(verdict, Allow) else "deny"}
