"""All rows of a plan as a CSV file, for those who may see the people in it."""

import csv
import io
import json
from collections.abc import Iterator, Mapping

from bot.engine.sampling import address_in, who
from bot.store import plans
from bot.store.connect import Connection
from bot.store.headers import StoredPlan
from tools.answer import File
from tools.plan import Change, Veto
from tools.rules.plain_text import neutral_cell

COLUMNS = (
    "row", "what happens", "system", "object", "record", "person", "before", "after", "reason", "step",
)  # fmt: skip


def rows_file(connection: Connection, plan: StoredPlan) -> File:
    """The rows in order, then what was left alone and why."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    writer.writerows(_lines(connection, plan.header.key))
    name = f"{plan.header.id}-revision-{plan.header.revision}.csv"
    # the mark at the start makes spreadsheets read it as UTF-8
    return File(name=name, content=text.getvalue().encode("utf-8-sig"))


def _lines(connection: Connection, plan_key: int) -> Iterator[list[str]]:
    vetoed = plans.vetoed_subjects(connection, plan_key)
    people: dict[
        str, str
    ] = {}  # a veto knows a person by hash; the rows about the same person have the address
    for change in plans.rows(connection, plan_key, with_backup=True):
        if change.subject in vetoed and (address := address_in(change)):
            people.setdefault(change.subject, address)
        yield [neutral_cell(cell) for cell in _row(change)]
    for veto in plans.vetoes(connection, plan_key):
        yield [neutral_cell(cell) for cell in _left_alone(veto, people.get(veto.subject, ""))]


def _row(change: Change) -> list[str]:
    before = {name: change.backup[name] for name in change.set if name in change.backup}
    return [
        str(change.seq),
        change.op,
        change.system,
        change.object,
        change.record_id or "",
        who(change),
        _fields(before),
        _fields(change.set),
        change.reason,
        str(change.stage),
    ]


def _left_alone(veto: Veto, person: str) -> list[str]:
    instead = f" Instead: {veto.instead}." if veto.instead else ""
    return [
        "",
        f"no {veto.op}",
        veto.system,
        veto.object,
        veto.record_id or "",
        person,
        "",
        "",
        f"{veto.text}.{instead}",
        "",
    ]


def _fields(values: Mapping[str, object]) -> str:
    return json.dumps(dict(values), ensure_ascii=False, sort_keys=True) if values else ""
