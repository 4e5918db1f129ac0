"""Consent over the twin: compared, synced, guarded, restored, erased and taken back, as people ask for it."""

import csv
import io
from datetime import timedelta
from typing import Any

import pytest


def test_opt_outs_are_compared_synced_and_never_undone_below_a_persons_own(  # noqa: PLR0915 (one story)
    desk: Any,
) -> None:
    """From words to landing: the import is named, everybody agrees afterwards, an undo is vetoed by name."""
    maya = desk.trap("resurrected_opt_out")
    reply = desk.say("compare suppression lists across systems")
    assert reply.outcome == "answered", reply.text
    answer = reply.answer
    assert "Data Import in Salesforce" in answer.text
    named = {row[0] for table in answer.tables if table.title == "Resurrections" for row in table.rows}
    assert maya["email"] in named
    lines = list(csv.DictReader(io.StringIO(answer.files[0].content.decode("utf-8-sig"))))
    differing = {line["address"] for line in lines}
    assert any(line["link"].endswith(f"/salesforce/{maya['contact']}") for line in lines)
    for system in ("sendgrid", "marketo", "salesforce"):
        assert desk.trap(f"opted_out_only_in_{system}")["email"] in differing
    assert desk.trap("complained")["email"] in differing
    assert desk.trap("duplicate_opposite_consent")["email"] in differing

    planned = desk.say("reconcile suppressions across all systems")
    assert planned.card is not None, planned.text
    card = desk.land(planned.card)
    assert card.header.state == "landed"
    assert desk.stopped(maya["email"]) == {"salesforce": {True}, "marketo": {True}, "sendgrid": {True}}
    assert desk.stopped(desk.trap("duplicate_opposite_consent")["email"])["salesforce"] == {True}
    entries = desk.history(maya["email"])
    assert {(each.system, each.state) for each in entries} == {
        ("salesforce", "opt_out_global"), ("marketo", "opt_out_global"),
    }  # fmt: skip
    assert "Data Import" in entries[0].evidence

    # the vendors' own sync echoes what was written: no change by others
    desk.twin.advance(600)
    again = desk.call("compare_suppressions", systems=["salesforce", "sendgrid"]).answer
    assert again.facts["differ"] == 0, again.text

    # one opt-out turns out to be a mistake at the ESP, and is taken off there
    mistake = desk.trap("opted_out_only_in_sendgrid")["email"]
    desk.write(
        "sendgrid", object="global_suppression", record_id=desk.key(mistake), op="unsuppress",
        set={"email": mistake},
    )  # fmt: skip
    back = desk.call("undo", plan=card.header.id).card
    assert set(back.header.vetoes) == {"own_opt_out"}
    assert back.verdict == "needs_approval"
    assert back.approval is not None
    assert back.approval.quorum == 2
    assert desk.land(back).header.state == "landed"
    assert desk.stopped(mistake)["salesforce"] == {False}
    assert desk.stopped(maya["email"])["salesforce"] == {True}


def test_an_un_ticked_box_after_the_agreement_is_a_resurrection(desk: Any) -> None:
    """The base tells who moved; the second sync repairs that one record alone and sets a new base."""
    where = ["salesforce", "sendgrid"]
    first = desk.land(desk.call("sync_suppressions", systems=where).card)
    assert first.header.state == "landed"
    noah = desk.trap("opted_out_only_in_sendgrid")
    desk.write("salesforce", object="Contact", record_id=noah["contact"], op="update",
               set={"HasOptedOutOfEmail": False})  # fmt: skip
    answer = desk.call("compare_suppressions", systems=where).answer
    assert (answer.facts["resurrection"], answer.facts["differ"], answer.facts["base"]) == (1, 1, "O-1")
    assert "Clearance Integration in Salesforce" in answer.text
    card = desk.call("sync_suppressions", systems=where).card
    assert card.header.counts == {"salesforce": {"suppress": 1}, "clearance": {"create": 1}}
    assert card.header.vetoes == {"less_restrictive": 1}
    assert desk.land(card).header.state == "landed"
    assert desk.stopped(noah["email"])["salesforce"] == {True}
    nothing = desk.call("sync_suppressions", systems=where).answer
    assert nothing.text == "Nothing needs changing."


def test_a_purged_person_who_comes_back_is_suppressed_unasked(desk: Any) -> None:
    """Re-created at the CRM, the address is suppressed everywhere under the guard's standing clearance."""
    from bot.engine.guarding import Guard

    card = desk.land(desk.call("purge_bounces").card)
    assert card.header.state == "landed"
    gone = desk.trap("invalid_by_two_systems")["email"]
    assert not desk.stopped(gone).get("salesforce")
    desk.write(
        "salesforce", object="Lead", record_id=None, op="create",
        set={"Email": gone, "LastName": "Again", "Company": "Anew"},
    )  # fmt: skip
    assert desk.stopped(gone)["salesforce"] == {False}
    guard = Guard(desk.engine, {name: desk.readers[name] for name in desk.vendors})
    seen = guard.tend()
    assert desk.key(gone) in seen.returned
    [plan] = seen.plans
    found = desk.engine.card(plan)
    assert (found.header.state, found.requester) == ("cleared", "guard:guard")
    desk.drive()
    assert desk.engine.card(plan).header.state == "landed"
    assert desk.stopped(gone) == {"salesforce": {True}, "sendgrid": {True}}
    [event] = desk.events("guard.looked")
    assert event.data["returned"] == [desk.key(gone)]
    assert desk.events("plan.cleared")[-1].data["clause"] == "guard-returned-people"
    assert not guard.tend().plans  # suppressed by now: nothing more to do


def test_a_new_opt_out_is_reported_and_carried_on_only_where_policy_says_so(desk: Any) -> None:
    """The guard enters it in the ledger and the audit trail; nothing is written at the vendors."""
    from bot.engine.guarding import Guard

    guard = Guard(desk.engine, {name: desk.readers[name] for name in desk.vendors})
    guard.tend()
    maya = desk.trap("unicode_name")
    desk.write("salesforce", object="Contact", record_id=maya["contact"], op="update",
               set={"HasOptedOutOfEmail": True})  # fmt: skip
    seen = guard.tend()
    assert seen.opted_out["salesforce"] == 1
    assert not seen.plans
    assert desk.stopped(maya["email"])["marketo"] == {False}
    assert desk.events("guard.looked")[-1].data["opted_out"] == {"salesforce": 1}
    assert not guard.tend().opted_out  # known by now


def test_a_person_restored_on_their_own_act_is_in_the_ledger_with_it(desk: Any) -> None:
    """Two approvals; afterwards the opt-out is gone and a comparison does not call it a resurrection."""
    noah = desk.trap("opted_out_only_in_sendgrid")["email"]
    where = ["salesforce", "sendgrid"]
    desk.land(desk.call("sync_suppressions", systems=where).card)
    assert desk.stopped(noah)["salesforce"] == {True}
    desk.clock.sleep(3600)
    card = desk.call("restore_contacts", emails=[noah], evidence="ticked the box on the form today").card
    assert card.approval is not None
    assert (card.approval.quorum, card.clause) == (2, "consent-lowered")
    assert desk.land(card).header.state == "landed"
    assert True not in {each for held in desk.stopped(noah).values() for each in held}
    answer = desk.call("compare_suppressions", systems=where).answer
    assert answer.facts["differ"] == 0, answer.text
    history = desk.history(noah)
    assert "form" in history[-1].evidence
    assert history[-1].state == "none"


def test_an_erased_person_is_gone_everywhere_and_cannot_be_brought_back(desk: Any) -> None:
    """Records, rows, words and ledger are forgotten; a keyed hash and the reference stay."""
    from bot.engine import forgetting
    from bot.store import plans, tombstones
    from tools.errors import Refused

    maya = desk.trap("opted_out_only_in_marketo")["email"]
    subject = desk.key(maya)
    earlier = desk.land(desk.call("suppress_contacts", emails=[maya]).card)
    card = desk.call("erase_person", email=maya, request_reference="DSR-2291").card
    assert (card.approval.quorum, "erase" in card.header.effects) == (2, True)
    assert "cannot be undone" in card.header.summary
    assert desk.land(card).header.state == "landed"
    held = desk.stopped(maya)
    assert set(held) <= {"sendgrid"}
    assert held == {"sendgrid": {True}}  # the sending side's list, so that nothing is ever sent
    assert forgetting.finish(desk.store) > 0
    assert forgetting.finish(desk.store) == 0
    with desk.store.read() as connection:
        for key in (earlier.header.key, card.header.key):
            rows = [row for row in plans.rows(connection, key, with_backup=True) if row.subject == subject]
            assert rows
            assert not any(row.set or row.guard or row.backup for row in rows)
        assert tombstones.find(connection, [subject])[subject].bounce_class == "erased"
    [event] = desk.events("person.erased")
    assert event.data == {"subject": subject, "reference": "DSR-2291"}
    with pytest.raises(Refused, match="cannot be taken back"):
        desk.call("undo", plan=card.header.id)


def test_a_base_can_be_taken_back_and_is_not_agreed_on_twice(desk: Any) -> None:
    """The undo of a sync that wrote nothing brings the earlier base back into force."""
    from bot.store import observations

    where = ["sendgrid"]
    desk.twin.advance(1)
    first = desk.land(desk.call("sync_suppressions", systems=[*where, "salesforce"]).card)
    with desk.store.read() as connection:
        base = observations.base(connection)
    assert base is not None
    assert base.run_id
    assert first.header.counts["clearance"] == {"create": 1}
    back = desk.call("undo", plan=first.header.id).card
    desk.land(back)
    with desk.store.read() as connection:
        assert observations.base(connection) is None
    with desk.store.begin() as connection:
        assert observations.prune(connection, before=desk.clock.now() + timedelta(days=1)) == 1
        assert observations.get(connection, base.id) is None
