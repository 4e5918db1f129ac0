"""Suppression lists and the global unsubscribe."""

from http import HTTPStatus
from typing import Any, Final

from tools.twin.sendgrid.errors import SendGridError
from tools.twin.sendgrid.store import KINDS, table
from tools.twin.wire import Call, Json, Reply, as_json

MOST: Final = 500


def number(call: Call, name: str, default: int, *, low: int = 0, high: int = 2**53) -> int:
    """A number in the query."""
    given = call.query.get(name, str(default))
    if not given.isdigit() or not low <= int(given) <= high:
        raise SendGridError(HTTPStatus.BAD_REQUEST, f"{name} must be a number from {low} to {high}", name)
    return int(given)


def document(call: Call) -> dict[str, Json]:
    """The body as a JSON object."""
    try:
        given = call.json()
    except ValueError as error:
        raise SendGridError(HTTPStatus.BAD_REQUEST, "invalid JSON") from error
    if not isinstance(given, dict):
        raise SendGridError(HTTPStatus.BAD_REQUEST, "a JSON object is expected")
    return given


def present(kind: str, row: Any) -> dict[str, Json]:  # noqa: ANN401  # a row
    """An entry as the list shows it."""
    return {"created": row["created"], "email": row["email"]} | {name: row[name] for name in KINDS[kind]}


def read(call: Call, kind: str) -> Reply:
    """GET suppression/{kind}?limit=…&offset=…&start_time=…&end_time=…, newest first (an assumption)."""
    found = call.world.rows(
        f"SELECT * FROM {table(kind)} WHERE created >= ? AND created <= ?"
        " ORDER BY created DESC, email LIMIT ? OFFSET ?",
        (
            number(call, "start_time", 0),
            number(call, "end_time", 2**40),
            number(call, "limit", MOST, low=1, high=MOST),
            number(call, "offset", 0),
        ),
    )
    return as_json([present(kind, row) for row in found], rows=len(found))


def read_one(call: Call, kind: str, email: str) -> Reply:
    """GET suppression/{kind}/{email}: a list of none or one."""
    found = call.world.rows(f"SELECT * FROM {table(kind)} WHERE email = ?", (email,))
    return as_json([present(kind, row) for row in found], rows=len(found))


def delete(call: Call, kind: str) -> Reply:
    """DELETE suppression/{kind} with `emails`, or `delete_all`, which empties the list."""
    given = document(call)
    if given.get("delete_all"):
        return Reply(status=HTTPStatus.NO_CONTENT, rows=call.world.run(f"DELETE FROM {table(kind)}"))
    emails = addresses(given.get("emails"), "emails")
    gone = 0
    for row, email in enumerate(emails):
        if call.refuses(row):
            raise SendGridError(HTTPStatus.BAD_REQUEST, f"email {email} is invalid", f"emails.{row}")
        if not call.drops(row):
            gone += call.world.run(f"DELETE FROM {table(kind)} WHERE email = ?", (email,))
    return Reply(status=HTTPStatus.NO_CONTENT, rows=gone)


def delete_one(call: Call, kind: str, email: str) -> Reply:
    """DELETE suppression/{kind}/{email}."""
    gone = 0 if call.drops(0) else call.world.run(f"DELETE FROM {table(kind)} WHERE email = ?", (email,))
    return Reply(status=HTTPStatus.NO_CONTENT, rows=gone)


def addresses(given: Json, field: str) -> list[str]:
    """A list of addresses."""
    if not isinstance(given, list) or not given:
        raise SendGridError(HTTPStatus.BAD_REQUEST, f"{field} is required", field)
    for row, each in enumerate(given):
        if not isinstance(each, str) or "@" not in each:
            raise SendGridError(
                HTTPStatus.BAD_REQUEST, f"email address {each!r} is invalid", f"{field}.{row}"
            )
    return [each.strip() for each in given]


def add_global(call: Call) -> Reply:
    """POST asm/suppressions/global with `recipient_emails`; no maximum is documented."""
    emails = addresses(document(call).get("recipient_emails"), "recipient_emails")
    now = int(call.world.now().timestamp())
    for row, email in enumerate(emails):
        if call.refuses(row):
            field = f"recipient_emails.{row}"
            raise SendGridError(HTTPStatus.BAD_REQUEST, f"email address {email} is invalid", field)
    for row, email in enumerate(emails):
        if not call.drops(row):
            call.world.run(
                "INSERT OR IGNORE INTO sg_unsubscribes (email, created) VALUES (?, ?)", (email, now)
            )
    return as_json({"recipient_emails": emails}, status=HTTPStatus.CREATED, rows=len(emails))


def read_global(call: Call, email: str) -> Reply:
    """GET asm/suppressions/global/{email}: `{}` when it is not suppressed, as seen in practice."""
    row = call.world.one("SELECT email FROM sg_unsubscribes WHERE email = ?", (email,))
    return as_json({"recipient_email": row["email"]} if row else {}, rows=1 if row else 0)


def delete_global(call: Call, email: str) -> Reply:
    """DELETE asm/suppressions/global/{email}."""
    gone = 0 if call.drops(0) else call.world.run("DELETE FROM sg_unsubscribes WHERE email = ?", (email,))
    return Reply(status=HTTPStatus.NO_CONTENT, rows=gone)
