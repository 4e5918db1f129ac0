"""A change that is about everybody is not planned for the few who were named."""

from typing import Any


def test_a_purge_for_one_company_is_a_question_and_the_button_plans_it_for_everybody(desk: Any) -> None:
    """The plan would be larger than what was said; asked for everybody, it is planned."""
    reply = desk.say("purge the bounced contacts at acme.com")
    assert (reply.outcome, reply.card) == ("asked", None)
    assert reply.text == (
        "I can't purge bounces for “acme.com” alone: it takes everybody whom its rule finds. "
        "Shall I plan it for everybody?"
    )
    [everybody] = reply.choices
    planned = desk.say(everybody.text)
    assert (planned.outcome, planned.tool) == ("planned", "purge_bounces")


def test_a_report_for_one_company_says_that_it_is_about_everybody(desk: Any) -> None:
    """The figures are shown under a sentence that says whose they are."""
    reply = desk.say("report bounces at acme.com")
    assert (reply.outcome, reply.tool) == ("answered", "report_bounces")
    note, sentence, *_ = reply.answer.text.split("\n")
    assert note == "This is about everybody: I can't narrow it to “acme.com”."
    assert "bounced" in sentence
