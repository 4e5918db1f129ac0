"""The two SOAP calls we need, which exist nowhere else: `undelete` out of the recycle bin, and `merge`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

import requests

from tools.connectors.salesforce.client import Client, checked, named
from tools.connectors.salesforce.door import USED_UP, WINDOW
from tools.errors import NeedsAttention, RetryLater
from tools.http import DayUsedUp

UNDELETE = 200  # documented: ids of one call
MERGES = 50  # of one call; 200 are documented, but each is a transaction and all must answer in time
LOSERS = 2  # documented: records merged into the master by one request
NAMESPACE = "urn:partner.soap.sforce.com"
ENVELOPE = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:urn="{namespace}"'
    ' xmlns:ens="urn:sobject.partner.soap.sforce.com">'
    "<soapenv:Header><urn:SessionHeader><urn:sessionId>{token}</urn:sessionId></urn:SessionHeader>"
    "</soapenv:Header><soapenv:Body><urn:{operation}>{inside}</urn:{operation}></soapenv:Body></soapenv:Envelope>"
)


@dataclass(frozen=True, slots=True)
class Merge:
    """One merge: the record that stays, values set on it as well, the records that go into it."""

    kind: str  # the vendor's object
    master: str
    values: Mapping[str, object]
    losers: Sequence[str]


def undelete(client: Client, ids: Sequence[str]) -> list[str]:
    """Take up to 200 records out of the bin; per id "" when it is back, else the vendor's code and words.

    Children that went with a record come back with it; what was converted does not.
    """
    inside = "".join(f"<urn:ids>{checked(each)}</urn:ids>" for each in ids)
    return _results(client, "undelete", inside, len(ids))


def merge(client: Client, merges: Sequence[Merge]) -> list[str]:
    """Do up to `MERGES` merges, each on its own merits; "" for one that is done, else code and words."""
    return _results(client, "merge", "".join(map(_request, merges)), len(merges))


def _request(asked: Merge) -> str:
    """One MergeRequest: type, fields to clear, id, values (in the order of the WSDL), and who goes."""
    values = {named(name): value for name, value in asked.values.items()}
    cleared = [_element("ens:fieldsToNull", name) for name, value in values.items() if value is None]
    given = [_element(f"ens:{name}", value) for name, value in values.items() if value is not None]
    head = [_element("ens:type", named(asked.kind)), *cleared, _element("ens:Id", checked(asked.master))]
    master = f"<urn:masterRecord>{''.join([*head, *given])}</urn:masterRecord>"
    losers = [_element("urn:recordToMergeIds", checked(each)) for each in asked.losers]
    return f"<urn:request>{''.join([master, *losers])}</urn:request>"


def _element(name: str, value: object) -> str:
    words = str(value).lower() if isinstance(value, bool) else escape(str(value))
    return f"<{name}>{words}</{name}>"


def _results(client: Client, operation: str, inside: str, count: int) -> list[str]:
    response = _call(client, operation, inside)
    if b"INVALID_SESSION_ID" in response.content:
        client.door.renew(client.door.token.value)
        response = _call(client, operation, inside)
    root = ET.fromstring(response.content)  # noqa: S314 (the vendor's own answer; expat bounds entity expansion)
    results = root.findall(f".//{{{NAMESPACE}}}result")
    if len(results) != count:
        raise _refused(operation, root.findtext(".//{*}faultstring") or response.text[:300])
    return [_error(each) for each in results]


def _refused(operation: str, fault: str) -> RetryLater | NeedsAttention:
    """A fault answers the call as a whole, before anything is done."""
    if "ConcurrentRequests" in fault:
        return RetryLater("Salesforce asks for a pause", after=5.0, detail=fault)
    if "REQUEST_LIMIT_EXCEEDED" in fault:
        return DayUsedUp(USED_UP, do=WINDOW, detail=fault)
    do = "Restore from the Recycle Bin." if operation == "undelete" else "Merge them in Salesforce."
    return NeedsAttention(f"Salesforce did not {operation}", do=do, detail=fault)


def _call(client: Client, operation: str, inside: str) -> requests.Response:
    token = client.door.token.value or client.door.renew("")
    body = ENVELOPE.format(namespace=NAMESPACE, token=escape(token), operation=operation, inside=inside)
    session: requests.Session = client.api.session
    return session.post(
        f"https://{client.api.sf_instance}/services/Soap/u/{client.version}",
        data=body.encode(),
        headers={"Content-Type": "text/xml; charset=UTF-8", "SOAPAction": '""'},
    )


def _error(result: ET.Element) -> str:
    if (result.findtext(f"{{{NAMESPACE}}}success") or "").lower() == "true":
        return ""
    code = result.findtext(f".//{{{NAMESPACE}}}statusCode") or "UNKNOWN"
    return f"{code}: {result.findtext(f'.//{{{NAMESPACE}}}message') or ''}"
