"""SendGrid's own traps: a purge keeps suppressions and bounces, lists are never wiped, jobs come later."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tools.errors import OutcomeUnknown
from tools.plan import Change


@pytest.fixture
def sendgrid(own_twin, kit):
    """SendGrid over a twin that is put back afterwards."""
    own_twin.clear_faults()
    own_twin.clear_log()
    yield kit.over(own_twin.url, "sendgrid")
    own_twin.clear_faults()


def trap(twin, name):
    """One seeded trap's address."""
    return twin.traps()[name][0]["addresses"]["sendgrid"]


def listed(own_twin, kit, name):
    """Addresses of one of the vendor's lists."""
    return {each["email"].lower() for each in kit.values(own_twin.state("sendgrid")["sendgrid"][name])}


def bounce(address, op="delete"):
    """The louder, separate act of forgetting a bounce."""
    return Change(
        subject="s", system="sendgrid", object="bounce", record_id=None, op=op, set={"email": address}
    )


def test_a_purge_keeps_suppression_and_bounce(own_twin, sendgrid, kit):
    """Deleting the contact leaves the bounce record and our suppression: the address stays unmailable."""
    address = trap(own_twin, "invalid_by_two_systems")
    people = kit.everyone(sendgrid, [address])
    sendgrid.writer.apply(kit.changes(sendgrid, people, "suppress"))
    sendgrid.writer.apply(kit.changes(sendgrid, people, "delete"))
    own_twin.advance(5)
    assert address not in listed(own_twin, kit, "contact")
    assert address in listed(own_twin, kit, "unsubscribes")
    assert address in listed(own_twin, kit, "bounces")
    left = kit.everyone(sendgrid, [address])
    assert [(each.object, each.deliverability) for each in left] == [("global_suppression", "invalid")]
    assert [mark.state for mark in left[0].consent] == ["opt_out_global"]
    assert left[0].record_id == left[0].subject
    assert kit.changes(sendgrid, left, "delete") == []
    assert kit.changes(sendgrid, left, "suppress") == []


def test_lists_are_never_wiped(own_twin, sendgrid, kit):
    """Forgetting bounces names addresses; the flag that empties a whole list is never sent."""
    address = trap(own_twin, "invalid_by_two_systems")
    before = listed(own_twin, kit, "bounces")
    since = datetime.now(UTC)
    assert sendgrid.writer.read_back([bounce(address)], since) == ["not_landed"]
    assert [each.state for each in sendgrid.writer.apply([bounce(address)])] == ["applied"]
    assert listed(own_twin, kit, "bounces") == before - {address}
    assert sendgrid.writer.read_back([bounce(address)], since) == ["landed"]
    assert all("delete_all" not in str(each["request"]) for each in own_twin.log("sendgrid"))
    assert sendgrid.writer.reversibility("delete", "bounce", since).how == "none"


def test_an_address_nobody_knows_can_be_suppressed(own_twin, sendgrid, kit):
    """The suppression list takes any address; the row is known by its subject, never by the address."""
    stranger = "stranger@nowhere.example"
    row = Change(
        subject=kit.SUBJECT(stranger), system="sendgrid", object="global_suppression", op="suppress",
        record_id=kit.SUBJECT(stranger), set={"email": stranger},
    )  # fmt: skip
    assert sendgrid.writer.apply([row])[0].state == "applied"
    assert sendgrid.writer.read_back([row], datetime.now(UTC)) == ["landed"]
    wanted = frozenset({"suppressed", "bounced", "complained"})
    state = sendgrid.reader.current("global_suppression", [row.record_id], wanted)
    assert state == {row.record_id: {"suppressed": True, "bounced": False, "complained": False}}
    whole = sendgrid.reader.current("global_suppression", [row.record_id], frozenset())[row.record_id]
    assert whole["suppressed_since"] <= datetime.now(UTC).timestamp()


def test_a_suppression_older_than_the_run_is_found(own_twin, sendgrid, kit, addresses):
    """Reading back looks at the list since the run began, and asks again for those put on it before."""
    rows = kit.changes(sendgrid, kit.everyone(sendgrid, addresses[:4]), "suppress")
    sendgrid.writer.apply(rows)
    late = datetime.now(UTC) + timedelta(hours=1)
    assert sendgrid.writer.read_back(rows, late) == ["landed"] * 4
    assert sendgrid.writer.read_back(rows[:1], late) == ["landed"]


def test_the_guard_of_a_suppression_is_the_bounce(own_twin, sendgrid, kit):
    """When somebody has cleared the bounce since, the row drifts."""
    address = trap(own_twin, "invalid_by_two_systems")
    person = kit.everyone(sendgrid, [address])[0]
    row = sendgrid.reader.express("suppress", person, note="", rests_on=frozenset({"deliverability"}))
    assert row.guard == {"bounced": True}
    names = frozenset(row.guard)
    assert sendgrid.reader.current(row.object, [row.record_id], names)[row.record_id] == {"bounced": True}
    sendgrid.writer.apply([bounce(address)])
    assert sendgrid.reader.current(row.object, [row.record_id], names)[row.record_id] == {"bounced": False}


def test_a_complaint_is_never_undone(own_twin, sendgrid, kit, addresses):
    """A person's own complaint or a foreign change vetoes lifting our suppression."""
    rows = kit.changes(sendgrid, kit.everyone(sendgrid, addresses[:1]), "suppress")
    at = datetime.now(UTC)
    complained = {"suppressed": True, "complained": True}
    assert sendgrid.reader.inverse(rows[0], now=complained, at=at).code == "own_opt_out"
    assert sendgrid.reader.inverse(rows[0], now={"suppressed": False}, at=at).code == "changed_since"
    earlier = {"suppressed": True, "suppressed_since": int((at - timedelta(hours=1)).timestamp())}
    assert sendgrid.reader.inverse(rows[0], now=earlier, at=at).code == "own_opt_out"
    lifted = sendgrid.reader.inverse(rows[0], now={"suppressed": True, "complained": False}, at=at)
    assert (lifted.op, lifted.guard) == ("unsuppress", {"suppressed": True, "complained": False})
    assert sendgrid.reader.inverse(replace(rows[0], op="unsuppress"), now=None, at=at).op == "suppress"


def test_a_complaint_reads_as_one(twin, kit):
    """A spam report is the person's own word, whatever became of the mail."""
    person = kit.everyone(kit.over(twin.url, "sendgrid"), [trap(twin, "complained")])[0]
    assert "complaint" in [mark.state for mark in person.consent]


def test_blocked_mail_filed_as_a_bounce_is_not_invalid(twin, kit):
    """The vendor's words decide, not the list it was filed under."""
    sendgrid = kit.over(twin.url, "sendgrid")
    person = kit.everyone(sendgrid, [trap(twin, "blocked_filed_as_hard_bounce")])[0]
    assert person.deliverability == "blocked"
    assert person.deliverability_raw
    said = sendgrid.reader.express("suppress", person, note="", rests_on=frozenset({"deliverability"}))
    assert said.guard == {}


def test_lifting_a_suppression_is_one_call_each(own_twin, sendgrid, kit, addresses):
    """There is no bulk way off the list: half a batch that fails leaves doubt, and reads back row by row."""
    rows = kit.changes(sendgrid, kit.everyone(sendgrid, addresses[:3]), "suppress")
    sendgrid.writer.apply(rows)
    lift = [replace(each, op="unsuppress") for each in rows]
    own_twin.fault(system="sendgrid", match="DELETE /v3/asm", nth=2, kind="429")
    with pytest.raises(OutcomeUnknown):
        sendgrid.writer.apply(lift)
    assert sendgrid.writer.read_back(lift, datetime.now(UTC)) == ["landed", "not_landed", "not_landed"]
    own_twin.clear_faults()
    assert [each.state for each in sendgrid.writer.apply(lift)] == ["applied"] * 3
    assert sendgrid.writer.cost("unsuppress", "global_suppression", 3) >= 3


def test_a_suppressed_person_can_be_unsuppressed(own_twin, sendgrid, kit, addresses):
    """`unsuppress` is only expressed for somebody who is on the list."""
    people = kit.everyone(sendgrid, addresses[:1])
    assert kit.changes(sendgrid, people, "unsuppress") == []
    sendgrid.writer.apply(kit.changes(sendgrid, people, "suppress"))
    again = kit.everyone(sendgrid, addresses[:1])
    rests_on = frozenset({"consent"})
    lifts = kit.changes(sendgrid, again, "unsuppress", rests_on=rests_on)
    assert [dict(each.guard) for each in lifts] == [{"suppressed": True}]
    assert kit.changes(sendgrid, again, "merge") == []


def test_updates_of_contacts_read_back_by_value(own_twin, sendgrid, kit, addresses):
    """A contact is put by its address; until the job is done it does not read back."""
    person = kit.everyone(sendgrid, addresses[:1])[0]
    listed = next(sendgrid.reader.client.lists())[0]["id"]
    row = Change(
        subject=person.subject, system="sendgrid", object="contact", record_id=person.record_id, op="update",
        set={"email": person.address, "first_name": "Renamed", "list_ids": [listed]},
    )  # fmt: skip
    since = datetime.now(UTC)
    assert sendgrid.writer.apply([row])[0].state == "applied"
    assert sendgrid.writer.read_back([row], since) == ["not_landed"]
    own_twin.advance(5)
    assert sendgrid.writer.read_back([row], since) == ["landed"]
    assert sendgrid.writer.cost("update", "contact", 250) == 4


def test_what_it_cannot_do_fails_by_name(sendgrid):
    """An op SendGrid has no call for fails the row and sends nothing."""
    outcome = sendgrid.writer.apply([bounce("a@b.example", op="merge")])[0]
    assert (outcome.state, bool(outcome.hint)) == ("failed", True)
    veto = sendgrid.reader.inverse(bounce("a@b.example"), now=None, at=datetime.now(UTC))
    assert veto.code == "not_reversible"


def test_two_addresses_are_asked_one_by_one(own_twin, sendgrid, kit, addresses):
    """For one or two people the lists are not paged through."""
    kit.everyone(sendgrid, addresses[:1])
    assert all("limit" not in each["query"] for each in own_twin.log("sendgrid"))
    own_twin.clear_log()
    kit.everyone(sendgrid, addresses[:3])
    assert any("limit=500" in each["query"] for each in own_twin.log("sendgrid"))


def test_a_key_without_rights_is_named(own_twin, sendgrid, monkeypatch):
    """Health says which scopes the key lacks."""
    from tools.connectors.sendgrid import reader

    monkeypatch.setattr(reader, "NEEDED", frozenset({"suppression.read", "billing.read"}))
    found = sendgrid.reader.health()
    assert (found.reachable, found.permitted) == (True, False)
    assert "billing.read" in found.note
