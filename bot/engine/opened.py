"""One plan opened for reading: what it does, how it was judged and decided, what its run did."""

from collections.abc import Mapping

from bot.engine import landing
from bot.engine.cards import RunView
from bot.store import plans
from bot.store.approvals import Approval
from bot.store.connect import Connection
from bot.store.headers import StoredPlan
from tools.plan import Fields, PlanHeader, Sample
from tools.ports import PlanView

Cells = tuple[tuple[str | int | float, ...], ...]
NamedTable = tuple[str, tuple[str, ...], Cells]
REASONS = 20


def opened(connection: Connection, plan: StoredPlan, approval: Approval | None, *, clear: bool) -> PlanView:
    """The plan as text, figures and tables. Without `clear` no person is shown, only counts."""
    header, run = plan.header, landing.run_view(connection, plan.header.key)
    tables = [_changes(header), *_left_alone(connection, header), *_votes(approval), *_run(run)]
    if clear and header.samples:
        tables.append(_samples(header.samples))
    hidden = "" if clear else " The people in it are shown to its requester and to those who decide on it."
    return PlanView(
        plan=header.id,
        state=header.state,
        text=f"{_sentence(plan, approval, run)}{hidden}",
        facts=_facts(header, run),
        tables=tuple(tables),
    )


def _sentence(plan: StoredPlan, approval: Approval | None, run: RunView | None) -> str:
    header = plan.header
    state = header.state.replace("_", " ")
    parts = [
        f"{header.id}, revision {header.revision}: {header.summary.rstrip('.')}.",
        f"Asked by {plan.requester}; it touches {header.people:,} people and is {state}.",
        f"Clause {plan.verdict['clause']}: {plan.verdict['text']}",
    ]
    if approval is not None and approval.state == "pending":
        parts.append(f"It has {approval.approved} of {approval.quorum} approvals of {approval.group}.")
    if run is not None:
        parts.append(f"Its run is {run.id}, {run.state.replace('_', ' ')}. {run.attention}".rstrip())
    return " ".join(parts)


def _facts(header: PlanHeader, run: RunView | None) -> Mapping[str, str | int | float]:
    rows = sum(sum(ops.values()) for ops in header.counts.values())
    vetoed = sum(header.vetoes.values())
    facts: dict[str, str | int | float] = {"people": header.people, "rows": rows, "left_alone": vetoed}
    return {**facts, "run": run.id} if run else facts


def _changes(header: PlanHeader) -> NamedTable:
    cells = tuple(
        (system, op, rows)
        for system, ops in sorted(header.counts.items())
        for op, rows in sorted(ops.items())
    )
    return "What it changes", ("system", "change", "rows"), cells


def _left_alone(connection: Connection, header: PlanHeader) -> list[NamedTable]:
    reasons = veto_table(connection, header.key)
    return [reasons] if reasons[2] else []


def veto_table(connection: Connection, plan_key: int) -> NamedTable:
    """What was left alone, why, and what is done instead."""
    groups = plans.veto_groups(connection, plan_key, limit=REASONS)
    cells = tuple((reason, instead or "nothing", number) for reason, instead, number in groups)
    return "Left alone, and why", ("reason", "done instead", "rows"), cells


def _votes(approval: Approval | None) -> list[NamedTable]:
    if approval is None or not approval.votes:
        return []
    cells = tuple(
        (vote.voter_name, vote.vote, vote.reason, f"{vote.at:%Y-%m-%d %H:%M} UTC") for vote in approval.votes
    )
    return [("Votes", ("who", "vote", "reason", "when"), cells)]


def _run(run: RunView | None) -> list[NamedTable]:
    if run is None:
        return []
    states = tuple((state, number) for state, number in sorted(run.rows.items()))
    tables: list[NamedTable] = [("Rows of the run", ("state", "rows"), states)]
    if run.landing is not None and run.landing.residue:
        cells = tuple(
            (each.system, f"{each.op} {each.object}", each.record_id or "new", each.why, each.what_to_do)
            for each in run.landing.residue
        )
        tables.append(("What did not land", ("system", "change", "record", "why", "what to do"), cells))
    return tables


def _samples(samples: tuple[Sample, ...]) -> NamedTable:
    cells = tuple(
        (each.who, each.system, f"{each.op} {each.object}", _fields(each.before), _fields(each.after))
        for each in samples
    )
    return "Some of its rows", ("who", "system", "change", "before", "after"), cells


def _fields(values: Fields) -> str:
    return ", ".join(f"{name}: {'empty' if value is None else value}" for name, value in values.items())
