"""Plans, votes, runs and landings in sentences: one voice for Slack and the terminal.

Plain and short; counts first; every text says what happens next. Functions return plain text: a surface
escapes it for its own markup.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import cast

from bot.engine.cards import PlanCard, Residue, RunView, VoteView
from tools.answer import Table
from tools.plan import Fields, Sample
from tools.rules.plain_text import masked
from tools.rules.vetoes import VETOES, TieKind

NAMES = {
    "salesforce": "Salesforce",
    "marketo": "Marketo",
    "hubspot": "HubSpot",
    "sendgrid": "SendGrid",
    "clearance": "Clearance",
}
DEEDS = {
    "create": "create",
    "update": "update",
    "delete": "delete",
    "merge": "merge",
    "add_member": "add to list",
    "remove_member": "remove from list",
    "suppress": "suppress",
    "unsuppress": "lift suppression",
}
STATES = {
    "draft": "draft",
    "pending": "waiting for approval",
    "cleared": "cleared, about to run",
    "running": "running",
    "landed": "landed",
    "landed_with_residue": "landed, with rows that did not",
    "rejected": "rejected",
    "expired": "expired",
    "withdrawn": "withdrawn",
    "superseded": "replaced by a newer revision",
    "stale": "out of date",
}
SYSTEM_ORDER = tuple(NAMES)
OWN = "clearance"  # our own records, beside the vendors'
# codes of vetoes whose rows each say something of their own, in the words that all of them have in common
REASONS = {
    "wrongly_suppressed": "has shown life since the bounces, and stays as it is",
    "less_restrictive": "ignored: less restrictive; no file, import or sync allows mail again",
    "own_opt_out": "stays stopped: their own opt-out stands, which only their own later act takes back",
    "group_scope": "left one group alone, which is not kept there: to stop all mail is more than they asked",
}


def count(number: int, noun: str, plural: str = "") -> str:
    """`1 person`, `2,140 people`."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def people(number: int) -> str:
    """A number of people in words."""
    return count(number, "person", "people")


def moment(at: datetime) -> str:
    """A moment people can read: `22 Nov 2026 14:05 UTC`."""
    return at.astimezone(UTC).strftime("%-d %b %Y %H:%M UTC")


def day(at: datetime) -> str:
    """A date people can read: `7 Dec 2026`."""
    return at.astimezone(UTC).strftime("%-d %b %Y")


def ago(at: datetime, now: datetime) -> str:
    """How long ago: `3 hours ago`, `2 days ago`."""
    minutes = max(int((now - at).total_seconds() // 60), 0)
    if minutes < 60:  # noqa: PLR2004 (minutes an hour)
        return f"{count(minutes, 'minute')} ago" if minutes else "just now"
    hours = minutes // 60
    return f"{count(hours, 'hour')} ago" if hours < 48 else f"{count(hours // 24, 'day')} ago"  # noqa: PLR2004 (two days)


def put_off_until_now(card: PlanCard) -> str:
    """The line with which a request comes back that somebody had put off."""
    return f"You asked me to come back to {card.header.id}. {next_step(card)}"


def headline(card: PlanCard) -> str:
    """One sentence on top: what, for how many, and where it stands."""
    header = card.header
    return f"{header.summary.rstrip('.')} — {people(header.people)}, {STATES[header.state]}."


def counts_lines(card: PlanCard) -> list[str]:
    """Rows by system: `Salesforce: delete 120 · suppress 300`."""
    return [
        f"{NAMES.get(system, system)}: {_by_op(system, card.header.counts[system])}"
        for system in sorted(card.header.counts, key=_rank)
    ]


def fates_line(card: PlanCard) -> str:
    """People by what becomes of them: `Of 73 people: 34 deleted · 37 suppressed and kept · 2 left alone`."""
    if card.fates is None:
        return ""
    given = card.fates
    told = ((given.deleted, "deleted"), (given.kept, "suppressed and kept"), (given.untouched, "left alone"))
    parts = " · ".join(f"{number:,} {words}" for number, words in told if number)
    return f"Of {people(sum(number for number, _ in told))}: {parts}"


def veto_lines(card: PlanCard) -> list[str]:
    """Vetoes by reason, most frequent first: `41 × has a case (12 people); instead: suppress`."""
    ranked = sorted(card.header.vetoes.items(), key=lambda pair: (-pair[1], pair[0]))
    return [f"{number:,} × {_why(card, code)}{_whom(card, code, number)}" for code, number in ranked]


def _whom(card: PlanCard, code: str, rows: int) -> str:
    """How many people these rows are about, where that is another number, and what is done instead."""
    about, instead = card.veto_people.get(code, rows), card.veto_instead.get(code, "")
    whom = f" ({people(about)})" if about != rows else ""
    return f"{whom}; instead: {instead}" if instead else whom


def cost_lines(card: PlanCard) -> list[str]:
    """Expected vendor calls, minutes and share of the day's quota."""
    return [
        f"{NAMES.get(each.system, each.system)}: about {count(each.calls, 'call')}, "
        f"{_minutes(each.minutes)}{_share(each.quota_share)}"
        for each in card.header.cost
        if each.calls
    ]


def decision_line(card: PlanCard) -> str:
    """Who may decide, or who decided, under which clause."""
    approval = card.approval
    if approval is None:
        return f"No vote needed (clause {card.clause})."
    yes = [vote for vote in approval.votes if vote.vote == "approve"]
    if approval.state == "pending":
        need = count(approval.quorum, f"{approval.group} approval")
        so_far = f" So far {len(yes)} of {approval.quorum}: {_names(yes)}." if yes else ""
        return f"Needs {need}, not the requester's own (clause {approval.clause}).{so_far}"
    if approval.state == "cleared":
        return f"Approved by {_names(yes)} (clause {approval.clause})."
    if approval.state == "rejected":
        no = [vote for vote in approval.votes if vote.vote == "reject"]
        return f"Rejected by {_names(no)}: {no[-1].reason or 'no reason given'}." if no else "Rejected."
    return f"The approval is {STATES.get(approval.state, approval.state)} (clause {approval.clause})."


def handed_lines(card: PlanCard) -> list[str]:
    """Who asked whom to decide, while that is open: `Max asked Dana to decide: “you know them”.`."""
    approval = card.approval
    if approval is None or approval.state != "pending":
        return []
    return [
        f"{each.giver_name} asked {each.taker_name} to decide" + (f": “{each.note}”." if each.note else ".")
        for each in approval.handed
    ]


def revision_line(card: PlanCard) -> str:
    """That a request was made smaller, on its newer revision; "" on the first."""
    header = card.header
    if header.revision == 1 or header.state != "pending":
        return ""
    left_out = header.vetoes.get("left_out", 0)
    rows = f"{count(left_out, 'row')} left out; " if left_out else ""
    return f"Revision {header.revision}: {rows}votes for an earlier revision do not count."


def next_step(card: PlanCard) -> str:
    """What happens next."""
    if card.run is not None and card.run.state in _HALTED:
        return _HALTED[card.run.state].format(run=card.run.id)
    if card.header.state == "landed" and "erase" in card.header.effects:
        return "Every row was read back. An erasure has no way back."
    if card.header.state in _MERGED and "merge" in card.header.effects:
        return _MERGED[card.header.state]
    return _NEXT[card.header.state].format(
        plan=card.header.id,
        group=card.approval.group if card.approval else "",
        left=_votes_left(card),
        expires=moment(card.approval.expires_at) if card.approval else "",
        run=card.run.id if card.run else "",
    )


_MERGED: Mapping[str, str] = {
    "landed": "Every row was read back. A merge has no way back; "
    "merge-backup.csv has every record as it was.",
    "landed_with_residue": "The rows below did not land; a merge that did has no way back, merge-backup.csv "
    "has every record as it was.",
}
_HALTED: Mapping[str, str] = {
    "stopped": "Nothing more is sent. “resume {run}” goes on, “undo {run}” prepares the way back.",
    "needs_attention": "Put that right, then “resume {run}” goes on with the rows that are left.",
}
_NEXT: Mapping[str, str] = {
    "draft": "Nothing has been changed.",
    "pending": "Nothing is changed until {left} from {group}; it expires {expires}.",
    "cleared": "It starts in a moment; progress appears here.",
    "running": "It runs to the end even if I am restarted; “stop” halts it at once.",
    "landed": "Every row was read back. “undo {run}” prepares the way back.",
    "landed_with_residue": "The rows below did not land. “undo {run}” prepares the way back for the rest.",
    "rejected": "Nothing was changed. Ask again with what should be different.",
    "expired": "Nothing was changed. Ask again for a fresh plan.",
    "withdrawn": "Nothing was changed.",
    "superseded": "Decide on the newer revision; this one can no longer run.",
    "stale": "Nothing was changed. Ask again for a fresh plan.",
}


def progress_line(run: RunView) -> str:
    """Where a run is: `running: 812 of 2,000 rows done (3 skipped)`."""
    aside = ", ".join(
        f"{run.rows[state]:,} {state}"
        for state in ("skipped", "drifted", "failed", "unknown")
        if run.rows.get(state)
    )
    line = f"{run.state.replace('_', ' ')}: {run.done:,} of {count(run.total, 'row')} done"
    line += f" ({aside})" if aside else ""
    if run.state == "parked" and run.parked_until:
        line += f"; waits until {moment(run.parked_until)}"
    return f"{line}. {run.attention}".rstrip() if run.attention else line


def landing_lines(card: PlanCard) -> list[str]:
    """The read-back: what really is so, by system, then what is not and what to do."""
    landing = card.run.landing if card.run else None
    if landing is None:
        return []
    lines = [
        f"{NAMES.get(system, system)}: "
        + " · ".join(
            f"{_deed(system, op)} {landing.landed.get(system, {}).get(op, 0):,} of {planned:,}"
            for op, planned in sorted(landing.planned[system].items())
        )
        for system in sorted(landing.planned, key=_rank)
    ]
    return lines + _residue_lines(landing.residue, landing.residue_count)


def _residue_lines(left: Sequence[Residue], total: int) -> list[str]:
    """Rows that did not land, by reason: the first of each by name, of every reason that was kept."""
    alike: dict[tuple[str, ...], list[Residue]] = {}
    for each in left:
        alike.setdefault((each.state, each.op, each.system, each.object, each.why), []).append(each)
    named = 3 if len(left) > 10 else 10  # noqa: PLR2004 (so few are all named)
    lines: list[str] = []
    for same in list(alike.values())[:10]:
        lines += [residue_line(each) for each in same[:named]]
        if len(same) > named:
            lines.append(f"… and {len(same) - named:,} more of these")
    unsaid = total - sum(len(same) for same in list(alike.values())[:10])
    return lines + ([f"… and {unsaid:,} more; Details has every row"] if unsaid > 0 else [])


def residue_line(each: Residue) -> str:
    """One row that did not land, why, and what to do."""
    what = f"{NAMES.get(each.system, each.system)} {each.object} {each.record_id or '(new)'}"
    advice = f" {each.what_to_do}" if each.what_to_do else ""
    why = (each.why or "no reason given").rstrip(".")
    return f"{each.state}: {DEEDS.get(each.op, each.op)} {what} — {why}.{advice}"


def landing_headline(card: PlanCard) -> str:
    """The landing on one line: `Landed 287 of 288 rows, read back from Salesforce and Marketo.`."""
    landing = card.run.landing if card.run else None
    if landing is None:
        return headline(card)
    landed = sum(sum(by_op.values()) for by_op in landing.landed.values())
    planned = sum(sum(by_op.values()) for by_op in landing.planned.values())
    vendors = [
        NAMES[system] for system in SYSTEM_ORDER if system in landing.planned and system != "clearance"
    ]
    source = f", read back from {_listed(vendors)}" if vendors else ""
    return f"Landed {landed:,} of {count(planned, 'row')}{source}."


def readings(card: PlanCard) -> list[Table]:
    """How what the plan rests on was read: to be checked before a decision, and where none was needed."""
    if card.header.state != "pending" and card.approval is not None:
        return []
    return [each for read in card.header.evidence for each in read.tables]


def sample_rows(card: PlanCard, *, clear: bool = True) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """At most 10 samples: columns, then who, where, what, before and after.

    Addresses are masked unless `clear`: in a channel not everybody may see people.
    """
    rows = [_sample(each) for each in card.header.samples if each.system != OWN]
    if not clear:
        rows = [tuple(masked(cell) for cell in row) for row in rows]
    return ("who", "system", "change", "before", "after"), rows


def story(card: PlanCard) -> str:
    """After the decision, in one line: who, when, under which clause, and where it is now."""
    votes = card.approval.votes if card.approval else ()
    told = "; ".join(f"{vote.voter_name} {_VOTED[vote.vote]} {moment(vote.at)}" for vote in votes)
    where = progress_line(card.run) if card.run else STATES[card.header.state]
    return f"{told or 'No vote needed'} (clause {card.clause}). {where[0].upper()}{where[1:].rstrip('.')}."


_VOTED = {"approve": "approved", "reject": "rejected"}


def fields(values: Fields) -> str:
    """A record's fields in one line: `HasOptedOutOfEmail: no`."""
    return ", ".join(f"{name}: {_value(value)}" for name, value in values.items())


def _sample(each: Sample) -> tuple[str, ...]:
    """A row as a table has it; what is deleted is named as it was, and gone afterwards."""
    gone = each.op == "delete"
    return (
        each.who,
        NAMES.get(each.system, each.system),
        f"{DEEDS[each.op]} {each.object.replace('_', ' ')}",
        fields(each.before) or (fields(each.after) if gone else "") or "—",
        "gone" if gone else fields(each.after) or "—",
    )


def _by_op(system: str, counts: Mapping[str, int]) -> str:
    return " · ".join(f"{_deed(system, op)} {number:,}" for op, number in sorted(counts.items()))


def _deed(system: str, op: str) -> str:
    if system == OWN:  # tombstones, the agreement on consent, an erasure: what we keep ourselves
        return {"create": "own notes written", "delete": "own notes removed"}.get(op, op)
    return DEEDS.get(op, op)


def _why(card: PlanCard, code: str) -> str:
    known = VETOES.get(cast("TieKind", code))
    told = known.sentence if known else REASONS.get(code, "")
    return told or card.veto_texts.get(code) or code.replace("_", " ")


def _rank(system: str) -> int:
    return SYSTEM_ORDER.index(system) if system in SYSTEM_ORDER else len(SYSTEM_ORDER)


def _minutes(minutes: float) -> str:
    return "under a minute" if minutes < 1 else f"about {count(round(minutes), 'minute')}"


def _share(share: float) -> str:
    if not share:
        return ""
    return f", {share:.1%} of the day's quota" if share >= 0.001 else ", under 0.1% of the day's quota"  # noqa: PLR2004 (one printed digit)


def _names(votes: list[VoteView]) -> str:
    return _listed([f"{vote.voter_name} ({moment(vote.at)})" for vote in votes])


def _listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}" if words else "nobody"


def _votes_left(card: PlanCard) -> str:
    if card.approval is None:
        return "it is cleared"
    yes = sum(vote.vote == "approve" for vote in card.approval.votes)
    return count(max(card.approval.quorum - yes, 0), "more approval" if yes else "approval")


def _value(value: object) -> str:
    if value is None or value == "":
        return "empty"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
