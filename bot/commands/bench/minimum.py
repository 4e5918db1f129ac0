"""The safe path's minimum of vendor calls: resolve, guard read, suppress, delete, landing read.

Batch sizes are the vendors' documented maxima. Finding the bounced people (listing bounces) and fetching
tokens are not part of it; neither are the polls of a bulk job beyond one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil

COLLECTION, RETRIEVE, PAGE = (
    200,
    2_000,
    2_000,
)  # Salesforce: rows a write, ids a retrieve, rows of a query page
QUERIES = 5  # Salesforce: queries that one composite request takes and that count as one call
BULK_ABOVE, BULK_CALLS = 2_000, 5  # create, upload, close, poll, failed results
LEADS = 300  # Marketo: per filter, sync and delete
CONTACTS, LISTED = 100, 500  # SendGrid: contacts per look-up or delete, suppressions a page


@dataclass(frozen=True, kw_only=True)
class Work:
    """How many rows of one op on one object of one system a run has."""

    system: str
    object: str
    op: str
    rows: int


def resolve(addresses: Mapping[str, int]) -> dict[str, int]:
    """Calls to find the records behind so many addresses, by system; Salesforce has two objects.

    A suppression list is written by address: what only goes there needs no record and is left out.
    """
    return {
        "salesforce": ceil(2 * ceil(addresses.get("salesforce", 0) / PAGE) / QUERIES),
        "marketo": ceil(addresses.get("marketo", 0) / LEADS),
        "sendgrid": ceil(addresses.get("sendgrid", 0) / CONTACTS),
    }


def run(work: Work) -> int:
    """Calls to guard, do and read back these rows.

    By object: a retrieve and a bulk job name one, and a run does one object and op at a time, so that no more
    than one kind of row is in doubt after a crash.
    """
    if work.system == "salesforce":
        write = BULK_CALLS if work.rows > BULK_ABOVE else ceil(work.rows / COLLECTION)
        return write + 2 * ceil(work.rows / RETRIEVE)
    if work.system == "marketo":
        return 3 * ceil(work.rows / LEADS)
    if work.op == "suppress":
        return 1 + ceil(work.rows / LISTED)  # one array has no documented maximum; no guard: it only adds
    return 3 * ceil(work.rows / CONTACTS)
