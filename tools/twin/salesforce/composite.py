"""The composite resource: several requests sent as one, which counts as one call. Queries are served in it.

Source: Salesforce's REST guide on composite requests: at most 25 subrequests, of them at most five queries;
its help recommends it for queries too long for a request line.
"""

import json
from dataclasses import replace
from typing import Final
from urllib.parse import parse_qsl, urlsplit

from tools.twin.salesforce import query
from tools.twin.salesforce.collections import document
from tools.twin.salesforce.errors import RestError
from tools.twin.wire import Call, Json, Reply, Route, as_json, find, route

MOST: Final = 25
QUERIES: Final = 5
V: Final = r"/services/data/(v\d\d\.0)"
UNSERVED: Final = RestError("NOT_FOUND", "the twin serves queries alone in a composite request")
ROUTES: Final[list[Route]] = [
    route("GET", rf"{V}/query/?", query.query),
    route("GET", rf"{V}/queryAll/?", query.query_all),
    route("GET", rf"{V}/query(?:All)?/([A-Za-z0-9-]+)", query.query_more),
]


def serve(call: Call, _version: str) -> Reply:
    """POST composite: each subrequest in its order, with its own status."""
    asked = document(call).get("compositeRequest") or []
    if len(asked) > MOST or len(asked) > QUERIES:  # all that is served here are queries
        words = f"a composite request holds at most {MOST} subrequests and {QUERIES} queries"
        raise RestError("INVALID_INPUT", words)
    answers = [_one(call, each) for each in asked]
    rows = sum(reply.rows for _, reply in answers)
    return as_json({"compositeResponse": [_view(*each) for each in answers]}, rows=rows)


def _one(call: Call, asked: dict[str, Json]) -> tuple[str, Reply]:
    """One subrequest, answered."""
    parts = urlsplit(str(asked.get("url", "")))
    inner = replace(
        call,
        method=str(asked.get("method", "")),
        path=parts.path,
        target="",  # the length of a request line does not matter in a body
        query=dict(parse_qsl(parts.query)),
        body=b"",
    )
    found = find(ROUTES, inner.method, inner.path)
    try:
        reply = found[0].handler(inner, *found[1]) if found else UNSERVED.reply()
    except RestError as error:
        reply = error.reply()
    return str(asked.get("referenceId", "")), reply


def _view(reference: str, reply: Reply) -> dict[str, Json]:
    """One subresponse."""
    return {
        "body": json.loads(reply.body), "httpHeaders": {}, "httpStatusCode": int(reply.status),
        "referenceId": reference,
    }  # fmt: skip
