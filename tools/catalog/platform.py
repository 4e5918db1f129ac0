"""The platforms themselves: how each connected system is doing, asked of all of them at once."""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from queue import Empty, Queue
from time import monotonic

from tools.answer import Answer, Table
from tools.catalog.across import chosen, evidence, listing
from tools.catalog.arguments import SystemName
from tools.context import ToolContext
from tools.errors import ClearanceError
from tools.plan import System
from tools.ports import Health, Reader
from tools.registry import tool
from tools.rules.plain_text import one_line
from tools.rules.platform_health import Concern, Level, Signs, concerns, level
from tools.rules.stack import title

PATIENCE = 20.0  # seconds that all systems together may take to answer
UNTOLD = "not told"
DOWN = "cannot be reached"
WORDS: Mapping[Level, str] = {"fine": "fine", "watch": "watch", "trouble": "trouble"}
COLUMNS = ("system", "state", "calls used", "%", "sync", "errors today", "credential until")


@tool(
    examples=(
        "is everything up?",
        "health of our systems",
        "how much of the Salesforce API limit is used",
        "is the Marketo sync behind?",
        "system status",
        "sync lag right now",
        "any integration errors today",
        "when do our credentials expire?",
        "are we close to the API quota in marketo",
        "is Salesforce down?",
        "health check",
        "how far behind is the sync",
        "API usage today",
        "are all integrations working",
        "how many API calls do we have left at Marketo",
        "connection status of SendGrid",
        "is the sync between Marketo and Salesforce lagging",
        "is something stuck in the sync",
        "Salesforce feels slow, is it okay?",
        "all integrations up?",
        "api quota of HubSpot",
        "are the connections working",
        "how far behind is the CRM sync",
        "marketo limits",
        "when do our credentials run out",
        "any errors in the SendGrid connection",
        "are we close to our API limit",
        "is the ESP reachable",
    ),
)
def report_health(context: ToolContext, *, system: SystemName | None = None) -> Answer:
    """Report each system's API use, sync lag and backlog, errors and credential expiry."""
    readers = chosen(context, [system] if system else None)
    states = [_State.of(each) for each in ask(context, readers)]
    troubled = [state for state in states if state.level != "fine"]
    return Answer(
        text=_headline(states),
        tables=tuple(table for table in (_table(states), _to_do(troubled)) if table.rows),
        facts={
            "systems": len(states),
            "fine": len(states) - len(troubled),
            "trouble": sum(1 for state in states if state.level == "trouble"),
            **{f"{state.health.system}_calls_percent": state.percent for state in states if state.percent},
        },
        evidence=tuple(
            evidence(context, state.health.system, "health: quota, rights, errors", 1) for state in states
        ),
        next_steps=("what do we do when a sync is behind?",) if troubled else (),
    )


def ask(context: ToolContext, readers: Mapping[System, Reader]) -> list[Health]:
    """Every system's health, asked at once; one that fails or does not answer in time is told as such."""
    answers: Queue[Health] = Queue()
    for system, reader in readers.items():
        threading.Thread(
            target=lambda system=system, reader=reader: answers.put(_asked(context, system, reader)),
            name=f"health {system}",
            daemon=True,
        ).start()
    found, until = dict[System, Health](), monotonic() + PATIENCE
    while len(found) < len(readers):
        try:
            health = answers.get(timeout=max(until - monotonic(), 0.0))
        except Empty:
            break
        found[health.system] = health
    silent = f"It did not answer within {PATIENCE:.0f} seconds."
    return [found.get(system) or _down(context, system, silent) for system in readers]


def _asked(context: ToolContext, system: System, reader: Reader) -> Health:
    try:
        return reader.health()
    except ClearanceError as error:
        return _down(context, system, error.sentence())


def _down(context: ToolContext, system: System, why: str) -> Health:
    return Health(system=system, as_of=context.clock.now(), reachable=False, permitted=False, note=why)


@dataclass(frozen=True, slots=True)
class _State:
    """One system: what it says, and what of it is worth a word."""

    health: Health
    signs: Signs
    concerns: tuple[Concern, ...]

    @classmethod
    def of(cls, health: Health) -> "_State":
        """Judge what a system says of itself."""
        lag = health.sync_lag_seconds
        signs = Signs(
            reachable=health.reachable,
            permitted=health.permitted,
            note=one_line(health.note),
            used=health.calls_used,
            limit=health.calls_limit,
            lag=None if lag is None else timedelta(seconds=lag),
            backlog=health.sync_backlog,
            errors=health.errors_today or {},
            expires=health.credential_expires,
        )
        return cls(health, signs, concerns(signs, now=health.as_of))

    @property
    def level(self) -> Level:
        """How it is doing on the whole."""
        return level(self.concerns)

    @property
    def percent(self) -> str:
        """The used part of the quota, "" when it is not told."""
        return "" if self.signs.share is None else f"{100 * self.signs.share:.1f}"

    def row(self) -> tuple[str | int | float, ...]:
        """The system's line of the table; what a vendor's API does not tell is said so."""
        health, signs = self.health, self.signs
        if not health.reachable:
            return (title(health.system), DOWN, *[""] * (len(COLUMNS) - 2))
        return (
            title(health.system),
            WORDS[self.level],
            _calls(signs, health.calls_per),
            self.percent or UNTOLD,
            _sync(signs),
            UNTOLD if health.errors_today is None else sum(health.errors_today.values()),
            UNTOLD if signs.expires is None else f"{signs.expires:%Y-%m-%d}",
        )


def _calls(signs: Signs, per: str) -> str:
    if signs.used is None:
        return UNTOLD
    return f"{signs.used:,} of {signs.limit:,} a {per}" if signs.limit else f"{signs.used:,}"


def _sync(signs: Signs) -> str:
    """How far behind, and how much waits."""
    lag = "" if signs.lag is None else f"{signs.lag.total_seconds():,.0f} s behind"
    backlog = "" if signs.backlog is None else f"{signs.backlog:,} waiting"
    return ", ".join(part for part in (lag, backlog) if part) or UNTOLD


def _headline(states: Sequence[_State]) -> str:
    """One sentence: how many are fine, and the worst of each that is not."""
    troubled = [state for state in states if state.concerns]
    if not troubled:
        names = listing(title(state.health.system) for state in states)
        return f"{names} {'is' if len(states) == 1 else 'are'} fine."
    said = "; ".join(f"{title(state.health.system)} {state.concerns[0].what}" for state in troubled)
    fine = len(states) - len(troubled)
    return f"{said}. {fine} of {len(states)} systems {'is' if fine == 1 else 'are'} fine."


def _table(states: Sequence[_State]) -> Table:
    return Table(title="Systems", columns=COLUMNS, rows=tuple(state.row() for state in states))


def _to_do(states: Sequence[_State]) -> Table:
    """Every concern with what to do next."""
    rows = tuple(
        (title(state.health.system), WORDS[each.level], each.what, each.do)
        for state in states
        for each in state.concerns
    )
    return Table(title="What to do next", columns=("system", "state", "what", "do"), rows=rows)
