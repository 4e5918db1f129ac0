"""SendGrid's error bodies."""

import time
from http import HTTPStatus
from typing import Final

from tools.twin.wire import Call, Reply, as_json

KINDS: Final = {
    "429": (HTTPStatus.TOO_MANY_REQUESTS, "too many requests"),
    "401": (HTTPStatus.UNAUTHORIZED, "The provided authorization grant is invalid, expired, or revoked"),
    "500": (HTTPStatus.INTERNAL_SERVER_ERROR, "internal server error"),
}


class SendGridError(Exception):
    """A request refused, with the field it was refused for."""

    def __init__(self, status: int, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.field = field

    def reply(self) -> Reply:
        """The documented body: a list of errors with message, and field where the request is at fault."""
        field = {} if self.status >= HTTPStatus.INTERNAL_SERVER_ERROR else {"field": self.field}
        return as_json({"errors": [field | {"message": str(self)}]}, status=self.status)


def failure(kind: str, _call: Call) -> Reply:
    """An injected failure in SendGrid's words."""
    if kind == "502":
        return Reply(status=HTTPStatus.BAD_GATEWAY, body=b"<html>Bad Gateway</html>", media="text/html")
    reply = SendGridError(*KINDS[kind]).reply()
    if kind == "429":
        reset = str(int(time.time()) + 2)
        reply.headers |= {
            "X-RateLimit-Remaining": "0",
            "X-RateLimit-Limit": "600",
            "X-RateLimit-Reset": reset,
        }
    return reply
