"""`clearance eval --corrections` and `--feedback`: what people put right, as cases and as figures."""

import json
from datetime import timedelta
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bot.app import settings_of
from bot.clock import SystemClock
from bot.store import feedback
from bot.store.connect import Store

KIND = "corrected"  # how the report calls cases that grew from corrections


def corrections(to: Path | None, home: Path | None) -> int:
    """Every correction as a case, one JSON object a line: into a file, or printed for a pipe.

    The latest correction of the same words counts. Addresses were replaced when it was stored.
    """
    store = Store.open(settings_of(home=home).database)
    with store.read() as connection:
        found = {str(each["say"]): {**each, "kind": KIND} for each in feedback.cases(connection)}
    store.close()
    lines = "".join(f"{json.dumps(each, ensure_ascii=False)}\n" for each in found.values())
    if to is None:
        print(lines, end="")  # noqa: T201 (for programs)
    else:
        to.write_text(lines, encoding="utf-8")
        Console(highlight=False).print(f"Wrote {len(found):,} cases to {to}.")
    return 0


def counts(days: int, home: Path | None, *, as_json: bool) -> int:
    """Thumbs up and down by tool, and how many requests were corrected, over the last days."""
    store = Store.open(settings_of(home=home).database)
    since = SystemClock().now() - timedelta(days=days)
    with store.read() as connection:
        found = feedback.counts(connection, since=since)
        corrected = [each.tool for each in feedback.corrected(connection, since=since)]
    store.close()
    names = sorted({*found, *corrected})
    rows = {
        name or "none": {
            "up": found.get(name, {}).get("up", 0),
            "down": found.get(name, {}).get("down", 0),
            "corrected": corrected.count(name),
        }
        for name in names
    }
    if as_json:
        print(json.dumps({"days": days, "tools": rows}))  # noqa: T201 (for programs)
        return 0
    table = Table("tool", "up", "down", "corrected", title=f"The last {days} days", title_justify="left")
    for name, row in rows.items():
        table.add_row(name, *(str(each) for each in row.values()))
    Console(highlight=False).print(table if rows else f"Nobody said anything in the last {days} days.")
    return 0
