"""The fields of a person by one set of names, whatever a vendor or a file calls them."""

from collections.abc import Mapping
from typing import Literal

CanonicalField = Literal[
    "address", "first_name", "last_name", "company", "title", "phone", "country", "state", "city",
    "postal_code", "industry", "employees", "lead_source", "lifecycle", "score", "owner", "website",
    "created", "last_activity", "opted_out",
]  # fmt: skip

# In the order in which files and tables show them.
LABELS: Mapping[CanonicalField, str] = {
    "address": "E-mail",
    "first_name": "First name",
    "last_name": "Last name",
    "company": "Company",
    "title": "Job title",
    "phone": "Phone",
    "country": "Country",
    "state": "State",
    "city": "City",
    "postal_code": "Postal code",
    "industry": "Industry",
    "employees": "Employees",
    "lead_source": "Lead source",
    "lifecycle": "Lifecycle",
    "score": "Score",
    "owner": "Owner",
    "website": "Website",
    "created": "Created",
    "last_activity": "Last activity",
    "opted_out": "Opted out",
}
