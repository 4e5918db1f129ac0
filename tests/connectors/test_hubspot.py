"""HubSpot's own traps: versions, opt-outs by address and one by one, merges, what only its app can do."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.engine.effects import effects_of
from tools.abilities import Audience, Revives
from tools.connectors.hubspot import fields, paths
from tools.connectors.hubspot.client import Subscription
from tools.connectors.hubspot.undoing import LIFT_BEFORE, lifting_by
from tools.connectors.hubspot.writer import number
from tools.errors import InvalidArguments, NeedsAttention, OutcomeUnknown, Refused, RetryLater
from tools.plan import Change, Veto
from tools.ports import Expressed

WIDE = "/communication-preferences/v4/statuses"


@pytest.fixture
def own(hubspot_twin):
    """The twin with HubSpot as a Professional account, put back afterwards."""
    hubspot_twin.snapshot("before-connector")
    hubspot_twin.clear_faults()
    hubspot_twin.clear_log()
    hubspot_twin.settings(hubspot_enterprise=False)
    yield hubspot_twin
    hubspot_twin.clear_faults()
    hubspot_twin.settings(hubspot_enterprise=True, hubspot_daily_calls=650_000)
    hubspot_twin.restore("before-connector")


@pytest.fixture
def hubspot(own, kit):
    """HubSpot over that twin."""
    return kit.over(own.url, "hubspot")


def now():
    """A moment that our own acts have passed."""
    return datetime.now(UTC) + timedelta(seconds=1)


def row(person, said, **more):
    """A wish as a row of a plan."""
    return Change(
        subject=person.subject, system="hubspot", object=said.object, record_id=said.record_id, op=said.op,
        set=said.set, guard=said.guard, backup=said.backup, **more,
    )  # fmt: skip


def states(outcomes):
    """What became of the rows."""
    return [each.state for each in outcomes]


def trap(own, name, place=0):
    """A seeded trap's address in HubSpot."""
    return own.traps()[name][place]["addresses"]["hubspot"].strip()


def one(hubspot, kit, address):
    """The one contact of an address."""
    (found,) = kit.everyone(hubspot, [address])
    return found


def undone(hubspot, change, at=None):
    """The inverse of a row as the record reads now."""
    held = hubspot.reader.current("contact", [change.record_id], frozenset())[change.record_id]
    return hubspot.reader.inverse(change, now=held, at=at or now())


# -- versions


def test_every_path_has_a_number_or_a_date():
    """One function builds them; preferences are v4 among the numbers, as v3 cannot opt out of everything."""
    numbered = {part: paths.path("v3", part) for part in paths._NUMBERED}
    dated = {part: paths.path("2026-09", part) for part in paths._DATED}
    assert numbered["contacts"] == "/crm/v3/objects/contacts"
    assert numbered["preferences"] == "/communication-preferences/v4"
    assert dated["contacts"] == "/crm/objects/2026-09/contacts"
    assert all("2026-09" in each and "/v" not in each for each in dated.values())
    assert paths.path("v3", "contacts", "a/../b@c") == "/crm/v3/objects/contacts/a%2F..%2Fb%40c"
    for wrong in ("v4", "", "2026", "../v3"):
        with pytest.raises(NeedsAttention, match="version"):
            paths.checked(wrong)


def test_the_dated_version_does_the_same(own, kit, addresses):
    """Reading, opting out, editing, lists and deleting by the dated paths alone."""
    hubspot = kit.over(own.url, "hubspot", version="2026-09")
    people = kit.everyone(hubspot, addresses[:3])
    rows = kit.changes(hubspot, people[:2], "suppress")
    assert states(hubspot.writer.apply(rows)) == ["applied"] * 2
    edit = row(people[2], hubspot.reader.express_update(people[2], {"city": "Ulm"}))
    gone = kit.changes(hubspot, people[2:], "delete")
    assert states([*hubspot.writer.apply([edit]), *hubspot.writer.apply(gone)]) == ["applied"] * 2
    assert hubspot.writer.read_back([*gone], now()) == ["landed"]
    assert next(hubspot.reader.audiences())
    assert next(hubspot.reader.bounces())
    assert hubspot.reader.health().permitted
    assert all("/v3/" not in each["path"] and "/v4/" not in each["path"] for each in own.log("hubspot"))


# -- reading


def test_everybody_comes_by_paging_and_never_by_search(own, hubspot):
    """A hundred a page; a search would end at ten thousand."""
    held = own.state("hubspot")["hubspot"]["contact"]
    own.clear_log()
    found = [each.record_id for batch in hubspot.reader.people() for each in batch]
    assert sorted(found) == sorted(held)
    pages = [each for each in own.log("hubspot") if each["path"] == "/crm/v3/objects/contacts"]
    assert len(pages) == -(-len(held) // 100)
    assert not [each for each in own.log("hubspot") if "search" in each["path"]]


def test_more_properties_than_a_uri_holds_are_read_page_by_page(own, hubspot, kit):
    """Accounts have hundreds of properties: the page gives the ids, a batch the values."""
    client = hubspot.reader.client
    names = [
        "email",
        "firstname",
        *(f"a_rather_long_name_of_a_property_{number:04}" for number in range(300)),
    ]
    (first, *_) = client.everybody(names)
    assert len(first) == 100
    assert all(each["properties"]["email"] for each in first)
    paths_asked = [each["path"] for each in own.log("hubspot")][:2]
    assert paths_asked == ["/crm/v3/objects/contacts", "/crm/v3/objects/contacts/batch/read"]
    own.clear_log()


def test_a_search_goes_on_behind_its_last_result(own, hubspot):
    """More than a page of bounces is found whole, by record id and not by offset."""
    from tools.connectors.hubspot import client as module

    client = hubspot.reader.client
    wanted = [{"propertyName": "email", "operator": "HAS_PROPERTY"}]
    ids = [each["id"] for page in client.found(wanted, ["email"]) for each in page]
    assert len(ids) == len(set(ids)) > module.SEARCHED
    assert ids == sorted(ids, key=int)
    assert {'"after":"0"' in each["request"].replace(" ", "") for each in own.log("hubspot")} == {True}


@pytest.mark.parametrize(
    ("reason", "words", "found"),
    [
        ("UNKNOWN_USER", "550 5.1.1 user unknown", "invalid"),
        ("UNKNOWN_USER", "", "invalid"),
        ("UNKNOWN_USER", "554 5.7.1 blocked by policy", "blocked"),
        ("MAILBOX_FULL", "552 5.2.2 mailbox full", "full"),
        ("SPAM", "", "blocked"),
        ("POLICY", "550 5.1.1 user unknown", "blocked"),
        ("CONTENT", "", "blocked"),
        ("OTHER", "", "unknown"),
        ("OTHER", "550 5.1.1 user unknown", "invalid"),
        ("SOMETHING_NEW", "", "unknown"),
    ],
)
def test_only_an_unknown_user_is_a_dead_mailbox(reason, words, found):
    """HubSpot calls spam, policy and full mailboxes hard too. Source: its knowledge base on bounce types."""
    assert fields.bounce_class(reason, words) == found


def test_what_the_properties_say():
    """Consent and mailbox are two axes; opt-outs are told by scope."""
    kinds = [Subscription("1", "News", True, False), Subscription("2", "Updates", True, False)]
    marks = fields.consent({fields.OPT_OUT: "true", "hs_email_optout_2": "true"}, kinds)
    assert [(each.scope, each.state) for each in marks] == [
        ("global", "opt_out_global"), ("Updates", "opt_out_group"),
    ]  # fmt: skip
    assert fields.consent({fields.OPT_OUT: "", fields.REASON: "UNKNOWN_USER"}, kinds) == ()
    assert fields.deliverability({fields.OPT_OUT: "true"})[0] == "ok"
    assert fields.deliverability({fields.BAD: "true"})[0] == "invalid"
    assert fields.deliverability({fields.QUARANTINED: "true"})[0] == "blocked"
    state, _, at = fields.deliverability({fields.LAST_SENT: "2026-03-01T10:00:00Z"})
    assert (state, at) == ("ok", datetime(2026, 3, 1, 10, tzinfo=UTC))


def test_bounces_have_the_time_of_their_history(own, hubspot, kit):
    """The property says why, its history when; a soft bounce is only counted and no event."""
    events = [each for batch in hubspot.reader.bounces() for each in batch]
    dead = own.traps()["invalid_by_two_systems"][0]
    (mine,) = [each for each in events if each.record_id == str(dead["hubspot_id"])]
    age = datetime.fromisoformat(own.now()) - mine.at
    assert (mine.bounce_class, mine.raw[:12]) == ("invalid", "UNKNOWN_USER")
    assert timedelta(days=40) < age < timedelta(days=42)
    assert hubspot.reader.capabilities["soft_bounces"]
    assert not isinstance(hubspot.reader, Revives)
    assert hubspot.reader.capabilities["revive"]


def test_consent_is_told_with_where_it_came_from(own, hubspot, kit, addresses):
    """Time and source are the property's history; what was set through the API says so."""
    rows = kit.changes(hubspot, kit.everyone(hubspot, addresses[:1]), "suppress")
    hubspot.writer.apply(rows)
    found = [each for batch in hubspot.reader.consent_changes() for each in batch]
    (mine,) = [each for each in found if each.record_id == rows[0].record_id and each.mark.scope == "global"]
    assert (mine.mark.state, mine.mark.writer) == ("opt_out_global", "API")
    assert mine.mark.at is not None
    groups = [each for each in found if each.mark.scope != "global"]
    assert {(each.mark.scope, each.mark.state) for each in groups} >= {("Product Updates", "opt_out_group")}


# -- opting out, one by one


def test_without_enterprise_each_address_is_a_call_and_the_price_says_so(own, hubspot, kit, addresses):
    """The account is asked once whether it has batches; then it is one call an address."""
    rows = kit.changes(hubspot, kit.everyone(hubspot, addresses[:30]), "suppress")
    own.clear_log()
    assert states(hubspot.writer.apply(rows)) == ["applied"] * 30
    assert len([each for each in own.log("hubspot") if each["method"] == "POST"]) == 30
    assert hubspot.writer.cost("suppress", "contact", 1_000) >= 1_000
    assert hubspot.writer.read_back(rows, now()) == ["landed"] * 30
    own.settings(hubspot_enterprise=True)
    assert kit.over(own.url, "hubspot").writer.cost("suppress", "contact", 1_000) < 50


def test_a_price_is_named_while_hubspot_is_down(own, hubspot):
    """Nobody knows then whether there are batches: the dearer price is named."""
    own.fault(system="hubspot", match=".*", kind="500", times=100)
    assert hubspot.writer.cost("suppress", "contact", 200) >= 200


def test_one_refused_address_fails_alone(own, hubspot, kit, addresses):
    """The others are opted out, and the row has HubSpot's words."""
    rows = kit.changes(hubspot, kit.everyone(hubspot, addresses[:3]), "suppress")
    own.fault(system="hubspot", match=r"unsubscribe-all\?", kind="partial", nth=2)
    outcomes = hubspot.writer.apply(rows)
    assert states(outcomes) == ["applied", "failed", "applied"]
    assert "VALIDATION_ERROR" in outcomes[1].error
    assert outcomes[1].hint
    assert hubspot.writer.read_back(rows, now()) == ["landed", "not_landed", "landed"]


@pytest.mark.parametrize(("nth", "error"), [(1, RetryLater), (3, OutcomeUnknown)])
def test_a_pause_in_the_middle_leaves_doubt(own, hubspot, kit, addresses, nth, error):
    """Refused at the first address nothing was taken; later a part was, and that is said."""
    rows = kit.changes(hubspot, kit.everyone(hubspot, addresses[:4]), "suppress")
    own.fault(system="hubspot", match=r"unsubscribe-all\?", kind="429", nth=nth)
    with pytest.raises(error):
        hubspot.writer.apply(rows)
    landed = hubspot.writer.read_back(rows, now()).count("landed")
    assert landed == nth - 1


def test_the_days_calls_used_up_are_waited_for_by_hours(own, hubspot, kit, addresses):
    """No short wait helps before midnight."""
    people = kit.everyone(hubspot, addresses[:1])
    own.settings(hubspot_daily_calls=1)
    with pytest.raises(RetryLater, match="daily") as raised:
        kit.everyone(hubspot, addresses[:1])
    assert raised.value.after >= 3600
    with pytest.raises(RetryLater, match="daily"):
        hubspot.writer.apply(kit.changes(hubspot, people, "delete"))


def test_a_batch_names_the_address_it_refuses(own, kit, addresses):
    """Enterprise: the errors of a batch are found by the address they name."""
    own.settings(hubspot_enterprise=True)
    hubspot = kit.over(own.url, "hubspot")
    rows = kit.changes(hubspot, kit.everyone(hubspot, addresses[:2]), "suppress")
    bad = replace(rows[1], set={**rows[1].set, "email": "no address"})
    outcomes = hubspot.writer.apply([rows[0], bad])
    assert states(outcomes) == ["applied", "failed"]
    assert "VALIDATION_ERROR" in outcomes[1].error


def test_an_opt_out_is_read_back_from_the_archive(own, hubspot, kit, addresses):
    """It outlives the contact: archived it is still read; deleted for good nobody can tell."""
    rows = kit.changes(hubspot, kit.everyone(hubspot, addresses[:2]), "suppress")
    hubspot.writer.apply(rows[:1])
    hubspot.writer.apply([replace(each, op="delete") for each in rows])
    assert hubspot.writer.read_back(rows, now()) == ["landed", "not_landed"]
    never = replace(rows[0], record_id="7")
    assert hubspot.writer.read_back([never], now()) == ["cannot_tell"]


# -- taking back


def test_an_opt_out_is_lifted_without_leaving_more_than_before(own, hubspot, kit, addresses):
    """Subscribing lifts it and is taken back at once: the address is as mailable as it was, no more."""
    before = own.state("hubspot")["hubspot"]
    (change,) = kit.changes(hubspot, kit.everyone(hubspot, addresses[:1]), "suppress")
    hubspot.writer.apply([change])
    back = undone(hubspot, change)
    assert isinstance(back, Expressed)
    lift = replace(change, op=back.op, set=back.set, guard=back.guard)
    assert states(hubspot.writer.apply([lift])) == ["applied"]
    assert hubspot.writer.read_back([lift], now()) == ["landed"]
    after = own.state("hubspot")["hubspot"]
    assert (after["opt_out"], after["subscription_status"]) == (
        before["opt_out"],
        before["subscription_status"],
    )
    assert undone(hubspot, replace(lift, backup=back.backup)).op == "suppress"


def test_a_persons_own_later_opt_out_stays(own, hubspot, kit, addresses):
    """An opt-out made after our own act is not ours to lift, nor is one made before it."""
    (change,) = kit.changes(hubspot, kit.everyone(hubspot, addresses[:1]), "suppress")
    hubspot.writer.apply([change])
    back = undone(hubspot, change, at=now() - timedelta(days=1))
    outcome = hubspot.writer.apply([replace(change, op="unsuppress", set=back.set)])[0]
    assert (outcome.state, outcome.error[:15]) == ("failed", "OPTED_OUT_SINCE")
    back = undone(hubspot, change, at=now() + timedelta(days=1))  # it found the opt-out there already
    outcome = hubspot.writer.apply([replace(change, op="unsuppress", set=back.set)])[0]
    assert (outcome.state, outcome.error[:16]) == ("failed", "OPTED_OUT_BEFORE")
    bare = replace(change, op="unsuppress", set={"email": addresses[0]})
    assert states(hubspot.writer.apply([bare])) == ["failed"]
    own.advance(3)
    own_words = replace(change, backup={**change.backup, fields.OPT_OUT: "true"})
    assert undone(hubspot, own_words).code == "own_opt_out"
    assert undone(hubspot, replace(change, backup={})).code == "no_backup"


def test_who_has_left_everything_is_not_brought_back():
    """The subscription to lift by is one the person has not left, the default one last."""
    kinds = [
        Subscription("1", "News", True, False, True), Subscription("2", "Updates", True, False),
        Subscription("3", "Sales", True, True), Subscription("4", "Old", False, False),
    ]  # fmt: skip
    assert lifting_by({}, kinds) == "2"
    assert lifting_by({"hs_email_optout_2": "true"}, kinds) == "1"
    assert lifting_by({"hs_email_optout_1": "true", "hs_email_optout_2": "true"}, kinds) == ""


def test_nothing_to_lift_by_is_vetoed_and_not_expressed(hubspot, kit, addresses):
    """Who has left every kind of mail keeps the opt-out."""
    (change,) = kit.changes(hubspot, kit.everyone(hubspot, addresses[:1]), "suppress")
    left = {each.property: "true" for each in hubspot.reader.client.subscriptions()}
    held = {**change.backup, **left}
    gone = hubspot.reader.inverse(
        replace(change, backup=held), now={**held, fields.OPT_OUT: "true"}, at=now()
    )
    assert gone.code == "not_reversible"
    person = kit.everyone(hubspot, addresses[:1])[0]
    stopped = replace(person, raw={**person.raw, **left, fields.OPT_OUT: "true"})
    assert hubspot.reader.express("unsuppress", stopped, note="") is None
    free = replace(person, raw={**person.raw, fields.OPT_OUT: "true"})
    assert hubspot.reader.express("unsuppress", free, note="").op == "unsuppress"
    assert hubspot.reader.express("unsuppress", person, note="") is None
    assert hubspot.reader.express("merge", person, note="") is None


@pytest.mark.parametrize("ours", [True, False])
def test_a_contact_made_anew_is_as_mailable_as_it_was(own, hubspot, kit, addresses, ours):
    """Our own opt-out, which stayed with the address, is lifted; one made since the deletion is not."""
    person = kit.everyone(hubspot, addresses[:1])[0]
    rows = [kit.changes(hubspot, [person], op)[0] for op in ("suppress", "delete")]
    hubspot.writer.apply(rows[:1])
    hubspot.writer.apply(rows[1:])
    at = now() if ours else now() - timedelta(days=1)
    back = hubspot.reader.inverse(rows[1], now=None, at=at)
    assert LIFT_BEFORE in back.set
    made = row(person, back)
    (outcome,) = hubspot.writer.apply([made])
    assert outcome.state == "applied"
    assert hubspot.writer.read_back([made], now()) == ["landed" if ours else "not_landed"]
    anew = one(hubspot, kit, addresses[0])
    assert anew.record_id == outcome.record_id != person.record_id
    assert bool(anew.consent) is not ours
    assert (anew.first_name, anew.company) == (person.first_name, person.company)
    stopped = replace(rows[1], backup={**rows[1].backup, fields.OPT_OUT: "true"})
    assert LIFT_BEFORE not in hubspot.reader.inverse(stopped, now=None, at=at).set


def test_what_is_gone_or_changed_is_vetoed(hubspot, kit, addresses):
    """An undo never overwrites what somebody else has written since."""
    person = kit.everyone(hubspot, addresses[:1])[0]
    change = row(person, hubspot.reader.express_update(person, {"city": "Ulm"}))
    hubspot.writer.apply([change])
    assert hubspot.reader.inverse(change, now=None, at=now()).code == "gone"
    assert undone(hubspot, replace(change, backup={})).code == "no_backup"
    assert undone(hubspot, replace(change, set={"city": "Bonn"})).code == "changed_since"
    lifted = Change(
        subject="s", system="hubspot", object="contact", record_id=person.record_id, op="unsuppress",
        set={"email": person.address, fields.OPT_OUT: "false"}, backup=person.raw,
    )  # fmt: skip
    again = hubspot.reader.inverse(lifted, now=person.raw, at=now())
    assert (again.op, again.set[fields.OPT_OUT]) == ("suppress", "true")
    stopped = {**person.raw, fields.OPT_OUT: "true"}
    assert hubspot.reader.inverse(lifted, now=stopped, at=now()).code == "changed_since"


# -- editing, merging, lists


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"hs_marketable_status": "true"}, "read_only"),
        ({"score": 7}, "read_only"),
        ({"lifecycle": "king"}, "not_allowed"),
        ({"sync_to_salesforce": "perhaps"}, "wrong_type"),
        ({"nothing": "x"}, "no_such_field"),
    ],
)
def test_what_hubspot_would_not_take_is_vetoed(hubspot, kit, addresses, values, code):
    """Read-only properties, choices and types are known before anybody votes."""
    person = kit.everyone(hubspot, addresses[:1])[0]
    said = hubspot.reader.express_update(person, values)
    assert isinstance(said, Veto)
    assert (said.code, said.op) == (code, "update")
    made = hubspot.reader.express_create("contact", {"address": "new@edit.example", **values})
    assert made.code == code


def test_a_new_contact_is_opted_out_before_it_is_made(own, hubspot, kit, addresses):
    """The opt-out is its address's; a contact that has left before is not opted out by an edit."""
    said = [
        hubspot.reader.express_create(
            "contact", {"address": f"{name}@new.example", "opted_out": name == "out"}
        )
        for name in ("out", "in")
    ]
    person = kit.everyone(hubspot, addresses[:1])[0]
    rows = [row(person, each) for each in said]
    own.clear_log()
    assert states(hubspot.writer.apply(rows)) == ["applied"] * 2
    order = [each["path"].rpartition("/")[2] for each in own.log("hubspot") if each["status"] != 403]
    assert [each for each in order if each in {"unsubscribe-all", "create"}] == ["unsubscribe-all", "create"]
    assert hubspot.writer.read_back(rows, now()) == ["landed"] * 2
    found = {
        each.address: bool(each.consent)
        for each in kit.everyone(hubspot, ["out@new.example", "in@new.example"])
    }
    assert found == {"out@new.example": True, "in@new.example": False}
    own.fault(system="hubspot", match=r"unsubscribe-all\?", kind="partial")
    refused = hubspot.reader.express_create("contact", {"address": "no@new.example", "opted_out": True})
    other = hubspot.reader.express_create("contact", {"address": "yes@new.example"})
    assert states(hubspot.writer.apply([row(person, refused), row(person, other)])) == ["failed", "applied"]
    assert kit.everyone(hubspot, ["no@new.example"]) == []
    assert hubspot.reader.express_update(person, {"opted_out": True}).code == "read_only"


def test_values_are_spelled_as_hubspot_has_them(hubspot, kit, addresses):
    """Text, choices in their own spelling, flags as true and false; what is so already is no row."""
    person = kit.everyone(hubspot, addresses[:1])[0]
    said = hubspot.reader.express_update(
        person, {"lifecycle": "Customer", "sync_to_salesforce": "no", "employees": 7, "city": None}
    )
    assert said.set == {"lifecyclestage": "customer", "sync_to_salesforce": "false", "numemployees": "7"}
    assert states(hubspot.writer.apply([row(person, said)])) == ["applied"]
    assert hubspot.reader.express_update(person, {"opted_out": False}) is None
    assert hubspot.reader.express_create("company", {"address": "a@b.example"}).code == "no_such_object"
    with pytest.raises(InvalidArguments):
        hubspot.reader.fields("company")


def test_a_batch_tells_good_rows_from_bad(own, hubspot, kit, addresses):
    """A taken address, a contact that is gone and a good row each have their own outcome."""
    taken = hubspot.reader.express_create("contact", {"address": addresses[0]})
    new = hubspot.reader.express_create("contact", {"address": "fresh@batch.example"})
    person = kit.everyone(hubspot, addresses[:1])[0]
    outcomes = hubspot.writer.apply([row(person, taken), row(person, new)])
    assert states(outcomes) == ["failed", "applied"]
    assert "CONFLICT" in outcomes[0].error
    assert "@" not in outcomes[0].error
    edit = row(person, hubspot.reader.express_update(person, {"city": "Ulm"}))
    outcomes = hubspot.writer.apply([replace(edit, record_id="7"), edit])
    assert states(outcomes) == ["failed", "applied"]
    assert outcomes[0].hint == "The contact is gone already."


def test_a_merge_keeps_static_lists_and_the_strictest_consent(own, hubspot, kit):
    """HubSpot drops the loser's lists, suppression lists too: the merged record is put into them again."""
    winner, loser = (one(hubspot, kit, trap(own, "merge_pair", place)) for place in (0, 1))
    (suppression,) = [
        each for page in hubspot.reader.audiences() for each in page if "suppression" in each.name
    ]
    change = row(winner, hubspot.reader.express_merge(winner, [loser], {"city": "Ulm"}))
    assert fields.OPT_OUT not in change.set
    hubspot.writer.apply(kit.changes(hubspot, [loser], "suppress"))  # after the plan was made
    (outcome,) = hubspot.writer.apply([change])
    inside = {each.record_id for page in hubspot.reader.members(suppression) for each in page}
    assert outcome.record_id in inside
    merged = one(hubspot, kit, winner.address)
    assert (merged.record_id, merged.city) == (outcome.record_id, "Ulm")
    assert [each.state for each in merged.consent] == ["opt_out_global"]
    assert hubspot.writer.read_back([change], now()) == ["landed"]
    stopped = replace(change, set={**change.set, fields.OPT_OUT: "true"})
    assert hubspot.writer.read_back([stopped], now()) == ["landed"]


def test_a_merge_with_what_is_gone_is_not_sent(own, hubspot, kit, addresses):
    """Neither is one without a loser, or with an id that is none."""
    people = kit.everyone(hubspot, addresses[:2])
    change = row(people[0], hubspot.reader.express_merge(people[0], people[1:], {}))
    assert hubspot.reader.express_merge(people[0], people[1:], {"score": 1}).code == "read_only"
    hubspot.writer.apply(kit.changes(hubspot, people[1:], "delete"))
    own.clear_log()
    bad = [change, replace(change, set={}), replace(change, set={"objectIdToMerge": ["../x"]})]
    assert [states(hubspot.writer.apply([each])) for each in bad] == [["failed"]] * 3
    assert not [each for each in own.log("hubspot") if each["path"].endswith("/merge")]


def test_dynamic_lists_fill_themselves(own, hubspot, kit, addresses):
    """Their members are not written by us, and the refusal says where to change them."""
    found = [each for page in hubspot.reader.audiences() for each in page]
    dynamic = next(each for each in found if not each.editable)
    person = kit.everyone(hubspot, addresses[:1])[0]
    said = hubspot.reader.express_member("add_member", dynamic, person)
    assert (said.code, dynamic.name in said.text) == ("dynamic_list", True)
    assert hubspot.reader.express_member("update", found[1], person).code == "not_a_place"


def test_a_contact_that_is_gone_is_not_put_into_a_list(hubspot, kit, addresses):
    """The row fails by name; ids that are none never leave."""
    static = next(each for page in hubspot.reader.audiences() for each in page if each.editable)
    person = kit.everyone(hubspot, addresses[:1])[0]
    change = row(person, hubspot.reader.express_member("add_member", static, person))
    outcomes = hubspot.writer.apply([change, replace(change, record_id="7")])
    assert states(outcomes) == ["applied", "failed"]
    assert states(hubspot.writer.apply([replace(change, set={"listId": "../1"})])) == ["failed"]
    nowhere = Audience(system="hubspot", record_id="999999", name="Nowhere", kind="list")
    with pytest.raises(Refused):
        list(hubspot.reader.members(nowhere))
    for bad in (None, "", "1/2", "１２"):
        with pytest.raises(Refused):
            number(bad)


def test_an_erasure_is_for_good(own, hubspot, kit, addresses):
    """No bin holds the contact afterwards, nothing brings it back, and the plan says both before."""
    person = kit.everyone(hubspot, addresses[:1])[0]
    wish = hubspot.reader.express_erasure(person)
    change = row(person, wish)
    assert (change.object, change.op, change.backup) == ("gdpr_delete", "delete", {})
    assert effects_of(change) == {"delete", "erase"}
    way_back = hubspot.writer.reversibility("delete", change.object, datetime.now(UTC))
    assert (way_back.how, hubspot.writer.cost("delete", change.object, 3)) == ("none", 5)
    assert hubspot.writer.batch_size("delete", change.object, 3) == 1
    assert states(hubspot.writer.apply([change])) == ["applied"]
    assert hubspot.writer.read_back([change], datetime.now(UTC)) == ["landed"]
    assert person.record_id not in str(own.state("hubspot"))
    assert hubspot.reader.inverse(change, now=None, at=datetime.now(UTC)).code == "not_reversible"
