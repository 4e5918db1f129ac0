"""What the guard read says of a row: go on, leave it alone, or nothing left to do."""

from typing import Any

import pytest

from bot.engine.guards import judge
from tools.plan import Change
from tools.rules.consent_groups import SCOPED


def row(op: Any = "update", **more: Any) -> Change:
    """A row that spells a country, guarded by the spelling it replaces."""
    given = {"set": {"country": "Germany"}, "guard": {"country": "DE"}, **more}
    return Change(subject="s", system="salesforce", object="Lead", record_id="r", op=op, seq=3, **given)


@pytest.mark.parametrize(
    ("change", "now", "state", "landed"),
    [
        (row(), {"country": "Austria"}, "drifted", None),
        (row(), {"country": "Germany"}, "skipped", "landed"),
        (row(set={"country": "Germany", "state": "x"}), {"country": "Germany"}, "drifted", None),
        # a group's box: the group is named for us and never read
        (
            row("suppress", set={"Box": True, SCOPED: "News"}, guard={"Box": False}),
            {"Box": True},
            "skipped",
            "landed",
        ),
        (row("suppress", set={SCOPED: "News"}, guard={"Box": False}), {"Box": True}, "drifted", None),
        (row("delete", set={}), {"country": "Germany"}, "drifted", None),
        (row("delete", set={}), None, "skipped", "landed"),
        (row(), None, "drifted", None),
    ],
)
def test_why_a_row_is_not_attempted(change: Change, now: Any, state: str, landed: str | None) -> None:
    """A record that a sync has brought there already is no foreign change, and nothing of ours to undo."""
    mark = judge(change, now)
    assert mark is not None
    assert (mark.seq, mark.state, mark.landed) == (3, state, landed)


def test_a_row_whose_guard_holds_is_attempted() -> None:
    """Nothing stands against it."""
    assert judge(row(), {"country": "DE"}) is None
