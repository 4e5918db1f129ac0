"""The fields of a person that an organisation maps between Salesforce and its marketing automation.

Which fields are mapped, and which side wins, is each organisation's own choice: an assumption, to be set by
`Settings.sync_profile`. A blank is not carried over.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

COUNTRY: Final = {"Contact": "MailingCountry", "Lead": "Country"}
MARKETO: Final = {"firstName": "FirstName", "lastName": "LastName", "title": "Title", "phone": "Phone"}
HUBSPOT: Final = {"firstname": "FirstName", "lastname": "LastName", "jobtitle": "Title", "phone": "Phone"}


def mapped(to: Mapping[str, str], name: str) -> dict[str, str]:
    """A vendor's fields by the Salesforce ones of an object: `MARKETO` or `HUBSPOT`, and the country."""
    return {theirs: own for own, theirs in to.items()} | {COUNTRY[name]: "country"}


def to_automation(to: Mapping[str, str], name: str, row: Any, fields: Iterable[str]) -> dict[str, Any]:  # noqa: ANN401  # a row
    """What of a changed Salesforce record is written to the marketing automation."""
    known = mapped(to, name)
    return {known[each]: row[each] for each in fields if each in known and row[each]}


def to_salesforce(to: Mapping[str, str], name: str, row: Any, fields: Iterable[str]) -> dict[str, Any]:  # noqa: ANN401  # a row
    """What of a changed person of the marketing automation is written to its Salesforce record."""
    known = {own: theirs for theirs, own in mapped(to, name).items()}
    return {known[each]: row[each] for each in fields if each in known and row[each]}
