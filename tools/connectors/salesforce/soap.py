"""The one SOAP call we need: `undelete` takes records out of the recycle bin and exists nowhere else."""

from collections.abc import Sequence
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

import requests

from tools.connectors.salesforce.client import Client, checked
from tools.errors import NeedsAttention

UNDELETE = 200  # documented: ids of one call
NAMESPACE = "urn:partner.soap.sforce.com"
ENVELOPE = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:urn="{namespace}">'
    "<soapenv:Header><urn:SessionHeader><urn:sessionId>{token}</urn:sessionId></urn:SessionHeader>"
    "</soapenv:Header><soapenv:Body><urn:undelete>{ids}</urn:undelete></soapenv:Body></soapenv:Envelope>"
)


def undelete(client: Client, ids: Sequence[str]) -> list[str]:
    """Take up to 200 records out of the bin; per id "" when it is back, else the vendor's code and words.

    Children that went with a record come back with it; what was merged or converted does not.
    """
    response = _call(client, ids)
    if b"INVALID_SESSION_ID" in response.content:
        client.door.renew(client.door.token.value)
        response = _call(client, ids)
    root = ET.fromstring(response.content)  # noqa: S314 (the vendor's own answer; expat bounds entity expansion)
    results = root.findall(f".//{{{NAMESPACE}}}result")
    if len(results) != len(ids):
        fault = root.findtext(".//faultstring") or response.text[:300]
        raise NeedsAttention("Salesforce did not undelete", do="Restore from the Recycle Bin.", detail=fault)
    return [_error(each) for each in results]


def _call(client: Client, ids: Sequence[str]) -> requests.Response:
    token = client.door.token.value or client.door.renew("")
    body = ENVELOPE.format(
        namespace=NAMESPACE,
        token=escape(token),
        ids="".join(f"<urn:ids>{checked(each)}</urn:ids>" for each in ids),
    )
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
