"""Addresses with an apostrophe in them, as O'Brien's, are whole wherever the engine meets one."""

import pytest

from bot.engine.audit import WITHHELD, _clean_text
from bot.engine.sampling import address_in, who
from tools.plan import Change

OBRIEN = "sean.o'brien@acme.example"


@pytest.mark.parametrize("address", [OBRIEN, "jane@acme.example", "o’neil+x@acme.example"])
def test_whom_a_row_is_about_is_found(address: str) -> None:
    """By the whole address: their records, opt-outs and lost answers are looked up by it."""
    given = {"LastName": "O'Brien", "Email": address}
    row = Change(subject="s", system="salesforce", object="Lead", record_id=None, op="create", set=given)
    assert address_in(row) == who(row) == address


def test_no_part_of_an_address_stays_in_the_audit() -> None:
    """Neither half of the name before the apostrophe."""
    assert _clean_text(f"no record of {OBRIEN} found") == f"no record of {WITHHELD} found"
