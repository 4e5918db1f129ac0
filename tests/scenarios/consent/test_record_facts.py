"""What marketing operations knows of several records of one person: conversion, merging, the bin."""

from typing import Any

ADDRESS = "Email"


def test_a_converted_lead_is_passed_over_for_the_contact_it_became(desk: Any) -> None:
    """It is read-only and nobody mails it: a suppression lands whole, and no comparison asks for it again.

    Source: Salesforce's help on converted leads.
    """
    someone = desk.trap("converted_lead")
    card = desk.land(desk.call("suppress_contacts", emails=[someone["email"]]).card)
    assert card.header.state == "landed"
    ops, _ = desk.rows(card)
    assert ops.count("salesforce suppress") == 1
    state = desk.twin.state("salesforce")["salesforce"]
    assert state["Contact"][someone["contact"]]["HasOptedOutOfEmail"]
    assert not state["Lead"][someone["lead"]]["HasOptedOutOfEmail"]
    card = desk.call("sync_suppressions", systems=["salesforce", "marketo", "sendgrid"]).card
    assert desk.rows(card, "converted_lead") == ([], {})


def test_a_bin_that_was_too_full_is_told_record_by_record(desk: Any) -> None:
    """Less than 15 days later the oldest are gone: the undo says which, and brings back what it can.

    Source: Salesforce's help on the recycle bin (beyond its size the oldest go after two hours).
    """
    someone = desk.trap("invalid_by_two_systems")
    card = desk.land(desk.call("purge_bounces", systems=["salesforce"]).card)
    assert card.header.state == "landed"
    desk.twin.settings(salesforce_bin_records=1)
    try:
        desk.clock.sleep(3 * 3600)
        got = desk.call("undo", plan=card.header.id)
        assert hasattr(got, "card"), got.answer
        back = desk.land(got.card)
        assert back.header.state == "landed_with_residue"
        lost = [each for each in back.run.landing.residue if each.system == "salesforce"]
        assert lost
        assert all(each.what_to_do for each in lost)
        assert someone["contact"] not in desk.twin.state("salesforce")["salesforce"]["Contact"]
    finally:
        desk.twin.settings(salesforce_bin_records=1_125_000)


def test_five_leads_of_an_address_become_one_by_the_rule(desk: Any) -> None:
    """Three at a time; the opt-out of any of them stays, the owner is the contact's, scores are not added up.

    Sources: Salesforce's guide to merge() (three records, the master's check-boxes win, no way back) and
    Marketo's to Merge Leads.
    """
    leads = [each for each in desk.twin.traps()["lead_five_times"] if each["lead"]]
    [contact] = [each["contact"] for each in desk.twin.traps()["lead_five_times"] if each["contact"]]
    before = desk.twin.state()
    created = min(before["salesforce"]["Lead"][each["lead"]]["CreatedDate"] for each in leads)
    scores = [before["marketo"]["lead"][str(each["marketo_id"])]["leadScore"]
              for each in desk.twin.traps()["marketo_twice"]]  # fmt: skip
    planned = desk.call("merge_duplicates", object="lead").card
    assert {each.how for each in planned.header.reversibility if each.op == "merge"} == {"none"}
    ops, _ = desk.rows(planned, "lead_five_times")
    assert ops.count("salesforce merge") == 2
    landing = desk.land(planned).run.landing
    assert not [each for each in landing.residue if each.op == "merge"]
    after = desk.twin.state()
    left = [each for each in after["salesforce"]["Lead"].values() if each[ADDRESS] == leads[0]["email"]]
    assert len(left) == 1
    assert left[0]["HasOptedOutOfEmail"]
    assert left[0]["CreatedDate"] == created
    assert left[0]["OwnerId"] == after["salesforce"]["Contact"][contact]["OwnerId"]
    mail = desk.trap("marketo_twice")["email"]
    [one] = [each for each in after["marketo"]["lead"].values() if each["email"] == mail]
    assert one["leadScore"] == max(scores)


def test_every_record_of_an_address_is_listed_and_stopped(desk: Any) -> None:
    """Suppression goes by the address: five leads, a contact, the lead in Marketo, the sending list."""
    someone = desk.trap("lead_five_times")["email"]
    card = desk.land(desk.call("suppress_contacts", emails=[someone]).card)
    ops, _ = desk.rows(card)
    assert ops.count("salesforce suppress") == 5  # the sixth had opted out
    assert card.header.state == "landed"
    assert desk.stopped(someone) == {"salesforce": {True}, "marketo": {True}, "sendgrid": {True}}
