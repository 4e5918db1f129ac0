"""The whole state as one document, for comparing before and after."""

from typing import Any, Final

from tools.twin import served
from tools.twin.hubspot.fields import PROPERTIES
from tools.twin.hubspot.lists import shown as present_list
from tools.twin.marketo.leads import present as present_lead
from tools.twin.marketo.store import FIELDS
from tools.twin.salesforce.query import present as present_salesforce
from tools.twin.salesforce.schema import OBJECTS
from tools.twin.sendgrid.contacts import present as present_contact
from tools.twin.sendgrid.store import KINDS, table
from tools.twin.sendgrid.suppressions import present as present_entry
from tools.twin.world import World

STAMPS: Final = frozenset(
    {"SystemModstamp", "LastModifiedDate", "LastModifiedById", "updatedAt", "updated_at", "lastmodifieddate"}
)
Records = dict[str, dict[str, Any]]


def dump(world: World, system: str = "", *, stamps: bool = True) -> dict[str, dict[str, Records]]:
    """Records by system, object and id. Salesforce's deleted records are under `RecycleBin`."""
    parts = {"salesforce": _salesforce, "marketo": _marketo, "hubspot": _hubspot, "sendgrid": _sendgrid}
    held = served.vendors(world)
    found = {name: part(world) for name, part in parts.items() if system in {"", name} and name in held}
    if not stamps:
        for objects in found.values():
            for records in objects.values():
                for record in records.values():
                    for stamp in STAMPS & record.keys():
                        del record[stamp]
    return found


def _salesforce(world: World) -> dict[str, Records]:
    """Salesforce's records. Field history is left out, as Marketo's activities are."""
    found: dict[str, Records] = {"RecycleBin": {}}
    for source in (each for each in OBJECTS.values() if not each.history_of):
        live = found.setdefault(source.name, {})
        fields = [each for each in source.fields.values() if not each.formula]
        names = ", ".join(f'"{field.name}"' for field in fields)
        for row in world.db.execute(f"SELECT {names} FROM {source.table}"):
            record = {
                field.name: present_salesforce(field, value) for field, value in zip(fields, row, strict=True)
            }
            place = found["RecycleBin"] if record["IsDeleted"] else live
            place[record["Id"]] = record
    return found


def _marketo(world: World) -> dict[str, Records]:
    """Marketo's records. Activities are left out: there are many, and they are history."""
    names = list(FIELDS)
    rows = world.db.execute(f"SELECT {', '.join(names)} FROM mk_lead")
    leads = {str(row[0]): present_lead(row, names) for row in rows}
    lists: Records = {
        str(row["id"]): {"id": row["id"], "name": row["name"], "members": []}
        for row in world.rows("SELECT * FROM mk_list")
    }
    for row in world.rows("SELECT * FROM mk_member ORDER BY listId, leadId"):
        lists[str(row["listId"])]["members"].append(row["leadId"])
    programs: Records = {
        str(row["id"]): {"id": row["id"], "name": row["name"], "members": {}}
        for row in world.rows("SELECT * FROM mk_program")
    }
    for row in world.rows("SELECT * FROM mk_program_member ORDER BY programId, leadId"):
        programs[str(row["programId"])]["members"][str(row["leadId"])] = row["status"]
    durable = {
        row["email"]: {"email": row["email"], "at": row["at"]}
        for row in world.rows("SELECT * FROM mk_durable")
    }
    return {"lead": leads, "list": lists, "program": programs, "durable_unsubscribe": durable}


def _hubspot(world: World) -> dict[str, Records]:
    """HubSpot's records; archived contacts apart. E-mail events and history are left out: there are many."""
    found: dict[str, Records] = {"contact": {}, "archived": {}}
    names = list(PROPERTIES)
    for row in world.db.execute(f"SELECT archived, {', '.join(names)} FROM hs_person"):
        place = found["archived" if row["archived"] else "contact"]
        place[row["hs_object_id"]] = {name: row[name] for name in names}
    lists = world.rows("SELECT * FROM hs_list")
    found["list"] = {str(row["id"]): present_list(row) | {"members": []} for row in lists}
    for row in world.rows("SELECT * FROM hs_member ORDER BY listId, contactId"):
        found["list"][str(row["listId"])]["members"].append(row["contactId"])
    found["opt_out"] = {row["email"]: dict(row) for row in world.rows("SELECT * FROM hs_optout")}
    found["subscription_status"] = {
        f"{row['email']} {row['subscription']}": dict(row) for row in world.rows("SELECT * FROM hs_status")
    }
    return found


def _sendgrid(world: World) -> dict[str, Records]:
    """SendGrid's records."""
    found: dict[str, Records] = {}
    for kind in KINDS:
        rows = world.rows(f"SELECT * FROM {table(kind)}")
        found[kind] = {row["email"]: present_entry(kind, row) for row in rows}
    found["groups"] = {
        f"{row['group_id']}/{row['email']}": dict(row)
        for row in world.rows("SELECT * FROM sg_group_suppression ORDER BY group_id, email")
    }
    found["contact"] = {
        row["id"]: present_contact(world, row) for row in world.rows("SELECT * FROM sg_contact")
    }
    return found
