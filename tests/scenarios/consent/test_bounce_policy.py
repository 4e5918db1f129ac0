"""What a mailbox is judged by is the installation's to set; what is shipped is stated."""

from typing import Any

import pytest

SOFT = '[mailboxes]\nsoft_bounces = {0}\nsoft_sends = {1}\nsoft_within = "{2}"\n'


@pytest.mark.parametrize(
    ("rule", "candidates"),
    [((3, 2, "30d"), 1), ((3, 1, "30d"), 3), ((10, 1, "60d"), 0)],
)
def test_soft_bounces_add_up_as_the_policy_says(
    desk_with: Any, rule: tuple[int, int, str], candidates: int
) -> None:
    """Three in thirty days over two sends, none delivered since; no vendor turns soft into hard by itself.

    Source: Marketo's community on soft bounces (practitioners use three, others ten): a rule to be set.
    """
    desk = desk_with(SOFT.format(*rule))
    answer = desk.call("report_bounces").answer
    assert answer.facts["soft_candidates"] == candidates


def test_how_far_apart_two_bounces_count_is_a_rule_to_be_set(desk_with: Any) -> None:
    """Ten days apart is not enough as shipped, and is where the installation says a week."""
    desk = desk_with('[mailboxes]\napart = "7d"\n')
    card = desk.call("purge_bounces").card
    ops, _ = desk.rows(card, "invalid_by_two_close_events")
    assert "marketo delete" in ops
    assert "7 days apart" in card.header.summary
