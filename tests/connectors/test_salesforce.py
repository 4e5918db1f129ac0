"""Salesforce's own traps: hosts, tokens, bulk jobs, the bin, guards, ties, names and limits."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest

from tools.connectors.salesforce import fields, marks, soap
from tools.connectors.salesforce.bulk import cell, sheet
from tools.connectors.salesforce.client import checked, named
from tools.connectors.salesforce.door import changes_something
from tools.connectors.salesforce.ties import is_customer
from tools.errors import NeedsAttention, OutcomeUnknown, Refused, RetryLater
from tools.plan import Change

ALL = frozenset({"address", "consent", "deliverability", "ties"})


@pytest.fixture
def sf(own_twin, kit):
    """Salesforce over a twin that is put back afterwards."""
    own_twin.clear_faults()
    own_twin.clear_log()
    yield kit.over(own_twin.url, "salesforce")
    own_twin.clear_faults()
    own_twin.settings(salesforce_bulk_seconds=0.0, salesforce_daily_calls=145_000)


def trap(twin, name):
    """One seeded trap."""
    return twin.traps()[name][0]


def people_of(sf, kit, *addresses):
    """Their records."""
    return kit.everyone(sf, list(addresses))


def update(record_id, values, **more):
    """An update of one contact."""
    return Change(
        subject="s",
        system="salesforce",
        object="Contact",
        record_id=record_id,
        op="update",
        set=values,
        **more,
    )


def contacts(own_twin, count):
    """Ids of contacts without opportunity or case, which can be deleted."""
    state = own_twin.state("salesforce")["salesforce"]
    listed = state["Contact"].values() if isinstance(state["Contact"], dict) else state["Contact"]
    return [each["Id"] for each in listed][:count]


@pytest.mark.parametrize(
    ("kind", "tie"),
    [
        ("bounced_with_opportunity_role", "opportunity_role"),
        ("bounced_with_case", "case"),
        ("bounced_with_customer_account", "customer_account"),
        ("bounced_with_campaign_window", "campaign_window"),
        ("bounced_with_recent_activity", "recent_activity"),
        ("bounced_with_legal_hold", "legal_hold"),
        ("bounced_with_target_account", "target_account"),
        ("bounced_with_phone_in_use", "phone_in_use"),
        ("bounced_with_frozen_owner", "frozen_owner"),
        ("bounced_with_consent_evidence", "consent_evidence"),
    ],
)
def test_what_holds_a_person_is_found(twin, kit, kind, tie):
    """Each thing that holds a record in place comes as a tie in words, and a free person has none.

    Source: the veto table for deleting people from a CRM.
    """
    sf = kit.over(twin.url, "salesforce")
    found = people_of(sf, kit, trap(twin, kind)["email"])
    assert {each.kind for person in found for each in person.ties} == {tie}
    assert all(each.text for person in found for each in person.ties)
    free = people_of(sf, kit, trap(twin, "invalid_by_two_systems")["email"])
    assert [each.ties for each in free] == [()]


def test_leads_and_contacts_behind_one_address(twin, kit):
    """One address may be a contact and a lead with opposite consent: both come, each with its own word."""
    found = people_of(
        kit.over(twin.url, "salesforce"), kit, trap(twin, "duplicate_opposite_consent")["email"]
    )
    consent = {each.object: [mark.state for mark in each.consent] for each in found}
    assert consent == {"Contact": [], "Lead": ["opt_out_global"]}


def test_an_international_domain_is_found_in_either_spelling(twin, kit):
    """Punycode and the written-out domain are one address, whichever the vendor stores."""
    email = trap(twin, "international_domain")["email"]
    for name in ("salesforce", "marketo", "sendgrid"):
        found = kit.everyone(kit.over(twin.url, name), [email])
        assert {each.subject for each in found} == {kit.SUBJECT(email)}, name


def test_in_bulk_and_one_by_one_people_read_the_same(twin, kit, addresses):
    """Thousands of addresses are looked for by bulk query, with the same records, ties and spellings."""
    sf = kit.over(twin.url, "salesforce")
    wanted = [
        *addresses[:60],
        *(trap(twin, name)["email"] for name in twin.traps() if name.startswith("bounced")),
    ]
    strangers = [f"nobody{number}@nowhere.example" for number in range(6_001)]
    few = {each.record_id: each for each in people_of(sf, kit, *wanted)}
    many = {each.record_id: each for each in people_of(sf, kit, *wanted, *strangers)}
    assert few.keys() == many.keys()
    for number, person in few.items():
        assert dict(many[number].raw) == dict(person.raw)
        assert sorted(each.text for each in many[number].ties) == sorted(each.text for each in person.ties)
        for op in ("delete", "suppress"):
            said = [
                each.reader.express(op, who, note="", rests_on=ALL)
                for each, who in ((sf, person), (sf, many[number]))
            ]
            assert said[0] == said[1]


def test_a_new_role_stops_a_purge_and_a_new_title_does_not(own_twin, sf, kit):
    """The guard drifts on what the decision rested on, and on nothing else."""
    person = people_of(sf, kit, trap(own_twin, "invalid_by_two_systems")["email"])[0]
    row = sf.reader.express("delete", person, note="", rests_on=ALL)
    assert row.guard["OpportunityContactRoles"] == 0
    assert "Title" not in row.guard
    assert "HasOptedOutOfEmail" not in row.guard  # the run's own suppression comes first
    sf.writer.apply([update(person.record_id, {"Title": "Chief"})])
    assert now(sf, row) == dict(row.guard)
    deal = people_of(sf, kit, trap(own_twin, "bounced_with_opportunity_role")["email"])[0].roles[0]
    role = {"OpportunityId": deal, "ContactId": person.record_id, "Role": "Buyer"}
    made = sf.writer.apply([replace(update(None, role), object="OpportunityContactRole", op="create")])
    assert made[0].state == "applied"
    assert {name for name, value in now(sf, row).items() if value != row.guard[name]} == {
        "OpportunityContactRoles"
    }


def now(sf, row):
    """A row's guard fields as they read now."""
    return sf.reader.current(row.object, [row.record_id], frozenset(row.guard))[row.record_id]


def test_bulk_updates_clear_fields_and_keep_columns_apart(own_twin, sf, kit, addresses):
    """More than 200 rows go as Bulk 2.0: null clears, absent leaves alone, booleans and commas survive."""
    ids = contacts(own_twin, 230)
    rows = [update(each, {"Title": None}) for each in ids[:110]]
    rows += [update(each, {"Title": 'Head, "Ops"', "HasOptedOutOfEmail": True}) for each in ids[110:]]
    outcomes = sf.writer.apply(rows)
    assert {each.state for each in outcomes} == {"applied"}
    assert [each.record_id for each in outcomes] == ids
    held = sf.reader.current("Contact", ids, frozenset({"Title", "HasOptedOutOfEmail", "LastName"}))
    assert all(held[each]["Title"] is None for each in ids[:110])
    assert all(held[each]["Title"] == 'Head, "Ops"' for each in ids[110:])
    assert all(held[each]["HasOptedOutOfEmail"] is True for each in ids[110:])
    assert all(held[each]["LastName"] for each in ids)
    since = datetime.now(UTC) - timedelta(minutes=1)
    assert set(sf.writer.read_back(rows, since)) == {"landed"}


def bulk_rows(own_twin, count=210):
    """Enough updates for a bulk job."""
    return [update(each, {"Title": "By bulk"}) for each in contacts(own_twin, count)]


def test_a_bulk_job_costs_four_calls_and_one_more_for_failures(own_twin, sf):
    """Create, upload, close, poll; failed rows are fetched only when there are any."""
    rows = bulk_rows(own_twin)
    sf.writer.apply(rows[:1])
    own_twin.clear_log()
    sf.writer.apply(rows)
    assert len(own_twin.log("salesforce")) == 4
    own_twin.clear_log()
    ghost = update("003000000000000AAA", {"Title": "x"})
    outcomes = sf.writer.apply([*rows, ghost])
    assert len(own_twin.log("salesforce")) == 5
    assert [each.state for each in outcomes] == ["applied"] * len(rows) + ["failed"]
    assert outcomes[-1].error
    assert outcomes[-1].hint


def test_a_slow_bulk_job_is_waited_for(own_twin, sf):
    """A job in progress is polled until it is done."""
    rows = bulk_rows(own_twin)
    own_twin.settings(salesforce_bulk_seconds=0.4)
    assert {each.state for each in sf.writer.apply(rows)} == {"applied"}


def test_bulk_goes_through_an_expired_token(own_twin, sf):
    """The library renews tokens for REST alone; ours does it for bulk as well, in every step."""
    rows = bulk_rows(own_twin)
    sf.reader.health()
    for step in ("POST .*/jobs/ingest", "PUT .*/batches", "PATCH .*/jobs/ingest", "GET .*/jobs/ingest"):
        own_twin.clear_faults()
        own_twin.fault(system="salesforce", match=step, kind="401")
        assert {each.state for each in sf.writer.apply(rows)} == {"applied"}, step


@pytest.mark.parametrize(
    ("step", "error", "landed"),
    [
        ("POST .*/jobs/ingest", RetryLater, "not_landed"),  # an open job does nothing
        ("PUT .*/batches", RetryLater, "not_landed"),
        ("PATCH .*/jobs/ingest", None, "landed"),  # the job's own state tells that it was closed
        ("GET .*/jobs/ingest/\\w+$", None, "landed"),
    ],
)
def test_a_lost_answer_in_a_bulk_job(own_twin, sf, step, error, landed):
    """Before the close nothing was taken; after it the job is asked; nothing is sent twice."""
    rows = bulk_rows(own_twin)
    sf.reader.health()
    own_twin.fault(system="salesforce", match=step, kind="drop_reply")
    since = datetime.now(UTC) - timedelta(minutes=1)
    if error:
        with pytest.raises(error):
            sf.writer.apply(rows)
    else:
        assert {each.state for each in sf.writer.apply(rows)} == {"applied"}
    own_twin.clear_faults()
    assert set(sf.writer.read_back(rows, since)) == {landed}
    assert len([each for each in own_twin.log("salesforce") if each["path"].endswith("/batches")]) <= 1


def test_a_bulk_job_nobody_can_ask_about_is_unknown(own_twin, sf):
    """When the polls fail for good the outcome is unknown, and the job is aborted, not left running."""
    rows = bulk_rows(own_twin)
    own_twin.settings(salesforce_bulk_seconds=60)
    sf.reader.health()
    own_twin.fault(system="salesforce", match="GET .*/jobs/ingest", kind="500", times=50)
    with pytest.raises(OutcomeUnknown):
        sf.writer.apply(rows)
    patches = [each for each in own_twin.log("salesforce") if each["method"] == "PATCH"]
    assert "Aborted" in str(patches[-1]["request"])
    own_twin.clear_faults()
    since = datetime.now(UTC) - timedelta(minutes=1)
    assert set(sf.writer.read_back(rows, since)) == {"not_landed"}


def test_a_close_that_was_never_taken_is_not_taken(own_twin, sf):
    """A failed close leaves the job open: it is aborted, and the batch may be tried again."""
    rows = bulk_rows(own_twin)
    sf.reader.health()
    own_twin.fault(system="salesforce", match="PATCH .*/jobs/ingest", kind="502")
    with pytest.raises(RetryLater):
        sf.writer.apply(rows)


def test_deletes_come_back_from_the_bin_under_their_ids(own_twin, sf, kit, addresses):
    """Within 15 days a delete is undone by SOAP undelete; the record is the same one."""
    person = next(each for each in people_of(sf, kit, *addresses[:20]) if each.object == "Contact")
    row = update(person.record_id, {}, backup=person.raw)
    row = replace(row, op="delete", subject=person.subject)
    sf.writer.apply([row])
    back = sf.reader.inverse(row, now=None, at=datetime.now(UTC))
    assert (back.op, back.record_id, dict(back.set)) == ("create", None, {"undelete": person.record_id})
    create = replace(row, op="create", record_id=None, set=back.set)
    own_twin.clear_log()
    assert [each.record_id for each in sf.writer.apply([create])] == [person.record_id]
    assert own_twin.log("salesforce")[0]["path"].endswith("/services/Soap/u/62.0")
    again = people_of(sf, kit, person.address)[0]
    assert {k: v for k, v in again.raw.items() if "Modif" not in k and "Modstamp" not in k} == {
        k: v for k, v in person.raw.items() if "Modif" not in k and "Modstamp" not in k
    }


def test_undelete_renews_its_token(own_twin, sf, addresses, kit):
    """SOAP carries the token in its envelope: an expired one is renewed there too."""
    person = next(each for each in people_of(sf, kit, *addresses[:20]) if each.object == "Contact")
    row = replace(update(person.record_id, {}), op="delete")
    sf.writer.apply([row])
    own_twin.advance(7_300)
    create = replace(row, op="create", record_id=None, set={"undelete": person.record_id})
    assert sf.writer.apply([create])[0].state == "applied"
    again = sf.writer.apply([create])[0]
    assert again.state == "failed"
    assert again.hint


def test_after_the_bin_a_delete_is_made_anew(own_twin, sf, kit, addresses):
    """After 15 days the record is created from the backup, with what may be created and nothing else."""
    person = next(each for each in people_of(sf, kit, *addresses[:20]) if each.object == "Contact")
    row = replace(update(person.record_id, {}, backup=person.raw), op="delete")
    sf.writer.apply([row])
    back = sf.reader.inverse(row, now=None, at=datetime.now(UTC) - timedelta(days=16))
    assert not {"Id", "CreatedDate", "Name", "Account", "IsDeleted"} & set(back.set)
    made = sf.writer.apply([replace(row, op="create", record_id=None, set=back.set)])[0]
    assert made.state == "applied"
    assert made.record_id != person.record_id


def test_updates_and_creates_are_undone(own_twin, sf, addresses, kit):
    """An update goes back to its backup unless somebody wrote since; a record we made is deleted."""
    person = people_of(sf, kit, addresses[0])[0]
    row = update(person.record_id, {"Title": "Chief"}, backup=person.raw)
    sf.writer.apply([row])
    held = sf.reader.current("Contact", [person.record_id], frozenset())[person.record_id]
    back = sf.reader.inverse(row, now=held, at=datetime.now(UTC))
    assert (back.op, back.set, back.guard) == ("update", {"Title": person.title}, {"Title": "Chief"})
    touched = sf.reader.inverse(row, now={**held, "Title": "CEO"}, at=datetime.now(UTC))
    assert touched.code == "changed_since"
    assert sf.reader.inverse(row, now=None, at=datetime.now(UTC)).code == "gone"
    assert sf.reader.inverse(replace(row, backup={}), now=held, at=datetime.now(UTC)).code == "no_backup"
    created = replace(row, op="create")
    assert sf.reader.inverse(created, now=held, at=datetime.now(UTC)).op == "delete"


def test_a_persons_own_opt_out_is_never_undone(own_twin, sf, addresses, kit):
    """Undo never lifts an opt-out that was there before we wrote."""
    person = people_of(sf, kit, addresses[0])[0]
    row = update(person.record_id, {"HasOptedOutOfEmail": True}, backup={"HasOptedOutOfEmail": True})
    for op in ("update", "suppress"):
        found = sf.reader.inverse(replace(row, op=op), now={"HasOptedOutOfEmail": True}, at=datetime.now(UTC))
        assert found.code == "own_opt_out"


def test_campaign_members_come_and_go(own_twin, sf, addresses, kit):
    """Adding to a campaign creates a member, found again by what it joins; removing deletes it."""
    person = next(each for each in people_of(sf, kit, *addresses[:20]) if each.object == "Contact")
    state = own_twin.state("salesforce")["salesforce"]
    campaign = kit.values(state["Campaign"])[0]["Id"]
    row = Change(
        subject=person.subject, system="salesforce", object="CampaignMember", record_id=None, op="add_member",
        set={"CampaignId": campaign, "ContactId": person.record_id, "Status": "Sent"},
    )  # fmt: skip
    since = datetime.now(UTC)
    if sf.writer.read_back([row], since) == ["landed"]:
        pytest.fail("the contact was in the campaign before")
    member = sf.writer.apply([row])[0]
    assert member.state == "applied"
    assert sf.writer.read_back([row], since) == ["landed"]
    gone = replace(row, op="remove_member", record_id=member.record_id, set={})
    assert sf.writer.apply([gone])[0].state == "applied"
    assert sf.writer.read_back([gone], since) == ["landed"]


def test_a_case_keeps_its_contact(own_twin, sf, kit):
    """A delete the vendor refuses fails with its code and what a person can do."""
    held = trap(own_twin, "bounced_with_case")["contact"]
    outcome = sf.writer.apply([replace(update(held, {}), op="delete")])[0]
    assert outcome.state == "failed"
    assert outcome.error.startswith("DELETE_FAILED")
    assert outcome.hint


def test_the_machines_netrc_and_proxies_are_not_used(twin, kit, addresses, monkeypatch, tmp_path):
    """A .netrc entry for the host would replace the token, a proxy would see it: neither is looked at."""
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login somebody password else\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("salesforce", "marketo", "sendgrid"):
        assert kit.everyone(kit.over(twin.url, name), addresses[:1]), name


def test_queries_stay_below_the_limits_and_go_together(twin, kit, addresses):
    """However many addresses, no query is longer than Salesforce takes, and five of them are one call."""
    sf = kit.over(twin.url, "salesforce")
    kit.everyone(sf, addresses[:1])
    twin.clear_log()
    strangers = [f"nobody.of.this.long.name.{number}@nowhere.example" for number in range(1_600)]
    assert len(kit.everyone(sf, [*addresses[:380], *strangers])) == 380
    asked = [each for each in twin.log("salesforce") if each["path"].endswith("/composite")]
    assert len(asked) == len(twin.log("salesforce")) == 2  # contacts and leads; then their accounts
    template = "SELECT Id FROM Contact WHERE Email IN {}"
    queries = list(sf.reader.client.within(template, strangers, 2_000, 75_000))
    assert len(queries) >= 2
    assert max(map(len, queries)) < 75_000
    short = list(sf.reader.client.within(template, strangers))
    assert max(len(quote(each)) for each in short) < 16_384


def test_quotes_in_addresses_do_not_break_out(twin, kit):
    """An apostrophe is escaped: the query asks for that address and nothing more."""
    assert kit.everyone(kit.over(twin.url, "salesforce"), ["o'shea@x.example", "x'or'1@x.example"]) == []


def test_the_daily_limit_is_waited_for_by_hours(own_twin, sf, addresses, kit):
    """The used-up day is no failure to retry at once; whoever waits knows that it takes hours."""
    people_of(sf, kit, addresses[0])
    own_twin.settings(salesforce_daily_calls=1)
    with pytest.raises(RetryLater, match="used up") as raised:
        people_of(sf, kit, addresses[0])
    assert raised.value.after >= 3600
    assert sf.reader.health().reachable


def test_a_hidden_opt_out_field_needs_a_person(twin, kit, addresses):
    """Field-level security may hide the opt-out: suppressing says whom to ask instead of doing nothing."""
    sf = kit.over(twin.url, "salesforce")
    person = people_of(sf, kit, addresses[0])[0]
    blind = replace(person, raw={name: value for name, value in person.raw.items() if name != marks.OPT_OUT})
    with pytest.raises(NeedsAttention, match="HasOptedOutOfEmail"):
        sf.reader.express("suppress", blind, note="")


def test_a_field_the_organisation_lacks_is_left_out(twin, kit, addresses, monkeypatch):
    """A parent's field that is not there is dropped once and for all, and never guarded."""
    wanted = (*fields.PARENTS["Contact"], "Account.Nowhere__c")
    monkeypatch.setitem(fields.PARENTS, "Contact", wanted)
    sf = kit.over(twin.url, "salesforce")
    person = next(each for each in people_of(sf, kit, *addresses[:5]) if each.object == "Contact")
    assert "Nowhere__c" not in person.raw["Account"]
    twin.clear_log()
    people_of(sf, kit, *addresses[:5])
    assert all(each["status"] == 200 for each in twin.log("salesforce"))
    bulk = [each for batch in sf.reader.people() for each in batch]
    assert len(bulk) > 1_000


def test_a_query_that_is_wrong_is_refused(twin, kit):
    """Another malformed query is not retried and not swallowed."""
    sf = kit.over(twin.url, "salesforce")
    with pytest.raises(Refused):
        list(sf.reader.client.query("SELECT Nothing FROM Contact"))
    with pytest.raises(Refused):
        list(sf.reader.search.bulk.query("SELECT Nothing__c FROM Contact"))


def test_a_soap_fault_is_said(twin, kit, monkeypatch):
    """An envelope the vendor refuses as a whole comes as a sentence, not as an XML error."""
    sf = kit.over(twin.url, "salesforce")
    monkeypatch.setattr(soap, "ENVELOPE", soap.ENVELOPE.replace("{operation}", "{operation}Everything"))
    with pytest.raises(NeedsAttention, match="did not undelete"):
        soap.undelete(sf.writer.client, ["003000000000001AAA"])


@pytest.mark.parametrize("bad", ["", "003", "003000000000000AA", "003000000000000/AA", None, 3])
def test_ids_and_names_are_checked(bad):
    """Only 15 or 18 letters and digits are an id; only letters, digits and underscores a name."""
    with pytest.raises(Refused):
        checked(bad)
    with pytest.raises(Refused):
        named(f"{bad} FROM Account--")


def test_what_counts_as_a_write():
    """Reading many records and querying in bulk are POSTs that change nothing; everything else does."""
    base = "/services/data/v62.0"
    assert not changes_something("GET", f"{base}/query/")
    assert not changes_something("POST", f"{base}/composite/sobjects/Contact")
    assert not changes_something("POST", f"{base}/jobs/query")
    assert not changes_something("POST", f"{base}/composite")
    writes = [
        ("POST", "composite/sobjects"),
        ("PATCH", "composite/sobjects"),
        ("DELETE", "composite/sobjects"),
        ("POST", "jobs/ingest"),
        ("PUT", "jobs/ingest/750/batches"),
    ]
    assert all(changes_something(method, f"{base}/{path}") for method, path in writes)
    assert changes_something("POST", "/services/Soap/u/62.0")


def test_cells_of_a_sheet():
    """Null clears, booleans are lower case, text is quoted where it must be."""
    assert [cell(each) for each in (None, True, False, 3, "x")] == ["#N/A", "true", "false", "3", "x"]
    assert sheet(["Id", "Title"], [{"Title": 'a "b", c', "Id": "1"}]) == b'Id,Title\n1,"a ""b"", c"\n'


def test_cells_of_a_bulk_query():
    """Text out of CSV gets the types and spellings REST has."""
    described = {
        "A": {"type": "boolean"}, "B": {"type": "double"}, "C": {"type": "int"}, "D": {"type": "datetime"},
        "E": {"type": "string"},
    }  # fmt: skip
    row = {"A": "true", "B": "1.5", "C": "2", "D": "2026-01-02T03:04:05.000Z", "E": "", "P.N": "x"}
    assert fields.typed(row, described) == {
        "A": True, "B": 1.5, "C": 2, "D": "2026-01-02T03:04:05.000+0000", "E": None, "P": {"N": "x"},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "held"),
    [("Customer - Direct", True), ("Channel Partner", True), ("Prospect", False), (None, False)],
)
def test_customers_and_partners(kind, held):
    """The account types that hold their contacts."""
    assert is_customer(kind) is held
