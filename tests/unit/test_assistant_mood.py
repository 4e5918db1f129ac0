"""Orders, questions, negations and nouns are told apart."""

import pytest

from bot.assistant.offline.mood import mood
from bot.assistant.offline.spelling import Speller


@pytest.mark.parametrize(
    ("words", "verb"),
    [
        ("purge the bounces", "purge"),
        ("can you please get rid of dead emails", "get rid of"),
        ("show me bounces and purge them", "purge"),
        ("get these addresses suppressed", "suppress"),
        ("bounced contacts need purging", "purge"),
        ("xdomain: suppress", "suppress"),
        ("stop emailing xemail", "stop emailing"),
        ("never email xemail again", "never email"),
        ("please don't email xemail", "don't email"),
        ("i'd like the dupes merged", "merge"),
        ("would you mind pausing the hygiene agent?", "pause"),
        ("wipe dead emails but don't touch marketo", "wipe"),
        ("make sure xemail is unsubscribed", "unsubscribe"),
        ("we need to remove xemail", "remove"),
        ("undo it", "undo"),
    ],
)
def test_orders(words, verb):
    """An affirmative verb at its place is an order."""
    read = mood(words, frozenset({"undo"}))
    assert read.act == "order"
    assert verb in read.ordered


@pytest.mark.parametrize(
    ("words", "act"),
    [
        ("don't delete anything", "statement"),
        ("do not merge", "statement"),
        ("no need to suppress xemail", "statement"),
        ("how do i delete contacts", "how"),
        ("how do i find and delete contacts", "how"),
        ("can an agent delete contacts?", "how"),
        ("should we purge bounces", "how"),
        ("can we launch xname safely", "how"),
        ("who deleted xemail", "past"),
        ("did anyone merge contacts", "past"),
        ("how many contacts bounced", "past"),
        ("what would a purge remove", "look"),
        ("list contacts to delete", "look"),
        ("which contacts can i find and delete", "look"),
        ("send me the bounces", "look"),
        ("the last purge", "statement"),
        ("merge history", "statement"),
        ("sync status", "statement"),
    ],
)
def test_what_orders_nothing(words, act):
    """Negations, ways, the past, wishes to look, and nouns."""
    read = mood(words)
    assert read.act == act
    assert not read.ordered


def test_negated_verbs_are_known():
    """What was forbidden is told apart from what was not said."""
    assert mood("don't delete anything").negated == {"delete"}
    assert mood("bounces").negated == frozenset()


def test_misspelt_words_are_put_right():
    """One slip, two in long words, same first letter; known and short words stay."""
    speller = Speller(["purge", "bounced", "contacts", "suppression"])
    assert speller.corrected("puge bonced contcts") == "purge bounced contacts"
    assert speller.corrected("suppxessixn") == "suppression"
    assert speller.corrected("xname xemail purging zzzzz") == "xname xemail purging zzzzz"
