"""The planner without a model: same tools, same examples, same calls. It asks instead of guessing."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Literal

from typing_extensions import override

from bot.assistant.model import Call, Declined, Model, Planning, Proposed, Question, Request
from bot.assistant.offline import features, followups, several
from bot.assistant.offline.classifier import Guess
from bot.assistant.offline.deciding import Decision, Heard, Thresholds, decide, orders, rank
from bot.assistant.offline.features import tokens
from bot.assistant.offline.learning import learn
from bot.assistant.offline.learnt import Learnt
from bot.assistant.offline.lexicon import elsewhere, lexicon
from bot.assistant.offline.mood import Mood, mood
from bot.assistant.offline.reading import Reading
from bot.assistant.offline.rephrasing import rephrased
from bot.assistant.offline.slots import Extras, fill, kind_of
from bot.assistant.offline.spelling import Speller
from bot.assistant.utterance import Choice
from tools.registry import Tool

SURE = 0.6  # another tool this likely, and an example this near, is a new request and no follow-up
NEAR = 0.35
AN_EXAMPLE = 0.85  # as near as this, a few words are a request, and no answer to a question of ours

_CHOSEN = re.compile(r"^\s*\[([a-z][a-z ]+)\]\s*(.*)$", re.IGNORECASE | re.DOTALL)


class Interpreter(Model):
    """Understands requests by the examples of the tools it is given. `cache` keeps what it learnt."""

    def __init__(
        self, tools: Sequence[Tool], *, cache: Path | None = None, limits: Thresholds | None = None
    ) -> None:
        self._tools = {each.name: each for each in tools}
        self._learnt: Learnt = learn(tools, cache)
        self._speller = Speller(
            self._learnt.words, (word for line in elsewhere() for word in tokens(line.lower()))
        )
        self._limits = limits or self._learnt.limits

    @property
    @override
    def name(self) -> str:
        return "offline"

    @property
    @override
    def reads_results(self) -> Literal[False]:
        return False

    @override
    def plan(self, request: Request) -> Planning:
        request = replace(request, text=self._speller.dated(request.text))
        reading = Reading(request.text, request.now.date())
        extras = Extras(files=request.files, last_plan=_last_plan(request))
        tools = {each.name: each for each in request.tools if each.name in self._tools}
        chosen = _CHOSEN.match(request.text)
        named = _called(chosen[1], tools) if chosen else None
        if chosen and named:
            return self._call(named, Reading(chosen[2], request.now.date()), extras)
        return (
            self._answer(request, reading, extras, tools)
            or self._more(request, reading, extras, tools)
            or self._several(request, tools)
            or self._fresh(request, reading, extras, tools)
        )

    @override
    def ordered(self, tool: Tool, words: str, now: datetime) -> bool:
        chosen = _CHOSEN.match(words)
        if chosen and _called(chosen[1], {tool.name: tool}):  # the button that names this very change
            return True
        masked = self._speller.corrected(rephrased(Reading(words, now.date())).masked)
        return orders(tool, mood(masked, self._learnt.own_verbs), self._learnt.manners)

    def nearest(self, request: Request, tools: Sequence[Tool], most: int) -> list[Tool]:
        """The likeliest of these tools, for planners that cannot be shown all of them."""
        guess, _ = self.understand(Reading(request.text, request.now.date()))
        recent = {each.tool for each in request.history} | {each.tool for each in request.steps}
        order = {name: place for place, (name, _) in enumerate(guess.ranked)}
        return sorted(tools, key=lambda each: (each.name not in recent, order.get(each.name, len(order))))[
            :most
        ]

    def understand(self, reading: Reading) -> tuple[Guess, Mood]:
        """The guess and the mood of a request, spelling put right."""
        masked = self._speller.corrected(reading.masked)
        felt = mood(masked, self._learnt.own_verbs)
        return self._learnt.classifier.guess(features.raw(masked, felt.act)), felt

    def _answer(
        self, request: Request, reading: Reading, extras: Extras, tools: Mapping[str, Tool]
    ) -> Planning | None:
        """The answer to our own question of the last turn."""
        question = followups.waiting(request.history, tools)
        if question is None:
            return None
        near = AN_EXAMPLE if followups.a_fragment(reading) else NEAR
        if self._elsewhere(reading, tools, question.tool, near):
            return None
        args = followups.completed(question, reading, extras)
        if args is None and followups.a_fragment(reading):
            asking = _asking(question.tool, question.about)
            return Question(text=asking, tool=question.tool.name, args=question.args, about=question.about)
        return None if args is None else self._complete(question.tool, args)

    def _more(
        self, request: Request, reading: Reading, extras: Extras, tools: Mapping[str, Tool]
    ) -> Planning | None:
        """More of the last call: “only in Marketo”."""
        last = next((each for each in reversed(request.history) if each.tool in tools), None)
        if (
            last is None
            or last.outcome not in {"answered", "planned", "failed"}
            or not followups.looks_like_more(reading)
        ):
            return None
        tool = tools[last.tool]
        if tool.returns == "plan" and (last.principal != request.principal.id or not request.may_change):
            return None
        if self._elsewhere(reading, tools, tool):
            return None
        call = followups.adapted(last, tool, reading, extras)
        return None if call is None else self._complete(tool, dict(call.args))

    def _elsewhere(self, reading: Reading, tools: Mapping[str, Tool], tool: Tool, near: float = NEAR) -> bool:
        """Whether the words are surely a request for another tool. Mere values never are."""
        if followups.only_values(reading):
            return False
        reading = rephrased(reading)
        guess, felt = self.understand(reading)
        name, share = rank(guess.ranked, Heard(reading, felt), tools, self._learnt.manners)[0]
        return name in tools and name != tool.name and share >= SURE and guess.nearest[name] >= near

    def _several(self, request: Request, tools: Mapping[str, Tool]) -> Planning | None:
        """Two requests in one message are taken one by one: which first?"""
        parts = several.parts(request.text)
        if len(parts) < 2:  # noqa: PLR2004 (one request)
            return None
        found = [self._surely(part, request, tools, first=part is parts[0]) for part in parts]
        asked = {each.name: part for each, part in zip(found, parts, strict=True) if each is not None}
        if len(asked) < len(parts):
            return None
        choices = tuple(
            Choice(label=title(tools[name])[:75], text=f"[{name.replace('_', ' ')}] {part}")
            for name, part in asked.items()
        )
        return Question(
            text="That is more than one request, and I take them one by one. Which first?", choices=choices
        )

    def _surely(self, part: str, request: Request, tools: Mapping[str, Tool], *, first: bool) -> Tool | None:
        """The tool that a part of a message surely asks for, if it does so by itself."""
        reading = rephrased(Reading(part, request.now.date()))
        guess, felt = self.understand(reading)
        if not first and (felt.act == "statement" or several.leans(part)):
            return None
        heard = Heard(reading, felt, request.files, request.may_change)
        name, share = rank(guess.ranked, heard, tools, self._learnt.manners)[0]
        return tools.get(name) if share >= SURE and guess.nearest.get(name, 0.0) >= NEAR else None

    def _fresh(
        self, request: Request, reading: Reading, extras: Extras, tools: Mapping[str, Tool]
    ) -> Planning:
        meant = rephrased(reading)
        guess, felt = self.understand(meant)
        heard = Heard(meant, felt, request.files, request.may_change)
        if self._strays(request, reading, guess):
            return Declined(text="That is none of the options.")
        decision = decide(guess, heard, tools, self._learnt.manners, self._limits)
        if decision.kind == "call":
            return self._call(decision.tools[0], reading, extras)
        if decision.kind == "ask":
            return _between(decision, request.text, felt)
        return _decline(decision, felt)

    def _strays(self, request: Request, reading: Reading, guess: Guess) -> bool:
        """Whether a word or two, said while options are open, are no request that anybody would know."""
        last = request.history[-1] if request.history else None
        offered = last is not None and last.outcome == "asked" and last.principal == request.principal.id
        return offered and followups.a_fragment(reading) and max(guess.nearest.values()) < AN_EXAMPLE

    def _call(self, tool: Tool, reading: Reading, extras: Extras) -> Planning:
        if "tool" in tool.arguments.model_fields:
            extras = replace(extras, other_tool=self._other(tool, reading))
        return self._complete(tool, dict(fill(tool, reading, extras).args))

    def _other(self, tool: Tool, reading: Reading) -> str:
        """The likeliest tool of another subject in these words: what a scheduled agent is to call."""
        guess, _ = self.understand(reading)
        names = (name for name, _ in guess.ranked if name in self._tools)
        return next((name for name in names if self._tools[name].subject != tool.subject), "")

    def _complete(self, tool: Tool, args: dict[str, object]) -> Planning:
        """The call, or the question for the first required argument that is missing."""
        for name, each in tool.arguments.model_fields.items():
            if each.is_required() and name not in args:
                return Question(text=_asking(tool, name), tool=tool.name, args=args, about=name)
        return Proposed(calls=(Call(tool=tool.name, args=args),))


def _last_plan(request: Request) -> str:
    return next((each.plan_id for each in reversed(request.history) if each.plan_id), "")


def _called(said: str, tools: Mapping[str, Tool]) -> Tool | None:
    return tools.get(said.strip().lower().replace(" ", "_"))


def _between(decision: Decision, text: str, felt: Mood) -> Question:
    """Two readings, two buttons."""
    choices = tuple(
        Choice(label=title(each), text=f"[{each.name.replace('_', ' ')}] {text}") for each in decision.tools
    )
    if len(choices) == 1 and felt.conditional:
        return Question(
            text="I can't wait for a condition to come true. Should I prepare this now?", choices=choices
        )
    if len(choices) == 1:
        return Question(text=f"Did you mean this? {decision.tools[0].description}", choices=choices)
    return Question(text="I can read that in two ways. Which do you mean?", choices=choices)


def _decline(decision: Decision, felt: Mood) -> Declined:
    choices = tuple(Choice(label=each.examples[0][:75], text=each.examples[0]) for each in decision.tools)
    if felt.negated and not felt.ordered:
        return Declined(text="Understood: nothing is changed.", choices=choices)
    return Declined(
        text="I don't know how to do that. I answer questions about marketing operations and prepare "
        "changes; for example:",
        choices=choices,
    )


def title(tool: Tool) -> str:
    """A tool's name as a button shows it."""
    words = tool.name.replace("_", " ").capitalize()
    return f"{words} (a change, to be cleared)" if tool.returns == "plan" else words


def _asking(tool: Tool, name: str) -> str:
    kind = kind_of(tool, name)
    known = lexicon().table("questions").get(kind)
    description = tool.arguments.model_fields[name].description
    return known or f"{(description or name.replace('_', ' ')).rstrip('.').capitalize()}: which?"
