"""Planned tools about the quality of records."""

from typing import Annotated

from pydantic import Field

from tools.catalog.arguments import Definition, Emails, FieldNames, ObjectName, Values
from tools.registry import planned

MergeRule = Annotated[
    str, Field(description="How the winner is chosen", json_schema_extra={"kind": "rule"}, max_length=255)
]

PLANNED = (
    planned(
        "report_data_quality",
        "Report completeness, validity and duplicates by field.",
        returns="answer",
        subject="hygiene",
        arguments={"object": (ObjectName | None, None)},
        examples=(
            "how clean is our lead data?",
            "data quality report for contacts",
            "which fields are empty most often",
            "completeness of account records",
            "how bad is the data in the CRM",
            "profile our contacts",
            "share of leads without a country",
            "data health check on opportunities",
            "what's the fill rate for job title",
        ),
    ),
    planned(
        "find_duplicates",
        "Find records that are probably the same person or company.",
        returns="answer",
        subject="hygiene",
        arguments={"object": (ObjectName | None, None)},
        examples=(
            "find duplicate leads",
            "how many dupes do we have?",
            "are there duplicates among contacts",
            "show me accounts that exist twice",
            "dupe check on leads",
            "which contacts look like the same person",
            "list double records",
            "look for duplicate companies",
        ),
    ),
    planned(
        "merge_duplicates",
        "Merge duplicates; an opt-out on either side stays.",
        returns="plan",
        destructive=True,
        subject="hygiene",
        arguments={"object": (ObjectName | None, None), "rule": (MergeRule | None, None)},
        examples=(
            "merge duplicate leads",
            "dedupe our contacts, oldest record wins",
            "combine the double accounts",
            "de-duplicate leads, keep the most recently updated",
            "clean up dupes in the contact object",
            "collapse duplicate contacts into one",
            "merge leads that share an email",
            "consolidate duplicate companies",
        ),
    ),
    planned(
        "normalize_fields",
        "Put values of fields into one spelling: countries, states, titles, phones.",
        returns="plan",
        subject="hygiene",
        arguments={"object": (ObjectName | None, None), "fields": (FieldNames, ...)},
        examples=(
            "normalise country on leads",
            "standardize state and country values",
            "fix the spelling of job titles on contacts",
            "clean up phone formats",
            "make country codes consistent",
            "harmonise industry values on accounts",
            "convert all countries to ISO codes",
            "tidy up the state field for US leads",
            "normalize company names",
        ),
    ),
    planned(
        "update_records",
        "Set fields to given values on records of a filter or list of addresses.",
        returns="plan",
        subject="hygiene",
        arguments={
            "values": (Values, ...),
            "object": (ObjectName | None, None),
            "definition": (Definition | None, None),
            "emails": (Emails | None, None),
        },
        examples=(
            "set owner to Dana for all leads in France",
            "change the lead status of jane@acme.com to Nurture",
            "update country to Germany where city is Berlin",
            "mark these contacts as competitors: bob@globex.com",
            "bulk update industry to Fintech for leads at stripe.com",
            "reassign UK leads to Max",
            "set lifecycle stage to SQL for ana@globex.com and lee@acme.com",
            "change job title for kim@acme.com to CMO",
            "put lead source Webinar on everyone from the webinar campaign",
        ),
    ),
)
