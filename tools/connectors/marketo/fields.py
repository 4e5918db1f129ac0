"""Marketo's leads put into our shapes: what its flags say of consent and of the mailbox."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from tools.connectors.boxes import marks
from tools.connectors.marketo.client import Record
from tools.connectors.marketo.describing import NAMES
from tools.connectors.reading import texts
from tools.connectors.values import moment, subject_of, text
from tools.ports import BounceClass, ConsentMark, Deliverability, Person, RestsOn
from tools.rules.bounces import classify

SUSPENSION = timedelta(hours=24)  # documented: after this the lead is mailable though the flag stays set
HARD, SOFT = "Email Bounced", "Email Bounced Soft"  # names of activity types; their ids are looked up
INVALID_CATEGORY = "2"  # the category by which Marketo sets emailInvalid
NEEDED = ("email", "unsubscribed", "unsubscribedReason", "emailInvalid", "emailInvalidCause")

SALESFORCE = ("sfdcId", "sfdcContactId", "sfdcLeadId")  # a lead's Salesforce record, by REST names

# The fields behind each fact a decision may rest on. Ties live in the CRM.
BEHIND: Mapping[RestsOn, tuple[str, ...]] = {
    "address": ("email",),
    "consent": ("unsubscribed",),
    "deliverability": ("emailInvalid",),
}


def consent(record: Record, boxes: Mapping[str, str]) -> tuple[ConsentMark, ...]:
    """Opt-outs; `boxes` are groups by their check-box. Flags have no time: the activity log has it."""
    found = []
    if record.get("unsubscribed"):
        why = text(record.get("unsubscribedReason"))
        source = f"unsubscribed: {why}" if why else "unsubscribed"
        found.append(ConsentMark(scope="global", state="opt_out_global", at=None, source=source))
    if record.get("blackListed"):
        found.append(ConsentMark(scope="global", state="opt_out_global", at=None, source="blackListed"))
    return (*found, *marks(record, boxes))


def deliverability(record: Record, now: datetime) -> tuple[Deliverability, str, datetime | None]:
    """Class, words and time. `emailSuspended` counts for 24 hours only: it never returns to false."""
    if record.get("emailInvalid"):
        cause = text(record.get("emailInvalidCause"))
        found = classify(system="marketo", text=cause, category=INVALID_CATEGORY)
        return ("unknown" if found == "complaint" else found), cause or "Email Invalid", None
    at = moment(record.get("emailSuspendedAt"))
    if record.get("emailSuspended") and at and now - at < SUSPENSION:
        return "blocked", text(record.get("emailSuspendedCause")) or "Email Suspended", at
    return "ok", "", None


def person(
    record: Record, *, subject: Callable[[str], str], as_of: datetime, boxes: Mapping[str, str]
) -> Person:
    """A lead as we read it; `raw` is the whole record, `boxes` groups of mail by their check-box."""
    state, words, at = deliverability(record, as_of)
    score = record.get("leadScore")
    return Person(
        system="marketo",
        record_id=text(record["id"]),
        as_of=as_of,
        subject=subject_of(subject, record.get("email")),
        address=text(record.get("email")),
        object="lead",
        **texts(record, NAMES),
        consent=consent(record, boxes),
        deliverability=state,
        deliverability_raw=words,
        deliverability_at=at,
        score=int(score) if isinstance(score, int | float) else None,
        created=moment(record.get("createdAt")),
        modified=moment(record.get("updatedAt")),
        linked=_linked(record),
        raw=record,
    )


def _linked(record: Record) -> str | None:
    """The Salesforce record a lead is synced with, "" for none; None where there is no such sync.

    The fields' REST names are an assumption; an instance without them tells nothing of its sync.
    """
    known = [name for name in SALESFORCE if name in record]
    return next((text(record[name]) for name in known if record[name]), "") if known else None


def attributes(activity: Record) -> Mapping[str, str]:
    """An activity's attributes by name."""
    return {text(each.get("name")): text(each.get("value")) for each in activity.get("attributes") or ()}


def bounce_class(details: Mapping[str, str]) -> BounceClass:
    """Our class of a bounce activity, from its category and its words."""
    return classify(system="marketo", text=details.get("Details", ""), category=details.get("Category", ""))
