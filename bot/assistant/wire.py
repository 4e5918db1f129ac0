"""Chat Completions on the wire: requests written byte-stable, answers read whatever a server's quirks."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any

from bot.assistant.model import PastTurn, Request, Step, Tokens
from bot.assistant.text import neutral
from tools.registry import Tool

CUT_OFF = frozenset({"length", "content_filter"})
MOST_CALLS = 40  # in one answer; what is beyond is a runaway


@dataclass(frozen=True, slots=True)
class RawCall:
    """A tool call as a server sent it, with an id of its own; `args` is None when it is no JSON object."""

    tool: str
    args: dict[str, object] | None
    call_id: str


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer of a server."""

    text: str
    calls: tuple[RawCall, ...]
    finish: str
    tokens: Tokens

    @property
    def cut_off(self) -> bool:
        """Whether it ended before it was whole: its calls are not to be trusted."""
        return self.finish in CUT_OFF


def system_text() -> str:
    """The planner's instructions: the same bytes every time, so that servers can cache them."""
    return resources.files("bot.assistant.prompts").joinpath("planner.md").read_text(encoding="utf-8")


def tool_list(tools: Sequence[Tool], *, strict: bool) -> list[dict[str, Any]]:
    """The tools as the server wants them, sorted by name."""
    return [_tool(each, strict=strict) for each in sorted(tools, key=lambda tool: tool.name)]


def messages(request: Request) -> list[dict[str, Any]]:
    """The conversation in Chat format: instructions, the thread, this request, the calls made so far."""
    written: list[dict[str, Any]] = [{"role": "system", "content": system_text()}]
    for turn in request.history:
        written += _turn(turn)
    written.append({"role": "user", "content": f"{request.text}\n\n{_circumstances(request)}"})
    for number, step in enumerate(request.steps, start=1):
        written += _step(step, number)
    return written


def refusal(call: RawCall, why: str) -> list[dict[str, Any]]:
    """A call and the error given back for it, so that the model can repair its arguments."""
    return _step(Step(tool=call.tool, args=call.args or {}, result=why, call_id=call.call_id, failed=True), 0)


def read(raw: object) -> Answer:
    """An answer, read leniently. Raises `ValueError` when there is nothing to read."""
    try:
        choice = raw["choices"][0]  # type: ignore[index]  # whatever is not this shape ends in ValueError
        message = choice["message"]
        calls = message.get("tool_calls") or ()
        text = message.get("content")
        finish = str(choice.get("finish_reason") or "stop")
    except (TypeError, KeyError, IndexError, AttributeError) as error:
        raise ValueError("not an answer") from error
    usage = raw.get("usage") if isinstance(raw, Mapping) else None
    return Answer(
        text=text if isinstance(text, str) else "",
        calls=() if finish in CUT_OFF else _calls(calls),
        finish=finish,
        tokens=_tokens(usage),
    )


def _calls(found: object) -> tuple[RawCall, ...]:
    """Calls with ids that are there and differ, whatever the server sent."""
    read_calls: list[RawCall] = []
    seen: set[str] = set()
    for number, each in enumerate(found if isinstance(found, list) else (), start=1):
        function = each.get("function") if isinstance(each, Mapping) else None
        if not isinstance(function, Mapping) or not function.get("name") or len(read_calls) >= MOST_CALLS:
            continue
        given = str(each.get("id") or "")
        call_id = given if given and given not in seen else f"call_{number}"
        seen.add(call_id)
        read_calls.append(RawCall(str(function["name"]), _arguments(function.get("arguments")), call_id))
    return tuple(read_calls)


def _arguments(given: object) -> dict[str, object] | None:
    """Arguments as JSON text, as an object, or left out; absent and null are the same."""
    if isinstance(given, str):
        try:
            given = json.loads(given) if given.strip() else {}
        except ValueError:
            return None
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        return None
    return {str(name): value for name, value in given.items() if value is not None}


def _tokens(usage: object) -> Tokens:
    if not isinstance(usage, Mapping):
        return Tokens()
    prompt, completion = usage.get("prompt_tokens"), usage.get("completion_tokens")
    return Tokens(
        prompt=prompt if isinstance(prompt, int) else 0,
        completion=completion if isinstance(completion, int) else 0,
    )


def _tool(tool: Tool, *, strict: bool) -> dict[str, Any]:
    effect = " [change]" if tool.returns == "plan" else ""
    function: dict[str, Any] = {
        "name": tool.name,
        "description": f"{tool.description}{effect}",
        "parameters": tool.schema,
    }
    return {"type": "function", "function": {**function, "strict": True} if strict else function}


def _turn(turn: PastTurn) -> list[dict[str, Any]]:
    """An earlier turn: the person's words, and what came of them as data."""
    done = {"called": turn.tool, "arguments": dict(turn.args), "outcome": turn.outcome, "plan": turn.plan_id}
    said = json.dumps(
        {**done, "reply": neutral(turn.replied)}, ensure_ascii=False, sort_keys=True, default=str
    )
    return [{"role": "user", "content": turn.said}, {"role": "assistant", "content": _fenced(said)}]


def _circumstances(request: Request) -> str:
    about = {
        "today": request.now.date().isoformat(),
        "attached_files": [neutral(each) for each in request.files],
        "changes_possible": request.may_change,
    }
    return _fenced(json.dumps(about, ensure_ascii=False, sort_keys=True))


def _step(step: Step, number: int) -> list[dict[str, Any]]:
    call_id = step.call_id or f"call_{number}"
    function = {"name": step.tool, "arguments": json.dumps(dict(step.args), ensure_ascii=False, default=str)}
    called = {"id": call_id, "type": "function", "function": function}
    result = f"This call failed: {step.result}" if step.failed else _fenced(step.result)
    return [
        {"role": "assistant", "content": None, "tool_calls": [called]},
        {"role": "tool", "tool_call_id": call_id, "content": result},
    ]


def _fenced(text: str) -> str:
    return f"<data>\n{text.replace('</data>', '‹/data›')}\n</data>"
