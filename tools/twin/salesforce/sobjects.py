"""Single records and descriptions: sobjects/{Object}, sobjects/{Object}/{id}, describe, limits, versions."""

from http import HTTPStatus
from typing import Final

from tools.twin.salesforce import records
from tools.twin.salesforce.auth import used_today
from tools.twin.salesforce.collections import LOCKED, document, known_object
from tools.twin.salesforce.describing import DETAILS, described_field, summary
from tools.twin.salesforce.errors import RestError, RowError
from tools.twin.salesforce.query import Selection
from tools.twin.salesforce.schema import OBJECTS
from tools.twin.salesforce.soql_sql import View
from tools.twin.wire import Call, Reply, as_json


def _refused(error: RowError) -> RestError:
    """A row's error as a single record's request shows it."""
    status = HTTPStatus.NOT_FOUND if error.code in {"INVALID_CROSS_REFERENCE_KEY", "ENTITY_IS_DELETED"} else 0
    code = "NOT_FOUND" if error.code == "INVALID_CROSS_REFERENCE_KEY" and not error.fields else error.code
    return RestError(code, str(error), status, fields=None if code == "NOT_FOUND" else error.fields)


def create(call: Call, _version: str, name: str) -> Reply:
    """POST sobjects/{Object}."""
    source, given = known_object(name), document(call)
    try:
        if call.refuses(0):
            raise LOCKED  # an injected refusal goes the way of a real one
        record = records.create(call.world, source, given)
    except RowError as error:
        raise _refused(error) from error
    if call.drops(0):
        call.world.run(f'DELETE FROM {source.table} WHERE "Id" = ?', (record,))
    return as_json({"id": record, "success": True, "errors": []}, status=HTTPStatus.CREATED, rows=1)


def read(call: Call, version: str, name: str, record: str) -> Reply:
    """GET sobjects/{Object}/{id}?fields=…."""
    source = known_object(name)
    wanted = [each for each in call.query.get("fields", "").split(",") if each]
    view = View.of(call.world)
    shown = [field.name for field in source.fields.values() if view.shows(source, field)]
    columns: list[tuple[str, ...]] = [(each,) for each in wanted or shown]
    try:
        row = records.existing(call.world, source, record)
    except RowError as error:
        raise _refused(error) from error
    selection = Selection(call.world, source, columns, deleted=False)
    found = selection.read(f'WHERE {selection.compiler.alias}."Id" = ?', [row["Id"]], version)
    return as_json(found[0][1], rows=1)


def update(call: Call, _version: str, name: str, record: str) -> Reply:
    """PATCH sobjects/{Object}/{id}."""
    source, given = known_object(name), document(call)
    return _change(call, lambda: records.update(call.world, source, record, given))


def delete(call: Call, _version: str, name: str, record: str) -> Reply:
    """DELETE sobjects/{Object}/{id}."""
    source = known_object(name)
    return _change(call, lambda: records.delete(call.world, source, record))


def _change(call: Call, write: object) -> Reply:
    """A write that answers with nothing."""
    assert callable(write)
    try:
        if call.refuses(0):
            raise LOCKED  # an injected refusal goes the way of a real one
        if not call.drops(0):
            write()
    except RowError as error:
        raise _refused(error) from error
    return Reply(status=HTTPStatus.NO_CONTENT, rows=1)


SEASONS: Final = ("Winter", "Spring", "Summer")
WINTER_2021: Final = 50
"""The version of that release; three come in a year."""


def describe(call: Call, version: str, name: str) -> Reply:
    """GET sobjects/{Object}/describe: what the API user may see."""
    source, view = known_object(name), View.of(call.world)
    children = [
        {"childSObject": child, "field": key, "relationshipName": relation,
         "cascadeDelete": (child, key) in source.cascades, "deprecatedAndHidden": False,
         "junctionIdListNames": [], "junctionReferenceTo": [], "restrictedDelete": False}
        for relation, (child, key) in source.children.items()
        if view.histories or not OBJECTS[child.lower()].history_of
    ]  # fmt: skip
    shown = [field for field in source.fields.values() if view.shows(source, field)]
    fields = [described_field(call.world, source, field) for field in shown]
    whole = summary(source, version) | DETAILS
    return as_json(whole | {"fields": fields, "childRelationships": children})


def describe_all(call: Call, version: str) -> Reply:
    """GET sobjects."""
    del call
    found = [summary(source, version) for source in OBJECTS.values()]
    return as_json({"encoding": "UTF-8", "maxBatchSize": 200, "sobjects": found})


def limits(call: Call, _version: str) -> Reply:
    """GET limits."""
    most = call.world.settings.salesforce_daily_calls
    bulk = {"Max": 15_000, "Remaining": 15_000}
    daily = {"Max": most, "Remaining": max(0, most - used_today(call.world))}
    return as_json(
        {
            "DailyApiRequests": daily,
            "DailyBulkApiBatches": bulk,
            "DailyBulkV2QueryJobs": {"Max": 10_000, "Remaining": 10_000},
        }
    )


def versions(_call: Call) -> Reply:
    """GET /services/data."""
    return as_json(
        [
            {"label": _release(number), "url": f"/services/data/v{number}.0", "version": f"{number}.0"}
            for number in range(52, 68)
        ]
    )


def _release(version: int) -> str:
    """The name of a version's release, such as Spring '26."""
    years, season = divmod(version - WINTER_2021, len(SEASONS))
    return f"{SEASONS[season]} '{21 + years}"
