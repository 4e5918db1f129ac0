"""Reading many rows without holding them: pages from a server-side cursor, closed when the reader leaves."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, Row, Select

PAGE = 500


def streamed(connection: Connection, query: Select[Any]) -> Iterator[Row[Any]]:
    """The rows of the query in pages. Whoever stops early drops the iterator, which closes the cursor."""
    with connection.execute(query.execution_options(yield_per=PAGE)) as result:
        yield from result
