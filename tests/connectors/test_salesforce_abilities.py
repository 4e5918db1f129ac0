"""Salesforce's abilities: consent with its writer, fields, edits it refuses, campaigns, merges, revivals."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from tools.abilities import LinksRecords
from tools.connectors.salesforce import marks, reading
from tools.errors import NeedsAttention, OutcomeUnknown, RetryLater
from tools.plan import Change, Veto
from tools.ports import Expressed

SETTINGS = {
    "salesforce_hidden_fields": [], "salesforce_read_only_fields": [], "salesforce_required_fields": [],
    "salesforce_restricted_picklists": [], "salesforce_refused_values": [], "salesforce_locked_records": [],
    "salesforce_refuses_duplicates": False, "salesforce_field_history": True, "sync_lag_seconds": 180.0,
}  # fmt: skip
LEAD = {"address": "made@abilities.example", "last_name": "Made", "company": "Abilities Ltd"}


@pytest.fixture
def sf(own_twin, kit):
    """Salesforce over a twin that is put back afterwards, its administrator's settings too."""
    own_twin.clear_faults()
    own_twin.clear_log()
    yield kit.over(own_twin.url, "salesforce")
    own_twin.clear_faults()
    own_twin.settings(**SETTINGS)


def as_row(said, person=None, **more):
    """A wish as a row of a plan."""
    return Change(
        subject=person.subject if person else "s", system="salesforce", object=said.object, op=said.op,
        record_id=said.record_id, set=said.set, guard=said.guard, backup=said.backup, **more,
    )  # fmt: skip


def consent_of(sf, email):
    """The marks of an address."""
    found = (each for batch in sf.reader.consent_changes() for each in batch)
    return [each.mark for each in found if each.address == email]


def lead_row(sf, **values):
    """A new lead as a row."""
    return as_row(sf.reader.express_create("Lead", {**LEAD, **values}))


def now(sf, row):
    """The whole record as it reads now."""
    return sf.reader.current(row.object, [row.record_id], frozenset())[row.record_id]


# -- consent


def test_what_is_asked_for_opt_outs_can_be_shown(sf):
    """The SOQL of both objects: an administrator can ask the same and count."""
    contacts, leads = sf.reader.consent_query().split("; ")
    assert contacts.startswith("SELECT Id, Email, HasOptedOutOfEmail, ")
    assert contacts.endswith(" FROM Contact")
    assert leads.endswith(" FROM Lead WHERE (IsConverted = false OR HasOptedOutOfEmail = true)")


def test_the_field_history_names_who_unticked_it(own_twin, sf, kit):
    """The import that cleared an opt-out this morning is named, with its time."""
    (mark,) = consent_of(sf, own_twin.traps()["resurrected_opt_out"][0]["email"])
    assert (mark.state, mark.writer, mark.source) == ("none", "Data Import", marks.FROM_HISTORY)
    assert mark.at is not None
    assert datetime.now(UTC) - mark.at < timedelta(days=1)
    (person,) = kit.everyone(sf, [own_twin.traps()["resurrected_opt_out"][0]["email"]])
    assert person.consent == (mark,)


def test_the_sync_users_opt_out_is_the_sync_users(own_twin, sf, kit, addresses):
    """An opt-out that came through the sync is written by the sync user; ours by our own."""
    with httpx.Client(base_url=own_twin.url, trust_env=False, verify=False) as http:
        keys = {
            "grant_type": "client_credentials",
            "client_id": "twin-client",
            "client_secret": "twin-secret",
        }
        token = http.get("/marketo/identity/oauth/token", params=keys).json()["access_token"]
        body = {"input": [{"email": addresses[0], "unsubscribed": True}]}
        http.post("/marketo/rest/v1/leads.json", json=body, headers={"Authorization": f"Bearer {token}"})
    own_twin.advance(200)
    sf.writer.apply(kit.changes(sf, kit.everyone(sf, addresses[1:2]), "suppress"))
    for email, writer in ((addresses[0], "Marketo Sync"), (addresses[1], "Clearance Integration")):
        (mark,) = consent_of(sf, email)
        assert (mark.state, mark.writer, mark.source) == ("opt_out_global", writer, marks.FROM_HISTORY)
        (person,) = kit.everyone(sf, [email])
        assert person.consent == (mark,)


def test_a_bulk_write_leaves_its_history_too(own_twin, sf, kit, addresses):
    """Opt-outs written by a bulk job have a line each."""
    rows = kit.changes(sf, kit.everyone(sf, addresses[:210]), "suppress")
    assert {each.state for each in sf.writer.apply(rows)} == {"applied"}
    assert any("/jobs/ingest" in each["path"] for each in own_twin.log("salesforce"))
    assert consent_of(sf, addresses[0])[0].source == marks.FROM_HISTORY


def test_without_history_the_last_change_of_the_record_is_said_to_be_that(own_twin, kit, sf):
    """Where the history is not tracked, the mark says that its writer and time are the record's."""
    own_twin.settings(salesforce_field_history=False)
    blind = kit.over(own_twin.url, "salesforce")
    (mark,) = consent_of(blind, own_twin.traps()["resurrected_opt_out"][0]["email"])
    assert (mark.writer, mark.source) == ("Data Import", marks.FROM_RECORD)
    (person,) = kit.everyone(blind, [own_twin.traps()["opted_out_only_in_salesforce"][0]["email"]])
    assert person.consent[0].source == marks.FROM_RECORD


def test_everybody_costs_two_reads_an_object(own_twin, sf, kit):
    """History and records: one page each while they are few; asking for what changed costs no more."""
    kit.everyone(sf, ["warm@up.example"])
    own_twin.clear_log()
    consent_of(sf, "")
    assert len(own_twin.log("salesforce")) == 4
    own_twin.clear_log()
    soon = datetime.fromisoformat(own_twin.now()) - timedelta(minutes=1)
    assert [each for batch in sf.reader.consent_changes(soon) for each in batch] == []
    assert len(own_twin.log("salesforce")) == 4


def test_thousands_are_read_in_bulk_and_read_the_same(twin, kit, monkeypatch):
    """Above the threshold a bulk query reads the same records and the same marks."""
    sf = kit.over(twin.url, "salesforce")
    few = {each.record_id: each for batch in sf.reader.consent_changes() for each in batch}
    monkeypatch.setattr(reading, "BULK_ABOVE", 40)
    twin.clear_log()
    many = {each.record_id: each for batch in sf.reader.consent_changes() for each in batch}
    assert few == many
    assert any("/jobs/query" in each["path"] for each in twin.log("salesforce"))


def test_a_record_without_an_address_has_no_subject(own_twin, sf):
    """Consent of a record nobody can be mailed at is told, without a subject."""
    made = sf.writer.apply([replace(lead_row(sf), set={"LastName": "Mute", "Company": "Mute Ltd"})])[0]
    found = [each for batch in sf.reader.consent_changes() for each in batch]
    mute = next(each for each in found if each.record_id == made.record_id)
    assert (mute.subject, mute.address, mute.mark.state) == ("", "", "none")
    assert mute.mark.source == marks.AS_CREATED


@pytest.mark.parametrize("object", ["Contact", "Lead"])
def test_a_hidden_box_names_the_permission(own_twin, kit, sf, object):
    """Without the opt-out nobody's consent is known: a person must grant the field, which is named."""
    own_twin.settings(salesforce_hidden_fields=[f"{object}.HasOptedOutOfEmail"])
    with pytest.raises(NeedsAttention) as caught:
        list(kit.over(own_twin.url, "salesforce").reader.consent_changes())
    assert f"{object}.HasOptedOutOfEmail" in caught.value.sentence()


def test_a_box_hidden_since_it_was_described_names_the_permission(own_twin, sf):
    """Rights may change under a running process: a refused query is no riddle, the field is named."""
    assert next(sf.reader.consent_changes())
    own_twin.settings(salesforce_hidden_fields=["Lead.HasOptedOutOfEmail"])
    with pytest.raises(NeedsAttention) as caught:
        list(sf.reader.consent_changes())
    assert "Lead.HasOptedOutOfEmail" in caught.value.sentence()


def test_a_field_hidden_since_it_was_described_is_dropped(own_twin, sf, kit, addresses):
    """Rights may change under a running process: the object is described anew and the read goes on."""
    assert kit.everyone(sf, addresses[:1])[0].title
    own_twin.settings(salesforce_hidden_fields=["Contact.Title"])
    assert kit.everyone(sf, addresses[:1])[0].title == ""


# -- fields and edits


def test_picklists_allow_what_a_restricted_one_lists(own_twin, kit, sf):
    """An unrestricted picklist takes anything through the API; a restricted one what it lists."""
    assert sf.reader.fields("Lead")["Status"].values == ()
    own_twin.settings(salesforce_restricted_picklists=["Lead.Status"])
    strict = kit.over(own_twin.url, "salesforce").reader
    assert "Working" in strict.fields("Lead")["Status"].values
    made = strict.express_create("Lead", {**LEAD, "lifecycle": "working"})
    assert isinstance(made, Expressed)
    assert made.set["Status"] == "Working"
    refused = strict.express_create("Lead", {**LEAD, "lifecycle": "Simmering"})
    assert isinstance(refused, Veto)
    assert refused.code == "not_allowed"


def test_required_fields_are_those_without_a_default(own_twin, kit, sf):
    """Last name and company of a lead; and what an administrator requires besides."""
    assert {name for name, each in sf.reader.fields("Lead").items() if each.required} == {
        "LastName", "Company",
    }  # fmt: skip
    own_twin.settings(salesforce_required_fields=["Lead.LeadSource"])
    refused = kit.over(own_twin.url, "salesforce").reader.express_create("Lead", LEAD)
    assert isinstance(refused, Veto)
    assert (refused.code, refused.text) == ("required_field", "Salesforce needs LeadSource for a new Lead")


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"first_name": "x" * 41}, "too_long"),
        ({"created": "2026-01-01"}, "read_only"),
        ({"company": "Acme"}, "no_such_field"),
        ({"last_name": ""}, "required_field"),
        ({"opted_out": "perhaps"}, "wrong_type"),
        ({"owner": "Dana"}, "wrong_type"),
        ({"EmailBouncedDate": "soon"}, "wrong_type"),
        ({"Nothing__c": 1}, "no_such_field"),
    ],
)
def test_what_salesforce_would_refuse_is_vetoed(sf, kit, addresses, values, code):
    """A value that cannot be written is known before anybody votes."""
    said = sf.reader.express_update(kit.everyone(sf, addresses[:1])[0], values)
    assert isinstance(said, Veto)
    assert said.code == code
    assert said.text


def test_hidden_and_read_only_fields_are_vetoed_by_name(own_twin, kit, sf, addresses):
    """Field-level security is named, so that somebody can grant it."""
    own_twin.settings(
        salesforce_hidden_fields=["Contact.MailingCity"], salesforce_read_only_fields=["Contact.Title"]
    )
    fresh = kit.over(own_twin.url, "salesforce")
    person = kit.everyone(fresh, addresses[:1])[0]
    hidden = fresh.reader.express_update(person, {"city": "Berlin"})
    locked = fresh.reader.express_update(person, {"title": "Boss"})
    assert (hidden.code, locked.code) == ("hidden_field", "read_only")
    assert "Contact.MailingCity" in hidden.text


def test_values_come_in_the_fields_own_types(sf):
    """Numbers, check-boxes, dates and times as the wire has them."""
    said = sf.reader.express_create(
        "Lead",
        {**LEAD, "employees": "250", "opted_out": "yes", "EmailBouncedDate": "2026-03-01", "phone": ""},
    )
    assert isinstance(said, Expressed)
    assert said.set["NumberOfEmployees"] == 250
    assert said.set["HasOptedOutOfEmail"] is True
    assert said.set["EmailBouncedDate"] == "2026-03-01T00:00:00Z"
    assert "Phone" not in said.set
    wrong = sf.reader.express_create("Lead", {**LEAD, "employees": "many"})
    assert isinstance(wrong, Veto)
    assert wrong.code == "wrong_type"


def test_nobody_is_opted_back_in_by_an_edit(own_twin, sf, kit):
    """An update cannot lower consent, and a converted lead is not written at all."""
    (stopped,) = kit.everyone(sf, [own_twin.traps()["opted_out_only_in_salesforce"][0]["email"]])
    said = sf.reader.express_update(stopped, {"opted_out": False})
    assert isinstance(said, Veto)
    assert said.code == "consent"
    people = kit.everyone(sf, [own_twin.traps()["converted_lead"][0]["email"]])
    converted = next(each for each in people if each.object == "Lead")
    said = sf.reader.express_update(converted, {"title": "x"})
    assert isinstance(said, Veto)
    assert said.code == "converted"


def test_contacts_and_leads_fill_the_same_fields(twin, kit):
    """Place, industry and source come from wherever the object keeps them."""
    sf = kit.over(twin.url, "salesforce")
    people = [each for batch in sf.reader.people() for each in batch]
    for object in ("Contact", "Lead"):
        mine = [each for each in people if each.object == object]
        for name in ("city", "state", "country", "industry", "lead_source", "phone"):
            assert any(getattr(each, name) for each in mine), (object, name)


def refusals(own_twin, kit, addresses):
    """Every way an organisation refuses a row: settings, rows of which the first is refused, its code."""
    sf = kit.over(own_twin.url, "salesforce")
    one, two = kit.everyone(sf, addresses[:2])

    def titled(person, title):
        return as_row(sf.reader.express_update(person, {"title": title}), person)

    pair = [titled(one, "Intern"), titled(two, "Chief")]
    picks = [
        as_row(sf.reader.express_update(one, {"lead_source": "Tea Leaves"})),
        as_row(sf.reader.express_update(two, {"lead_source": "Other"})),
    ]
    leads = [lead_row(sf), lead_row(sf, address="second@abilities.example", lead_source="Web")]
    known = next(each.address for batch in sf.reader.people() for each in batch if each.object == "Lead")
    doubled = [lead_row(sf, address=known), leads[1]]
    return sf, {
        "INVALID_FIELD_FOR_INSERT_UPDATE": ({"salesforce_read_only_fields": ["Contact.LeadSource"]},
                                            [picks[0], titled(two, "Chief")]),
        "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST": (
            {"salesforce_restricted_picklists": ["Contact.LeadSource"]}, picks),
        "UNABLE_TO_LOCK_ROW": ({"salesforce_locked_records": [one.record_id]}, pair),
        "FIELD_CUSTOM_VALIDATION_EXCEPTION": ({"salesforce_refused_values": ["Contact.Title=Intern"]}, pair),
        "REQUIRED_FIELD_MISSING": ({"salesforce_required_fields": ["Lead.LeadSource"]}, leads),
        "DUPLICATES_DETECTED": ({"salesforce_refuses_duplicates": True}, doubled),
    }  # fmt: skip


@pytest.mark.parametrize(
    "code",
    [
        "INVALID_FIELD_FOR_INSERT_UPDATE", "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", "UNABLE_TO_LOCK_ROW",
        "FIELD_CUSTOM_VALIDATION_EXCEPTION", "REQUIRED_FIELD_MISSING", "DUPLICATES_DETECTED",
    ],
)  # fmt: skip
def test_a_refused_row_has_a_plain_hint_and_the_others_land(own_twin, sf, kit, addresses, code):
    """What an administrator set since the plan was made refuses its row alone, in words a person can use."""
    writing, cases = refusals(own_twin, kit, addresses)
    settings, rows = cases[code]
    own_twin.settings(**settings)
    refused, done = writing.writer.apply(rows)
    assert (refused.state, done.state) == ("failed", "applied")
    assert refused.error.startswith(code)
    assert refused.hint
    assert refused.hint != "Open the record in Salesforce."
    landed = writing.writer.read_back(
        [rows[0], replace(rows[1], record_id=done.record_id)], datetime.now(UTC) - timedelta(minutes=1)
    )
    assert landed == ["not_landed", "landed"]


def test_a_create_of_somebody_elses_is_not_taken_for_ours(own_twin, sf):
    """A lead with our address that another user made meanwhile does not answer for our own create."""
    row = lead_row(sf)
    since = datetime.now(UTC)
    sf.writer.apply([row])
    assert sf.writer.read_back([row], since) == ["landed"]
    sf.reader.client.door.token.user = "0055g0000000003AAA"
    assert sf.writer.read_back([row], since) == ["not_landed"]


# -- campaigns


def campaign(sf, name="Autumn Webinar Invite"):
    """One campaign as an audience."""
    return next(each for batch in sf.reader.audiences() for each in batch if each.name == name)


def test_the_default_status_comes_first(sf):
    """Statuses are the campaign's own, and an unknown one is vetoed with those there are."""
    audience = campaign(sf)
    assert audience.statuses == ("Sent", "Registered", "Attended", "Responded")
    assert (audience.kind, audience.editable) == ("campaign", True)


def test_members_are_read_once_for_all_wishes(own_twin, sf, kit, addresses):
    """Many wishes about one campaign read its members once; minutes later they are read again."""
    audience, people = campaign(sf), kit.everyone(sf, addresses[:40])
    own_twin.clear_log()
    said = [sf.reader.express_member("add_member", audience, each) for each in people]
    assert any(said)
    assert len(own_twin.log("salesforce")) == 1
    sf.reader.lists.clock.ahead += 301
    sf.reader.express_member("remove_member", audience, people[0])
    assert len(own_twin.log("salesforce")) == 2


def test_a_members_status_is_moved_and_a_wrong_one_refused(sf, kit):
    """Another status for a member is an update of the place; one the campaign does not have is vetoed."""
    audience = campaign(sf)
    member = next(each for batch in sf.reader.members(audience) for each in batch if each.status == "Sent")
    everybody = [each for batch in sf.reader.people() for each in batch]
    person = next(each for each in everybody if each.record_id == member.record_id)
    said = sf.reader.express_member("add_member", audience, person, status="Attended")
    assert isinstance(said, Expressed)
    assert (said.op, said.set, said.guard) == ("update", {"Status": "Attended"}, {"Status": "Sent"})
    row = as_row(said, person)
    assert sf.writer.apply([row])[0].state == "applied"
    back = sf.reader.inverse(row, now=now(sf, row), at=datetime.now(UTC))
    assert (back.op, back.set) == ("update", {"Status": "Sent"})
    assert sf.reader.express_member("add_member", audience, person, status="Dancing").code == "not_allowed"
    stranger = replace(person, object="address")
    assert sf.reader.express_member("add_member", audience, stranger).code == "other_object"
    assert sf.reader.express_member("suppress", audience, person) is None
    converted = replace(person, raw={"IsConverted": True})
    assert sf.reader.express_member("add_member", audience, converted).code == "converted"


def test_who_has_answered_since_is_not_taken_out(sf, kit, addresses):
    """Undoing an addition would lose the person's answer: it is vetoed; nor is what is gone undone."""
    audience = campaign(sf, "Spring Launch")
    person = next(each for each in kit.everyone(sf, addresses[:5]) if each.object == "Contact")
    row = as_row(sf.reader.express_member("add_member", audience, person), person)
    made = replace(row, record_id=sf.writer.apply([row])[0].record_id)
    at = datetime.now(UTC)
    assert (
        sf.reader.inverse(made, now={**now(sf, made), "Status": "Responded"}, at=at).code == "changed_since"
    )
    assert sf.reader.inverse(row, now=None, at=at).code == "id_unknown"
    gone = as_row(sf.reader.inverse(made, now=now(sf, made), at=at))
    assert sf.reader.inverse(gone, now={"Status": "Sent"}, at=at).code == "not_gone"
    assert sf.reader.inverse(replace(gone, backup={}), now=None, at=at).code == "no_backup"
    again = sf.writer.apply([row])[0]
    assert (again.state, again.hint) == ("failed", "It is there already, so nothing was needed.")


# -- merges and revivals


def three(sf, kit, addresses):
    """Three contacts, the last of whom has opted out."""
    people = [each for each in kit.everyone(sf, addresses[:10]) if each.object == "Contact"][:3]
    sf.writer.apply(kit.changes(sf, people[2:], "suppress"))
    return kit.everyone(sf, [each.address for each in people])


def test_values_given_with_a_merge_are_set_and_children_move(own_twin, sf, kit):
    """The master gets what was given, keeps the rest, and has the campaigns and roles of who went."""
    traps = own_twin.traps()
    (winner,) = kit.everyone(sf, [traps["invalid_by_two_systems"][0]["email"]])
    (loser,) = kit.everyone(sf, [traps["bounced_with_opportunity_role"][0]["email"]])
    said = sf.reader.express_merge(winner, [loser], {"title": None, "city": "Berlin"})
    assert isinstance(said, Expressed)
    assert said.guard == {
        "Email": winner.address,
        "Title": winner.title,
        "MailingCity": winner.raw["MailingCity"],
    }
    row = as_row(said, winner)
    assert [each.state for each in sf.writer.apply([row])] == ["applied"]
    (left,) = kit.everyone(sf, [winner.address])
    assert (left.title, left.city, left.last_name) == ("", "Berlin", winner.last_name)
    assert left.roles == loser.roles
    assert kit.everyone(sf, [loser.address]) == []
    assert sf.writer.read_back([row], datetime.now(UTC)) == ["landed"]
    sf.writer.apply([replace(row, op="update", set={"MailingCity": "Bonn"})])
    assert sf.writer.read_back([row], datetime.now(UTC)) == ["cannot_tell"]


def test_an_opt_out_given_since_stops_the_merge(own_twin, sf, kit, addresses):
    """A loser who opted out after the plan was made is looked at once more: that merge is not sent."""
    one, two, stopped = three(sf, kit, addresses)
    row = as_row(sf.reader.express_merge(one, [two], {}), one)
    kept = as_row(sf.reader.express_merge(two, [stopped], {}), two)
    assert "HasOptedOutOfEmail" not in row.set
    assert kept.set["HasOptedOutOfEmail"] is True
    sf.writer.apply(kit.changes(sf, [two], "suppress"))
    (refused,) = sf.writer.apply([row])
    assert (refused.state, refused.error.split(":")[0]) == ("failed", "OPTED_OUT_SINCE")
    assert kit.everyone(sf, [two.address])
    assert [each.state for each in sf.writer.apply([kept])] == ["applied"]
    (gone,) = sf.writer.apply([kept])
    assert gone.error.startswith("ENTITY_IS_DELETED")


def test_merges_that_salesforce_does_not_do_are_vetoed(own_twin, sf, kit, addresses):
    """Other objects, converted leads, hidden boxes, opting back in, and wrong values."""
    one, two, stopped = three(sf, kit, addresses)
    pair = kit.everyone(sf, [own_twin.traps()["converted_lead"][0]["email"]])
    lead = next(each for each in pair if each.object == "Lead")
    other = replace(lead, record_id="00Q5g00000000ZzAAA", raw={**lead.raw, "IsConverted": False})
    blind = replace(two, raw={name: value for name, value in two.raw.items() if name != marks.OPT_OUT})
    merge = sf.reader.express_merge
    assert merge(one, [other], {}).code == "other_object"
    assert merge(other, [lead], {}).code == "converted"
    assert merge(one, [blind], {}).code == "hidden_field"
    assert merge(stopped, [two], {"opted_out": False}).set["HasOptedOutOfEmail"] is True
    assert merge(one, [two], {"first_name": "x" * 50}).code == "too_long"
    assert merge(one, [], {}).code == "too_many"
    held = replace(one, raw={**one.raw, "Legal_Hold__c": True})
    assert merge(two, [held], {"Legal_Hold__c": False}).set["Legal_Hold__c"] is True


@pytest.mark.parametrize(("kind", "read"), [("drop_reply", "landed"), ("502", "not_landed")])
def test_a_merge_in_doubt_is_read_back(own_twin, sf, kit, addresses, kind, read):
    """The answer was lost: whether the losers point at the master says what happened."""
    one, two, _ = three(sf, kit, addresses)
    row = as_row(sf.reader.express_merge(one, [two], {}), one)
    own_twin.fault(system="salesforce", match="Soap", kind=kind)
    with pytest.raises(OutcomeUnknown):
        sf.writer.apply([row])
    assert sf.writer.read_back([row], datetime.now(UTC)) == [read]


def test_a_merges_cost_is_what_is_counted(own_twin, sf, kit, addresses):
    """Guard, losers before, merge, masters and losers after."""
    one, two, _ = three(sf, kit, addresses)
    row = as_row(sf.reader.express_merge(one, [two], {}), one)
    own_twin.clear_log()
    sf.reader.current("Contact", [one.record_id], frozenset(row.guard))
    sf.writer.apply([row])
    sf.writer.read_back([row], datetime.now(UTC))
    assert len(own_twin.log("salesforce")) == sf.writer.cost("merge", "Contact", 1)
    assert sf.writer.batch_size("merge", "Contact", 5_000) == 50


def test_a_pause_and_a_refusal_of_soap_are_told_apart(own_twin, sf, kit, addresses):
    """Too many at once is tried again later; a dead token is renewed; a locked row fails alone."""
    one, two, _ = three(sf, kit, addresses)
    row = as_row(sf.reader.express_merge(one, [two], {}), one)
    own_twin.fault(system="salesforce", match="Soap", kind="429")
    with pytest.raises(RetryLater):
        sf.writer.apply([row])
    own_twin.clear_faults()
    own_twin.fault(system="salesforce", match="Soap", kind="partial")
    (locked,) = sf.writer.apply([row])
    assert locked.error.startswith("UNABLE_TO_LOCK_ROW")
    own_twin.clear_faults()
    own_twin.fault(system="salesforce", match="Soap", kind="401")
    assert sf.writer.apply([row])[0].state == "applied"


def test_a_revival_clears_the_recorded_bounce_alone(own_twin, sf, kit):
    """Reason and date go; the undo puts them back."""
    (person,) = kit.everyone(sf, [own_twin.traps()["opted_out_and_invalid"][0]["email"]])
    said = sf.reader.express_revival(person)
    assert said.set == {"EmailBouncedReason": None, "EmailBouncedDate": None}
    row = as_row(said, person)
    sf.writer.apply([row])
    (well,) = kit.everyone(sf, [person.address])
    assert (well.deliverability, [mark.state for mark in well.consent]) == ("unknown", ["opt_out_global"])
    assert sf.reader.express_revival(well) is None
    back = sf.reader.inverse(row, now=now(sf, row), at=datetime.now(UTC))
    assert back.set == said.guard


def test_a_record_has_a_page(sf, kit, addresses):
    """People look at a record at the organisation's own address; an id that is none leads nowhere."""
    assert isinstance(sf.reader, LinksRecords)
    (person,) = kit.everyone(sf, addresses[:1])
    link = sf.reader.record_link(person.object, person.record_id)
    assert link.endswith(f"/salesforce/{person.record_id}")
    assert sf.reader.record_link("Contact", "") == ""


def test_addresses_with_blanks_are_found_without_more_calls(own_twin, kit, sf):
    """Blanks around a stored address do not hide it: found with the first query, then by its id."""
    traps = own_twin.traps()
    spaced, shouted = (traps[name][0]["email"] for name in ("address_with_spaces", "address_in_other_case"))
    first = kit.everyone(sf, [spaced, shouted])
    assert sorted(each.address.strip().lower() for each in first) == sorted([spaced, shouted])
    own_twin.clear_log()
    assert [each.address.strip() for each in kit.everyone(sf, [spaced])] == [spaced]
    asked = own_twin.log("salesforce")
    assert len(asked) == 2  # people, and their accounts
    assert "LIKE" not in asked[0]["request"]
    assert [each.address.lower() for each in kit.everyone(sf, [shouted])] == [shouted]
    sf.reader.search.clock.ahead += 3_700
    own_twin.clear_log()
    kit.everyone(sf, [shouted])
    assert any("LIKE" in each["request"] for each in own_twin.log("salesforce"))
