"""Tools whose functions follow shortly."""

from typing import Annotated

from pydantic import Field

from tools.catalog.arguments import BounceClassName, Days, Email, Emails, FileName, Period, Reason, SystemName
from tools.registry import planned

Systems = Annotated[list[SystemName], Field(json_schema_extra={"kind": "systems"})]

PLANNED = (
    planned(
        "lookup_person",
        "Show one person in every system: consent, deliverability, memberships, mailable or not and why.",
        returns="answer",
        subject="people",
        arguments={"email": (Email, ...)},
        examples=(
            "look up jane@acme.com",
            "what do we know about bob@globex.com?",
            "can we email maria@initech.de",
            "is tom@umbrella.io mailable",
            "lee@acme.com",
            "who is ana@globex.com and where does she exist",
            "show me the record of sam@initech.com in every system",
            "consent status for kim@acme.com",
            "has priya@acme.com opted out?",
            "check jon@example.com in SFDC and Marketo",
            "which campaigns is rita@globex.com in",
        ),
    ),
    planned(
        "report_bounces",
        "Report bounces by class and system, by receiving domain, and who was wrongly suppressed.",
        returns="answer",
        subject="bounces",
        arguments={
            "period": (Period | None, None),
            "bounce_class": (BounceClassName | None, None),
            "system": (SystemName | None, None),
        },
        examples=(
            "how many contacts bounced last week?",
            "bounce report",
            "show bounces by class for the last 30 days",
            "hard bounces in Marketo this month",
            "who bounced in SendGrid since October",
            "which domains are blocking us",
            "find bounced contacts across all three systems",
            "mailbox full bounces, last quarter",
            "what's our bounce situation",
            "list invalid emails in Salesforce",
            "spam complaints this quarter",
            "anyone wrongly suppressed after a bounce?",
        ),
    ),
    planned(
        "purge_bounces",
        "Remove contacts whose mailbox no longer exists from every system that still holds them.",
        returns="plan",
        destructive=True,
        subject="bounces",
        arguments={"older_than_days": (Days, 0), "systems": (Systems | None, None)},
        examples=(
            "purge contacts that hard-bounced",
            "clean out dead emails older than 90 days",
            "delete bounced contacts from Salesforce, Marketo and SendGrid",
            "get rid of invalid addresses",
            "remove everyone whose mailbox doesn't exist anymore",
            "bounce cleanup please",
            "purge hard bounces in Marketo only",
            "wipe the dead leads that bounced",
            "scrub invalid e-mails older than six months",
            "throw out undeliverable contacts everywhere",
        ),
    ),
    planned(
        "suppress_contacts",
        "Stop mail to these addresses in every system; it only ever adds.",
        returns="plan",
        destructive=True,
        subject="suppression",
        arguments={
            "emails": (Emails | None, None),
            "file": (FileName | None, None),
            "reason": (Reason | None, None),
        },
        examples=(
            "suppress jane@acme.com, she asked us to stop",
            "opt out bob@globex.com everywhere",
            "unsubscribe maria@initech.de and tom@umbrella.io",
            "add the attached list to our suppressions",
            "do not email lee@acme.com any more",
            "import this opt-out file into Marketo",
            "never contact ana@globex.com again",
            "put these on the do-not-mail list: sam@initech.com, kim@acme.com",
            "upload suppressions.csv, reason competitor list",
            "stop sending to priya@acme.com, legal request",
            "block jon@example.com from all mailings",
        ),
    ),
)
