"""Suppression groups: topics that people leave one by one, and who has left them."""

from http import HTTPStatus
from typing import Any, Final

from tools.twin.sendgrid.errors import SendGridError
from tools.twin.sendgrid.suppressions import addresses, document
from tools.twin.wire import Call, Json, Reply, as_json

LONGEST: Final = {"name": 30, "description": 100}


def _shown(row: Any) -> dict[str, Json]:  # noqa: ANN401  # a row
    """A group as the API shows it."""
    return {
        "id": row["id"],
        "name": row["name"],
        "description": row["description"],
        "is_default": bool(row["is_default"]),
    }


def read(call: Call) -> Reply:
    """GET asm/groups, with the number of unsubscribes of each."""
    found = call.world.rows(
        "SELECT sg_group.*, (SELECT COUNT(*) FROM sg_group_suppression WHERE group_id = id) AS left"
        " FROM sg_group ORDER BY id"
    )
    return as_json([_shown(row) | {"unsubscribes": row["left"]} for row in found], rows=len(found))


def _text(given: dict[str, Json], field: str, most: int) -> str:
    """A required text."""
    value = given.get(field)
    if not isinstance(value, str) or not 1 <= len(value) <= most:
        raise SendGridError(HTTPStatus.BAD_REQUEST, f"{field} must have 1 to {most} characters", field)
    return value


def create(call: Call) -> Reply:
    """POST asm/groups: a name of its own, at most 30 characters; a description, at most 100 (documented)."""
    given = document(call)
    name, about = (_text(given, field, most) for field, most in LONGEST.items())
    if call.world.one("SELECT 1 FROM sg_group WHERE name = ?", (name,)) is not None:
        raise SendGridError(HTTPStatus.BAD_REQUEST, "a group of that name exists", "name")
    last = call.world.one("SELECT MAX(id) AS id FROM sg_group")
    number = int(last["id"] or 0) + 1 if last else 1
    call.world.run(
        "INSERT INTO sg_group (id, name, description, is_default) VALUES (?, ?, ?, ?)",
        (number, name, about, int(bool(given.get("is_default")))),
    )
    row = call.world.one("SELECT * FROM sg_group WHERE id = ?", (number,))
    return as_json(_shown(row), status=HTTPStatus.CREATED, rows=1)


def everybody(call: Call) -> Reply:
    """GET asm/suppressions: every entry of every group; no paging is documented."""
    found = call.world.rows(
        "SELECT s.email, s.group_id, g.name AS group_name, s.created_at FROM sg_group_suppression s"
        " JOIN sg_group g ON g.id = s.group_id ORDER BY s.created_at DESC, s.email"
    )
    return as_json([dict(row) for row in found], rows=len(found))


def of_address(call: Call, email: str) -> Reply:
    """GET asm/suppressions/{email}: every group, and whether the address has left it; without times."""
    left = {
        row["group_id"]
        for row in call.world.rows("SELECT group_id FROM sg_group_suppression WHERE email = ?", (email,))
    }
    found = call.world.rows("SELECT * FROM sg_group ORDER BY id")
    shown = [_shown(row) | {"suppressed": row["id"] in left} for row in found]
    return as_json({"suppressions": shown}, rows=len(left))


def _known(call: Call, group: str) -> int:
    """The id of a group that exists."""
    if call.world.one("SELECT 1 FROM sg_group WHERE id = ?", (int(group),)) is None:
        raise SendGridError(HTTPStatus.NOT_FOUND, "group not found")
    return int(group)


def delete(call: Call, group: str) -> Reply:
    """DELETE asm/groups/{id}: whoever had left the group gets its mail again (documented as a warning)."""
    number = _known(call, group)
    gone = 0
    if not call.drops(0):
        gone = call.world.run("DELETE FROM sg_group_suppression WHERE group_id = ?", (number,))
        call.world.run("DELETE FROM sg_group WHERE id = ?", (number,))
    return Reply(status=HTTPStatus.NO_CONTENT, rows=gone)


def members(call: Call, group: str) -> Reply:
    """GET asm/groups/{id}/suppressions: addresses alone."""
    found = call.world.rows(
        "SELECT email FROM sg_group_suppression WHERE group_id = ? ORDER BY email", (_known(call, group),)
    )
    return as_json([row["email"] for row in found], rows=len(found))


def add(call: Call, group: str) -> Reply:
    """POST asm/groups/{id}/suppressions with `recipient_emails`."""
    number = _known(call, group)
    emails = addresses(document(call).get("recipient_emails"), "recipient_emails")
    now = int(call.world.now().timestamp())
    for row, email in enumerate(emails):
        if call.refuses(row):
            raise SendGridError(
                HTTPStatus.BAD_REQUEST, f"email address {email} is invalid", f"recipient_emails.{row}"
            )
    for row, email in enumerate(emails):
        if not call.drops(row):
            call.world.run(
                "INSERT OR IGNORE INTO sg_group_suppression VALUES (?, ?, ?)", (number, email, now)
            )
    return as_json({"recipient_emails": emails}, status=HTTPStatus.CREATED, rows=len(emails))


def remove(call: Call, group: str, email: str) -> Reply:
    """DELETE asm/groups/{id}/suppressions/{email}."""
    number = _known(call, group)
    gone = 0
    if not call.drops(0):
        gone = call.world.run(
            "DELETE FROM sg_group_suppression WHERE group_id = ? AND email = ?", (number, email)
        )
    return Reply(status=HTTPStatus.NO_CONTENT, rows=gone)
