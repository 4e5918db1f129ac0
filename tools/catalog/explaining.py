"""Why something is so for one person: what every system says, since when and by whom, and what none tells."""

from collections.abc import Mapping, Sequence

from tools.answer import Answer, Citation, Table
from tools.catalog.across import listing, vendors
from tools.catalog.arguments import Email, Question
from tools.catalog.dossiers import CONSENT, CONTACT, Dossier, read
from tools.catalog.linking import link
from tools.catalog.runbooks import EVERYONE
from tools.catalog.tracing import NOBODY_TELLS, Clue, Topic, clues, topics, wonders_why_still
from tools.context import ToolContext
from tools.errors import Refused
from tools.registry import tool
from tools.rules.email_key import normalise
from tools.rules.plain_text import one_line
from tools.rules.stack import title

SHOWN = 60
MAILABLE = "is mailable"
LED = 4  # reasons in the sentence; all are in the table
CITED = 2  # sections that the question itself finds
HANDBOOK = "handbook/"  # pages about the assistant itself, which explain nobody's case
# What to look for in the runbooks, by what was found.
SECTIONS: Mapping[str, str] = {
    "mail": "who may be mailed: consent and suppression",
    "opted_out": "an opt-out is permanent: who may lift a suppression, and with what evidence",
    "lifted": "an opt-out came back to life: a sync or an import took it off",
    "purged": "what happens when a purged person returns",
    "invalid": "handling a hard bounce",
    "blocked": "blocked mail: find the reason",
    "full": "soft bounces: a mailbox is full",
    "technical": "soft bounces",
    "unknown": "bounce handling",
    "ok": "who may be mailed: consent and suppression",
    "mql": "why didn't this lead become an MQL",
    "sync": "one record does not sync",
    "route": "a lead went to the wrong person",
}
TITLES = {"mail": "Mail", "mql": "Qualification", "sync": "Sync", "route": "Routing"}


@tool(
    examples=(
        "why didn't jane@acme.com MQL?",
        "explain why bob@globex.com isn't getting our newsletter",
        "how come maria@initech.de never synced to Salesforce",
        "jon@example.com should have been routed to sales, what happened?",
        "why is lee@acme.com not mailable",
        "trace the score of ana@globex.com, it's stuck at 40",
        "what stopped priya@acme.com from entering the nurture",
        "sam@initech.com says he opted in but gets nothing, why?",
        "troubleshoot lead status for kim@acme.com",
        "tell me why this lead wasn't assigned: tom@umbrella.io",
        "why hasn't rosa@acme.com been routed",
        "what happened to the score of tim@globex.com",
        "why did lena@acme.com drop out of the nurture",
        "omar@initech.de isn't showing up in Marketo, why not",
        "pia@lantern.io says she gets no emails from us, what is going on",
        "find out why dev@harbor.co was left out of the mailing",
        "customer anna@ridge.com complains that nothing arrives, what happened",
        "how come lee@quartz.dev is not an MQL",
        "what keeps mo@tidal.app from being mailed",
        "sara@birch.se should have got the invite but didn't, why?",
        "why did tom@cedar.org drop out of the nurture",
        "why does ivo@delta.bg still get our newsletter although he opted out",
        "can you work out why kim@fern.kr scored so low",
        "joe@slate.us never became a qualified lead, reason?",
        "why was mei@opal.sg skipped yesterday",
    ),
)
def explain_person(context: ToolContext, *, email: Email, question: Question) -> Answer:
    """Trace why something is so for one person: not mailable, not synced, never became an MQL."""
    readable = context.policy.readable(context.principal.roles)
    if CONTACT not in readable:
        raise Refused(
            "You may not read data of class contact",
            do="Ask somebody whose role may, or an admin for the role.",
        )
    address, asked = normalise(email), question.replace(email, " ")
    dossier = read(context, address)
    about = topics(asked)
    known = bool(dossier.records or dossier.purged_before)
    every = list(clues(context, dossier, about)) if known else []
    found = [each for each in every if each.data_class in readable]
    why_still = "mail" in about and wonders_why_still(asked)
    mail = "mail" in about and CONSENT in readable and known
    verdict = (MAILABLE if dossier.mailable().yes else "is not mailable") if mail and not why_still else ""
    told = _told(address, dossier, found, verdict, why_still=why_still) if known else _unknown(address)
    return Answer(
        text=f"{told}{_withheld(frozenset(each.data_class for each in every) - readable)}{_gaps(dossier)}",
        tables=_tables(context, found, about) if known else (),
        citations=_cited(context, asked, about, found) if known else (),
        facts=_facts(address, dossier, found, mail=mail),
        evidence=dossier.evidence,
        private=True,
        next_steps=_next(address, found, known=known),
    )


def _unknown(address: str) -> str:
    return (
        f"Nobody with the address {address} is in the systems that could be read: check the spelling. To keep"
        " mail from ever going there, ask to suppress it."
    )


def _told(address: str, dossier: Dossier, found: Sequence[Clue], verdict: str, *, why_still: bool) -> str:
    """The answer in a sentence: where they are, and what speaks against it, the strongest first."""
    where = listing(dict.fromkeys(title(each.system) for each in dossier.records)) or "no system"
    said = f"{address} (in {where}) {verdict}".rstrip()
    lets = [each for each in found if each.lets] if why_still else []
    against = [each for each in found if each.against]
    if lets and against:
        return f"{said}: {against[0].sentence()}. Mail still goes because {_few(lets)}."
    doubts = [each for each in found if each.doubts]
    if against:
        but = ", but" if verdict == MAILABLE else ":"
        return f"{said}{but} {_few([*against, *doubts])}."
    told = f"; {_few(doubts)}" if doubts else ""
    return f"{said}: nothing the systems tell speaks against it{told}. What no system tells is listed below."


def _few(reasons: Sequence[Clue]) -> str:
    said = [*dict.fromkeys(each.sentence() for each in reasons)]
    more = f"; and {len(said) - LED} more below" if len(said) > LED else ""
    return f"{'; '.join(said[:LED])}{more}"


def _gaps(dossier: Dossier) -> str:
    return "".join(f" {title(system)} could not be read: {why}" for system, why in dossier.unread.items())


def _next(address: str, found: Sequence[Clue], *, known: bool) -> tuple[str, ...]:
    """What is asked next, by what was found."""
    if not known:
        return (f"suppress {address}",)
    steps = [f"look up {address}"]
    if any(each.lets for each in found):
        steps.append("compare suppressions")
    if any(each.doubts and each.topic == "mail" for each in found):
        steps.append("anyone wrongly suppressed after a bounce?")
    return tuple(steps)


def _withheld(missing: frozenset[str]) -> str:
    """The classes of data left out of the trace, by name."""
    if not missing:
        return ""
    return f" Withheld, because your role may not read it: data of class {listing(sorted(missing))}."


def _tables(context: ToolContext, found: Sequence[Clue], about: Sequence[Topic]) -> tuple[Table, ...]:
    rows = tuple(
        (
            TITLES[each.topic],
            title(each.system) if each.system else "",
            one_line(each.says),
            f"{each.since:%Y-%m-%d}" if each.since else "",
            one_line(each.writer),
            one_line(each.raw),
            _link(context, each),
        )
        for each in found[:SHOWN]
    )
    columns = ("about", "system", "what it says", "since", "written by", "in its own words", "record")
    told = Table(title="What the systems tell", columns=columns, rows=rows)
    untold = tuple((TITLES[topic], words) for topic in about for words in NOBODY_TELLS[topic])
    silent = Table(title="What no system tells", columns=("about", "not told"), rows=untold)
    return tuple(table for table in (told, silent) if table.rows)


def _link(context: ToolContext, clue: Clue) -> str:
    """The record's address where the vendor has one, else its object and id."""
    if clue.record is None:
        return ""
    person = clue.record
    page = link(vendors(context)[person.system], person.object, person.record_id)
    own = "" if person.record_id == person.subject else f" {person.record_id}"
    return page or f"{person.object.replace('_', ' ')}{own}"


def _cited(
    context: ToolContext, question: str, about: Sequence[Topic], found: Sequence[Clue]
) -> tuple[Citation, ...]:
    """The runbook's section on what was found, then what the question finds where its words are special."""
    own = context.principal.roles if context.private else frozenset()
    cited: dict[tuple[str, str], Citation] = {}
    wanted = [SECTIONS[_leading(about, found)], *([question] if about[0] in {"mql", "route"} else [])]
    for asked in wanted:
        answer = context.runbooks.search(asked, audiences=own | {EVERYONE})
        pages = [each for each in answer.citations if HANDBOOK not in each.path]
        for each in pages[: CITED if answer.outcome == "answer" and asked == question else 1]:
            cited.setdefault((each.path, each.heading), each)
    return tuple(cited.values())


def _leading(about: Sequence[Topic], found: Sequence[Clue]) -> str:
    """What the section to cite is about: the first reason's subject, else the first topic."""
    reason = next((each for each in found if each.against or each.lets), None)
    if reason is None or reason.topic != "mail":
        return reason.topic if reason else about[0]
    if reason.system == "clearance":
        return "purged"
    if reason.data_class == CONSENT:
        return "lifted" if any(each.lets and each.writer for each in found) else "opted_out"
    return reason.record.deliverability if reason.record else "sync"


def _facts(
    address: str, dossier: Dossier, found: Sequence[Clue], *, mail: bool
) -> dict[str, str | int | float]:
    verdict = {"mailable": "yes" if dossier.mailable().yes else "no"} if mail else {}
    return {
        "email": address,
        "records": len(dossier.records),
        "reasons": sum(each.against for each in found),
        "unread": len(dossier.unread),
        "purged_before": "yes" if dossier.purged_before else "no",
        **verdict,
    }
