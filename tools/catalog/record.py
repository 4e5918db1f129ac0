"""Our own record: requests, plans, undo and the audit."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from tools.answer import Answer, Evidence, Table
from tools.catalog.arguments import Period, PlanRef, Who, Word
from tools.context import ToolContext
from tools.errors import InvalidArguments
from tools.plan import Plan
from tools.ports import AuditView, RequestView
from tools.registry import tool
from tools.rules import periods

RequestStatus = Annotated[
    Literal["waiting", "pending", "cleared", "running", "landed", "rejected", "expired", "withdrawn"],
    Field(json_schema_extra={"kind": "request_status"}),
]
RunRef = Annotated[str, Field(description="Run (R-17)", json_schema_extra={"kind": "run"}, max_length=40)]
SHOWN = 50  # rows of a list that a thread can bear


@tool(
    examples=(
        "what's waiting for approval?",
        "list open requests",
        "show my requests",
        "pending approvals",
        "what is stuck and with whom",
        "which changes still need a vote",
        "anything in the queue",
        "requests that were rejected",
        "what's running at the moment",
        "show everything that landed",
        "who needs to sign off on what",
        "what is pending",
        "who still has to approve my change",
        "open approvals",
        "show requests that landed",
        "what's the status of everything I asked for",
        "which plans are waiting on marops",
        "has anything expired",
        "what sits in my approval queue",
        "is anybody waiting for my vote",
        "requests still open",
        "which changes were rejected",
        "what still needs sign-off",
        "show my pending requests",
        "open approvals of the team",
        "what is running right now",
        "anything I have to decide on",
        "which plans have expired",
    ),
)
def list_requests(context: ToolContext, *, status: RequestStatus | None = None) -> Answer:
    """List change requests: what waits on whom, what runs, what has landed."""
    found = context.records.requests(status=status, asker=context.principal.id)
    waiting = sum(1 for request in found if request.waits_on)
    kind = f" that are {status}" if status and status != "waiting" else ""
    head = f"{_count(len(found), 'request')}{kind}; {waiting} of them wait on somebody."
    return Answer(
        text=head if found else f"There are no requests{kind or (' waiting' if status else '')}.",
        tables=(_request_table(found),) if found else (),
        facts={"requests": len(found), "waiting": waiting, "people": sum(each.people for each in found)},
        evidence=(_own(context, f"requests status={status or 'any'}", len(found)),),
        next_steps=tuple(f"show {request.plan}" for request in found[:1]),
    )


def _request_table(found: list[RequestView]) -> Table:
    rows = tuple(
        (
            each.plan,
            each.summary,
            each.requester,
            each.state,
            each.waits_on,
            each.people,
            _moment(each.created_at),
        )
        for each in found[:SHOWN]
    )
    title = "Requests" if len(found) <= SHOWN else f"Requests, the newest {SHOWN} of {len(found)}"
    return Table(
        title=title, columns=("plan", "what", "asked by", "state", "waits on", "people", "asked"), rows=rows
    )


@tool(
    examples=(
        "show P-1042",
        "open plan P-17",
        "what exactly will P-1042 change?",
        "details of run R-9",
        "how did R-17 go",
        "did P-88 land?",
        "who voted on P-1042",
        "status of request P-3",
        "give me the rows of P-55",
        "what happened with R-204",
        "show plan P-77",
        "what is in P-12",
        "open R-3",
        "let me see the details of P-204",
        "where does P-9 stand",
        "why was P-31 rejected",
        "how far along is R-8",
        "open P-2001",
        "what is in plan P-77",
        "rows of P-310",
        "has run R-5 landed",
        "details of P-1200",
        "why did you leave some of them alone?",
        "what was skipped in that plan",
        "which rows were refused, and why",
        "where does R-44 stand",
        "what did that change exactly",
    ),
)
def show_plan(context: ToolContext, *, plan: PlanRef) -> Answer:
    """Show one plan: its rows, votes, run and landing."""
    view = context.records.plan(plan.strip().upper())
    return Answer(
        text=view.text,
        tables=tuple(Table(title=title, columns=columns, rows=rows) for title, columns, rows in view.tables),
        facts={**view.facts, "plan": view.plan, "state": view.state},
        evidence=(_own(context, f"plan {view.plan}", 1),),
        private=True,
    )


@tool(
    examples=(
        "undo R-17",
        "undo P-1042",
        "roll back run R-9",
        "reverse that change P-88",
        "put back what R-204 did",
        "revert P-3",
        "restore the contacts P-17 deleted",
        "take back R-55 please",
        "that was a mistake, undo P-61",
        "rollback the purge P-12",
        "undo that run R-88",
        "please reverse P-14",
        "roll P-9 back",
        "undo the purge R-31",
        "bring back what P-5 removed",
        "revert R-6",
        "R-8 was a mistake, put everything back",
        "take plan P-2001 back",
        "roll back run R-5",
        "reverse what you did in P-77",
        "that was wrong, undo it",
        "please have R-44 reverted",
        "put the contacts of P-310 back",
        "can you reverse the last change",
        "P-1200 has to be rolled back",
        "restore what run R-9 removed",
    ),
)
def undo(context: ToolContext, *, run: RunRef | None = None, plan: PlanRef | None = None) -> Plan:
    """Take a finished run back, from its journal; what others changed since stays."""
    ref = run or plan
    if not ref:
        raise InvalidArguments("Which run should be undone?", do="Name it: “undo R-17” or “undo P-1042”.")
    return context.records.undo(ref.strip().upper())


@tool(
    examples=(
        "who approved the purge last week?",
        "audit log for yesterday",
        "what did Max do this month",
        "who deleted contacts in October",
        "show all votes by Dana",
        "search the audit trail for P-1042",
        "when was the policy changed",
        "everything the hygiene agent did last week",
        "who suppressed people since March",
        "history of approvals this quarter",
        "who changed the suppression of that list yesterday",
        "who approved P-14",
        "what has Dana changed this week",
        "when was the last purge and who ran it",
        "show the log of deletions last month",
        "who voted against P-9",
        "activity of Ivy in October",
        "did anybody merge leads yesterday",
        "has someone paused a campaign this week",
        "when was pia@lantern.io suppressed and by whom",
        "who touched the Harvest Sale campaign",
        "was anything imported last week",
        "did the agents delete contacts overnight",
        "who changed the lead owner in October",
        "has anyone exported people this month",
        "which segments were edited yesterday",
        "what did Max approve last week",
        "when did we last sync opt-outs",
        "who erased dev@harbor.co",
        "were any licenses reclaimed in March",
        "did somebody restore opt-outs since Monday",
        "who switched off the bounce agent",
        "when was the last merge of duplicates",
    ),
)
def search_audit(
    context: ToolContext, *, who: Who | None = None, what: Word | None = None, period: Period | None = None
) -> Answer:
    """Search the audit trail: who did what, and when."""
    within = periods.resolve(
        period,
        now=context.clock.now(),
        timezone=context.principal.timezone,
        fiscal_start=context.fiscal_start,
    )
    found = context.records.audit(who=who or "", what=what or "", since=within.start, until=within.end)
    asked = " ".join(
        part for part in (what and f"about “{what}”", who and f"by {who}", within.words()) if part
    )
    return Answer(
        text=f"{_count(len(found), 'audit event')} {asked}".strip() + ".",
        tables=(_audit_table(found),) if found else (),
        facts={"events": len(found)},
        evidence=(
            _own(context, f"audit who={who or 'any'} what={what or 'any'} {within.words()}", len(found)),
        ),
    )


def _audit_table(found: list[AuditView]) -> Table:
    rows = tuple(
        (each.seq, _moment(each.at), each.name, each.actor, each.about, _compact(each.data))
        for each in found[:SHOWN]
    )
    return Table(title="Audit", columns=("no.", "when", "event", "who", "about", "data"), rows=rows)


def _compact(data: Mapping[str, object]) -> str:
    return json.dumps(dict(data), ensure_ascii=False, default=str, sort_keys=True) if data else ""


def _own(context: ToolContext, query: str, count: int) -> Evidence:
    return Evidence(source="clearance", query=query, as_of=context.clock.now(), count=count)


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"
