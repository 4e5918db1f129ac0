"""A list into HubSpot, alone and beside Marketo: contacts, the list, and the way back."""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest


@pytest.fixture(scope="module", params=["hubspot", "both"])
def served(request: pytest.FixtureRequest, untraced: Any) -> Iterator[Any]:
    """A small twin with HubSpot in it, alone or beside Marketo."""
    from tools.twin.server import running

    with ExitStack() as stack:
        with untraced():
            handle = stack.enter_context(running(seed=5, people=60, map=request.param, hurry=20))
        yield handle


def test_a_list_lands_in_every_automation_and_is_taken_back(served: Any, listing: Any) -> None:
    """New contacts, known ones filled, all in the list; the undo leaves every system as it was."""
    max_ = listing(served)
    before = served.state("hubspot")["hubspot"]
    gone = str(before["opt_out"]) + str(served.state("sendgrid")) + str(served.state("salesforce"))
    known = next(each["email"] for each in before["contact"].values()
                 if each["email"] and each["email"] not in gone and not each.get("phone"))  # fmt: skip
    text = (
        f"Email,First name,Phone\nann@newco.example,Ann,\nbob@newco.example,Bob,\n{known},,+49 89 1234567\n"
    )
    reply = max_.asks("import list.csv into the Newsletter Subscribers list", text)
    assert reply.card is not None, max_.shown
    counts = reply.card.header.counts["hubspot"]
    assert counts["create"] == 2, counts
    card = max_.landed(reply)
    assert card.header.state == "landed", max_.shown
    state = served.state("hubspot")["hubspot"]
    made = {each["email"]: each for each in state["contact"].values()}
    assert made["ann@newco.example"]["firstname"] == "Ann"
    if "marketo" in served.vendors():
        assert "bob@newco.example" in str(served.state("marketo"))
    back = max_.undone(card)
    assert back.header.state == "landed", max_.shown
    after = served.state("hubspot")["hubspot"]
    assert set(after["contact"]) == set(before["contact"])
    assert {each["email"]: each.get("phone") for each in after["contact"].values()} == {
        each["email"]: each.get("phone") for each in before["contact"].values()
    }
    assert members(after) == members(before)


def members(state: dict[str, Any]) -> dict[str, list[str]]:
    return {each["name"]: sorted(map(str, each["members"])) for each in state["list"].values()}
