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
            "is something stuck in the sync",
            "Salesforce feels slow, is it okay?",
            "all integrations up?",
            "api quota of HubSpot",
            "are the connections working",
            "how far behind is the CRM sync",
            "marketo limits",
            "when do our credentials run out",
            "any errors in the SendGrid connection",
            "are we close to our API limit",
            "is the ESP reachable",
        ),
    ),
)
