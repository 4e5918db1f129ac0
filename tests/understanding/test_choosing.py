"""Typed answers to questions: what picks an option, what drops the question, what is asked again."""

import pytest

from bot.assistant.model import PastTurn
from bot.assistant.utterance import Choice

TWO = (
    Choice(label="Report bounces", text="[report bounces] all of it"),
    Choice(label="Purge bounces (a change, to be cleared)", text="[purge bounces] all of it"),
)
GROUPS = tuple(Choice(label=each, text=each) for each in ("Newsletter", "Product Updates", "All mail"))
SOLE = (Choice(label="Yes, plan it for everybody", text="[purge bounces] purge"),)


def asked(choices, outcome="asked", **more):
    return PastTurn(said="before", outcome=outcome, principal="U_MAX", choices=choices, **more)


@pytest.mark.parametrize(
    ("said", "choices", "place"),
    [
        ("1", TWO, 0),
        ("2.", TWO, 1),
        ("#2", TWO, 1),
        ("option 2 please", TWO, 1),
        ("the second one", TWO, 1),
        ("ok, the first", TWO, 0),
        ("2nd", TWO, 1),
        ("the latter", TWO, 1),
        ("the former", TWO, 0),
        ("the last one", GROUPS, 2),
        ("report bounces", TWO, 0),
        ("Purge", TWO, 1),
        ("the report, please", TWO, 0),
        ("I mean the purge", TWO, 1),
        ("product updates", GROUPS, 1),
        ("updates", GROUPS, 1),
        ("Newsleter", GROUPS, 0),
        ("all mail", GROUPS, 2),
        ("yes", SOLE, 0),
        ("yes please", SOLE, 0),
        ("everybody", SOLE, 0),
        ("yes, everybody", SOLE, 0),
        ("all of them", SOLE, 0),
        ("Yes, for all of them please.", SOLE, 0),
        ("go ahead", SOLE, 0),
        ("plan it for everybody", SOLE, 0),
    ],
)
def test_what_is_typed_picks_an_option(said, choices, place):
    """A number, an ordinal, the words of an option or a part of them, or yes where there is only one."""
    from bot.assistant.choosing import chosen

    assert chosen(said, asked(choices)) == choices[place]


@pytest.mark.parametrize(
    ("said", "choices"),
    [
        ("yes", TWO),
        ("both", TWO),
        ("bounces", TWO),
        ("3", TWO),
        ("0", TWO),
        ("the third", TWO),
        ("the latter", GROUPS),
        ("not the purge", TWO),
        ("don't purge", TWO),
        ("purge bounces in Marketo", TWO),
        ("no", SOLE),
        ("everybody in Germany", SOLE),
        ("yes, but only in Marketo", SOLE),
        ("plan it for acme.com", SOLE),
        ("the Product News", GROUPS),
        ("", TWO),
    ],
)
def test_what_picks_none_or_several_is_never_taken_for_one(said, choices):
    """Words that fit no option, fit several, refuse one or say more than one does."""
    from bot.assistant.choosing import chosen

    assert chosen(said, asked(choices)) is None


@pytest.mark.parametrize("said", ["yes", "jane", "suppress", "all of them"])
def test_suggestions_beside_a_refusal_are_only_picked_by_number_or_in_full(said):
    """Nobody asked for an example: its number or all its words are needed."""
    from bot.assistant.choosing import chosen

    offered = (Choice(label="suppress jane@acme.com", text="suppress jane@acme.com"),)
    assert chosen(said, asked(offered, outcome="declined")) is None
    assert chosen("1", asked(offered, outcome="declined")) == offered[0]


def test_everybody_typed_is_the_button(say):
    """After the question whether a change may be for everybody, typing so plans it."""
    assert say("purge the bounced contacts at acme.com").outcome == "asked"
    planned = say("yes, everybody")
    assert (planned.outcome, planned.tool) == ("planned", "purge_bounces")


@pytest.mark.parametrize("words", ["no", "never mind", "forget it", "cancel that", "No, thanks"])
def test_a_question_can_be_dropped(say, words, bot):
    """No drops what was asked about, is no evidence and no reference, and leaves nothing open."""
    assert say("resubscribe jane@acme.com").outcome == "asked"
    assert "Nothing was planned" in say(words).text
    assert "Words approve nothing" in say("yes").text
    with bot.store.read() as connection:
        from sqlalchemy import text

        assert connection.execute(text("select count(*) from plans")).scalar() == 0


@pytest.mark.parametrize("words", ["yes", "I don't know", "no idea", "I don't have one", "hmm"])
def test_what_says_nothing_is_asked_again(say, words):
    """Neither yes nor “I don't know” is a reference; the question stays open and its answer completes it."""
    asked_first = say("erase jane@acme.com for privacy")
    again = say(words)
    assert again.outcome == "asked"
    assert asked_first.text in again.text
    assert dict(say("DSR-17").args)["request_reference"] == "DSR-17"


def test_yes_to_two_readings_asks_which(say):
    """Both options stay; the number then decides, and the other one can follow."""
    say("show me the bounce report and then purge the bounced contacts")
    again = say("both")
    assert again.outcome == "asked"
    assert len(again.choices) == 2
    assert say("the first one").tool == "report_bounces"
    assert say("and the other one").tool == "purge_bounces"


def test_words_that_are_no_option_leave_the_question_open_once(say):
    """A word or two that fit nothing repeat the question, and do not start something else."""
    first = say("show me the bounce report and then purge the bounced contacts")
    again = say("country")
    assert again.outcome == "asked"
    assert again.text.endswith(first.text)
    assert say("2").tool == "purge_bounces"


def test_somebody_elses_yes_answers_nothing(say):
    """Only who was asked answers; a colleague's yes is no vote and no answer."""
    say("purge the bounced contacts at acme.com")
    assert "Words approve nothing" in say("yes", "U_DANA").text


def test_who_was_named_before_a_question_is_not_forgotten_after_it(say):
    """Words that narrow a change count although they stand in the message before the answer."""
    say("[normalize fields] make the fields of people at acme.com uniform")
    asked_again = say("country")
    assert asked_again.outcome == "asked"
    assert "acme.com" in asked_again.text
