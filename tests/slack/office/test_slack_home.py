"""The Home tab at work: the queue, cards on demand, runs with Undo, and who may open what."""

from typing import Any

import pytest

pytestmark = pytest.mark.slack


def the_board(office: Any, user: str, words: str) -> str:
    before = len(office.slack.homes(user))
    office.slack.open_home(user)

    def shown() -> str:
        boards = map(str, office.slack.homes(user)[before:])
        return next((board for board in boards if words in board), "")

    return str(office.slack.wait(shown))


def press_home(office: Any, user: str, action: str, value: str) -> int:
    pressed = {"type": "button", "action_id": action, "block_id": "b", "value": value, "action_ts": "1"}
    return office.deliver(
        {
            "type": "block_actions",
            "api_app_id": "A0CLEARANCE",
            "user": {"id": user, "name": user, "team_id": "T0DEMO"},
            "team": {"id": "T0DEMO"},
            "trigger_id": "t.1",
            "container": {"type": "view", "view_id": "V1"},
            "actions": [pressed],
        }
    )


def test_the_board_shows_the_queue_runs_and_policy(office: Any) -> None:
    """An approver sees what waits with its age; after the run it can be undone from there."""
    thread = office.asked("U_ANA")
    card = thread.card()
    board = the_board(office, "U_MAX", "Waits on you")
    if thread.plan not in board:  # other tests have left more than a page, the longest waiting first
        press_home(office, "U_MAX", "clearance_page_1", "1")
        office.slack.wait(lambda: thread.plan in str(office.slack.home("U_MAX")))
        board = str(office.slack.home("U_MAX"))
    assert "Ana Duarte" in board
    assert "Who decides on what" in board
    office.press("U_MAX", card, "clearance_approve")
    thread.said("Landed")
    board = the_board(office, "U_MAX", "Ran lately")
    assert "clearance_undo" in board
    own = the_board(office, "U_ANA", thread.plan)
    assert "You asked for" in own
    assert "Ran lately" not in own


def test_a_card_is_opened_from_the_board_by_those_who_may_see_it(office: Any) -> None:
    """Open brings the card with its buttons into the direct message; others are refused."""
    thread = office.asked("U_ANA")
    thread.card()
    press_home(office, "U_DANA", "clearance_open", thread.plan)
    card = office.inbox("U_DANA", thread.plan)
    office.press("U_DANA", card, "clearance_approve")
    thread.said("Landed")
    press_home(office, "U_GUEST", "clearance_open", thread.plan)
    home = office.slack.direct("U_GUEST")
    refused = office.slack.wait(lambda: office.slack.messages(home, seen_by="U_GUEST"))
    assert "for its asker" in str(refused[-1])
    press_home(office, "U_DANA", "clearance_open", "P-1; drop")
    own = office.slack.direct("U_DANA")
    office.slack.wait(
        lambda: [
            each for each in office.slack.messages(own, seen_by="U_DANA") if "know that request" in str(each)
        ]
    )


def test_the_queue_has_pages(office: Any) -> None:
    """More than ten requests turn into pages; another page is published in place."""
    threads = [office.asked("U_ANA") for _ in range(11)]
    for thread in threads:
        thread.card()
    the_board(office, "U_IVY", "Page 1 of 2")
    press_home(office, "U_IVY", "clearance_page_1", "1")
    office.slack.wait(lambda: "Page 2 of 2" in str(office.slack.home("U_IVY")))
