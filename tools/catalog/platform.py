"""The platforms themselves: how each connected system is doing, asked of all of them at once."""

import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from queue import Empty, Queue
from time import monotonic

from tools.answer import Answer, Evidence, Table
from tools.catalog import measuring
from tools.catalog.across import chosen, evidence, listing
from tools.catalog.arguments import SystemName
from tools.catalog.health_tables import calls, ends, failing, sync, systems, to_do
from tools.catalog.measuring import Look
from tools.catalog.standing import Standing
from tools.context import ToolContext
from tools.errors import ClearanceError
from tools.plan import System
from tools.ports import Health, Reader
from tools.registry import tool
from tools.rules.platform_health import NO_RIGHTS
from tools.rules.stack import KINDS, title

PATIENCE = 20.0  # seconds that all systems together may take to answer
WAITING = ("running", "cleared", "pending")  # states of plans whose run still needs its calls
NUMBERS = ("No", "One", "Two", "Three", "Four", "Five", "Six")
ALL: Mapping[int, str] = {2: "Both", 3: "All three", 4: "All four", 5: "All five"}
NAMED = 3  # concerns said in the sentence on top; all are in the table


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
    healths = ask(context, chosen(context, [system] if system else None))
    down = [each.system for each in healths if not each.reachable]
    looks = measuring.looked(context, measuring.ways(context, [each.system for each in healths], down))
    queued, now = _queued(context), context.clock.now()
    states = [
        Standing.of(each, looks, queued[each.system], context.credentials_end.get(each.system), now)
        for each in healths
    ]
    return Answer(
        text=headline(states, looks),
        tables=tuple(table for table in _tables(states, looks) if table.rows),
        facts=_facts(states, looks),
        evidence=_evidence(context, states, looks),
        next_steps=tuple(_next(states)),
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


def _queued(context: ToolContext) -> Counter[System]:
    """The calls that plans which wait or run are expected to take, by system."""
    calls: Counter[System] = Counter()
    for status in WAITING:
        for each in context.records.requests(status=status, asker=context.principal.id):
            calls.update(each.calls)
    return calls


def headline(states: Sequence[Standing], looks: Sequence[Look]) -> str:
    """One sentence: what is up, how far the sync is behind, the worst of what else is not as it should be."""
    troubles = [
        f"{title(state.system)} {each.what}"
        for weight in ("trouble", "watch")
        for state in states
        if state.health.reachable
        for each in state.concerns
        if each.level == weight
        and not each.what.startswith("is ")  # the sync, which the looks tell
        and each.what != NO_RIGHTS  # told first
    ]
    more = f"and {len(troubles) - NAMED} more below" if len(troubles) > NAMED else ""
    parts = [_up(states), *filter(None, map(_sync, looks)), *troubles[:NAMED], more]
    return f"{'; '.join(filter(None, parts))}."


def _up(states: Sequence[Standing]) -> str:
    up = [state for state in states if state.health.reachable]
    gone = listing(title(state.system) for state in states if not state.health.reachable)
    without = [title(state.system) for state in up if not state.health.permitted]
    refused = f"{listing(without)} {'lacks' if len(without) == 1 else 'lack'} rights" if without else ""
    if len(states) == 1:
        return refused or f"{title(states[0].system)} {'is up' if up else 'cannot be reached'}"
    if not gone:
        names = listing(title(state.system) for state in states)
        everyone = ALL.get(len(states)) or f"All {len(states)}"
        return f"{everyone} answer ({names}), but {refused}" if refused else f"{everyone} are up ({names})"
    verb = "is" if len(up) == 1 else "are"
    but = f"; {refused}" if refused else ""
    return f"{NUMBERS[len(up)]} of {NUMBERS[len(states)].lower()} {verb} up: {gone} cannot be reached{but}"


def _sync(look: Look) -> str:
    """What to say of one look: always of the automation, of the CRM when it is behind."""
    name, other = title(look.target), title(look.source)
    if look.lag is None:
        return f"how far {name} is behind {other} could not be measured"
    into_crm = KINDS.get(look.target) == "crm"
    if look.lag.late:
        return f"{name} is {look.lag.sentence(other if into_crm else '')}"
    if into_crm:
        return ""
    judged = look.lag.compared and not look.lag.unsure
    return f"{name}{' is' if judged else ':'} {look.lag.sentence()}"


def _tables(states: Sequence[Standing], looks: Sequence[Look]) -> tuple[Table, ...]:
    return (systems(states), to_do(states), sync(looks), calls(states), failing(states), ends(states))


def _facts(states: Sequence[Standing], looks: Sequence[Look]) -> dict[str, str | int | float]:
    found: dict[str, str | int | float] = {
        "systems": len(states),
        "up": sum(state.health.reachable for state in states),
        "fine": sum(state.level == "fine" for state in states),
        "trouble": sum(state.level == "trouble" for state in states),
    }
    found |= {f"{state.system}_calls_percent": state.percent for state in states if state.percent}
    found |= {
        f"{state.system}_calls_left": state.signs.left for state in states if state.signs.left is not None
    }
    found |= {
        f"{state.system}_credential_ends": f"{state.signs.expires:%Y-%m-%d}"
        for state in states
        if state.signs.expires
    }
    found |= {f"{look.target}_behind_{look.source}": look.lag.late for look in looks if look.lag}
    return found


def _evidence(
    context: ToolContext, states: Sequence[Standing], looks: Sequence[Look]
) -> tuple[Evidence, ...]:
    asked = "health: quota, rights, errors"
    return (
        *(evidence(context, state.system, asked, 1) for state in states),
        *(look.evidence() for look in looks),
    )


def _next(states: Sequence[Standing]) -> Iterator[str]:
    """What is asked next, by what is wrong."""
    said = " ".join(each.what for state in states for each in state.concerns)
    if " behind" in said:
        yield "what do we do when a sync is behind?"
    if "credential" in said:
        yield "how do we rotate credentials?"
    if "calls" in said:
        yield "what do we do when the API limit is reached?"
