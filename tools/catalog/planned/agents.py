"""Planned tools about standing agents."""

from typing import Annotated, Literal

from pydantic import Field

from tools.catalog.arguments import AgentName, Name, Reason, Values, Who, Word
from tools.registry import planned

AgentState = Annotated[
    Literal["active", "paused", "stopped"], Field(json_schema_extra={"kind": "agent_state"})
]
AutonomyLevel = Annotated[Literal["observe", "propose", "act"], Field(json_schema_extra={"kind": "autonomy"})]
Role = Annotated[str, Field(json_schema_extra={"kind": "role"}, max_length=40)]

PLANNED = (
    planned(
        "list_agents",
        "List standing agents: state, autonomy, budget left, last action.",
        returns="answer",
        subject="agents",
        arguments={"status": (AgentState | None, None)},
        examples=(
            "which agents are running?",
            "list agents",
            "show me the agent board",
            "what bots do we have doing work",
            "any paused agents",
            "agent fleet overview",
            "who owns which agent",
            "status of all automations",
        ),
    ),
    planned(
        "create_agent",
        "Create a standing agent: a scheduled tool call with an owner.",
        returns="plan",
        subject="agents",
        arguments={
            "name": (Name, ...),
            "tool": (Word, ...),
            "schedule": (Word, ...),
            "args": (Values | None, None),
            "owner": (Who | None, None),
        },
        examples=(
            "make this a loop, every Monday",
            "create an agent that reports bounces every morning",
            "watch for stale segments daily, call it Segment Watch",
            "set up a weekly suppression check",
            "schedule the data quality report for the first of the month",
            "have an agent look for duplicates every night, owner Dana",
            "automate the license report each quarter",
            "run this every week and post it here",
        ),
    ),
    planned(
        "set_agent_state",
        "Pause, stop or restart an agent, with a reason.",
        returns="plan",
        subject="agents",
        arguments={
            "agent": (AgentName, ...),
            "state": (AgentState, ...),
            "reason": (Reason | None, None),
        },
        examples=(
            "pause the hygiene agent",
            "kill the bounce watcher, it's misbehaving",
            "stop all agents now",
            "restart Segment Watch, the fix is in",
            "resume the suppression agent",
            "halt the dedupe bot until Monday",
            "disable the renewal agent because the contract is signed",
            "turn the nightly agent back on",
        ),
    ),
    planned(
        "set_agent_autonomy",
        "Set how far an agent may go by itself: observe, propose or act.",
        returns="plan",
        subject="agents",
        arguments={"agent": (AgentName, ...), "autonomy": (AutonomyLevel, ...)},
        examples=(
            "let the hygiene agent act on its own",
            "set the bounce watcher to observe only",
            "promote Segment Watch to propose",
            "demote the dedupe agent to observe",
            "the suppression agent may act now",
            "raise autonomy of the renewal agent to propose",
            "take the nightly agent back to suggestions only",
            "change autonomy level of Pipeline Scout to act",
        ),
    ),
    planned(
        "report_agent",
        "Report one agent's scorecard: runs, budgets, reversals, precision.",
        returns="answer",
        subject="agents",
        arguments={"agent": (AgentName, ...)},
        examples=(
            "how is the hygiene agent doing?",
            "scorecard for the bounce watcher",
            "what has Segment Watch done lately",
            "show runs and reversals of the dedupe agent",
            "is the suppression agent any good",
            "budget left for the renewal agent",
            "agent report: Pipeline Scout",
            "how often was the nightly agent wrong?",
        ),
    ),
    planned(
        "morning_brief",
        "Brief of at most seven lines: what changed, what was done, what waits on you.",
        returns="answer",
        subject="agents",
        arguments={"role": (Role | None, None)},
        examples=(
            "morning brief",
            "what happened overnight?",
            "give me my daily summary",
            "anything I should know today",
            "what needs me this morning",
            "catch me up",
            "brief for marops",
            "start-of-day update please",
        ),
    ),
)
