"""Written cases of understanding: one JSON object a line, and when a value counts as right.

A case is `{"say": …, "as": …, "tool": name or null, "args": {…}}`. `tools` lists several right tools; null
means it must decline or ask. Optional beside these: `kind` (terse, indirect, negated, …) for the report,
`after` (what the same person said before in the thread) and `effects` (what changes in the vendors' systems).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tools.errors import InvalidArguments

DEFAULT_SPEAKER = "U_MAX"
DEFAULT_KIND = "plain"
HELPFUL = frozenset({"help"})  # showing what can be asked is declining

Effects = Mapping[str, Mapping[str, Mapping[str, int]]]  # system → object → deleted, updated, created → rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One request and what is right: any of `tools` (None: decline or ask), arguments and effects."""

    say: str
    tools: tuple[str | None, ...]
    args: Mapping[str, object] = field(default_factory=dict)
    speaker: str = DEFAULT_SPEAKER
    effects: Effects | None = None
    kind: str = DEFAULT_KIND
    after: tuple[str, ...] = ()


def load_cases(path: Path) -> list[Case]:
    """The cases of a file, one JSON object a line. Raises `InvalidArguments` naming the line."""
    cases = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if line.strip():
            cases.append(_case(line, f"{path.name}:{number}"))
    if not cases:
        raise InvalidArguments(
            "There is no case in that file", on=path.name, do="Write one JSON object a line."
        )
    return cases


def matches(wanted: object, given: object) -> bool:
    """Whether a value is right: strings without case, lists as sets, mappings as subsets."""
    if isinstance(wanted, Mapping):
        return isinstance(given, Mapping) and all(
            matches(value, given.get(name)) for name, value in wanted.items()
        )
    if isinstance(wanted, list):
        if not isinstance(given, list | tuple) or len(wanted) != len(given):
            return False
        return all(any(matches(each, other) for other in given) for each in wanted)
    if isinstance(wanted, str) and isinstance(given, str):
        return wanted.strip().casefold() == given.strip().casefold()
    return type(wanted) is type(given) and wanted == given


def _case(line: str, where: str) -> Case:
    try:
        data = json.loads(line)
        tools = tuple(data["tools"]) if "tools" in data else (data["tool"],)
        return Case(
            say=data["say"],
            tools=tuple(None if each in HELPFUL else each for each in tools),
            args=data.get("args") or {},
            speaker=data.get("as", DEFAULT_SPEAKER),
            effects=data.get("effects"),
            kind=data.get("kind") or DEFAULT_KIND,
            after=tuple(data.get("after") or ()),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InvalidArguments("That line is no case", on=where, do='It needs "say" and "tool".') from error
