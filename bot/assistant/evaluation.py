"""Scores a planner on written cases: effects, not prose. The code behind `clearance eval`.

A case is one JSON line: `{"say": …, "as": …, "tool": name or null, "args": {…}}`; `tools` lists several right
tools; null means it must decline or ask. A prediction is the first tool call, names as said. Arguments match
as a subset: strings without case, lists as sets. A wrong change is a predicted tool that plans where the
case's tools do not include it.
"""

import json
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from bot.assistant.model import Model, Proposed, Question, Request, Tokens
from bot.assistant.text import plain
from bot.assistant.unreadable import approves_by_typing, unreadable
from tools.context import Principal
from tools.errors import InvalidArguments
from tools.registry import Registry

DEFAULT_SPEAKER = "U_MAX"
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What a planner made of a case."""

    case: Case
    tool: str | None
    args: Mapping[str, object]
    asked_back: bool
    seconds: float
    tokens: Tokens
    wrong_change: bool
    effects: Effects | None = None

    @property
    def right_tool(self) -> bool:
        """Whether the tool is one of the right ones."""
        return self.tool in self.case.tools

    def slots(self) -> tuple[int, int]:
        """Arguments right, and arguments asked for, when the tool is right; else none of either."""
        if not self.right_tool or self.tool is None:
            return 0, 0
        right = sum(matches(value, self.args.get(name)) for name, value in self.case.args.items())
        return right, len(self.case.args)

    @property
    def right_effects(self) -> bool | None:
        """Whether the world changed as the case says; None when that was not looked at."""
        return (
            None if self.effects is None or self.case.effects is None else self.effects == self.case.effects
        )


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


def evaluate(
    cases: Sequence[Case],
    model: Model,
    registry: Registry,
    *,
    principal: Callable[[str], Principal],
    now: datetime,
    effects: Callable[[Case], Effects] | None = None,
) -> Iterator[Result]:
    """Run the cases one by one. `effects` runs a case on a fresh twin and says what changed there."""
    for case in cases:
        started = time.perf_counter()
        tool, args, asked, tokens = predict(case.say, model, registry, principal(case.speaker), now)
        seconds = time.perf_counter() - started
        known = registry.get(tool) if tool else None
        yield Result(
            case=case,
            tool=tool,
            args=args,
            asked_back=asked,
            seconds=seconds,
            tokens=tokens,
            wrong_change=known is not None and known.returns == "plan" and tool not in case.tools,
            effects=effects(case) if effects and case.effects is not None else None,
        )


def predict(
    say: str, model: Model, registry: Registry, principal: Principal, now: datetime
) -> tuple[str | None, Mapping[str, object], bool, Tokens]:
    """The first call a planner makes of these words (or none), its arguments, whether it asked, tokens."""
    text = plain(say).text
    if unreadable(text) or approves_by_typing(text):
        return None, {}, False, Tokens()
    request = Request(text=text, principal=principal, tools=tuple(registry.values()), now=now)
    planning = model.plan(request)
    if not isinstance(planning, Proposed):
        return None, {}, isinstance(planning, Question), planning.tokens
    call = next(iter(planning.calls), None)
    tool = registry.get(call.tool) if call else None
    if call is None or tool is None or tool.name in HELPFUL:
        return None, {}, False, planning.tokens
    if tool.returns == "plan" and not model.ordered(tool, text, now):
        return None, {}, True, planning.tokens
    return tool.name, call.args, False, planning.tokens


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


@dataclass(frozen=True, slots=True)
class Report:
    """The figures of one planner over some cases."""

    planner: str
    results: tuple[Result, ...]

    def as_json(self) -> dict[str, object]:
        """The fixed format: predictions in input order, and the summary."""
        return {"cases": [_as_json(each) for each in self.results], "summary": self.summary()}

    def summary(self) -> dict[str, object]:
        """Shares are 0..1; seconds per case; tokens per case."""
        results = self.results
        slots = [each.slots() for each in results]
        meant = [each for each in results if None not in each.case.tools]
        others = [each for each in results if each.case.tools == (None,)]
        seconds = sorted(each.seconds for each in results)
        looked = [each.right_effects for each in results if each.right_effects is not None]
        return {
            "planner": self.planner,
            "cases": len(results),
            "tool_accuracy": _share(sum(each.right_tool for each in results), len(results)),
            "slot_accuracy": _share(sum(right for right, _ in slots), sum(asked for _, asked in slots)),
            "wrong_changes": sum(each.wrong_change for each in results),
            "wrong_change_rate": _share(sum(each.wrong_change for each in results), len(results))
            if results
            else 0.0,
            "ask_back_rate": _share(sum(each.asked_back for each in meant), len(meant)),
            "declined_rightly": _share(sum(each.tool is None for each in others), len(others)),
            "tokens_per_case": _mean([each.tokens.prompt + each.tokens.completion for each in results]),
            "seconds_median": seconds[len(seconds) // 2] if seconds else 0.0,
            "seconds_95": seconds[int(len(seconds) * 0.95)] if seconds else 0.0,
            "by_tool": self.by_tool(),
            "confusions": self.confusions(),
            **({"effects_accuracy": _share(sum(map(bool, looked)), len(looked))} if looked else {}),
        }

    def by_tool(self) -> dict[str, dict[str, float]]:
        """Cases and share right for each tool (“none” for declining)."""
        found: dict[str, list[Result]] = {}
        for each in self.results:
            found.setdefault(each.case.tools[0] or "none", []).append(each)
        return {
            name: {"cases": len(group), "right": _share(sum(each.right_tool for each in group), len(group))}
            for name, group in sorted(found.items())
        }

    def confusions(self) -> list[dict[str, object]]:
        """What was taken for what, most frequent first."""
        pairs = Counter(
            (each.case.tools[0] or "none", each.tool or ("asked" if each.asked_back else "none"))
            for each in self.results
            if not each.right_tool
        )
        return [
            {"meant": meant, "taken": taken, "times": times} for (meant, taken), times in pairs.most_common()
        ]

    def failures(self) -> Iterator[str]:
        """One line for each case that is not fully right."""
        for each in self.results:
            right, asked = each.slots()
            if not each.right_tool or right < asked:
                wanted = "/".join(tool or "none" for tool in each.case.tools)
                taken = each.tool or ("asked" if each.asked_back else "none")
                got = f"{taken} {dict(each.args)}"
                yield f"{each.case.say!r}: wanted {wanted} {dict(each.case.args)}, got {got}"


FIGURES = (
    ("tool accuracy", "tool_accuracy"),
    ("slot accuracy", "slot_accuracy"),
    ("wrong changes", "wrong_changes"),
    ("asked back", "ask_back_rate"),
    ("declined rightly", "declined_rightly"),
    ("tokens per case", "tokens_per_case"),
    ("seconds (median)", "seconds_median"),
    ("seconds (95 %)", "seconds_95"),
)


def side_by_side(reports: Sequence[Report]) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Header and rows of a table with one column a planner, by figure and then by tool."""
    summaries = [each.summary() for each in reports]
    rows = [(label, *(_figure(name, each[name]) for each in summaries)) for label, name in FIGURES]
    tables = [each.by_tool() for each in reports]
    tools = sorted({name for each in tables for name in each})
    rows += [
        (tool, *(_figure("right", each[tool]["right"]) if tool in each else "" for each in tables))
        for tool in tools
    ]
    return ("", *(each.planner for each in reports)), rows


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
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InvalidArguments("That line is no case", on=where, do='It needs "say" and "tool".') from error


def _as_json(result: Result) -> dict[str, object]:
    return {
        "say": result.case.say,
        "predicted": {"tool": result.tool, "args": dict(result.args)},
        "asked_back": result.asked_back,
        "seconds": round(result.seconds, 6),
    }


def _figure(name: str, value: object) -> str:
    if name == "wrong_changes" or not isinstance(value, int | float):
        return str(value)
    if name.startswith("seconds"):
        return f"{value:.4f}"
    return f"{value:.0f}" if name.startswith("tokens") else f"{value:.1%}"


def _share(part: float, whole: float) -> float:
    return round(part / whole, 4) if whole else 1.0


def _mean(values: Sequence[float]) -> float:
    return round(sum(values) / len(values), 1) if values else 0.0
