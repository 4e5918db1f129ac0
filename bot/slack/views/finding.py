"""A finding as a card: what was done by whom to how many, how long it may wait, what to do."""

from datetime import datetime

from bot import wording
from bot.assistant.utterance import Choice
from bot.slack.views.answer import choices
from bot.slack.views.pieces import Message, context, fields, header, message, section
from bot.store.findings import Kept
from tools.rules.consent import GLOBAL
from tools.rules.opt_out_clock import MAILBOX_PROVIDERS, legal_deadline
from tools.rules.plain_text import one_line
from tools.rules.stack import title

DO = (
    Choice(label="Prepare the sync", text="sync suppressions"),
    Choice(label="Show everything", text="compare suppressions"),
)
NEXT = "A sync is prepared and waits for approval; nothing is changed by itself."


def headline(kept: Kept) -> str:
    """One line, as in `F-3: 12 people who had opted out may be mailed again in Salesforce, by Import`."""
    where, by = title(kept.system), one_line(kept.writer, longest=80)
    if kept.settled_at:
        return (
            f"{kept.id} is settled: nobody is left of the {wording.people(kept.settled)} whom {by} made "
            f"mailable in {where}."
        )
    what = (
        "who had opted out" if kept.scope == GLOBAL else f"who had left “{one_line(kept.scope, longest=60)}”"
    )
    return f"{kept.id}: {wording.people(kept.people)} {what} may be mailed again in {where}, by {by}."


def finding(kept: Kept, now: datetime) -> Message:
    """The card; it is replaced in place as people come and go."""
    text = headline(kept)
    top = [header("Opt-outs undone" if not kept.settled_at else "Opt-outs hold again"), section(text)]
    if kept.settled_at:
        return message(text, [*top, context(f"Settled {wording.ago(kept.settled_at, now)}.")])
    facts = [
        ("Done", _span(kept)),
        ("Still so", wording.people(kept.people)),
        ("Settled", wording.people(kept.settled) if kept.settled else ""),
        ("Their opt-outs wait since", wording.day(kept.waits_since) if kept.waits_since else "not told"),
        ("May wait until", _deadlines(kept.waits_since, now)),
    ]
    return message(text, [*top, fields(facts), *choices(DO), context(NEXT)])


def _span(kept: Kept) -> str:
    if kept.first_at is None or kept.last_at is None:
        return "not told when"
    first, last = wording.moment(kept.first_at), wording.moment(kept.last_at)
    return first if first == last else f"{first} to {last}"


def _deadlines(since: datetime | None, now: datetime) -> str:
    """The two clocks of an opt-out, the nearer one first."""
    if since is None:
        return ""
    ends = (("mailbox providers", since + MAILBOX_PROVIDERS), ("the law", legal_deadline(since)))
    told = (f"{wording.day(end)} for {who}{' (over)' if end < now else ''}" for who, end in ends)
    return ", ".join(told)
