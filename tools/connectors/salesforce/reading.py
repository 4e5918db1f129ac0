"""Reading the rows of a query in whichever way takes fewer calls."""

from collections.abc import Iterator, Mapping

from tools.connectors.salesforce.bulk import Bulk
from tools.connectors.salesforce.client import Client, Record
from tools.connectors.salesforce.fields import typed

BULK_ABOVE = 8_000  # rows: a bulk query is create, poll and one page of 50,000, besides the page that told


def rows(client: Client, bulk: Bulk, soql: str, described: Mapping[str, Record]) -> Iterator[Record]:
    """All rows, by pages of 2,000 when few, by a bulk query when many. No child queries.

    The first page tells how many there are, so that nothing is counted before. `described` gives the types
    that CSV lacks.
    """
    total, pages = client.sized(soql)
    if total > BULK_ABOVE:
        yield from (typed(row, described) for row in bulk.query(soql))
    else:
        yield from (each for page in pages for each in page)
