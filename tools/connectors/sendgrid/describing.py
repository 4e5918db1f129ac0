"""The fields of SendGrid's contacts as facts, and which of them are the canonical fields of a person."""

from collections.abc import Mapping

from tools.abilities import FieldFact
from tools.connectors.fitting import Kind
from tools.connectors.sendgrid.client import Client, Record
from tools.connectors.values import text
from tools.errors import InvalidArguments
from tools.rules.person_fields import CanonicalField

NAMES: Mapping[CanonicalField, str] = {
    "address": "email",
    "first_name": "first_name",
    "last_name": "last_name",
    "phone": "phone_number",
    "country": "country",
    "state": "state_province_region",
    "city": "city",
    "postal_code": "postal_code",
    "created": "created_at",
}
CANONICAL: Mapping[str, CanonicalField] = {theirs: ours for ours, theirs in NAMES.items()}
IDENTIFIERS = frozenset(
    {"email", "external_id", "phone_number_id", "anonymous_id"}
)  # given once, never changed
KINDS: Mapping[str, Kind] = {"number": "number", "date": "date"}


def facts(client: Client, object: str) -> Mapping[str, FieldFact]:
    """The fields of a contact; an account's own ones are shown and not written.

    Raises `InvalidArguments` for any other object.
    """
    if object != "contact":
        raise InvalidArguments(f"SendGrid keeps no {object} of people", do="Its people are contacts.")
    return {text(each["name"]): _fact(each) for each in client.described()}


def _fact(described: Record) -> FieldFact:
    name = text(described["name"])
    ours = not described.get("read_only") and not described.get("custom")
    return FieldFact(
        name=name,
        label=name.replace("_", " ").capitalize(),
        canonical=CANONICAL.get(name, ""),
        type=KINDS.get(text(described.get("field_type")).lower(), "text"),
        updateable=ours and name not in IDENTIFIERS,
        createable=ours or name in IDENTIFIERS,
        required=name == "email",
    )
