"""Marketo's envelope: HTTP 200 with success true or false."""

import secrets
from http import HTTPStatus
from typing import Final

from tools.twin.wire import Call, Json, Reply, as_json

WORDS: Final = {
    "429": ("606", "Max rate limit '100' exceeded with in '20' secs"),
    "401": ("602", "Access token expired"),
    "500": ("611", "System error"),
    "concurrent": ("615", "Concurrent access limit reached"),
}

MEANINGS: Final = {
    "607": "Daily API quota reached",
    "608": "API temporarily unavailable",
    "615": "Concurrent access limit reached",
    "1003": "Invalid data: a filter or an action that this request does not take",
    "1004": "Lead not found",
    "1006": "Field not found",
    "1007": "Multiple lead match lookup criteria",
    "1029": "Too many jobs in queue",
}
"""Words for codes that a request can be told to be refused with."""
IDENTITY: Final = {
    "429": HTTPStatus.TOO_MANY_REQUESTS,
    "401": HTTPStatus.UNAUTHORIZED,
    "500": HTTPStatus.INTERNAL_SERVER_ERROR,
    "concurrent": HTTPStatus.SERVICE_UNAVAILABLE,
}


class MarketoError(Exception):
    """A request refused as a whole, by the vendor's code and words."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code

    def reply(self) -> Reply:
        """The documented body: success false and a list of errors, with HTTP 200."""
        errors = [{"code": self.code, "message": str(self)}]
        return as_json({"requestId": request_id(), "success": False, "errors": errors})


def request_id() -> str:
    """An id of the documented form."""
    return f"{secrets.token_hex(2)}#{secrets.token_hex(6)[:11]}"


def success(result: list[Json], *, token: str = "", more: bool | None = None) -> Reply:
    """A successful reply; `token` pages on, `more` is set where the endpoint has `moreResult`."""
    document: dict[str, Json] = {"requestId": request_id(), "success": True, "result": result}
    if token:
        document["nextPageToken"] = token
    if more is not None:
        document["moreResult"] = more
    return as_json(document, rows=len(result))


def skipped(code: str, message: str, **more: Json) -> dict[str, Json]:
    """One record refused."""
    return more | {"status": "skipped", "reasons": [{"code": code, "message": message}]}


def failure(kind: str, call: Call) -> Reply:
    """An injected failure in Marketo's words: HTTP 200 and success false, but for the gateway's 502.

    Identity has no such envelope: it fails by status, as OAuth servers do (its body is an assumption).
    """
    if call.path.startswith("/identity/") and kind in IDENTITY:
        return as_json({"error": "server_error", "error_description": "not now"}, status=IDENTITY[kind])
    if kind == "502":
        return Reply(status=HTTPStatus.BAD_GATEWAY, body=b"<html>Bad Gateway</html>", media="text/html")
    return MarketoError(*WORDS.get(kind, (kind, MEANINGS.get(kind, "Not now")))).reply()
