"""Salesforce's error bodies."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Final

from tools.twin.wire import Reply, as_json

STATUS: Final = {
    "NOT_FOUND": HTTPStatus.NOT_FOUND,
    "ENTITY_IS_DELETED": HTTPStatus.NOT_FOUND,
    "INVALID_SESSION_ID": HTTPStatus.UNAUTHORIZED,
    "REQUEST_LIMIT_EXCEEDED": HTTPStatus.FORBIDDEN,
    "METHOD_NOT_ALLOWED": HTTPStatus.METHOD_NOT_ALLOWED,
}


class RestError(Exception):
    """A request refused as a whole, in the vendor's code and words.

    `fields` are those a record was refused for; None where the request is not about one record.
    """

    def __init__(
        self, code: str, message: str, status: int = 0, *, fields: Sequence[str] | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.fields = fields
        self.status = status or STATUS.get(code, HTTPStatus.BAD_REQUEST)

    def reply(self) -> Reply:
        """The documented body: a list of one object."""
        named = {} if self.fields is None else {"fields": list(self.fields)}
        return as_json([{"message": str(self), "errorCode": self.code} | named], status=self.status)


class RowError(Exception):
    """One row refused. `fields` are the fields it was refused for."""

    def __init__(self, code: str, message: str, *fields: str) -> None:
        super().__init__(message)
        self.code = code
        self.fields = list(fields)

    def view(self) -> dict[str, object]:
        """The error as Collections shows it."""
        return {"statusCode": self.code, "message": str(self), "fields": self.fields}


def failure(kind: str) -> Reply:
    """An injected failure in Salesforce's words.

    For too many requests the documentation knows only HTTP 403 with REQUEST_LIMIT_EXCEEDED, the day's
    limit; the HTTP 429 of the fault is an assumption about the edge in front of it.
    """
    if kind == "429":
        reply = RestError(
            "REQUEST_LIMIT_EXCEEDED", "ConcurrentRequests Limit exceeded.", HTTPStatus.TOO_MANY_REQUESTS
        ).reply()
        reply.headers["Retry-After"] = "1"
        return reply
    if kind == "401":
        return RestError("INVALID_SESSION_ID", "Session expired or invalid").reply()
    if kind == "502":
        return Reply(status=HTTPStatus.BAD_GATEWAY, body=b"<html>Bad Gateway</html>", media="text/html")
    return RestError(
        "UNKNOWN_EXCEPTION", "An unexpected error occurred.", HTTPStatus.INTERNAL_SERVER_ERROR
    ).reply()
