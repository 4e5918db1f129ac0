"""Evidence of consent that a record alone holds: copied into the ledger, it no longer holds the record."""

from typing import Any

TRAP = "bounced_with_consent_evidence"
WORDS = "evidence of consent: paper form, trade fair, not copied"


def test_evidence_is_copied_and_the_next_purge_may_delete(desk: Any) -> None:
    """First suppressed, with the copy in the ledger; then deleted, and the ledger has it until an erasure."""
    first = desk.call("purge_bounces").card
    ops, vetoes = desk.rows(first, TRAP)
    assert "clearance create" in ops
    assert not [each for each in ops if each.endswith("delete")]
    assert f"{WORDS}, Salesforce" in vetoes["consent_evidence"]
    assert desk.land(first).run.state == "landed"

    address = desk.trap(TRAP)["email"]
    [kept] = [each for each in desk.history(address) if each.evidence == WORDS]
    assert (kept.system, kept.state, kept.run) == ("salesforce", "express", "R-1")
    assert kept.source.startswith("Contact 003")

    second = desk.call("purge_bounces").card
    ops, vetoes = desk.rows(second, TRAP)
    assert vetoes == {}
    assert {"salesforce delete", "marketo delete", "sendgrid delete", "clearance create"} <= set(ops)
    assert not [each for each in ops if each.endswith("suppress")]
    assert desk.land(second).run.state == "landed"
    assert desk.stopped(address) == {"sendgrid": {True}}
    assert [each for each in desk.history(address) if each.evidence == WORDS] == [kept]

    _, vetoes = desk.rows(desk.call("undo", run="R-1").card, TRAP)
    assert "was purged since" in vetoes["kept"]
    desk.land(desk.call("erase_person", email=address, request_reference="DSR-1").card)
    [left] = desk.history(address)  # and nothing our runs did to them comes back into it
    assert (left.system, left.state, left.evidence) == ("clearance", "erased", "DSR-1")


def test_an_undo_takes_the_copy_out_while_the_record_still_holds_it(desk: Any) -> None:
    """What the first purge did is taken back exactly: the proof is where it was."""
    landed = desk.land(desk.call("purge_bounces").card)
    address = desk.trap(TRAP)["email"]
    assert [each for each in desk.history(address) if each.evidence == WORDS]
    undone = desk.call("undo", run=landed.run.id).card
    assert desk.rows(undone, TRAP)[1] == {}
    assert desk.land(undone).run.state == "landed"
    assert not [each for each in desk.history(address) if each.evidence == WORDS]
    assert desk.stopped(address) == {"salesforce": {False}, "marketo": {False}, "sendgrid": {False}}
