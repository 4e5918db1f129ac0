"""Writing single records: validation, create, update, delete, undelete, with the vendor's row errors."""

from datetime import timedelta
from typing import Any, Final

from tools.twin import sync
from tools.twin.salesforce import history, ids, refusals
from tools.twin.salesforce.errors import RowError
from tools.twin.salesforce.schema import OBJECTS, Field, SObject, new_id
from tools.twin.wire import Json
from tools.twin.world import World, iso

BIN_DAYS: Final = 15
BIN_HOURS: Final = 2
"""What was deleted so lately stays even in a bin that is full (Salesforce's help on its recycle bin)."""
STAMPS: Final = frozenset({"LastModifiedDate", "LastModifiedById", "SystemModstamp"})
API_USER: Final = ids.make("005", 1)
"""The user our one service credential acts as."""


def check_id(source: SObject, given: object) -> str:
    """The stored form of an id of that object."""
    record = ids.normal(given)
    if record is None:
        raise RowError("MALFORMED_ID", f"bad id {given}", "Id")
    if not record.startswith(source.prefix):
        raise RowError("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id")
    return record


def existing(world: World, source: SObject, given: object) -> Any:  # noqa: ANN401  # a row
    """The live record of that id."""
    record = check_id(source, given)
    row = world.one(f'SELECT * FROM {source.table} WHERE "Id" = ?', (record,))
    if row is None:
        raise RowError("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id")
    if row["IsDeleted"]:
        raise RowError("ENTITY_IS_DELETED", "entity is deleted")
    return row


def _stored(world: World, described: Field, value: Json) -> Any:  # noqa: ANN401  # what SQLite binds
    """A given value as its column stores it."""
    if value is None or value == "":
        return 0 if described.type == "boolean" else None
    if described.type == "boolean":
        if not isinstance(value, bool):
            raise RowError("JSON_PARSER_ERROR", f"Cannot deserialize boolean from {value!r}", described.name)
        return int(value)
    if described.type == "reference":
        return _reference(world, described, value)
    if described.type in {"datetime", "date"}:
        return _moment(described, str(value))
    if described.type in {"double", "currency", "int"}:
        return _number(described, value)
    return _text(described, str(value))


def _reference(world: World, described: Field, value: Json) -> str:
    """A reference that exists."""
    record = ids.normal(value)
    if record is None:
        raise RowError(
            "MALFORMED_ID", f"{described.name}: id value of incorrect type: {value}", described.name
        )
    targets = [OBJECTS[name.lower()] for name in (described.to, *described.also)]
    target = next((each for each in targets if record.startswith(each.prefix)), None)
    alive = f'SELECT 1 FROM {target.table} WHERE "Id" = ? AND "IsDeleted" = 0' if target else ""
    if not alive or world.one(alive, (record,)) is None:
        raise RowError("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", described.name)
    return record


def _moment(described: Field, value: str) -> str:
    """A date, or a date-and-time in UTC."""
    from datetime import UTC, datetime

    try:
        parsed = datetime.fromisoformat(value)
    except ValueError as error:
        raise RowError(
            "JSON_PARSER_ERROR", f"bad date for {described.name}: {value}", described.name
        ) from error
    if described.type == "date":
        return parsed.date().isoformat()
    return iso(parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC))


def _number(described: Field, value: Json) -> float:
    """A number."""
    try:
        return float(value)
    except (TypeError, ValueError) as error:
        raise RowError("JSON_PARSER_ERROR", f"bad number for {described.name}", described.name) from error


def _text(described: Field, value: str) -> str:
    """Text that fits, and for an e-mail field looks like one."""
    if described.length and len(value) > described.length:
        raise RowError(
            "STRING_TOO_LONG", f"{described.name}: data value too large (max length={described.length})",
            described.name,
        )  # fmt: skip
    if described.type == "email" and ("@" not in value.strip() or " " in value.strip()):
        raise RowError(
            "INVALID_EMAIL_ADDRESS", f"{described.name}: invalid email address: {value}", described.name
        )
    return value


def _given(world: World, source: SObject, values: dict[str, Json]) -> dict[str, Any]:
    """The given values by column, validated; refuses unknown and read-only fields, and all of history."""
    if source.history_of:
        raise RowError("INVALID_TYPE_FOR_OPERATION", f"entity type cannot be written: {source.name}")
    stored: dict[str, Any] = {}
    for name, value in values.items():
        if name in {"attributes", "Id", "id"}:
            continue
        described = source.fields.get(name.lower())
        if described is None:
            raise RowError("INVALID_FIELD", f"No such column '{name}' on sobject of type {source.name}")
        refusals.check_field(world, source, described, value)
        stored[described.name] = _stored(world, described, value)
    return stored


def _required(world: World, source: SObject, stored: dict[str, Any], *, creating: bool) -> None:
    """Refuse required fields that are missing or emptied."""
    more = refusals.required_by_rule(world, source)
    missing = [
        each.name
        for each in source.fields.values()
        if (each.required or each.name in more)
        and (stored.get(each.name) is None if creating or each.name in stored else False)
    ]
    if missing:
        names = ", ".join(missing)
        raise RowError("REQUIRED_FIELD_MISSING", f"Required fields are missing: [{names}]", *missing)


def _derived(world: World, source: SObject, stored: dict[str, Any], before: Any) -> dict[str, Any]:  # noqa: ANN401  # a row
    """Fields the vendor works out from others."""
    seen = {name: before[name] for name in before.keys()} | stored if before is not None else stored  # noqa: SIM118  # sqlite3.Row
    more: dict[str, Any] = {}
    if "lastname" in source.fields:
        more["Name"] = " ".join(part for part in (seen.get("FirstName"), seen.get("LastName")) if part)
        if "Email" in stored and before is not None and stored["Email"] != before["Email"]:
            # An assumption: a changed address clears the bounce, as a new one has not bounced yet.
            more |= {"EmailBouncedReason": None, "EmailBouncedDate": None}
        reason = more.get("EmailBouncedReason", seen.get("EmailBouncedReason"))
        more["IsEmailBounced"] = int(bool(reason))
    if "hasresponded" in source.fields and "firstrespondeddate" in source.fields:
        more |= _membership(world, seen)
    return more


def _membership(world: World, seen: dict[str, Any]) -> dict[str, Any]:
    """A campaign member's status and what follows from it.

    A status the campaign does not have becomes the campaign's default one.
    """
    known = world.rows(
        'SELECT "Label", "HasResponded", "IsDefault" FROM sf_campaignmemberstatus'
        ' WHERE "CampaignId" = ? AND "IsDeleted" = 0 ORDER BY "IsDefault" DESC, "SortOrder"',
        (seen["CampaignId"],),
    )
    if not known:
        return {}
    wanted = str(seen.get("Status") or "").lower()
    found = next((each for each in known if each["Label"].lower() == wanted), known[0])
    first = seen.get("FirstRespondedDate") or (world.stamp()[:10] if found["HasResponded"] else None)
    return {
        "Status": found["Label"],
        "HasResponded": found["HasResponded"],
        "FirstRespondedDate": first if found["HasResponded"] else None,
    }


def create(world: World, source: SObject, values: dict[str, Json]) -> str:
    """Create a record; returns its id."""
    stored = _given(world, source, values)
    _required(world, source, stored, creating=True)
    if source.name == "CampaignMember" and not (stored.get("ContactId") or stored.get("LeadId")):
        raise RowError("REQUIRED_FIELD_MISSING", "Required fields are missing: [ContactId, LeadId]", "LeadId")
    refusals.check_record(world, source, stored)
    refusals.check_duplicate(world, source, stored)
    now, record = world.stamp(), new_id(world, source)
    stored |= _derived(world, source, stored, None)
    if "ownerid" in source.fields:
        stored.setdefault("OwnerId", API_USER)
    stored |= {"Id": record, "IsDeleted": 0, "CreatedDate": now, "CreatedById": API_USER}
    stored |= {"LastModifiedDate": now, "LastModifiedById": API_USER, "SystemModstamp": now}
    names = ", ".join(f'"{name}"' for name in stored)
    marks = ", ".join("?" * len(stored))
    world.run(f"INSERT INTO {source.table} ({names}) VALUES ({marks})", list(stored.values()))
    sync.salesforce_changed(world, source.name, record)
    return record


def update(world: World, source: SObject, given_id: object, values: dict[str, Json]) -> str:
    """Change fields of a record; what is not given stays."""
    before = existing(world, source, given_id)
    if source.name == "Lead" and before["IsConverted"]:
        raise RowError("CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead")
    refusals.check_lock(world, str(before["Id"]))
    stored = _given(world, source, values)
    _required(world, source, stored, creating=False)
    stored |= _derived(world, source, stored, before)
    refusals.check_record(world, source, dict(before) | stored)
    history.track(world, source, before, stored, API_USER)
    now = world.stamp()
    stored |= {"LastModifiedDate": now, "LastModifiedById": API_USER, "SystemModstamp": now}
    assignments = ", ".join(f'"{name}" = ?' for name in stored)
    world.run(f'UPDATE {source.table} SET {assignments} WHERE "Id" = ?', [*stored.values(), before["Id"]])
    changed = {name for name in stored if stored[name] != before[name]} - STAMPS
    if changed:
        sync.salesforce_changed(world, source.name, before["Id"], changed)
    return str(before["Id"])


def delete(world: World, source: SObject, given_id: object) -> str:
    """Put a record, and what is deleted with it, into the recycle bin."""
    row = existing(world, source, given_id)
    record, now = str(row["Id"]), world.stamp()
    refusals.check_lock(world, record)
    if source.name in {"Contact", "Account"}:
        _refuse_with_cases(world, source, row)
    to_bin(world, source, record, now, "")
    for child, key in source.cascades:
        table = OBJECTS[child.lower()].table
        world.run(
            f'UPDATE {table} SET "IsDeleted" = 1, "DeletedDate" = ?, "DeletedWith" = ?,'
            f' "SystemModstamp" = ? WHERE "{key}" = ? AND "IsDeleted" = 0',
            (now, record, now, record),
        )
    sync.salesforce_deleted(world, source.name, record)
    return record


def to_bin(world: World, source: SObject, record: str, now: str, parent: str) -> None:
    """Mark one record deleted, alone or with the one it goes along with."""
    world.run(
        f'UPDATE {source.table} SET "IsDeleted" = 1, "DeletedDate" = ?, "DeletedWith" = ?,'
        ' "SystemModstamp" = ?, "LastModifiedDate" = ?, "LastModifiedById" = ? WHERE "Id" = ?',
        (now, parent or None, now, now, API_USER, record),
    )


def _refuse_with_cases(world: World, source: SObject, row: Any) -> None:  # noqa: ANN401  # a row
    """A contact or account that cases point at is not deleted."""
    key = f"{source.name}Id"
    cases = world.rows(
        f'SELECT "CaseNumber" FROM sf_case WHERE "{key}" = ? AND "IsDeleted" = 0', (row["Id"],)
    )
    if cases:
        numbers = ", ".join(case["CaseNumber"] for case in cases)
        raise RowError(
            "DELETE_FAILED",
            f"Your attempt to delete {row['Name']} could not be completed because it is associated with the"
            f" following cases.: {numbers}",
        )


def undelete(world: World, given_id: str) -> str:
    """Bring a record back from the recycle bin with what was deleted with it; returns its id."""
    record = ids.normal(given_id)
    source = next((each for each in OBJECTS.values() if record and record.startswith(each.prefix)), None)
    if record is None or source is None:
        raise RowError("MALFORMED_ID", f"bad id {given_id}")
    row = world.one(f'SELECT * FROM {source.table} WHERE "Id" = ?', (record,))
    if row is None:
        raise RowError("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id")
    if not row["IsDeleted"] or row["DeletedWith"] or (source.name == "Lead" and row["IsConverted"]):
        raise RowError("UNDELETE_FAILED", "Entity is not in the recycle bin")
    now = world.stamp()
    if "masterrecordid" in source.fields:  # its children stay with the record it was merged into
        world.run(f'UPDATE {source.table} SET "MasterRecordId" = NULL WHERE "Id" = ?', (record,))
    for table, column in [
        (source.table, "Id"),
        *((OBJECTS[c.lower()].table, "DeletedWith") for c, _ in source.cascades),
    ]:
        world.run(
            f'UPDATE {table} SET "IsDeleted" = 0, "DeletedDate" = NULL, "DeletedWith" = NULL,'
            f' "SystemModstamp" = ? WHERE "{column}" = ?',
            (now, record),
        )
    sync.salesforce_changed(world, source.name, record)
    return record


def empty_bin(world: World) -> None:
    """Remove for good what has been in the recycle bin for 15 days, and the oldest where it is too full."""
    limit = max(iso(world.now() - timedelta(days=BIN_DAYS)), _too_full(world))
    for source in OBJECTS.values():
        world.run(f'DELETE FROM {source.table} WHERE "IsDeleted" = 1 AND "DeletedDate" <= ?', (limit,))


def _too_full(world: World) -> str:
    """Before when deleted records have to go because the bin is full: never those of the last two hours."""
    most = world.settings.salesforce_bin_records
    held = " UNION ALL ".join(
        f'SELECT "DeletedDate" AS at FROM {source.table} WHERE "IsDeleted" = 1' for source in OBJECTS.values()
    )
    youngest = world.one(f"SELECT at FROM ({held}) ORDER BY at DESC LIMIT 1 OFFSET ?", (most,))
    return min(youngest["at"], iso(world.now() - timedelta(hours=BIN_HOURS))) if youngest else ""
