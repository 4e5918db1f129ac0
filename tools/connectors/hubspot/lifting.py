"""Lifting an opt-out of everything, which belongs to the address: only one that is known to be ours.

HubSpot lifts it when the address is subscribed to one kind of mail (v4 of preferences and later: its
documentation of resubscribing). That subscription is taken back at once, so that nothing more is allowed than
before. That the opt-out of everything stays lifted then is an assumption; the landing reads what is so.
"""

from collections.abc import Sequence
from functools import partial

from tools.connectors.hubspot.client import Client
from tools.connectors.hubspot.fields import OPT_OUT, YES
from tools.connectors.hubspot.undoing import LIFT_AFTER, LIFT_BEFORE, LIFT_BY
from tools.connectors.values import key_of, moment, text
from tools.http import following
from tools.plan import Change
from tools.ports import Outcome

LATER = "OPTED_OUT_SINCE: the address was opted out after our own act"
EARLIER = "OPTED_OUT_BEFORE: the address was opted out before our own act"
THEIRS = "The person's own opt-out stays."


def lifted(client: Client, change: Change) -> Outcome:
    """One address's opt-out lifted, unless it was made before or after the moments the row names."""
    address, kind = text(change.set.get("email")), text(change.set.get(LIFT_BY))
    if not kind.isdigit() or not address:
        return Outcome(state="failed", error="The row names no subscription to lift the opt-out by")
    after, before = moment(change.set.get(LIFT_AFTER)), moment(change.set.get(LIFT_BEFORE))
    found = client.opted_out(address)
    made = moment(found.get("timestamp")) if found else None
    if made and ((before and made > before) or (after and made < after)):
        why = EARLIER if after and made < after else LATER
        return Outcome(state="failed", record_id=change.record_id, error=why, hint=THEIRS)
    if found is not None:
        client.set_status(address, kind, "SUBSCRIBED")
        following(1, "hubspot", partial(client.set_status, address, kind, "NOT_SPECIFIED"))
    return Outcome(state="applied", record_id=change.record_id)


def returned(client: Client, changes: Sequence[Change]) -> None:
    """Lift what is left on the addresses of contacts just made anew; those without it take no call."""
    wanted = {key_of(each.set.get("email")): each for each in changes}
    addresses = [text(each.set.get("email")) for each in changes]
    for page in client.contacts(addresses, ["email", OPT_OUT], kind="email"):
        for each in page:
            change = wanted.get(key_of(each["properties"].get("email")))
            if change is not None and each["properties"].get(OPT_OUT) == YES:
                lifted(client, change)
