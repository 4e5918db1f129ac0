"""What a plan says it will take, beside the calls that the twin counts while it runs."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

NEAR = 0.15  # of what was counted
FIVE = "five@quellhaus.example"


def flown(desk: Any, card: Any) -> tuple[dict[str, int], Counter[str]]:
    """Calls that the plan expects and calls counted, by system; tokens are no calls of a plan."""
    desk.clear(card)
    desk.twin.clear_log()
    desk.drive()
    assert desk.card(card).header.state == "landed", desk.card(card).run.landing.residue
    seen = Counter(str(each["system"]) for each in desk.twin.log() if "oauth" not in str(each["path"]))
    return {each.system: each.calls for each in card.header.cost if each.calls}, seen


def near(expected: dict[str, int], seen: Counter[str]) -> bool:
    """Whether the sum is near, and no system is off by more than a call besides."""
    apart = max(abs(expected.get(each, 0) - seen[each]) for each in {*expected, *seen})
    return abs(sum(expected.values()) - seen.total()) <= NEAR * seen.total() and apart <= max(
        1, NEAR * max(seen.values())
    )


def test_a_merge_in_several_steps_is_priced_step_by_step(open_desk: Callable[..., Any]) -> None:
    """Five leads take two steps of a guard, losers, a merge, masters and losers after: not one."""
    desk = open_desk("salesforce")
    for number in range(5):
        desk.write("salesforce", object="Lead", record_id=None, op="create",
                   set={"Email": FIVE, "LastName": f"F{number}", "Company": "Quellhaus"})  # fmt: skip
    card = desk.call("merge_duplicates", object="lead", emails=[FIVE]).card
    expected, seen = flown(desk, card)
    assert expected == dict(seen)


@pytest.mark.parametrize("tool", ["merge_duplicates", "sync_suppressions"])
def test_the_calls_expected_are_near_those_counted(open_desk: Callable[..., Any], tool: str) -> None:
    """Over every system that a plan touches."""
    desk = open_desk()
    expected, seen = flown(desk, desk.call(tool).card)
    assert near(expected, seen), (expected, seen)
