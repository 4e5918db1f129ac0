"""HubSpot's contacts put into our shapes: what their properties say of consent and of the mailbox."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from tools.connectors.hubspot.client import Record, Subscription
from tools.connectors.reading import texts
from tools.connectors.values import moment, subject_of, text
from tools.plan import Fields
from tools.ports import BounceClass, ConsentMark, Deliverability, Person, RestsOn
from tools.rules.bounces import classify
from tools.rules.person_fields import CanonicalField

OPT_OUT = "hs_email_optout"
REASON = "hs_email_hard_bounce_reason_enum"
WORDS = "hs_email_hard_bounce_reason"
BAD, QUARANTINED = "hs_email_bad_address", "hs_email_quarantined"
LAST_SENT, LAST_CLICK = "hs_email_last_send_date", "hs_email_last_click_date"
CAMPAIGN = "hs_email_last_email_name"
SALESFORCE = ("salesforcecontactid", "salesforceleadid")
NEEDED = ("email", OPT_OUT, REASON)
YES = "true"

NAMES: Mapping[CanonicalField, str] = {
    "address": "email",
    "first_name": "firstname",
    "last_name": "lastname",
    "company": "company",
    "title": "jobtitle",
    "phone": "phone",
    "country": "country",
    "state": "state",
    "city": "city",
    "postal_code": "zip",
    "industry": "industry",
    "employees": "numemployees",
    "website": "website",
    "lead_source": "leadsource",
    "lifecycle": "lifecyclestage",
    "score": "hubspotscore",
    "owner": "hubspot_owner_id",
    "created": "createdate",
    "last_activity": LAST_CLICK,
    "opted_out": OPT_OUT,
}
READ_ONLY = (OPT_OUT, REASON, WORDS, BAD, QUARANTINED, LAST_SENT, LAST_CLICK, CAMPAIGN, "hubspotscore",
             "createdate", "lastmodifieddate", "hs_marketable_status", "hs_email_bounce",
             "hs_additional_emails", *SALESFORCE)  # fmt: skip
# The fields behind each fact a decision may rest on. Ties live in the CRM.
BEHIND: Mapping[RestsOn, tuple[str, ...]] = {
    "address": ("email",),
    "consent": (OPT_OUT,),
    "deliverability": (REASON,),
}
# HubSpot's reasons for a hard bounce. Only an unknown user says that the mailbox is gone: content, spam and
# policy are about us, and a full mailbox empties again (HubSpot's knowledge base on types of bounces).
REASONS: Mapping[str, BounceClass] = {
    "UNKNOWN_USER": "invalid",
    "MAILBOX_FULL": "full",
    "CONTENT": "blocked",
    "SPAM": "blocked",
    "POLICY": "blocked",
    "OTHER": "unknown",
}


def names(described: Mapping[str, Record], subscriptions: Sequence[Subscription]) -> list[str]:
    """The properties read of a contact: those we may write, and those set by HubSpot that say something."""
    own = [name for name, each in described.items() if writable(each)]
    told = [name for name in (*READ_ONLY, *(each.property for each in subscriptions)) if name in described]
    return list(dict.fromkeys([*own, *told]))


def writable(described: Record) -> bool:
    """Whether the API may write a property's value."""
    return not (described.get("modificationMetadata") or {}).get("readOnlyValue", False)


def consent(raw: Fields, subscriptions: Sequence[Subscription]) -> tuple[ConsentMark, ...]:
    """Opt-outs of everything and of single subscriptions. Their times are in the property's history."""
    marks = []
    if raw.get(OPT_OUT) == YES:
        marks.append(ConsentMark(scope="global", state="opt_out_global", at=None, source=OPT_OUT))
    marks += [
        ConsentMark(scope=each.name, state="opt_out_group", at=None, source=each.property)
        for each in subscriptions
        if raw.get(each.property) == YES
    ]
    return tuple(marks)


def bounce_class(reason: object, words: object) -> BounceClass:
    """Our class of a hard bounce, from HubSpot's reason and the server's words; the milder of the two."""
    said, heard = REASONS.get(text(reason), "unknown"), classify(system="hubspot", text=text(words))
    if said == "invalid" and heard not in {"unknown", "invalid"}:
        return heard
    return heard if said == "unknown" else said


def deliverability(raw: Fields) -> tuple[Deliverability, str, datetime | None]:
    """Class, words and time. A hard bounce has its time in the property's history only."""
    if raw.get(REASON):
        found = bounce_class(raw.get(REASON), raw.get(WORDS))
        said = f"{text(raw.get(REASON))}: {text(raw.get(WORDS))}".rstrip(": ")
        return ("unknown" if found == "complaint" else found), said, None
    if raw.get(BAD) == YES:
        return "invalid", BAD, None
    if raw.get(QUARANTINED) == YES:
        return "blocked", QUARANTINED, None
    return "ok", "", moment(raw.get(LAST_SENT))


def person(
    record: Record, *, subject: Callable[[str], str], subscriptions: Sequence[Subscription], as_of: datetime
) -> Person:
    """A contact as we read it; `raw` is all of its properties."""
    raw: Fields = record.get("properties") or {}
    state, words, at = deliverability(raw)
    score = text(raw.get("hubspotscore"))
    return Person(
        system="hubspot",
        record_id=text(record["id"]),
        as_of=as_of,
        subject=subject_of(subject, raw.get("email")),
        address=text(raw.get("email")),
        object="contact",
        **texts(raw, NAMES),
        consent=consent(raw, subscriptions),
        deliverability=state,
        deliverability_raw=words,
        deliverability_at=at,
        score=int(float(score)) if score.replace(".", "", 1).isdigit() else None,
        created=moment(raw.get("createdate")),
        modified=moment(raw.get("lastmodifieddate")),
        linked=_linked(raw),
        last_activity=moment(raw.get(LAST_CLICK)),
        raw=raw,
    )


def _linked(raw: Fields) -> str | None:
    """The Salesforce record that the integration syncs a contact with; "" for one outside the inclusion list.

    None where the account has no such integration, and therefore no such properties.
    """
    known = [name for name in SALESFORCE if name in raw]
    return next((text(raw[name]) for name in known if raw[name]), "") if known else None
