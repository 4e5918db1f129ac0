"""One person in every system: consent, deliverability, memberships, what holds them, mailable or not."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from tools.answer import Answer, Table
from tools.catalog.across import listing, vendors
from tools.catalog.arguments import Email
from tools.catalog.dossiers import COMMERCIAL, CONSENT, CONTACT, PERSONAL, Dossier, read
from tools.catalog.linking import link
from tools.context import ToolContext
from tools.errors import Refused
from tools.plan import System
from tools.ports import Membership, Person
from tools.registry import tool
from tools.rules.consent import WORDS
from tools.rules.email_key import normalise
from tools.rules.plain_text import one_line
from tools.rules.stack import title
from tools.rules.vetoes import VETOES

NEVER = "never seen"
SHOWN = 50


@tool(
    examples=(
        "look up jane@acme.com",
        "what do we know about bob@globex.com?",
        "can we email maria@initech.de",
        "is tom@umbrella.io mailable",
        "lee@acme.com",
        "who is ana@globex.com and where does she exist",
        "show me the record of sam@initech.com in every system",
        "consent status for kim@acme.com",
        "has priya@acme.com opted out?",
        "check jon@example.com in SFDC and Marketo",
        "which campaigns is rita@globex.com in",
        "pull the profile of dana@umbrella.io",
        "where does this contact live: max@initech.de",
        "find omar@acme.com in our systems",
        "did lena@globex.com unsubscribe?",
        "which lists is tim@acme.com subscribed to",
        "does nora@initech.de still get our emails",
        "what do our systems know about pia@lantern.io",
        "is dev@harbor.co in any of our tools?",
        "check anna@ridge.com across CRM and marketing",
        "find the contact record of lee@quartz.dev",
        "which lists and campaigns is mo@tidal.app in",
        "a rep wants to know where sara@birch.se is stored",
        "does tom@cedar.org exist anywhere",
        "what's the consent state of ivo@delta.bg in each tool",
        "open the profile of kim@fern.kr",
        "subscription status of joe@slate.us please",
        "last touch with mei@opal.sg?",
    ),
)
def lookup_person(context: ToolContext, *, email: Email) -> Answer:
    """Show one person in every system: consent, deliverability, memberships, mailable or not and why."""
    address = normalise(email)
    readable = context.policy.readable(context.principal.roles)
    if CONTACT not in readable:
        raise Refused(
            "You may not read data of class contact",
            do="Ask somebody whose role may, or an admin for the role.",
        )
    dossier = read(context, address)
    if not dossier.records:
        return _unknown(address, dossier)
    return _described(context, address, dossier, readable)


def _unknown(address: str, dossier: Dossier) -> Answer:
    looked = listing(title(each.source) for each in dossier.evidence) or "any system"
    tombstone = (
        " We purged this address before; it is suppressed again if it returns."
        if dossier.purged_before
        else ""
    )
    return Answer(
        text=f"Nobody with the address {address} is in {looked}.{tombstone} Check the spelling; to keep mail "
        f"from ever going there, ask to suppress it.{_gaps(dossier.unread)}",
        facts={"email": address, "records": 0, "purged_before": _yes(dossier.purged_before)},
        evidence=dossier.evidence,
        private=True,
        next_steps=(f"suppress {address}",),
    )


def _described(context: ToolContext, address: str, dossier: Dossier, readable: frozenset[str]) -> Answer:
    verdict = dossier.mailable()
    consent = dossier.consent()
    may_consent = CONSENT in readable
    why = verdict.sentence() if may_consent else ("mailable" if verdict.yes else "not mailable")
    systems = list(dict.fromkeys(title(person.system) for person in dossier.records))
    facts: dict[str, str | int | float] = {
        "email": address,
        "mailable": _yes(verdict.yes),
        "records": len(dossier.records),
        "systems": len(systems),
        "deliverability": dossier.deliverability(),
        "memberships": len(dossier.memberships),
        "purged_before": _yes(dossier.purged_before),
    }
    if may_consent:
        facts["consent"] = WORDS[consent]
    if PERSONAL in readable:
        facts["last_touch"] = _day(dossier.last_touch()) or NEVER
    return Answer(
        text=f"{address} is {why}{_groups(dossier) if may_consent else ''}. "
        f"{_where(context, dossier, systems)}{_withheld(readable)}{_gaps(dossier.unread)}",
        tables=_tables(context, dossier, readable),
        facts=facts,
        evidence=dossier.evidence,
        private=True,
        next_steps=() if verdict.yes else (f"why is {address} not mailable?",),
    )


def _groups(dossier: Dossier) -> str:
    """The kinds of mail that a person who may be mailed has left."""
    left = {
        one_line(mark.scope)
        for person in dossier.records
        for mark in person.consent
        if mark.state == "opt_out_group"
    }
    return f", but not with {listing(sorted(left))}" if left and dossier.mailable().yes else ""


def _where(context: ToolContext, dossier: Dossier, systems: Sequence[str]) -> str:
    """How many records there are and where, where there is none, and whether we purged them once."""
    number = sum(each.record_id != each.subject for each in dossier.records)
    listed = [title(each.system) for each in dossier.records if each.record_id == each.subject]
    absent = [
        title(each) for each in vendors(context) if title(each) not in systems and each not in dossier.unread
    ]
    held = listing(each for each in systems if each not in listed)
    parts = [f"{number} record{'' if number == 1 else 's'} in {held}"] if number else []
    parts += [f"an entry without a record on the suppression list of {listing(listed)}"] if listed else []
    said = listing(parts)
    missing = f", none in {listing(absent)}" if absent else ""
    purged = " We purged this address before; it came back." if dossier.purged_before else ""
    return f"{said[0].upper()}{said[1:]}{missing}.{purged}"


def _withheld(readable: frozenset[str]) -> str:
    """The classes this role may not read, by name: the same sentence however it was asked."""
    missing = [name for name in (CONSENT, COMMERCIAL, PERSONAL) if name not in readable]
    return (
        f" Withheld, because your role may not read it: data of class {listing(missing)}." if missing else ""
    )


def _gaps(unread: Mapping[System, str]) -> str:
    return "".join(f" {title(system)} could not be read: {why}" for system, why in unread.items())


def _tables(context: ToolContext, dossier: Dossier, readable: frozenset[str]) -> tuple[Table, ...]:
    parts = (
        (CONTACT, _record_table(context, dossier.records)),
        (CONSENT, _consent_table(dossier.records)),
        (CONTACT, _deliverability_table(dossier.records)),
        (PERSONAL, _touch_table(dossier.records)),
        (CONTACT, _membership_table(dossier.memberships)),
        (COMMERCIAL, _tie_table(dossier.records)),
        (COMMERCIAL, _sales_table(dossier.records)),
    )
    return tuple(table for needed, table in parts if needed in readable and table.rows)


def _record_table(context: ToolContext, records: Sequence[Person]) -> Table:
    rows = tuple(
        (
            title(each.system),
            each.object.replace("_", " "),
            "" if each.record_id == each.subject else each.record_id,
            one_line(f"{each.first_name} {each.last_name}"),
            one_line(each.company),
            one_line(each.title),
            one_line(each.country),
            _day(each.created),
            one_line(each.held_back),
            link(vendors(context).get(each.system), each.object, each.record_id),
        )
        for each in records[:SHOWN]
    )
    columns = (
        "system", "object", "record", "name", "company", "title", "country", "created", "note", "link",
    )  # fmt: skip
    return Table(title="Records", columns=columns, rows=rows)


def _consent_table(records: Sequence[Person]) -> Table:
    rows = tuple(
        (
            title(person.system),
            "" if person.record_id == person.subject else person.record_id,
            one_line(mark.scope),
            WORDS[mark.state],
            _day(mark.at),
            one_line(mark.source),
            one_line(mark.writer),
        )
        for person in records[:SHOWN]
        for mark in person.consent
    )
    columns = ("system", "record", "scope", "consent", "since", "source", "written by")
    return Table(title="Consent", columns=columns, rows=rows)


def _deliverability_table(records: Sequence[Person]) -> Table:
    rows = tuple(
        (
            title(each.system),
            each.deliverability,
            _day(each.deliverability_at),
            one_line(each.deliverability_raw),
        )
        for each in records[:SHOWN]
        if each.deliverability != "unknown" or each.deliverability_raw
    )
    columns = ("system", "deliverability", "since", "in the vendor's words")
    return Table(title="Deliverability", columns=columns, rows=rows)


def _touch_table(records: Sequence[Person]) -> Table:
    seen = [each for each in records[:SHOWN] if each.last_activity]
    rows = tuple((title(each.system), _day(each.last_activity)) for each in seen)
    return Table(title="Last touch", columns=("system", "last activity"), rows=rows)


def _membership_table(memberships: Sequence[Membership]) -> Table:
    rows = tuple(
        (title(each.system), one_line(each.list_or_campaign), one_line(each.status), _day(each.at))
        for each in memberships[:SHOWN]
    )
    return Table(
        title="Lists and campaigns", columns=("system", "list or campaign", "status", "since"), rows=rows
    )


def _tie_table(records: Sequence[Person]) -> Table:
    rows = tuple(
        (title(person.system), VETOES[tie.kind].sentence, one_line(tie.text), tie.record_id)
        for person in records[:SHOWN]
        for tie in person.ties
    )
    return Table(
        title="What holds the record", columns=("system", "this person", "which", "record"), rows=rows
    )


def _sales_table(records: Sequence[Person]) -> Table:
    rows = tuple(
        (
            title(each.system),
            one_line(each.lifecycle),
            "" if each.score is None else each.score,
            one_line(each.owner),
            len(each.roles),
        )
        for each in records[:SHOWN]
        if each.lifecycle or each.score is not None or each.owner or each.roles
    )
    columns = ("system", "lifecycle", "score", "owner", "opportunities")
    return Table(title="Sales", columns=columns, rows=rows)


def _day(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d}" if at else ""


def _yes(value: bool) -> str:  # noqa: FBT001 (it is the one thing shown)
    return "yes" if value else "no"
