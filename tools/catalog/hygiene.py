"""The quality of records: how good they are, what is double, and putting it right."""

from typing import Annotated

from pydantic import Field

from tools.answer import Answer
from tools.catalog import merging, normalizing, profiling, twofold, updating
from tools.catalog.arguments import Definition, Emails, FieldNames, ObjectName, Values
from tools.context import ToolContext
from tools.plan import Plan
from tools.registry import tool

MergeRule = Annotated[str, Field(json_schema_extra={"kind": "rule"}, max_length=255)]


@tool(
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
        "how good is our contact data",
        "data quality of accounts",
        "how many leads miss a phone number",
        "are our records complete",
        "which fields have bad values",
        "quality check on the lead database",
        "how clean is our contact data",
        "completeness of leads",
        "how good are our account records",
        "which lead fields are mostly empty",
        "data hygiene overview",
        "contact data quality",
        "how many records lack a country",
        "state of our data",
        "are phone numbers on leads valid",
        "fill rates for accounts",
    ),
)
def report_data_quality(context: ToolContext, *, object: ObjectName | None = None) -> Answer:
    """Report completeness, validity and duplicates by field."""
    return profiling.report(context, object)


@tool(
    examples=(
        "find duplicate leads",
        "how many dupes do we have?",
        "are there duplicates among contacts",
        "show me accounts that exist twice",
        "dupe check on leads",
        "which contacts look like the same person",
        "list double records",
        "look for duplicate companies",
        "any duplicate contacts?",
        "list duplicate accounts",
        "people who are in there twice",
        "duplicates report for leads",
        "find double entries",
        "which leads share the same address",
        "is the same company in there twice",
        "any double leads?",
        "duplicate accounts",
        "which contacts exist more than once",
        "people with two records",
        "lead dupes",
        "are there copies of the same person",
        "check accounts for duplicates",
        "how many duplicates do we have in contacts",
        "who is stored twice",
    ),
)
def find_duplicates(context: ToolContext, *, object: ObjectName | None = None) -> Answer:
    """Find records probably of the same person or company."""
    return twofold.report(context, object)


@tool(
    destructive=True,
    examples=(
        "merge duplicate leads",
        "dedupe our contacts, oldest record wins",
        "combine the double accounts",
        "de-duplicate leads, keep the most recently updated",
        "clean up dupes in the contact object",
        "collapse duplicate contacts into one",
        "merge leads that share an email",
        "consolidate duplicate companies",
        "merge the duplicate contacts",
        "dedupe leads",
        "merge double accounts, newest wins",
        "fold duplicate leads together",
        "get rid of duplicates by merging them",
        "the duplicate contacts should be merged, newest wins",
        "merge double leads",
        "combine copies of the same account",
        "dedupe contacts, keep the oldest",
        "double records have to be merged",
        "please have the duplicate accounts consolidated",
        "join leads that are the same person",
        "get rid of duplicate contacts by merging them",
        "fold duplicate leads together, most complete record wins",
        "merge jane@acme.com and j.doe@acme.com, they are the same person",
    ),
)
def merge_duplicates(
    context: ToolContext,
    *,
    object: ObjectName | None = None,
    rule: MergeRule | None = None,
    emails: Emails | None = None,
) -> Plan:
    """Merge duplicates, winner by `rule`; any opt-out stays.

    With `emails` the records of these addresses, which somebody calls one person; else those that share one.
    """
    return merging.plan(context, object, rule, emails or ())


@tool(
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
        "clean up job titles on leads",
        "standardise country names",
        "fix state abbreviations",
        "make industry values uniform",
        "unify phone number formats on contacts",
        "correct inconsistent country spelling",
        "country values are a mess, make them uniform",
        "standardize job titles on leads",
        "phone formats should be unified",
        "clean up state values, half are abbreviations",
        "fix spelling variants in industry",
        "make country codes consistent on contacts",
        "bring lead phone numbers into one format",
        "harmonize city names",
        "titles have to be normalized",
        "get industry values into our picklist",
    ),
)
def normalize_fields(context: ToolContext, *, object: ObjectName | None = None, fields: FieldNames) -> Plan:
    """Put field values into one spelling: countries, states, titles, phones."""
    return normalizing.plan(context, object, fields)


@tool(
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
        "set country to France for lena@globex.com",
        "change owner to Max for accounts in Spain",
        "update job title of tim@acme.com to VP Sales",
        "make Dana the owner of all UK leads",
        "set lead status to Recycled for leads not touched in a year",
        "fill in industry Retail for everyone at globex.com",
        "set the owner to Dana for leads at acme.com",
        "change the phone of pia@lantern.io to +49 30 1234",
        "mark everyone at partner.com as lead source Partner",
        "country of dev@harbor.co should be Portugal, correct it",
        "fill in industry = retail for contacts at shop.com",
        "update the company of anna@ridge.com to Ridge Ltd",
        "move all leads in Austria to lifecycle stage MQL",
        "the title of lee@quartz.dev is wrong, set it to CTO",
        "lead status to Nurture for everybody with score under 10",
        "reassign contacts in Spain to owner Maria",
    ),
)
def update_records(
    context: ToolContext,
    *,
    values: Values,
    object: ObjectName | None = None,
    definition: Definition | None = None,
    emails: Emails | None = None,
) -> Plan:
    """Set fields of records: of a filter or of addresses."""
    wanted = {each.field: each.value for each in values}
    return updating.plan(context, wanted, object, definition, emails or ())
