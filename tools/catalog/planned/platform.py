"""Planned tools about the platforms themselves."""

from tools.catalog.arguments import SystemName
from tools.registry import planned

PLANNED = (
    planned(
        "report_health",
        "Report each system's API use, sync lag and backlog, errors and credential expiry.",
        returns="answer",
        subject="platform",
        arguments={"system": (SystemName | None, None)},
        examples=(
            "is everything up?",
            "health of our systems",
            "how much of the Salesforce API limit is used",
            "is the Marketo sync behind?",
            "system status",
            "sync lag right now",
            "any integration errors today",
            "when do our credentials expire?",
            "are we close to the API quota in marketo",
            "is Salesforce down?",
            "health check",
            "how far behind is the sync",
            "API usage today",
            "are all integrations working",
            "how many API calls do we have left at Marketo",
            "connection status of SendGrid",
            "is the sync between Marketo and Salesforce lagging",
        ),
    ),
)
