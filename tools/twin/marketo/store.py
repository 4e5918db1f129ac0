"""Marketo's tables and the rules that hold wherever a lead is written from."""

import json
from dataclasses import dataclass
from typing import Any, Final

from tools.twin import sync
from tools.twin.world import World


@dataclass(frozen=True)
class LeadField:
    """One lead field: REST name, data type, length, label, and whether the API may write it."""

    name: str
    type: str = "string"
    length: int = 255
    label: str = ""
    writable: bool = True


_S: Final = "string"
FIELDS: Final = {
    entry.name: entry
    for entry in (
        LeadField("id", "integer", 0, "Id", writable=False),
        LeadField("email", "email", 255, "Email Address"),
        LeadField("firstName", _S, 255, "First Name"),
        LeadField("lastName", _S, 255, "Last Name"),
        LeadField("company", _S, 255, "Company Name"),
        LeadField("title", _S, 255, "Job Title"),
        LeadField("phone", "phone", 255, "Phone Number"),
        LeadField("country", _S, 255, "Country"),
        LeadField("state", _S, 255, "State"),
        LeadField("city", _S, 255, "City"),
        LeadField("postalCode", _S, 255, "Postal Code"),
        LeadField("website", "url", 255, "Website"),
        LeadField("numberOfEmployees", "integer", 0, "Num Employees"),
        LeadField("industry", _S, 255, "Industry"),
        LeadField("leadSource", _S, 255, "Lead Source"),
        LeadField("leadScore", "integer", 0, "Lead Score"),
        LeadField("leadStatus", _S, 255, "Lead Status"),
        LeadField("unsubscribed", "boolean", 0, "Unsubscribed"),
        LeadField("unsubscribedReason", "text", 2000, "Unsubscribed Reason"),
        LeadField("emailInvalid", "boolean", 0, "Email Invalid"),
        LeadField("emailInvalidCause", _S, 255, "Email Invalid Cause"),
        # Historic: it lasts 24 h, never returns to false, and cannot be written (third-party and vendor KB).
        LeadField("emailSuspended", "boolean", 0, "Email Suspended", writable=False),
        LeadField("emailSuspendedAt", "datetime", 0, "Email Suspended At", writable=False),
        LeadField("emailSuspendedCause", _S, 255, "Email Suspended Cause", writable=False),
        LeadField("marketingSuspended", "boolean", 0, "Marketing Suspended"),
        LeadField("marketingSuspendedCause", _S, 255, "Marketing Suspended Cause"),
        LeadField("blackListed", "boolean", 0, "Blacklist"),
        LeadField("newsletterOptOut", "boolean", 0, "Newsletter Opt-Out"),  # the instance's own
        LeadField("sfdcType", _S, 255, "SFDC Type", writable=False),
        LeadField("sfdcId", _S, 18, "SFDC Id", writable=False),  # REST name: an assumption
        LeadField(
            "sfdcIsDeleted", "boolean", 0, "SFDC Is Deleted", writable=False
        ),  # REST name: an assumption
        LeadField("createdAt", "datetime", 0, "Created At", writable=False),
        LeadField("updatedAt", "datetime", 0, "Updated At", writable=False),
    )
}
SQL_TYPES: Final = {"boolean": "INTEGER NOT NULL DEFAULT 0", "integer": "INTEGER"}
FIRST_ID: Final = 1_000_000


def _lead_table() -> str:
    """The definition of the lead table."""
    columns = [
        f"{field.name} {SQL_TYPES.get(field.type, 'TEXT COLLATE NOCASE')}"
        for field in FIELDS.values()
        if field.name != "id"
    ]
    return f"CREATE TABLE mk_lead (id INTEGER PRIMARY KEY, {', '.join(columns)})"


TABLES: Final = (
    _lead_table(),
    """CREATE TABLE mk_activity (id INTEGER PRIMARY KEY, leadId INTEGER NOT NULL, typeId INTEGER NOT NULL,
    at TEXT NOT NULL, assetId INTEGER, asset TEXT, detail TEXT NOT NULL DEFAULT '{}')""",
    "CREATE TABLE mk_list (id INTEGER PRIMARY KEY, name TEXT NOT NULL, createdAt TEXT NOT NULL)",
    """CREATE TABLE mk_member (listId INTEGER NOT NULL, leadId INTEGER NOT NULL, at TEXT NOT NULL,
    PRIMARY KEY (listId, leadId)) WITHOUT ROWID""",
    """CREATE TABLE mk_program (id INTEGER PRIMARY KEY, name TEXT NOT NULL, type TEXT NOT NULL,
    channel TEXT NOT NULL, createdAt TEXT NOT NULL)""",
    """CREATE TABLE mk_program_member (programId INTEGER NOT NULL, leadId INTEGER NOT NULL,
    status TEXT NOT NULL, at TEXT NOT NULL, PRIMARY KEY (programId, leadId)) WITHOUT ROWID""",
    "CREATE TABLE mk_durable (email TEXT PRIMARY KEY COLLATE NOCASE, at TEXT NOT NULL) WITHOUT ROWID",
    "CREATE TABLE mk_deleted (id INTEGER PRIMARY KEY, sfdcId TEXT, name TEXT, at TEXT NOT NULL)",
    """CREATE TABLE mk_job (id TEXT PRIMARY KEY, kind TEXT NOT NULL, status TEXT NOT NULL, spec TEXT NOT NULL,
    createdAt TEXT NOT NULL, queued INTEGER NOT NULL DEFAULT 0, result BLOB)""",
)
INDEXES: Final = (
    "CREATE INDEX mk_lead_email ON mk_lead (email)",
    "CREATE INDEX mk_lead_sfdc ON mk_lead (sfdcId)",
    "CREATE INDEX mk_activity_at ON mk_activity (at, id)",
    "CREATE INDEX mk_activity_lead ON mk_activity (leadId)",
    "CREATE INDEX mk_program_member_lead ON mk_program_member (leadId)",
    "CREATE INDEX mk_member_lead ON mk_member (leadId)",
    "CREATE INDEX mk_deleted_sfdc ON mk_deleted (sfdcId)",
)
UNSUBSCRIBE: Final = 9
NEW_LEAD: Final = 12
CHANGE_VALUE: Final = 13
DELETE_LEAD: Final = 37
API: Final = "Web service API"


def create(world: World) -> None:
    """Create the tables; indexes come after the seed."""
    for table in TABLES:
        world.run(table)


def index(world: World) -> None:
    """Create the indexes."""
    for each in INDEXES:
        world.run(each)


def activity(world: World, lead: int, type_id: int, asset: tuple[int, str], detail: dict[str, Any]) -> None:
    """Record one activity now."""
    world.run(
        "INSERT INTO mk_activity (leadId, typeId, at, assetId, asset, detail) VALUES (?, ?, ?, ?, ?, ?)",
        (lead, type_id, world.stamp(), *asset, json.dumps(detail)),
    )


def was_deleted(world: World, record: str) -> bool:
    """Whether Marketo once had this Salesforce record's lead and deleted it."""
    return world.one("SELECT 1 FROM mk_deleted WHERE sfdcId = ?", (record,)) is not None


def _durable(world: World, email: str | None) -> bool:
    """Whether the durable table holds an opt-out for this address."""
    return world.one("SELECT 1 FROM mk_durable WHERE email = ?", (email,)) is not None


def last_id(world: World) -> int:
    """The highest id any lead has or had."""
    found = [world.one(f"SELECT MAX(id) AS last FROM {table}") for table in ("mk_lead", "mk_deleted")]
    return max(FIRST_ID, *(row["last"] or 0 for row in found if row))


def insert_lead(world: World, given: dict[str, Any]) -> int:
    """Create a lead; an address that once unsubscribed comes back unsubscribed."""
    values = {name: value for name, value in given.items() if value is not None}
    lead = last_id(world) + 1
    now = world.stamp()
    if _durable(world, given.get("email")):
        values |= {
            "unsubscribed": 1,
            "unsubscribedReason": values.get("unsubscribedReason", "Durable unsubscribe"),
        }
    values |= {"id": lead, "createdAt": now, "updatedAt": now}
    marks = ", ".join("?" * len(values))
    world.run(f"INSERT INTO mk_lead ({', '.join(values)}) VALUES ({marks})", list(values.values()))
    activity(world, lead, NEW_LEAD, (0, ""), {"Created Date": now[:10], "Source Type": "Web service API"})
    if values.get("unsubscribed"):
        _remember(world, given.get("email"), opted_out=True)
    return lead


def _remember(world: World, email: str | None, *, opted_out: bool) -> None:
    """Write or clear the durable opt-out of an address."""
    if not email:
        return
    if opted_out:
        world.run("INSERT OR IGNORE INTO mk_durable VALUES (?, ?)", (email, world.stamp()))
    else:
        world.run("DELETE FROM mk_durable WHERE email = ?", (email,))


def update_lead(world: World, lead: int, values: dict[str, Any]) -> None:
    """Change a lead through the API, with its opt-out's consequences and the sync to Salesforce."""
    before = world.one("SELECT * FROM mk_lead WHERE id = ?", (lead,))
    assert before is not None
    changed = {name: value for name, value in values.items() if before[name] != value}
    opted = changed.pop("unsubscribed", None)
    if changed:
        assignments = ", ".join(f"{name} = ?" for name in changed)
        world.run(
            f"UPDATE mk_lead SET {assignments}, updatedAt = ? WHERE id = ?",
            [*changed.values(), world.stamp(), lead],
        )
        sync.marketo_changed(world, lead, changed)
        for name, value in changed.items():
            _note_change(world, lead, name, before[name], value)
    if opted is not None:
        set_unsubscribed(world, lead, bool(opted), API)
        for row in _same_address(world, lead):
            sync.marketo_changed(world, row["id"], ["unsubscribed"])


def take_over(world: World, lead: Any, values: dict[str, Any], source: str) -> None:  # noqa: ANN401  # a row
    """Change a lead as the sync does: it is in the activity log, and nothing goes back."""
    changed = {name: value for name, value in values.items() if lead[name] != value}
    for name, value in changed.items():
        world.run(
            f"UPDATE mk_lead SET {name} = ?, updatedAt = ? WHERE id = ?", (value, world.stamp(), lead["id"])
        )
        _note_change(world, lead["id"], name, lead[name], value, source)


def _note_change(world: World, lead: int, name: str, old: object, new: object, source: str = API) -> None:
    """Record a change of a data value."""
    label = FIELDS[name].label
    detail = {"Old Value": old, "New Value": new, **by(source)}
    activity(world, lead, CHANGE_VALUE, (0, label), detail)


def by(source: str) -> dict[str, str]:
    """Who changed a value, as the activity log tells; for the API it names the user it was done as."""
    detail = {"Reason": source, "Source": source}
    return (
        detail | {"Modifying User": "api@twin.example", "API Method Name": "syncLead"}
        if source == API
        else detail
    )


def _same_address(world: World, lead: int) -> list[Any]:
    """Every lead with this lead's address, itself included."""
    return world.rows(
        "SELECT id, unsubscribed FROM mk_lead WHERE id = ? OR (email IS NOT NULL AND"
        " email = (SELECT email FROM mk_lead WHERE id = ?))",
        (lead, lead),
    )


def set_unsubscribed(world: World, lead: int, opted_out: bool, source: str) -> None:  # noqa: FBT001  # the field's value
    """Set the opt-out of every lead with this lead's address, and of the durable table."""
    for row in _same_address(world, lead):
        if bool(row["unsubscribed"]) == opted_out:
            continue
        world.run(
            "UPDATE mk_lead SET unsubscribed = ?, updatedAt = ? WHERE id = ?",
            (int(opted_out), world.stamp(), row["id"]),
        )
        detail = {"Old Value": not opted_out, "New Value": opted_out, **by(source)}
        activity(world, row["id"], CHANGE_VALUE, (0, "Unsubscribed"), detail)
    found = world.one("SELECT email FROM mk_lead WHERE id = ?", (lead,))
    _remember(world, found["email"] if found else None, opted_out=opted_out)


def delete_lead(world: World, lead: int) -> bool:
    """Delete a lead for good (no undelete is documented); False when there is none."""
    row = world.one("SELECT sfdcId, firstName, lastName FROM mk_lead WHERE id = ?", (lead,))
    if row is None:
        return False
    name = f"{row['firstName'] or ''} {row['lastName'] or ''}".strip()
    world.run("DELETE FROM mk_lead WHERE id = ?", (lead,))
    world.run("DELETE FROM mk_member WHERE leadId = ?", (lead,))
    world.run("DELETE FROM mk_program_member WHERE leadId = ?", (lead,))
    world.run("DELETE FROM mk_activity WHERE leadId = ?", (lead,))
    world.run("INSERT INTO mk_deleted VALUES (?, ?, ?, ?)", (lead, row["sfdcId"], name, world.stamp()))
    if row["sfdcId"]:
        sync.marketo_deleted(world, row["sfdcId"])
    return True
