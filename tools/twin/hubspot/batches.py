"""Batches of contacts: 100 inputs a call, 50 when property history is asked for.

A batch whose every input carries an `objectWriteTraceId` fails input by input (HTTP 207); without them one
bad input refuses the whole (HubSpot's documentation of multi-status errors). What is not found is told in a
207 either way.
"""

from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Any, Final

from tools.twin.hubspot import store
from tools.twin.hubspot.contacts import body, properties
from tools.twin.hubspot.errors import HubSpotError, Invalid, bad_request, row_error
from tools.twin.hubspot.shown import flag, shown
from tools.twin.wire import Call, Json, Reply, as_json

BATCH: Final = 100
WITH_HISTORY: Final = 50
GONE: Final = (
    "Could not get some CONTACT objects, they may be deleted or not exist. Check that ids are valid."
)
Row = dict[str, Json]


def inputs(given: Row, *, most: int = BATCH) -> list[Row]:
    """The inputs of a batch, at least one and at most so many."""
    listed = given.get("inputs")
    if not isinstance(listed, list) or not all(isinstance(each, dict) for each in listed):
        raise bad_request('Invalid input JSON: required "inputs" is missing')
    if not listed:
        raise bad_request("inputs must not be empty")
    if len(listed) > most:
        raise bad_request(f"The maximum number of inputs supported in a batch request is {most}")
    return listed


def answered(call: Call, results: Sequence[Json], errors: Sequence[Json] = ()) -> Reply:
    """A batch's answer: 207 when some inputs failed."""
    now = call.world.stamp()
    document: Row = {"status": "COMPLETE", "results": list(results), "startedAt": now, "completedAt": now}
    if not errors:
        return as_json(document, rows=len(results))
    document |= {"numErrors": len(errors), "errors": list(errors)}
    return as_json(document, status=HTTPStatus.MULTI_STATUS, rows=len(results))


def missing(ids: Sequence[str]) -> Json:
    """The error that names what was not found."""
    return row_error("OBJECT_NOT_FOUND", GONE, {"ids": ids})


def _look(given: Row) -> Callable[..., Any]:
    kind = given.get("idProperty") or "hs_object_id"
    if kind not in {"email", "hs_object_id"}:
        raise bad_request(f'Property "{kind}" is not a unique property')
    return store.by_email if kind == "email" else store.by_id


def read(call: Call) -> Reply:
    """POST contacts/batch/read: found ones once each, the others in one error."""
    given = body(call)
    names, history = given.get("properties") or [], given.get("propertiesWithHistory") or []
    look, archived = _look(given), flag(call, "archived")
    rows: dict[int, Any] = {}
    absent: list[str] = []
    for each in inputs(given, most=WITH_HISTORY if history else BATCH):
        row = look(call.world, each.get("id"), archived=archived)
        if row is None:
            absent.append(str(each.get("id")))
        else:
            rows[row["id"]] = row
    results = [shown(call.world, row, names, history) for row in rows.values()]
    # the dated specification has no 207 for a read: what is not there is left out, an assumption
    told = absent and "/v3/" in call.path
    return answered(call, results, [missing(absent)] if told else [])


def _unique(listed: Sequence[Row]) -> None:
    ids = [str(each.get("id")) for each in listed]
    twice = sorted({each for each in ids if ids.count(each) > 1})
    if twice:
        raise bad_request(f"Duplicate IDs found in batch input: [{', '.join(twice)}]. IDs must be unique")


def _each(
    call: Call, listed: Sequence[Row], write: Callable[[int, Row], Row | None]
) -> tuple[list[Row], list[Json], list[str]]:
    """Write input by input; results, errors, and the ids that were not found."""
    traced = all(each.get("objectWriteTraceId") for each in listed)
    results: list[Row] = []
    errors: list[Json] = []
    absent: list[str] = []
    call.world.run("SAVEPOINT batch")  # released with the transaction of the request
    for row, each in enumerate(listed):
        try:
            done = _written(call, row, each, write)
        except HubSpotError as error:
            if not traced:
                call.world.run("ROLLBACK TO batch")
                raise
            trace = {"objectWriteTraceId": [str(each["objectWriteTraceId"])]}
            errors.append(row_error(error.category, str(error), trace))
            continue
        if done is None:
            absent.append(str(each.get("id")))
        else:
            results.append(done | ({"objectWriteTraceId": each["objectWriteTraceId"]} if traced else {}))
    return results, errors, absent


def _written(call: Call, row: int, given: Row, write: Callable[[int, Row], Row | None]) -> Row | None:
    if call.refuses(row):
        raise bad_request("A validation rule of this account refuses the values")
    try:
        return write(row, given)
    except Invalid as error:
        raise error.whole() from error


def create(call: Call) -> Reply:
    """POST contacts/batch/create."""

    def one(row: int, given: Row) -> Row:
        values = store.checked(properties(given))
        if call.drops(row):
            return _pretended(call, values)
        number = store.insert(call.world, values)
        return shown(call.world, store.by_id(call.world, number), list(values))

    results, errors, _ = _each(call, inputs(body(call)), one)
    reply = answered(call, results, errors)
    if reply.status == HTTPStatus.OK:
        reply.status = HTTPStatus.CREATED
    return reply


def _pretended(call: Call, values: dict[str, Any]) -> Row:
    """What a dropped row is told."""
    now = call.world.stamp()
    shown_as = {name: value for name, value in values.items() if value is not None}
    return {
        "id": str(store.FIRST_ID - 1),
        "properties": shown_as | {"createdate": now, "lastmodifieddate": now},
        "createdAt": now,
        "updatedAt": now,
        "archived": False,
    }


def update(call: Call) -> Reply:
    """POST contacts/batch/update."""
    listed = inputs(body(call))
    _unique(listed)

    def one(row: int, given: Row) -> Row | None:
        known = _look(given)(call.world, given.get("id"))
        if known is None:
            return None
        values = store.checked(properties(given))
        if not call.drops(row):
            store.update(call.world, known["id"], values)
        return shown(call.world, store.by_id(call.world, known["id"]), list(values))

    results, errors, absent = _each(call, listed, one)
    return answered(call, results, [*errors, *([missing(absent)] if absent else [])])


def upsert(call: Call) -> Reply:
    """POST contacts/batch/upsert: by e-mail or id; a new contact says so."""
    listed = inputs(body(call))
    _unique(listed)

    def one(row: int, given: Row) -> Row:
        known = _look(given)(call.world, given.get("id"))
        values = store.checked(properties(given))
        if given.get("idProperty") == "email":
            values = {"email": store.spelled(given.get("id"))} | values
        if call.drops(row):
            return _pretended(call, values) | {"new": known is None}
        number = known["id"] if known is not None else store.insert(call.world, values)
        if known is not None:
            store.update(call.world, number, values)
        return shown(call.world, store.by_id(call.world, number), list(values)) | {"new": known is None}

    results, errors, _ = _each(call, listed, one)
    return answered(call, results, errors)


def archive(call: Call) -> Reply:
    """POST contacts/batch/archive: 204 without a body; ids that are not there are passed over."""
    listed = inputs(body(call))
    if any(call.refuses(row) for row in range(len(listed))):
        raise bad_request("A validation rule of this account refuses the deletion")
    done = 0
    for row, each in enumerate(listed):
        known = store.by_id(call.world, each.get("id"))
        done += known is not None
        if known is not None and not call.drops(row):
            store.archive(call.world, known["id"])
    return Reply(status=HTTPStatus.NO_CONTENT, rows=done)
