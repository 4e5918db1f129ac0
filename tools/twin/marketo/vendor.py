"""Marketo's routes and how it answers."""

from http import HTTPStatus
from typing import Final

from tools.twin.marketo import activities, auth, bulk, leads, lists, merging, programs, stats
from tools.twin.marketo.errors import MarketoError, failure
from tools.twin.vendor import Vendor
from tools.twin.wire import Call, Reply, Route, answered, route, served

R: Final = r"/rest/v1"
EXPORT: Final = r"/bulk/v1/(leads|activities)/export"
EXPORT_ID: Final = r"([0-9a-f-]{36})"
LONGEST_URI: Final = 8_192
CONCURRENT: Final = 10
OPEN: Final[list[Route]] = [
    route("GET", r"/identity/oauth/token", auth.token),
    route("POST", r"/identity/oauth/token", auth.token),
]
GUARDED: Final[list[Route]] = [
    route("GET", rf"{R}/leads\.json", leads.read),
    route("POST", rf"{R}/leads\.json", leads.write, writes=True),
    route("POST", rf"{R}/leads/(\d+)/merge\.json", merging.merge, writes=True),
    route("GET", rf"{R}/leads/programs/(\d+)\.json", programs.people),
    route("GET", rf"{R}/programs/(\d+)/members\.json", programs.members),
    route("POST", rf"{R}/programs/(\d+)/members/status\.json", programs.give, writes=True),
    route("POST", rf"{R}/programs/(\d+)/members/delete\.json", programs.take, writes=True),
    route("GET", r"/rest/asset/v1/programs\.json", programs.listed),
    route("GET", r"/rest/asset/v1/channels\.json", programs.channels),
    route("GET", r"/rest/asset/v1/smartLists\.json", programs.smart_lists),
    route("POST", rf"{R}/leads/delete\.json", leads.delete, writes=True),
    route("GET", rf"{R}/leads/describe\.json", leads.describe),
    route("GET", rf"{R}/leads/describe2\.json", leads.describe2),
    route("GET", rf"{R}/lead/(\d+)\.json", leads.read_one),
    route("GET", rf"{R}/leads/(\d+)/listMembership\.json", lists.of_lead),
    route("GET", rf"{R}/lists\.json", lists.read),
    route("GET", rf"{R}/lists?/(\d+)/leads\.json", lists.members),
    route("POST", rf"{R}/lists/(\d+)/leads\.json", lists.add, writes=True),
    route("DELETE", rf"{R}/lists/(\d+)/leads\.json", lists.remove, writes=True),
    route("GET", rf"{R}/lists/(\d+)/leads/ismember\.json", lists.is_member),
    route("GET", rf"{R}/activities/types\.json", activities.types),
    route("GET", rf"{R}/activities/pagingtoken\.json", activities.paging_token),
    route("GET", rf"{R}/activities\.json", activities.read),
    route("GET", rf"{R}/activities/leadchanges\.json", activities.changes),
    route("GET", rf"{R}/activities/deletedleads\.json", activities.deleted),
    route("GET", rf"{R}/stats/usage\.json", stats.usage),
    route("GET", rf"{R}/stats/errors\.json", stats.errors),
    route("POST", rf"{EXPORT}/create\.json", bulk.create),
    route("POST", rf"{EXPORT}/{EXPORT_ID}/enqueue\.json", bulk.enqueue),
    route("GET", rf"{EXPORT}/{EXPORT_ID}/status\.json", bulk.status),
    route("GET", rf"{EXPORT}/{EXPORT_ID}/file\.json", bulk.file),
    route("POST", rf"{EXPORT}/{EXPORT_ID}/cancel\.json", bulk.cancel),
    route("POST", r"/bulk/v1/leads\.json", bulk.load, writes=True),
    route("GET", r"/bulk/v1/leads/batch/(\d+)\.json", bulk.load_status),
    route("GET", r"/bulk/v1/leads/batch/(\d+)/failures\.json", bulk.load_failures),
]


def answer(call: Call) -> Reply:
    """Serve one request; what is wrong comes as success false, counted by code."""
    opened = answered(OPEN, call)
    if opened:
        return opened
    try:
        return _guarded(call)
    except MarketoError as error:
        day, _ = auth.usage(call.world)
        counted = call.world.memory.setdefault("marketo_errors", {}).setdefault(day, {})
        counted[error.code] = counted.get(error.code, 0) + 1
        return error.reply()


def _guarded(call: Call) -> Reply:
    """A request that needs a token."""
    if len(call.target) > LONGEST_URI:
        return Reply(status=HTTPStatus.REQUEST_URI_TOO_LONG, body=b"URI Too Long", media="text/plain")
    auth.check(call)
    return served(GUARDED, call, lambda _: MarketoError("610", "Requested resource not found"))


MARKETO: Final = Vendor("marketo", [*OPEN, *GUARDED], answer, failure, concurrent=CONCURRENT)
