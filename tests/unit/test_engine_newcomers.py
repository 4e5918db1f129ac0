"""Who is created although a record of the address is there: only whom this run itself has just created."""

from dataclasses import replace

from bot.engine.newcomers import LISTED, THERE, _judged
from tools.abilities import ConsentRecord
from tools.plan import NOBODY, Change
from tools.ports import ConsentMark

ROW = Change(
    subject="s1", system="salesforce", object="Lead", record_id=None, op="create", seq=1,
    set={"Email": "ann@late.example"}, guard={NOBODY: "ann@late.example"},
)  # fmt: skip
THEIRS = ConsentRecord(
    system="salesforce", object="Contact", record_id="00Q1", subject="s1", address="ann@late.example",
    mark=ConsentMark(scope="global", state="none", at=None, source=""),
)  # fmt: skip
LEFT = replace(
    THEIRS,
    system="sendgrid",
    object=LISTED,
    mark=ConsentMark(scope="Digest", state="opt_out_group", at=None, source=""),
)


def test_a_record_that_is_there_by_now_is_somebodys() -> None:
    """Of whatever object; in another system it is no double."""
    found = _judged(ROW, [THEIRS], frozenset())
    assert found is not None
    assert (found.state, found.error) == ("drifted", THERE)
    assert _judged(ROW, [replace(THEIRS, system="marketo")], frozenset()) is None


def test_what_a_sync_makes_of_our_own_row_is_no_double() -> None:
    """The run has created the person elsewhere, before it was interrupted."""
    assert _judged(ROW, [THEIRS], frozenset({"s1"})) is None


def test_who_has_objected_anywhere_is_not_created() -> None:
    """To all mail or to one kind, on a record or on a list alone; our own row changes nothing of it."""
    found = _judged(ROW, [LEFT], frozenset({"s1"}))
    assert found is not None
    assert found.error.endswith("(SendGrid) by now")
    listed = replace(LEFT, system="salesforce", mark=THEIRS.mark)
    assert _judged(ROW, [listed], frozenset()) is None
