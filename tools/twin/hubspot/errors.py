"""HubSpot's error bodies: status, message, correlationId, category, and what is particular to a kind."""

import json
import uuid
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Final

from tools.twin.wire import Call, Json, Reply, as_json

KINDS: Final[Mapping[str, tuple[int, str, str]]] = {
    "401": (
        HTTPStatus.UNAUTHORIZED,
        "The OAuth token used to make this call expired 5 minute(s) ago.",
        "EXPIRED_AUTHENTICATION",
    ),
    "429": (
        HTTPStatus.TOO_MANY_REQUESTS,
        "You have reached your ten_secondly_rolling limit.",
        "RATE_LIMITS",
    ),
    "500": (HTTPStatus.INTERNAL_SERVER_ERROR, "internal error", "INTERNAL_ERROR"),
}
SECONDLY: Final = {"errorType": "RATE_LIMIT", "policyName": "TEN_SECONDLY_ROLLING"}
DAILY: Final = {"errorType": "RATE_LIMIT", "policyName": "DAILY"}
SCOPES_PAGE: Final = "https://developers.hubspot.com/scopes"


class HubSpotError(Exception):
    """A request refused as a whole. `more` goes into the body beside the four usual members."""

    def __init__(self, status: int, message: str, category: str, **more: Json) -> None:
        super().__init__(message)
        self.status = status
        self.category = category
        self.more = more

    def reply(self) -> Reply:
        """The documented body."""
        document = {
            "status": "error",
            "message": str(self),
            "correlationId": str(uuid.uuid4()),
            "category": self.category,
        }
        return as_json(document | self.more, status=self.status)


class Invalid(Exception):  # noqa: N818  # a signal: the values of one record, and why each is refused
    """Property values that are refused, each as `{"isValid": false, "message", "error", "name"}`."""

    def __init__(self, faults: Sequence[Mapping[str, Json]]) -> None:
        super().__init__("Property values were not valid: " + json.dumps(list(faults)))
        self.faults = list(faults)

    def whole(self) -> HubSpotError:
        """The refusal of a request with one record."""
        errors = [
            {"message": each["message"], "code": each["error"], "context": {"propertyName": [each["name"]]}}
            for each in self.faults
        ]
        return HubSpotError(HTTPStatus.BAD_REQUEST, str(self), "VALIDATION_ERROR", errors=errors)


def bad_request(message: str, **more: Json) -> HubSpotError:
    """A request that is not well formed."""
    return HubSpotError(HTTPStatus.BAD_REQUEST, message, "VALIDATION_ERROR", **more)


def not_found(message: str = "resource not found") -> HubSpotError:
    """Something that is not there."""
    return HubSpotError(HTTPStatus.NOT_FOUND, message, "OBJECT_NOT_FOUND")


def conflict(existing: int) -> HubSpotError:
    """A contact whose address is taken."""
    return HubSpotError(HTTPStatus.CONFLICT, f"Contact already exists. Existing ID: {existing}", "CONFLICT")


def missing_scopes(*scopes: str) -> HubSpotError:
    """An endpoint the subscription or the token does not cover."""
    return HubSpotError(
        HTTPStatus.FORBIDDEN,
        "This app hasn't been granted all required scopes to make this call. Read more about required scopes"
        f" here: {SCOPES_PAGE}.",
        "MISSING_SCOPES",
        errors=[
            {
                "message": "One or more of the following scopes are required.",
                "context": {"requiredGranularScopes": list(scopes)},
            }
        ],
        links={"scopes": SCOPES_PAGE},
    )


def row_error(category: str, message: str, context: Mapping[str, Sequence[str]]) -> dict[str, Json]:
    """One entry of a batch's `errors`."""
    return {
        "status": "error",
        "category": category,
        "message": message,
        "context": {name: list(values) for name, values in context.items()},
        "links": {},
        "errors": [],
    }


def failure(kind: str, _call: Call) -> Reply:
    """An injected failure in HubSpot's words."""
    if kind == "502":
        return Reply(status=HTTPStatus.BAD_GATEWAY, body=b"<html>Bad Gateway</html>", media="text/html")
    status, message, category = KINDS[kind]
    return HubSpotError(status, message, category, **(SECONDLY if kind == "429" else {})).reply()
