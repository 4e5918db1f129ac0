"""Names as said → names as they are in the live catalogue: a near miss is taken, a doubt is a question."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from rapidfuzz import fuzz, process, utils

from tools.registry import Tool

NEAR = 88.0  # similarity (0..100) from which a name is taken as meant
TIE = 4.0  # closer than this to the best is a tie
SHOWN = 5
NEAREST = 3  # names shown for one that does not exist

_ID = re.compile(r"\d+|(?=\w*\d)[A-Za-z0-9]{15}(?:[A-Za-z0-9]{3})?")


class LiveNames(Protocol):
    """The names that exist now, by kind of argument: campaign, segment, list, vendor, agent."""

    def names(self, kind: str) -> Sequence[str]:
        """All names of this kind; empty when nobody knows them, and then a name stays as said."""

    def complete(self, kind: str) -> bool:
        """Whether a name of this kind that is not among them surely does not exist."""


class NoNames:
    """Knows no names: everything stays as said, and the tool itself resolves it."""

    def names(self, kind: str) -> Sequence[str]:
        """None of any kind."""
        del kind
        return ()

    def complete(self, kind: str) -> bool:
        """Never."""
        del kind
        return False


@dataclass(frozen=True, slots=True)
class Doubt:
    """A name that fits several (or none, when it is `strange`): which argument, and the candidates."""

    argument: str
    said: str
    candidates: tuple[str, ...]
    strange: bool = False
    kind: str = ""
    text: str = ""  # the question, where there is more to say than these

    @property
    def question(self) -> str:
        """What to ask."""
        if self.text:
            return self.text
        if self.strange:
            return f"There is no {self.kind} called “{self.said}”. These come nearest; which one do you mean?"
        return f"Several are called something like “{self.said}”. Which one?"


ELSEWHERE = frozenset({"group"})  # settled by what was said, in `which_mail`

# Where a name of one kind is wanted, the exact name of the other serves: people go into lists and campaigns.
KIN: Mapping[str, str] = {"campaign": "list", "list": "campaign"}


def resolve(tool: Tool, args: Mapping[str, object], live: LiveNames) -> dict[str, object] | Doubt:
    """The arguments with names put right, or the first doubt. Ids stay as they are."""
    resolved = dict(args)
    for name, value in args.items():
        kind = tool.kinds.get(name, "")
        if kind in ELSEWHERE or not isinstance(value, str) or _ID.fullmatch(value.strip()):
            continue
        known = live.names(kind)
        if not known or value in known or _exactly(value, live.names(KIN.get(kind, ""))):
            continue
        found = near(value, known)
        if len(found) > 1:
            return Doubt(name, value, found[:SHOWN])
        if found:
            resolved[name] = found[0]
        elif live.complete(kind):
            return Doubt(name, value, _nearest(value, known), strange=True, kind=kind)
    return resolved


def _exactly(said: str, known: Sequence[str]) -> bool:
    return any(each.casefold() == said.strip().casefold() for each in known)


def near(said: str, known: Sequence[str]) -> tuple[str, ...]:
    """The known name that is meant, several where it could be each of them, none when nothing comes near."""
    exact = [each for each in known if each.lower() == said.lower()]
    if exact:
        return (exact[0],)
    ranked = process.extract(
        said, known, scorer=fuzz.WRatio, processor=utils.default_process, limit=SHOWN + 1
    )
    if not ranked or ranked[0][1] < NEAR:
        return ()
    return tuple(name for name, score, _ in ranked if ranked[0][1] - score < TIE)


def _nearest(said: str, known: Sequence[str]) -> tuple[str, ...]:
    ranked = process.extract(said, known, scorer=fuzz.WRatio, processor=utils.default_process, limit=NEAREST)
    return tuple(name for name, _, _ in ranked)
