"""Planned tools about pipeline, licences and money."""

from typing import Annotated, Literal

from pydantic import Field

from tools.catalog.arguments import Days, Period, Vendor
from tools.registry import planned

By = Annotated[
    Literal["source", "campaign", "segment", "owner", "stage"],
    Field(description="Split by", json_schema_extra={"kind": "by"}),
]
Attribution = Annotated[
    Literal["first", "last", "linear", "u", "w", "full_path"], Field(json_schema_extra={"kind": "model"})
]

PLANNED = (
    planned(
        "report_pipeline",
        "Report pipeline, attribution by two models side by side, velocity and cohorts.",
        returns="answer",
        subject="money",
        arguments={
            "period": (Period | None, None),
            "by": (By | None, None),
            "model": (Attribution | None, None),
        },
        examples=(
            "how much pipeline did marketing source this quarter?",
            "pipeline by campaign",
            "show attribution for Q3, first touch",
            "what's our funnel velocity",
            "pipeline report by source, year to date",
            "marketing influenced revenue last quarter",
            "W-shaped attribution by segment",
            "conversion from MQL to SQL by cohort",
            "how fast do deals move",
        ),
    ),
    planned(
        "report_license_usage",
        "Report seats of a vendor: who uses them, who does not, who is exempt.",
        returns="answer",
        subject="money",
        arguments={"vendor": (Vendor, ...)},
        examples=(
            "who isn't using their Salesforce licence?",
            "license utilization for Marketo",
            "how many Salesforce seats are idle",
            "seat usage, HubSpot",
            "do we still need all these Marketo users",
            "inactive users on Outreach",
            "show licence usage for Salesforce",
            "are we paying for unused ZoomInfo seats?",
        ),
    ),
    planned(
        "brief_renewal",
        "Brief a contract renewal: notice deadline, usage, recommendation, overlap.",
        returns="answer",
        subject="money",
        arguments={"vendor": (Vendor, ...)},
        examples=(
            "brief me on the Marketo renewal",
            "when do we have to give notice to Salesforce?",
            "what should we do about the 6sense contract",
            "renewal prep for ZoomInfo",
            "is Outreach up for renewal soon",
            "prepare the HubSpot renegotiation",
            "renewal brief SendGrid",
            "contract deadline for Drift and what do you recommend",
        ),
    ),
    planned(
        "compare_pricing",
        "Compare seat and consumption pricing of a vendor and the month they cross.",
        returns="answer",
        subject="money",
        arguments={"vendor": (Vendor, ...)},
        examples=(
            "should we move Salesforce from seats to consumption?",
            "seat vs usage pricing for Agentforce",
            "compare pricing models, HubSpot",
            "at what volume does pay-per-use beat licences for Marketo",
            "break-even of flex credits against user licenses at Salesforce",
            "is consumption cheaper for SendGrid",
            "cost comparison per seat or per action, Agentforce",
            "model the switch to usage-based billing with Snowflake",
        ),
    ),
    planned(
        "reclaim_licenses",
        "Take back licences of inactive people, after asking them.",
        returns="plan",
        destructive=True,
        subject="money",
        arguments={"vendor": (Vendor, ...), "inactive_days": (Days, 90)},
        examples=(
            "reclaim unused Salesforce licences",
            "take back Marketo seats nobody used in 90 days",
            "deprovision inactive HubSpot users",
            "remove licenses from people who haven't logged in to Outreach for 60 days",
            "free up idle Salesforce seats",
            "cut the dormant ZoomInfo accounts",
            "harvest unused seats at Salesforce",
            "revoke Marketo access for inactive users",
        ),
    ),
    planned(
        "make_value_case",
        "Make the one-page money case: bookable, negotiable, soft, overlap removed.",
        returns="answer",
        subject="money",
        arguments={"period": (Period | None, None)},
        examples=(
            "make the value case for the board",
            "how much did marketing ops save this year?",
            "one-pager for the CMO on our impact",
            "where can we cut software spend",
            "find 4 million in savings across our tools",
            "business case with bookable savings this quarter",
            "show the ROI of marops",
            "what's the dollar value of what we did last quarter",
        ),
    ),
)
