"""The planner with a language model: any server that speaks OpenAI's Chat Completions.

Never streaming: tool calls arrive whole. When the server is down, slow or over budget, the offline
interpreter takes over and the reply says so.
"""

import hashlib
import random
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any, Literal

import openai
import structlog
from typing_extensions import override

from bot.assistant import wire
from bot.assistant.budgets import Budgets
from bot.assistant.model import Call, Declined, Model, Planning, Proposed, Request, Said, Tokens
from bot.assistant.offline.interpreter import Interpreter
from bot.assistant.profiles import Profile, profile_of
from tools.errors import InvalidArguments
from tools.registry import Tool

REPAIRS = 2  # times a model may put its arguments right
TRIES = 3  # of one request to the server
NEAREST = 12  # tools sent to a server that does not cache prompts
SLOWEST = 45.0  # seconds for one answer

UNREACHABLE = "The language model could not be reached"
CUT_OFF = "The language model's answer was cut off"
SORRY = "I could not put that request together. Please say it again, naming exactly what you mean."

log = structlog.get_logger()


class Unavailable(Exception):  # noqa: N818 (it is a state, and is never shown)
    """The server gave no usable answer; the text says why, for people."""


class OpenAIModel(Model):
    """Plans with a model, and with `fallback` when the model cannot be asked."""

    def __init__(  # noqa: PLR0913 (the composition root names every part once)
        self,
        *,
        model: str,
        api_key: str,
        base_url: str = "",
        fallback: Interpreter,
        budgets: Budgets | None = None,
        profile: Profile | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._model = model
        self._client = openai.OpenAI(
            api_key=api_key or "none", base_url=base_url or None, timeout=SLOWEST, max_retries=0
        )
        self._fallback = fallback
        self._budgets = budgets or Budgets()
        self._profile = profile or profile_of(base_url)
        self._sleep = sleep

    @property
    @override
    def name(self) -> str:
        return self._model

    @property
    @override
    def reads_results(self) -> Literal[True]:
        return True

    def close(self) -> None:
        """Give the connections back."""
        self._client.close()

    @override
    def ordered(self, tool: Tool, words: str, now: datetime) -> bool:
        return self._fallback.ordered(tool, words, now)

    @override
    def plan(self, request: Request) -> Planning:
        limits = self._budgets.limits
        refusal = self._budgets.refusal(request.principal.id, request.now, first=not request.steps)
        used = request.spent.prompt + request.spent.completion
        if refusal or used >= limits.turn_tokens or request.elapsed >= limits.turn_seconds:
            return self._offline(request, refusal or "That took the language model too long")
        try:
            return self._planned(request, limits.turn_seconds - request.elapsed)
        except Unavailable as error:
            return self._offline(request, str(error))

    def _planned(self, request: Request, seconds: float) -> Planning:
        """Ask, and have arguments put right at most twice."""
        deadline = time.monotonic() + seconds
        tools = self._tools(request)
        asked = wire.messages(request)
        tokens = Tokens()
        for _ in range(REPAIRS + 1):
            answer = self._ask(request, asked, tools, deadline)
            tokens = tokens + answer.tokens
            if not answer.calls:
                return _text(answer, tokens)
            faults = [(each, _fault(each, request)) for each in answer.calls]
            if not any(fault for _, fault in faults):
                calls = (
                    Call(tool=each.tool, args=each.args or {}, call_id=each.call_id) for each in answer.calls
                )
                return Proposed(calls=tuple(calls), tokens=tokens)
            for each, fault in faults:
                asked = [*asked, *wire.refusal(each, fault or "not run: another call of this step was wrong")]
        return Declined(text=SORRY, tokens=tokens)

    def _tools(self, request: Request) -> list[dict[str, Any]]:
        """The asker's list, or the part of it that is nearest to the words."""
        allowed = [each for each in request.tools if request.may_change or each.returns == "answer"]
        if self._profile.tools_per_step == "nearest":
            allowed = self._fallback.nearest(request, allowed, NEAREST)
        return wire.tool_list(allowed, strict=self._profile.strict)

    def _ask(
        self, request: Request, messages: list[dict[str, Any]], tools: list[dict[str, Any]], deadline: float
    ) -> wire.Answer:
        started = time.monotonic()
        answer = self._answer(self._body(request, messages, tools), deadline)
        used = answer.tokens
        self._budgets.spent(request.principal.id, request.now, used.prompt + used.completion)
        log.info(
            "model.answered",
            model=self._model,
            prompt_tokens=used.prompt,
            completion_tokens=used.completion,
            calls=len(answer.calls),
            finish=answer.finish,
            seconds=round(time.monotonic() - started, 3),
        )
        return answer

    def _answer(self, body: dict[str, Any], deadline: float) -> wire.Answer:
        """One answer, tried again after a pause when the server says so and there is time."""
        for attempt in range(1, TRIES + 1):
            left = deadline - time.monotonic()
            try:
                raw = self._client.chat.completions.with_raw_response.create(
                    **body, timeout=min(max(left, 0.1), SLOWEST)
                )
                return wire.read(raw.http_response.json())
            except openai.APIStatusError as error:
                pause = _pause(error, attempt)
                if pause is None or attempt == TRIES or pause >= deadline - time.monotonic():
                    log.warning("model.refused", status=error.status_code, attempt=attempt)
                    raise Unavailable(UNREACHABLE) from error
                self._sleep(pause)
            except (openai.APIConnectionError, ValueError) as error:
                log.warning("model.unreachable", error=type(error).__name__, attempt=attempt)
                if attempt == TRIES or time.monotonic() >= deadline:
                    raise Unavailable(UNREACHABLE) from error
        raise Unavailable(UNREACHABLE)

    def _body(
        self, request: Request, messages: list[dict[str, Any]], tools: list[dict[str, Any]]
    ) -> dict[str, Any]:
        """Model, messages and tools for everybody; extras for servers known to take them."""
        body: dict[str, Any] = {"model": self._model, "messages": messages}
        if tools:
            body["tools"] = tools
        profile = self._profile
        if profile.parallel_tool_calls and tools:
            body["parallel_tool_calls"] = True
        if profile.store:
            body["store"] = False
        if profile.safety_identifier:
            body["safety_identifier"] = _hashed(request.principal.id)
        if profile.prompt_cache_key:
            body["prompt_cache_key"] = _hashed(repr(tools))[:32]
        return body

    def _offline(self, request: Request, why: str) -> Planning:
        """The interpreter's planning. Past the first step only the results are left to be shown."""
        note = f"{why}, so I read this without it."
        if request.steps:
            return Said(text="", note=note)
        return replace(self._fallback.plan(request), note=note)


def _text(answer: wire.Answer, tokens: Tokens) -> Planning:
    if answer.cut_off:
        return Said(text="", note=f"{CUT_OFF}; what was read is below.", tokens=tokens)
    return Said(text=answer.text, tokens=tokens)


def _fault(call: wire.RawCall, request: Request) -> str:
    """What is wrong with a call's arguments, for the model. The conversation answers unknown tools."""
    if call.args is None:
        return "The arguments are not a JSON object."
    tool = next((each for each in request.tools if each.name == call.tool), None)
    if tool is None:
        return ""
    try:
        tool.validate(call.args)
    except InvalidArguments as error:
        return error.sentence()
    return ""


def _pause(error: openai.APIStatusError, attempt: int) -> float | None:
    """Seconds to wait before trying again; None when trying again is no use."""
    if error.status_code not in {408, 409, 429} and error.status_code < 500:  # noqa: PLR2004 (HTTP's classes)
        return None
    said = error.response.headers.get("retry-after", "")
    try:
        return max(float(said), 0.0)
    except ValueError:
        return float(min(2 ** (attempt - 1), 8)) * random.uniform(0.3, 0.6)  # noqa: S311 (spreads load, hides nothing)


def _hashed(value: str) -> str:
    return hashlib.sha256(f"clearance:{value}".encode()).hexdigest()
