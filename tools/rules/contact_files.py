"""Addresses out of a file for the suppression lists: whoever stands on it, whatever else it says.

A row that says the person opted in is kept apart: a file can only ever add restrictions.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from tools.rules.people_files import open_file


@dataclass(frozen=True, slots=True)
class ContactRow:
    """One address of a row: its line, the address normalised ("" for junk), whether it says opted in."""

    line: int
    address: str
    opted_in: bool = False


def read(content: bytes, *, name: str) -> Iterator[ContactRow]:
    """The rows that are not blank, streamed; a cell of several addresses gives one row for each.

    Raises `InvalidArguments` when the file is empty, no list, or holds no addresses.
    """
    for row in open_file(content, name).rows:
        for address in row.addresses or ("",):
            yield ContactRow(row.line, address, row.consent == "opted in")
