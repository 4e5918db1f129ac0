"""Records of one person: pairs with scores and reasons, groups, who wins a merge and what survives."""

from datetime import UTC, datetime

import pytest

from bot.commands.bench.duplicates import measure
from tools.errors import InvalidArguments
from tools.rules.duplicates import (
    LARGEST_BLOCK,
    PROBABLE,
    Comparison,
    Likeness,
    Pair,
    clusters,
    likeness,
    mailbox_of,
    sound,
)
from tools.rules.merging import Candidate, earliest, merged, ranked, to_write, winner_rule

JANE = Likeness("1", "jane.doe@acme.example", "Jane", "Doe", "Acme Inc.", "+1 415 555 0100", "Contact")


def like(**changed: str) -> Likeness:
    fields = {
        "ref": "2",
        "address": "j@other.example",
        "first_name": "Jane",
        "last_name": "Doe",
        "company": "Acme",
    }
    return Likeness(**{**fields, **changed})


@pytest.mark.parametrize(
    ("other", "sure", "why"),
    [(like(address="JANE.DOE@acme.example", kind="Lead"), 100, "same address (Contact and Lead)"),
     (like(address="jane.doe+news@acme.example"), 97, "same mailbox, written differently"),
     (like(address="jane.doe+x@acme.example", first_name="Tom",
     last_name="Poe"), 90, "same mailbox, other name"),
     (like(address="jd@acme.example"), 96, "same name, same company, same domain"),
     (like(address="j@gmail.com"), 85, "same name, same company"),
     (like(address="janed@acme.example", last_name="Deo", first_name="Jane", company=""), 0, ""),
     (like(address="d@acme.example", first_name="Doe",
     last_name="Jane"), 92, "first and last name swapped, same company, same domain"),
     (like(address="j@acme.example",
     first_name="J"), 90, "same last name and initial, same company, same domain"),
     (like(company="", phone="415-555-0100"), 90, "same name, same phone"),
     (like(company="Globex"), 0, ""), (like(first_name="John"), 0, ""), (like(first_name=""), 0, "")],
)  # fmt: skip
def test_how_sure_and_why(other: Likeness, sure: int, why: str) -> None:
    """A namesake elsewhere and a colleague of that last name are somebody else."""
    assert likeness(JANE, other) == (sure, why)


def test_short_names_are_the_same_first_name() -> None:
    """Bob is Robert; spelling of the last name may be a letter off."""
    bob, robert = (
        like(first_name="Bob", address="b@acme.example"),
        like(first_name="Robert", address="r@acme.example"),
    )
    assert likeness(bob, robert)[0] >= PROBABLE
    wrong = (
        like(last_name="Bergmann", address="b@acme.example"),
        like(last_name="Bergmnan", address="r@acme.example"),
    )
    assert likeness(*wrong)[0] >= PROBABLE


def test_pairs_are_found_once_and_made_groups() -> None:
    """Whichever blocks two records share; a record without an address is no reason."""
    comparison = Comparison()
    for record in (JANE, like(ref="2", address="JANE.DOE@ACME.example"), like(ref="3",
    address="jd@acme.example"),
                   like(ref="4", address="x@y.example", first_name="Tom", last_name="Poe", company="Zed"),
                   like(ref="5", address="", first_name="", last_name="")):  # fmt: skip
        comparison.take(record)
    pairs = list(comparison.pairs())
    assert sorted((pair.one.ref, pair.other.ref) for pair in pairs) == [("1", "2"), ("1", "3"), ("2", "3")]
    assert [[each.ref for each in group] for group in clusters(pairs)] == [["1", "2", "3"]]
    assert list(Comparison().pairs()) == []
    assert len(comparison) == 5


def test_a_block_that_says_nothing_is_passed_over_and_counted() -> None:
    """A switchboard's phone joins nobody."""
    comparison = Comparison()
    for n in range(LARGEST_BLOCK + 1):
        comparison.take(Likeness(str(n), f"p{n}@d{n}.example", "", "", "", "+49 89 1234567"))
    assert list(comparison.pairs()) == []
    assert comparison.passed_over == 1


def test_the_seeded_truth_is_found() -> None:
    """Precision and recall on a thousand people, of whom some only look alike."""
    found = measure(1_000, seed=3)
    assert found.precision >= 0.97
    assert found.recall >= 0.9
    assert found.records > found.people


def test_mailboxes_and_sounds() -> None:
    """Tags everywhere, dots at Gmail; American Soundex."""
    assert mailbox_of("J.Doe+x@googlemail.com") == "jdoe@googlemail.com"
    assert mailbox_of("j.doe+x@acme.com") == "j.doe@acme.com"
    assert mailbox_of("n/a") == ""
    assert [sound(name) for name in ("Robert", "Rupert", "Tymczak", "Pfister", "Honeyman", "")] == [
        "r163", "r163", "t522", "p236", "h555", "",
    ]  # fmt: skip


def _candidate(ref: str, year: int, active: int | None = None, **more: object) -> Candidate:
    at = datetime(active, 1, 1, tzinfo=UTC) if active else None
    values = more.pop("values", {})
    return Candidate(
        ref=ref, created=datetime(year, 1, 1, tzinfo=UTC), last_activity=at, values=values, **more
    )  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("said", "rule", "winner"),
    [(None, "oldest", "a"), ("oldest record wins", "oldest", "a"), ("newest wins", "newest", "b"),
     ("keep the most recently updated", "active", "c"), ("most complete wins", "complete", "c")],
)  # fmt: skip
def test_the_rule_for_the_winner(said: str | None, rule: str, winner: str) -> None:
    """In people's words; the oldest by default."""
    three = [
        _candidate("b", 2025, 2025),
        _candidate("a", 2020),
        _candidate("c", 2023, 2026, values={"title": "CEO"}),
    ]
    assert winner_rule(said) == rule
    assert ranked(three, winner_rule(said))[0].ref == winner


def test_an_unknown_rule_is_a_question() -> None:
    """With the four there are."""
    with pytest.raises(InvalidArguments) as caught:
        winner_rule("whoever is nicest")
    assert len(caught.value.choices) == 4


def test_an_opt_out_on_either_side_stays() -> None:
    """Opt-out by OR, the highest score, empty fields filled, the contact's owner."""
    winner = _candidate("a", 2020, values={"title": "CEO", "phone": ""}, score=3)
    loser = _candidate("b", 2025, values={"title": "CFO", "phone": "+1"}, score=9, opted_out=True)
    sources = merged(ranked([loser, winner], "oldest"), owner="005")
    assert {each.field: (each.value, each.ref) for each in sources} == {
        "title": ("CEO", "a"), "phone": ("+1",
        "b"), "opted_out": (True, "b"), "score": (9, "b"), "owner": ("005", "a"),
    }  # fmt: skip
    assert to_write(sources, winner) == {"phone": "+1", "opted_out": True, "score": 9, "owner": "005"}


def test_where_somebody_came_from_is_what_the_earliest_record_says() -> None:
    """Whichever record wins; with the earliest creation date and proof of consent named for the file."""
    first = _candidate("a", 2020, values={"lead_source": "Webinar"})
    winner = _candidate("b", 2025, values={"lead_source": "Import", "title": "CEO"})
    ranking = ranked([first, winner], "newest")
    found = {each.field: (each.value, each.ref) for each in merged(ranking)}
    assert found == {"lead_source": ("Webinar", "a"), "title": ("CEO", "b")}
    own = _candidate("c", 2019, values={"lead_source": "Booth"})
    assert [each.ref for each in merged([own, first])] == ["c"]
    assert earliest("created", ranking) is first
    assert earliest("proof", ranking) is None


def test_groups_join_over_pairs() -> None:
    """Two pairs that share a record are one group; larger groups come first."""
    one, two, three, four, five = (like(ref=str(n)) for n in range(5))
    pairs = [Pair(four, five, 90, ""), Pair(one, two, 90, ""), Pair(two, three, 90, "")]
    assert [len(group) for group in clusters(pairs)] == [3, 2]
