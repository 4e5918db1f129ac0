"""Words made plain, what cannot be read, what was understood."""

import pytest

from bot.assistant.text import foreign_script, neutral, plain, wordless
from bot.assistant.understood import in_words, understood
from bot.assistant.unreadable import approves_by_typing, foreign_language, unreadable


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("<mailto:a@b.co|a@b.co>", "a@b.co"),
        ("<mailto:a@b.co>", "a@b.co"),
        ("<@U123ABC> purge bounces", "purge bounces"),
        ("ask <@U123ABC> about it", "ask @U123ABC about it"),
        ("<#C1|marketing>", "#marketing"),
        ("<#C1>", "#C1"),
        ("<http://acme.com|acme.com>", "acme.com"),
        ("<https://acme.com/x|read this>", "read this https://acme.com/x"),
        ("<https://acme.com/x>", "https://acme.com/x"),
        ("<!here> look", "look"),
        ("a &lt; b &amp;&amp; c &gt; d", "a < b && c > d"),
        ("two   spaces\u00a0here\n\n  and lines ", "two spaces here\nand lines"),
    ],
)
def test_slack_tokens_become_words(raw, text):
    """Mentions, channels, links and entities read as people see them."""
    assert plain(raw).text == text


def test_hidden_characters_are_noticed():
    """Zero-width, bidi and tag characters are taken out and reported; emoji joiners are only taken out."""
    assert plain("pur\u200bge").text == "purge"
    assert plain("pur\u200bge").hidden
    assert plain("abc\u202e").hidden
    assert plain("x" + chr(0xE0041)).hidden
    assert not plain("👩\u200d💻 hi").hidden
    assert not plain("plain").hidden


def test_emoji_and_scripts_are_told_from_words():
    """Emoji, shortcodes and punctuation are no words; most letters decide about the script."""
    assert wordless("🙏 :tada: !!")
    assert not wordless("ok 🙏")
    assert foreign_script("покажи bounce отказы")
    assert not foreign_script("show Ärger")
    assert not foreign_script("123")


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("lösche die Kontakte die nicht mehr existieren", "German"),
        ("supprime tous les contacts de la semaine dernière", "French"),
        ("muestra los rebotes de la semana pasada", "Spanish"),
        ("mostra quanti contatti sono nella lista per favore il mese", "Italian"),
        ("verwijder de contacten van de vorige week", "Dutch"),
        ("bounces in die last week for de list", ""),
        ("purge bounces", ""),
    ],
)
def test_other_languages_are_recognised_by_their_small_words(text, language):
    """Function words of another language outnumber English ones."""
    assert foreign_language(text) == language


def test_readable_requests_have_no_trouble():
    """English of ordinary length passes."""
    assert unreadable("bounces last week, please") == ""
    assert unreadable("contacts in São Paulo named José") == ""


@pytest.mark.parametrize(
    "text", ["approved", "Yes.", "ok, ship it!", "approve the plan from me", "I approve this", "clear P-12"]
)
def test_typed_approvals_are_recognised(text):
    """Words that only approve."""
    assert approves_by_typing(text)


@pytest.mark.parametrize(
    "text",
    [
        "who approved P-12?",
        "clear the invalid flag of people who clicked",
        "do it for leads too",
        "yes bounces",
    ],
)
def test_other_requests_are_no_approval(text):
    """Words that ask for something are none."""
    assert not approves_by_typing(text)


def test_what_is_shown_cannot_ping_or_link():
    """Mentions and markup of records are harmless when shown."""
    assert neutral("<!channel> <@U1> <https://x|y>\u200b") == "(channel› (@U1› ‹https://x|y›"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (True, "yes"),
        (False, "no"),
        (["a", "b"], "a, b"),
        ("last_30_days", "last 30 days"),
        ({"field": "title", "op": "contains", "value": "VP"}, "title contains VP"),
        ({"field": "country", "op": "is_not_set"}, "country is not set"),
        (
            {"all": [{"field": "a", "op": "eq", "value": 1}, {"not": {"member": "B"}}]},
            "a is 1 and not (member of B)",
        ),
        ({"any": [{"member": "A"}, {"member": "B"}]}, "member of A or member of B"),
        (
            {
                "event": "page_visit",
                "where": {"field": "name", "op": "contains", "value": "pricing"},
                "count": {"gte": 2},
                "within": "last_30_days",
            },
            "page visit (name contains pricing) at least 2 times within last 30 days",
        ),
        ([{"field": "country", "value": "Germany"}], "country → Germany"),
        ({"field": "country", "value": None}, "country → empty"),
        ({"a": 1, "b": 2}, "a: 1, b: 2"),
    ],
)
def test_values_are_shown_in_words(value, words):
    """Filter trees and literals read as sentences."""
    assert in_words(value) == words


def test_a_call_is_one_line():
    """Tool first, then the arguments that were given."""
    from tools.registry import load

    tool = load()["report_bounces"]
    assert understood(tool, {"system": "marketo", "period": "this_week"}) == (
        "Report bounces · period: this week · system: marketo"
    )
