"""From a `ToolCall` to an answer, a plan's id, or a refusal: the tool runs here, with readers only."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from difflib import get_close_matches
from zoneinfo import ZoneInfo

from bot.engine import audit, findings
from bot.engine.calls import Answered, Denied, ToolCall
from bot.engine.directory import Directory
from bot.engine.drafting import Draft, Drafting
from bot.engine.opened import veto_table
from bot.engine.policy import Policy
from bot.engine.records import OurRecords
from bot.engine.rooms import RoomPolicy
from bot.engine.settling import Question, Settling
from bot.engine.verdicts import Deny, Facts
from bot.store import plans
from bot.store.connect import Store
from bot.store.drafts import Opening
from tools.answer import Answer, File, Table
from tools.context import ToolContext
from tools.errors import ClearanceError, InvalidArguments
from tools.plan import Plan, System
from tools.ports import Clock, Reader, RunbookSearch
from tools.registry import Registry, Tool


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A plan that was stored and judged: its id, and the files for its asker."""

    plan: str
    files: tuple[File, ...]


@dataclass(frozen=True, kw_only=True)
class Calling:
    """Runs tools. What a plan does is judged from its rows, after they are written."""

    store: Store
    registry: Registry
    systems: Mapping[System, Reader]
    policy: Policy
    directory: Directory
    subject: Callable[[str], str]
    clock: Clock
    runbooks: RunbookSearch
    drafting: Drafting
    settling: Settling
    fiscal_start: int
    credentials_end: Mapping[str, date]

    def submit(self, call: ToolCall) -> Answered | Denied | Stored:
        """An answer, a refusal, or the plan that was stored."""
        facts = self._facts(call)
        refusal = self.policy.refuses(facts)
        if refusal is not None:
            return self._denied(call, refusal)
        tool = self._tool(call.tool)
        try:
            result = tool.call(self._context(call), call.args)
            if isinstance(result, Answer):
                self._record(call, "call.answered")
                findings.keep(self.store, result.findings, by=call.principal.id, now=self.clock.now())
                return Answered(answer=result)
            return self._planned(call, tool, result, facts)
        except ClearanceError as error:
            self._record(call, "call.failed", why=type(error).__name__)
            raise

    def _planned(self, call: ToolCall, tool: Tool, plan: Plan, facts: Facts) -> Answered | Denied | Stored:
        opening = self._opening(call, tool, plan)
        draft = self.drafting.write(opening, plan.rows, now=self.clock.now(), counted=plan.counted)
        try:
            files = tuple(plan.files)
            if not draft.rows:
                return self._nothing_to_do(call, draft, files)
            barred = (call.owner,) if call.owner else ()
            settled = self.settling.settle(Question(draft=draft, facts=facts, barred=barred))
        finally:
            self.drafting.discard(draft.key)  # leaves alone what has become a plan
        if isinstance(settled, Deny):
            return self._denied(call, settled)
        return Stored(plan=settled.header.id, files=files)

    def _nothing_to_do(self, call: ToolCall, draft: Draft, files: tuple[File, ...]) -> Answered:
        with self.store.read() as connection:
            title, columns, rows = veto_table(connection, draft.key)
            people = plans.vetoed_people(connection, draft.key)
        self._record(call, "call.answered", left_alone=draft.vetoes)
        text = "Nothing needs changing."
        if draft.vetoes:
            whom = _whom(people, draft.vetoes)
            text = f"Nothing is changed: {whom} left alone, for the reasons below."
        return Answered(
            answer=Answer(
                text=text,
                tables=(
                    *(Table(title=title, columns=columns, rows=rows) for _ in rows[:1]),
                    *(each for read in draft.opening.evidence for each in read.tables),
                ),
                evidence=draft.opening.evidence,
                facts={"rows": 0, "left_alone": draft.vetoes},
                files=files,
                private=bool(rows or files),
            )
        )

    def _denied(self, call: ToolCall, refusal: Deny) -> Denied:
        self._record(call, "call.denied", clause=refusal.clause)
        return Denied(text=refusal.text, clause=refusal.clause)

    def _tool(self, name: str) -> Tool:
        found = self.registry.get(name)
        if found is None:
            raise InvalidArguments(
                "I have no such tool",
                on=name[:60],
                do="Say “help” for what I can do.",
                choices=tuple(get_close_matches(name, self.registry, n=3)),
            )
        return found

    def _facts(self, call: ToolCall) -> Facts:
        person = call.principal
        return Facts(
            tool=call.tool,
            roles=person.roles if person.kind in {"person", "agent"} else frozenset(),
            at=_local(self.clock.now(), person.timezone),
            agent=person.kind == "agent",
            channel=call.thread.channel,
            tainted=call.tainted,
        )

    def _context(self, call: ToolCall) -> ToolContext:
        records = OurRecords(
            store=self.store,
            directory=self.directory,
            systems=self.systems,
            clock=self.clock,
            asker=call.principal,
        )
        return ToolContext(
            principal=call.principal,
            systems=self.systems,
            subject=self.subject,
            clock=self.clock,
            runbooks=self.runbooks,
            records=records,
            policy=self.policy if call.private else RoomPolicy(self.policy, call.thread.channel),
            tools=self.registry.summaries(),
            files=call.files,
            fiscal_start=self.fiscal_start,
            credentials_end=self.credentials_end,
            mailboxes=self.policy.mailboxes,
            private=call.private,
        )

    def _opening(self, call: ToolCall, tool: Tool, plan: Plan) -> Opening:
        given = {name: value for name, value in call.args.items() if value is not None}
        return Opening(
            tool=tool.name,
            args=tool.arguments.model_validate(given).model_dump(mode="json"),
            principal=call.principal.id,
            requester=call.principal.name,
            agent=call.principal.id if call.principal.kind == "agent" else None,
            said=call.said.replace("\0", ""),
            summary=plan.summary,
            evidence=plan.evidence,
            policy_version=self.policy.version,
            undo_of=plan.undo_of,
            surface=call.thread.surface,
            channel=call.thread.channel,
            thread=call.thread.thread,
        )

    def _record(self, call: ToolCall, name: str, **data: object) -> None:
        with self.store.begin() as connection:
            audit.record(
                connection,
                name=name,
                actor=call.principal.id,
                about="",
                data={"tool": call.tool[:80], "surface": call.thread.surface, **data},
                now=self.clock.now(),
            )


def _whom(people: int, vetoes: int) -> str:
    """Who is left alone: people where all of it is about known ones, with the rows where those are more."""
    if not people:
        return f"{vetoes:,}"
    whom = "1 person" if people == 1 else f"{people:,} people"
    return whom if people == vetoes else f"{whom} ({vetoes:,} rows)"


def _local(now: datetime, timezone: str) -> datetime:
    try:
        return now.astimezone(ZoneInfo(timezone))
    except (KeyError, ValueError, OSError):
        return now
