"""One address has one key, however it was typed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.errors import InvalidArguments
from tools.rules.email_key import SubjectKey, normalise


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("Ana.Lee@Example.COM", "ana.lee@example.com"),
        ("  ana@example.com\t\n", "ana@example.com"),
        ("\u200bana@exam\u200dple.com\ufeff", "ana@example.com"),
        ("ana@bücher.example", "ana@xn--bcher-kva.example"),
        ("ana@BÜCHER.example", "ana@xn--bcher-kva.example"),
        ("ana@xn--bcher-kva.example", "ana@xn--bcher-kva.example"),
        ("jose\u0301@example.com", "jos\u00e9@example.com"),
        ("ana@example.com.", "ana@example.com"),
        ("ana_b@mail_out.example.com", "ana_b@mail_out.example.com"),
    ],
)
def test_spellings_of_one_address_meet(typed, key):
    """Case, space, invisible characters, composition and IDN spelling do not make a new person."""
    assert normalise(typed) == key


@pytest.mark.parametrize(("one", "other"), [("a+x@e.com", "a@e.com"), ("a.b@e.com", "ab@e.com")])
def test_aliases_are_not_folded(one, other):
    """Plus-tags and dots stay: folding them would put one person's consent on another."""
    assert normalise(one) != normalise(other)


@pytest.mark.parametrize(
    "typed",
    ["", "ana", "@example.com", "ana@", "ana@localhost", "a b@example.com", "ana@exa mple.com", "a@b@e.com",
     "<ana@example.com>", "ana@-example.com", "ana@example..com", "ana@\u0378.example", "a" * 250 + "@e.com"],
)  # fmt: skip
def test_what_is_no_address_is_refused(typed):
    """A broken address is refused with a repair in words, never hashed."""
    with pytest.raises(InvalidArguments, match="not an e-mail address") as caught:
        normalise(typed)
    assert "name@company.com" in caught.value.do


def test_the_subject_is_keyed():
    """The same address gives the same subject under one secret and another under another."""
    key = SubjectKey(b"one", "k1")
    assert key("Ana@Example.com ") == key("ana@example.com")
    assert len(key("ana@example.com")) == 64
    assert key("ana@example.com") != SubjectKey(b"two", "k2")("ana@example.com")


def test_the_secret_is_not_shown():
    """A printed key shows its id and not its secret."""
    assert repr(SubjectKey(b"hush-hush", "k1")) == "SubjectKey(key_id='k1')"


@given(st.emails())
def test_normalising_twice_changes_nothing(address):
    """The normalised form is its own normalised form."""
    try:
        once = normalise(address)
    except InvalidArguments:
        return
    assert normalise(once) == once
