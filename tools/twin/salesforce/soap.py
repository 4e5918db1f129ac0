"""The one SOAP call served: undelete. It is the only documented API that brings records back."""

import re
from http import HTTPStatus
from typing import Final
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

from tools.twin.salesforce import auth, records
from tools.twin.salesforce.errors import RestError, RowError
from tools.twin.wire import Call, Reply

MOST: Final = 200
ENVELOPE: Final = (
    '<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope'
    ' xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns="urn:partner.soap.sforce.com"'
    ' xmlns:sf="urn:fault.partner.soap.sforce.com"{more}>{inside}</soapenv:Envelope>'
)


def undelete(call: Call) -> Reply:
    """POST /services/Soap/u/{version}: undelete up to 200 ids; results in their order."""
    try:
        session, ids = _request(call.body)
        _check(call, session, len(ids))
    except RestError as error:
        return fault(error.code, str(error))
    results = [_one(call, row, each) for row, each in enumerate(ids)]
    used, most = auth.used_today(call.world), call.world.settings.salesforce_daily_calls
    header = (
        f"<soapenv:Header><LimitInfoHeader><limitInfo><current>{used}</current><limit>{most}</limit>"
        "<type>API REQUESTS</type></limitInfo></LimitInfoHeader></soapenv:Header>"
    )
    body = f"<soapenv:Body><undeleteResponse>{''.join(results)}</undeleteResponse></soapenv:Body>"
    return _reply(header + body, rows=sum("<success>true" in each for each in results))


def _check(call: Call, session: str, count: int) -> None:
    """Refuse a dead session, the day's end, and too many ids."""
    if not auth.valid(call.world, session):
        raise RestError("INVALID_SESSION_ID", "Invalid Session ID found in SessionHeader: Illegal Session")
    auth.count_call(call.world)
    if count > MOST:
        raise RestError("EXCEEDED_ID_LIMIT", f"too many IDs in request: {count}, maximum is {MOST}")


def _request(body: bytes) -> tuple[str, list[str]]:
    """The session and the ids of an undelete request."""
    if re.search(rb"<!(DOCTYPE|ENTITY)", body):
        raise RestError("INVALID_SOAP", "document types are not allowed")
    try:
        root = ET.fromstring(body)  # noqa: S314  # document types are refused above
    except ET.ParseError as error:
        raise RestError("INVALID_SOAP", str(error)) from error
    named = [(element.tag.rpartition("}")[2], (element.text or "").strip()) for element in root.iter()]
    if "undelete" not in {name for name, _ in named}:
        raise RestError("INVALID_OPERATION", "the twin serves the undelete operation only")
    session = next((text for name, text in named if name == "sessionId"), "")
    return session, [text for name, text in named if name.lower() == "ids"]


def _one(call: Call, row: int, record: str) -> str:
    """One result."""
    try:
        if call.refuses(row):
            raise RowError("UNABLE_TO_LOCK_ROW", "unable to obtain exclusive access to this record")  # noqa: TRY301  # as a real one
        done = record if call.drops(row) else records.undelete(call.world, record)
    except RowError as error:
        return (
            f"<result><errors><message>{escape(str(error))}</message><statusCode>{error.code}</statusCode></errors>"
            f"<id>{escape(record)}</id><success>false</success></result>"
        )
    return f"<result><id>{escape(done)}</id><success>true</success></result>"


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
    return _reply(inside, status=HTTPStatus.INTERNAL_SERVER_ERROR)


def _reply(inside: str, *, status: int = HTTPStatus.OK, rows: int = 0) -> Reply:
    """An envelope as a reply."""
    more = ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    body = ENVELOPE.format(more=more, inside=inside).encode()
    return Reply(status=status, body=body, media="text/xml; charset=UTF-8", rows=rows)
