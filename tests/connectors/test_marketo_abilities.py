"""What Marketo's reader can do beyond people: fields, edits, merges, lists, programs, revived mailboxes."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tools.abilities import Describes, Edits, HoldsAudiences, Merges, Revives
from tools.errors import InvalidArguments, OutcomeUnknown, Refused, RetryLater
from tools.plan import Change, Veto


@pytest.fixture
def marketo(own_twin, kit):
    """Marketo over a twin that is put back afterwards."""
    own_twin.clear_faults()
    own_twin.advance(30)
    own_twin.clear_log()
    yield kit.over(own_twin.url, "marketo")
    own_twin.clear_faults()


def since():
    """A moment before anything the test does."""
    return datetime.now(UTC) - timedelta(minutes=1)


def row(person, said, **more):
    """A wish as a row of a plan."""
    return Change(
        subject=person.subject if person else "s", system="marketo", object=said.object, op=said.op,
        record_id=said.record_id, set=said.set, guard=said.guard, backup=said.backup, **more,
    )  # fmt: skip


def lead(twin, record_id):
    """A lead as the vendor holds it."""
    return twin.state("marketo")["marketo"]["lead"].get(str(record_id))


def audience(marketo, name):
    """A list or program by name."""
    return next(each for page in marketo.reader.audiences() for each in page if each.name == name)


def guarded(marketo, change):
    """Whether the row's guard still holds."""
    now = marketo.reader.current(change.object, [change.record_id], frozenset(change.guard))
    return now[change.record_id] == dict(change.guard)


def test_the_abilities_are_declared(marketo):
    """The reader is found by each protocol it keeps."""
    for ability in (Describes, Edits, Merges, HoldsAudiences, Revives):
        assert isinstance(marketo.reader, ability)


def test_fields_are_described(marketo):
    """Each field has its type, our name for it, and whether it may be written; another object is refused."""
    fields = marketo.reader.fields("lead")
    assert (fields["email"].canonical, fields["email"].required) == ("address", True)
    assert (fields["leadScore"].type, fields["leadScore"].canonical) == ("number", "score")
    assert (fields["unsubscribed"].type, fields["unsubscribed"].updateable) == ("boolean", True)
    assert not fields["emailSuspended"].updateable
    assert fields["title"].length == 255
    with pytest.raises(InvalidArguments):
        marketo.reader.fields("Contact")


def test_an_edit_is_written_guarded_and_undone(own_twin, marketo, addresses, kit):
    """Values go by our names, only those that differ; the undo puts the old ones back."""
    person = kit.everyone(marketo, addresses[:1])[0]
    said = marketo.reader.express_update(
        person, {"title": "Chief", "country": person.country, "city": "Pune"}
    )
    assert said.set == {"title": "Chief", "city": "Pune"}
    assert said.guard == {"title": person.raw["title"], "city": person.raw["city"]}
    change = row(person, said)
    assert guarded(marketo, change)
    assert [each.state for each in marketo.writer.apply([change])] == ["applied"]
    assert marketo.writer.read_back([change], since()) == ["landed"]
    assert not guarded(marketo, change)
    assert marketo.reader.express_update(kit.everyone(marketo, addresses[:1])[0], {"title": "Chief"}) is None
    back = marketo.reader.inverse(change, now=lead(own_twin, person.record_id), at=datetime.now(UTC))
    marketo.writer.apply([row(person, back)])
    assert lead(own_twin, person.record_id)["title"] == person.title


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"emailSuspended": True}, "read_only"),
        ({"shoe size": "44"}, "no_such_field"),
        ({"score": "many"}, "wrong_type"),
        ({"title": "x" * 256}, "too_long"),
        ({"opted_out": "perhaps"}, "wrong_type"),
    ],
)
def test_what_does_not_fit_is_vetoed(marketo, addresses, kit, values, code):
    """Read-only and unknown fields, wrong types and long texts are refused by name."""
    person = kit.everyone(marketo, addresses[:1])[0]
    said = marketo.reader.express_update(person, values)
    assert isinstance(said, Veto)
    assert (said.code, said.record_id, said.op) == (code, person.record_id, "update")


def test_an_edit_never_lowers_consent(own_twin, marketo, kit):
    """An opt-out can be set by an edit and not be taken back by one."""
    address = own_twin.traps()["opted_out_only_in_marketo"][0]["email"]
    person = kit.everyone(marketo, [address])[0]
    assert marketo.reader.express_update(person, {"opted_out": False}).code == "consent"
    assert marketo.reader.express_update(person, {"opted_out": True}) is None


def test_a_new_lead_is_made_once(own_twin, marketo):
    """A create whose answer was lost is found by its address and not made again; a repeat is refused."""
    said = marketo.reader.express_create(
        "lead", {"address": "new.one@one.example", "first_name": "New", "opted_out": False, "title": ""}
    )
    assert said.set == {"email": "new.one@one.example", "firstName": "New"}
    change = row(None, said)
    assert marketo.writer.read_back([change], since()) == ["not_landed"]
    own_twin.fault(system="marketo", match="POST /rest/v1/leads.json", kind="drop_reply")
    with pytest.raises(OutcomeUnknown):
        marketo.writer.apply([change])
    own_twin.clear_faults()
    assert marketo.writer.read_back([change], since()) == ["landed"]
    again = marketo.writer.apply([change])[0]
    assert (again.state, again.error[:4]) == ("failed", "1005")
    made = [each for each in own_twin.state("marketo")["marketo"]["lead"].values()
            if each["email"] == "new.one@one.example"]  # fmt: skip
    assert len(made) == 1
    back = marketo.reader.inverse(replace(change, record_id=str(made[0]["id"])), now=made[0], at=since())
    assert back.op == "delete"


def test_an_older_lead_is_not_taken_for_ours(marketo, addresses, kit):
    """A lead of that address from before the run is no proof that the run made one."""
    said = marketo.reader.express_create("lead", {"address": addresses[0]})
    assert marketo.writer.read_back([row(None, said)], since()) == ["not_landed"]


def test_a_new_lead_needs_an_address_and_fields_that_fit(marketo):
    """Without an address, or with what cannot be written, nothing is planned."""
    assert marketo.reader.express_create("lead", {"first_name": "New"}).code == "required_field"
    assert (
        marketo.reader.express_create("lead", {"address": "a@b.example", "created": "x"}).code == "read_only"
    )


def pair(marketo, kit, **second):
    """Two leads of one address."""
    rows = [{"email": "pair@one.example", "firstName": "Old"}, {"email": "pair@one.example", **second}]
    marketo.reader.client.sync(rows, "createDuplicate", "email")
    return sorted(kit.everyone(marketo, ["pair@one.example"]), key=lambda each: int(each.record_id))


def test_a_merge_keeps_the_opt_out_and_fills_what_was_empty(own_twin, marketo, kit):
    """The loser's opt-out is written to the winner before the merge; the loser is gone for good."""
    winner, loser = pair(marketo, kit, title="Chief", marketingSuspended=True)
    assert marketo.reader.merge_limit() == 4
    said = marketo.reader.express_merge(winner, [loser], {"city": "Pune"})
    assert said.set == {"city": "Pune", "marketingSuspended": True, "leadIds": [loser.record_id]}
    assert said.backup["merged"] == [dict(loser.raw)]
    change = row(winner, said)
    assert marketo.writer.read_back([change], since()) == ["not_landed"]
    own_twin.clear_log()
    assert [each.state for each in marketo.writer.apply([change])] == ["applied"]
    order = [each["path"].rsplit("/", 1)[1] for each in own_twin.log("marketo") if each["method"] == "POST"]
    assert order == ["leads.json", "merge.json"]
    assert marketo.writer.read_back([change], since()) == ["landed"]
    kept = lead(own_twin, winner.record_id)
    assert (kept["marketingSuspended"], kept["title"], kept["firstName"], kept["city"]) == (
        True, "Chief", "Old", "Pune",
    )  # fmt: skip
    assert lead(own_twin, loser.record_id) is None
    assert marketo.reader.inverse(change, now=kept, at=since()).code == "not_reversible"
    assert marketo.writer.reversibility("merge", "lead", since()).how == "none"


def test_a_merge_whose_loser_opted_out_since_is_not_sent(own_twin, marketo, kit):
    """The losers are read again just before: a new opt-out, or a loser that is gone, stops the merge."""
    winner, loser = pair(marketo, kit)
    change = row(winner, marketo.reader.express_merge(winner, [loser], {}))
    marketo.reader.client.sync([{"id": int(loser.record_id), "marketingSuspended": True}], "updateOnly", "id")
    outcome = marketo.writer.apply([change])[0]
    assert (outcome.state, "opted out" in outcome.error) == ("failed", True)
    assert lead(own_twin, loser.record_id)
    marketo.reader.client.delete([int(loser.record_id)])
    assert marketo.writer.apply([change])[0].error.startswith("1004")


def test_merges_that_cannot_be_are_vetoed(own_twin, marketo, addresses, kit):
    """Too many, itself, several of Salesforce's: each is refused by name."""
    winner, loser = pair(marketo, kit)
    assert marketo.reader.express_merge(winner, [], {}).code == "too_many"
    assert marketo.reader.express_merge(winner, [loser] * 4, {}).code == "too_many"
    assert marketo.reader.express_merge(winner, [winner], {}).code == "same_record"
    assert marketo.reader.express_merge(winner, [replace(loser, object="contact")], {}).code == "other_object"
    synced = [each for each in kit.everyone(marketo, addresses[:40]) if each.raw["sfdcId"]][:2]
    assert marketo.reader.express_merge(synced[0], synced[1:], {}).code == "in_crm"
    assert marketo.reader.express_merge(winner, [loser], {"score": "x"}).code == "wrong_type"


def test_a_refused_merge_fails_alone_and_a_lost_one_leaves_doubt(own_twin, marketo, kit):
    """One merge is refused in the vendor's words; after a first one a pause leaves doubt, before it none."""
    winner, loser = pair(marketo, kit)
    change = row(winner, marketo.reader.express_merge(winner, [loser], {}))
    own_twin.fault(system="marketo", match="merge.json", kind="1003")
    assert marketo.writer.apply([change])[0].error.startswith("1003")
    own_twin.clear_faults()
    own_twin.fault(system="marketo", match="merge.json", kind="615")
    with pytest.raises(RetryLater):
        marketo.writer.apply([change])
    own_twin.clear_faults()
    own_twin.fault(system="marketo", match="merge.json", kind="615")
    with pytest.raises(OutcomeUnknown):
        marketo.writer.apply([replace(change, set={**change.set, "city": "Pune"})])
    assert marketo.writer.read_back([change], since()) == ["not_landed"]
    assert marketo.writer.cost("merge", "lead", 3) >= 3
    assert marketo.writer.batch_size("merge", "lead", 100) <= 20


def test_lists_and_programs_are_audiences(marketo):
    """Static lists can be edited, smart lists and engagement programs are only shown; statuses in order."""
    found = {each.name: each for page in marketo.reader.audiences() for each in page}
    assert (found["Do Not Nurture"].kind, found["Do Not Nurture"].editable) == ("list", True)
    assert not found["Active Last 90 Days"].editable
    webinar = found["2026-10 Autumn Webinar"]
    assert (webinar.kind, webinar.editable, webinar.statuses[0]) == ("campaign", True, "Invited")
    assert not found["Partner Nurture"].editable


@pytest.mark.parametrize("name", ["Do Not Nurture", "2026-10 Autumn Webinar"])
def test_a_place_is_given_read_back_and_taken_again(own_twin, marketo, addresses, kit, name):
    """Whoever is in it already needs no row; the guard sees a foreign change, and so does the undo."""
    target = audience(marketo, name)
    inside = {each.record_id for page in marketo.reader.members(target) for each in page}
    people = kit.everyone(marketo, addresses[:60])
    held = next(each for each in people if each.record_id in inside)
    others = [each for each in people if each.record_id not in inside][:3]
    assert marketo.reader.express_member("add_member", target, held) is None
    assert marketo.reader.express_member("remove_member", target, others[0]) is None
    joins = [row(each, marketo.reader.express_member("add_member", target, each)) for each in others]
    assert all(guarded(marketo, each) for each in joins)
    assert [each.state for each in marketo.writer.apply(joins)] == ["applied"] * 3
    assert marketo.writer.read_back(joins, since()) == ["landed"] * 3
    assert not guarded(marketo, joins[0])
    now = marketo.reader.current(joins[0].object, [each.record_id for each in joins], frozenset())
    backs = [marketo.reader.inverse(each, now=now[each.record_id], at=since()) for each in joins]
    assert {each.op for each in backs} == {"remove_member"}
    leaves = [row(person, back) for person, back in zip(others, backs, strict=True)]
    assert {each.state for each in marketo.writer.apply(leaves)} == {"applied"}
    assert marketo.writer.read_back(leaves, since()) == ["landed"] * 3
    gone = marketo.reader.current(joins[0].object, [joins[0].record_id], frozenset())[joins[0].record_id]
    assert marketo.reader.inverse(joins[0], now=gone, at=since()).code == "changed_since"
    again = marketo.reader.inverse(leaves[0], now=gone, at=since())
    assert again.op == "add_member"


def test_another_status_is_given_and_taken_back(own_twin, marketo, kit):
    """A member's status in a program moves, and the undo gives the old one back."""
    target = audience(marketo, "2026-10 Autumn Webinar")
    place = next(each for page in marketo.reader.members(target) for each in page if each.status == "Invited")
    address = lead(own_twin, place.record_id)["email"]
    person = next(each for each in kit.everyone(marketo, [address]) if each.record_id == place.record_id)
    assert marketo.reader.express_member("add_member", target, person, status="Invited") is None
    change = row(person, marketo.reader.express_member("add_member", target, person, status="Attended"))
    assert change.guard == {"status": "Invited"}
    marketo.writer.apply([change])
    assert marketo.writer.read_back([change], since()) == ["landed"]
    back = marketo.reader.inverse(change, now={"status": "Attended"}, at=since())
    assert (back.op, back.set["statusName"]) == ("add_member", "Invited")
    bad = marketo.reader.express_member("add_member", target, person, status="Dancing")
    assert bad.code == "not_allowed"


def test_places_that_are_not_ours_to_give_are_vetoed(marketo, addresses, kit):
    """A smart list is filled by its rule, an engagement program mails its members, a contact is no lead."""
    person = kit.everyone(marketo, addresses[:1])[0]
    for name in ("Active Last 90 Days", "Partner Nurture"):
        said = marketo.reader.express_member("add_member", audience(marketo, name), person)
        assert said.code == "not_editable"
    target = audience(marketo, "Do Not Nurture")
    odd = marketo.reader.express_member("add_member", target, replace(person, object="contact"))
    assert odd.code == "other_object"
    with pytest.raises(Refused):
        marketo.reader.express_member("add_member", replace(target, record_id="list:1/../2"), person)


def test_a_smart_list_tells_its_members_only_where_extracts_may_use_it(marketo):
    """This subscription has no such filter, and that is what is said."""
    with pytest.raises(Refused, match="filter"):
        list(marketo.reader.members(audience(marketo, "Active Last 90 Days")))


def test_a_person_made_in_the_same_plan_gets_a_place(own_twin, marketo, addresses, kit):
    """The row refers to the lead that is still to be made; filled in, it is given and undone."""
    target = audience(marketo, "Do Not Nurture")
    person = kit.everyone(marketo, addresses[:1])[0]
    said = marketo.reader.express_member("add_member", target, replace(person, record_id=""))
    assert (said.record_id, said.set["leadId"], said.guard) == (None, {"created": "lead"}, {})
    inside = {each.record_id for page in marketo.reader.members(target) for each in page}
    free = next(each for each in kit.everyone(marketo, addresses[:30]) if each.record_id not in inside)
    change = row(free, replace(said, set={**said.set, "leadId": free.record_id}))
    assert marketo.writer.apply([change])[0].state == "applied"
    assert marketo.writer.read_back([change], since()) == ["landed"]
    back = marketo.reader.inverse(change, now=None, at=since())
    assert (back.op, back.record_id.split("/")[1]) == ("remove_member", free.record_id)


def test_a_dead_mark_is_taken_off_and_put_back(own_twin, marketo, kit):
    """Reviving sets emailInvalid to false with its cause; consent stays; the undo writes both back."""
    address = own_twin.traps()["wrongly_suppressed"][0]["email"]
    person = kit.everyone(marketo, [address])[0]
    said = marketo.reader.express_revival(person)
    assert said.set == {"emailInvalid": False, "emailInvalidCause": None}
    change = row(person, said)
    marketo.writer.apply([change])
    assert marketo.writer.read_back([change], since()) == ["landed"]
    alive = kit.everyone(marketo, [address])[0]
    assert (alive.deliverability, alive.consent) == ("ok", person.consent)
    assert marketo.reader.express_revival(alive) is None
    back = marketo.reader.inverse(change, now=alive.raw, at=since())
    marketo.writer.apply([row(person, back)])
    assert lead(own_twin, person.record_id)["emailInvalidCause"] == person.raw["emailInvalidCause"]


@pytest.mark.parametrize(("kind", "code"), [("1004", "1004"), ("1006", "1006"), ("1007", "1007")])
def test_rows_are_refused_by_the_vendors_codes(own_twin, marketo, addresses, kit, kind, code):
    """A row that Marketo skips fails alone, with its code and what to do."""
    people = kit.everyone(marketo, addresses[:2])
    rows = [row(each, marketo.reader.express_update(each, {"title": "Chief"})) for each in people]
    own_twin.fault(system="marketo", match="POST /rest/v1/leads.json", kind="partial", code=kind)
    outcomes = marketo.writer.apply(rows)
    assert [each.state for each in outcomes] == ["failed", "applied"]
    assert outcomes[0].error.startswith(code)
    assert outcomes[0].hint
