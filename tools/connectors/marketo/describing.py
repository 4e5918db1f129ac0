"""The fields of Marketo's leads as facts, and which of them are the canonical fields of a person."""

from collections.abc import Mapping

from tools.abilities import FieldFact
from tools.connectors.fitting import Kind
from tools.connectors.marketo.client import Client, Record
from tools.connectors.values import text
from tools.errors import InvalidArguments
from tools.rules.person_fields import CanonicalField

NAMES: Mapping[CanonicalField, str] = {
    "address": "email",
    "first_name": "firstName",
    "last_name": "lastName",
    "company": "company",
    "title": "title",
    "phone": "phone",
    "country": "country",
    "state": "state",
    "city": "city",
    "postal_code": "postalCode",
    "industry": "industry",
    "employees": "numberOfEmployees",
    "lead_source": "leadSource",
    "lifecycle": "leadStatus",
    "score": "leadScore",
    "website": "website",
    "created": "createdAt",
    "opted_out": "unsubscribed",
}
CANONICAL: Mapping[str, CanonicalField] = {theirs: ours for ours, theirs in NAMES.items()}
KINDS: Mapping[str, Kind] = {
    "boolean": "boolean",
    "integer": "number",
    "float": "number",
    "currency": "number",
    "percent": "number",
    "score": "number",
    "date": "date",
    "datetime": "date",
    "reference": "reference",
}


def facts(client: Client, object: str) -> Mapping[str, FieldFact]:
    """The fields of a lead. Marketo lists no values of a choice and needs an address for our purposes alone.

    Raises `InvalidArguments` for any other object.
    """
    if object != "lead":
        raise InvalidArguments(f"Marketo keeps no {object} of people", do="Its people are leads.")
    return {name: _fact(name, each) for name, each in client.described().items()}


def _fact(name: str, described: Record) -> FieldFact:
    writable = not described["rest"].get("readOnly", False)
    length = described.get("length")
    return FieldFact(
        name=name,
        label=text(described.get("displayName")) or name,
        canonical=CANONICAL.get(name, ""),
        type=KINDS.get(text(described.get("dataType")), "text"),
        updateable=writable,
        createable=writable,
        required=name == "email",
        length=int(length) if length else None,
    )
