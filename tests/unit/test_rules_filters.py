"""Filter trees: checked, in words, compared exactly; the team's words shown with what they stand for."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.errors import InvalidArguments
from tools.rules.comparing import compare
from tools.rules.filters import checked, field_named, words


class Somebody:
    """A person with these fields, in these lists."""

    def __init__(self, *lists: str, **fields: Any) -> None:
        self.lists, self.fields = lists, fields

    def value(self, field: str) -> object:
        return self.fields.get(field)

    def member(self, name: str, status: str | None) -> bool:
        return name in self.lists and status in {None, "Sent"}

    def did(self, event: Any) -> bool:
        return event["event"] == "click"


def holds(tree: Any, *lists: str, **fields: Any) -> bool:
    return checked(tree)(Somebody(*lists, **fields))


def leaf(field: str, op: str, value: Any = None) -> dict[str, Any]:
    return {"field": field, "op": op, "value": value}


@pytest.mark.parametrize(
    ("op", "held", "asked", "holds"),
    [("eq", "Acme", "ACME ", True), ("ne", "Acme", "acme", False), ("ne", None, "x", True), ("eq", None, "x",
    False),
     ("not_in", "", ["x"], False), ("is_not_set", "", None, True), ("is_set", 0, None, True), ("is_set",
     None, None, False),
     ("in", "b", ["A", "B"], True), ("contains", "SVP Sales", "vp", True), ("starts_with", "Head", "he",
     True),
     ("gt", 5, 4, True), ("gte", "5", 5, True), ("lt", 5, "x", False), ("between", 5, [1, 5], True), ("lte",
     6, 5, False),
     ("eq", True, "true", True), ("eq", 5, "5.0", True),
     ("gte", datetime(2026, 3, 1, 9, tzinfo=UTC), "2026-03-01", True), ("lt", "2026-02-28", "2026-03-01",
     True),
     ("eq", datetime(2026, 3, 1, 9, tzinfo=UTC), "2026-03-01", True), ("gt",
     datetime(2026, 3, 1, 9), "2026-03-01T08:00", True)],
)  # fmt: skip
def test_a_comparison_is_exact(op: str, held: object, asked: object, holds: bool) -> None:
    """Text without case, numbers and dates by size; empty matches only `is_not_set` and `ne`."""
    assert compare(op, held, asked) is holds


def test_countries_are_compared_as_countries() -> None:
    """Whatever language or code a record has them in."""
    assert compare("eq", "Deutschland", "DE", field="country")
    assert compare("in", "de", ["France", "Germany"], field="country")
    assert not compare("eq", "Deutschland", "DE")


def test_a_tree_joins_its_clauses() -> None:
    """All, any, not, members and deeds."""
    tree = {"all": [leaf("country", "eq", "Germany"), {"any": [leaf("title", "contains",
    "VP"), {"member": "Roadshow"}]},
                    {"not": {"event": "bounce"}}, {"event": "click",
                    "count": {"gte": 2}, "within": "last_30_days"}]}  # fmt: skip
    assert holds(tree, "Roadshow", country="DE", title="Clerk")
    assert not holds(tree, country="DE", title="Clerk")
    assert words(tree) == (
        "country is Germany and (job title contains VP or in “Roadshow”) and not did bounce"
        " and did click at least 2 times within last_30_days"
    )
    found = checked(tree)
    assert (found.members, len(found.events), found.fields) == (
        (("Roadshow", None),),
        2,
        {"country", "title"},
    )


def test_words_of_the_team_are_put_in_and_shown() -> None:
    """`VP+` by title without catching coordinators, `EMEA` by country; the sentence keeps the word."""
    found = checked({"all": [leaf("Job title", "eq", "vp+"), leaf("country", "in", ["EMEA", "Japan"])]})
    assert found(Somebody(title="SVP Marketing", country="Deutschland"))
    assert found(Somebody(title="CTO", country="Japan"))
    assert not found(Somebody(title="Marketing Coordinator", country="France"))
    assert not found(Somebody(title="Director", country="France"))
    assert not found(Somebody(title="CEO", country="Brazil"))
    assert not found(Somebody(title=None, country="France"))
    assert [each.word for each in found.aliases] == ["VP+", "EMEA"]
    assert "chief officers" in found.aliases[0].sentence()
    assert found.sentence() == "job title is vp+ and country is one of EMEA, Japan"


def test_a_negated_word_is_negated() -> None:
    """Not in EMEA, no chief."""
    assert holds(leaf("country", "ne", "EMEA"), country="Brazil")
    assert not holds(leaf("country", "ne", "EMEA"), country="Italy")
    assert holds(leaf("title", "ne", "C-level"), title="Clerk")


@pytest.mark.parametrize(
    "tree",
    [leaf("shoe size", "eq", 43), leaf("title", "like", "x"), leaf("title", "in", "x"), leaf("title", "eq"),
     leaf("score", "between", [1]), {"all": []}, {"any": "x"}, {"field": "title"}, {"not": "x"}, {"all": [3]},
     {"any": [leaf("title", "eq", "x")] * 61},
     {"not": {"not": {"not": {"not": {"not": {"not": leaf("title", "eq", "x")}}}}}}],
)  # fmt: skip
def test_a_wrong_tree_is_refused_in_words(tree: Any) -> None:
    """Naming the clause, with a way out."""
    with pytest.raises(InvalidArguments) as caught:
        checked(tree)
    assert caught.value.do


def test_fields_by_any_name() -> None:
    """Canonical, as people call them in four languages, or the vendor's own."""
    assert field_named("Job Title") == "title"
    assert field_named("Firma") == "company"
    assert field_named("Budget__c", {"budget__c": "Budget__c"}) == "Budget__c"
    assert field_named("Employees") == "employees"


@given(st.recursive(
    st.builds(leaf, st.sampled_from(["title", "company"]), st.sampled_from(["eq", "ne",
    "contains"]), st.sampled_from("ab")),
    lambda inner: st.one_of(
        st.builds(lambda each: {"not": each}, inner),
        st.builds(lambda each: {"all": each}, st.lists(inner, min_size=1, max_size=2)),
        st.builds(lambda each: {"any": each}, st.lists(inner, min_size=1, max_size=2)),
    ), max_leaves=4), st.sampled_from([None, "a", "b"]))  # fmt: skip
def test_not_is_the_opposite(tree: Any, title: str | None) -> None:
    """Whatever the tree, exactly one of it and its negation holds."""
    try:
        there, other = holds(tree, title=title, company="a"), holds({"not": tree}, title=title, company="a")
    except InvalidArguments as error:
        assert "deep" in error.what  # noqa: PT017 (a negation may be one level too many)
    else:
        assert there is not other
