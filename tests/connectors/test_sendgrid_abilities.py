"""What SendGrid's reader can do beyond people: fields, edits, marketing lists, forgotten bounces."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tools.abilities import Describes, Edits, HoldsAudiences, Merges, Revives
from tools.errors import InvalidArguments, OutcomeUnknown, Refused
from tools.plan import Change, Veto


@pytest.fixture
def sendgrid(own_twin, kit):
    """SendGrid over a twin that is put back afterwards."""
    own_twin.clear_faults()
    own_twin.clear_log()
    yield kit.over(own_twin.url, "sendgrid")
    own_twin.clear_faults()


def since():
    """A moment before anything the test does."""
    return datetime.now(UTC) - timedelta(minutes=1)


def row(person, said, **more):
    """A wish as a row of a plan."""
    return Change(
        subject=person.subject if person else "s", system="sendgrid", object=said.object, op=said.op,
        record_id=said.record_id, set=said.set, guard=said.guard, backup=said.backup, **more,
    )  # fmt: skip


def held(twin, name):
    """Records of the vendor."""
    return twin.state("sendgrid")["sendgrid"][name]


def now(sendgrid, change):
    """The record of a row as it reads now."""
    return sendgrid.reader.current(change.object, [change.record_id], frozenset())[change.record_id]


def guarded(sendgrid, change):
    """Whether the row's guard still holds."""
    read = sendgrid.reader.current(change.object, [change.record_id], frozenset(change.guard))
    return read[change.record_id] == dict(change.guard)


def applied(own_twin, sendgrid, *changes):
    """Apply, let the vendor's jobs be done, and read back."""
    assert {each.state for each in sendgrid.writer.apply(changes)} == {"applied"}
    own_twin.advance(5)
    return sendgrid.writer.read_back(changes, since())


def test_the_abilities_are_declared(sendgrid):
    """Everything but merging, and why not is a sentence."""
    for ability in (Describes, Edits, HoldsAudiences, Revives):
        assert isinstance(sendgrid.reader, ability)
    assert not isinstance(sendgrid.reader, Merges)
    assert sendgrid.reader.capabilities["merge"].endswith(".")


def test_fields_are_described(sendgrid):
    """Reserved fields with our names; what identifies a contact is given once; another object is refused."""
    fields = sendgrid.reader.fields("contact")
    assert (fields["email"].canonical, fields["email"].required, fields["email"].updateable) == (
        "address", True, False,
    )  # fmt: skip
    assert (fields["state_province_region"].canonical, fields["city"].updateable) == ("state", True)
    assert (fields["created_at"].type, fields["created_at"].createable) == ("date", False)
    with pytest.raises(InvalidArguments):
        sendgrid.reader.fields("lead")


def test_an_edit_is_written_guarded_and_undone(own_twin, sendgrid, addresses, kit):
    """Only values that differ are put; the undo puts the old ones back unless somebody wrote since."""
    person = kit.everyone(sendgrid, addresses[:1])[0]
    values = {"first_name": "Renamed", "city": "Pune", "country": person.country, "address": person.address}
    change = row(person, sendgrid.reader.express_update(person, values))
    assert change.set == {"email": person.address, "first_name": "Renamed", "city": "Pune"}
    assert change.guard == {"first_name": person.first_name, "city": ""}
    assert guarded(sendgrid, change)
    assert applied(own_twin, sendgrid, change) == ["landed"]
    assert not guarded(sendgrid, change)
    again = kit.everyone(sendgrid, addresses[:1])[0]
    assert (again.first_name, again.city) == ("Renamed", "Pune")
    assert sendgrid.reader.express_update(again, values) is None
    back = sendgrid.reader.inverse(change, now=now(sendgrid, change), at=since())
    assert applied(own_twin, sendgrid, row(person, back)) == ["landed"]
    assert kit.everyone(sendgrid, addresses[:1])[0].first_name == person.first_name
    assert sendgrid.reader.inverse(change, now=now(sendgrid, change), at=since()).code == "changed_since"
    assert sendgrid.reader.inverse(change, now=None, at=since()).code == "gone"
    ours = {**person.raw, **change.set}
    assert sendgrid.reader.inverse(replace(change, backup={}), now=ours, at=since()).code == "no_backup"


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"created": "2026-01-01"}, "read_only"),
        ({"address": "other@one.example"}, "read_only"),
        ({"company": "Acme"}, "no_such_field"),
        ({"opted_out": True}, "no_such_field"),
    ],
)
def test_what_does_not_fit_is_vetoed(sendgrid, addresses, kit, values, code):
    """Read-only and unknown fields, and another address, are refused by name."""
    person = kit.everyone(sendgrid, addresses[:1])[0]
    said = sendgrid.reader.express_update(person, values)
    assert isinstance(said, Veto)
    assert (said.code, said.op) == (code, "update")


def test_an_address_alone_has_no_fields(own_twin, sendgrid, kit):
    """An address that only a list knows cannot be edited, and is on no marketing list."""
    person = kit.everyone(sendgrid, ["listed.alone@one.example"])
    assert person == []
    sendgrid.reader.client.suppress(["listed.alone@one.example"])
    alone = kit.everyone(sendgrid, ["listed.alone@one.example"])[0]
    assert sendgrid.reader.express_update(alone, {"city": "Pune"}).code == "no_contact"
    target = next(sendgrid.reader.audiences())[0]
    assert sendgrid.reader.express_member("add_member", target, alone).code == "other_object"


def test_a_new_contact_is_put_once(own_twin, sendgrid):
    """A create whose answer was lost is found by its address; putting it again makes no second contact."""
    values = {"address": "New.One@one.example", "first_name": "New", "city": None}
    change = row(None, sendgrid.reader.express_create("contact", values))
    assert change.set == {"email": "new.one@one.example", "first_name": "New"}
    assert sendgrid.writer.read_back([change], since()) == ["not_landed"]
    own_twin.fault(system="sendgrid", match="PUT", kind="drop_reply")
    with pytest.raises(OutcomeUnknown):
        sendgrid.writer.apply([change])
    own_twin.clear_faults()
    own_twin.advance(5)
    assert sendgrid.writer.read_back([change], since()) == ["landed"]
    assert applied(own_twin, sendgrid, change) == ["landed"]
    made = [each for each in held(own_twin, "contact").values() if each["email"] == "new.one@one.example"]
    assert len(made) == 1
    known = replace(change, record_id=made[0]["id"])
    assert sendgrid.reader.inverse(known, now=made[0], at=since()).op == "delete"
    assert sendgrid.reader.express_create("contact", {"city": "Pune"}).code == "required_field"
    wrong = {"address": "a@b.example", "created": "x"}
    assert sendgrid.reader.express_create("contact", wrong).code == "read_only"


def test_a_job_that_fails_half_way_is_seen_at_the_landing(own_twin, sendgrid, addresses, kit):
    """The vendor takes the request and errs on one contact later: that row has not landed."""
    people = kit.everyone(sendgrid, addresses[:3])
    rows = [row(each, sendgrid.reader.express_update(each, {"city": "Pune"})) for each in people]
    own_twin.fault(system="sendgrid", match="PUT", kind="partial", rows=[1])
    assert applied(own_twin, sendgrid, *rows) == ["landed", "not_landed", "landed"]


def test_marketing_lists_are_audiences(own_twin, sendgrid):
    """Lists by name with their size, and who is on them."""
    found = {each.name: each for page in sendgrid.reader.audiences() for each in page}
    target = found["Newsletter"]
    assert (target.kind, target.editable) == ("list", True)
    members = [each for page in sendgrid.reader.members(target) for each in page]
    assert len(members) == target.size > 10
    inside = {key for key, each in held(own_twin, "contact").items() if target.record_id in each["list_ids"]}
    assert {each.record_id for each in members} == inside


def test_lists_come_in_pages(own_twin, sendgrid, monkeypatch):
    """The token of the next page is followed to the end."""
    from tools.connectors.sendgrid import client

    monkeypatch.setattr(client, "LISTS_PAGE", 3)
    assert [len(page) for page in sendgrid.reader.audiences()] == [3, 1]


def test_a_place_is_given_read_back_and_taken_again(own_twin, sendgrid, addresses, kit):
    """Whoever is on the list already needs no row; guard and undo see what others have done."""
    target = next(each for page in sendgrid.reader.audiences() for each in page if each.name == "Newsletter")
    people = kit.everyone(sendgrid, addresses[:60])
    inside = next(each for each in people if target.record_id in each.raw["list_ids"])
    person = next(each for each in people if target.record_id not in each.raw["list_ids"])
    assert sendgrid.reader.express_member("add_member", target, inside) is None
    assert sendgrid.reader.express_member("remove_member", target, person) is None
    change = row(person, sendgrid.reader.express_member("add_member", target, person))
    assert guarded(sendgrid, change)
    assert applied(own_twin, sendgrid, change) == ["landed"]
    assert not guarded(sendgrid, change)
    assert person.address not in change.record_id
    back = row(person, sendgrid.reader.inverse(change, now=now(sendgrid, change), at=since()))
    assert back.op == "remove_member"
    assert applied(own_twin, sendgrid, back) == ["landed"]
    assert sendgrid.reader.inverse(change, now=now(sendgrid, change), at=since()).code == "changed_since"
    assert sendgrid.reader.inverse(change, now=None, at=since()).code == "gone"
    assert sendgrid.reader.inverse(back, now=now(sendgrid, back), at=since()).op == "add_member"
    with pytest.raises(Refused):
        sendgrid.reader.express_member("add_member", replace(target, record_id="../x"), person)


def test_people_out_of_an_export_are_looked_up(own_twin, sendgrid, addresses, kit):
    """An export tells no lists: the contact is asked, or the members read a moment ago."""
    target = next(each for page in sendgrid.reader.audiences() for each in page if each.name == "Newsletter")
    members = {each.record_id for page in sendgrid.reader.members(target) for each in page}
    everybody = [each for page in sendgrid.reader.people() for each in page if each.object == "contact"]
    inside = next(each for each in everybody if each.record_id in members)
    assert "list_ids" not in inside.raw
    own_twin.clear_log()
    assert sendgrid.reader.express_member("add_member", target, inside) is None
    assert own_twin.log("sendgrid") == []
    fresh = kit.over(own_twin.url, "sendgrid")
    assert fresh.reader.express_member("add_member", target, inside) is None
    assert len(own_twin.log("sendgrid")) == 1


def test_a_person_made_in_the_same_plan_is_put_with_the_list(own_twin, sendgrid, addresses, kit):
    """Without an id yet, the address is enough to put them on the list."""
    target = next(sendgrid.reader.audiences())[0]
    person = replace(kit.everyone(sendgrid, addresses[:1])[0], record_id="", address="made.now@one.example")
    change = row(person, sendgrid.reader.express_member("add_member", target, person))
    assert (change.record_id, change.guard) == (None, {})
    assert applied(own_twin, sendgrid, change) == ["landed"]
    assert sendgrid.reader.inverse(change, now=None, at=since()).code == "not_reversible"


def test_a_bounce_is_forgotten_by_address_and_never_comes_back(own_twin, sendgrid, kit):
    """The address goes off the lists it is on, one call a list, and consent stays as it was."""
    trap = own_twin.traps()["opted_out_and_invalid"][0]["addresses"]["sendgrid"]
    person = kit.everyone(sendgrid, [trap])[0]
    own_twin.clear_log()
    change = row(person, sendgrid.reader.express_revival(person))
    assert own_twin.log("sendgrid") == []
    assert change.set == {"email": trap, "lists": ["bounces"]}
    assert trap not in change.record_id
    assert change.backup["bounces"][0]["reason"]
    assert guarded(sendgrid, change)
    before = set(held(own_twin, "bounces"))
    assert applied(own_twin, sendgrid, change) == ["landed"]
    assert set(held(own_twin, "bounces")) == before - {trap}
    assert not guarded(sendgrid, change)
    alive = kit.everyone(sendgrid, [trap])[0]
    assert (alive.deliverability, alive.consent) == ("ok", person.consent)
    assert sendgrid.reader.express_revival(alive) is None
    assert sendgrid.reader.inverse(change, now=None, at=since()).code == "not_reversible"
    sent = [each["request"] for each in own_twin.log("sendgrid") if each["method"] == "DELETE"]
    assert all("delete_all" not in each for each in sent)


def test_a_person_read_elsewhere_is_looked_up_before_reviving(own_twin, sendgrid, kit):
    """Another reader's people are asked for on each list; a mark that went meanwhile needs no row."""
    trap = own_twin.traps()["malformed_by_one_system"][0]["addresses"]["sendgrid"]
    person = kit.everyone(kit.over(own_twin.url, "sendgrid"), [trap])[0]
    said = sendgrid.reader.express_revival(person)
    assert said.set["lists"] == ["invalid_emails"]
    assert applied(own_twin, sendgrid, row(person, said)) == ["landed"]
    assert sendgrid.reader.express_revival(person) is None


def test_costs_of_what_is_new(sendgrid):
    """Each kind of row has its calls and its way back told before approval."""
    writer = sendgrid.writer
    assert writer.cost("remove_member", "list_member", 250) == 6
    assert writer.cost("delete", "bounce", 1) >= 2
    assert writer.batch_size("remove_member", "list_member", 1_000) == 100
    assert writer.reversibility("update", "contact", since()).how == "inverse"
    assert writer.reversibility("add_member", "list_member", since()).how == "inverse"
    assert writer.reversibility("delete", "bounce", since()).how == "none"
