"""HubSpot's tables and the rules that hold wherever a contact is written from.

Opt-outs belong to the address, not to the record: they outlive a deletion and hold for a contact made anew
(HubSpot's documentation of updating subscription status by address).
"""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from tools.twin import sync
from tools.twin.hubspot.errors import Invalid, conflict
from tools.twin.hubspot.fields import PROPERTIES, STORED, SUBSCRIPTIONS
from tools.twin.wire import Json
from tools.twin.world import World, iso

FIRST_ID: Final = 40_000_000
KEPT_DAYS: Final = 90
"""Archived contacts can be restored for so long, in the app only: no published endpoint does it."""
ADDRESS: Final = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")
TABLES: Final = (
    "CREATE TABLE hs_contact (id INTEGER PRIMARY KEY, email TEXT COLLATE NOCASE, "
    + ", ".join(f"{name} TEXT" for name in STORED if name != "email")
    + ", archived INTEGER NOT NULL DEFAULT 0, archivedAt TEXT)",
    """CREATE TABLE hs_history (contactId INTEGER NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL,
    at TEXT NOT NULL, source TEXT NOT NULL)""",
    "CREATE TABLE hs_alias (id INTEGER PRIMARY KEY, now INTEGER NOT NULL)",
    "CREATE TABLE hs_blocked (email TEXT PRIMARY KEY COLLATE NOCASE, at TEXT NOT NULL) WITHOUT ROWID",
    """CREATE TABLE hs_optout (email TEXT PRIMARY KEY COLLATE NOCASE, at TEXT NOT NULL, source TEXT NOT NULL)
    WITHOUT ROWID""",
    """CREATE TABLE hs_status (email TEXT NOT NULL COLLATE NOCASE, subscription INTEGER NOT NULL,
    status TEXT NOT NULL, at TEXT NOT NULL, source TEXT NOT NULL, legalBasis TEXT, explanation TEXT,
    PRIMARY KEY (email, subscription)) WITHOUT ROWID""",
    """CREATE TABLE hs_list (id INTEGER PRIMARY KEY, name TEXT NOT NULL, processing TEXT NOT NULL,
    branch TEXT, version INTEGER NOT NULL DEFAULT 1, createdAt TEXT NOT NULL, updatedAt TEXT NOT NULL)""",
    """CREATE TABLE hs_member (listId INTEGER NOT NULL, contactId INTEGER NOT NULL, at TEXT NOT NULL,
    PRIMARY KEY (listId, contactId)) WITHOUT ROWID""",
    """CREATE TABLE hs_event (emailId INTEGER NOT NULL, contactId INTEGER NOT NULL, kind TEXT NOT NULL,
    at TEXT NOT NULL)""",
)
_TYPES: Final = ", ".join(
    "(SELECT 'true' FROM hs_status s WHERE s.email = c.email AND s.subscription ="
    f" {number} AND s.status = 'UNSUBSCRIBED') AS hs_email_optout_{number}"
    for number, _, _ in SUBSCRIPTIONS
)
VIEW: Final = (
    "CREATE VIEW hs_person AS SELECT c.*, CAST(c.id AS TEXT) AS hs_object_id,"
    " (SELECT 'true' FROM hs_optout o WHERE o.email = c.email) AS hs_email_optout,"
    f" {_TYPES} FROM hs_contact c"
)
INDEXES: Final = (
    "CREATE INDEX hs_contact_email ON hs_contact (email)",
    "CREATE INDEX hs_contact_sf ON hs_contact (salesforcecontactid)",
    "CREATE INDEX hs_contact_lead ON hs_contact (salesforceleadid)",
    "CREATE INDEX hs_contact_more ON hs_contact (hs_additional_emails) WHERE hs_additional_emails NOTNULL",
    "CREATE INDEX hs_history_contact ON hs_history (contactId, name)",
    "CREATE INDEX hs_member_contact ON hs_member (contactId)",
    "CREATE INDEX hs_event_email ON hs_event (emailId, at)",
)


def create(world: World) -> None:
    """Create the tables; indexes come after the seed."""
    for table in (*TABLES, VIEW):
        world.run(table)


def index(world: World) -> None:
    """Create the indexes."""
    for each in INDEXES:
        world.run(each)


def spelled(address: object) -> str:
    """An address as HubSpot keeps it: trimmed, in lower case."""
    return str(address or "").strip().lower()


def by_id(world: World, given: object, *, archived: bool = False) -> Any:  # noqa: ANN401  # a row
    """The contact of this id, or of one merged into it; None when there is none."""
    text = str(given)
    if not (text.isascii() and text.isdigit()) or len(text) > 15:  # noqa: PLR2004  # beyond any id
        return None
    moved = world.one("SELECT now FROM hs_alias WHERE id = ?", (int(text),))
    number = moved["now"] if moved else int(text)
    return world.one("SELECT * FROM hs_person WHERE id = ? AND archived = ?", (number, int(archived)))


def by_email(world: World, given: object, *, archived: bool = False) -> Any:  # noqa: ANN401  # a row
    """The contact with this address, as its own or as an additional one."""
    address = spelled(given)
    if not address:
        return None
    found = world.one(
        "SELECT * FROM hs_person WHERE email = ? AND archived = ? ORDER BY id DESC", (address, int(archived))
    )
    if found is not None:
        return found
    return world.one(
        "SELECT * FROM hs_person WHERE hs_additional_emails NOTNULL AND archived = ?"
        " AND ';' || hs_additional_emails || ';' LIKE ?",
        (int(archived), f"%;{address};%"),
    )


def _fault(name: str, error: str, message: str) -> dict[str, Json]:
    return {"isValid": False, "message": message, "error": error, "name": name}


def _checked(name: str, value: Json) -> tuple[Any, dict[str, Json] | None]:
    """One given value as it is stored, and why it is refused."""
    field = PROPERTIES.get(name)
    if field is None:
        return None, _fault(name, "PROPERTY_DOESNT_EXIST", f'Property "{name}" does not exist')
    if not field.writable:
        words = f'"{name}" is a read only property; its value cannot be set.'
        return None, _fault(name, "READ_ONLY_VALUE", words)
    text = "" if value is None else str(value)
    if field.type == "bool":
        text = text.lower()
    if name == "email":
        text = spelled(text)
        if text and not ADDRESS.fullmatch(text):
            return None, _fault(name, "INVALID_EMAIL", f"Email address {text} is invalid")
    allowed = ("true", "false") if field.type == "bool" else field.options
    if text and allowed and text not in allowed:
        words = f"{text} was not one of the allowed options: [{', '.join(allowed)}]"
        return None, _fault(name, "INVALID_OPTION", words)
    return text or None, None


def checked(values: Mapping[str, Json]) -> dict[str, Any]:
    """The given values as they are stored. Raises `Invalid` with every fault."""
    stored, faults = {}, []
    for name, value in values.items():
        stored[name], fault = _checked(name, value)
        if fault:
            faults.append(fault)
    if faults:
        raise Invalid(faults)
    return stored


def insert(world: World, values: Mapping[str, Any], *, source: str = "INTEGRATION") -> int:
    """Create a contact from checked values; returns its id. Raises `HubSpotError` for a taken address."""
    given = {name: value for name, value in values.items() if value is not None}
    taken = by_email(world, given.get("email")) if given.get("email") else None
    if taken is not None:
        raise conflict(taken["id"])
    row = world.one("SELECT MAX(id) AS last FROM hs_contact")
    number, now = max(FIRST_ID, (row["last"] or 0) if row else 0) + 1, world.stamp()
    given |= {"createdate": now, "lastmodifieddate": now}
    given.setdefault("lifecyclestage", "lead")
    given.setdefault("hs_marketable_status", "false")
    names = ", ".join(given)
    marks = ", ".join("?" * (len(given) + 1))
    world.run(f"INSERT INTO hs_contact (id, {names}) VALUES ({marks})", [number, *given.values()])
    note(world, number, {name: str(value) for name, value in given.items()}, source)
    return number


def update(world: World, number: int, values: Mapping[str, Any], *, source: str = "INTEGRATION") -> None:
    """Change a contact to checked values, with history and the sync to Salesforce."""
    before = world.one("SELECT * FROM hs_contact WHERE id = ?", (number,))
    assert before is not None
    changed = {name: value for name, value in values.items() if before[name] != value}
    if changed.get("email"):
        taken = by_email(world, changed["email"])
        if taken is not None and taken["id"] != number:
            raise conflict(taken["id"])
    now = world.stamp()
    assignments = ", ".join(f"{name} = ?" for name in [*changed, "lastmodifieddate"])
    world.run(f"UPDATE hs_contact SET {assignments} WHERE id = ?", [*changed.values(), now, number])
    note(world, number, {name: str(value or "") for name, value in changed.items()}, source)
    if changed and source != "SALESFORCE":
        sync.hubspot_changed(world, number, changed)


def note(world: World, number: int, values: Mapping[str, str], source: str) -> None:
    """Record values in a contact's history."""
    now = world.stamp()
    world.fill(
        "INSERT INTO hs_history VALUES (?, ?, ?, ?, ?)",
        [(number, name, value, now, source) for name, value in values.items()],
    )


def archive(world: World, number: int) -> None:
    """Put a contact aside for 90 days; it leaves its static lists. Salesforce keeps its record."""
    now = world.stamp()
    world.run("UPDATE hs_contact SET archived = 1, archivedAt = ? WHERE id = ?", (now, number))
    world.run("DELETE FROM hs_member WHERE contactId = ?", (number,))


def purge_old(world: World) -> None:
    """Remove for good what has been archived for 90 days."""
    limit = iso(world.now() - timedelta(days=KEPT_DAYS))
    world.run("DELETE FROM hs_contact WHERE archived = 1 AND archivedAt < ?", (limit,))


def forget(world: World, numbers: Iterable[int]) -> None:
    """Delete contacts for good with all that hangs on them."""
    for number in numbers:
        world.run("DELETE FROM hs_contact WHERE id = ?", (number,))
        for table in ("hs_history", "hs_member", "hs_event"):
            world.run(f"DELETE FROM {table} WHERE contactId = ?", (number,))


def contacts_of(world: World, address: str) -> list[int]:
    """The ids of the live contacts whose own address this is."""
    rows = world.rows("SELECT id FROM hs_contact WHERE email = ? AND archived = 0", (address,))
    return [row["id"] for row in rows]


def opt_out(world: World, address: str, source: str) -> bool:
    """Opt an address out of everything; whether it was not already."""
    done = world.run(
        "INSERT OR IGNORE INTO hs_optout VALUES (?, ?, ?)", (spelled(address), world.stamp(), source)
    )
    if done:
        _consent_changed(world, address, "true", source)
    return bool(done)


def lift(world: World, address: str, source: str) -> bool:
    """Take an address's opt-out of everything away; whether there was one."""
    done = world.run("DELETE FROM hs_optout WHERE email = ?", (spelled(address),))
    if done:
        _consent_changed(world, address, "false", source)
    return bool(done)


def kind_left(world: World, address: str, number: int, *, left: bool) -> None:
    """Note that an address has left one kind of mail through the API, or is back: a property of contacts."""
    now = world.stamp()
    for each in contacts_of(world, spelled(address)):
        world.run("UPDATE hs_contact SET lastmodifieddate = ? WHERE id = ?", (now, each))
        note(world, each, {f"hs_email_optout_{number}": "true" if left else "false"}, "API")


def _consent_changed(world: World, address: str, value: str, source: str) -> None:
    now = world.stamp()
    for number in contacts_of(world, spelled(address)):
        world.run("UPDATE hs_contact SET lastmodifieddate = ? WHERE id = ?", (now, number))
        note(world, number, {"hs_email_optout": value}, source)
        if source != "SALESFORCE":
            sync.hubspot_changed(world, number, ["hs_email_optout"])


def moment(text: str) -> datetime:
    """A stored moment."""
    return datetime.fromisoformat(text)
