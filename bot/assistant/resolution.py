"""Names as said → names as they are in the live catalogue: a near miss is taken, a tie is a question."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from rapidfuzz import fuzz, process, utils

from tools.registry import Tool

NEAR = 88.0  # similarity (0..100) from which a name is taken as meant
TIE = 4.0  # closer than this to the best is a tie
SHOWN = 5


class LiveNames(Protocol):
    """The names that exist now, by kind of argument: campaign, segment, list, vendor, agent."""

    def names(self, kind: str) -> Sequence[str]:
        """All names of this kind; empty when nobody knows them, and then a name stays as said."""


class NoNames:
    """Knows no names: everything stays as said, and the tool itself resolves it."""

    def names(self, kind: str) -> Sequence[str]:
        """None of any kind."""
        del kind
        return ()


@dataclass(frozen=True, slots=True)
class Tie:
    """A name that fits several: which argument, and the candidates."""

    argument: str
    said: str
    candidates: tuple[str, ...]


def resolve(tool: Tool, args: Mapping[str, object], live: LiveNames) -> dict[str, object] | Tie:
    """The arguments with names put right, or the first tie."""
    resolved = dict(args)
    for name, value in args.items():
        known = live.names(tool.kinds.get(name, "")) if isinstance(value, str) else ()
        if not known or value in known:
            continue
        found = _near(str(value), known)
        if len(found) > 1:
            return Tie(name, str(value), found[:SHOWN])
        if found:
            resolved[name] = found[0]
    return resolved


def _near(said: str, known: Sequence[str]) -> tuple[str, ...]:
    exact = [each for each in known if each.lower() == said.lower()]
    if exact:
        return (exact[0],)
    ranked = process.extract(
        said, known, scorer=fuzz.WRatio, processor=utils.default_process, limit=SHOWN + 1
    )
    if not ranked or ranked[0][1] < NEAR:
        return ()
    return tuple(name for name, score, _ in ranked if ranked[0][1] - score < TIE)
