"""A plan's card: what would change, for whom, who may decide, how it comes back; later, how it went."""

from collections.abc import Iterator

from bot import progress, ways_back, wording
from bot.engine.cards import PlanCard
from bot.slack import ids
from bot.slack.escape import mrkdwn
from bot.slack.views.pieces import (
    Block,
    Message,
    actions,
    bold,
    button,
    confirm,
    context,
    feedback,
    feedback_plain,
    fields,
    header,
    message,
    plan_of_steps,
    section,
    table,
    table_lines,
    tables,
    titled,
)

Samples = tuple[tuple[str, ...], list[tuple[str, ...]]]
GOING = {"queued", "running", "parked", "verifying", "needs_attention"}
UNDOABLE = {"landed", "residue", "stopped"}


def card(shown: PlanCard, *, call: str = "", clear: bool = False) -> Message:
    """The card of a plan as it stands now; the same message is updated in place as it goes on.

    `call` is our own markup that calls those who may decide; it shows while a decision is wanted. Addresses
    are shown in full where it is `clear` that only those may read along who may see them.
    """
    text = f"{shown.header.id}: {wording.headline(shown)}"
    samples = wording.sample_rows(shown, clear=clear)
    rich, plain = ([*_blocks(shown, call, samples, simple=simple)] for simple in (False, True))
    return message(text, rich, plain)


def _blocks(shown: PlanCard, call: str, samples: Samples, *, simple: bool) -> Iterator[Block]:
    yield header(f"{shown.header.id} · {wording.STATES[shown.header.state]}")
    yield section(mrkdwn(wording.headline(shown)))
    yield fields(_facts(shown))
    if revised := wording.revision_line(shown):
        yield section(f":pencil2: {mrkdwn(revised)}")
    yield from tables(wording.readings(shown), simple=simple)
    if shown.header.state == "pending":
        yield from _samples(shown, samples, simple=simple)
        yield from titled("Held back, and why", wording.veto_lines(shown))
        yield from titled("The way back", ways_back.reversibility_lines(shown))
        yield from titled("What it takes", wording.cost_lines(shown))
    else:
        yield section(f"{bold('So far')}\n{mrkdwn(wording.story(shown))}")
        yield from _progress(shown, simple=simple)
        yield from titled("Read back", wording.landing_lines(shown))
    calling = f"{call} " if call and shown.header.state == "pending" else ""
    yield section(f"{calling}{mrkdwn(wording.next_step(shown))}")
    yield context(_small_print(shown))
    yield from _buttons(shown)
    if shown.header.state == "pending":
        up, down = (ids.Thumb(way, shown.header.id).value() for way in ids.WAYS)
        yield feedback_plain(up, down) if simple else feedback(up, down)


def _progress(shown: PlanCard, *, simple: bool) -> Iterator[Block]:
    """A run on its way, step by step; in words where Slack has no such block."""
    steps = progress.steps(shown)
    if not steps or shown.run is None:
        return
    if not simple:
        yield plan_of_steps(f"{shown.run.id} {progress.bar(shown.run)}", steps)
        return
    lines = [f"{_MARKS[state]} {title}" for title, state in steps]
    yield section("\n".join([bold(progress.bar(shown.run)), *map(mrkdwn, lines)]))


_MARKS = {"complete": "✓", "in_progress": "▸", "pending": "·", "error": "!"}


def _facts(shown: PlanCard) -> list[tuple[str, str]]:
    return [
        ("Changes", "\n".join(wording.counts_lines(shown)) or "none"),
        ("People", wording.fates_line(shown) or f"{shown.header.people:,}"),
        ("Asked by", shown.requester_name),
        ("Decision", "\n".join([wording.decision_line(shown), *wording.handed_lines(shown)])),
        ("Clause", f"{shown.clause}: {shown.clause_text}" if shown.clause_text else shown.clause),
    ]


def _samples(shown: PlanCard, samples: Samples, *, simple: bool) -> list[Block]:
    columns, rows = samples
    if not rows:
        return []
    total = sum(sum(by_op.values()) for by_op in shown.header.counts.values())
    note = context(f"{len(rows)} of {wording.count(total, 'row')}; Details sends you every row as a file.")
    return [*table_lines(columns, rows), note] if simple else [table(columns, rows), note]


def _small_print(shown: PlanCard) -> str:
    ref, approval = ids.of(shown.header), shown.approval
    expires = approval.expires_at if approval else shown.header.expires_at
    until = f" · expires {wording.moment(expires)}" if shown.header.state == "pending" else ""
    return f"{ref.plan_id} revision {shown.header.revision} · digest {ref.digest_prefix}{until}"


def _buttons(shown: PlanCard) -> list[Block]:
    value = ids.of(shown.header).value()
    details = button(ids.DETAILS, "Details", value)
    if shown.header.state == "pending":
        deciding = (_approve(shown, value), button(ids.REJECT, "Reject", value, style="danger"))
        later = (button(ids.DELEGATE, "Hand on", value), button(ids.SNOOZE, "Later", value))
        return [actions(*deciding, button(ids.EDIT, "Edit", value), details, *later)]
    run = shown.run
    if run is not None and run.state == "needs_attention":
        return [actions(_resume(run.id), stop(run.id), details)]
    if run is not None and run.state in GOING:
        return [actions(stop(run.id), details)]
    if run is not None and run.state == "stopped":
        return [actions(_resume(run.id), undo(run.id), details)]
    if run is not None and run.state in UNDOABLE:
        return [actions(undo(run.id), details)]
    return []


def _approve(shown: PlanCard, value: str) -> Block:
    lasting = any(each.how == "none" for each in shown.header.reversibility)
    warning = " Part of it cannot be taken back." if lasting else ""
    question = confirm(
        f"Approve {shown.header.id}?",
        f"{'; '.join(wording.counts_lines(shown))}, for {wording.people(shown.header.people)}.{warning}",
        "Approve",
    )
    return button(ids.APPROVE, "Approve", value, style="primary", confirm=question)


def undo(run_id: str) -> Block:
    """The button that prepares the way back; nothing is changed by pressing it."""
    question = confirm(
        f"Undo {run_id}?",
        "I prepare a plan that takes it back. It needs its own clearance before it runs.",
        "Prepare",
    )
    return button(ids.UNDO, "Undo", run_id, confirm=question)


def stop(run_id: str) -> Block:
    """The button that halts a run."""
    question = confirm(
        f"Stop {run_id}?",
        "No new change leaves after this. What was done stays done; undo prepares the way back.",
        "Stop",
    )
    return button(ids.STOP, "Stop", run_id, style="danger", confirm=question)


def _resume(run_id: str) -> Block:
    question = confirm(
        f"Go on with {run_id}?",
        "The rows that are left are done. What has drifted meanwhile is skipped and reported.",
        "Go on",
    )
    return button(ids.RESUME, "Resume", run_id, confirm=question)
