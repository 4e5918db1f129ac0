"""What every reader with an ability must do with it, whatever the vendor: over the twin, through HTTP."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from tools.abilities import Describes, Edits, HoldsAudiences, KeepsConsent, KeepsGroups, Merges, Revives
from tools.errors import InvalidArguments, OutcomeUnknown
from tools.plan import Change, Veto
from tools.ports import Expressed
from tools.rules.consent import WORDS
from tools.rules.consent_groups import SCOPED, Definition, GroupNames
from tools.rules.person_fields import LABELS

NEW = {"address": "newly.made@conformance.example", "first_name": "Newly", "last_name": "Made"}
# As which object a person is made, and with what besides, where that is not the usual.
MADE = {"salesforce": ("Lead", {**NEW, "company": "Conformance Ltd"})}
MERGING = pytest.mark.parametrize("vendor", ["hubspot", "marketo", "salesforce"], indirect=True)
REVIVING = pytest.mark.parametrize("vendor", ["marketo", "salesforce", "sendgrid"], indirect=True)
CLOCKS_DIFFER = timedelta(minutes=5)


@pytest.fixture
def able(connected):
    """A function that gives the vendor's reader once it is seen to have the ability."""

    def check(ability):
        assert isinstance(connected.reader, ability)
        return connected.reader

    return check


def test_who_has_no_such_ability_says_why(connected):
    """Merging and reviving are not every vendor's; a sentence stands where the ability is missing."""
    for ability, name in ((Merges, "merge"), (Revives, "revive")):
        if not isinstance(connected.reader, ability):
            assert connected.reader.capabilities[name].endswith(".")
            assert (connected.reader.system, name) in {("sendgrid", "merge"), ("hubspot", "revive")}


def settled(own_twin):
    """Let the vendors' asynchronous jobs be done."""
    own_twin.advance(5)


def twins_now(own_twin):
    """The twin's time, which is what its records carry."""
    return datetime.fromisoformat(own_twin.now()).astimezone(UTC)


def as_change(system, subject, said):
    """A wish in a vendor's words as a row of a plan."""
    return Change(
        subject=subject, system=system, object=said.object, record_id=said.record_id, op=said.op,
        set=said.set, guard=said.guard, backup=said.backup,
    )  # fmt: skip


def done(own_twin, connected, *rows):
    """Apply rows of one op and object; they land, and come back with the ids they have now."""
    since = twins_now(own_twin) - timedelta(minutes=1)
    outcomes = connected.writer.apply(list(rows))
    settled(own_twin)
    assert [each.state for each in outcomes] == ["applied"] * len(rows), outcomes
    rows = [
        Change(**{**fields(row), "record_id": each.record_id})
        for row, each in zip(rows, outcomes, strict=True)
    ]
    assert connected.writer.read_back(rows, since) == ["landed"] * len(rows)
    return rows


def fields(row):
    """A row's fields, to make another of."""
    names = ("subject", "system", "object", "record_id", "op", "set", "guard", "backup")
    return {name: getattr(row, name) for name in names}


def undone(connected, row, at=None):
    """The inverse of a row as the record reads now, written at that moment, or just now."""
    now = None
    if row.record_id:
        now = connected.reader.current(row.object, [row.record_id], frozenset())[row.record_id]
    return connected.reader.inverse(row, now=now, at=at or datetime.now(UTC))


def held(reader, since=None):
    """All consent records."""
    return [each for batch in reader.consent_changes(since) for each in batch]


# -- KeepsConsent


@pytest.fixture(scope="module")
def told():
    """Everybody's consent by vendor, read once: at some vendors that takes a bulk extract."""
    known = {}

    def read(reader):
        if reader.system not in known:
            known[reader.system] = held(reader)
        return known[reader.system]

    return read


def test_everybodys_consent_is_told_once_for_each_scope(able, told, vendor):
    """Every record comes once a scope, with a state that is one of ours, keyed by the address it holds."""
    reader = able(KeepsConsent)
    found = told(reader)
    keys = Counter((each.object, each.record_id, each.mark.scope) for each in found)
    assert max(keys.values()) == 1
    assert all(each.mark.state in WORDS for each in found)
    assert all(each.mark.source for each in found if each.mark.state.startswith("opt_out"))
    assert all(each.system == vendor.name and bool(each.subject) >= bool(each.address) for each in found)
    people = {
        each.record_id
        for batch in reader.people()
        for each in batch
        if each.object in vendor.objects and not each.raw.get("IsConverted")  # it is a contact's now
    }
    assert {each.record_id for each in found} >= people - {""}


def test_an_opt_out_is_told_where_it_is_and_not_where_it_is_not(own_twin, able, told, vendor, kit):
    """A person who opted out here alone has a restrictive mark here; one who did so elsewhere has none."""
    found = told(able(KeepsConsent))
    for name in ("salesforce", "marketo", "sendgrid"):
        subject = kit.SUBJECT(own_twin.traps()[f"opted_out_only_in_{name}"][0]["email"])
        states = {each.mark.state for each in found if each.subject == subject}
        stopped = any(state.startswith("opt_out") for state in states)
        holds = "marketo" if vendor.name == "hubspot" else vendor.name  # it stands in Marketo's place
        assert stopped is (name == holds), (name, states)


def test_what_was_touched_since_is_told_with_its_time(own_twin, connected, able, addresses, kit):
    """After one opt-out, only what was touched since is read, and the mark has its time and its writer."""
    reader = able(KeepsConsent)
    own_twin.advance(3_600)
    since = twins_now(own_twin) - timedelta(minutes=1)
    rows = kit.changes(connected, kit.everyone(connected, addresses[:1]), "suppress")
    connected.writer.apply(rows)
    settled(own_twin)
    found = held(reader, since)
    mine = [each for each in found if each.subject == rows[0].subject and each.mark.state != "none"]
    assert mine
    assert all(each.mark.state.startswith("opt_out") for each in mine)
    assert all(each.mark.at is None or each.mark.at >= since - CLOCKS_DIFFER for each in mine)
    assert len(found) < 20


# -- Describes


def test_fields_are_described_by_the_vendors_names(able, vendor):
    """Each field comes under its own name; canonical names are ours, and none is given twice."""
    known = able(Describes).fields(vendor.person)
    assert all(name == fact.name and fact.label for name, fact in known.items())
    canonical = [fact.canonical for fact in known.values() if fact.canonical]
    assert {"address", "first_name", "last_name"} <= set(canonical) <= set(LABELS)
    assert len(canonical) == len(set(canonical))
    assert any(not fact.updateable for fact in known.values())


def test_an_unknown_object_can_be_repaired(able):
    """The object's name is the caller's mistake."""
    with pytest.raises(InvalidArguments):
        able(Describes).fields("Nothing")


# -- Edits


def test_an_update_lands_and_is_taken_back(own_twin, connected, able, addresses, kit):
    """New values are guarded by the old ones, land, and go back to what was unless somebody wrote since."""
    able(Edits)
    person = kit.everyone(connected, addresses[:1])[0]
    said = connected.reader.express_update(person, {"first_name": "Renamed", "last_name": person.last_name})
    assert isinstance(said, Expressed)
    assert (said.op, said.record_id) == ("update", person.record_id)
    new = {name: value for name, value in said.set.items() if value != person.raw.get(name)}
    assert list(new.values()) == ["Renamed"]
    assert {name: said.guard[name] for name in new} == {name: person.raw.get(name) for name in new}
    (row,) = done(own_twin, connected, as_change(person.system, person.subject, said))
    again = kit.everyone(connected, addresses[:1])[0]
    assert again.first_name == "Renamed"
    assert connected.reader.express_update(again, {"first_name": "Renamed"}) is None
    back = undone(connected, row)
    done(own_twin, connected, as_change(person.system, person.subject, back))
    assert kit.everyone(connected, addresses[:1])[0].first_name == person.first_name
    assert undone(connected, row).code == "changed_since"


def test_a_field_that_is_not_there_is_vetoed(connected, able, addresses, kit):
    """A name that is neither canonical nor the vendor's is refused by name, and nothing is sent."""
    able(Edits)
    person = kit.everyone(connected, addresses[:1])[0]
    said = connected.reader.express_update(person, {"no_such_field": "x"})
    assert isinstance(said, Veto)
    assert (said.op, said.record_id, said.subject) == ("update", person.record_id, person.subject)
    assert "no_such_field" in said.text


def test_a_new_person_is_made_found_and_taken_back(own_twin, connected, able, vendor, kit):
    """A create lands under the address it was given, and its undo deletes the record it made."""
    reader = able(Edits)
    said = reader.express_create(*MADE.get(vendor.name, (vendor.person, NEW)))
    assert isinstance(said, Expressed)
    assert (said.op, said.record_id) == ("create", None)
    subject = kit.SUBJECT(NEW["address"])
    (row,) = done(own_twin, connected, as_change(vendor.name, subject, said))
    made = kit.everyone(connected, [NEW["address"]])
    assert [(each.first_name, each.subject) for each in made] == [("Newly", subject)]
    told = Change(
        **{**fields(row), "record_id": row.record_id or made[0].record_id}
    )  # an id never told is found
    back = undone(connected, told)
    assert (back.op, back.record_id) == ("delete", made[0].record_id)
    done(own_twin, connected, as_change(vendor.name, subject, back))
    assert kit.everyone(connected, [NEW["address"]]) == []


def test_a_new_person_without_an_address_is_vetoed(able, vendor):
    """A record that nobody could find again is not made."""
    object, values = MADE.get(vendor.name, (vendor.person, NEW))
    said = able(Edits).express_create(object, {**values, "address": ""})
    assert isinstance(said, Veto)
    assert said.op == "create"


@pytest.mark.parametrize("kind", ["drop_reply", "502"])
def test_a_create_in_doubt_is_found_by_its_address(own_twin, connected, able, vendor, kit, kind):
    """The answer to a create was lost: the record is looked for, and made once."""
    said = able(Edits).express_create(*MADE.get(vendor.name, (vendor.person, NEW)))
    row = as_change(vendor.name, kit.SUBJECT(NEW["address"]), said)
    assert kit.everyone(connected, [NEW["address"]]) == []  # the token is fresh: the fault meets the create
    expected = "landed" if kind == "drop_reply" else "not_landed"
    since = twins_now(own_twin)
    own_twin.fault(system=vendor.name, kind=kind)
    with pytest.raises(OutcomeUnknown):
        connected.writer.apply([row])
    own_twin.clear_faults()
    settled(own_twin)
    assert connected.writer.read_back([row], since) == [expected]
    assert len(kit.everyone(connected, [NEW["address"]])) == (1 if expected == "landed" else 0)


# -- Merges


def two_of(own_twin, vendor, addresses):
    """Two people the vendor merges: a MAP leaves those whom the CRM has to the CRM."""
    if vendor.name != "marketo":
        return addresses[:2]
    leads = own_twin.state("marketo")["marketo"]["lead"].values()
    free = [each for each in leads if not each["sfdcId"] and not each["unsubscribed"]]
    return [each["email"] for each in free if each["email"] == each["email"].strip().lower()][:2]


@MERGING
def test_a_merge_keeps_the_opt_out_of_whoever_had_it(own_twin, connected, able, vendor, addresses, kit):
    """The loser's opt-out survives, the loser is gone, the landing reads it back, and no undo is promised."""
    reader, pair = able(Merges), two_of(own_twin, vendor, addresses)
    stopped = kit.changes(connected, kit.everyone(connected, pair[1:]), "suppress")
    connected.writer.apply(stopped)
    settled(own_twin)
    winner = kit.everyone(connected, pair[:1])[0]
    loser = kit.everyone(connected, pair[1:])[0]
    assert (bool(winner.consent), bool(loser.consent)) == (False, True)
    said = reader.express_merge(winner, [loser], {})
    assert isinstance(said, Expressed)
    assert (said.op, said.record_id) == ("merge", winner.record_id)
    assert loser.address in str(said.backup)
    assert winner.address in str(said.backup)
    row = as_change(winner.system, winner.subject, said)
    assert connected.writer.read_back([row], twins_now(own_twin)) == ["not_landed"]
    (row,) = done(own_twin, connected, row)
    left = kit.everyone(connected, pair)
    assert [each.record_id for each in left] == [row.record_id]
    assert any(mark.state.startswith("opt_out") for mark in left[0].consent)
    assert undone(connected, row).code == "not_reversible"
    assert connected.writer.reversibility("merge", winner.object, datetime.now(UTC)).how == "none"


@MERGING
def test_a_merge_of_too_many_or_of_itself_is_vetoed(connected, able, addresses, kit):
    """The vendor's limit is known before anybody votes, and a record is never merged into itself."""
    reader = able(Merges)
    people = kit.everyone(connected, addresses[: reader.merge_limit() + 1])
    assert isinstance(reader.express_merge(people[0], people[1:], {}), Veto)
    assert isinstance(reader.express_merge(people[0], people[:1], {}), Veto)


# -- HoldsAudiences


def editable(reader):
    """Audiences that people can be put into."""
    return [each for batch in reader.audiences() for each in batch if each.editable]


def inside(reader, audience):
    """Members by record id."""
    return {each.record_id: each for batch in reader.members(audience) for each in batch}


def test_audiences_are_named_and_sized(able, vendor):
    """Every list or campaign comes once, with a size that its members bear out."""
    reader = able(HoldsAudiences)
    found = [each for batch in reader.audiences() for each in batch]
    assert found
    assert len({each.record_id for each in found}) == len(found)
    assert all(each.name and each.system == vendor.name for each in found)
    known = [each for each in found if each.size is not None]
    assert all(len(inside(reader, each)) == each.size for each in known[:3])


def test_people_come_and_go_and_come_back(own_twin, connected, able, addresses, kit):
    """Adding and removing land, are None when they already are so, and are undone with the status kept."""
    reader = able(HoldsAudiences)
    people = kit.everyone(connected, addresses[:60])
    audience, stranger = next(
        (each, person)
        for each in editable(reader)
        for held_now in [inside(reader, each)]
        for person in people
        if person.record_id not in held_now
    )
    assert reader.express_member("remove_member", audience, stranger) is None
    status = audience.statuses[-1] if audience.statuses else ""
    said = reader.express_member("add_member", audience, stranger, status=status)
    assert isinstance(said, Expressed)
    (row,) = done(own_twin, connected, as_change(stranger.system, stranger.subject, said))
    member = inside(reader, audience)[stranger.record_id]
    assert (member.status, member.subject) == (status or member.status, stranger.subject)
    assert reader.express_member("add_member", audience, stranger) is None
    back = undone(connected, row)
    assert back.op == "remove_member"
    (gone,) = done(own_twin, connected, as_change(stranger.system, stranger.subject, back))
    assert stranger.record_id not in inside(reader, audience)
    again = undone(connected, gone)
    assert again.op == "add_member"
    done(own_twin, connected, as_change(stranger.system, stranger.subject, again))
    assert inside(reader, audience)[stranger.record_id].status == member.status


def test_a_person_yet_to_be_made_is_referred_to(able, vendor, connected, addresses, kit):
    """Who is created by the same plan has no id: the wish refers to what will be made, or to the address."""
    from dataclasses import replace

    reader = able(HoldsAudiences)
    coming = replace(kit.everyone(connected, addresses[:1])[0], record_id="", raw={})
    said = reader.express_member("add_member", editable(reader)[0], coming)
    assert isinstance(said, Expressed)
    assert {"created": coming.object} in said.set.values() or coming.address in said.set.values()
    assert reader.express_member("remove_member", editable(reader)[0], coming) is None


# -- Revives


@REVIVING
def test_a_dead_mark_is_taken_off_and_consent_is_not_touched(own_twin, connected, able, addresses, kit):
    """The mark "invalid" goes from the record and nothing else does; a healthy record has none."""
    reader = able(Revives)
    email = own_twin.traps()["invalid_by_two_systems"][0]["email"]
    sick = next(each for each in kit.everyone(connected, [email]) if reader.express_revival(each) is not None)
    said = reader.express_revival(sick)
    assert isinstance(said, Expressed)
    done(own_twin, connected, as_change(sick.system, sick.subject, said))
    well = kit.everyone(connected, [email])[0]
    assert well.deliverability != "invalid"
    assert [(mark.scope, mark.state) for mark in well.consent] == [
        (mark.scope, mark.state) for mark in sick.consent
    ]
    assert all(reader.express_revival(each) is None for each in kit.everyone(connected, addresses[:1]))


# -- KeepsGroups


NEWSLETTER = GroupNames(
    (
        Definition(
            "Newsletter",
            {
                "hubspot": "product updates",
                "salesforce": "Newsletter_Opt_Out__c",
                "marketo": "newsletterOptOut",
            },
        ),
    )
)
WRITES_GROUP = {
    "sendgrid": "POST /v3/asm/groups/.*",
    "hubspot": "POST .*/statuses/([^/]*|batch/write)$",
}  # where that is not how everything is left


@pytest.fixture
def grouped(own_twin, vendor, kit):
    """The vendor with a policy that says what each system calls the newsletter."""
    connected = kit.over(own_twin.url, vendor.name, groups=NEWSLETTER)
    assert isinstance(connected.reader, KeepsGroups)
    return connected


def lost_on(vendor):
    """The pattern of the request that takes somebody off a group."""
    return WRITES_GROUP.get(vendor.name, vendor.suppresses)


def scopes(connected, kit, addresses):
    """What each of these people has left, by address; `global` for everything."""
    found = {each.address.lower(): each for each in kit.everyone(connected, addresses)}
    return {
        address: {mark.scope for mark in found[address].consent if mark.state.startswith("opt_out")}
        for address in addresses
    }


def leaving(connected, kit, addresses, op="suppress", **more):
    """The rows that take these people off the vendor's first group, or put them back, and the group."""
    reader = connected.reader
    group = next(each for each in reader.groups() if each.name == "Newsletter")
    people = kit.everyone(connected, addresses)
    said = [
        reader.express_group(op, each, group.name.upper(), note="asked on 3 May", **more) for each in people
    ]
    assert all(isinstance(each, Expressed) for each in said), said
    rows = [as_change(each.system, each.subject, wish) for each, wish in zip(people, said, strict=True)]
    return group.name, rows


def test_one_group_is_left_and_nothing_else(own_twin, grouped, addresses, kit):
    """It lands, reads back as that group alone, is told by everybody's consent, and finds nothing twice."""
    reader, mine = grouped.reader, addresses[:4]
    group, rows = leaving(grouped, kit, mine, rests_on=frozenset({"address"}))
    assert {each.set[SCOPED] for each in rows} == {group}
    assert grouped.writer.read_back(rows, twins_now(own_twin)) == ["not_landed"] * 4
    own_twin.advance(3_600)
    since = twins_now(own_twin) - timedelta(minutes=1)
    done(own_twin, grouped, *rows)
    assert scopes(grouped, kit, mine) == {each: {group} for each in mine}
    assert all(
        reader.express_group("suppress", each, group, note="") is None for each in kit.everyone(grouped, mine)
    )
    for found in (held(reader), held(reader, since)):
        told = {(each.subject, each.mark.scope) for each in found if each.mark.state == "opt_out_group"}
        assert {(each.subject, group) for each in rows} <= told


def test_leaving_a_group_is_undone_unless_somebody_else_was_faster(own_twin, grouped, addresses, kit):
    """The inverse puts the person back as they were and is itself undone; who came back since is left."""
    mine = addresses[:1]
    group, rows = leaving(grouped, kit, mine)
    (row,) = done(own_twin, grouped, *rows)
    at = twins_now(own_twin)
    back = as_change(row.system, row.subject, undone(grouped, row, at))
    assert back.op == "unsuppress"
    guarded = grouped.reader.current(back.object, [back.record_id], frozenset(back.guard))
    assert guarded[back.record_id] == dict(back.guard)
    (gone,) = done(own_twin, grouped, back)
    assert scopes(grouped, kit, mine) == {mine[0]: set()}
    assert undone(grouped, row).code == "changed_since"
    again = as_change(row.system, row.subject, undone(grouped, gone))
    done(own_twin, grouped, again)
    assert scopes(grouped, kit, mine) == {mine[0]: {group}}
    assert grouped.writer.reversibility("suppress", row.object, twins_now(own_twin)).how == "inverse"


def test_a_person_comes_back_to_one_group_on_their_own_act(own_twin, grouped, addresses, kit):
    """`unsuppress` is for that group alone, guarded by the opt-out it takes back."""
    mine = addresses[:2]
    group, rows = leaving(grouped, kit, mine)
    done(own_twin, grouped, *rows)
    _, back = leaving(grouped, kit, mine, "unsuppress", rests_on=frozenset({"address", "consent"}))
    for each in back:
        now = grouped.reader.current(each.object, [each.record_id], frozenset(each.guard))
        assert now[each.record_id] == dict(each.guard)
    done(own_twin, grouped, *back)
    assert scopes(grouped, kit, mine) == {each: set() for each in mine}
    person = kit.everyone(grouped, mine[:1])[0]
    assert grouped.reader.express_group("unsuppress", person, group, note="") is None
    assert grouped.reader.express_group("suppress", person, "Nobody's group", note="") is None


@pytest.mark.parametrize("kind", ["drop_reply", "502"])
def test_a_group_left_in_doubt_is_read_back(own_twin, grouped, vendor, addresses, kit, kind):
    """The answer was lost: nothing is sent again, and reading tells what happened."""
    _, rows = leaving(grouped, kit, addresses[:1])
    own_twin.fault(system=vendor.name, match=lost_on(vendor), kind=kind)
    own_twin.clear_log()
    with pytest.raises(OutcomeUnknown):
        grouped.writer.apply(rows)
    assert len(own_twin.log(vendor.name)) == 1
    own_twin.clear_faults()
    expected = "landed" if kind == "drop_reply" else "not_landed"
    assert grouped.writer.read_back(rows, twins_now(own_twin)) == [expected]


def test_a_group_row_dropped_in_silence_is_seen_and_costs_are_told(own_twin, grouped, vendor, addresses, kit):
    """The vendor says done and did not; and no more calls are made than were told before."""
    _, rows = leaving(grouped, kit, addresses[:6], rests_on=frozenset({"address"}))
    own_twin.fault(system=vendor.name, match=lost_on(vendor), kind="drop_row", rows=[2])
    own_twin.clear_log()
    guard = frozenset(name for each in rows for name in each.guard)
    if guard:
        grouped.reader.current(rows[0].object, [each.record_id for each in rows], guard)
    grouped.writer.apply(rows)
    reads = grouped.writer.read_back(rows, twins_now(own_twin))
    assert reads.count("not_landed") == 1
    assert reads[2] == "not_landed"
    assert len(own_twin.log(vendor.name)) <= grouped.writer.cost("suppress", rows[0].object, len(rows))
    assert grouped.writer.cost("suppress", rows[0].object, 0) == 0


@pytest.mark.parametrize("vendor", ["hubspot"], indirect=True)
def test_nobody_is_let_back_to_one_kind_of_mail_past_an_opt_out_of_everything(
    own_twin, grouped, addresses, kit
):
    """HubSpot would lift it along: refused when it is asked for, and again just before the write."""
    reader, mine = grouped.reader, addresses[:1]
    _, rows = leaving(grouped, kit, mine)
    done(own_twin, grouped, *rows)
    group, back = leaving(grouped, kit, mine, "unsuppress")
    done(own_twin, grouped, *kit.changes(grouped, kit.everyone(grouped, mine), "suppress"))
    refused = reader.express_group("unsuppress", kit.everyone(grouped, mine)[0], group, note="a form")
    assert isinstance(refused, Veto)
    assert refused.code == "opted_out_of_all"
    [outcome] = grouped.writer.apply(back)
    assert (outcome.state, outcome.error.split(":")[0]) == ("failed", "OPTED_OUT_OF_ALL")
    assert scopes(grouped, kit, mine) == {mine[0]: {"global", group}}


@pytest.mark.parametrize("vendor", ["hubspot", "marketo", "salesforce", "sendgrid"], indirect=True)
def test_a_group_that_is_not_there_is_refused_by_name(own_twin, vendor, addresses, kit):
    """A definition may name what the vendor does not have: it is closed, and nobody is planned into it."""
    wrong = GroupNames((Definition("Digest", {vendor.name: "Digest_Nobody_Made"}),))
    reader = kit.over(own_twin.url, vendor.name, groups=wrong).reader
    assert [each.name for each in reader.groups() if each.closed] == ["Digest"]
    person = kit.everyone(SimpleNamespace(reader=reader), addresses[:1])[0]
    said = reader.express_group("suppress", person, "digest", note="")
    assert isinstance(said, Veto)
    assert (said.code, said.subject) == ("no_such_group", person.subject)
    assert "Digest_Nobody_Made" in said.text
    health = reader.health()
    assert health.reachable
    assert not health.permitted
    assert "Digest_Nobody_Made" in health.note


@pytest.mark.parametrize("vendor", ["marketo", "salesforce"], indirect=True)
def test_no_ordinary_update_takes_a_tick_off_a_groups_box(own_twin, grouped, addresses, kit):
    """Only the person's own act does, and that goes another way."""
    mine = addresses[:1]
    group, rows = leaving(grouped, kit, mine)
    done(own_twin, grouped, *rows)
    box = next(each.own for each in grouped.reader.groups() if each.name == group)
    person = kit.everyone(grouped, mine)[0]
    said = grouped.reader.express_update(person, {box: False})
    assert isinstance(said, Veto)
    assert said.code == "consent"


@pytest.mark.parametrize("vendor", ["hubspot"], indirect=True)
def test_lifting_our_opt_out_of_everything_keeps_the_groups_left_since(own_twin, grouped, addresses, kit):
    """HubSpot lifts it by one kind of mail, which must be none that the person has left meanwhile."""
    mine = addresses[:1]
    (row,) = done(own_twin, grouped, *kit.changes(grouped, kit.everyone(grouped, mine), "suppress"))
    early = undone(grouped, row)
    kinds = {f"hs_email_optout_{each.id}": each for each in grouped.reader.client.subscriptions()}
    by = kinds[f"hs_email_optout_{early.set['subscriptionId']}"]
    person = kit.everyone(grouped, mine)[0]
    wish = grouped.reader.express_group("suppress", person, by.name, note="")
    done(own_twin, grouped, as_change(person.system, person.subject, wish))
    now = grouped.reader.current(early.object, [early.record_id], frozenset(early.guard))[early.record_id]
    assert now != dict(early.guard)  # planned before: drifted
    late = undone(grouped, row)
    assert late.set["subscriptionId"] != by.id
    done(own_twin, grouped, as_change(person.system, person.subject, late))
    assert scopes(grouped, kit, mine) == {mine[0]: {by.name}}
