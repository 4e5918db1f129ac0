"""Planned tools about segments."""

from typing import Annotated

from pydantic import Field

from tools.catalog.arguments import Definition, Name, Segment, SystemName
from tools.registry import planned

Stale = Annotated[bool, Field(description="Only stale ones", json_schema_extra={"kind": "flag"})]

PLANNED = (
    planned(
        "preview_segment",
        "Count a segment clause by clause, down to who is mailable, before anything is built.",
        returns="answer",
        subject="segments",
        arguments={"definition": (Definition, ...)},
        examples=(
            "how many VP+ in EMEA fintech hit pricing twice in 30 days?",
            "size of audience: marketing directors in France",
            "count mailable contacts in healthcare with score over 50",
            "preview a segment of CIOs in the Nordics",
            "how big would a list of webinar no-shows in DACH be",
            "what's the funnel for manufacturing leads who downloaded the ebook",
            "build the query for customers in APAC not contacted in 90 days",
            "who would match: title contains head of, industry retail, country UK",
            "estimate reach for IT managers in the US",
            "how many people would this reach: directors in retail",
            "count of leads in Poland with a score above 60",
            "size the audience for CFOs in the UK",
            "how many contacts match title contains data",
            "audience estimate for partners in APAC",
            "number of mailable people in healthcare",
        ),
    ),
    planned(
        "create_segment",
        "Create a segment or smart list from a filter.",
        returns="plan",
        subject="segments",
        arguments={
            "name": (Name, ...),
            "definition": (Definition, ...),
            "system": (SystemName | None, None),
        },
        examples=(
            "create a segment called EMEA VPs with VP titles in EMEA",
            "build a smart list in Marketo for fintech directors, name it Fintech Dir",
            "save this audience as Q1 Pricing Visitors",
            "new segment: healthcare CIOs in the US",
            "make a list in HubSpot of customers in Germany",
            "set up an audience named Nordics CIO for CIOs in Sweden and Norway",
            "I want a saved segment of webinar no-shows",
            "turn that filter into a segment called Hot Leads",
            "make a segment of CMOs in France, call it French CMOs",
            "define a new audience: retail directors",
            "build me a list of customers in the Nordics named Nordic Customers",
            "save a smart list of leads with score over 70 as Warm Leads",
            "create an audience for partners in APAC",
        ),
    ),
    planned(
        "refresh_segment",
        "Refresh a segment's members, held back when it swings too far.",
        returns="plan",
        subject="segments",
        arguments={"segment": (Segment, ...)},
        examples=(
            "refresh the EMEA VPs segment",
            "update membership of Fintech Directors",
            "re-run the segment Hot Leads",
            "the ABM audience is out of date, rebuild it",
            "recalculate the list Q1 Pricing Visitors",
            "bring the customer segment up to date",
            "segment Nordics CIO needs refreshing",
            "rebuild members of the newsletter audience",
            "refresh Nordic Customers",
            "rerun Warm Leads now",
            "the French CMOs segment needs an update",
            "bring members of ABM Tier 1 up to date",
            "update the segment Retail Directors",
        ),
    ),
    planned(
        "list_segments",
        "List segments with size, freshness and where they are used.",
        returns="answer",
        subject="segments",
        arguments={"stale": (Stale | None, None)},
        examples=(
            "what segments do we have?",
            "list all segments",
            "which segments are stale",
            "show me audiences nobody refreshed lately",
            "segments overview with sizes",
            "where are our smart lists used",
            "which audiences are outdated?",
            "give me an inventory of segments",
            "show all our segments",
            "segment list",
            "which smart lists haven't been refreshed",
            "any old audiences we can clean up",
            "how many segments are there and how big",
        ),
    ),
)
