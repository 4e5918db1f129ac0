"""Thumbs on answers and cards, what was meant instead, whole sections, and doing what a page names."""

from datetime import UTC, datetime
from typing import Any

import pytest

from bot.store import feedback, gaps

pytestmark = pytest.mark.slack

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


def thumb(message: dict[str, Any], way: str) -> dict[str, Any]:
    """What Slack sends of a pressed thumb: the value of that half of the pair."""
    pair = next(
        each
        for block in message["blocks"]
        for each in block.get("elements", ())
        if each.get("action_id") == "clearance_feedback"
    )
    return {"value": pair["positive_button" if way == "up" else "negative_button"]["value"]}


def kept(office: Any, tool: str) -> list[Any]:
    with office.app.store.read() as connection:
        return [each for each in feedback.verdicts(connection, since=LONG_AGO) if each.tool == tool]


def test_a_thumb_up_is_kept_with_page_and_section(office: Any) -> None:
    """An answer from the pages carries which section it showed; the last word of a person counts."""
    thread = office.asked("U_ANA", "what does the runbook say about hard bounces")
    answer = thread.said("clearance_feedback")
    office.press("U_ANA", answer, "clearance_feedback", **thumb(answer, "up"))
    found = office.slack.wait(
        lambda: [each for each in kept(office, "search_runbooks") if each.principal == "U_ANA"]
    )[0]
    assert found.verdict == "up"
    assert found.page.partition("#")[0].endswith(".md")
    assert found.section
    assert found.quote


def test_a_thumb_down_on_a_page_is_a_gap_and_a_correction_a_case(office: Any) -> None:
    """That was wrong: the likely tools are offered; what was meant becomes a case for evaluation."""
    thread = office.asked("U_MAX", "what does the runbook say about soft bounces")
    answer = thread.said("clearance_feedback")
    office.press("U_MAX", answer, "clearance_feedback", **thumb(answer, "down"))
    shown = office.modal("What did you mean")
    options = [each["value"] for each in shown["blocks"][1]["element"]["options"]]
    assert "report_bounces" in options
    assert "search_runbooks" not in options
    office.fill(
        "U_MAX",
        clearance_meant={
            "type": "static_select",
            "selected_option": {"value": "report_bounces", "text": {"type": "plain_text", "text": "x"}},
        },
        clearance_words={"type": "plain_text_input", "value": "figures, for jo@acme.example"},
    )
    office.told("U_MAX", "that is a test now")
    with office.app.store.read() as connection:
        cases = feedback.cases(connection)
        missing = gaps.since(connection, LONG_AGO)
        said = [each for each in feedback.verdicts(connection, since=LONG_AGO) if each.verdict == "down"]
    assert any(
        each["say"] == "what does the runbook say about soft bounces"
        and each["tool"] == "report_bounces"
        and each["as"] == "marketer"
        for each in cases
    )
    assert "thumbs_down" in [each.kind for each in missing if "soft bounces" in each.question]
    assert said[-1].comment == "figures, for someone@example.com"


def test_something_else_is_kept_as_words(office: Any) -> None:
    """Whoever meant none of the tools says so in words; no case is made of it."""
    thread = office.asked("U_DANA", "report bounces of the last 30 days")
    answer = thread.said("clearance_feedback")
    office.press("U_DANA", answer, "clearance_feedback", **thumb(answer, "down"))
    office.modal("What did you mean")
    office.fill(
        "U_DANA",
        clearance_meant={
            "type": "static_select",
            "selected_option": {"value": "-", "text": {"type": "plain_text", "text": "x"}},
        },
        clearance_words={"type": "plain_text_input", "value": "by brand please"},
    )
    office.told("U_DANA", "will read that")
    found = [each for each in kept(office, "report_bounces") if each.principal == "U_DANA"]
    assert [(each.verdict, each.comment) for each in found] == [("down", "by brand please")]
    with office.app.store.read() as connection:
        assert not [each for each in feedback.corrected(connection) if each.principal == "U_DANA"]


def test_without_thumbs_there_are_plain_buttons(office: Any) -> None:
    """A Slack that refuses the newer block gets the same as two buttons."""
    office.slack.refused = {"context_actions"}
    thread = office.asked("U_IVY", "help")
    answer = thread.said("clearance_feedback_up")
    office.press("U_IVY", answer, "clearance_feedback_up")
    assert office.slack.wait(lambda: [each for each in kept(office, "help") if each.principal == "U_IVY"])


def test_a_card_can_be_judged_as_well(office: Any) -> None:
    """A plan that was not meant is a verdict on the words that made it."""
    thread = office.asked("U_ANA")
    card = thread.card()
    thread.remembered()
    office.press("U_ANA", card, "clearance_feedback", **thumb(card, "down"))
    office.modal("What did you mean")
    found = office.slack.wait(lambda: kept(office, "suppress_contacts"))
    assert (found[0].verdict, found[0].principal) == ("down", "U_ANA")


def test_a_foreign_thumb_is_refused_in_words(office: Any) -> None:
    """A value that we did not write changes nothing and is answered."""
    thread = office.asked("U_ANA", "help")
    answer = thread.said("clearance_feedback")
    office.press("U_ANA", answer, "clearance_feedback", value="up.t.1; drop table feedback")
    office.told("U_ANA", "don't know that button")


def test_the_section_is_shown_whole(office: Any) -> None:
    """A long section is begun in the answer; the button brings all of it under the answer."""
    thread = office.asked("U_ANA", "how do I import a trade show list")
    answer = thread.said("clearance_section_0")
    before = len(thread.messages())
    office.press("U_ANA", answer, "clearance_section_0")
    office.slack.wait(lambda: len(thread.messages()) > before)
    section = thread.messages()[-1]
    assert len(str(section["blocks"])) > 300
    office.press("U_ANA", answer, "clearance_section_0", value="t.999999999.0")
    office.told("U_ANA", "don't remember that")


def test_what_a_page_names_can_be_done_by_the_one_who_presses(office: Any) -> None:
    """Do it asks for the tool's change as the presser; it waits for clearance like any other."""
    thread = office.asked("U_MAX", "what does the runbook say about hard bounces")
    answer = thread.said("Do it")
    office.press("U_DANA", answer, "clearance_choice_0")
    card = thread.card()
    assert "Dana Petrov" in str(card)
    assert "clearance_approve" in str(card)
