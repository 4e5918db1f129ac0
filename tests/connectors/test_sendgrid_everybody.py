"""Everybody in SendGrid: the export of contacts, and where consent stands by list and group."""

from datetime import UTC, datetime, timedelta

import pytest

from tools.abilities import KeepsConsent
from tools.connectors.sendgrid.client import until_reset
from tools.errors import Refused, RetryLater


@pytest.fixture
def sendgrid(own_twin, kit):
    """SendGrid over a twin that is put back afterwards."""
    own_twin.clear_faults()
    own_twin.clear_log()
    yield kit.over(own_twin.url, "sendgrid")
    own_twin.clear_faults()


def said(batches):
    """Everything of a stream of batches."""
    return [each for batch in batches for each in batch]


def trap(twin, name):
    """One seeded trap's address."""
    return twin.traps()[name][0]["addresses"]["sendgrid"]


def test_everybody_is_exported(own_twin, sendgrid, kit, addresses):
    """Every contact comes once, with its suppressions, and then addresses that only lists know."""
    found = said(sendgrid.reader.people())
    state = own_twin.state("sendgrid")["sendgrid"]
    contacts = {each.record_id for each in found if each.object == "contact"}
    assert contacts == set(state["contact"])
    alone = {each.address for each in found if each.object == "global_suppression"}
    known = {each["email"] for each in state["contact"].values()}
    listed = {entry["email"] for name, held in state.items() if name != "contact" for entry in held.values()}
    assert alone == listed - known
    one = kit.everyone(sendgrid, addresses[:3])[0]
    same = next(each for each in found if each.record_id == one.record_id)
    assert (same.address, same.first_name, same.created) == (one.address, one.first_name, one.created)
    assert (same.consent, same.deliverability) == (one.consent, one.deliverability)


def test_the_file_is_fetched_without_our_key(own_twin, sendgrid):
    """The link leads to another host: no credential goes there, and only links we know are followed."""
    said(sendgrid.reader.people())
    fetched = [each for each in own_twin.log("sendgrid") if each["path"].startswith("/storage/")]
    assert [each["status"] for each in fetched] == [200]
    with pytest.raises(Refused):
        sendgrid.reader.client.file("http://169.254.169.254/latest/meta-data")


def test_an_export_that_fails_is_asked_for_again(own_twin, sendgrid):
    """A failed job is repeated; one that always fails is said."""
    own_twin.fault(system="sendgrid", match="contacts/exports", kind="partial")
    assert said(sendgrid.reader.people())
    own_twin.clear_faults()
    own_twin.fault(system="sendgrid", match="contacts/exports", kind="partial", times=10)
    with pytest.raises(RetryLater, match="could not complete"):
        said(sendgrid.reader.people())


def test_an_export_that_never_ends_is_given_up(own_twin, sendgrid):
    """After an hour of looking somebody else decides."""
    own_twin.settings(sendgrid_job_seconds=100_000)
    try:
        with pytest.raises(RetryLater, match="not ready"):
            said(sendgrid.reader.people())
    finally:
        own_twin.settings(sendgrid_job_seconds=1)


def test_consent_of_everybody(own_twin, sendgrid):
    """Opt-outs by scope with their times; contacts without one say none; entries alone are addresses."""
    assert isinstance(sendgrid.reader, KeepsConsent)
    found = said(sendgrid.reader.consent_changes())
    state = own_twin.state("sendgrid")["sendgrid"]
    assert {each.record_id for each in found if each.object == "contact"} == set(state["contact"])
    stopped = {each.address for each in found if each.mark.state == "opt_out_global"}
    assert stopped == set(state["unsubscribes"])
    left = {(each.mark.scope, each.address) for each in found if each.mark.state == "opt_out_group"}
    assert len(left) == len(state["groups"])
    assert {scope for scope, _ in left} == {"Newsletter", "Product news", "Events"}
    alone = [each for each in found if each.object == "address"]
    assert alone
    assert all(each.record_id == each.subject and "@" not in each.record_id for each in alone)
    assert all(each.mark.at for each in found if each.mark.state != "none")
    assert trap(own_twin, "complained") in {each.address for each in found if each.mark.state == "complaint"}


def test_bounces_say_nothing_of_consent(own_twin, sendgrid):
    """An address that bounced is on no list of consent."""
    address = trap(own_twin, "invalid_by_two_systems")
    (mine,) = [each for each in said(sendgrid.reader.consent_changes()) if each.address == address]
    assert mine.mark.state == "none"


def test_consent_since_a_moment(own_twin, sendgrid, addresses, kit):
    """Entries made since then, a group's too; with the contact behind them where there is one."""
    rows = kit.changes(sendgrid, kit.everyone(sendgrid, addresses[:1]), "suppress")
    since = datetime.now(UTC) - timedelta(minutes=1)
    sendgrid.writer.apply(rows)
    body = {"recipient_emails": ["left.alone@nowhere.example"]}
    sendgrid.reader.client.transport.write("POST", "/v3/asm/groups/20001/suppressions", json=body)
    found = {each.address: each for each in said(sendgrid.reader.consent_changes(since))}
    assert set(found) == {addresses[0], "left.alone@nowhere.example"}
    assert found[addresses[0]].object == "contact"
    assert found["left.alone@nowhere.example"].mark.scope == "Newsletter"


def test_a_person_shows_the_groups_they_left(own_twin, sendgrid, kit):
    """Asked alone or among many, the same groups are named; only many come with times."""
    entry = next(iter(own_twin.state("sendgrid")["sendgrid"]["groups"].values()))
    alone = kit.everyone(sendgrid, [entry["email"]])[0]
    among = next(
        each for each in kit.everyone(sendgrid, [entry["email"], "a@b.example", "c@d.example"])
        if each.address == entry["email"]
    )  # fmt: skip
    groups = [mark for mark in alone.consent if mark.state == "opt_out_group"]
    assert [mark.scope for mark in groups] == [m.scope for m in among.consent if m.state == "opt_out_group"]
    assert [mark.at for mark in groups] == [None]
    assert all(mark.at for mark in among.consent)


def test_a_pause_lasts_until_the_rate_begins_anew(own_twin, kit, addresses):
    """SendGrid tells the moment of its reset, not a number of seconds."""
    quota = kit.CountingQuota()
    own_twin.fault(system="sendgrid", match="suppression", kind="429")
    kit.everyone(kit.over(own_twin.url, "sendgrid", quota=quota), addresses[:1])
    own_twin.clear_faults()
    assert len(quota.pauses) == 1
    assert 1.0 <= quota.pauses[0] <= 3.0
    clock = kit.RealClock()
    far = str(int(clock.now().timestamp()) + 600)
    assert until_reset(clock, {"x-ratelimit-reset": far}) == 30.0
    assert until_reset(clock, {"retry-after": "7"}) == 7.0
