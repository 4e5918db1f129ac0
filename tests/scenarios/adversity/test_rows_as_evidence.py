"""The file of a plan's rows: before and after, where each record opens, the run and what was read back."""

import csv
import io
from collections.abc import Callable
from typing import Any


def lines(desk: Any, card: Any) -> list[dict[str, str]]:
    """The file as Max gets it."""
    file = desk.engine.rows_csv(card.header.id, asker="U_MAX")
    return list(csv.DictReader(io.StringIO(file.content.decode("utf-8-sig"))))


def test_each_row_links_its_record_and_names_its_run(open_desk: Callable[..., Any], small_twin: Any) -> None:
    """Before the vote no run; after it the run, and by row whether it is really there."""
    desk = open_desk("salesforce", "hubspot")
    made = [
        desk.write("salesforce", object="Lead", record_id=None, op="create",
                   set={"Email": f"p{number}@quellhaus.example", "LastName": "Five", "Company": "Quellhaus"})
        for number in range(2)
    ]  # fmt: skip
    emails = [f"p{number}@quellhaus.example" for number in range(2)]
    card = desk.call("update_records", emails=emails, values=[{"field": "country", "value": "Norway"}]).card
    ids = [each.record_id for each in made]
    found = {each["record"]: each for each in lines(desk, card)}
    assert all(found[each]["link"].endswith(f"/{each}") and not found[each]["run"] for each in ids)
    desk.clear(card)
    small_twin.fault(system="salesforce", match="PATCH .*sobjects", kind="drop_row", rows=[1])
    desk.drive()
    run = desk.card(card).run.id
    found = {each["record"]: each for each in lines(desk, card)}
    assert {found[each]["run"] for each in ids} == {run}
    assert [found[each]["outcome"] for each in ids] == ["landed", "not there when read back"]
    assert [found[each]["after"] for each in ids] == ['{"Country": "Norway"}'] * 2
