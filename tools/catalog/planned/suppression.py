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
            "give me a csv of our opt-outs",
            "suppression file for last quarter",
            "excel of everybody who unsubscribed",
            "send me the do not contact list",
            "who unsubscribed this month, as a file",
            "CSV of all opt-outs",
            "opt-out list as a spreadsheet",
            "suppression file for the agency",
            "export complaints so the ESP can check them",
            "send me everyone who unsubscribed this quarter as a file",
            "download do-not-email addresses with reasons",
            "pull the unsubscribe file",
            "extract of people who opted out since June",
            "I need the suppression csv for our event partner",
            "all spam complainers of last year, as csv",
            "give me the blocklist as excel",
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
            "resubscribe tim@acme.com, he ticked the box on the form on 3 Nov",
            "make lena@globex.com mailable again, she asked in writing",
            "undo the unsubscribe of omar@acme.com because he opted back in via the form",
            "re-enable email for dana@umbrella.io, consent form 4410",
            "pia@lantern.io opted out by mistake and wrote that she wants our mails again, put her back",
            "dev@harbor.co signed up again through the form, lift his opt-out",
            "resubscribe anna@ridge.com, she confirmed by email on Monday",
            "lee@quartz.dev asked in writing to be subscribed again",
            "un-suppress mo@tidal.app, evidence: ticket 4410 with his request",
            "sara@birch.se ticked the newsletter box again yesterday, opt her in",
            "please allow mail to tom@cedar.org again, he re-consented at the booth",
            "ivo@delta.bg changed his mind and filled in the preference form, remove the opt-out",
            "the unsubscribe of kim@fern.kr was accidental, she sent us her consent, restore it",
            "joe@slate.us wants back on the list, see his signed form",
        ),
    ),
)
