"""The figures of a planner over written cases: by tool, by kind of case, and what was taken for what."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from bot.assistant.evaluation import Result

Groups = dict[str, dict[str, float]]
NONE = "none"  # declining, among the tools

FIGURES = (
    ("tool accuracy", "tool_accuracy"),
    ("slot accuracy", "slot_accuracy"),
    ("wrong changes", "wrong_changes"),
    ("asked back", "ask_back_rate"),
    ("declined rightly", "declined_rightly"),
    ("effects", "effects_accuracy"),
    ("tokens per request", "tokens_per_case"),
    ("seconds (median)", "seconds_median"),
    ("seconds (95 %)", "seconds_95"),
)


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
        wrong = sum(each.wrong_change for each in results)
        return {
            "planner": self.planner,
            "cases": len(results),
            "tool_accuracy": _share(sum(each.right_tool for each in results), len(results)),
            "slot_accuracy": _share(sum(right for right, _ in slots), sum(asked for _, asked in slots)),
            "wrong_changes": wrong,
            "wrong_change_rate": _share(wrong, len(results)) if results else 0.0,
            "ask_back_rate": _share(sum(each.asked_back for each in meant), len(meant)) if meant else 0.0,
            "declined_rightly": _share(sum(each.tool is None for each in others), len(others)),
            "tokens_per_case": _mean([each.tokens.prompt + each.tokens.completion for each in results]),
            "seconds_median": seconds[len(seconds) // 2] if seconds else 0.0,
            "seconds_95": seconds[int(len(seconds) * 0.95)] if seconds else 0.0,
            "by_tool": self.by_tool(),
            "by_kind": self.by_kind(),
            "confusions": self.confusions(),
            **self._effects(),
        }

    def by_tool(self) -> Groups:
        """Cases and share right for each tool (“none” for declining)."""
        return self._grouped(_meant)

    def by_kind(self) -> Groups:
        """Cases and share right for each kind of case."""
        return self._grouped(lambda each: each.case.kind)

    def confusions(self) -> list[dict[str, object]]:
        """What was taken for what, most frequent first."""
        pairs = Counter((_meant(each), _taken(each)) for each in self.results if not each.right_tool)
        return [
            {"meant": meant, "taken": taken, "times": times} for (meant, taken), times in pairs.most_common()
        ]

    def failures(self) -> Iterator[str]:
        """One line for each case that is not fully right."""
        for each in self.results:
            right, asked = each.slots()
            if not each.right_tool or right < asked:
                wanted = "/".join(tool or NONE for tool in each.case.tools)
                got = f"{_taken(each)} {dict(each.args)}"
                yield f"{each.case.say!r}: wanted {wanted} {dict(each.case.args)}, got {got}"
            if each.right_effects is False:
                yield f"{each.case.say!r}: wanted effects {each.case.effects}, got {each.effects}"

    def _grouped(self, key: Callable[[Result], str]) -> Groups:
        found: dict[str, list[Result]] = {}
        for each in self.results:
            found.setdefault(key(each), []).append(each)
        return {
            name: {"cases": len(group), "right": _share(sum(each.right_tool for each in group), len(group))}
            for name, group in sorted(found.items())
        }

    def _effects(self) -> dict[str, object]:
        looked = [each.right_effects for each in self.results if each.right_effects is not None]
        if not looked:
            return {}
        return {"effects_cases": len(looked), "effects_accuracy": _share(sum(looked), len(looked))}


def side_by_side(reports: Sequence[Report]) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Header and rows of a table with one column a planner: figures, then kinds of case, then tools."""
    summaries = [each.summary() for each in reports]
    rows = [
        (label, *(_figure(name, each[name]) for each in summaries))
        for label, name in FIGURES
        if all(name in each for each in summaries)
    ]
    rows += _table("kind", [each.by_kind() for each in reports])
    rows += _table("", [each.by_tool() for each in reports])
    return ("", *(each.planner for each in reports)), rows


def _table(title: str, groups: Sequence[Groups]) -> list[tuple[str, ...]]:
    names = sorted({name for each in groups for name in each})
    return [
        (f"{title} {name}".strip(), *(_cell(each[name]) if name in each else "" for each in groups))
        for name in names
    ]


def _cell(group: dict[str, float]) -> str:
    return f"{group['right']:.1%} of {group['cases']:.0f}"


def _meant(result: Result) -> str:
    return result.case.tools[0] or NONE


def _taken(result: Result) -> str:
    return result.tool or ("asked" if result.asked_back else NONE)


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
