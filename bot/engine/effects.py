"""What a row really does, read from the row: neither a tool's name nor its hints are believed."""

from collections.abc import Mapping

from tools.plan import EFFECT_OF_OP, Change, Effect

# Fields that say whether a person may be mailed; true is the restrictive value.
# Sources: Salesforce standard fields of Contact and Lead; Marketo and HubSpot standard fields of a person.
CONSENT_FIELDS: Mapping[str, frozenset[str]] = {
    "salesforce": frozenset({"HasOptedOutOfEmail", "DoNotCall", "HasOptedOutOfFax"}),
    "marketo": frozenset({"unsubscribed", "marketingSuspended", "blackListed", "doNotCall"}),
    "hubspot": frozenset({"hs_email_optout", "hs_email_optout_all"}),
}
# Lists of addresses that do not work: being on one says nothing of the person's wishes.
DELIVERABILITY_LISTS = frozenset({"bounce", "bounces", "block", "blocks", "invalid_email", "invalid_emails"})
# Objects that are a person's access to a vendor's product. Source: Salesforce's licence objects.
ACCESS_OBJECTS = frozenset(
    {
        "user",
        "userlicense",
        "userlogin",
        "permissionsetassignment",
        "permissionsetlicenseassign",
        "userpackagelicense",
        "seat",
        "licence",
        "license",
    }
)
ERASURE_OBJECTS = frozenset({"erasure", "gdpr_delete"})
# Fields whose value starts or stops a send, whatever the object is called.
SEND_FIELDS = frozenset({"send_at", "scheduled_at", "scheduledAt", "runAt", "trigger"})
SEND_OBJECTS = frozenset({"send", "singlesend", "smart_campaign", "campaign_schedule"})


def effects_of(change: Change) -> frozenset[Effect]:
    """Everything this one row does."""
    found = set(EFFECT_OF_OP[change.op])
    if change.object.lower() in DELIVERABILITY_LISTS and change.op in {"suppress", "unsuppress"}:
        found = {"update"}
    if change.object.lower() in ACCESS_OBJECTS:
        found.add("access")
    if change.object.lower() in ERASURE_OBJECTS:
        found.add("erase")
    if change.system != "clearance" and _sends(change):
        found.add("send")
    return frozenset(found | _consent(change))


def _consent(change: Change) -> set[Effect]:
    named = CONSENT_FIELDS.get(change.system, frozenset()) & set(change.set)
    restrictive = [_restrictive(change.set[name]) for name in named]
    if change.op == "create":
        return {"consent"} if any(restrictive) else set()  # nobody has opted out of a new record
    if not restrictive:
        return set()
    return {"consent"} if all(restrictive) else {"consent", "consent_lowered"}


def _restrictive(value: object) -> bool:
    return value is True or (isinstance(value, str) and value.lower() in {"true", "1", "yes"}) or value == 1


def _sends(change: Change) -> bool:
    return change.object.lower() in SEND_OBJECTS or bool(SEND_FIELDS & set(change.set))
