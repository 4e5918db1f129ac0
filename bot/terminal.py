"""The same conversation in a terminal: replies, cards, progress and landings drawn with rich."""

import json
from collections.abc import Mapping

from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.table import Table as RichTable
from rich.text import Text

from bot import ways_back, wording
from bot.assistant.utterance import Reply
from bot.charts import bars
from bot.engine.cards import PlanCard
from tools.answer import Answer, Table

CELL = 400  # characters of a cell before it is cut; up to there it is wrapped


def show_reply(console: Console, reply: Reply) -> None:
    """Print one reply: what was understood, then text and answer, or card and text, then the choices."""
    if reply.understood:
        console.print(Text(reply.understood, style="dim"))
    if reply.card is not None and reply.answer is None:
        console.print(card(reply.card))
    if reply.text:
        console.print(Text(reply.text))
    if reply.answer is not None:
        console.print(answer(reply.answer))
    for number, choice in enumerate(reply.choices, 1):
        console.print(Text(f"  {number}. {choice.label}"))


def answer(given: Answer) -> RenderableType:
    """An answer: one sentence on top, tables, quoted sections, evidence."""
    parts: list[RenderableType] = [Text(given.text, style="bold")]
    parts += [table(each) for each in given.tables]
    for drawn in given.charts:
        parts += _block(drawn.title, bars(drawn))
    for cited in given.citations:
        stale = " · past its review date" if cited.stale else ""
        head = f"{cited.title} › {cited.heading}" if cited.heading else cited.title
        parts.append(Text(f"“{cited.quote}”\n  — {head} ({cited.path}{stale})", style="italic"))
    parts += [Text(f"file: {each.name} ({len(each.content):,} bytes)", style="dim") for each in given.files]
    parts += [
        Text(
            f"from {wording.NAMES.get(each.source, each.source)}: {each.query} — "
            f"{wording.count(each.count, 'row')}, {wording.moment(each.as_of)}"
            + (f" ({each.note})" if each.note else ""),
            style="dim",
        )
        for each in given.evidence
    ]
    if given.next_steps:
        parts.append(Text("Next: " + " · ".join(f"“{step}”" for step in given.next_steps), style="cyan"))
    return Group(*parts)


def table(given: Table) -> RichTable:
    """A table, numbers to the right."""
    drawn = RichTable(title=given.title or None, title_justify="left", header_style="bold")
    for position, column in enumerate(given.columns):
        numbers = all(isinstance(row[position], int | float) for row in given.rows)
        drawn.add_column(column, justify="right" if numbers and given.rows else "left", overflow="fold")
    for row in given.rows:
        drawn.add_row(*(Text(_cell(value)) for value in row))
    return drawn


def card(given: PlanCard) -> RenderableType:
    """A plan's card: counts, samples, vetoes, way back, cost, who decides, what happens next."""
    header = given.header
    parts: list[RenderableType] = [Text(wording.headline(given), style="bold")]
    parts += _block("", [*filter(None, [wording.fates_line(given)]), *wording.counts_lines(given)])
    parts += [table(each) for each in wording.readings(given)]
    parts += _block("Held back, and why", wording.veto_lines(given))
    parts += _block("Cannot come back as it was", ways_back.not_identical_lines(given))
    if header.samples and header.state == "pending":
        columns, rows = wording.sample_rows(given)
        parts.append(table(Table(title="Samples", columns=columns, rows=tuple(rows))))
    parts += _block("The way back", ways_back.reversibility_lines(given))
    parts += _block("Expected", wording.cost_lines(given))
    parts.append(Text(wording.decision_line(given)))
    if given.run is not None:
        parts.append(Text(wording.progress_line(given.run)))
    if given.run is not None and given.run.landing is not None:
        parts += _block(wording.landing_headline(given), wording.landing_lines(given))
    parts.append(Text(wording.next_step(given), style="cyan"))
    return Panel(Group(*parts), title=_title(given), title_align="left", expand=False)


def landing(given: PlanCard) -> RenderableType:
    """The landing report alone, for the end of a run."""
    parts: list[RenderableType] = [Text(wording.landing_headline(given), style="bold")]
    parts += [Text(line) for line in wording.landing_lines(given)]
    parts.append(Text(wording.next_step(given), style="cyan"))
    return Panel(Group(*parts), title=_title(given), title_align="left", expand=False)


def as_json(reply: Reply) -> str:
    """A reply for scripts: outcome, tool, args, text, facts, plan, run, landing."""
    return json.dumps(_plain(reply), indent=2, sort_keys=True, default=str)


def _plain(reply: Reply) -> Mapping[str, object]:
    found: dict[str, object] = {
        "outcome": reply.outcome,
        "understood": reply.understood,
        "tool": reply.tool or None,
        "args": dict(reply.args),
        "text": reply.text,
        "choices": [{"label": each.label, "text": each.text} for each in reply.choices],
    }
    if reply.answer is not None:
        found["answer"] = {
            "text": reply.answer.text,
            "facts": dict(reply.answer.facts),
            "tables": [
                {"title": each.title, "columns": list(each.columns), "rows": [list(row) for row in each.rows]}
                for each in reply.answer.tables
            ],
            "citations": [f"{each.title} › {each.heading}" for each in reply.answer.citations],
        }
    if reply.card is not None:
        found["plan"] = plain_card(reply.card)
    return found


def plain_card(given: PlanCard) -> dict[str, object]:
    """A card for scripts."""
    header = given.header
    found: dict[str, object] = {
        "id": header.id,
        "revision": header.revision,
        "digest": header.digest,
        "state": header.state,
        "summary": header.summary,
        "people": header.people,
        "counts": {system: dict(ops) for system, ops in header.counts.items()},
        "vetoes": dict(header.vetoes),
        "vetoed_people": dict(given.veto_people),
        "clause": given.clause,
        "votes": [
            {"voter": vote.voter, "vote": vote.vote}
            for vote in (given.approval.votes if given.approval else ())
        ],
    }
    if given.run is not None:
        found["run"] = {
            "id": given.run.id,
            "state": given.run.state,
            "rows": {str(state): n for state, n in given.run.rows.items()},
        }
        if given.run.landing is not None:
            found["landing"] = {
                "planned": {system: dict(ops) for system, ops in given.run.landing.planned.items()},
                "landed": {system: dict(ops) for system, ops in given.run.landing.landed.items()},
                "residue": given.run.landing.residue_count,
            }
    return found


def _title(given: PlanCard) -> str:
    run = f" · {given.run.id}" if given.run else ""
    return f"{given.header.id}{run} · {given.header.digest[:8]}"


def _block(title: str, lines: list[str]) -> list[RenderableType]:
    if not lines:
        return []
    head: list[RenderableType] = [Text(f"{title}:", style="bold")] if title else []
    return [*head, *(Text(f"  {line}") for line in lines)]


def _cell(value: object) -> str:
    shown = f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)
    return shown if len(shown) <= CELL else f"{shown[: CELL - 1]}…"
