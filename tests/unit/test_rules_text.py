"""Text made harmless, and texts found by their words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.rules.plain_text import neutral_cell, one_line, visible, without_addresses
from tools.rules.word_match import rank, stems


@pytest.mark.parametrize(
    "cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\r=1", " =cmd|' /C calc'!A0", "＝1+1", "\n=1"]
)
def test_formulas_are_neutralised(cell: str) -> None:
    """A spreadsheet shows them and does not run them."""
    assert neutral_cell(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["Jane", "a=b", "", "5 - 3", "jane@acme.com"])
def test_other_cells_stay(cell: str) -> None:
    """Names, addresses and figures are written as they are."""
    assert neutral_cell(cell) == cell


def test_numbers_and_nothing_are_cells_too() -> None:
    """None is empty; a negative number looks like a formula and is neutralised."""
    assert (neutral_cell(None), neutral_cell(12), neutral_cell(-3)) == ("", "12", "'-3")


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("pay\u200bpal", "paypal"),
        ("abc\u202edef", "abcdef"),
        ("hi\U000e0041\U000e0042", "hi"),
        ("bell\x07", "bell"),
        ("two\nlines\tand tab", "two\nlines\tand tab"),
        ("Zoë 王", "Zoë 王"),
    ],
)
def test_invisible_characters_go(text: str, seen: str) -> None:
    """Zero-width, bidirectional, tag and control characters; letters of any script stay."""
    assert visible(text) == seen


@given(st.text())
def test_visible_text_stays_as_it_is(text: str) -> None:
    """Doing it twice changes nothing, and one line is one line."""
    assert visible(visible(text)) == visible(text)
    assert "\n" not in one_line(text)
    assert len(one_line(text, longest=20)) <= 20


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("asked by jane.doe+x@acme.com.", "asked by an address."),
        ("<mailto:bob@globex.co.uk|bob@globex.co.uk>, ok", "<an address|an address>, ok"),
        ("cost @ 5 dollars, a@b", "cost @ 5 dollars, a@b"),
    ],
)
def test_addresses_are_taken_out(text: str, kept: str) -> None:
    """A reason is kept with a plan; an address in it would outlive an erasure."""
    assert without_addresses(text) == kept


def test_long_text_is_cut_with_a_mark() -> None:
    """A reader sees that there was more."""
    assert one_line("a" * 30, longest=10) == "aaaaaaaaa…"


def test_stems_join_forms_of_a_word() -> None:
    """Purge, purges and purging are one word, suppress and suppression too; small words are none."""
    assert set(stems("suppress")) == set(stems("suppressions")) == set(stems("suppressed"))
    assert set(stems("The purges")) == set(stems("purging a")) == set(stems("purge"))


def test_the_text_that_covers_the_question_comes_first() -> None:
    """Rare words weigh more; a text without any is left out."""
    texts = ["deleting contacts needs two votes", "creating lists needs one vote", "weather"]
    ranked = rank("who votes on deleting people?", texts)
    assert [index for index, _ in ranked] == [0, 1]
    assert ranked[0][1] > ranked[1][1]


@pytest.mark.parametrize("question", ["", "the of and", "?!"])
def test_a_question_without_words_finds_nothing(question: str) -> None:
    """Nothing to go by, nothing found."""
    assert rank(question, ["some text", "another"]) == []
