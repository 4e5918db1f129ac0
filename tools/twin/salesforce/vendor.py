"""Salesforce's routes and how it answers."""

from http import HTTPStatus
from typing import Final

from tools.twin.salesforce import auth, bulk_ingest, bulk_query, collections, composite, query, soap, sobjects
from tools.twin.salesforce.errors import RestError, failure
from tools.twin.vendor import Vendor
from tools.twin.wire import Call, Reply, Route, answered, has_path, route, served

V: Final = r"/services/data/(v\d\d\.0)"
OBJECT: Final = r"/([A-Za-z_]+)"
ID: Final = r"/([A-Za-z0-9]+)"
SOAP: Final = r"/services/Soap/[uc]/\d\d\.0(?:/.*)?"
JOB: Final = rf"{V}/jobs/ingest/(750[A-Za-z0-9]+)"
QUERY_JOB: Final = rf"{V}/jobs/query/(750[A-Za-z0-9]+)"
RESULTS: Final = r"(successfulResults|failedResults|unprocessedrecords)"
OPEN: Final[list[Route]] = [
    route("POST", r"/services/oauth2/token", auth.token),
    route("GET", r"/services/data/?", sobjects.versions),
    route("POST", SOAP, soap.serve, writes=True),
]
GUARDED: Final[list[Route]] = [
    route("GET", rf"{V}/query/?", query.query),
    route("GET", rf"{V}/queryAll/?", query.query_all),
    route("GET", rf"{V}/query(?:All)?/([A-Za-z0-9-]+)", query.query_more),
    route("POST", rf"{V}/composite/?", composite.serve),
    route("GET", rf"{V}/limits/?", sobjects.limits),
    route("GET", rf"{V}/sobjects/?", sobjects.describe_all),
    route("GET", rf"{V}/sobjects{OBJECT}/describe/?", sobjects.describe),
    route("POST", rf"{V}/sobjects{OBJECT}/?", sobjects.create, writes=True),
    route("GET", rf"{V}/sobjects{OBJECT}{ID}", sobjects.read),
    route("PATCH", rf"{V}/sobjects{OBJECT}{ID}", sobjects.update, writes=True),
    route("DELETE", rf"{V}/sobjects{OBJECT}{ID}", sobjects.delete, writes=True),
    route("POST", rf"{V}/composite/sobjects/?", collections.create, writes=True),
    route("PATCH", rf"{V}/composite/sobjects/?", collections.update, writes=True),
    route("DELETE", rf"{V}/composite/sobjects/?", collections.delete, writes=True),
    route("POST", rf"{V}/composite/sobjects{OBJECT}", collections.retrieve),
    route("GET", rf"{V}/composite/sobjects{OBJECT}", collections.retrieve_few),
    route("POST", rf"{V}/jobs/ingest/?", bulk_ingest.create, writes=True),
    route("GET", rf"{V}/jobs/ingest/?", bulk_ingest.read_all),
    route("PUT", rf"{JOB}/batches/?", bulk_ingest.upload, writes=True),
    route("PATCH", rf"{JOB}/?", bulk_ingest.change),
    route("GET", rf"{JOB}/?", bulk_ingest.read),
    route("DELETE", rf"{JOB}/?", bulk_ingest.remove),
    route("GET", rf"{JOB}/{RESULTS}/?", bulk_ingest.results),
    route("POST", rf"{V}/jobs/query/?", bulk_query.create),
    route("GET", rf"{QUERY_JOB}/?", bulk_query.read),
    route("PATCH", rf"{QUERY_JOB}/?", bulk_query.change),
    route("DELETE", rf"{QUERY_JOB}/?", bulk_query.remove),
    route("GET", rf"{QUERY_JOB}/results/?", bulk_query.results),
]


def answer(call: Call) -> Reply:
    """Serve one request."""
    opened = answered(OPEN, call)
    if opened:
        return opened
    try:
        auth.check(call)
        reply = served(GUARDED, call, _unserved)
    except RestError as error:
        reply = error.reply()
    reply.headers.setdefault("Sforce-Limit-Info", auth.limit_info(call.world))
    return reply


def _unserved(call: Call) -> RestError:
    """The error for a path or method that is not there."""
    if has_path(GUARDED, call.path):
        return RestError(
            "METHOD_NOT_ALLOWED", f"HTTP Method '{call.method}' not allowed.", HTTPStatus.METHOD_NOT_ALLOWED
        )
    return RestError("NOT_FOUND", "The requested resource does not exist")


def failed(kind: str, call: Call) -> Reply:
    """An injected failure, as a SOAP fault where SOAP was spoken."""
    if "/services/Soap/" in call.path and kind == "401":
        return soap.fault("INVALID_SESSION_ID", "Invalid Session ID found in SessionHeader: Illegal Session")
    if "/services/Soap/" in call.path and kind == "429":
        return soap.fault("REQUEST_LIMIT_EXCEEDED", "ConcurrentRequests Limit exceeded.")
    return failure(kind)


SALESFORCE: Final = Vendor("salesforce", [*OPEN, *GUARDED], answer, failed)
