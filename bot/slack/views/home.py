"""App Home, the control board: what waits on me, what runs, what ran, what I asked, health, policy."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bot import wording
from bot.assistant.utterance import Choice
from bot.engine.cards import PlanCard
from bot.slack import ids
from bot.slack.escape import clip, mrkdwn
from bot.slack.views.answer import choices
from bot.slack.views.card import stop, undo
from bot.slack.views.pieces import Block, actions, bold, button, context, header, section
from bot.store.board import Ran, Waiting
from tools.ports import ClauseView, RequestView

PAGE = 10  # requests on one page of the queue
OWN = 8
CLAUSES = 6
LINE = 300  # characters of one entry
STARTERS = ("help", "report bounces of the last 30 days", "what's waiting for approval?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """Everything on one person's board. `decides` is whether they may decide on anything at all."""

    name: str
    now: datetime
    decides: bool = False
    waiting: Sequence[Waiting] = ()
    total: int = 0
    page: int = 0
    handed: Mapping[str, str] = field(default_factory=dict)  # plan -> who asked me to decide
    asleep: Mapping[str, datetime] = field(default_factory=dict)  # plan -> put off until
    going: Sequence[PlanCard] = ()
    ended: Sequence[Ran] = ()
    own: Sequence[RequestView] = ()
    clauses: Sequence[ClauseView] = ()
    findings: Sequence[str] = ()
    health: Sequence[str] = ()
    agents: Sequence[str] = ()


def home(board: Board) -> list[Block]:
    """The blocks of one person's Home tab."""
    return [
        header("Clearance"),
        section(
            f"Hello {mrkdwn(board.name)}. Ask in plain words, here or in a channel; "
            "nothing is changed before it is cleared."
        ),
        *choices([Choice(label=each, text=each) for each in STARTERS]),
        *(_queue(board) if board.decides else []),
        *_lines("Needs a look", board.findings),
        *_entries("Running now", [_going(each) for each in board.going], ""),
        *_own(board),
        *_entries("Ran lately", [_ended(each, board.now) for each in board.ended], ""),
        *_lines("Systems", board.health),
        *_lines("Agents", board.agents),
        *_lines("Who decides on what", [_clause(each) for each in board.clauses[:CLAUSES]]),
    ]


def _queue(board: Board) -> list[Block]:
    title = f"Waits on you ({board.total:,})" if board.total else "Waits on you"
    made = _entries(title, [_waiting(each, board) for each in board.waiting], "Nothing waits on you.")
    pages = -(-board.total // PAGE)
    turns = [
        button(f"{ids.PAGE}_{number}", label, str(number))
        for number, label in ((board.page - 1, "Longer waiting"), (board.page + 1, "More"))
        if 0 <= number < pages
    ]
    if turns:
        made += [actions(*turns), context(f"Page {board.page + 1} of {pages}, the longest waiting first.")]
    return made


def _waiting(each: Waiting, board: Board) -> Block:
    facts = [
        f"{each.requester_name}, {wording.ago(each.created_at, board.now)}",
        wording.people(each.people),
        f"{each.approved} of {wording.count(each.quorum, f'{each.group} approval')}",
        f"expires {wording.moment(each.expires_at)}",
    ]
    if each.plan_id in board.handed:
        facts.append(f"{board.handed[each.plan_id]} asked you to decide")
    if each.plan_id in board.asleep:
        facts.append(f"put off until {wording.moment(board.asleep[each.plan_id])}")
    shown = _entry(each.plan_id, each.summary, " · ".join(facts))
    return {**shown, "accessory": button(ids.OPEN, "Open", each.plan_id)}


def _going(shown: PlanCard) -> Block:
    run = shown.run
    if run is None:
        return _entry(shown.header.id, shown.header.summary, wording.STATES[shown.header.state])
    entry = _entry(shown.header.id, shown.header.summary, wording.progress_line(run))
    return entry if run.state == "stopped" else {**entry, "accessory": stop(run.id)}


def _ended(each: Ran, now: datetime) -> Block:
    when = wording.ago(each.finished_at or each.created_at, now)
    state = "landed" if each.state == "landed" else "landed, with rows that did not"
    entry = _entry(each.plan_id, each.summary, f"{each.run_id}, {state}, {when}")
    return {**entry, "accessory": undo(each.run_id)}


def _own(board: Board) -> list[Block]:
    made = []
    for each in board.own[:OWN]:
        waits = f" on {each.waits_on}" if each.waits_on else ""
        facts = f"{wording.STATES.get(each.state, each.state)}{waits} · {wording.people(each.people)}"
        made.append(_entry(each.plan, each.summary, f"{facts} · {wording.ago(each.created_at, board.now)}"))
    return _entries("You asked for", made, "You have asked for no change yet.")


def _clause(each: ClauseView) -> str:
    return f"{each.id}: {each.text.rstrip('.')} — {each.verdict}."


def _entry(plan: str, summary: str, facts: str) -> Block:
    return section(clip(f"{bold(plan)} {mrkdwn(clip(summary, LINE))}\n{mrkdwn(clip(facts, LINE))}", 900))


def _entries(title: str, entries: Sequence[Block], none: str) -> list[Block]:
    if not entries and not none:
        return []
    return [section(bold(title)), *(entries or [context(none)])]


def _lines(title: str, lines: Sequence[str]) -> list[Block]:
    if not lines:
        return []
    listed = "\n".join(f"• {mrkdwn(clip(each, LINE))}" for each in lines)
    return [section(f"{bold(title)}\n{listed}")]
