"""Where a merged record is: parts of one place, never a state of one country and a city of another."""

from datetime import UTC, datetime

import pytest

from tools.rules.merging import Candidate, merged
from tools.rules.person_fields import CanonicalField

Place = dict[CanonicalField, str]


def taken(*places: Place) -> dict[str, str]:
    """The merged place of records with these places, the first the winner."""
    ranking = [
        Candidate(
            ref=str(number), created=datetime(2020, 1, 1, tzinfo=UTC), last_activity=None, values=dict(place)
        )
        for number, place in enumerate(places)
    ]
    return {each.field: str(each.value) for each in merged(ranking)}


@pytest.mark.parametrize(
    ("winner", "others", "place"),
    [
        ({"country": "Japan", "city": "Sendai"}, [{"country": "USA", "state": "CO", "city": "Denver"}],
         {"country": "Japan", "city": "Sendai"}),
        ({"country": "USA", "city": "Denver"}, [{"country": "US", "state": "CO", "city": "denver"}],
         {"country": "USA", "state": "CO", "city": "Denver"}),
        ({"country": "US", "city": "Denver"}, [{"country": "US", "state": "WA", "city": "Seattle"}],
         {"country": "US", "city": "Denver"}),
        ({"country": "Germany"}, [{"state": "WA"}, {"country": "Germany", "city": "Mainz"}],
         {"country": "Germany", "city": "Mainz"}),
        ({}, [{"country": "France", "city": "Lyon"}, {"country": "Spain", "postal_code": "28001"}],
         {"country": "France", "city": "Lyon"}),
        ({"city": "Mainz"}, [{"country": "Germany"}], {"country": "Germany", "city": "Mainz"}),
    ],
)  # fmt: skip
def test_a_place_is_filled_from_records_of_the_same_place(
    winner: Place, others: list[Place], place: dict[str, str]
) -> None:
    """What contradicts the winner's country or city fills nothing: a merge cannot be undone."""
    assert taken(winner, *others) == place


def test_a_vendor_that_fills_by_itself_is_told_as_it_is() -> None:
    """What will be on the merged record is shown, with why, though nobody would have chosen it."""
    ranking = [
        Candidate(ref="a", created=None, last_activity=None, values={"country": "Japan"}),
        Candidate(ref="b", created=None, last_activity=None, values={"country": "US", "state": "CO"}),
    ]
    assert [each.field for each in merged(ranking)] == ["country"]
    [_, state] = merged(ranking, fills=True)
    assert (state.value, state.ref, "the vendor fills it itself" in state.why) == ("CO", "b", True)
