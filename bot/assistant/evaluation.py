"""Runs a planner over written cases: effects, not prose. The code behind `clearance eval`.

A prediction is the first tool call, names as said. Declining, asking back and `help` all count as none. A
wrong change is a predicted tool that plans where the case's tools do not include it.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bot.assistant.because import asks_why
from bot.assistant.cases import HELPFUL, Case, Effects, matches
from bot.assistant.model import Model, PastTurn, Proposed, Question, Request, Tokens
from bot.assistant.text import plain
from bot.assistant.unreadable import approves_by_typing, unreadable
from bot.assistant.utterance import TurnOutcome
from tools.context import Principal
from tools.registry import Registry, Tool

ANY_PLAN = "P-1042"  # what a change that was asked for before is called in a case's thread


@dataclass(frozen=True, slots=True, kw_only=True)
class Predicted:
    """The first call a planner makes of some words (or none), whether it asked, what that cost."""

    tool: str | None = None
    args: Mapping[str, object] = field(default_factory=dict)
    asked_back: bool = False
    tokens: Tokens = field(default_factory=Tokens)


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
        if self.effects is None or self.case.effects is None:
            return None
        return _counted(self.effects) == _counted(self.case.effects)


def _counted(effects: Effects) -> dict[tuple[str, str, str], int]:
    """Flat, without the zeros."""
    return {
        (system, object, what): number
        for system, objects in effects.items()
        for object, counts in objects.items()
        for what, number in counts.items()
        if number
    }


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
    planner = Planner(model, registry, now)
    for case in cases:
        speaker = principal(case.speaker)
        past = planner.thread(case.after, speaker)
        started = time.perf_counter()
        found = planner.predict(case.say, speaker, past)
        seconds = time.perf_counter() - started
        known = registry.get(found.tool) if found.tool else None
        yield Result(
            case=case,
            tool=found.tool,
            args=found.args,
            asked_back=found.asked_back,
            seconds=seconds,
            tokens=found.tokens,
            wrong_change=known is not None and known.returns == "plan" and found.tool not in case.tools,
            effects=effects(case) if effects and case.effects is not None else None,
        )


class Planner:
    """A model, the tools and the moment of asking: predicts first calls."""

    def __init__(self, model: Model, registry: Registry, now: datetime) -> None:
        self._model = model
        self._registry = registry
        self._now = now

    def predict(self, say: str, who: Principal, past: tuple[PastTurn, ...] = ()) -> Predicted:
        """The first call made of these words, as a conversation would let it through."""
        text = plain(say).text
        open_question = bool(past and past[-1].asked_for)
        if unreadable(text) or (approves_by_typing(text) and not open_question) or (past and asks_why(text)):
            return Predicted()  # the conversation answers these without a planner
        tools = tuple(self._registry.values())
        planning = self._model.plan(
            Request(text=text, principal=who, tools=tools, now=self._now, history=past)
        )
        if not isinstance(planning, Proposed):
            return Predicted(asked_back=isinstance(planning, Question), tokens=planning.tokens)
        call = next(iter(planning.calls), None)
        tool = self._registry.get(call.tool) if call else None
        if call is None or tool is None or tool.name in HELPFUL:
            return Predicted(tokens=planning.tokens)
        if not self._ordered(tool, [*(each.said for each in past), text]):
            return Predicted(asked_back=True, tokens=planning.tokens)
        return Predicted(tool=tool.name, args=call.args, tokens=planning.tokens)

    def thread(self, said: Sequence[str], who: Principal) -> tuple[PastTurn, ...]:
        """The thread before a case: each sentence understood in its turn, every call taken as made."""
        past: tuple[PastTurn, ...] = ()
        for each in said:
            found = self.predict(each, who, past)
            tool = self._registry.get(found.tool) if found.tool else None
            past = (*past, _past(each, found, tool, who))
        return past

    def _ordered(self, tool: Tool, words: Sequence[str]) -> bool:
        """Whether a change was asked for in so many words, here or before in the thread."""
        return tool.returns == "answer" or any(
            self._model.ordered(tool, each, self._now) for each in reversed(words)
        )


def _past(said: str, found: Predicted, tool: Tool | None, who: Principal) -> PastTurn:
    if tool is None:
        outcome: TurnOutcome = "asked" if found.asked_back else "declined"
        return PastTurn(said=said, outcome=outcome, principal=who.id)
    plans = tool.returns == "plan"
    return PastTurn(
        said=said,
        tool=tool.name,
        args=found.args,
        outcome="planned" if plans else "answered",
        plan_id=ANY_PLAN if plans else "",
        principal=who.id,
    )
