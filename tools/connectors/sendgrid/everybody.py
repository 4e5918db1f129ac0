"""Every contact of SendGrid, out of an export: no call lists contacts page by page."""

import csv
import io
from collections.abc import Iterator, Mapping

from tools.connectors.sendgrid.client import Client, Record

ID = ("contact_id", "id")  # what the column of ids is called is not documented


def contacts(client: Client, list_ids: tuple[str, ...] = ()) -> Iterator[Record]:
    """The contacts of these lists, or all. A file holds no lists: `list_ids` is absent from what comes."""
    for link in client.export(list_ids):
        rows = csv.DictReader(io.StringIO(client.file(link).decode("utf-8-sig"), newline=""))
        yield from (_contact(row) for row in rows)


def _contact(row: Mapping[str, str]) -> Record:
    """A row by the names of the API; a file's head comes in capitals."""
    found = {name.lower(): value for name, value in row.items() if name}
    number = next((found[name] for name in ID if found.get(name)), "")
    return {**{name: value for name, value in found.items() if name not in ID}, "id": number}
