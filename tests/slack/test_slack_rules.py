"""Slack's limits, ids and text at the border, each on its own."""

from typing import Any

import pytest

from bot.slack import escape, ids, rules
from bot.slack.views.fit import fitted, weight
from bot.slack.views.pieces import button, header, section, sections, table, titled
from tools.errors import InvalidArguments


def a_section(text: str = "x", **more: Any) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}, **more}


def some_buttons(count: int, action: str = "") -> dict[str, Any]:
    return {"type": "actions", "elements": [button(action or f"a{n}", "B", "v") for n in range(count)]}


LONG_TITLE = {"title": {"text": "x" * 101}}
BROKEN = [
    ([a_section()] * 51, "51 blocks"),
    ([a_section(block_id="a"), a_section(block_id="a")], "block_id 'a' is used twice"),
    ([some_buttons(2, "same")], "action_id 'same' is used twice"),
    ([some_buttons(26)], "26 actions elements"),
    ([a_section("x" * 3001)], "section has 3001"),
    ([a_section("")], "section is empty"),
    ([{"type": "section"}], "a section needs text or fields"),
    ([{"type": "section", "fields": [{"type": "mrkdwn", "text": "x"}] * 11}], "11 fields"),
    ([{"type": "section", "fields": [{"type": "mrkdwn", "text": "x" * 2001}]}], "field has 2001"),
    ([{"type": "header", "text": {"type": "plain_text", "text": "x" * 151}}], "header has 151"),
    ([{"type": "markdown", "text": "x" * 12001}], "markdown has 12001"),
    ([{"type": "context", "elements": [{"type": "mrkdwn", "text": "x"}] * 11}], "11 context elements"),
    ([a_section("x" * 2900)] * 5, "characters in all"),
    ([{"type": "table", "rows": [[{"type": "raw_text", "text": "x"}]] * 101}], "101 table rows"),
    ([{"type": "table", "rows": [[{"type": "raw_text", "text": "x"}] * 21]}], "21 table columns"),
    ([{"type": "table", "rows": []}], "a table needs a row"),
    ([{"type": "table", "rows": [[{"type": "raw_text", "text": ""}]]}], "a table cell is empty"),
    ([{"type": "actions", "elements": [{**button("a", "B", "v"), "value": "x" * 2001}]}], "value has 2001"),
    ([{"type": "actions", "elements": [button("a", "B", "v", confirm=LONG_TITLE)]}], "confirm title"),
    (
        [a_section(accessory={"type": "button", "action_id": "a", "text": {"text": "x" * 76}})],
        "button has 76",
    ),
    (
        [{"type": "input", "element": {"type": "plain_text_input", "action_id": "a"}}],
        "cannot be in a message",
    ),
    ([a_section(block_id="x" * 256)], "block_id has 256"),
]


@pytest.mark.parametrize(("blocks", "fault"), BROKEN)
def test_each_limit_is_found(blocks: list[dict[str, Any]], fault: str) -> None:
    """A payload that breaks one limit is named by that limit."""
    assert any(fault in each for each in rules.faults(blocks, text="x")), rules.faults(blocks, text="x")


def test_a_message_needs_text_and_a_good_one_has_no_fault() -> None:
    """Top-level text is always sent; blocks within limits pass."""
    assert rules.faults([a_section()], text="") == ["a message needs top-level text"]
    assert rules.faults([a_section(), header("h"), some_buttons(3)], text="x") == []


def test_views_have_limits_of_their_own() -> None:
    """A modal's titles and metadata are short, and it takes no table."""
    view = {
        "type": "modal",
        "title": {"text": "x" * 25},
        "private_metadata": "x" * 3001,
        "blocks": [{"type": "table", "rows": [[{"type": "raw_text", "text": "x"}]]}],
    }
    found = "; ".join(rules.view_faults(view))
    for part in ("title has 25", "private_metadata has 3001", "a table block cannot be in a modal"):
        assert part in found


@pytest.mark.parametrize(
    "value", ["", "P-1", "P-1.xyz", "R-1.3fa9c1d2e4b5", "P-1.3fa9c1d2e4b5x", "P-1042.3FA9C1D2E4B5"]
)
def test_a_foreign_button_value_is_refused(value: str) -> None:
    """Only what we wrote ourselves is read back from a button."""
    with pytest.raises(InvalidArguments):
        ids.parse(value)
    with pytest.raises(InvalidArguments):
        ids.run(value)


def test_button_values_come_back() -> None:
    """Plan, digest prefix and run survive the trip."""
    ref = ids.PlanRef("P-1042", "3fa9c1d2e4b5")
    assert ids.parse(ref.value()) == ref
    assert ids.run("R-17") == "R-17"


def test_block_ids_are_new_each_time_and_given_ones_stay() -> None:
    """Two versions of one message share no block id; an input keeps its own."""
    first, second = ids.stamped([a_section(), a_section(block_id="mine")]), ids.stamped([a_section()])
    assert first[0]["block_id"] != second[0]["block_id"]
    assert first[1]["block_id"] == "mine"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("<@U0BOT> suppress <mailto:a@b.example|a@b.example>", "suppress a@b.example"),
        ("<@U0BOT|clearance> &lt;b&gt; &amp; c", "<b> & c"),
        ("ask <@U_MAX> or <@U1|max> in <#C1|marops> <#C2>", "ask @U_MAX or @max in #marops #C2"),
        ("<!here> <!subteam^S1|@marops> <!subteam^S2>", "@here @marops @subteam"),
        (
            "see <https://acme.example/a|acme.example/a> and <https://x.example>",
            "see acme.example/a and https://x.example",
        ),
        ("<mailto:c@d.example>", "c@d.example"),
        ("zero\u200bwidth \u202eturned  twice", "zerowidth turned twice"),
    ],
)
def test_slack_markup_becomes_what_was_typed(typed: str, meant: str) -> None:
    """Addresses, links and mentions read as the words a person sees; the bot's own mention is gone."""
    assert escape.words(typed, bot="U0BOT") == meant


def test_outgoing_text_is_harmless() -> None:
    """Nothing that goes out can mention, link or hide."""
    assert escape.mrkdwn("<!channel> a&b @Channel") == "&lt;!channel&gt; a&amp;b ＠Channel"
    assert escape.visible("a\u2066b\x00c\nd\te\U000e0041") == "abc\nd\te"
    assert escape.clip("abcdef", 4) == "abc…"
    assert escape.mentioned("<@U_A> <@U1|x> <!here>") == ("U_A", "U1")


def test_long_text_is_split_between_words() -> None:
    """Paragraphs of any length become sections that each fit, and nothing is lost."""
    text = "word " * 2000
    parts = [each["text"]["text"] for each in sections(text)]
    assert max(map(len, parts)) <= 3000
    assert " ".join(parts).split() == text.split()
    assert [len(each["text"]["text"]) for each in sections("x" * 5000)] == [2400, 2400, 200]


def test_a_message_that_is_too_heavy_loses_rows_then_words() -> None:
    """Tables give up rows first, paragraphs words; what cannot be cut goes last."""
    heavy = [table(["a"] * 10, [["x" * 120] * 10] * 20), section("y" * 3000), header("title")]
    light = fitted(heavy)
    assert weight(light) <= 12_500
    assert [each["type"] for each in light] == ["table", "section", "header"]
    assert len(fitted([header("h")] * 80)) == 50
    fields = [{"type": "section", "fields": [{"type": "mrkdwn", "text": "x" * 2000}] * 8}]
    assert fitted(fields) == []


def test_long_lists_say_how_many_are_left() -> None:
    """A list over its length ends with a count, an empty one is nothing."""
    assert titled("T", []) == []
    assert "… and 3 more" in str(titled("T", [f"l{n}" for n in range(19)]))
