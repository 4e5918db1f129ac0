"""What a plan will take and how it comes back, asked of the vendors' writers before anybody approves."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime

from tools.abilities import KeepsConsent
from tools.errors import NeedsAttention
from tools.plan import Cost, Op, Reversibility, System
from tools.ports import Reader, Writer

Kind = tuple[System, str, Op]  # system, object, op
STAYS = "it belongs to the merge, which does not come back"
Step = tuple[System, str, Op, int]  # and the stage: what the executor guards, sends and reads back together


def reversibility(
    kinds: Mapping[Kind, int], writers: Mapping[System, Writer], *, now: datetime
) -> tuple[Reversibility, ...]:
    """How each system's op comes back; where an op's objects differ, each answer once.

    What is done beside a merge (an opt-out, a place in a list) stays with it, as its undo says.
    """
    merges = any(op == "merge" for _, _, op in kinds)
    answers = (
        Reversibility(system=system, op=op, how="none", note=STAYS)
        if merges and op != "merge"
        else writers[system].reversibility(op, object, now)
        for system, object, op in sorted(kinds)
        if system in writers
    )
    return tuple(dict.fromkeys(answers))


def looks(readers: Mapping[System, Reader]) -> dict[System, int]:
    """Calls of the look that a run has at who came or objected since its plan (`bot.engine.newcomers`)."""
    return {
        system: reader.look_cost() for system, reader in readers.items() if isinstance(reader, KeepsConsent)
    }


def cost(
    steps: Mapping[Step, int], writers: Mapping[System, Writer], looked: Mapping[System, int]
) -> tuple[Cost, ...]:
    """Expected calls, minutes and share of the day's quota by system; no batch reaches over two stages."""
    calls = defaultdict(int, {system: needed for system, needed in looked.items() if system in writers})
    for (system, object, op, _), rows in sorted(steps.items()):
        if system in writers:
            calls[system] += writers[system].cost(op, object, rows)
    return tuple(_cost(system, needed, writers[system]) for system, needed in calls.items())


def require_writers(kinds: Mapping[Kind, int], writers: Mapping[System, Writer]) -> None:
    """Refuse a plan that nobody here could run. Our own records are always written by the executor."""
    missing = sorted({system for system, _, _ in kinds} - set(writers) - {"clearance"})
    if missing:
        raise NeedsAttention(
            "I cannot change anything there",
            on=", ".join(missing),
            do="An administrator has to connect it first.",
        )


def _cost(system: System, calls: int, writer: Writer) -> Cost:
    pace, limit = writer.calls_per_minute(), writer.daily_limit()
    return Cost(
        system=system,
        calls=calls,
        minutes=calls / pace if pace > 0 else 0.0,
        quota_share=calls / limit if limit > 0 else 0.0,
    )
