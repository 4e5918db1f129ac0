"""Multipart form data, as Bulk jobs and imports send it."""

from email import message_from_bytes
from email.message import Message

from tools.twin.wire import Call


def parts(call: Call) -> dict[str, bytes]:
    """The parts of a multipart request by name."""
    head = f"Content-Type: {call.headers.get('content-type', '')}\r\n\r\n".encode()
    whole: Message = message_from_bytes(head + call.body)
    found: dict[str, bytes] = {}
    for part in whole.walk():
        name = part.get_param("name", header="content-disposition")
        payload = part.get_payload(decode=True)
        if isinstance(name, str) and isinstance(payload, bytes):
            found[name] = payload
    return found
