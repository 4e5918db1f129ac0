"""Planned tools about campaigns."""

from typing import Annotated, Literal

from pydantic import Field

from tools.catalog.arguments import (
    Campaign,
    Count,
    Definition,
    Emails,
    Name,
    Period,
    Reference,
    Segment,
    Word,
)
from tools.registry import planned

CampaignStatus = Annotated[
    Literal["planned", "active", "paused", "completed"], Field(json_schema_extra={"kind": "campaign_status"})
]
Changes = Annotated[
    list[str], Field(description="Differences, in words", json_schema_extra={"kind": "changes"})
]

REPORTS = (
    planned(
        "report_campaign",
        "Report one campaign's sends, deliveries, clicks and bounces against its own baseline.",
        returns="answer",
        subject="campaigns",
        arguments={"campaign": (Campaign, ...), "period": (Period | None, None)},
        examples=(
            "how did the Spring Launch campaign do?",
            "campaign report for Q3 Webinar",
            "click rate of the October newsletter",
            "results of Dreamforce Follow-up last week",
            "show performance of the renewal nurture",
            "numbers on the product update email please",
            "what was the CTR for the Black Friday blast",
            "stats for the partner campaign this quarter",
            "delivered and clicks, Summer Promo",
        ),
    ),
    planned(
        "list_campaigns",
        "List campaigns by status and period.",
        returns="answer",
        subject="campaigns",
        arguments={"status": (CampaignStatus | None, None), "period": (Period | None, None)},
        examples=(
            "which campaigns are running?",
            "list active campaigns",
            "what went out last week",
            "show all campaigns this quarter",
            "campaign calendar for October",
            "what do we have scheduled",
            "paused programs, please",
            "which sends are live right now?",
            "all completed campaigns of 2026-Q3",
        ),
    ),
    planned(
        "find_underperforming",
        "Flag campaigns that honestly do worse than comparable ones, or say it cannot be told yet.",
        returns="answer",
        subject="campaigns",
        arguments={"period": (Period | None, None)},
        examples=(
            "which campaigns are underperforming?",
            "anything doing badly this month",
            "find campaigns below their baseline",
            "what's not working in email right now",
            "worst performing sends last week",
            "are any programs tanking?",
            "flag weak campaigns this quarter",
            "which emails are lagging behind",
            "show me the laggards since October",
        ),
    ),
    planned(
        "challenge",
        "Recompute a finding or answer by another path and uphold or withdraw it.",
        returns="answer",
        subject="campaigns",
        arguments={"finding": (Reference, ...)},
        examples=(
            "challenge finding F-12",
            "I don't believe answer A-204, check it again",
            "is F-31 real?",
            "double-check that finding F-8 independently",
            "prove answer A-77",
            "recompute F-19 another way",
            "F-5 looks wrong to me",
            "are you sure about A-310? verify it",
        ),
    ),
    planned(
        "preflight_campaign",
        "Check a campaign before it sends: suppression, caps, links, domain, complaint trend.",
        returns="answer",
        subject="campaigns",
        arguments={"campaign": (Campaign, ...)},
        examples=(
            "preflight the Spring Launch",
            "is the Q4 Webinar invite ready to send?",
            "run pre-send checks on Product Update",
            "check the newsletter before it goes out",
            "QA the Black Friday email",
            "can we launch Partner Nurture safely",
            "go/no-go for the renewal campaign",
            "anything blocking the Summer Promo send?",
        ),
    ),
    planned(
        "draft_variations",
        "Draft linted variants of a campaign's copy, with the sample size a test needs.",
        returns="answer",
        subject="campaigns",
        arguments={"campaign": (Campaign, ...), "count": (Count, 3)},
        examples=(
            "draft 4 subject lines for Spring Launch",
            "give me variations of the newsletter",
            "A/B variants for the webinar invite",
            "write three alternatives for the renewal email",
            "suggest subject line tests for Product Update",
            "come up with 5 versions of the promo copy",
            "need creative variants, Black Friday blast",
            "alternative headlines for the partner campaign",
        ),
    ),
    planned(
        "simulate",
        "Replay a change on history and show the range of outcomes.",
        returns="answer",
        subject="campaigns",
        arguments={"change": (Word, ...), "period": (Period | None, None)},
        examples=(
            "what if we cap emails at 2 a week?",
            "simulate lowering the frequency cap from 3 to 2",
            "model sending the newsletter on Thursdays instead",
            "what would have happened if we dropped the third touch last quarter",
            "run a simulation of pausing nurture in December",
            "project the effect of raising the score threshold to 80",
            "forecast: remove inactive people from sends",
            "dry-run the new cadence against last year's data",
        ),
    ),
)

CHANGES = (
    planned(
        "set_campaign_status",
        "Start, pause or complete a campaign.",
        returns="plan",
        destructive=True,
        subject="campaigns",
        arguments={"campaign": (Campaign, ...), "status": (CampaignStatus, ...)},
        examples=(
            "pause the Spring Launch campaign",
            "activate Q4 Webinar",
            "stop the newsletter send now",
            "turn on the renewal nurture",
            "put Black Friday on hold",
            "mark Dreamforce Follow-up as completed",
            "resume the partner program",
            "halt the promo, something is wrong",
            "launch Product Update",
        ),
    ),
    planned(
        "clone_campaign",
        "Clone a campaign, disabled, with named differences.",
        returns="plan",
        subject="campaigns",
        arguments={"campaign": (Campaign, ...), "name": (Name, ...), "changes": (Changes | None, None)},
        examples=(
            "clone Spring Launch as Autumn Launch",
            "copy the Q2 nurture for partners, call it Partner Nurture Q4",
            "duplicate the webinar program and name it Webinar December",
            "nurture like Q2 but for partners, name Q2 Partners",
            "make a copy of Newsletter October called Newsletter November",
            "use last year's Black Friday as template for BF 2026",
            "replicate the renewal campaign as Renewal UK with UK sender",
            "spin up a new program from the roadshow template, Roadshow Berlin",
        ),
    ),
    planned(
        "add_to_campaign",
        "Add people or a segment to a campaign.",
        returns="plan",
        subject="campaigns",
        arguments={
            "campaign": (Campaign, ...),
            "segment": (Segment | None, None),
            "emails": (Emails | None, None),
            "member_status": (Word | None, None),
        },
        examples=(
            "add the EMEA VPs segment to the Spring Launch campaign",
            "put jane@acme.com in the Q4 Webinar",
            "enrol Fintech Directors in the nurture",
            "invite bob@globex.com and ana@globex.com to the roadshow",
            "add these people to Dreamforce Follow-up as Attended",
            "include the ABM segment in Black Friday",
            "register lee@acme.com for the webinar program",
            "drop Hot Leads into the partner campaign with status Sent",
        ),
    ),
    planned(
        "remove_from_campaign",
        "Take people out of a campaign.",
        returns="plan",
        destructive=True,
        subject="campaigns",
        arguments={
            "campaign": (Campaign, ...),
            "definition": (Definition | None, None),
            "emails": (Emails | None, None),
        },
        examples=(
            "remove everyone at acme.com from the webinar invite",
            "take jane@acme.com out of the Spring Launch campaign",
            "pull competitors from the Q4 Webinar",
            "exclude people in Germany from Black Friday",
            "kick bob@globex.com off the nurture",
            "unenrol customers from the prospect program",
            "drop all interns from the roadshow invite",
            "get globex.com contacts out of Dreamforce Follow-up",
        ),
    ),
)

PLANNED = REPORTS + CHANGES
