"""What marketing operations knows of vendors' own syncs and of scopes of consent, held over the twin."""

import csv
import io
from typing import Any

import httpx
import pytest

EVERYTHING = {"salesforce": {True}, "marketo": {True}, "sendgrid": {True}}
LAG = 400.0


def differences(desk: Any, trap: str) -> dict[str, tuple[str, str]]:
    """System -> how it differs for a trap's person, and who wrote that; out of the comparison's own file."""
    answer = desk.call("compare_suppressions").answer
    lines = csv.DictReader(io.StringIO(answer.files[0].content.decode("utf-8-sig")))
    who = {desk.key(each["email"]) for each in desk.twin.traps()[trap]}
    return {
        line["system"]: (line["difference"], line["written by"])
        for line in lines
        if desk.key(line["address"]) in who
    }


def test_a_flag_cleared_in_marketo_clears_the_crm_and_is_a_resurrection(desk: Any) -> None:
    """The field is synced both ways: gone in two systems, both writers named, and back again.

    Source: Marketo's community on the Unsubscribed field and Salesforce's Email Opt Out.
    """
    someone = desk.trap("opted_out_and_invalid")
    desk.write("marketo", object="lead", record_id=str(someone["marketo_id"]), op="update",
               set={"unsubscribed": False})  # fmt: skip
    desk.twin.advance(LAG)
    assert desk.stopped(someone["email"]) == {"salesforce": {False}, "marketo": {False}, "sendgrid": {True}}
    found = differences(desk, "opted_out_and_invalid")
    assert {name: kind for name, (kind, _) in found.items()} == {
        "Salesforce": "resurrection", "Marketo": "resurrection",
    }  # fmt: skip
    assert found["Salesforce"][1] == "Marketo Sync"
    assert desk.land(desk.call("sync_suppressions").card).header.state == "landed"
    desk.twin.advance(LAG)
    assert desk.stopped(someone["email"]) == EVERYTHING


def test_a_lead_made_anew_by_the_sync_is_opted_out_as_before(desk: Any) -> None:
    """All leads of the address are unsubscribed; Marketo's table of addresses outlives their deletion.

    Source: Marketo's community on the durable unsubscribe.
    """
    [first, second] = desk.twin.traps()["marketo_twice"]
    card = desk.land(desk.call("suppress_contacts", emails=[first["email"]]).card)
    assert card.header.state == "landed"
    leads = desk.twin.state("marketo")["marketo"]["lead"]
    assert all(leads[str(each["marketo_id"])]["unsubscribed"] for each in (first, second))
    desk.twin.advance(LAG)
    for each in (first, second):
        desk.write("marketo", object="lead", record_id=str(each["marketo_id"]), op="delete")
    desk.write("salesforce", object="Contact", record_id=first["contact"], op="update",
               set={"Title": "Touched", "HasOptedOutOfEmail": False})  # fmt: skip
    desk.twin.advance(LAG)
    leads = desk.twin.state("marketo")["marketo"]["lead"]
    [anew] = [number for number, each in leads.items() if each["email"] == first["email"]]
    assert int(anew) > max(first["marketo_id"], second["marketo_id"])
    assert leads[anew]["unsubscribed"]


def test_a_record_kept_out_of_the_sync_is_reached_all_the_same(desk: Any) -> None:
    """A custom rule keeps its opt-out from Marketo for ever; the product writes each system itself.

    Source: GitLab's marketing handbook on records that are kept out of the sync.
    """
    someone = desk.trap("blocked_from_the_sync")
    desk.twin.advance(LAG)
    assert desk.stopped(someone["email"])["marketo"] == {False}
    assert differences(desk, "blocked_from_the_sync")["Marketo"][0] == "stale"
    assert desk.land(desk.call("sync_suppressions").card).header.state == "landed"
    assert desk.stopped(someone["email"]) == EVERYTHING


def test_a_sync_that_is_far_behind_changes_nothing_of_what_lands(desk: Any) -> None:
    """After a mass update it has hours of work; what was asked for is read back from each system.

    Source: GitLab's marketing handbook (backlogs after mass updates of a field).
    """
    desk.twin.settings(sync_pieces_per_minute=1)
    try:
        for each in desk.twin.traps()["unicode_name"] * 6:
            desk.write("salesforce", object="Contact", record_id=each["contact"], op="update",
                       set={"Title": f"Title {desk.clock.now():%H%M%S%f}"})  # fmt: skip
        someone = desk.trap("mailbox_full")["email"]
        card = desk.land(desk.call("suppress_contacts", emails=[someone]).card)
        assert card.header.state == "landed"
        assert desk.stopped(someone) == EVERYTHING
        assert desk.twin._ask("GET", "clock")["sync_backlog"] > 0
        desk.twin.advance(3 * 3600)
        assert desk.twin._ask("GET", "clock")["sync_backlog"] == 0
        assert desk.stopped(someone) == EVERYTHING
    finally:
        desk.twin.settings(sync_pieces_per_minute=0)


def test_the_syncs_echo_of_our_own_write_is_no_foreign_change(desk: Any) -> None:
    """Both sides were written and told each other so: an undo afterwards is vetoed for nobody."""
    someone = desk.trap("mailbox_full")["email"]
    card = desk.land(desk.call("suppress_contacts", emails=[someone]).card)
    desk.twin.advance(LAG)
    back = desk.call("undo", plan=card.header.id).card
    assert back.header.vetoes == {}
    assert desk.land(back).header.state == "landed"
    assert True not in {each for held in desk.stopped(someone).values() for each in held}


@pytest.mark.parametrize("deletes", [True, False])
def test_whether_the_sync_carries_deletions_is_found_and_not_assumed(desk: Any, deletes: bool) -> None:
    """A purge of the CRM alone lands in both kinds of organisation, and each undo does what is left to do.

    Source: Marketo's documentation (the lead is flagged) against GitLab's handbook (it is deleted).
    """
    desk.twin.settings(sync_deletes_to_marketo=deletes)
    try:
        someone = desk.trap("invalid_by_two_systems")
        card = desk.land(desk.call("purge_bounces", systems=["salesforce"]).card)
        assert card.header.state == "landed"
        desk.twin.advance(LAG)
        assert ("marketo" in desk.stopped(someone["email"])) is not deletes
        back = desk.land(desk.call("undo", plan=card.header.id).card)
        assert back.header.state in {"landed", "landed_with_residue"}
        assert "salesforce" in desk.stopped(someone["email"])
        desk.twin.advance(LAG)
        assert "marketo" in desk.stopped(someone["email"])
    finally:
        desk.twin.settings(sync_deletes_to_marketo=False)


def test_the_owner_is_changed_where_owners_live(desk: Any) -> None:
    """Marketo cannot change a contact's owner: the plan writes the CRM alone.

    Source: Marketo's community (INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY when the sync tries).
    """
    someone = desk.trap("mailbox_full")["email"]
    card = desk.call(
        "update_records", emails=[someone], values=[{"field": "owner", "value": "Sales Rep 3"}]
    ).card
    ops, _ = desk.rows(card)
    assert ops == ["salesforce update"]


def test_a_box_un_ticked_within_the_clocks_skew_is_a_conflict(desk: Any) -> None:
    """Three minutes after the opt-out nobody can say who was first: the restrictive word stands."""
    found = differences(desk, "unticked_within_clock_skew")
    assert found["Salesforce"][0] == "conflict"


def test_a_box_un_ticked_beyond_the_clocks_skew_is_a_resurrection(desk: Any) -> None:
    """Nine minutes later it was undone, and by whom is named."""
    assert differences(desk, "unticked_beyond_clock_skew")["Salesforce"] == ("resurrection", "Data Import")


def test_a_group_left_is_not_everything_left(desk: Any) -> None:
    """Whoever left one group gets other mail, and no sync makes more of it than they asked for.

    Source: SendGrid's documentation of unsubscribe groups beside the global unsubscribe.
    """
    one, both = desk.trap("left_one_group"), desk.trap("left_one_group_and_everything")
    assert desk.call("lookup_person", email=one["email"]).answer.facts["mailable"] == "yes"
    assert desk.call("lookup_person", email=both["email"]).answer.facts["mailable"] == "no"
    card = desk.call("sync_suppressions").card
    ops, vetoes = desk.rows(card, "left_one_group")
    assert ops == []
    assert set(vetoes) <= {"group_scope"}
    ops, _ = desk.rows(card, "left_one_group_and_everything")
    assert {"salesforce suppress", "marketo suppress"} <= set(ops)


def test_a_group_that_is_deleted_is_found_out(desk: Any) -> None:
    """Everybody who had left it is mailed again: the comparison with the last agreement names them.

    Source: SendGrid's documentation of deleting a suppression group.
    """
    where = ["salesforce", "sendgrid"]
    desk.land(desk.call("sync_suppressions", systems=where).card)
    before = desk.call("compare_suppressions", systems=where).answer.facts
    with httpx.Client(
        base_url=desk.twin.url, trust_env=False, headers={"Authorization": "Bearer SG.twin"}
    ) as http:
        assert http.delete("/sendgrid/v3/asm/groups/20001").status_code == 204
    answer = desk.call("compare_suppressions", systems=where).answer
    assert answer.facts["resurrection"] > before["resurrection"]
    lines = list(csv.DictReader(io.StringIO(answer.files[0].content.decode("utf-8-sig"))))
    mine = [each for each in lines if each["address"] == desk.trap("left_one_group")["email"]]
    assert [(each["system"], each["difference"]) for each in mine] == [("SendGrid", "resurrection")]


def test_opt_outs_without_an_address_are_counted(desk: Any) -> None:
    """A box ticked on a record without an address can be joined on nothing: it is told, not dropped."""
    assert desk.call("compare_suppressions").answer.facts["unkeyed"] >= 1


def test_a_list_holds_people_who_opted_out_and_the_count_says_so(desk: Any) -> None:
    """Lists of the marketing automation, smart ones too, leave nobody out for having unsubscribed.

    Source: Marketo's community (a comment of its staff on smart lists and unsubscribed people).
    """
    answer = desk.call("export_people", segment="Newsletter Subscribers").answer
    assert "opted out: this file is no mailing list" in answer.text
