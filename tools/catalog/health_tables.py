"""The tables of the health report: systems, what to do, sync, calls, failures, what ends and when."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from tools.answer import Table
from tools.catalog.measuring import Look
from tools.catalog.standing import Standing
from tools.ports import Health
from tools.rules.plain_text import one_line
from tools.rules.platform_health import AT_ONCE, NEVER_TOLD, ORDER, UNDECLARED, Weight
from tools.rules.stack import KINDS, title
from tools.rules.sync_lag import spoken
from tools.rules.vendor_errors import COUNTED, UNTOLD, meaning

NOT_TOLD = "not told"
ENOUGH = 3  # records whose time is known, before a median is shown
NO_SYNC = "no CRM sync"
WEIGHTS: Mapping[Weight, str] = {"trouble": "trouble", "watch": "watch", "plan": "to plan"}
Cell = str | int | float


def systems(states: Sequence[Standing]) -> Table:
    """One line a system: what is known of it, and what nobody tells."""
    columns = ("system", "reachable", "API today", "lag", "late", "failing", "credential ends")
    return Table(title="Systems", columns=columns, rows=tuple(map(_system, states)))


def _system(state: Standing) -> tuple[Cell, ...]:
    health, signs = state.health, state.signs
    credential = f"{signs.expires:%Y-%m-%d}" if signs.expires else UNDECLARED
    if not health.reachable:
        return (title(state.system), "no", "", "", "", "", credential)
    failed = NOT_TOLD if health.errors_today is None else sum(health.errors_today.values())
    reach = "yes" if health.permitted else "yes, lacks rights"
    return (title(state.system), reach, _used(state), _lag(state), _late(state), failed, credential)


def _used(state: Standing) -> str:
    used, limit = state.signs.used, state.signs.limit
    if used is None:
        return NOT_TOLD
    per = "" if state.health.calls_per == "day" else f" a {state.health.calls_per}"
    return f"{used:,} of {limit:,}{per} ({state.percent} %)" if limit else f"{used:,}"


def _lag(state: Standing) -> str:
    """How far it is behind: how long the oldest record waits."""
    lag = state.signs.behind
    if KINDS.get(state.system) == "esp":
        return NO_SYNC
    if lag is None:
        return "not measured"
    if lag.late:
        return spoken(lag.oldest) or "unknown"
    return "in step" if lag.over and not lag.unsure else "cannot be told"


def _late(state: Standing) -> str:
    lag = state.signs.behind
    return f"{lag.late:,}{'+' if lag.more else ''} of {lag.compared:,}" if lag and lag.compared else ""


def to_do(states: Sequence[Standing]) -> Table:
    """Every concern with what to do next, the worst first."""
    rows = tuple(
        (title(state.system), WEIGHTS[weight], each.what, each.do)
        for weight in ORDER
        for state in states
        for each in state.concerns
        if each.level == weight
    )
    return Table(title="What to do next", columns=("system", "state", "what", "do"), rows=rows)


def sync(looks: Sequence[Look]) -> Table:
    """What each look at changed records came to."""
    columns = (
        "from", "to", "looked at", "over there", "behind", "oldest", "usually takes", "kept out",
        "differ, touched on both sides", "what waits", "in a sentence",
    )  # fmt: skip
    return Table(title="Sync, measured", columns=columns, rows=tuple(map(_look, looks)))


def _look(look: Look) -> tuple[Cell, ...]:
    ends, lag = (title(look.source), title(look.target)), look.lag
    if lag is None:
        return (*ends, *[""] * 8, one_line(look.why))
    usual = f"{spoken(lag.median)} (median of {lag.timed:,})" if lag.timed >= ENOUGH else ""
    return (
        *ends, f"{lag.looked_at:,}{'+' if lag.more else ''}", lag.over, lag.late, spoken(lag.oldest), usual,
        lag.kept_out, lag.unsure, ", ".join(lag.fields), lag.sentence(),
    )  # fmt: skip


def calls(states: Sequence[Standing]) -> Table:
    """Calls against their limit: whose, until when, and whether our own plans fit."""
    columns = (
        "system",
        "used",
        "limit",
        "left",
        "counted anew",
        "of these ours",
        "our plans need",
        "at once",
    )
    told = [state for state in states if state.signs.used is not None]
    return Table(title="API use", columns=columns, rows=tuple(map(_calls, told)))


def _calls(state: Standing) -> tuple[Cell, ...]:
    health, signs = state.health, state.signs
    limit = (
        f"{signs.limit:,}{' (documented; not told)' if health.calls_assumed else ''}"
        if signs.limit
        else NOT_TOLD
    )
    return (
        title(state.system), f"{signs.used or 0:,}", f"{limit} a {health.calls_per}",
        "" if signs.left is None else f"{signs.left:,}", _anew(health), _ours(health), _needs(state),
        AT_ONCE.get(state.system, ""),
    )  # fmt: skip


def _anew(health: Health) -> str:
    if health.calls_reset is None:
        return "rolls over 24 hours" if health.calls_per == "day" else ""
    return _hour(health.calls_reset)


def _hour(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"


def _ours(health: Health) -> str:
    """Our share, where the vendor tells who made the calls. Others are counted, not named."""
    if not health.calls_by:
        return NOT_TOLD
    total, ours = sum(health.calls_by.values()), health.calls_by.get(health.calls_as, 0)
    others = len(health.calls_by) - (health.calls_as in health.calls_by)
    share = f"{ours:,} ({100 * ours / total:.0f} %)" if total else "0"
    return f"{share}, the rest by {others} other{'s' if others > 1 else ''}" if others else share


def _needs(state: Standing) -> str:
    """What plans that wait or run still take, and whether that fits."""
    queued, left = state.signs.queued, state.signs.left
    if not queued:
        return "none wait"
    if left is None:
        return f"{queued:,}"
    return f"{queued:,}: {'fits' if queued <= left else 'does not fit'}"


def failing(states: Sequence[Standing]) -> Table:
    """What failed lately by code, in words; and what no API tells."""
    columns = ("system", "what", "how often", "code", "do")
    rows = tuple(row for state in states if state.health.reachable for row in _failing(state))
    return Table(title="What fails", columns=columns, rows=rows)


def _failing(state: Standing) -> Iterator[tuple[Cell, ...]]:
    name, errors = title(state.system), state.health.errors_today
    for code, count in sorted((errors or {}).items(), key=lambda each: (-each[1], each[0])):
        known = meaning(state.system, code)
        yield (name, known.words, count, code, known.do)
    if errors is not None and not errors:
        yield (name, f"none: {COUNTED.get(state.system, 'calls that are counted')}", 0, "", "")
    if words := UNTOLD.get(state.system):
        yield (name, words, NOT_TOLD, "", "")


def ends(states: Sequence[Standing]) -> Table:
    """Credentials and versions with their last day, and who says so."""
    rows = [row for state in states for row in _ends(state)]
    return Table(
        title="What ends, and when", columns=("system", "what", "ends", "by whose word"), rows=tuple(rows)
    )


def _ends(state: Standing) -> Iterator[tuple[Cell, ...]]:
    name, day = title(state.system), state.signs.expires
    if day is None:
        yield (name, "credential", UNDECLARED, NEVER_TOLD)
    else:
        whose = "declared in CREDENTIALS_END" if state.declared else "the vendor's"
        yield (name, "credential", f"{day:%Y-%m-%d}", whose)
    if state.health.credential:
        yield (name, one_line(state.health.credential), "", "the vendor's")
    if state.health.api_ends:
        yield (
            name,
            one_line(state.health.api_note),
            f"{state.health.api_ends:%Y-%m-%d}",
            "the vendor's changelog",
        )
