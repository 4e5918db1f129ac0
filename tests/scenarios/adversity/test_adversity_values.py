"""What is asked for in odd spellings, what vendors' rules refuse, our own writes coming back by a sync."""

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest

BY_ADDRESS: dict[str, dict[str, Any]] = {
    "suppress_contacts": {},
    "update_records": {"values": [{"field": "title", "value": "CMO"}]},
    "restore_contacts": {"evidence": "filled in the preference form today"},
}


def out(desk: Any, address: str) -> None:
    """The person opts out at the CRM, two days before their own act."""
    [person] = desk.people("salesforce", address)
    desk.write("salesforce", object="Contact", record_id=person.record_id, op="update",
               set={"HasOptedOutOfEmail": True})  # fmt: skip
    desk.clock.sleep(86_400.0 * 2)


@pytest.mark.parametrize("tool", sorted(BY_ADDRESS))
def test_an_address_given_twice_and_otherwise_is_one_person(tool: str, open_desk: Callable[..., Any]) -> None:
    """Other case, spaces, a domain in Unicode or Punycode: one row a record; a plus tag is somebody else."""
    desk = open_desk("salesforce")
    plain, international = desk.trap("mailbox_full")["email"], desk.trap("international_domain")["email"]
    local, _, domain = international.partition("@")
    if tool == "restore_contacts":
        out(desk, plain)
    tagged = plain.replace("@", "+news@")
    spelled = [plain, plain.upper(), f" {plain.title()} ", international,
               f"{local}@{domain.encode('idna').decode()}", tagged]  # fmt: skip
    once = desk.call(tool, emails=[plain, international, tagged], **BY_ADDRESS[tool]).card
    again = desk.call(tool, emails=spelled, **BY_ADDRESS[tool]).card
    ours = [(row.record_id, row.op) for row in desk.rows(again)]
    assert ours == [(row.record_id, row.op) for row in desk.rows(once)]
    assert len(set(ours)) == len(ours)
    assert desk.key(tagged) not in {row.subject for row in desk.rows(again)}
    assert desk.key(tagged) != desk.key(plain)


REFUSALS = {
    "picklist": (
        {"salesforce_restricted_picklists": ["Contact.LeadSource"]}, "lead source", "RESTRICTED_PICKLIST",
    ),
    "validation rule": ({"salesforce_refused_values": ["Contact.Title=Intern"]}, "title", "VALIDATION"),
}  # fmt: skip


@pytest.mark.parametrize("rule", sorted(REFUSALS))
def test_a_value_that_the_vendors_rules_refuse_fails_by_name(
    rule: str, open_desk: Callable[..., Any], small_twin: Any
) -> None:
    """A rule made after the plan: the row fails with the vendor's code and what to do, nothing half done."""
    desk = open_desk("salesforce")
    settings, field, code = REFUSALS[rule]
    wanted = {"field": field, "value": "Intern"}
    address = desk.trap("mailbox_full")["email"]
    card = desk.clear(desk.call("update_records", emails=[address], values=[wanted]).card)
    small_twin.settings(**settings)
    desk.drive()
    [said] = desk.card(card).run.landing.residue
    assert code in said.why
    assert said.what_to_do
    assert said.state == "failed"
    [person] = desk.people("salesforce", address)
    assert "Intern" not in str(person.raw)


def test_a_value_nobody_understands_is_no_row(open_desk: Callable[..., Any]) -> None:
    """A normalisation writes what it understands and names the rest; a file has every spelling, counted."""
    desk = open_desk("salesforce")
    records = {}
    for name, country in (("mailbox_full", "Atlantis"), ("unicode_name", "deutschland")):
        [person] = desk.people("salesforce", desk.trap(name)["email"])
        records[country] = person.record_id
        desk.write("salesforce", object="Contact", record_id=person.record_id, op="update",
                   set={"MailingCountry": country})  # fmt: skip
    reply = desk.call("normalize_fields", object="contact", fields=["country"])
    card, [listed] = reply.card, reply.files
    mapped = {
        line["as it is"]: line for line in csv.DictReader(io.StringIO(listed.content.decode("utf-8-sig")))
    }
    assert (mapped["deutschland"]["becomes"], mapped["deutschland"]["records"]) == ("Germany", "1")
    assert (mapped["Atlantis"]["becomes"], bool(mapped["Atlantis"]["why"])) == ("", True)
    rows = {row.record_id: row.set for row in desk.rows(card)}
    assert records["Atlantis"] not in rows
    assert rows[records["deutschland"]]["MailingCountry"] == "Germany"
    assert card.header.vetoes["not_understood_country"] >= 1


@pytest.mark.parametrize("tool", ["suppress_contacts", "update_records"])
def test_our_own_write_that_a_sync_carries_on_is_no_foreign_change(
    tool: str, open_desk: Callable[..., Any], small_twin: Any
) -> None:
    """Written in Marketo, carried to Salesforce by their sync before our row there: landed, not drifted."""
    desk = open_desk("salesforce", "marketo")
    address = desk.trap("mailbox_full")["email"]
    card = desk.clear(desk.call(tool, emails=[address], **BY_ADDRESS[tool]).card)
    assert {row.system for row in desk.rows(card)} == {"salesforce", "marketo"}
    small_twin.fault(system="salesforce", match="composite/sobjects", kind="429", times=12)
    assert desk.step().parked
    small_twin.clear_faults()
    desk.clock.sleep(900.0)  # longer than the sync takes
    desk.drive()
    card = desk.card(card)
    assert card.header.state == "landed", card.run.landing.residue
    assert not [state for state, _ in desk.states(card).values() if state == "drifted"]
    desk.clock.sleep(900.0)
    back = desk.land(desk.call("undo", plan=card.header.id).card)
    assert back.header.state == "landed", back.run.landing.residue


@pytest.mark.parametrize("tool", ["suppress_contacts", "update_records"])
def test_a_bulk_job_that_breaks_off_half_way_is_read_back(
    tool: str, open_desk: Callable[..., Any], small_twin: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody can ask how it stands: it is aborted, what it did is read back, the rest is done once."""
    from tools.connectors.salesforce import writer

    monkeypatch.setattr(writer, "BULK_ABOVE", 2)  # as if they were thousands
    monkeypatch.setattr(writer, "COLLECTION", 2)
    desk = open_desk("salesforce")
    addresses = [desk.trap(name)["email"] for name in ("unicode_name", "mailbox_full", "plus_alias")]
    card = desk.clear(desk.call(tool, emails=addresses, **BY_ADDRESS[tool]).card)
    small_twin.clear_log()
    small_twin.settings(salesforce_bulk_seconds=3_600.0)
    small_twin.fault(system="salesforce", match="GET .*jobs/ingest", kind="500", times=30)
    assert desk.step() is not None
    small_twin.clear_faults()
    small_twin.settings(salesforce_bulk_seconds=0.0)
    desk.drive()
    assert desk.card(card).header.state == "landed", desk.card(card).run.landing.residue
    jobs = desk.wrote("salesforce", r"POST .*/jobs/ingest$")
    assert len(jobs) == 2
    assert {state for state, _ in desk.states(card).values()} == {"applied"}
