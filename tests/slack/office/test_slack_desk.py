"""The approval card as those who decide use it: quorum, edit, hand on, later, reject, withdraw, undo."""

import time
from typing import Any

import pytest

pytestmark = pytest.mark.slack


def lines(value: str) -> dict[str, Any]:
    return {"type": "plain_text_input", "value": value}


def test_two_votes_are_counted_on_the_card_and_the_story_follows(office: Any) -> None:
    """The first of two is shown as one of two; after the second the card tells who, when, which clause."""
    thread = office.asked("U_IVY")
    office.press("U_MAX", thread.card(), "clearance_approve")
    card = thread.card("So far 1 of 2: Max Okafor")
    office.press("U_DANA", card, "clearance_approve")
    landed = thread.said("Landed")
    story = str(thread.card("· landed"))
    for told in ("Max Okafor approved", "Dana Petrov approved", "suppress-two", "Read back"):
        assert told in story
    assert "clearance_undo" in str(landed)
    assert "clearance_approve" not in story


def test_editing_makes_a_new_revision_and_voids_votes(office: Any) -> None:
    """A request made smaller needs its votes anew, and clicks on the old revision do not count."""
    gone, kept = office.somebody(), office.somebody()
    thread = office.asked("U_IVY", f"suppress {gone}, {kept}")
    old = thread.card()
    office.press("U_MAX", old, "clearance_approve")
    thread.card("So far 1 of 2")
    office.press("U_DANA", old, "clearance_edit")
    shown = office.modal("Leave out")
    assert "2 people" in str(shown)
    office.fill("U_DANA", clearance_left_out=lines(gone))
    card = thread.card("Revision 2")
    assert "So far" not in str(card)
    assert "votes for an earlier revision do not count" in str(card)
    assert "1 person" in str(card)
    thread.said("was made smaller")
    stale = next(each for block in old["blocks"] for each in block.get("elements", ()) if each.get("value"))
    office.press("U_MAX", card, "clearance_approve", value=stale["value"])
    office.told("U_MAX", "was changed since")
    assert "So far" not in str(thread.card("Revision 2"))
    office.press("U_MAX", thread.card("Revision 2"), "clearance_edit")
    office.modal("It touches 1 person now")


def test_editing_keeps_the_systems_that_stay_ticked(office: Any) -> None:
    """The other systems' rows are left out, with nothing of ours for people who are left out whole."""
    thread = office.asked()
    office.press("U_MAX", thread.card(), "clearance_edit")
    shown = office.modal("Systems to keep")
    boxes = next(each for each in shown["blocks"] if each.get("block_id") == "clearance_systems")
    assert len(boxes["element"]["options"]) > 1
    kept = {"value": "salesforce", "text": {"type": "plain_text", "text": "Salesforce"}}
    office.fill("U_MAX", clearance_systems={"type": "checkboxes", "selected_options": [kept]})
    card = thread.card("Revision 2")
    header = office.app.engine.card(thread.plan).header
    assert set(header.counts) <= {"salesforce", "clearance"}
    assert "Held back" in str(card)


def test_editing_says_what_cannot_be_left_out(office: Any) -> None:
    """Addresses and rows that the request does not have are named to the one who edits."""
    thread = office.asked()
    card = thread.card()
    for typed, told in (("nobody@nowhere.example", "everybody you named"), ("99", "no such row")):
        office.press("U_MAX", card, "clearance_edit")
        office.modal("Leave out")
        office.fill("U_MAX", clearance_left_out=lines(typed))
        office.told("U_MAX", told)
    office.press("U_MAX", card, "clearance_edit")
    office.modal("Leave out")
    office.fill("U_MAX", clearance_cap={"type": "number_input", "value": "1"})
    thread.card("Revision 2")
    office.press("U_GUEST", thread.card("Revision 2"), "clearance_edit")
    office.modal("Leave out")
    office.fill("U_GUEST", clearance_cap={"type": "number_input", "value": "1"})
    office.told("U_GUEST", "can edit this request")


def test_a_decision_is_handed_to_somebody_who_may_decide(office: Any) -> None:
    """The other one gets the card and the words; somebody who may not decide cannot be asked."""
    thread = office.asked()
    card = thread.card()
    office.press("U_MAX", card, "clearance_delegate")
    office.modal("Who should decide")
    asked = {"clearance_taker": {"type": "users_select", "selected_user": "U_DANA"}}
    office.fill("U_MAX", **asked, clearance_note=lines("you know them"))
    office.told("U_MAX", "I asked Dana Petrov")
    copy = office.inbox("U_DANA", thread.plan, "clearance_approve")
    thread.card("Max Okafor asked Dana Petrov to decide")
    for user, told in (("U_ANA", "cannot decide on this"), ("U_MAX", "That is you")):
        office.press("U_MAX", card, "clearance_delegate")
        office.modal("Who should decide")
        office.fill("U_MAX", clearance_taker={"type": "users_select", "selected_user": user})
        office.told("U_MAX", told)
    office.slack.groups["marops"].discard("U_DANA")
    office.press("U_DANA", copy, "clearance_approve")
    home = office.slack.direct("U_DANA")
    office.slack.wait(
        lambda: [
            each for each in office.slack.messages(home, seen_by="U_DANA") if "not in it now" in str(each)
        ]
    )
    assert copy["channel"] == home
    assert "waiting for approval" in str(thread.card())


def test_later_puts_it_off_for_one_person(office: Any) -> None:
    """A moment after the request expires is refused; one before it is kept and said."""
    thread = office.asked()
    card = thread.card()
    now = int(time.time())
    for moment, told in (
        (now + 30 * 86_400, "expires before that"),
        (now - 60, "has passed"),
        (now + 3_600, "is put off"),
    ):
        office.press("U_MAX", card, "clearance_snooze")
        office.modal("Remind me")
        office.fill("U_MAX", clearance_until={"type": "datetimepicker", "selected_date_time": moment})
        office.told("U_MAX", told)
    office.press("U_ANA", card, "clearance_snooze")
    office.modal("Remind me")
    office.fill("U_ANA", clearance_until={"type": "datetimepicker", "selected_date_time": now + 60})
    office.told("U_ANA", "somebody else of marops")


def test_votes_of_those_who_left_do_not_count_at_the_deciding_click(office: Any) -> None:
    """One who approved and then left the group, or the company, is looked up again before it is cleared."""
    for leave in (office.slack.groups["marops"].discard, office.slack.gone.add):
        thread = office.asked("U_IVY")
        office.press("U_MAX", thread.card(), "clearance_approve")
        thread.card("So far 1 of 2: Max Okafor")
        leave("U_MAX")
        office.press("U_DANA", thread.card(), "clearance_approve")
        card = thread.card("So far 1 of 2: Dana Petrov")
        assert "Max Okafor" not in str(card)
        office.slack.groups["marops"].add("U_MAX")
        office.slack.gone.discard("U_MAX")
        office.press("U_MAX", card, "clearance_approve")
        thread.said("Landed")


def test_the_deactivated_cannot_vote_on_a_card_they_still_see(office: Any) -> None:
    """Between the card and the click somebody was deactivated: the click does not count."""
    thread = office.asked()
    card = thread.card()
    office.slack.gone.add("U_MAX")
    office.press("U_MAX", card, "clearance_approve")
    office.told("U_MAX", "have no vote")
    assert "waiting for approval" in str(thread.card())


def test_the_requester_withdraws_and_the_card_says_so(office: Any) -> None:
    """Nobody decides on a request that was taken back."""
    thread = office.asked()
    card = thread.card()
    office.press("U_ANA", card, "clearance_reject")
    office.modal("Why")
    office.fill("U_ANA", clearance_reason=lines("not needed"))
    thread.card("withdrawn")
    office.press("U_MAX", card, "clearance_snooze")
    office.modal("Remind me")
    moment = int(time.time()) + 60
    office.fill("U_MAX", clearance_until={"type": "datetimepicker", "selected_date_time": moment})
    office.told("U_MAX", "It was withdrawn")
