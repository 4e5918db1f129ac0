"""Who is created although a record of the address is there: only whom this run itself has just created."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot.engine.newcomers import THERE, _judged
from tools.plan import NOBODY, Change
from tools.ports import Person

SINCE = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
ROW = Change(
    subject="s1", system="salesforce", object="Lead", record_id=None, op="create", seq=1,
    set={"Email": "ann@late.example"}, guard={NOBODY: "ann@late.example"},
)  # fmt: skip
THEIRS = Person(
    system="salesforce", record_id="00Q1", as_of=SINCE, subject="s1", address="ann@late.example",
    object="Contact", created=SINCE - timedelta(hours=1),
)  # fmt: skip


def test_a_record_that_was_there_before_the_run_is_somebodys() -> None:
    """Of whatever object; in another system it is no double."""
    found = _judged(ROW, [THEIRS], frozenset(), SINCE)
    assert found is not None
    assert (found.state, found.error) == ("drifted", THERE)
    assert _judged(ROW, [replace(THEIRS, system="marketo")], frozenset(), SINCE) is None


def test_what_a_sync_makes_of_our_own_row_is_no_double() -> None:
    """The run has created the person elsewhere and the record is younger than it; an older one counts."""
    echo = replace(THEIRS, created=SINCE + timedelta(seconds=3))
    assert _judged(ROW, [echo], frozenset({"s1"}), SINCE) is None
    assert _judged(ROW, [echo], frozenset(), SINCE) is not None
    assert _judged(ROW, [THEIRS], frozenset({"s1"}), SINCE) is not None
