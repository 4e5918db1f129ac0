"""HubSpot's routes and how it answers. Every path is served under its number and under its date."""

from http import HTTPStatus
from typing import Final

from tools.twin.hubspot import (
    account,
    auth,
    batches,
    contacts,
    emails,
    lists,
    members,
    merging,
    preferences,
    search,
)
from tools.twin.hubspot.errors import HubSpotError, failure, not_found
from tools.twin.vendor import Vendor
from tools.twin.wire import Call, Reply, Route, has_path, route, served

DATED: Final = r"2026-0[39]"
C: Final = rf"/crm/(?:v3/objects|objects/{DATED})/(?:contacts|0-1)"
ONE: Final = rf"{C}/(?!batch/|search$|merge$|gdpr-delete$)([^/]+)"
L: Final = rf"/crm/(?:v3/lists|lists/{DATED})"
LIST: Final = rf"{L}/(\d+)"
P: Final = rf"/crm/(?:v3/properties|properties/{DATED})/(?:contacts|0-1)"
OLD: Final = r"/communication-preferences/(?:v3|2026-09)"
ANY: Final = rf"/communication-preferences/(?:v3|v4|{DATED})"
NEW: Final = rf"/communication-preferences/(?:v4|{DATED})/statuses"
E: Final = rf"/marketing/(?:v3/emails|emails/{DATED})"
A: Final = rf"/account-info/(?:v3|{DATED})"
ADDRESS: Final = r"([^/]+@[^/]+)"
ROUTES: Final[list[Route]] = [
    route("GET", rf"{C}/?", contacts.page),
    route("POST", rf"{C}/?", contacts.create, writes=True),
    route("POST", rf"{C}/batch/read", batches.read),
    route("POST", rf"{C}/batch/create", batches.create, writes=True),
    route("POST", rf"{C}/batch/update", batches.update, writes=True),
    route("POST", rf"{C}/batch/upsert", batches.upsert, writes=True),
    route("POST", rf"{C}/batch/archive", batches.archive, writes=True),
    route("POST", rf"{C}/search", search.search),
    route("POST", rf"{C}/merge", merging.merge, writes=True),
    route("POST", rf"{C}/gdpr-delete", merging.gdpr_delete, writes=True),
    route("GET", ONE, contacts.read),
    route("PATCH", ONE, contacts.update, writes=True),
    route("DELETE", ONE, contacts.archive, writes=True),
    route("GET", rf"{P}/?", account.properties),
    route("GET", rf"{P}/([a-z0-9_]+)", account.one_property),
    route("GET", rf"{L}/?", lists.read_many),
    route("POST", rf"{L}/?", lists.create, writes=True),
    route("POST", rf"{L}/search", lists.search),
    route("GET", rf"{L}/object-type-id/0-1/name/([^/]+)", lists.read_named),
    route("GET", rf"{L}/records/0-1/(\d+)/memberships", members.of_record),
    route("POST", rf"{L}/records/memberships/batch/read", members.of_records),
    route("GET", LIST, lists.read),
    route("DELETE", LIST, lists.delete, writes=True),
    route("PUT", rf"{LIST}/update-list-name", lists.rename, writes=True),
    route("GET", rf"{LIST}/memberships", members.page),
    route("DELETE", rf"{LIST}/memberships", members.remove_all, writes=True),
    route("PUT", rf"{LIST}/memberships/add", members.add, writes=True),
    route("PUT", rf"{LIST}/memberships/remove", members.remove, writes=True),
    route("PUT", rf"{LIST}/memberships/add-and-remove", members.add_and_remove, writes=True),
    route("GET", rf"{ANY}/definitions", preferences.definitions),
    route("GET", rf"{OLD}/status/email/{ADDRESS}", preferences.read_older),
    route("POST", rf"{OLD}/subscribe", preferences.subscribe, writes=True),
    route("POST", rf"{OLD}/unsubscribe", preferences.unsubscribe, writes=True),
    route("POST", rf"{NEW}/batch/unsubscribe-all", preferences.unsubscribe_all_batch, writes=True),
    route("POST", rf"{NEW}/batch/unsubscribe-all/read", preferences.read_wide_batch),
    route("POST", rf"{NEW}/batch/write", preferences.write_batch, writes=True),
    route("GET", rf"{NEW}/{ADDRESS}", preferences.read),
    route("POST", rf"{NEW}/{ADDRESS}", preferences.write, writes=True),
    route("GET", rf"{NEW}/{ADDRESS}/unsubscribe-all", preferences.read_wide),
    route("POST", rf"{NEW}/{ADDRESS}/unsubscribe-all", preferences.unsubscribe_all, writes=True),
    route("GET", rf"{E}/?", emails.page),
    route("GET", rf"{E}/statistics/list", emails.statistics),
    route("POST", r"/oauth/v2/private-apps/get/access-token-info", account.token_info),
    route("GET", rf"{A}/details", account.details),
    route("GET", rf"{A}/api-usage/daily/private-apps", account.usage),
]


def answer(call: Call) -> Reply:
    """Serve one request, with the rate's headers."""
    try:
        auth.check(call)
        reply = served(ROUTES, call, _unserved)
    except HubSpotError as error:
        reply = error.reply()
    reply.headers |= auth.headers(call.world)
    return reply


def _unserved(call: Call) -> HubSpotError:
    """The error for a path or method that is not there."""
    if has_path(ROUTES, call.path):
        return HubSpotError(
            HTTPStatus.METHOD_NOT_ALLOWED, "HTTP 405 Method Not Allowed", "METHOD_NOT_ALLOWED"
        )
    return not_found()


HUBSPOT: Final = Vendor("hubspot", ROUTES, answer, failure)
