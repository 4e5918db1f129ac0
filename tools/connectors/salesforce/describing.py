"""The fields of Salesforce's objects as facts, and which of them are the canonical fields of a person."""

from collections.abc import Mapping

from tools.abilities import FieldFact
from tools.connectors.fitting import Kind
from tools.connectors.salesforce.client import Client, Record
from tools.connectors.salesforce.fields import COMPOUND, PEOPLE
from tools.connectors.salesforce.marks import OPT_OUT
from tools.connectors.values import text
from tools.errors import InvalidArguments, Refused
from tools.rules.person_fields import CanonicalField

_SHARED: Mapping[CanonicalField, str] = {
    "address": "Email",
    "first_name": "FirstName",
    "last_name": "LastName",
    "title": "Title",
    "phone": "Phone",
    "lead_source": "LeadSource",
    "owner": "OwnerId",
    "created": "CreatedDate",
    "last_activity": "LastActivityDate",
    "opted_out": OPT_OUT,
}
# The company, industry, size and site of a contact are its account's, which is no field of a person.
NAMES: Mapping[str, Mapping[CanonicalField, str]] = {
    "Contact": {
        **_SHARED,
        "country": "MailingCountry",
        "state": "MailingState",
        "city": "MailingCity",
        "postal_code": "MailingPostalCode",
    },
    "Lead": {
        **_SHARED,
        "company": "Company",
        "country": "Country",
        "state": "State",
        "city": "City",
        "postal_code": "PostalCode",
        "industry": "Industry",
        "employees": "NumberOfEmployees",
        "lifecycle": "Status",
        "website": "Website",
    },
}
KINDS: Mapping[str, Kind] = {
    "boolean": "boolean",
    "int": "number",
    "long": "number",
    "double": "number",
    "currency": "number",
    "percent": "number",
    "date": "date",
    "datetime": "date",
    "picklist": "choice",
    "multipicklist": "choice",
    "reference": "reference",
}


def facts(client: Client, object: str) -> Mapping[str, FieldFact]:
    """The plain fields of an object that we may see. Raises `InvalidArguments` for an unknown object."""
    ours = {name: canonical for canonical, name in NAMES.get(object, {}).items()}
    try:
        return client.derived(object, "facts", lambda described: _facts(described, ours))
    except Refused as error:
        raise InvalidArguments(
            "Salesforce has no such object", on=object[:40], choices=PEOPLE, detail=error.detail
        ) from error


def _facts(described: Mapping[str, Record], ours: Mapping[str, CanonicalField]) -> Mapping[str, FieldFact]:
    return {
        name: _fact(each, ours.get(name, ""))
        for name, each in described.items()
        if each.get("type") not in COMPOUND
    }


def _fact(field: Record, canonical: str) -> FieldFact:
    """One field. An unrestricted picklist takes any value through the API, whatever it lists."""
    kind = KINDS.get(text(field.get("type")), "text")
    listed = tuple(text(each["value"]) for each in field.get("picklistValues") or () if each.get("active"))
    return FieldFact(
        name=field["name"],
        label=text(field.get("label")) or field["name"],
        canonical=canonical,
        type=kind,
        updateable=bool(field.get("updateable")),
        createable=bool(field.get("createable")),
        required=must_have(field),
        values=listed if field.get("restrictedPicklist") else (),
        several=field.get("type") == "multipicklist",
        length=field.get("length") or None if kind in {"text", "choice"} else None,
    )


def must_have(field: Record) -> bool:
    """Whether a record cannot be created without it: it takes no null and the vendor has no default."""
    given = field.get("nillable") or field.get("defaultedOnCreate") or field.get("type") == "boolean"
    return bool(field.get("createable")) and not given
