"""The contact properties the twin knows, and how the API shows and checks them.

Internal names and labels are HubSpot's default contact properties. Whether a value is read-only, and the
options of enumerations beyond lifecycle stage, are assumptions except where a comment names a source.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from tools.twin.wire import Json

SUBSCRIPTIONS: Final = (
    (5_720_344, "Marketing Information", "Offers and product news"),
    (7_814_112, "Product Updates", "What changed in the product"),
    (7_920_118, "EVENTS", "Invitations to webinars and fairs"),
    (4_550_521, "One to One", "E-mails written by a person to a person"),
)
"""Subscription types: id, name, description. The last is internal: sales mail, not marketing."""
INTERNAL: Final = 4_550_521


@dataclass(frozen=True)
class Property:
    """One property: type as HubSpot names it, whether the API may write it, what a choice allows."""

    name: str
    label: str
    type: str = "string"
    writable: bool = True
    group: str = "contactinformation"
    options: tuple[str, ...] = ()
    derived: bool = False  # worked out from other tables when it is read

    @property
    def field_type(self) -> str:
        """The kind of input that shows it."""
        kinds = {"bool": "booleancheckbox", "enumeration": "select", "number": "number", "string": "text"}
        return kinds.get(self.type, "date")


STAGES: Final = (
    "subscriber", "lead", "marketingqualifiedlead", "salesqualifiedlead", "opportunity", "customer",
    "evangelist", "other",
)  # fmt: skip
# HubSpot lists the reasons in its knowledge base in words; the spelling of the values is an assumption.
BOUNCE_REASONS: Final = ("UNKNOWN_USER", "MAILBOX_FULL", "SPAM", "POLICY", "CONTENT", "OTHER")
_MAIL: Final = "emailinformation"


def _own(name: str, label: str, type: str = "string", options: tuple[str, ...] = ()) -> Property:
    return Property(name, label, type, options=options)


def _set_by_hubspot(
    name: str, label: str, type: str = "string", group: str = _MAIL, options: tuple[str, ...] = ()
) -> Property:
    return Property(name, label, type, False, group, options)


def _opt_out(number: int, name: str) -> Property:
    return Property(
        f"hs_email_optout_{number}", f"Opted out of email: {name}", "enumeration", False, _MAIL,
        ("true", "false"), derived=True,
    )  # fmt: skip


_ALL: Final = (
    _own("email", "Email"),
    _own("firstname", "First Name"),
    _own("lastname", "Last Name"),
    _own("company", "Company Name"),
    _own("jobtitle", "Job Title"),
    _own("phone", "Phone Number"),
    _own("country", "Country/Region"),
    _own("state", "State/Region"),
    _own("city", "City"),
    _own("zip", "Postal Code"),
    _own("industry", "Industry"),
    _own("website", "Website URL"),
    _own("numemployees", "Number of Employees"),
    _own("hs_lead_status", "Lead Status", "enumeration", ("NEW", "OPEN", "IN_PROGRESS", "CONNECTED")),
    _own("lifecyclestage", "Lifecycle Stage", "enumeration", STAGES),
    _own("hubspot_owner_id", "Contact owner"),
    _own("leadsource", "Lead Source"),
    # a property of the organisation's own: who is in the inclusion list of the Salesforce integration
    _own("sync_to_salesforce", "Sync to Salesforce", "bool"),
    _set_by_hubspot("hubspotscore", "HubSpot Score", "number", "contactinformation"),
    # read-only by API: it needs a workflow or the app (HubSpot's documentation of marketing contacts)
    _set_by_hubspot(
        "hs_marketable_status", "Marketing contact status", "enumeration", "contactinformation",
        ("true", "false"),
    ),
    _set_by_hubspot("createdate", "Create Date", "datetime", "contactinformation"),
    _set_by_hubspot("lastmodifieddate", "Last Modified Date", "datetime", "contactinformation"),
    _set_by_hubspot("hs_additional_emails", "Additional email addresses", "enumeration"),
    _set_by_hubspot("hs_merged_object_ids", "Merged record IDs", "enumeration", "contactinformation"),
    _set_by_hubspot("hs_email_bad_address", "Invalid email address", "bool"),
    _set_by_hubspot("hs_email_quarantined", "Email Address Quarantined", "bool"),
    _set_by_hubspot("hs_email_bounce", "Marketing emails bounced", "number"),
    _set_by_hubspot("hs_email_delivered", "Marketing emails delivered", "number"),
    _set_by_hubspot("hs_email_hard_bounce_reason", "Email hard bounce reason"),
    _set_by_hubspot(
        "hs_email_hard_bounce_reason_enum", "Email hard bounce reason", "enumeration", options=BOUNCE_REASONS
    ),
    _set_by_hubspot("hs_email_last_send_date", "Last marketing email send date", "datetime"),
    _set_by_hubspot("hs_email_last_open_date", "Last marketing email open date", "datetime"),
    _set_by_hubspot("hs_email_last_click_date", "Last marketing email click date", "datetime"),
    _set_by_hubspot("hs_email_last_email_name", "Last marketing email name"),
    _set_by_hubspot("salesforcecontactid", "Salesforce Contact ID", group="salesforceinformation"),
    _set_by_hubspot("salesforceleadid", "Salesforce Lead ID", group="salesforceinformation"),
    _set_by_hubspot("salesforcedeleted", "Salesforce Deleted", "bool", "salesforceinformation"),
    _set_by_hubspot(
        "salesforcelastsynctime", "Last Salesforce Sync Time", "datetime", "salesforceinformation"
    ),
    Property("hs_object_id", "Record ID", "number", False, "contactinformation", derived=True),
    # read-only: opt-outs are set through communication preferences (answers of HubSpot's staff in its forum)
    Property("hs_email_optout", "Unsubscribed from all email", "bool", False, _MAIL, derived=True),
    *(_opt_out(number, name) for number, name, _ in SUBSCRIPTIONS),
)  # fmt: skip
PROPERTIES: Final[Mapping[str, Property]] = {each.name: each for each in _ALL}
STORED: Final = tuple(each.name for each in _ALL if not each.derived)
DEFAULT: Final = ("createdate", "email", "firstname", "hs_object_id", "lastmodifieddate", "lastname")
ALWAYS: Final = ("createdate", "hs_object_id", "lastmodifieddate")


def described(field: Property) -> dict[str, Json]:
    """A property as the properties API shows it."""
    options = [
        {"label": each.replace("_", " ").capitalize(), "value": each, "displayOrder": place, "hidden": False}
        for place, each in enumerate(field.options)
    ]
    return {
        "name": field.name,
        "label": field.label,
        "description": "",
        "type": field.type,
        "fieldType": field.field_type,
        "groupName": field.group,
        "options": options,
        "displayOrder": -1,
        "calculated": False,
        "externalOptions": False,
        "hasUniqueValue": field.name == "email",
        "hidden": False,
        "hubspotDefined": field.name != "sync_to_salesforce",
        "formField": field.writable,
        "archived": False,
        "modificationMetadata": {
            "archivable": field.name == "sync_to_salesforce",
            "readOnlyDefinition": field.name != "sync_to_salesforce",
            "readOnlyOptions": False,
            "readOnlyValue": not field.writable,
        },
    }
