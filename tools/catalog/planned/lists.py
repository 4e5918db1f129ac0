"""Planned tools about lists of people coming in and going out."""

from tools.catalog.arguments import Campaign, Definition, FieldNames, FileName, Segment, Word
from tools.registry import planned

PLANNED = (
    planned(
        "import_list",
        "Import a CSV of people: validate, match, check consent, add to a campaign and list.",
        returns="plan",
        subject="lists",
        arguments={
            "file": (FileName, ...),
            "campaign": (Campaign | None, None),
            "source": (Word | None, None),
        },
        examples=(
            "import the attached list into the Dreamforce booth campaign",
            "upload leads.csv, source trade show",
            "load these webinar registrants",
            "add the scans from the event to Marketo, file attached",
            "can you ingest this spreadsheet of leads?",
            "list import for campaign Q4 Roadshow",
            "upload attendees.csv to the CRM",
            "here's the badge scan file, get it in",
            "bring in the content syndication leads from the vendor file",
            "import attendees.csv into the Roadshow campaign",
            "add the new leads from this csv",
            "load the lead file from the vendor",
            "get these registrants into the CRM",
            "upload the webinar list",
            "put the event list into the system",
        ),
    ),
    planned(
        "export_people",
        "Export people of a segment or filter as a CSV.",
        returns="answer",
        subject="lists",
        arguments={
            "segment": (Segment | None, None),
            "definition": (Definition | None, None),
            "fields": (FieldNames | None, None),
        },
        examples=(
            "export all contacts in Germany",
            "csv of directors in fintech with name and company",
            "download the segment EMEA Enterprise",
            "give me a spreadsheet of leads owned by Dana",
            "pull a contact list of everyone at acme.com",
            "send me the customers in healthcare as a file",
            "extract people with title VP in the UK",
            "I need an extract of the newsletter segment, email and country only",
            "dump MQLs from the ABM segment to csv",
            "download our customers in France",
            "list of people at globex.com as a csv",
            "give me every CMO in the database in a file",
            "export leads created by the webinar",
            "pull contacts with phone numbers in Spain to excel",
        ),
    ),
)
