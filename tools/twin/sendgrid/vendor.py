"""SendGrid's routes and how it answers."""

import time
from http import HTTPStatus
from typing import Final

from tools.twin.sendgrid import contacts, exports, groups, lists, suppressions
from tools.twin.sendgrid.errors import KINDS, SendGridError, failure
from tools.twin.sendgrid.store import KINDS as LISTS
from tools.twin.vendor import Vendor
from tools.twin.wire import Call, Reply, Route, answered, as_json, route, served

API_KEY: Final = "SG.twin"
V: Final = r"/v3"
LIST: Final = rf"({'|'.join(LISTS)})"
UUID: Final = r"[0-9a-f-]{36}"
EMAIL: Final = r"/([^/]+@[^/]+)"
DELETABLE: Final = rf"({'|'.join(kind for kind in LISTS if kind != 'unsubscribes')})"
SCOPES: Final = [
    "asm.groups.read", "asm.groups.suppressions.read",
    "marketing.read", "marketing.update", "suppression.read", "suppression.bounces.delete",
    "suppression.create", "suppression.delete", "user.scopes.read",
]  # fmt: skip


def scopes(_call: Call) -> Reply:
    """GET scopes: what the key may do."""
    return as_json({"scopes": SCOPES})


ROUTES: Final[list[Route]] = [
    route("GET", rf"{V}/scopes", scopes),
    route("GET", rf"{V}/suppression/{LIST}", suppressions.read),
    route("GET", rf"{V}/suppression/{LIST}{EMAIL}", suppressions.read_one),
    route("DELETE", rf"{V}/suppression/{DELETABLE}", suppressions.delete, writes=True),
    route("DELETE", rf"{V}/suppression/{DELETABLE}{EMAIL}", suppressions.delete_one, writes=True),
    route("POST", rf"{V}/asm/suppressions/global", suppressions.add_global, writes=True),
    route("GET", rf"{V}/asm/suppressions/global{EMAIL}", suppressions.read_global),
    route("DELETE", rf"{V}/asm/suppressions/global{EMAIL}", suppressions.delete_global, writes=True),
    route("GET", rf"{V}/asm/groups", groups.read),
    route("POST", rf"{V}/asm/groups", groups.create, writes=True),
    route("GET", rf"{V}/asm/suppressions", groups.everybody),
    route("GET", rf"{V}/asm/suppressions{EMAIL}", groups.of_address),
    route("DELETE", rf"{V}/asm/groups/(\d+)", groups.delete, writes=True),
    route("GET", rf"{V}/asm/groups/(\d+)/suppressions", groups.members),
    route("POST", rf"{V}/asm/groups/(\d+)/suppressions", groups.add, writes=True),
    route("DELETE", rf"{V}/asm/groups/(\d+)/suppressions{EMAIL}", groups.remove, writes=True),
    route("GET", rf"{V}/marketing/lists", lists.read),
    route("DELETE", rf"{V}/marketing/lists/({UUID})/contacts", lists.leave, writes=True),
    route("GET", rf"{V}/marketing/field_definitions", lists.fields),
    route("POST", rf"{V}/marketing/contacts/exports", exports.begin, writes=True),
    route("GET", rf"{V}/marketing/contacts/exports/({UUID})", exports.status),
    route("POST", rf"{V}/marketing/contacts/search/emails", contacts.search),
    route("POST", rf"{V}/marketing/contacts/batch", contacts.read_batch),
    route("GET", rf"{V}/marketing/contacts/count", contacts.count),
    route("PUT", rf"{V}/marketing/contacts", contacts.upsert, writes=True),
    route("DELETE", rf"{V}/marketing/contacts", contacts.delete, writes=True),
    route("GET", rf"{V}/marketing/contacts/imports/([0-9a-f-]+)", contacts.job),
    route("GET", rf"{V}/marketing/contacts/([0-9a-f-]{{36}})", contacts.read_one),
]


# What the storage behind an export's link serves, to whoever has the link: no key, no rate.
FILES: Final[list[Route]] = [route("GET", rf"/storage/exports/({UUID})\.csv\.gz", exports.file)]


def answer(call: Call) -> Reply:
    """Serve one request, with the rate's headers."""
    stored = answered(FILES, call)
    if stored:
        return stored
    settings = call.world.settings
    limit = int(settings.sendgrid_calls_per_minute * settings.hurry)
    minute = int(time.time() // 60)
    windows = call.world.memory.setdefault("windows", {})
    counted, used = windows.get("sendgrid", (minute, 0))
    used = used + 1 if counted == minute else 1
    windows["sendgrid"] = (minute, used)
    try:
        reply = _guarded(call, over=used > limit)
    except SendGridError as error:
        reply = error.reply()
    reply.headers |= {
        "X-RateLimit-Limit": str(limit),
        "X-RateLimit-Remaining": str(max(0, limit - used)),
        "X-RateLimit-Reset": str((minute + 1) * 60),
    }
    return reply


def _guarded(call: Call, *, over: bool) -> Reply:
    """A request that needs the key and a place in the minute."""
    if call.headers.get("authorization") != f"Bearer {API_KEY}":
        raise SendGridError(*KINDS["401"])
    if over:
        raise SendGridError(*KINDS["429"])
    return served(ROUTES, call, lambda _: SendGridError(HTTPStatus.NOT_FOUND, "not found"))


SENDGRID: Final = Vendor("sendgrid", ROUTES, answer, failure)
