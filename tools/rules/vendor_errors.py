"""What a vendor's code for something that failed means, and what to do about it.

Sources: Adobe's documentation of Marketo's REST error codes; Salesforce's of Bulk API 2.0 job states;
SendGrid's of blocks. A code that is not here is shown as it is.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from tools.rules.stack import title


@dataclass(frozen=True, slots=True)
class Meaning:
    """A code in words, and what to do next."""

    words: str
    do: str


_WAIT = "Nothing: it passes, and callers try again. Look at Marketo's status page if it grows."
_CALLER = "Find the integration that sends it and repair its request."
_ROLE = "Give the API user's role the permission, under Admin › Users & Roles."
_PACE = "Spread the integrations over the day; let none call faster than 50 times in 20 seconds."

MEANINGS: Mapping[str, Mapping[str, Meaning]] = {
    "marketo": {
        "600": Meaning("a call came without a token", _CALLER),
        "601": Meaning(
            "a call came with a token that is not valid", "Look for an integration with an old service."
        ),
        "602": Meaning("a token had expired", "Nothing: callers ask for a new one every hour."),
        "603": Meaning("an API user may not do what it asked", _ROLE),
        "604": Meaning(
            "a call took longer than Marketo waits", "Ask for less at once; check what the call began."
        ),
        "606": Meaning("more than 100 calls came within 20 seconds", _PACE),
        "607": Meaning("the day's calls were used up", "Put off bulk work until midnight Central time."),
        "608": Meaning("the API was not available for a moment", _WAIT),
        "609": Meaning("a request was no valid JSON", _CALLER),
        "610": Meaning("a call went to an address that Marketo does not serve", _CALLER),
        "611": Meaning("Marketo failed inside", _WAIT),
        "612": Meaning("a request had the wrong content type", _CALLER),
        "615": Meaning("more than 10 calls were under way at once", _PACE),
        "616": Meaning("the subscription does not include what was asked", "Ask Adobe for the feature."),
        "702": Meaning("what was asked for holds no data", "Nothing, unless it should hold some."),
        "709": Meaning(
            "a rule of the asset forbids the change", "Look at the asset's state: approved or locked."
        ),
        "713": Meaning("Marketo could not do it at that moment", _WAIT),
        "719": Meaning("two calls wrote the same at once", "Nothing: callers try again."),
        "1001": Meaning("a value does not fit its field's type", _CALLER),
        "1002": Meaning("a required value was missing", _CALLER),
        "1003": Meaning("a parameter was wrong, or matched too many leads", _CALLER),
        "1004": Meaning("a lead was not there", "Usual after deletions and merges; look if it grows."),
        "1005": Meaning("a lead was there already", "Nothing, unless an import creates instead of updating."),
        "1006": Meaning(
            "a field does not exist", "Compare the integration's fields with Admin › Field Management."
        ),
        "1007": Meaning("several leads match one key", "Remove duplicates; until then they are skipped."),
        "1008": Meaning("a partition is closed to the API user", "Give the API user's role the partition."),
        "1011": Meaning("a field cannot be written by the API", _CALLER),
        "1013": Meaning("an object was not there", _CALLER),
        "1015": Meaning("a lead was not in the list", "Nothing: it had left before."),
        "1016": Meaning("too many imports waited", "Let imports follow each other: ten may wait."),
        "1018": Meaning("the CRM's sync owns what was to be changed", "Change it in the CRM."),
        "1029": Meaning(
            "bulk jobs: the queue was full, or the day's megabytes used up", "Let them follow each other."
        ),
        "1035": Meaning("the subscription cannot extract by that filter", "Use a static list instead."),
        "1077": Meaning("a field's value was too long", _CALLER),
    },
    "salesforce": {
        "Failed": Meaning(
            "a bulk job failed as a whole", "Open it under Setup › Bulk Data Load Jobs and read why."
        ),
        "Aborted": Meaning(
            "a bulk job was stopped by somebody", "Ask whose it was; what it had done stays done."
        ),
    },
    "sendgrid": {
        "block": Meaning(
            "mail was turned away by the receiving server: it is about us, not about the mailbox",
            "Look at the reasons by receiving domain; see the runbook on blocklists.",
        ),
    },
}
# What is counted where a vendor counts at all, and where to look where its API tells nothing.
COUNTED: Mapping[str, str] = {
    "marketo": "calls that Marketo refused today, of everybody who uses its API",
    "salesforce": "bulk jobs of the last 24 hours that failed or were stopped",
    "sendgrid": "mails that receiving servers turned away in the last 24 hours",
}
UNTOLD: Mapping[str, str] = {
    "marketo": "No API tells errors of the CRM sync: see Notifications and Admin › Salesforce › Sync Status.",
    "salesforce": "What a sync could not write is kept by the other system.",
    "hubspot": "No API counts refused calls or errors of the Salesforce sync: see the private app's logs, and"
    " Settings › Integrations › Salesforce › Sync errors.",
    "sendgrid": "Refused calls are counted nowhere.",
}


def meaning(system: str, code: str) -> Meaning:
    """A code in words and what to do; one we do not know is said so."""
    found = MEANINGS.get(system, {}).get(code)
    where = f"Look it up in {title(system)}'s documentation."
    return found or Meaning(f"a code we have no words for: {code}", where)
