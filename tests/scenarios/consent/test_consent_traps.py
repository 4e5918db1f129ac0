"""Every seeded trap of consent, found by one comparison of all systems, and what a sync does about each."""

import csv
import io
from typing import Any

import pytest


@pytest.fixture
def found(desk: Any) -> dict[str, dict[str, tuple[str, str]]]:
    """Address -> system -> how it differs, and who wrote that; read once from the comparison's own file."""
    answer = desk.call("compare_suppressions").answer
    lines = csv.DictReader(io.StringIO(answer.files[0].content.decode("utf-8-sig")))
    out: dict[str, dict[str, tuple[str, str]]] = {}
    for line in lines:
        out.setdefault(desk.key(line["address"]), {})[line["system"]] = (
            line["difference"],
            line["written by"],
        )
    out["aliases"] = {
        row[0]: (row[1], row[2]) for table in answer.tables if "aliases" in table.title for row in table.rows
    }
    return out


def test_every_trap_of_consent_is_told_for_what_it_is(desk: Any, found: Any) -> None:
    """Two-way sync, duplicates, complaints, spellings, tags: each by its class and its system."""

    def of(trap: str) -> Any:
        return found.get(desk.key(desk.trap(trap)["email"]), {})

    # an un-ticked box in the CRM clears the MAP's flag through their sync; both writers are named
    assert of("resurrected_opt_out") == {
        "Salesforce": ("resurrection", "Data Import"), "Marketo": ("resurrection", "SFDC sync"),
    }  # fmt: skip
    # opt-outs that live in one place only
    for home in ("SendGrid", "Marketo", "Salesforce"):
        others = {"SendGrid", "Marketo", "Salesforce"} - {home}
        assert {name for name, (kind, _) in of(f"opted_out_only_in_{home.lower()}").items()} == others
    # a complaint binds like an opt-out
    assert {kind for kind, _ in of("complained").values()} == {"stale"}
    # a lead opted out, the contact of the same address did not
    assert of("duplicate_opposite_consent")["Salesforce"][0] == "stale"
    # agreed on everywhere: nothing to tell
    assert of("opted_out_and_invalid") == {}
    # case, blanks and an international domain are spellings of one address
    assert {name: kind for name, (kind, _) in of("opt_out_in_other_case").items()} == {
        "Salesforce": "stale", "Marketo": "stale",
    }  # fmt: skip
    assert set(of("opt_out_with_spaces")) == {"SendGrid", "Marketo"}
    assert set(of("opt_out_international_domain")) == {"SendGrid", "Salesforce"}
    # a tag makes another address: shown as a possible alias, never folded
    plain = desk.trap("plus_alias")
    assert desk.key(plain["email"]) not in found
    assert found["aliases"][plain["addresses"]["marketo"]] == ("Marketo", "opted out")
    assert found[desk.key(plain["addresses"]["marketo"])] == {"SendGrid": ("missing", "")}


def test_a_box_un_ticked_in_the_crm_clears_the_map_and_a_sync_repairs_both(desk: Any) -> None:
    """The vendors' own sync carries the un-ticking on; the most restrictive word wins it back."""
    someone = desk.trap("opted_out_and_invalid")
    desk.write("salesforce", object="Contact", record_id=someone["contact"], op="update",
               set={"HasOptedOutOfEmail": False})  # fmt: skip
    desk.twin.advance(600)
    assert desk.stopped(someone["email"]) == {
        "salesforce": {False}, "marketo": {False}, "sendgrid": {True},
    }  # fmt: skip
    card = desk.land(desk.call("sync_suppressions").card)
    assert card.header.state == "landed"
    assert desk.stopped(someone["email"]) == {"salesforce": {True}, "marketo": {True}, "sendgrid": {True}}
    desk.twin.advance(600)
    assert desk.stopped(someone["email"]) == {"salesforce": {True}, "marketo": {True}, "sendgrid": {True}}


def test_a_run_that_meets_somebody_elses_opt_out_writes_over_nothing(desk: Any) -> None:
    """A box ticked between plan and run is what was wanted: it lands, and its undo is refused by name."""
    where = ["salesforce", "sendgrid"]
    someone = desk.trap("opted_out_only_in_sendgrid")
    card = desk.call("sync_suppressions", systems=where).card
    desk.write("salesforce", object="Contact", record_id=someone["contact"], op="update",
               set={"HasOptedOutOfEmail": True})  # fmt: skip
    assert desk.land(card).header.state == "landed"
    assert desk.stopped(someone["email"])["salesforce"] == {True}
