"""All rows of a plan as a CSV file, for those who may see the people in it."""

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping

from bot.engine.sampling import address_in, who
from bot.store import journal, plans, runs
from bot.store.connect import Connection
from bot.store.headers import StoredPlan
from tools.answer import File
from tools.plan import Change, System, Veto
from tools.rules.plain_text import neutral_cell

COLUMNS = (
    "row", "what happens", "system", "object", "record", "person", "before", "after", "reason", "step",
    "link", "run", "outcome",
)  # fmt: skip
READ_BACK: Mapping[str, str] = {
    "landed": "landed", "not_landed": "not there when read back", "cannot_tell": "changed by others since",
}  # fmt: skip
Links = Callable[[System, str, str], str]


def rows_file(connection: Connection, plan: StoredPlan, link: Links | None = None) -> File:
    """The rows in order, then what was left alone and why.

    `link` tells where a record of a system and object opens; the run and what was read back are told when
    there is a run.
    """
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    writer.writerows(_lines(connection, plan.header.key, link or _nowhere))
    name = f"{plan.header.id}-revision-{plan.header.revision}.csv"
    # the mark at the start makes spreadsheets read it as UTF-8
    return File(name=name, content=text.getvalue().encode("utf-8-sig"))


def _nowhere(_system: System, _object: str, _record: str) -> str:
    return ""


def _lines(connection: Connection, plan_key: int, link: Links) -> Iterator[list[str]]:
    vetoed = plans.vetoed_subjects(connection, plan_key)
    # a veto knows a person by hash; the rows about the same person have the address
    people: dict[str, str] = {}
    run = runs.of_plan(connection, plan_key)
    seen = journal.outcomes(connection, run) if run else ()
    told = {seq: _outcome(state, landed, error) for seq, state, landed, error in seen}
    for change in plans.rows(connection, plan_key, with_backup=True):
        if change.subject in vetoed and (address := address_in(change)):
            people.setdefault(change.subject, address)
        opens = link(change.system, change.object, change.record_id) if change.record_id else ""
        after = [opens, run.id if run else "", told.get(change.seq, "waiting") if run else ""]
        yield [neutral_cell(cell) for cell in (*_row(change), *after)]
    for veto in plans.vetoes(connection, plan_key):
        opens = link(veto.system, veto.object, veto.record_id) if veto.record_id else ""
        left = _left_alone(veto, people.get(veto.subject, ""))
        yield [neutral_cell(cell) for cell in (*left, opens, "", "")]


def _outcome(state: str, landed: str | None, error: str) -> str:
    said = READ_BACK.get(landed or "", state)
    return f"{said}: {error}" if error else said


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
