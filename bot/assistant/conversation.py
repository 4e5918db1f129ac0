"""The loop between words and the engine: the same whichever planner speaks.

It reads what a person said, lets the planner choose, and hands a `ToolCall` to the engine, which alone
decides what becomes of it. Replies say what was understood. Failures are sentences: what failed, on what,
what to do.
"""

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from bot.assistant import because, grounding, history, which_mail, whom
from bot.assistant.model import (
    Call,
    Declined,
    Model,
    PastTurn,
    Proposed,
    Question,
    Request,
    Said,
    Step,
    Tokens,
)
from bot.assistant.offline.reading import Reading
from bot.assistant.resolution import Doubt, LiveNames, NoNames, resolve
from bot.assistant.results import Sources, as_step
from bot.assistant.text import plain
from bot.assistant.understood import understood
from bot.assistant.unreadable import approves_by_typing, unreadable
from bot.assistant.utterance import Choice, Reply, Utterance
from bot.engine.calls import Answered, CallResult, Denied, Planned, ToolCall
from bot.engine.engine import Engine
from bot.store.connect import Store
from tools.answer import Answer
from tools.errors import ClearanceError, InvalidArguments
from tools.ports import Clock
from tools.registry import Tool

STEPS = 6  # plannings in one turn
CALLS_A_STEP = 8  # reads of one planning; more are put back to the model

HIDDEN = "Your message held invisible characters; I read it without them."
TYPED_APPROVAL = (
    "Words approve nothing. Whoever may decide presses Approve on the card; the person who asked cannot."
)
NO_ROLE = "You can only ask questions here: guests, bots and people without a role may not ask for changes."
NOT_ORDERED = "That would be a change, and your words did not ask for one. Should I prepare it for clearance?"


@dataclass(slots=True)
class Turn:
    """What one turn gathers on its way."""

    utterance: Utterance
    text: str
    past: tuple[PastTurn, ...]
    tainted: bool
    steps: list[Step] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    last: Call | None = None
    asked_for: str = ""
    spent: Tokens = field(default_factory=Tokens)
    started: float = field(default_factory=time.monotonic)
    notes: list[str] = field(default_factory=list)

    @property
    def words(self) -> list[str]:
        """What this asker has said in this thread, oldest first, with this turn's words last."""
        own = [each.said for each in self.past if each.principal == self.utterance.principal.id]
        return [*own, self.text]


class Conversation:
    """Answers utterances. `names` knows the live names of campaigns and the like; else they stay as said."""

    def __init__(
        self, engine: Engine, store: Store, model: Model, clock: Clock, *, names: LiveNames | None = None
    ) -> None:
        self._engine = engine
        self._store = store
        self._model = model
        self._clock = clock
        self._names = names or NoNames()
        self.withheld = 0  # sentences of models that no result supported, since start

    def respond(self, utterance: Utterance) -> Reply:
        """One reply to one utterance; the turn is stored with it."""
        said = plain(utterance.text)
        turn = Turn(
            utterance=utterance,
            text=said.text,
            past=history.recall(self._store, utterance),
            tainted=bool(utterance.files) or said.hidden,
            notes=[HIDDEN] if said.hidden and said.text else [],
        )
        reply = self._first(turn) or self._planned(turn)
        reply = reply.noting(turn.notes)
        history.remember(self._store, utterance, reply, turn.asked_for, self._clock.now())
        return reply

    def _first(self, turn: Turn) -> Reply | None:
        """What needs no planner."""
        trouble = unreadable(turn.text)
        if trouble:
            return Reply(outcome="declined", text=trouble)
        waiting = turn.past and turn.past[-1].asked_for
        if approves_by_typing(turn.text) and not waiting:
            return Reply(outcome="declined", text=TYPED_APPROVAL)
        if because.asks_why(turn.text) and turn.past:
            return self._because(turn)
        return None

    def _planned(self, turn: Turn) -> Reply:
        """Ask the planner, step by step, until there is a reply."""
        for _ in range(STEPS):
            planning = self._model.plan(self._request(turn))
            turn.spent = turn.spent + planning.tokens
            if planning.note:
                turn.notes.append(planning.note)
            if isinstance(planning, Proposed):
                reply = self._calls(turn, planning.calls)
            elif isinstance(planning, Said):
                reply = self._said(turn, planning)
            else:
                reply = self._asked(turn, planning)
            if reply is not None:
                return reply
        return self._so_far(
            turn, "I stopped after several steps without finishing. Please ask for one thing at a time."
        )

    def _request(self, turn: Turn) -> Request:
        return Request(
            text=turn.text,
            principal=turn.utterance.principal,
            tools=tuple(self._engine.registry.values()),
            now=self._clock.now(),
            history=turn.past,
            files=tuple(turn.utterance.files),
            steps=tuple(turn.steps),
            may_change=not turn.utterance.edited,
            spent=turn.spent,
            elapsed=time.monotonic() - turn.started,
        )

    def _asked(self, turn: Turn, planning: Question | Declined) -> Reply:
        if isinstance(planning, Declined):
            return Reply(outcome="declined", text=planning.text, choices=planning.choices)
        turn.asked_for = planning.about
        tool = self._engine.registry.get(planning.tool)
        return Reply(
            outcome="asked",
            text=planning.text,
            understood=understood(tool, planning.args) if tool else "",
            tool=planning.tool,
            args=planning.args,
            choices=planning.choices,
        )

    def _calls(self, turn: Turn, calls: tuple[Call, ...]) -> Reply | None:
        """Make the calls in order: reads may be several, a change ends the turn."""
        for at, call in enumerate(calls):
            tool = self._engine.registry.get(call.tool)
            if tool is None or at >= CALLS_A_STEP:
                turn.steps.append(
                    _refused(call, "unknown tool" if tool is None else "too many calls at once")
                )
                continue
            reply = self._call(turn, tool, call)
            if reply is not None:
                return reply
        return None

    def _call(self, turn: Turn, tool: Tool, call: Call) -> Reply | None:
        """Make one call; None when the planner is to go on with its result."""
        if tool.planned:
            return self._not_yet(tool, call)
        barred = self._barred(turn, tool, call) if tool.returns == "plan" else None
        if barred is not None:
            return barred
        resolved = self._resolved(turn, tool, call)
        if isinstance(resolved, Doubt):
            return self._which(turn, tool, call, resolved)
        if some := whom.unheard(tool, resolved, Reading(turn.text, self._clock.now().date())):
            if tool.returns == "plan":
                return whom.question(tool, resolved, turn.text, some)
            if not self._model.reads_results:
                turn.notes.append(whom.note(some))
        turn.last = replace(call, args=resolved)
        try:
            result = self._engine.submit(self._tool_call(turn, turn.last))
        except ClearanceError as error:
            return self._failed(turn, tool, turn.last, error)
        return self._result(turn, tool, turn.last, result)

    def _resolved(self, turn: Turn, tool: Tool, call: Call) -> dict[str, object] | Doubt:
        """The arguments with live names put right, whichever planner filled them in, or what to ask."""
        resolved = resolve(tool, call.args, self._names)
        if isinstance(resolved, Doubt):
            return resolved
        own = (each for each in reversed(turn.past) if each.principal == turn.utterance.principal.id)
        words = which_mail.Words(turn.text, self._clock.now().date(), next(own, None))
        return which_mail.settled(tool, resolved, self._names, words)

    def _tool_call(self, turn: Turn, call: Call) -> ToolCall:
        utterance = turn.utterance
        return ToolCall(
            tool=call.tool,
            args=call.args,
            principal=utterance.principal,
            thread=utterance.thread,
            said=turn.text,
            files=utterance.files,
            tainted=turn.tainted,
            private=utterance.private,
        )

    def _barred(self, turn: Turn, tool: Tool, call: Call) -> Reply | None:
        """Why no change may come of this message, whatever the planner chose."""
        shown = understood(tool, call.args)
        if turn.utterance.edited:
            text = "I don't change anything for an edited message. Send it as a new one."
            return Reply(outcome="declined", text=text, understood=shown)
        principal = turn.utterance.principal
        if principal.kind in {"guest", "bot"} or not principal.roles:
            return Reply(outcome="declined", text=NO_ROLE, understood=shown)
        if not self._model.reads_results:
            return None
        if not any(self._model.ordered(tool, words, self._clock.now()) for words in turn.words):
            label = tool.name.replace("_", " ")
            choice = Choice(label=f"Yes, {label}"[:75], text=f"[{label}] {turn.text}")
            return Reply(outcome="asked", text=NOT_ORDERED, understood=shown, choices=(choice,))
        return self._foreign_target(turn, tool, call)

    def _foreign_target(self, turn: Turn, tool: Tool, call: Call) -> Reply | None:
        """A model's change may only aim at what the asker said or a lookup of this turn returned."""
        sources = Sources.of(turn.words, turn.steps, turn.utterance.files)
        strange = grounding.unsupported_targets(tool, call.args, sources)
        if not strange:
            return None
        self.withheld += len(strange)
        text = (
            f"I left that alone: nobody named {', '.join(strange)} here. Say exactly whom or what to change."
        )
        return Reply(outcome="declined", text=text, understood=understood(tool, call.args))

    def _result(self, turn: Turn, tool: Tool, call: Call, result: CallResult) -> Reply | None:
        shown = understood(tool, call.args)
        if isinstance(result, Planned):
            return Reply(
                outcome="planned",
                understood=shown,
                tool=tool.name,
                args=call.args,
                card=result.card,
                files=result.files,
            )
        if isinstance(result, Denied):
            text = result.text if result.clause in result.text else f"{result.text} (clause {result.clause})"
            return Reply(outcome="declined", text=text, understood=shown, tool=tool.name, args=call.args)
        turn.answers.append(result.answer)
        if not self._model.reads_results:
            return Reply(
                outcome="answered", understood=shown, tool=tool.name, args=call.args, answer=result.answer
            )
        turn.steps.append(as_step(call, result.answer, len(turn.steps) + 1))
        turn.tainted = True  # records and runbooks were read: what follows may echo them
        return None

    def _said(self, turn: Turn, planning: Said) -> Reply:
        """A model's text, with figures put in by code and unsupported sentences withheld."""
        sources = Sources.of(turn.words, turn.steps, turn.utterance.files)
        checked = grounding.ground(planning.text, sources)
        self.withheld += checked.withheld
        if not checked.text:
            return self._so_far(
                turn, "I could not support an answer with what I read, so I hold it back. Please ask again."
            )
        return self._shown(turn, checked.text, "answered" if turn.answers else "declined")

    def _so_far(self, turn: Turn, otherwise: str) -> Reply:
        """What the tools themselves answered, when the planner has nothing to add."""
        if turn.answers:
            return self._shown(turn, "", "answered")
        return Reply(outcome="failed", text=otherwise)

    def _shown(self, turn: Turn, text: str, outcome: str) -> Reply:
        tool = self._engine.registry.get(turn.last.tool) if turn.last else None
        if tool is None or turn.last is None:
            return Reply(outcome="declined", text=text)
        return Reply(
            outcome="answered" if outcome == "answered" else "declined",
            text=text,
            understood=understood(tool, turn.last.args),
            tool=tool.name,
            args=turn.last.args,
            answer=turn.answers[-1] if turn.answers else None,
        )

    def _failed(self, turn: Turn, tool: Tool, call: Call, error: ClearanceError) -> Reply | None:
        shown = understood(tool, call.args)
        if self._model.reads_results and isinstance(error, InvalidArguments) and not _tried_twice(turn, call):
            turn.steps.append(_refused(call, error.sentence()))
            return None
        repairs = error.choices if isinstance(error, InvalidArguments) else ()
        choices = tuple(
            Choice(label=each[:75], text=_repaired(turn.text, call.args, each, error.on))
            for each in repairs[:5]
        )
        return Reply(
            outcome="asked" if choices else "failed",
            text=error.sentence(),
            understood=shown,
            tool=tool.name,
            args=call.args,
            choices=choices,
        )

    def _which(self, turn: Turn, tool: Tool, call: Call, doubt: Doubt) -> Reply:
        turn.asked_for = doubt.argument
        args = {name: value for name, value in call.args.items() if name != doubt.argument}
        return Reply(
            outcome="asked",
            text=doubt.question,
            understood=understood(tool, args),
            tool=tool.name,
            args=args,
            choices=tuple(Choice(label=each[:75], text=each) for each in doubt.candidates),
        )

    def _not_yet(self, tool: Tool, call: Call) -> Reply:
        available = self._engine.registry.available()
        alike = [
            each for each in available if each.subject == tool.subject and each.returns == "answer"
        ] or available
        choices = tuple(Choice(label=each.examples[0][:75], text=each.examples[0]) for each in alike[:3])
        words = tool.name.replace("_", " ")
        text = (
            f"I understand, but I can't {words} yet. Here is what I can do today:"
            if choices
            else f"I can't {words} yet."
        )
        return Reply(outcome="declined", text=text, understood=understood(tool, call.args), choices=choices)

    def _because(self, turn: Turn) -> Reply | None:
        """The reason behind the last thing done here: a plan's clause and vetoes, or an answer's evidence."""
        last = next(
            (each for each in reversed(turn.past) if each.plan_id or each.outcome == "answered"), None
        )
        if last is None:
            return None
        if last.plan_id:
            card = self._engine.card(last.plan_id)
            return Reply(
                outcome="answered", text=because.of_plan(card), tool=last.tool, args=last.args, card=card
            )
        tool = self._engine.registry.get(last.tool)
        if tool is None or tool.returns != "answer":
            return None
        call = Call(tool=tool.name, args=last.args)
        try:
            result = self._engine.submit(self._tool_call(turn, call))
        except ClearanceError as error:
            return Reply(outcome="failed", text=error.sentence(), understood=understood(tool, last.args))
        if not isinstance(result, Answered):
            return None
        return Reply(
            outcome="answered",
            text=because.of_answer(result.answer),
            understood=understood(tool, last.args),
            tool=tool.name,
            args=last.args,
        )


def _refused(call: Call, why: str) -> Step:
    return Step(tool=call.tool, args=call.args, result=why, call_id=call.call_id, failed=True)


def _tried_twice(turn: Turn, call: Call) -> bool:
    return sum(each.failed and each.tool == call.tool for each in turn.steps) >= 2  # noqa: PLR2004 (repairs are tried twice)


def _repaired(said: str, args: Mapping[str, object], choice: str, wrong: str = "") -> str:
    """The request with the wrong value replaced by the choice, when the value stands in it; else both.

    `wrong` is what the error is about: with it no other value is taken for the wrong one.
    """
    texts = [each for each in args.values() if isinstance(each, str) and each]
    blamed = [each for each in texts if each.casefold() in wrong.casefold()] if wrong else texts
    for value in blamed or filter(None, [wrong]):
        shape = re.compile(rf"(?<!\w){re.escape(value)}(?!\w)", re.IGNORECASE)
        if shape.search(said):
            return shape.sub(lambda _: choice, said, count=1)
    return f"{said} {choice}"
