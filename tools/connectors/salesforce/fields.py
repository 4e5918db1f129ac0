"""Contacts and leads put into our shapes: which fields are asked, what they say of consent and bounces."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

from tools.connectors.boxes import marks
from tools.connectors.salesforce.client import Record
from tools.connectors.salesforce.marks import HISTORIES, OPT_OUT, is_true, mark
from tools.connectors.values import moment, subject_of, text
from tools.ports import ConsentMark, Deliverability, Person, Tie
from tools.rules.bounces import classify

PEOPLE = ("Contact", "Lead")
BOUNCED_AT, BOUNCE_REASON = "EmailBouncedDate", "EmailBouncedReason"
NEEDED = ("Email", OPT_OUT, BOUNCED_AT, BOUNCE_REASON)  # reported by health when we may not see them
BESIDE = {
    "OpportunityContactRoles",
    "Cases",
    "CampaignMembers",
    "Quotes",
    "ContractsSigned",
    "contracts",
    "colleagues",
    HISTORIES,
}  # read with a record
COMPOUND = {"address", "location", "base64"}  # types that Bulk 2.0 refuses or that repeat other fields

_HELD_BACK = re.compile(
    r"(?:^|_)(?:(?:block|exclude|stop|do_?not)_?(?:\w+_)?|no_(?:\w+_)?)sync", re.IGNORECASE
)

# Of the record's parents. Custom ones are asked when the organisation has them; see `optional`.
PARENTS: Mapping[str, tuple[str, ...]] = {
    "Contact": ("Owner.Name", "Owner.Records_Frozen__c", "LastModifiedBy.Name", "Account.Name",
                "Account.Type", "Account.Industry", "Account.Target_Account__c"),
    "Lead": ("Owner.Name", "Owner.Records_Frozen__c", "LastModifiedBy.Name"),
}  # fmt: skip


def selected(object: str, described: Mapping[str, Record], hidden: frozenset[str]) -> list[str]:
    """Every plain field of the object that we may see, and the parents' fields not known to be hidden."""
    own = [name for name, each in described.items() if each.get("type") not in COMPOUND]
    return own + [name for name in PARENTS[object] if name not in hidden]


def typed(row: Mapping[str, str], described: Mapping[str, Record]) -> Record:
    """A row of bulk CSV in the types and spellings that REST uses, so that guards compare."""
    out: Record = {}
    for name, value in row.items():
        kind = described.get(name, {}).get("type", "boolean" if value in {"true", "false"} else "string")
        parent, dot, leaf = name.partition(".")
        if dot:
            out.setdefault(parent, {})[leaf] = wire(value, kind)
        else:
            out[name] = wire(value, kind)
    return out


def wire(value: str, kind: str) -> object:
    """One CSV cell as JSON would have it."""
    if value == "":
        return None
    if kind == "boolean":
        return value == "true"
    if kind in {"double", "currency", "percent"}:
        return float(value)
    if kind in {"int", "long"}:
        return int(value)
    if kind == "datetime":
        return value.replace("Z", "+0000")
    return value


def path(record: Mapping[str, Any], name: str) -> object:
    """A field by its name in a query: `Email`, `Account.Type`."""
    head, dot, rest = name.partition(".")
    value = record.get(head)
    if not dot:
        return value
    return path(value, rest) if isinstance(value, Mapping) else None


def consent(record: Mapping[str, Any]) -> tuple[ConsentMark, ...]:
    """The opt-out box as a mark, when it is ticked, or when its history tells who un-ticked it."""
    line = next(iter(record.get(HISTORIES) or ()), None)
    if not record.get(OPT_OUT) and (line is None or is_true(line.get("NewValue"))):
        return ()
    return (mark(dict(record), line, tracked=HISTORIES in record),)


def deliverability(record: Mapping[str, Any]) -> Deliverability:
    """The class of the recorded bounce; `unknown` without one, as bounce management may be off."""
    reason = text(record.get(BOUNCE_REASON))
    if not reason and not record.get(BOUNCED_AT):
        return "unknown"
    found = classify(system="salesforce", text=reason)
    return "unknown" if found == "complaint" else found


@lru_cache(maxsize=256)
def held_back_by(names: tuple[str, ...]) -> tuple[str, ...]:
    """Boxes of an organisation's own among these fields that keep a record out of a sync, by their names.

    No API tells the rule that goes by such a box: `Block_Marketo_Sync__c` is what practitioners call it.
    """
    return tuple(name for name in names if name.endswith("__c") and _HELD_BACK.search(name))


def held_back(record: Mapping[str, Any]) -> str:
    """What on a record itself keeps it out of a sync, in words."""
    if record.get("IsConverted"):
        return "was converted: its contact counts from then on"
    ticked = next((name for name in held_back_by(tuple(record)) if record[name]), "")
    return f"{ticked} is ticked: a sync rule may keep it out" if ticked else ""


def person(
    record: Record,
    object: str,
    *,
    subject: Callable[[str], str],
    ties: tuple[Tie, ...],
    as_of: datetime,
    boxes: Mapping[str, str],
) -> Person:
    """A contact or lead as we read it; `raw` is the whole record without its children.

    `boxes` are the groups of mail by the check-box that says who left them.
    """
    return Person(
        system="salesforce",
        record_id=text(record["Id"]),
        as_of=as_of,
        subject=subject_of(subject, record.get("Email")),
        address=text(record.get("Email")),
        object=object,
        first_name=text(record.get("FirstName")),
        last_name=text(record.get("LastName")),
        company=text(path(record, "Account.Name") or record.get("Company")),
        title=text(record.get("Title")),
        country=text(record.get("MailingCountry") or record.get("Country")),
        phone=text(record.get("Phone") or record.get("MobilePhone")),
        state=text(record.get("MailingState") or record.get("State")),
        city=text(record.get("MailingCity") or record.get("City")),
        industry=text(path(record, "Account.Industry") or record.get("Industry")),
        lead_source=text(record.get("LeadSource")),
        owner=text(path(record, "Owner.Name")),
        consent=(*consent(record), *marks(record, boxes)),
        deliverability=deliverability(record),
        deliverability_raw=text(record.get(BOUNCE_REASON)),
        deliverability_at=moment(record.get(BOUNCED_AT)),
        lifecycle=text(record.get("Status")),
        created=moment(record.get("CreatedDate")),
        modified=moment(record.get("SystemModstamp")),
        held_back=held_back(record),
        last_activity=moment(record.get("LastActivityDate")),
        roles=tuple(text(each.get("OpportunityId")) for each in record.get("OpportunityContactRoles") or ()),
        ties=ties,
        raw={name: value for name, value in record.items() if name not in BESIDE},
    )
