"""What is wrong with values, and what is filled in, valid and mendable."""

import pytest

from tools.rules.normalizing import spelling_of
from tools.rules.person_fields import CanonicalField
from tools.rules.quality import Profile, fault


@pytest.mark.parametrize(
    ("name", "value", "country", "wrong"),
    [("address", "jane@acme.com", "", ""), ("address", "n/a", "", "no address"),
     ("address", "x@mailinator.com", "", "a throw-away mailbox"),
     ("address", "Info@acme.com", "", "a mailbox of a role, not of a person"), ("country", "Atlantis", "",
     "no country we know"),
     ("country", "Deutschland", "", ""), ("state", "XX", "US", "no state of its country"), ("state",
     "Sachsen", "DE", ""),
     ("state", "XX", "", ""), ("phone", "+49 89 1234567", "", ""), ("phone", "12", "US",
     "no possible number"),
     ("phone", "555-0100", "", "no country to read it by"), ("last_name", "test", "", "junk"), ("company",
     "xxx", "", "junk"),
     ("company", "Acme", "", "")],
)  # fmt: skip
def test_what_is_wrong(name: CanonicalField, value: str, country: str, wrong: str) -> None:
    """By the field's own rule, in words."""
    assert fault(name, value, country=country) == wrong


def test_a_profile_counts() -> None:
    """Filled in, invalid, mendable; the most frequent examples first."""
    profile = Profile(spelling_of({"country": ["Germany"]}))
    for country in ("Germany", "DE", "DE", "Atlantis", ""):
        record = {"country": country, "address": "a@x.com"}
        profile.take(lambda name, record=record: record.get(name, ""))  # type: ignore[misc] # bound at once
    seen = profile.fields["country"]
    assert (profile.rows, seen.filled, seen.invalid, seen.mendable) == (5, 4, 1, 2)
    assert (seen.completeness(), seen.validity()) == (0.8, 0.75)
    assert profile.worst()["country"] == [("DE", "→ Germany", 2), ("Atlantis", "no country we know", 1)]
    assert profile.fields["title"].completeness() == 0
    assert profile.fields["title"].validity() == 1
