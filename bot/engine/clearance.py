"""Clearances: what the executor asks for before it does anything. Minted by votes or by a standing one.

There is no third way, and both are written in the transaction that opens the run.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.engine.verdicts import Allow
from bot.store import clearances, runs
from bot.store.clearances import ANY_TOOL, Minted, Standing
from bot.store.connect import Connection, Store

DAY = timedelta(hours=24)

Enqueue = Callable[[Connection, str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asks:
    """Who wants to use a standing clearance, with which tool."""

    principal: str
    tool: str
    agent: bool


def mint(connection: Connection, minted: Minted, *, enqueue: Enqueue, now: datetime) -> str:
    """Write the clearance, open the run and put it into the queue; returns the run's id."""
    key = clearances.mint(connection, minted, now=now)
    run_id = runs.create(
        connection, plan_key=minted.plan_key, digest=minted.digest, clearance_key=key, now=now
    )
    enqueue(connection, run_id)
    return run_id


def standing_for(
    connection: Connection, asks: Asks, verdict: Allow, *, installer: str, now: datetime
) -> Standing | None:
    """The standing clearance that may be used, locked; None when there is none in force.

    People use the one that the rule stands for, owned by the administrator who installed it. An agent needs
    one that a person gave it by name, for this tool.
    """
    if asks.agent:
        given = clearances.hold(connection, agent_standing(asks.principal, asks.tool))
        return given if given is not None and given.tool in {asks.tool, ANY_TOOL} else None
    shipped = Standing(
        id=f"policy:{verdict.clause}",
        owner=installer,
        clause=verdict.clause,
        tool=ANY_TOOL,
        people_budget=verdict.people_per_day,
    )
    clearances.grant(connection, shipped, now=now)
    return clearances.hold(connection, shipped.id)


def within_budget(
    connection: Connection, standing: Standing, verdict: Allow, plan_key: int, *, now: datetime
) -> bool:
    """Whether this plan and all that was cleared with it in 24 hours stay within the people it covers."""
    people = clearances.people_with(connection, standing.id, plan_key, since=now - DAY)
    return people <= min(standing.people_budget, verdict.people_per_day)


def agent_standing(agent: str, tool: str) -> str:
    """The id of the standing clearance that lets that agent act with that tool."""
    return f"agent:{agent}:{tool}"


def grant(store: Store, standing: Standing, *, now: datetime) -> bool:
    """Give a standing clearance; False when one of that id was given before."""
    with store.begin() as connection:
        return clearances.grant(connection, standing, now=now)


def revoke(store: Store, standing_id: str) -> bool:
    """Take it back for good; plans then need votes. False when there is none in force."""
    with store.begin() as connection:
        return clearances.revoke(connection, standing_id)
