"""A day's allowance of the marketing automation that ends in the middle of an import."""

from typing import Any

PEOPLE = 620  # three batches of Marketo's 300


def test_an_import_parks_until_the_allowance_is_back_and_goes_on(own_twin: Any, max_: Any) -> None:
    """607 on the second batch: parked for hours, said so, then by itself to the end, every row once."""
    text = "Email\n" + "".join(f"p{number}@quota.example\n" for number in range(PEOPLE))
    reply = max_.asks("import list.csv", text)
    own_twin.fault(system="marketo", match="POST /rest/v1/leads.json$", nth=2, kind="607")
    try:
        card = max_.landed(reply)
    finally:
        own_twin.clear_faults()
    assert card.header.state == "landed", max_.shown
    [parked] = events(max_, "run.parked")
    assert parked.data["seconds"] > 0
    assert parked.data["why"] == "Marketo's daily calls are used up"
    made = [each["email"] for each in own_twin.state("marketo")["marketo"]["lead"].values()]
    ours = [each for each in made if each and each.endswith("@quota.example")]
    assert len(ours) == len(set(ours)) == PEOPLE


def events(max_: Any, name: str) -> list[Any]:
    from bot.store import audit

    with max_.engine.store.read() as connection:
        return [each for each in audit.events(connection) if each.name == name]
