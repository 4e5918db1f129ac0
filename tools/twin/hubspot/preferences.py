"""Communication preferences, by address: the older v3 shapes, and those of v4 and the dated versions.

A status that is set to what it is stays as it was, with its time: `NO_STATUS_CHANGE` is a documented reason.
Assumptions: an opt-out of everything lies over the statuses of the single subscriptions, which come to light
again when it is lifted; it is lifted when the address is subscribed to any one of them through v4 or later.
v3 cannot do so, and cannot opt out of everything: both are documented.
"""

from http import HTTPStatus
from typing import Any, Final
from uuid import uuid4

from tools.twin.hubspot import store
from tools.twin.hubspot.batches import BATCH, inputs
from tools.twin.hubspot.contacts import body, refused
from tools.twin.hubspot.errors import HubSpotError, bad_request, missing_scopes, row_error
from tools.twin.hubspot.fields import INTERNAL, SUBSCRIPTIONS
from tools.twin.wire import Call, Json, Reply, as_json
from tools.twin.world import World

KNOWN: Final = {number: (name, text) for number, name, text in SUBSCRIPTIONS}
STATES: Final = ("SUBSCRIBED", "UNSUBSCRIBED", "NOT_SPECIFIED")
MADE: Final = "2021-03-01T00:00:00Z"
READ, WRITE = (
    "communication_preferences.statuses.batch.read",
    "communication_preferences.statuses.batch.write",
)
Document = dict[str, Json]


def _definition(number: int) -> Document:
    name, text = KNOWN[number]
    return {
        "id": str(number), "name": name, "description": text, "purpose": "Marketing",
        "communicationMethod": "Email", "isActive": True, "isDefault": number == SUBSCRIPTIONS[0][0],
        "isInternal": number == INTERNAL, "createdAt": MADE, "updatedAt": MADE,
    }  # fmt: skip


def definitions(call: Call) -> Reply:
    """GET definitions: in v3 under its own name, later as results of an action."""
    listed = [_definition(number) for number in made(call.world)]
    if "/v3/" in call.path:
        return as_json({"subscriptionDefinitions": listed}, rows=len(listed))
    return _done(call, listed)


def _done(call: Call, results: list[Json], errors: list[Json] | None = None) -> Reply:
    """The result of an action; a batch that fails in part is 200 with errors, unlike in the objects API."""
    now = call.world.stamp()
    document: Document = {"status": "COMPLETE", "results": results, "startedAt": now, "completedAt": now}
    if not errors:
        return as_json(document, rows=len(results))
    document |= {"errors": errors, "numErrors": len(errors)}
    return as_json(document, rows=len(results))


def _address(given: object) -> str:
    address = store.spelled(given)
    if not store.ADDRESS.fullmatch(address):
        raise bad_request(f"Email address {address} is invalid")
    return address


def made(world: World) -> list[int]:
    """The subscription types there are by now: they are made in HubSpot's app, and no endpoint makes one."""
    return list(KNOWN)[: world.settings.hubspot_subscriptions]


def _subscription(given: object) -> int:
    text = str(given or "")
    if not text.isdigit() or int(text) not in KNOWN:
        raise HubSpotError(
            HTTPStatus.BAD_REQUEST, f"Subscription {text or 'id'} does not exist", "VALIDATION_ERROR"
        )
    return int(text)


def _own(world: World, address: str, number: int) -> Any:  # noqa: ANN401  # a row
    return world.one("SELECT * FROM hs_status WHERE email = ? AND subscription = ?", (address, number))


def _wide(world: World, address: str) -> Any:  # noqa: ANN401  # a row
    return world.one("SELECT * FROM hs_optout WHERE email = ?", (address,))


def _older(world: World, address: str, number: int) -> Document:
    """A status in v3's shape."""
    own, wide = _own(world, address, number), _wide(world, address)
    name, text = KNOWN[number]
    document: Document = {
        "id": str(number),
        "name": name,
        "description": text,
        "status": "NOT_SUBSCRIBED",
        "sourceOfStatus": "PORTAL_WIDE_STATUS" if wide is not None else "SUBSCRIPTION_STATUS",
    }
    if wide is None and own is not None and own["status"] == "SUBSCRIBED":
        document["status"] = "SUBSCRIBED"
    if own is not None and own["legalBasis"]:
        document |= {"legalBasis": own["legalBasis"], "legalBasisExplanation": own["explanation"] or ""}
    return document


def read_older(call: Call, given: str) -> Reply:
    """GET v3/status/email/{address}."""
    address = _address(given)
    statuses = [_older(call.world, address, number) for number in KNOWN]
    return as_json({"recipient": address, "subscriptionStatuses": statuses}, rows=len(statuses))


def subscribe(call: Call) -> Reply:
    """POST subscribe: refused for an address that has opted out."""
    given, world = body(call), call.world
    address, number = _address(given.get("emailAddress")), _subscription(given.get("subscriptionId"))
    own = _own(world, address, number)
    if _wide(world, address) is not None or (own is not None and own["status"] == "UNSUBSCRIBED"):
        raise bad_request(f"{address} has opted out and cannot be subscribed by this endpoint")
    return _set_older(call, given, address, number, "SUBSCRIBED")


def unsubscribe(call: Call) -> Reply:
    """POST unsubscribe: from one subscription; not for the whole account."""
    given = body(call)
    address, number = _address(given.get("emailAddress")), _subscription(given.get("subscriptionId"))
    return _set_older(call, given, address, number, "UNSUBSCRIBED")


def _set_older(call: Call, given: Document, address: str, number: int, status: str) -> Reply:
    refused(call)
    if not call.drops(0):
        _set(call.world, given, address, number, status)
    return as_json(_older(call.world, address, number), rows=1)


def _set(world: World, given: Document, address: str, number: int, status: str) -> bool:
    """Set a status; whether it was another."""
    before = _own(world, address, number)
    if (before["status"] if before is not None else "NOT_SPECIFIED") == status:
        return False
    if (before is not None and before["status"] == "UNSUBSCRIBED") != (status == "UNSUBSCRIBED"):
        store.kind_left(world, address, number, left=status == "UNSUBSCRIBED")
    if status == "NOT_SPECIFIED":
        world.run("DELETE FROM hs_status WHERE email = ? AND subscription = ?", (address, number))
        return True
    world.run(
        "INSERT OR REPLACE INTO hs_status VALUES (?, ?, ?, ?, 'API', ?, ?)",
        (address, number, status, world.stamp(), given.get("legalBasis"), given.get("legalBasisExplanation")),
    )
    return True


def _status(world: World, address: str, number: int, reason: str = "") -> Document:
    """A status in the later shape."""
    own, wide = _own(world, address, number), _wide(world, address)
    ruling = wide if wide is not None else own
    document: Document = {
        "channel": "EMAIL",
        "subscriberIdString": address,
        "subscriptionId": number,
        "subscriptionName": KNOWN[number][0],
        "status": "UNSUBSCRIBED"
        if wide is not None
        else own["status"]
        if own is not None
        else "NOT_SPECIFIED",
        "source": ruling["source"] if ruling is not None else "",
        "timestamp": ruling["at"] if ruling is not None else MADE,
    }
    if reason:
        document["setStatusSuccessReason"] = reason
    return document


def _channel(call: Call) -> None:
    if call.query.get("channel") != "EMAIL":
        raise bad_request("channel must be EMAIL")


def read(call: Call, given: str) -> Reply:
    """GET statuses/{address}?channel=EMAIL."""
    _channel(call)
    address = _address(given)
    return _done(call, [_status(call.world, address, number) for number in KNOWN])


def write(call: Call, given: str) -> Reply:
    """POST statuses/{address}: one subscription's status; SUBSCRIBED lifts an opt-out of everything."""
    asked = body(call)
    address, number, status = _asked(asked, given)
    refused(call)
    return _done(call, [_written(call, 0, asked, address, number, status)])


def _asked(asked: Document, given: object) -> tuple[str, int, str]:
    """Address, subscription and status of one request. Raises `HubSpotError` for what is not well formed."""
    address, number = _address(given), _subscription(asked.get("subscriptionId"))
    status = asked.get("statusState")
    if asked.get("channel") != "EMAIL" or status not in STATES:
        raise bad_request(f"channel must be EMAIL and statusState one of {', '.join(STATES)}")
    return address, number, str(status)


def _written(call: Call, row: int, asked: Document, address: str, number: int, status: str) -> Document:
    """A status set, as it is then, with the reason HubSpot tells."""
    world, reason = call.world, "REQUESTED_CHANGE_OCCURRED"
    if not call.drops(row):
        lifted = status == "SUBSCRIBED" and store.lift(world, address, "API")
        changed = _set(world, asked, address, number, status)
        reason = "RESUBSCRIBE_OCCURRED" if lifted else reason if changed else "NO_STATUS_CHANGE"
    return _status(world, address, number, reason)


def write_batch(call: Call) -> Reply:
    """POST statuses/batch/write: each input names its address and channel, and fails by itself.

    The documented answer is one status for each input that was taken. How many inputs a call takes is not
    documented: as many as other batches take, an assumption. So is what an error's context names.
    """
    if not call.world.settings.hubspot_enterprise:
        raise missing_scopes(WRITE)
    results: list[Json] = []
    errors: list[Json] = []
    for row, each in enumerate(inputs(body(call))):
        given = each.get("subscriberIdString")
        try:
            if call.refuses(row):
                raise bad_request(f"Email address {given} is invalid")
            results.append(_written(call, row, each, *_asked(each, given)))
        except HubSpotError as error:
            named = {"subscriberIdString": [str(given)]}
            errors.append(row_error(error.category, str(error), named) | {"id": str(uuid4())})
    return _done(call, results, errors)


def _wide_statuses(world: World, address: str) -> list[Json]:
    """The opt-out of everything, if there is one."""
    wide = _wide(world, address)
    if wide is None:
        return []
    kind = {"channel": "EMAIL", "wideStatusType": "PORTAL_WIDE", "status": "UNSUBSCRIBED"}
    return [kind | {"subscriberIdString": address, "timestamp": wide["at"]}]


def read_wide(call: Call, given: str) -> Reply:
    """GET statuses/{address}/unsubscribe-all: empty when the address has not opted out of everything."""
    _channel(call)
    return _done(call, _wide_statuses(call.world, _address(given)))


def unsubscribe_all(call: Call, given: str) -> Reply:
    """POST statuses/{address}/unsubscribe-all."""
    _channel(call)
    address = _address(given)
    refused(call)
    return _done(call, _all(call, address, 0))


def _all(call: Call, address: str, row: int) -> list[Json]:
    reason = "UNSUBSCRIBE_FROM_ALL_OCCURRED"
    if call.drops(row):
        return [_status(call.world, address, number, reason) | {"status": "UNSUBSCRIBED"} for number in KNOWN]
    reason = reason if store.opt_out(call.world, address, "API") else "NO_STATUS_CHANGE"
    return [_status(call.world, address, number, reason) for number in KNOWN]


def _batch(call: Call, scope: str) -> list[str]:
    """The addresses of a batch, where the account may: Marketing Hub Enterprise."""
    if not call.world.settings.hubspot_enterprise:
        raise missing_scopes(scope)
    _channel(call)
    listed = body(call).get("inputs")
    if not isinstance(listed, list) or not 1 <= len(listed) <= BATCH:
        raise bad_request(f"inputs must hold 1 to {BATCH} addresses")
    return [str(each) for each in listed]


def read_wide_batch(call: Call) -> Reply:
    """POST statuses/batch/unsubscribe-all/read."""
    results: list[Json] = []
    for each in _batch(call, READ):
        address = store.spelled(each)
        results.append({"subscriberIdString": address, "wideStatuses": _wide_statuses(call.world, address)})
    return _done(call, results)


def unsubscribe_all_batch(call: Call) -> Reply:
    """POST statuses/batch/unsubscribe-all."""
    results: list[Json] = []
    errors: list[Json] = []
    for row, each in enumerate(_batch(call, WRITE)):
        if call.refuses(row) or not store.ADDRESS.fullmatch(store.spelled(each)):
            words = f"Email address {each} is invalid"
            errors.append(
                row_error("VALIDATION_ERROR", words, {"subscriberIdString": [each]}) | {"id": str(uuid4())}
            )
            continue
        address = store.spelled(each)
        statuses = _all(call, address, row)
        more = {"statuses": statuses} if call.query.get("verbose") == "true" else {}
        results.append({"subscriberIdString": address} | more)
    return _done(call, results, errors)
