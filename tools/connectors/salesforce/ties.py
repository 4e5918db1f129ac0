"""What holds a person in place in Salesforce: roles, cases, campaigns, customers, holds, activity, phones.

Source: the veto table for deleting people from a CRM. Which fields carry holds and marks differs by
organisation; the custom ones here are the names we look for, and their absence is no failure.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from tools.connectors.salesforce.client import Record
from tools.connectors.salesforce.fields import path
from tools.connectors.values import moment, text
from tools.ports import Tie

CAMPAIGN_WINDOW = timedelta(days=90)  # attribution window; a setting of `connect`
ACTIVITY_WINDOW = timedelta(days=180)  # the same
LEGAL_HOLD, EVIDENCE, FROZEN = "Legal_Hold__c", "Consent_Evidence__c", "Owner.Records_Frozen__c"
DATA_REQUEST = "Data_Request_Open__c"
TARGET, ACCOUNT_TYPE = "Account.Target_Account__c", "Account.Type"

# Child records by relationship, as guards spell them: how many there are now.
ROLES, CASES, MEMBERS = "OpportunityContactRoles", "Cases", "CampaignMembers"
QUOTES, SIGNED = "Quotes", "ContractsSigned"
OPTIONAL = frozenset({QUOTES, SIGNED})  # an administrator switches quotes on
CHILDREN: Mapping[str, Mapping[str, str]] = {
    "Contact": {
        ROLES: "Id, Role, OpportunityId, Opportunity.Name, Opportunity.IsClosed",
        CASES: "Id, CaseNumber, Status, IsClosed",
        MEMBERS: "Id, CampaignId, Campaign.Name, Status, CreatedDate",
        QUOTES: "Id, QuoteNumber, Status",
        SIGNED: "Id, ContractNumber, Status",
    },
    "Lead": {MEMBERS: "Id, CampaignId, Campaign.Name, Status, CreatedDate"},
}
# What the ties rest on besides the children.
_OF_BOTH = (
    LEGAL_HOLD,
    DATA_REQUEST,
    EVIDENCE,
    "LastActivityDate",
    "Phone",
    "MobilePhone",
    "DoNotCall",
    FROZEN,
)
TRAITS: Mapping[str, tuple[str, ...]] = {"Contact": (*_OF_BOTH, ACCOUNT_TYPE, TARGET), "Lead": _OF_BOTH}


def is_customer(kind: object) -> bool:
    """Whether an account's type names a customer or partner (`Customer - Direct`, `Channel Partner`)."""
    words = text(kind).lower()
    return "customer" in words or "partner" in words


def ties(record: Record, *, now: datetime, active: timedelta = ACTIVITY_WINDOW) -> tuple[Tie, ...]:
    """Everything that holds this contact or lead, children read with it; activity holds for `active`."""
    return (*_of_children(record), *_of_account(record), *_of_traits(record, now, active))


def _of_children(record: Record) -> Iterator[Tie]:
    for role in record.get(ROLES) or ():
        state = "closed" if path(role, "Opportunity.IsClosed") else "open"
        words = f"{state} opportunity '{text(path(role, 'Opportunity.Name'))}'"
        yield Tie(kind="opportunity_role", text=words, record_id=text(role.get("OpportunityId")))
    for case in record.get(CASES) or ():
        words = f"case {text(case.get('CaseNumber'))} ({text(case.get('Status')).lower()})"
        yield Tie(kind="case", text=words, record_id=text(case.get("Id")))
    for quote in record.get(QUOTES) or ():
        words = f"quote {text(quote.get('QuoteNumber'))} ({text(quote.get('Status')).lower()})"
        yield Tie(kind="quote", text=words, record_id=text(quote.get("Id")))
    for contract in record.get(SIGNED) or ():
        words = f"signed contract {text(contract.get('ContractNumber'))}"
        yield Tie(kind="contract", text=words, record_id=text(contract.get("Id")))
    for member in record.get(MEMBERS) or ():
        words = f"campaign '{text(path(member, 'Campaign.Name'))}' inside the attribution window"
        yield Tie(kind="campaign_window", text=words, record_id=text(member.get("CampaignId")))


def _of_account(record: Mapping[str, Any]) -> Iterator[Tie]:
    account = text(path(record, "Account.Name"))
    if is_customer(path(record, ACCOUNT_TYPE)):
        yield Tie(kind="customer_account", text=f"customer or partner account '{account}'")
    for contract in record.get("contracts") or ():
        words = f"contract {text(contract.get('ContractNumber'))} of '{account}'"
        yield Tie(kind="customer_account", text=words, record_id=text(contract.get("Id")))
    if path(record, TARGET) and not record.get("colleagues"):
        yield Tie(kind="target_account", text=f"only contact on target account '{account}'")


def _of_traits(record: Mapping[str, Any], now: datetime, window: timedelta) -> Iterator[Tie]:
    if record.get(LEGAL_HOLD):
        yield Tie(kind="legal_hold", text="on legal hold")
    if record.get(DATA_REQUEST):
        yield Tie(kind="legal_hold", text="has an open data request")
    if record.get(EVIDENCE):
        yield Tie(kind="consent_evidence", text=f"evidence of consent: {text(record[EVIDENCE])}")
    if path(record, FROZEN):
        yield Tie(kind="frozen_owner", text=f"records of {text(path(record, 'Owner.Name'))} are frozen")
    active = moment(record.get("LastActivityDate"))
    if active and now - active <= window:
        yield Tie(kind="recent_activity", text=f"last activity on {active:%Y-%m-%d}")
    if (record.get("Phone") or record.get("MobilePhone")) and not record.get("DoNotCall"):
        yield Tie(kind="phone_in_use", text="has a phone number that may be called")
