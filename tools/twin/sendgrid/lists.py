"""Marketing lists, who is on them, and the fields of a contact."""

from http import HTTPStatus

from tools.twin.sendgrid.contacts import queue
from tools.twin.sendgrid.errors import SendGridError
from tools.twin.sendgrid.store import CONTACT_FIELDS
from tools.twin.sendgrid.suppressions import number
from tools.twin.wire import Call, Json, Reply, as_json

MOST_LISTS = 1_000
FIXED = ("email", "external_id")
"""What identifies a contact: it is given once and not changed."""


def read(call: Call) -> Reply:
    """GET marketing/lists?page_size=…&page_token=…: 100 a page unless asked for more."""
    size = number(call, "page_size", 100, low=1, high=MOST_LISTS)
    start = number(call, "page_token", 0)
    found = call.world.rows(
        "SELECT sg_list.*, (SELECT COUNT(*) FROM sg_member WHERE list_id = id) AS members FROM sg_list"
        " ORDER BY name, id LIMIT ? OFFSET ?",
        (size + 1, start),
    )
    base = f"https://api.sendgrid.com/v3/marketing/lists?page_size={size}&page_token="
    about: dict[str, Json] = {"self": f"{base}{start}", "count": len(found[:size])}
    if len(found) > size:
        about["next"] = f"{base}{start + size}"
    shown = [
        {"id": row["id"], "name": row["name"], "contact_count": row["members"],
         "_metadata": {"self": f"https://api.sendgrid.com/v3/marketing/lists/{row['id']}"}}
        for row in found[:size]
    ]  # fmt: skip
    return as_json({"result": shown, "_metadata": about}, rows=len(shown))


def leave(call: Call, listed: str) -> Reply:
    """DELETE marketing/lists/{id}/contacts?contact_ids=…, asynchronous."""
    wanted = [each for each in call.query.get("contact_ids", "").split(",") if each]
    if not wanted:
        raise SendGridError(HTTPStatus.BAD_REQUEST, "contact_ids is required", "contact_ids")
    if call.world.one("SELECT 1 FROM sg_list WHERE id = ?", (listed,)) is None:
        raise SendGridError(HTTPStatus.NOT_FOUND, "list not found")
    job = queue(call, "leave", wanted, [listed])
    return as_json({"job_id": job}, status=HTTPStatus.ACCEPTED, rows=len(wanted))


def fields(_call: Call) -> Reply:
    """GET marketing/field_definitions: the reserved fields; there are no custom ones here."""
    reserved: list[dict[str, Json]] = [
        {"id": f"_rf{place}_T", "name": name, "field_type": "Text", "read_only": name in FIXED[1:]}
        for place, name in enumerate(CONTACT_FIELDS)
    ]
    for place, name in enumerate(("created_at", "updated_at", "contact_id"), start=len(reserved)):
        kind = "Text" if name == "contact_id" else "Date"
        reserved.append({"id": f"_rf{place}_D", "name": name, "field_type": kind, "read_only": True})
    about = {"self": "https://api.sendgrid.com/v3/marketing/field_definitions"}
    return as_json({"custom_fields": [], "reserved_fields": reserved, "_metadata": about})
