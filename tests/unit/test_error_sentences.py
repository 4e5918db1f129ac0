"""How a failure reads to a person."""

import pytest

from tools.errors import InvalidArguments


@pytest.mark.parametrize(
    ("what", "on", "sentence"),
    [
        ("Whom should I export?", "", "Whom should I export? Name them."),
        ("There is no such plan.", "", "There is no such plan. Name them."),
        ("There is no such plan", "P-9", "There is no such plan (P-9). Name them."),
    ],
)
def test_a_failure_ends_once_and_then_says_what_to_do(what: str, on: str, sentence: str) -> None:
    """A question keeps its mark; anything else gets one full stop."""
    assert InvalidArguments(what, on=on, do="Name them.").sentence() == sentence
