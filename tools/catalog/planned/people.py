"""Planned tools about one person."""

from tools.catalog.arguments import Email, Question, Reference
from tools.registry import planned

PLANNED = (
    planned(
        "explain_person",
        "Trace why something is so for one person: not mailable, not synced, never became an MQL.",
        returns="answer",
        subject="people",
        arguments={"email": (Email, ...), "question": (Question, ...)},
        examples=(
            "why didn't jane@acme.com MQL?",
            "explain why bob@globex.com isn't getting our newsletter",
            "how come maria@initech.de never synced to Salesforce",
            "jon@example.com should have been routed to sales, what happened?",
            "why is lee@acme.com not mailable",
            "trace the score of ana@globex.com, it's stuck at 40",
            "what stopped priya@acme.com from entering the nurture",
            "sam@initech.com says he opted in but gets nothing, why?",
            "troubleshoot lead status for kim@acme.com",
            "tell me why this lead wasn't assigned: tom@umbrella.io",
            "why hasn't rosa@acme.com been routed",
            "what happened to the score of tim@globex.com",
            "why did lena@acme.com drop out of the nurture",
            "omar@initech.de isn't showing up in Marketo, why not",
        ),
    ),
    planned(
        "erase_person",
        "Erase a person for good from every system after a legal erasure request.",
        returns="plan",
        destructive=True,
        subject="people",
        arguments={"email": (Email, ...), "request_reference": (Reference, ...)},
        examples=(
            "erase jane@acme.com, GDPR request DSR-2291",
            "right to be forgotten for bob@globex.com, ticket PRIV-88",
            "process the erasure request of maria@initech.de ref DSR-17",
            "wipe all personal data of tom@umbrella.io, legal case L-204",
            "forget lee@acme.com everywhere, privacy request 5521",
            "gdpr delete ana@globex.com DSR-3001",
            "data subject asked us to remove everything about him: sam@initech.com, DSR-44",
            "CCPA deletion for kim@acme.com, request number C-1009",
            "GDPR erasure for dana@acme.com, reference DSR-902",
            "permanently remove omar@globex.com, subject access request SAR-12",
            "article 17 request from tim@initech.de, case 7741",
            "please anonymise and forget lena@umbrella.io, privacy ticket PRV-9",
        ),
    ),
)
