"""What the passing of the twin's clock does: sync with Salesforce, bins, asynchronous jobs."""

import json
from collections.abc import Callable
from typing import Any, Final

from tools.twin import mapped_fields, served
from tools.twin.hubspot import integration
from tools.twin.hubspot import store as hubspot
from tools.twin.marketo import store
from tools.twin.salesforce import bulk_ingest, history, records
from tools.twin.salesforce.ids import make
from tools.twin.salesforce.schema import OBJECTS
from tools.twin.sendgrid import contacts
from tools.twin.world import World

SYNC_USER: Final = make("005", 2)
"""The Salesforce user Marketo writes as."""
OPT_OUT: Final = ("HasOptedOutOfEmail", "unsubscribed")
BLOCK: Final = "Block_Marketo_Sync__c"
"""A custom sync rule: such a record neither takes from Marketo nor gives to it."""


def settle(world: World) -> None:
    """Apply everything whose time has come."""
    now = world.stamp()
    for row in world.rows("SELECT * FROM twin_sync WHERE due <= ? ORDER BY due, n", (now,)):
        APPLY[row["kind"]](world, row["key"], json.loads(row["detail"]))
        world.run("DELETE FROM twin_sync WHERE n = ?", (row["n"],))
    contacts.finish_due(world)
    bulk_ingest.finish_due(world)
    today = now[:13]
    if world.memory.get("bin_emptied") != (today, world.advanced):
        records.empty_bin(world)
        hubspot.purge_old(world)
        world.memory["bin_emptied"] = (today, world.advanced)


def _from_salesforce(world: World, record: str, detail: list[Any]) -> None:
    """A Salesforce record changed, appeared or came back."""
    name, fields = detail
    table = OBJECTS[name.lower()].table
    row = world.one(f'SELECT * FROM {table} WHERE "Id" = ? AND "IsDeleted" = 0', (record,))
    if row is None:
        return
    if served.serves(world, "hubspot"):
        integration.from_salesforce(world, name, row, fields)
    if not served.serves(world, "marketo") or row[BLOCK]:
        return
    lead = _lead_of(world, row)
    if lead is None:
        if not fields or store.was_deleted(world, record):
            _new_lead(world, name, row)
        return
    world.run("UPDATE mk_lead SET sfdcId = ?, sfdcIsDeleted = 0 WHERE id = ?", (record, lead["id"]))
    if OPT_OUT[0] in fields and bool(lead["unsubscribed"]) != bool(row[OPT_OUT[0]]):
        # The field is synced both ways: an un-ticked box clears the opt-out here too (a known trap).
        store.set_unsubscribed(world, lead["id"], bool(row[OPT_OUT[0]]), "SFDC sync")
    if world.settings.sync_profile:
        store.take_over(
            world, lead, mapped_fields.to_automation(mapped_fields.MARKETO, name, row, fields), "SFDC sync"
        )


def _lead_of(world: World, row: Any) -> Any:  # noqa: ANN401  # rows
    """The Marketo lead of a Salesforce record: by its id, else by its address."""
    lead = world.one("SELECT * FROM mk_lead WHERE sfdcId = ?", (row["Id"],))
    return lead or world.one("SELECT * FROM mk_lead WHERE email = ? LIMIT 1", (row["Email"],))


def _new_lead(world: World, name: str, row: Any) -> None:  # noqa: ANN401  # a row
    """A record Marketo has not got becomes a new lead, with a new id; the durable opt-out still holds."""
    if not row["Email"]:
        return
    given = {
        "email": row["Email"], "firstName": row["FirstName"], "lastName": row["LastName"],
        "title": row["Title"], "phone": row["Phone"], "unsubscribed": row["HasOptedOutOfEmail"],
        "sfdcId": row["Id"], "sfdcType": name,
        "country": row["MailingCountry" if name == "Contact" else "Country"],
    }  # fmt: skip
    store.insert_lead(world, given)


def _deleted_in_salesforce(world: World, record: str, _detail: list[Any]) -> None:
    """A Salesforce record went to the bin: the lead is flagged, or deleted if wanted so."""
    integration.deleted_in_salesforce(world, record)
    row = world.one("SELECT id FROM mk_lead WHERE sfdcId = ?", (record,))
    if row is None:
        return
    if world.settings.sync_deletes_to_marketo:
        store.delete_lead(world, row["id"])
    else:
        world.run("UPDATE mk_lead SET sfdcIsDeleted = 1 WHERE id = ?", (row["id"],))


def _from_marketo(world: World, key: str, fields: list[str]) -> None:
    """A Marketo lead changed."""
    lead = world.one("SELECT * FROM mk_lead WHERE id = ?", (int(key),))
    if lead is None or not lead["sfdcId"]:
        return
    values: dict[str, Any] = {}
    if "unsubscribed" in fields:
        values["HasOptedOutOfEmail"] = lead["unsubscribed"]
    if "emailInvalid" in fields and lead["emailInvalid"] and world.settings.sync_email_invalid:
        values |= {"EmailBouncedReason": lead["emailInvalidCause"] or "Email Invalid", "IsEmailBounced": 1}
        values["EmailBouncedDate"] = world.stamp()
    if world.settings.sync_profile == "both":
        values |= mapped_fields.to_salesforce(mapped_fields.MARKETO, str(lead["sfdcType"]), lead, fields)
    if not _blocked(world, lead["sfdcId"]):
        _write_salesforce(world, lead["sfdcId"], values)


def _blocked(world: World, record: str) -> bool:
    """Whether a custom sync rule keeps a Salesforce record from Marketo."""
    source = next(each for each in OBJECTS.values() if record.startswith(each.prefix))
    return world.one(f'SELECT 1 FROM {source.table} WHERE "Id" = ? AND "{BLOCK}" = 1', (record,)) is not None


def _from_hubspot(world: World, key: str, fields: list[str]) -> None:
    """A HubSpot contact changed: it is written to its Salesforce record if it is in the inclusion list."""
    record, values = integration.to_salesforce(world, int(key), fields)
    if record and values:
        _write_salesforce(world, record, values)


def _write_salesforce(world: World, record: str, values: dict[str, Any]) -> None:
    """Change a Salesforce record as the sync user; unchanged values are not written."""
    source = next(each for each in OBJECTS.values() if record.startswith(each.prefix))
    row = world.one(f'SELECT * FROM {source.table} WHERE "Id" = ? AND "IsDeleted" = 0', (record,))
    if row is None or all(row[name] == value for name, value in values.items()):
        return
    history.track(world, source, row, values, SYNC_USER)
    now = world.stamp()
    values |= {"LastModifiedById": SYNC_USER, "LastModifiedDate": now, "SystemModstamp": now}
    assignments = ", ".join(f'"{name}" = ?' for name in values)
    world.run(f'UPDATE {source.table} SET {assignments} WHERE "Id" = ?', [*values.values(), record])


def _deleted_in_marketo(world: World, record: str, _detail: list[Any]) -> None:
    """A Marketo lead was deleted: Salesforce keeps its record unless the organisation wants otherwise."""
    source = next(each for each in OBJECTS.values() if record.startswith(each.prefix))
    row = world.one(f'SELECT 1 FROM {source.table} WHERE "Id" = ? AND "IsDeleted" = 0', (record,))
    if world.settings.sync_deletes_to_salesforce and row is not None:
        records.delete(world, source, record)


APPLY: Final[dict[str, Callable[[World, str, list[Any]], None]]] = {
    "salesforce_changed": _from_salesforce,
    "salesforce_deleted": _deleted_in_salesforce,
    "marketo_changed": _from_marketo,
    "marketo_deleted": _deleted_in_marketo,
    "hubspot_changed": _from_hubspot,
}
