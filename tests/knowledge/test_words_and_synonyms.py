"""Words, stems, slips and synonyms: what counts as the same, and what must not."""

import pytest

from knowledge.lexical import Lexical
from knowledge.spelling import corrections
from knowledge.synonyms import slots
from knowledge.words import asked, stem, words


@pytest.mark.parametrize(
    "forms",
    [
        ("suppress", "suppressed", "suppresses", "suppressing", "suppression", "suppressions"),
        ("unsubscribe", "unsubscribed", "unsubscribes", "unsubscribing"),
        ("approve", "approved", "approval", "approvals", "approver"),
        ("duplicate", "duplicates", "duplicated"),
        ("policy", "policies"),
        ("stop", "stops", "stopped", "stopping"),
        ("merge", "merges", "merged", "merging"),
    ],
)
def test_forms_of_a_word_share_a_stem(forms: tuple[str, ...]) -> None:
    """Number and tense do not keep a page from being found."""
    assert len({stem(form) for form in forms}) == 1


@pytest.mark.parametrize(
    ("one", "two"), [("status", "state"), ("contact", "contract"), ("form", "format"), ("list", "listen")]
)
def test_different_words_keep_different_stems(one: str, two: str) -> None:
    """Cutting endings does not make other words of them."""
    assert stem(one) != stem(two)


def test_names_of_fields_give_their_parts_and_pairs_their_joined_form() -> None:
    """A question may name a field, a part of it, or write a pair in one word."""
    assert {"hasoptedoutofemail", "opted", "email"} <= set(words("HasOptedOutOfEmail"))
    assert {"opt", "out", "optout"} <= set(words("opt-out"))
    assert "email" in words("e-mail")
    assert words("Ünïcödé’s café") == ["unicode", "cafe"]


def test_filler_words_are_not_asked_for() -> None:
    """Only telling words count, each once."""
    assert asked("how do I do the merge of the merges?") == [stem("merge")]
    assert asked("what is it?") == []


def test_synonyms_fill_the_slot_of_the_word_they_stand_for() -> None:
    """`trade fair` also looks for booth; the words typed stay what is asked for."""
    (first, second) = slots("trade fair")
    assert (first.term, second.term) == ("trad", "fair")
    assert stem("booth") in first.others


def test_a_phrase_has_synonyms_too() -> None:
    """`get back` also looks for undo, in the slot of its telling word."""
    assert [stem("undo") in slot.others for slot in slots("get them back, get back")] == [True]


def test_a_synonym_counts_less_than_the_word_itself_and_not_as_own_words() -> None:
    """The page with the word comes first; coverage counts own words only, the loose one both."""
    index = Lexical.build([("", "the booth at noon"), ("", "the fair at noon"), ("", "nothing here")])
    scores = index.scores(slots("fair"))
    assert scores.loose_bm25[1] > scores.loose_bm25[0] > scores.loose_bm25[2] == 0
    assert (scores.coverage[0], scores.coverage[1] > 0.99) == (0, True)
    assert 0 < scores.loose_coverage[0] < 1


def test_scores_are_between_nought_and_one_and_saved_as_they_are(tmp_path) -> None:
    """Normalised BM25 and coverage keep their range, and survive being written to disk."""
    index = Lexical.build([("bounce bounce", "bounce " * 50), ("", "merge rule"), ("", "")])
    index.save(tmp_path / "lexical")
    for question in ("bounce", "bounce merge rule", "merge merge", "unknownword", ""):
        before = index.scores(slots(question))
        after = Lexical.load(tmp_path / "lexical").scores(slots(question))
        for name in ("bm25", "coverage", "loose_bm25", "loose_coverage"):
            values = getattr(before, name)
            assert (values >= 0).all()
            assert (values <= 1.0001).all()
            assert (values == getattr(after, name)).all()


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("bouncces", "bounces"),
        ("marekto", "marketo"),
        ("supression", "suppression"),
        ("atribution", "attribution"),
    ],
)
def test_slips_are_read_as_the_nearest_word_of_the_pages(typed: str, meant: str) -> None:
    """One slip in a short word, two in a long one, letters swapped included."""
    index = Lexical.build([("", "bounces marketo suppression attribution")] * 5)
    assert corrections(f"about {typed}", index) == {typed: meant}


@pytest.mark.parametrize("word", ["unsubscribed", "merging", "roi", "2026", "zzzzzz"])
def test_words_that_are_no_slips_stay(word: str) -> None:
    """Opposites, other forms, short words, numbers and words near nothing are left alone."""
    index = Lexical.build([("", "subscribed merge row 2025 bounces")] * 5)
    assert corrections(word, index) == {}
