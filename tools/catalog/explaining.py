"""Why something is so for one person: what every system says, since when and by whom, and what none tells."""

from collections.abc import Sequence

from tools.abilities import LinksRecords
from tools.answer import Answer, Citation, Table
from tools.catalog.across import listing, vendors
from tools.catalog.arguments import Email, Question
from tools.catalog.dossiers import CONTACT, Dossier, read
from tools.catalog.runbooks import EVERYONE
from tools.catalog.tracing import NOBODY_TELLS, Clue, Topic, clues, topics
from tools.context import ToolContext
from tools.errors import Refused
from tools.registry import tool
from tools.rules.email_key import normalise
from tools.rules.plain_text import one_line
from tools.rules.stack import title

SHOWN = 60
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
    address = normalise(email)
    dossier = read(context, address)
    about = topics(question.replace(email, " "))
    found = [each for each in clues(context, dossier, about) if each.data_class in readable]
    cited = _cited(context, question.replace(email, " "))
    return Answer(
        text=_text(address, dossier, found, withheld=_withheld(context, dossier, about, readable)),
        tables=_tables(context, found, about),
        citations=cited,
        facts=_facts(address, dossier, found),
        evidence=dossier.evidence,
        private=True,
        next_steps=(f"look up {address}",),
    )


def _text(address: str, dossier: Dossier, found: Sequence[Clue], *, withheld: str) -> str:
    """The answer in a sentence: what speaks against it, the strongest first, or that nothing does."""
    against = [each for each in found if each.against]
    if not dossier.records and not dossier.purged_before:
        said = f"Nobody with the address {address} is in the systems that could be read"
    elif against:
        said = f"{address}: {'; '.join(dict.fromkeys(each.sentence() for each in against[:4]))}"
    else:
        said = f"Nothing the systems tell of {address} speaks against it"
    gaps = "".join(f" {title(system)} could not be read: {why}" for system, why in dossier.unread.items())
    return f"{said}. What no system tells is listed below.{withheld}{gaps}"


def _withheld(
    context: ToolContext, dossier: Dossier, about: Sequence[Topic], readable: frozenset[str]
) -> str:
    """The classes of data left out of the trace, by name."""
    missing = sorted({each.data_class for each in clues(context, dossier, about)} - readable)
    if not missing:
        return ""
    return f" Withheld, because your role may not read it: data of class {listing(missing)}."


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
    reader = vendors(context)[clue.record.system]
    if isinstance(reader, LinksRecords):
        return reader.record_link(clue.record.object, clue.record.record_id)
    return f"{clue.record.object} {clue.record.record_id}"


def _cited(context: ToolContext, question: str) -> tuple[Citation, ...]:
    """The runbook's section on such a question."""
    own = context.principal.roles if context.private else frozenset()
    found = context.runbooks.search(question, audiences=own | {EVERYONE})
    return found.citations if found.outcome == "answer" else found.citations[:1]


def _facts(address: str, dossier: Dossier, found: Sequence[Clue]) -> dict[str, str | int | float]:
    return {
        "email": address,
        "records": len(dossier.records),
        "reasons": sum(each.against for each in found),
        "unread": len(dossier.unread),
        "purged_before": "yes" if dossier.purged_before else "no",
    }
