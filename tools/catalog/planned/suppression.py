"""Planned tools about suppression lists and opt-outs."""

from typing import Annotated, Literal

from pydantic import Field

from tools.catalog.arguments import Emails, Period, Reason, SystemName
from tools.registry import planned

Scope = Annotated[
    Literal["global", "brand", "campaign"],
    Field(description="Which opt-outs", json_schema_extra={"kind": "scope"}),
]
Systems = Annotated[list[SystemName], Field(json_schema_extra={"kind": "systems"})]

PLANNED = (
    planned(
        "export_suppressions",
        "Export opt-outs and suppressed addresses as a CSV.",
        returns="answer",
        subject="suppression",
        arguments={
            "scope": (Scope | None, None),
            "reason": (Reason | None, None),
            "period": (Period | None, None),
        },
        examples=(
            "export the suppression list from Salesforce",
            "csv of everyone who unsubscribed last month",
            "pull me the global opt-out list",
            "download do-not-email addresses",
            "I need a file of all unsubs this quarter",
            "give me the DNC list as a spreadsheet",
            "who has opted out? send me the export",
            "suppression export, spam complaints only",
            "dump all suppressed emails since March",
            "brand-level unsubscribes to csv please",
        ),
    ),
    planned(
        "compare_suppressions",
        "Compare opt-outs between systems and name what differs and who undid what.",
        returns="answer",
        subject="suppression",
        arguments={"systems": (Systems | None, None)},
        examples=(
            "do our opt-outs match between Salesforce and Marketo?",
            "compare suppression lists across systems",
            "diff unsubscribes sendgrid vs marketo",
            "which opt-outs are missing in Marketo",
            "are the suppressions in sync",
            "show me where consent disagrees between the CRM and the MAP",
            "did any sync resurrect unsubscribed people?",
            "find addresses suppressed in SendGrid but mailable in Salesforce",
            "check opt out drift",
        ),
    ),
    planned(
        "sync_suppressions",
        "Bring lagging systems up to the most restrictive opt-out.",
        returns="plan",
        destructive=True,
        subject="suppression",
        arguments={"systems": (Systems | None, None)},
        examples=(
            "sync the opt-outs between Marketo and Salesforce",
            "reconcile suppressions across all systems",
            "push unsubscribes from SendGrid to the CRM",
            "make opt-outs consistent everywhere",
            "bring the MAP up to date with the ESP's unsubs",
            "fix the suppression mismatch",
            "synchronise do-not-email flags",
            "copy missing opt outs to marketo",
            "align consent in all three systems, most restrictive wins",
        ),
    ),
    planned(
        "restore_contacts",
        "Opt people back in on evidence of their own act.",
        returns="plan",
        destructive=True,
        subject="suppression",
        arguments={"emails": (Emails, ...), "evidence": (Reason, ...)},
        examples=(
            "resubscribe jane@acme.com, she filled in the preference form yesterday",
            "opt bob@globex.com back in, double opt-in confirmed on 12 Nov",
            "unsuppress maria@initech.de, written request attached",
            "restore tom@umbrella.io to the mailing list, he asked by email",
            "take lee@acme.com off the suppression list, signed up again at the booth form",
            "remove the opt out for ana@globex.com, she re-subscribed herself",
            "lift the unsubscribe on sam@initech.com, evidence: form fill 8841",
            "put kim@acme.com back on our emails, she re-confirmed consent",
        ),
    ),
    planned(
        "recover_suppressed",
        "Make wrongly suppressed people mailable again where evidence shows the mailbox works.",
        returns="plan",
        subject="bounces",
        arguments={"period": (Period | None, None)},
        examples=(
            "recover wrongly suppressed people",
            "who did we suppress by mistake? bring them back",
            "un-bounce the ones that clicked since",
            "win back contacts marked invalid that still open a mailbox",
            "clear the invalid flag where mail got delivered afterwards",
            "rescue false hard bounces from last quarter",
            "fix contacts marked as bounced although they clicked last week",
            "reset email invalid for people with later clicks",
        ),
    ),
)
