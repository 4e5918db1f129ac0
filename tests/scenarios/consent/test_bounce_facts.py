"""What marketing operations knows of bounces and of deleting people, held from the request to the landing."""

from typing import Any

import pytest

HELD = {
    "bounced_with_opportunity_role": "opportunity_role",
    "held_by_open_opportunity": "opportunity_role",
    "held_by_closed_opportunity": "opportunity_role",
    "bounced_with_campaign_window": "campaign_window",
    "bounced_with_case": "case",
    "bounced_with_quote": "quote",
    "bounced_with_contract": "contract",
    "bounced_with_customer_account": "customer_account",
    "held_by_partner_account": "customer_account",
    "bounced_with_recent_activity": "recent_activity",
    "opted_out_and_invalid": "consent_evidence",
    "bounced_with_legal_hold": "legal_hold",
    "held_by_data_request": "legal_hold",
    "bounced_with_target_account": "target_account",
    "bounced_with_phone_in_use": "phone_in_use",
    "held_by_mobile_phone": "phone_in_use",
    "bounced_with_frozen_owner": "frozen_owner",
}
IN_WORDS = {
    "held_by_open_opportunity": "open opportunity",
    "held_by_closed_opportunity": "closed opportunity",
    "bounced_with_quote": "quote",
    "bounced_with_contract": "signed contract",
    "held_by_partner_account": "customer or partner account",
    "held_by_data_request": "open data request",
}


@pytest.mark.parametrize("trap", HELD)
def test_whoever_something_holds_is_suppressed_and_stays(purged: Any, trap: str) -> None:
    """One tie each, by name, in the plan; after the landing every record is there and mail is stopped.

    Sources: CASL's onus of proof (Canada Gazette; CRTC advisory of 2016), the Information Commissioner's
    direct-marketing guidance, and what pipeline and attribution lose with a person.
    """
    ops, vetoes = purged.desk.rows(purged.planned, trap)
    assert set(vetoes) == {HELD[trap]}
    assert IN_WORDS.get(trap, "") in vetoes[HELD[trap]]
    assert not [each for each in ops if each.endswith(("delete", "create"))]
    someone = purged.desk.trap(trap)
    stopped = purged.desk.stopped(someone["email"])
    assert stopped == {"salesforce": {True}, "marketo": {True}, "sendgrid": {True}}


@pytest.mark.parametrize(
    "trap",
    ["not_held_by_old_activity", "not_held_by_a_number_not_to_call", "not_held_by_old_campaign",
     "invalid_by_two_systems", "invalid_by_two_events"],
)  # fmt: skip
def test_what_no_longer_holds_anybody_keeps_nobody(purged: Any, trap: str) -> None:
    """Activity 200 days ago, a number not to be called, a campaign outside the attribution window."""
    ops, vetoes = purged.desk.rows(purged.planned, trap)
    assert vetoes == {}
    assert {"clearance create", "sendgrid delete", "marketo delete", "salesforce delete"} <= set(ops)
    assert "salesforce" not in purged.desk.stopped(purged.desk.trap(trap)["email"])


@pytest.mark.parametrize("trap", ["delivered_after_bounces", "clicked_after_bounces"])
def test_mail_that_arrived_or_a_click_cancels_invalid(purged: Any, trap: str) -> None:
    """Two systems say that the mailbox is gone; a third saw it live since: nothing is done to the person.

    Source: Marketo's documentation of hard and soft bounces (a bounce is about one mail at one time).
    """
    ops, vetoes = purged.desk.rows(purged.planned, trap)
    assert ops == []
    assert set(vetoes) == {"wrongly_suppressed"}
    assert True not in purged.desk.stopped(purged.desk.trap(trap)["email"])["marketo"]


@pytest.mark.parametrize(
    "trap",
    ["blocked_filed_as_hard_bounce", "mailbox_full", "soft_bounced_thrice", "invalid_by_one_event",
     "invalid_by_two_close_events", "malformed_by_one_system", "suspended_26_hours_ago", "complained",
     "wrongly_suppressed"],
)  # fmt: skip
def test_no_other_bounce_purges_anybody(purged: Any, trap: str) -> None:
    """Blocked mail is our reputation; soft bounces, one signal or two days close together are not enough."""
    ops, _ = purged.desk.rows(purged.planned, trap)
    assert ops == []


def test_the_card_says_what_comes_back_before_anybody_votes(purged: Any) -> None:
    """Salesforce's bin for 15 days and sooner when it is full, Marketo not at all (their help pages)."""
    known = {each.system: each for each in purged.planned.header.reversibility if each.op == "delete"}
    assert known["salesforce"].how == "undelete"
    days = (known["salesforce"].until - purged.desk.clock.now()).days
    assert days in {14, 15}
    assert "full" in known["salesforce"].note
    assert "converted leads do not" in known["salesforce"].note
    assert (known["marketo"].how, known["marketo"].until) == ("recreate", None)


def test_a_purge_keeps_the_address_on_the_sending_list(purged: Any) -> None:
    """Deleting a contact at SendGrid leaves its suppression: a later import cannot make it mailable."""
    gone = purged.desk.trap("invalid_by_two_systems")["email"]
    assert purged.desk.stopped(gone) == {"sendgrid": {True}}


def test_a_file_that_brings_a_purged_address_back_creates_nobody(purged: Any) -> None:
    """The tombstone is a keyed hash of the address: it is known again however it is spelled."""
    from tools.answer import File

    gone = purged.desk.trap("invalid_by_two_systems")["email"]
    text = f"Email,Last Name,Company\n {gone.upper()} ,Again,Anew\n"
    found = purged.desk.call("import_list", files={"back.csv": File(name="back.csv", content=text.encode())},
                             file="back.csv")  # fmt: skip
    assert "Nothing" in found.answer.text
    assert gone not in str(purged.desk.twin.state("salesforce")["salesforce"]["Contact"])


def test_a_converted_lead_that_was_deleted_does_not_come_back_and_that_is_said(purged: Any) -> None:
    """Its contact is brought back out of the bin; the lead is vetoed by name.

    Source: Salesforce's help on the recycle bin (merged and converted records are not restored).
    """
    ops, _ = purged.desk.rows(purged.card, "converted_and_invalid")
    assert ops.count("salesforce delete") == 2
    back = purged.desk.call("undo", plan=purged.card.header.id).card
    ops, vetoes = purged.desk.rows(back, "converted_and_invalid")
    assert ops.count("salesforce create") == 1
    assert "converted leads" in vetoes["unrecoverable"]


def test_the_card_adds_up_in_people(purged: Any) -> None:
    """Rows are records of several systems; whoever decides is told how many people go, stay and are left."""
    from bot.store import plans

    with purged.desk.store.read() as connection:
        rows = [
            each for each in plans.rows(connection, purged.planned.header.key) if each.system != "clearance"
        ]
        vetoes = list(plans.vetoes(connection, purged.planned.header.key))
    deleted = {row.subject for row in rows if row.op == "delete"}
    kept = {row.subject for row in rows} - deleted
    untouched = {each.subject for each in vetoes} - {row.subject for row in rows}
    fates = purged.planned.fates
    assert (fates.deleted, fates.kept, fates.untouched) == (len(deleted), len(kept), len(untouched))
    assert purged.planned.veto_people["case"] == len({each.subject for each in vetoes if each.code == "case"})
    assert purged.planned.veto_instead["case"] == "suppress"
    assert purged.card.fates is None


def test_the_file_of_all_rows_names_whoever_something_holds(purged: Any) -> None:
    """The veto table in full: whose record stays, why, and what is done instead."""
    import csv
    import io

    desk = purged.desk
    file = desk.engine.rows_csv(purged.planned.header.id, asker=desk.engine.directory.principal("U_MAX"))
    lines = list(csv.DictReader(io.StringIO(file.content.decode("utf-8-sig"))))
    held = desk.trap("bounced_with_case")["email"]
    mine = [each for each in lines if each["what happens"] == "no delete" and each["person"] == held]
    assert {each["system"] for each in mine} == {"salesforce", "marketo", "sendgrid"}
    assert all("case" in each["reason"] and "Instead: suppress." in each["reason"] for each in mine)
