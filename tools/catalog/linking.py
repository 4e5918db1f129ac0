"""Where a record opens in its vendor's own pages, where the reader can tell."""

from tools.abilities import LinksRecords
from tools.ports import Reader


def link(reader: Reader | None, object: str, record_id: str) -> str:
    """The address of a record's page; "" when the vendor has none or the reader does not know."""
    return reader.record_link(object, record_id) if isinstance(reader, LinksRecords) else ""
