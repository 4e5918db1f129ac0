"""Statuses of subscriptions, written: by batch where the account may, else one address a call.

Batches are for Marketing Hub Enterprise (HubSpot's guide of communication preferences): 100 statuses in one
call, answered one by one. Two things are assumptions: that a call takes 100, as HubSpot's other batches do,
and that the context of an error names the address. A batch refused whole goes row by row, and a row that an
answer does not name is in doubt and read back.
"""

from collections.abc import Sequence
from functools import partial

from tools.connectors.hubspot.answers import failures, refusal
from tools.connectors.hubspot.client import Client, Record
from tools.connectors.values import key_of, text
from tools.errors import Refused
from tools.http import following
from tools.plan import Change
from tools.ports import Outcome

STATE, NUMBER, BASIS = "statusState", "subscriptionId", "legalBasisExplanation"
LEFT, BACK, OPEN = "UNSUBSCRIBED", "SUBSCRIBED", "NOT_SPECIFIED"
OUT_OF_ALL = "OPTED_OUT_OF_ALL: to subscribe this address would lift its opt-out of everything"
OUT_HINT = "The opt-out of everything stays until the person takes that back."


def apply(client: Client, changes: Sequence[Change]) -> list[Outcome]:
    """By batch where the account may, else one address a call; each row is answered for itself."""
    if len(changes) == 1 or not client.has_batches():
        return _singly(client, changes)
    stopped = _stopped(client, [each for each in changes if _lets_back(each)])
    kept = [_lets_back(each) and _address(each) in stopped for each in changes]
    left = [each for each, out in zip(changes, kept, strict=True) if not out]
    sent = iter(_batch(client, left) if left else [])
    return [_kept_out(each) if out else next(sent) for each, out in zip(changes, kept, strict=True)]


def _lets_back(change: Change) -> bool:
    """Whether a row subscribes an address, which would lift its opt-out of everything."""
    return change.set.get(STATE) == BACK


def _stopped(client: Client, changes: Sequence[Change]) -> frozenset[str]:
    """The rows' addresses that have opted out of everything; one the batch says nothing of is asked apart."""
    wanted = [_address(each) for each in changes]
    told = client.opted_out_of_all(wanted) if wanted else {}
    known = {_spelled(address): stopped for address, stopped in told.items()}
    return frozenset(
        each
        for each in wanted
        if (known[_spelled(each)] if _spelled(each) in known else client.opted_out(each) is not None)
    )


def _batch(client: Client, changes: Sequence[Change]) -> list[Outcome]:
    """One call. A batch that is refused whole has done nothing, and goes row by row."""
    try:
        answer = client.set_statuses([_input(each) for each in changes])
    except Refused:
        answer = None
    if answer is None:
        return _singly(client, changes)
    done = {
        (_spelled(each.get("subscriberIdString")), text(each.get(NUMBER)))
        for each in answer.get("results") or ()
    }
    failed = {_spelled(named): error for named, error in failures(answer).items()}
    return [_outcome(each, done, failed.get(_spelled(_address(each)))) for each in changes]


def _outcome(change: Change, done: set[tuple[str, str]], failure: Record | None) -> Outcome:
    """A row that the answer does not name is in doubt."""
    if (_spelled(_address(change)), text(change.set.get(NUMBER))) in done:
        return Outcome(state="applied", record_id=change.record_id)
    return refusal(change, failure) if failure else Outcome(state="unknown", record_id=change.record_id)


def _input(change: Change) -> Record:
    return {
        "channel": "EMAIL",
        "subscriberIdString": _address(change),
        NUMBER: int(text(change.set.get(NUMBER))),
        STATE: text(change.set.get(STATE)),
        **_basis(change),
    }


def _basis(change: Change) -> Record:
    return {name: text(change.set[name]) for name in ("legalBasis", BASIS) if name in change.set}


def _address(change: Change) -> str:
    return text(change.set.get("email"))


def _spelled(address: object) -> str:
    """An address as it is compared, even when it is none."""
    return key_of(address) or text(address).strip().lower()


def _kept_out(change: Change) -> Outcome:
    return Outcome(state="failed", record_id=change.record_id, error=OUT_OF_ALL, hint=OUT_HINT)


def _singly(client: Client, changes: Sequence[Change]) -> list[Outcome]:
    """A failure on the way leaves doubt about the rows before."""
    return [following(done, "hubspot", partial(_written, client, each)) for done, each in enumerate(changes)]


def _written(client: Client, change: Change) -> Outcome:
    address, state = _address(change), text(change.set.get(STATE))
    if _lets_back(change) and client.opted_out(address) is not None:
        return _kept_out(change)
    try:
        client.set_status(address, text(change.set.get(NUMBER)), state, _basis(change))
    except Refused as error:
        hint = "Look at the address and the subscription in HubSpot."
        return Outcome(state="failed", record_id=change.record_id, error=error.detail, hint=hint)
    return Outcome(state="applied", record_id=change.record_id)
