"""The SOAP calls served: undelete, the only way back from the bin, and merge, the only way to merge."""

import re
from collections.abc import Callable
from http import HTTPStatus
from typing import Final
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

from tools.twin.salesforce import auth, merging, records
from tools.twin.salesforce.errors import RestError, RowError
from tools.twin.salesforce.schema import OBJECTS
from tools.twin.wire import Call, Json, Reply

MOST: Final = 200
"""Ids of one undelete, and merge requests of one merge."""
ENVELOPE: Final = (
    '<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope'
    ' xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"{names}>{inside}</soapenv:Envelope>'
)
PARTNER: Final = ' xmlns="urn:partner.soap.sforce.com"'
FAULTS: Final = (
    ' xmlns:sf="urn:fault.partner.soap.sforce.com" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
)
"""The names a fault is told in: its own elements have none, so no default may hold there."""


def serve(call: Call) -> Reply:
    """POST /services/Soap/u/{version}: the operation in the envelope's body; results in its order."""
    try:
        root = _envelope(call.body)
        name, operation = _operation(root)
        asked = [each for each in operation if _local(each) in ASKED]
        _check(call, root, len(asked))
    except RestError as error:
        return fault(error.code, str(error))
    results = [_one(call, row, each, DO[name]) for row, each in enumerate(asked)]
    used, most = auth.used_today(call.world), call.world.settings.salesforce_daily_calls
    header = (
        f"<soapenv:Header><LimitInfoHeader><limitInfo><current>{used}</current><limit>{most}</limit>"
        "<type>API REQUESTS</type></limitInfo></LimitInfoHeader></soapenv:Header>"
    )
    body = f"<soapenv:Body><{name}Response>{''.join(results)}</{name}Response></soapenv:Body>"
    return _reply(header + body, PARTNER, rows=sum("<success>true" in each for each in results))


def _local(element: ET.Element) -> str:
    """An element's name without its namespace."""
    return element.tag.rpartition("}")[2]


def _envelope(body: bytes) -> ET.Element:
    """The envelope, parsed."""
    if re.search(rb"<!(DOCTYPE|ENTITY)", body):
        raise RestError("INVALID_SOAP", "document types are not allowed")
    try:
        return ET.fromstring(body)  # noqa: S314  # document types are refused above
    except ET.ParseError as error:
        raise RestError("INVALID_SOAP", str(error)) from error


def _operation(root: ET.Element) -> tuple[str, ET.Element]:
    """The operation asked for."""
    found = next((each for each in root.iter() if _local(each) in DO), None)
    if found is None:
        raise RestError("INVALID_OPERATION", f"the twin serves these operations: {', '.join(DO)}")
    return _local(found), found


def _check(call: Call, root: ET.Element, count: int) -> None:
    """Refuse a dead session, the day's end, and too much at once."""
    session = next((each.text or "" for each in root.iter() if _local(each) == "sessionId"), "").strip()
    if not auth.valid(call.world, session):
        raise RestError("INVALID_SESSION_ID", "Invalid Session ID found in SessionHeader: Illegal Session")
    auth.count_call(call.world)
    if count > MOST:
        raise RestError("EXCEEDED_ID_LIMIT", f"too many in one request: {count}, maximum is {MOST}")


def _one(call: Call, row: int, asked: ET.Element, do: Callable[[Call, ET.Element], str]) -> str:
    """One result. A dropped row is undone again and reported as done."""
    db = call.world.db
    db.execute("SAVEPOINT soap")
    try:
        if call.refuses(row):
            raise RowError("UNABLE_TO_LOCK_ROW", "unable to obtain exclusive access to this record")  # noqa: TRY301  # as a real one
        done = do(call, asked)
        if call.drops(row):
            db.execute("ROLLBACK TO soap")
    except RowError as error:
        db.execute("ROLLBACK TO soap")
        named = escape((asked.text or "").strip() or _text(asked, "Id"))
        return (
            f"<result><errors><message>{escape(str(error))}</message><statusCode>{error.code}</statusCode></errors>"
            f"<id>{named}</id><success>false</success></result>"
        )
    finally:
        db.execute("RELEASE soap")
    return f"<result>{done}</result>"


def _text(element: ET.Element, name: str) -> str:
    """The text of the first element of that name inside this one."""
    return next(((each.text or "").strip() for each in element.iter() if _local(each) == name), "")


def _undelete(call: Call, asked: ET.Element) -> str:
    """Bring one record back."""
    return f"<id>{records.undelete(call.world, (asked.text or '').strip())}</id><success>true</success>"


def _merge(call: Call, asked: ET.Element) -> str:
    """Do one merge request."""
    master = next((each for each in asked if _local(each) == "masterRecord"), None)
    source = OBJECTS.get(_text(asked, "type").lower())
    if master is None or source is None:
        raise RowError("INVALID_TYPE", "masterRecord needs a type")
    losers = [(each.text or "").strip() for each in asked if _local(each) == "recordToMergeIds"]
    values: dict[str, Json] = {}
    for each in master:
        name, given = _local(each), each.text or ""
        if name == "fieldsToNull":
            values[given] = None
        elif name not in {"type", "Id"}:
            kind = source.fields[name.lower()].type if name.lower() in source.fields else ""
            values[name] = given == "true" if kind == "boolean" else given
    record = _text(master, "Id")
    moved = merging.merge(call.world, source, record, values, losers)
    merged = "".join(f"<mergedRecordIds>{escape(each)}</mergedRecordIds>" for each in losers)
    related = "".join(f"<updatedRelatedIds>{each}</updatedRelatedIds>" for each in moved)
    return f"<id>{record}</id>{merged}<success>true</success>{related}"


DO: Final = {"undelete": _undelete, "merge": _merge}
ASKED: Final = frozenset({"ids", "request"})


def fault(code: str, message: str) -> Reply:
    """A SOAP fault: HTTP 500 with the code twice, as the vendor gives it."""
    words = escape(message)
    inside = (
        f"<soapenv:Body><soapenv:Fault><faultcode>sf:{code}</faultcode>"
        f"<faultstring>{code}: {words}</faultstring>"
        f'<detail><sf:UnexpectedErrorFault xsi:type="sf:UnexpectedErrorFault"><sf:exceptionCode>{code}'
        f"</sf:exceptionCode><sf:exceptionMessage>{words}</sf:exceptionMessage></sf:UnexpectedErrorFault></detail>"
        "</soapenv:Fault></soapenv:Body>"
    )
    return _reply(inside, FAULTS, status=HTTPStatus.INTERNAL_SERVER_ERROR)


def _reply(inside: str, names: str, *, status: int = HTTPStatus.OK, rows: int = 0) -> Reply:
    """An envelope as a reply; `names` are the namespaces it declares."""
    body = ENVELOPE.format(names=names, inside=inside).encode()
    return Reply(status=status, body=body, media="text/xml; charset=UTF-8", rows=rows)
