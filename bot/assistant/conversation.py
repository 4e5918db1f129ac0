"""The loop between words and the engine: the same whichever planner speaks.

It reads what a person said, lets the planner choose, and hands a `ToolCall` to the engine, which alone
decides what becomes of it. Replies say what was understood. Failures are sentences: what failed, on what,
what to do.
"""

import time
from dataclasses import replace

from bot.assistant import answering, as_codes, grounding, history, which_mail, whom
from bot.assistant.asides import Asides
from bot.assistant.model import Call, Declined, Model, Proposed, Question, Request, Said
from bot.assistant.offline.reading import Reading
from bot.assistant.replies import not_yet, refused, repairs, tried_twice, which
from bot.assistant.resolution import Doubt, LiveNames, NoNames, resolve
from bot.assistant.results import Sources, as_step
from bot.assistant.text import plain
from bot.assistant.turn import Turn
from bot.assistant.understood import understood
from bot.assistant.unreadable import approves_by_typing, unreadable
from bot.assistant.utterance import Choice, Reply, Utterance
from bot.engine.calls import CallResult, Denied, Planned, ToolCall
from bot.engine.engine import Engine
from bot.store.connect import Store
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
        self._asides = Asides(engine)
        self.withheld = 0  # sentences of models that no result supported, since start

    def respond(self, utterance: Utterance) -> Reply:
        """One reply to one utterance; the turn is stored with it."""
        said = plain(utterance.text)
        past = history.recall(self._store, utterance)
        if choice := answering.picked(past, utterance.principal.id, said.text):
            utterance = replace(utterance, text=choice.text)  # a typed answer is the button it names
            said = replace(plain(choice.text), hidden=said.hidden)
        turn = Turn(
            utterance=utterance,
            text=said.text,
            past=past,
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
        if reply := answering.unanswered(turn):
            return reply
        if approves_by_typing(turn.text) and not (turn.open and turn.open.asked_for):
            return Reply(outcome="declined", text=TYPED_APPROVAL)
        return self._asides.reply(turn, lambda call: self._tool_call(turn, call))

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
            declined = Reply(outcome="declined", text=planning.text, choices=planning.choices)
            return answering.still_open(turn) or self._asides.lost(turn) or declined
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
                turn.steps.append(refused(call, "unknown tool" if tool is None else "too many calls at once"))
                continue
            reply = self._call(turn, tool, call)
            if reply is not None:
                return reply
        return None

    def _call(self, turn: Turn, tool: Tool, call: Call) -> Reply | None:
        """Make one call; None when the planner is to go on with its result."""
        if tool.planned:
            return not_yet(tool, call, self._engine.registry)
        barred = self._barred(turn, tool, call) if tool.returns == "plan" else None
        if barred is not None:
            return barred
        resolved = self._resolved(turn, tool, call)
        if isinstance(resolved, Doubt):
            turn.asked_for = resolved.argument
            return which(tool, call, resolved)
        request = turn.request(tool)
        if some := whom.unheard(tool, resolved, Reading(request, self._clock.now().date())):
            if tool.returns == "plan":
                return whom.question(tool, resolved, request, some)
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
        return which_mail.settled(tool, as_codes.settled(tool, resolved, turn.text), self._names, words)

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
        if self._model.reads_results and isinstance(error, InvalidArguments) and not tried_twice(turn, call):
            turn.steps.append(refused(call, error.sentence()))
            return None
        choices = repairs(error, turn.text, call.args) if isinstance(error, InvalidArguments) else ()
        return Reply(
            outcome="asked" if choices else "failed",
            text=error.sentence(),
            understood=shown,
            tool=tool.name,
            args=call.args,
            choices=choices,
        )
