"""What is asked about the last thing of a thread, and needs no planner: why, how long, the rest of it.

And what to say where a few words lean on it, and nobody can tell what they change.
"""

import re
from collections.abc import Callable
from dataclasses import replace

from bot.assistant import because, choosing
from bot.assistant.model import Call, PastTurn
from bot.assistant.offline.reading import Reading
from bot.assistant.turn import Turn
from bot.assistant.understood import understood
from bot.assistant.utterance import Choice, Reply
from bot.engine.calls import Answered, ToolCall
from bot.engine.cards import PlanCard
from bot.engine.engine import Engine
from tools.errors import ClearanceError

_HOW_LONG = re.compile(
    r"(?:and |but |ok |so )*(?:(?:about |roughly )?how long (?:does|will|would|is|do|did)\b.*|"
    r"how (?:much time|many (?:minutes|hours|calls|api calls)) (?:does|will|would|is|do)\b.*|"
    r"when (?:will|would|is) (?:it|that|this) (?:be )?(?:done|finished|ready|over|through)|"
    r"(?:what(?:'s| is) the )?(?:eta|duration))[?!. ]*",
    re.IGNORECASE,
)
_ABOUT_IT = re.compile(r"\b(?:it|that|this|take|run|long|done|finished|eta|duration)\b", re.IGNORECASE)
_REST = re.compile(
    r"(?:and |but |ok |so |please |pls |can you |could you |now )*"
    r"(?:(?:show|give|send|list|get|print)(?: me| us)? )?"
    r"(?:the |all (?:of )?the |all |the whole |the full |the complete )?"
    r"(?:rest|remaining(?: ones| rows| records| people)?|others|other ones|more|"
    r"more of (?:them|these|those|it)|"
    r"all (?:of )?(?:them|those|these|rows)|full list|whole list|complete list|every row|all (?:the )?rows|"
    r"all the (?:details|people|records|contacts)|rest of (?:them|it|the list|the rows))"
    r"(?: too| as well)?(?: please| pls)?[?!. ]*",
    re.IGNORECASE,
)
_BACK = re.compile(
    r"(?:ok |please |pls |can you |now |no,? )*"
    r"(?:undo|revert|roll back|take back|cancel|withdraw|reverse|retract)"
    r"(?: (?:it|that|this|the request|my request|the plan|that plan|this plan|that one|it all))?"
    r"(?: please| again)?[.! ]*",
    re.IGNORECASE,
)
_LEANING = re.compile(
    r"\b(?:only|just|those|these|that|them|they|it|she|he|her|him|same|instead|meant|too|also|again|more|ones?)\b",
    re.IGNORECASE,
)
FEW = 6  # words that may lean on what was said before

Ask = Callable[[Call], ToolCall]


class Asides:
    """Answers them from the engine's cards, or by asking the same again."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def reply(self, turn: Turn, ask: Ask) -> Reply | None:
        """The reply to an aside; None for everything else."""
        last = next((each for each in reversed(turn.past) if self._is_about(each)), None)
        if last is None:
            return None
        if because.asks_why(turn.text):
            return self._why(turn, last, ask)
        if _REST.fullmatch(turn.text.strip()):
            return self._rest(turn, last, ask)
        if choosing.said_no(turn.text) and not turn.text.casefold().startswith("stop"):
            return self._dropped(turn)
        later = turn.past[turn.past.index(last) + 1 :]
        recent = last.plan_id and all(each.tool == last.tool for each in later)
        return self._of_waiting(turn, last) if recent else None

    def _is_about(self, past: PastTurn) -> bool:
        """Whether a turn made a plan, or was a tool's answer; an aside about a plan is neither."""
        tool = self._engine.registry.get(past.tool)
        return bool(past.plan_id) or (
            past.outcome == "answered" and tool is not None and tool.returns == "answer"
        )

    def _of_waiting(self, turn: Turn, last: PastTurn) -> Reply | None:
        """What is asked of the plan just made: how long it takes, and taking it back before it runs."""
        said, card = turn.text.strip(), self._engine.card(last.plan_id)
        if _HOW_LONG.fullmatch(said) and _ABOUT_IT.search(said):
            return replace(self._of_plan(last, because.how_long(card)), card=None)
        if _BACK.fullmatch(said) and card.run is None:
            return replace(self._of_plan(last, because.taken_back(card)), card=None)
        return None

    def _dropped(self, turn: Turn) -> Reply:
        """“Never mind” with no question open: what still waits of this person's in the thread."""
        mine = (each for each in reversed(turn.past) if each.principal == turn.utterance.principal.id)
        last = next((each for each in mine if each.plan_id), None)
        if last is None:
            return Reply(outcome="declined", text="All right: nothing is changed.")
        told = because.taken_back(self._engine.card(last.plan_id))
        return replace(self._of_plan(last, told), card=None)

    def lost(self, turn: Turn) -> Reply | None:
        """What the last call can still be told, where a few words lean on it and say nothing it knows."""
        last = next((each for each in reversed(turn.past) if each.tool), None)
        tool = self._engine.registry.get(last.tool) if last else None
        if tool is None or last is None or last.principal != turn.utterance.principal.id:
            return None
        if len(turn.text.split()) > FEW or not _LEANING.search(turn.text):
            return None
        takes = [name.replace("_", " ") for name in tool.arguments.model_fields]
        other = (
            f" What can be changed of it: {', '.join(takes)}." if takes else " Nothing of it can be changed."
        )
        text = (
            f"I can't tell what “{turn.text}” changes of the last request, “{understood(tool, last.args)}”."
            f"{other} Or ask anew, in a whole sentence."
        )
        return Reply(outcome="declined", text=text)

    def _of_plan(self, last: PastTurn, text: str) -> Reply:
        card = self._engine.card(last.plan_id)
        return Reply(outcome="answered", text=text, tool=last.tool, args=last.args, card=card)

    def _why(self, turn: Turn, last: PastTurn, ask: Ask) -> Reply | None:
        """The reason behind it: a plan's clause and vetoes, or an answer's evidence."""
        if last.plan_id:
            card = self._engine.card(last.plan_id)
            return self._of_plan(last, "\n".join([*self._of_people(turn, card), because.of_plan(card)]))
        found = self._again(last, ask)
        if not isinstance(found, Answered):
            return found
        return self._told(last, because.of_answer(found.answer))

    def _of_people(self, turn: Turn, card: PlanCard) -> list[str]:
        """What the rows say of the addresses named, where nobody else reads it and the asker may see rows."""
        named = [each.value for each in Reading(turn.text, card.header.created_at.date()).of("email")]
        if not named or not turn.utterance.private:
            return []
        try:
            rows = self._engine.rows_csv(card.header.id, asker=turn.utterance.principal)
        except ClearanceError as error:
            return [error.sentence()]
        return [line for each in named for line in because.of_person(rows, each)]

    def _rest(self, turn: Turn, last: PastTurn, ask: Ask) -> Reply | None:
        """Everything in a file: a plan's rows, or what an answer brings along; else what to ask instead."""
        if last.plan_id:
            try:
                rows = self._engine.rows_csv(last.plan_id, asker=turn.utterance.principal)
            except ClearanceError as error:
                return Reply(outcome="failed", text=error.sentence())
            text = f"Every row of {last.plan_id}, and who was left alone and why, is in {rows.name}."
            return Reply(outcome="answered", text=text, tool=last.tool, args=last.args, files=(rows,))
        found = self._again(last, ask)
        if not isinstance(found, Answered):
            return found
        if found.answer.files:
            names = ", ".join(each.name for each in found.answer.files)
            told = self._told(last, f"I read it again just now. All of it is in {names}.")
            return replace(told, files=found.answer.files)
        steps = tuple(Choice(label=each[:75], text=each) for each in found.answer.next_steps)
        text = "That is all it shows. Ask for less at a time (a system, a period), or for people as a file."
        return replace(self._told(last, text), choices=steps)

    def _told(self, last: PastTurn, text: str) -> Reply:
        tool = self._engine.registry[last.tool]
        shown = understood(tool, last.args)
        return Reply(outcome="answered", text=text, understood=shown, tool=last.tool, args=last.args)

    def _again(self, last: PastTurn, ask: Ask) -> Answered | Reply | None:
        """The answer, read again; None when it was no tool's."""
        tool = self._engine.registry.get(last.tool)
        if tool is None or tool.returns != "answer":
            return None
        try:
            result = self._engine.submit(ask(Call(tool=tool.name, args=last.args)))
        except ClearanceError as error:
            return Reply(outcome="failed", text=error.sentence(), understood=understood(tool, last.args))
        return result if isinstance(result, Answered) else None
