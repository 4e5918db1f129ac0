"""sObject Collections: create, update and delete up to 200 records, retrieve up to 2,000 by id."""

from collections.abc import Callable
from typing import Final

from tools.twin.salesforce import ids, records
from tools.twin.salesforce.errors import RestError, RowError
from tools.twin.salesforce.query import Selection
from tools.twin.salesforce.schema import OBJECTS, SObject, by_prefix
from tools.twin.salesforce.soql import Malformed
from tools.twin.wire import Call, Json, Reply, as_json
from tools.twin.world import World

MOST_WRITTEN: Final = 200
MOST_READ: Final = 2_000
LOCKED: Final = RowError("UNABLE_TO_LOCK_ROW", "unable to obtain exclusive access to this record")
ROLLED_BACK: Final = RowError(
    "ALL_OR_NONE_OPERATION_ROLLED_BACK",
    "Record rolled back because not all records were valid and the request was using AllOrNone header",
)
Write = Callable[[World], str]


def known_object(name: str) -> SObject:
    """The object of that name, or the vendor's 404."""
    found = OBJECTS.get(name.lower())
    if found is None:
        raise RestError("NOT_FOUND", "The requested resource does not exist")
    return found


def document(call: Call) -> dict[str, Json]:
    """The body as a JSON object."""
    try:
        given = call.json()
    except ValueError as error:
        raise RestError("JSON_PARSER_ERROR", str(error)) from error
    if not isinstance(given, dict):
        raise RestError("JSON_PARSER_ERROR", "a JSON object is expected")
    return given


def _listed(given: dict[str, Json], name: str) -> list[Json]:
    """A list in the body; nothing is an empty one."""
    found = given.get(name) or []
    if not isinstance(found, list):
        raise RestError("JSON_PARSER_ERROR", f"{name} must be a list")
    return found


def _typed(record: Json) -> SObject:
    """The object a record of a collection says it is."""
    name = record.get("attributes", {}).get("type") if isinstance(record, dict) else None
    found = OBJECTS.get(str(name).lower())
    if found is None:
        raise RowError("INVALID_TYPE", f"sObject type '{name}' is not supported.")
    return found


def _few(count: int) -> None:
    """Refuse more than 200 records. The error's words are an assumption, its code is documented."""
    if count > MOST_WRITTEN:
        raise RestError(
            "EXCEEDED_ID_LIMIT", f"record limit reached. cannot submit more than {MOST_WRITTEN} records"
        )


def written(call: Call, writes: list[Write], *, all_or_none: bool, named: list[str | None]) -> Reply:
    """Do the writes in order; results in input order, everything undone when all-or-none and one failed."""
    db = call.world.db
    db.execute("SAVEPOINT collection")
    results: list[dict[str, Json]] = []
    for row, write in enumerate(writes):
        try:
            if call.refuses(row):
                raise LOCKED  # an injected refusal goes the way of a real one
            results.append(_done(call, row, write, named[row]))
        except RowError as error:
            results.append(_failed(error, named[row]))
    failed = any(not result["success"] for result in results)
    if all_or_none and failed:
        db.execute("ROLLBACK TO collection")
        results = [result if not result["success"] else _failed(ROLLED_BACK, None) for result in results]
    db.execute("RELEASE collection")
    return as_json(results, rows=sum(1 for result in results if result["success"]))


def _done(call: Call, row: int, write: Write, named: str | None) -> dict[str, Json]:
    """One successful row. A dropped row is undone again and reported as done."""
    if not call.drops(row):
        return {"id": write(call.world), "success": True, "errors": []}
    call.world.db.execute("SAVEPOINT dropped")
    record = write(call.world)
    call.world.db.execute("ROLLBACK TO dropped")
    call.world.db.execute("RELEASE dropped")
    return {"id": named or record, "success": True, "errors": []}


def _failed(error: RowError, named: str | None) -> dict[str, Json]:
    """One refused row."""
    return ({"id": named} if named else {}) | {"success": False, "errors": [error.view()]}


def create(call: Call, _version: str) -> Reply:
    """POST composite/sobjects."""
    given = document(call)
    wanted = _listed(given, "records")
    _few(len(wanted))

    def insert(record: dict[str, Json]) -> Write:
        return lambda world: records.create(world, _typed(record), record)

    writes = [insert(record) for record in wanted]
    return written(call, writes, all_or_none=bool(given.get("allOrNone")), named=[None] * len(writes))


def update(call: Call, _version: str) -> Reply:
    """PATCH composite/sobjects. Each record carries its id, spelled `id` or `Id`."""
    given = document(call)
    wanted = _listed(given, "records")
    _few(len(wanted))

    def change(record: dict[str, Json]) -> Write:
        return lambda world: records.update(world, _typed(record), record.get("id", record.get("Id")), record)

    writes = [change(record) for record in wanted]
    return written(call, writes, all_or_none=bool(given.get("allOrNone")), named=[None] * len(writes))


def delete(call: Call, _version: str) -> Reply:
    """DELETE composite/sobjects?ids=…&allOrNone=…."""
    wanted = [each for each in call.query.get("ids", "").split(",") if each]
    _few(len(wanted))

    def remove(record: str) -> Write:
        def write(world: World) -> str:
            source = by_prefix(record)
            if source is None or ids.normal(record) is None:
                raise RowError("MALFORMED_ID", f"malformed id {record}")
            return records.delete(world, source, record)

        return write

    all_or_none = call.query.get("allOrNone", "false").lower() == "true"
    return written(call, [remove(record) for record in wanted], all_or_none=all_or_none, named=list(wanted))


def retrieve(call: Call, version: str, name: str) -> Reply:
    """POST composite/sobjects/{Object} with ids and fields: records in the order of the ids, null if gone."""
    given = document(call)
    return _retrieve(call.world, version, name, _listed(given, "ids"), _listed(given, "fields"))


def retrieve_few(call: Call, version: str, name: str) -> Reply:
    """GET composite/sobjects/{Object}?ids=…&fields=…."""
    wanted, fields = (call.query.get(key, "").split(",") for key in ("ids", "fields"))
    return _retrieve(call.world, version, name, wanted, fields)


def _retrieve(world: World, version: str, name: str, wanted: list[str], fields: list[str]) -> Reply:
    """Read records by id."""
    source = known_object(name)
    if len(wanted) > MOST_READ:
        raise RestError("EXCEEDED_ID_LIMIT", f"cannot retrieve more than {MOST_READ} records")
    known = [ids.normal(each) for each in wanted]
    if None in known:
        raise RestError("MALFORMED_ID", f"malformed id {wanted[known.index(None)]}")
    try:
        selection = Selection(
            world, source, [("Id",), *(tuple(field.split(".")) for field in fields)], deleted=False
        )
    except Malformed as error:
        raise RestError(error.code, str(error)) from error
    marks = ", ".join("?" * len(known))
    alias = selection.compiler.alias
    where = f'WHERE {alias}."IsDeleted" = 0 AND {alias}."Id" IN ({marks})'
    found = {record["Id"]: record for _, record in selection.read(where, list(known), version)}
    results = [found.get(str(each)) for each in known]
    return as_json(results, rows=len(found))
