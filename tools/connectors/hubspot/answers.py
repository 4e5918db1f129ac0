"""What HubSpot says of the inputs of a batch, as outcomes of our rows."""

from collections.abc import Mapping

from tools.connectors.hubspot.client import Record
from tools.connectors.values import text
from tools.http import redact
from tools.plan import Change
from tools.ports import Outcome

HINTS: Mapping[str, str] = {
    "CONFLICT": "A contact with this address is there already.",
    "OBJECT_NOT_FOUND": "The contact is gone already.",
    "VALIDATION_ERROR": "A property or a rule of the account refuses the value; open the contact in HubSpot.",
    "MISSING_SCOPES": "Give the private app the scope that HubSpot names.",
}


def failures(answer: Record) -> Mapping[str, Record]:
    """A batch's errors by the trace, id or address each of them names."""
    return {
        text(key): error
        for error in answer.get("errors") or ()
        for named in (error.get("context") or {}).values()
        for key in named
    }


def refusal(change: Change, failure: Record | None) -> Outcome:
    """A row failed, in the words of its error; of None it is said that the answer does not name the row."""
    category = text((failure or {}).get("category")) or "not answered for"
    words = redact(f"{category}: {text((failure or {}).get('message'))}".rstrip(": "))
    hint = HINTS.get(category, "Open the contact in HubSpot.")
    return Outcome(state="failed", record_id=change.record_id, error=words, hint=hint)
