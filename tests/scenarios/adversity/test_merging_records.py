"""Merges at HubSpot, Marketo and Salesforce: what survives, what is given back, what is left alone."""

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest

NOBODY = "Do Not Mail (suppression)"


def pair(desk: Any) -> tuple[str, str]:
    """Two addresses of one person in HubSpot; the second is in a static suppression list."""
    first, second = (desk.trap("merge_pair", place)["addresses"]["hubspot"] for place in (0, 1))
    return first, second


def told(reply: Any, name: str) -> list[dict[str, str]]:
    """A file of the reply, line by line."""
    [found] = [each for each in reply.files if each.name == name]
    return list(csv.DictReader(io.StringIO(found.content.decode("utf-8-sig"))))


@pytest.mark.parametrize("new_id", [True, False])
def test_hubspot_gives_the_losers_static_lists_back(
    small_twin: Any, open_desk: Callable[..., Any], *, new_id: bool
) -> None:
    """The suppression list is a row of the plan, under whatever id the merged contact has by then."""
    small_twin.settings(hubspot_merge_new_id=new_id)
    desk = open_desk("hubspot", "sendgrid")
    one, other = pair(desk)
    before = {each.record_id for each in desk.people("hubspot", one, other)}
    reply = desk.call("merge_duplicates", emails=[one, other])
    assert reply.card.header.counts == {"hubspot": {"merge": 1, "add_member": 1}}
    assert [each.how for each in reply.card.header.reversibility if each.op == "merge"] == ["none"]
    assert "cannot be undone" in reply.card.header.summary
    titles = [line for line in told(reply, "merge-field-by-field.csv") if line["field"] == "Job title"]
    assert all(line["winner's value"] and line["other values"] and line["taken"] for line in titles)
    assert {line["Record"] for line in told(reply, "merge-backup.csv")} == before
    card = desk.land(reply.card)
    assert card.header.state == "landed", card.run.landing
    [left] = desk.people("hubspot", one)
    assert (left.record_id in before) != new_id
    assert desk.inside("hubspot", NOBODY) == {left.record_id}
    back = desk.call("undo", plan=card.header.id).answer
    assert back.facts == {"rows": 0, "left_alone": 2}
    reasons = [str(row[0]) for row in back.tables[0].rows]
    assert any("merge-backup.csv" in each for each in reasons)
    assert any("belongs to a merge" in each for each in reasons)


def test_hubspot_merges_more_than_two_one_after_the_other(
    small_twin: Any, open_desk: Callable[..., Any]
) -> None:
    """Each step works on the contact as the step before left it, and so does the list at the end."""
    desk = open_desk("hubspot")
    one, other = pair(desk)
    [person] = desk.people("hubspot", one)
    third = f"third.{one}"
    names = {name: person.raw[name] for name in ("firstname", "lastname", "company")}
    made = desk.write("hubspot", object="contact", record_id=None, op="create", set={"email": third, **names})
    assert made.record_id
    reply = desk.call("merge_duplicates", emails=[one, other, third])
    assert reply.card.header.counts == {"hubspot": {"merge": 2, "add_member": 1}}
    card = desk.land(reply.card)
    assert card.header.state == "landed", card.run.landing
    [left] = {each.record_id for each in desk.people("hubspot", one, other, third)}
    assert desk.inside("hubspot", NOBODY) == {left}


@pytest.mark.parametrize("kind", ["drop_reply", "drop_row"])
def test_a_merge_in_hubspot_is_read_back_whatever_it_answers(
    kind: str, small_twin: Any, open_desk: Callable[..., Any]
) -> None:
    """Done and not heard: the winner is in the list all the same. Heard and not done: named, nothing lost."""
    desk = open_desk("hubspot")
    one, other = pair(desk)
    card = desk.clear(desk.call("merge_duplicates", emails=[one, other]).card)
    before = desk.inside("hubspot", NOBODY)
    small_twin.fault(system="hubspot", match="POST .*/merge", kind=kind, rows=[0])
    desk.drive()
    card = desk.card(card)
    left = {each.record_id for each in desk.people("hubspot", one, other)}
    if kind == "drop_reply":
        assert card.header.state == "landed", card.run.landing.residue
        assert len(left) == 1
        assert desk.inside("hubspot", NOBODY) == left
    else:
        assert card.header.state == "landed_with_residue"
        assert "merge" in {each.op for each in card.run.landing.residue}
        assert len(left) == 2
        assert before <= desk.inside("hubspot", NOBODY)


def free_leads(desk: Any) -> list[Any]:
    """Two leads of Marketo that no CRM knows, called by one name."""
    leads = desk.twin.state("marketo")["marketo"]["lead"].values()
    free = [each for each in leads if not each["sfdcId"] and not each["unsubscribed"] and each["email"]][:2]
    for each in free:
        same = {"firstName": "Ada", "lastName": "Lindqvist", "company": "Quellhaus"}
        desk.write("marketo", object="lead", record_id=str(each["id"]), op="update", set=same)
    return [person for each in free for person in desk.people("marketo", each["email"])]


def test_marketo_keeps_the_losers_list_and_opt_out(open_desk: Callable[..., Any]) -> None:
    """The winner is in the list that only the loser was in, and stopped everywhere as the loser was."""
    desk = open_desk("marketo", "sendgrid")
    people = free_leads(desk)
    first, second = sorted(people, key=lambda person: (person.created, person.record_id))
    reader = desk.readers["marketo"]
    listed = next(
        each for page in reader.audiences() for each in page if each.kind == "list" and each.editable
    )
    for person, op in ((second, "add_member"), (first, "remove_member")):
        wish = reader.express_member(op, listed, person)
        if wish is not None:
            desk.write("marketo", object=wish.object, record_id=wish.record_id, op=wish.op, set=wish.set)
    desk.write("sendgrid", object="global_suppression", record_id=second.subject, op="suppress",
               set={"email": second.address})  # fmt: skip
    reply = desk.call("merge_duplicates", emails=[first.address, second.address])
    card = desk.land(reply.card)
    assert card.header.state == "landed", card.run.landing
    inside = {each.record_id for page in reader.members(listed) for each in page}
    assert first.record_id in inside
    assert second.record_id not in inside
    assert desk.stopped(first.address) == {"marketo": {True}, "sendgrid": {True}}
    assert desk.stopped(second.address)["sendgrid"] == {True}


def test_salesforce_merges_five_leads_in_rows_of_two(open_desk: Callable[..., Any]) -> None:
    """Three records a call: two rows one after the other; the opt-out of the last is written by the first."""
    desk = open_desk("salesforce")
    address = "five.times@quellhaus.example"
    made = [
        desk.write("salesforce", object="Lead", record_id=None, op="create",
                   set={"Email": address, "LastName": "Five", "Company": "Quellhaus",
                        **({"HasOptedOutOfEmail": True} if number == 4 else {})}).record_id
        for number in range(5)
    ]  # fmt: skip
    campaign = "Autumn Webinar Invite"
    reader = desk.readers["salesforce"]
    [audience] = [each for page in reader.audiences() for each in page if each.name == campaign]
    last = next(each for each in desk.people("salesforce", address) if each.record_id == made[4])
    place = reader.express_member("add_member", audience, last)
    desk.write("salesforce", object=place.object, record_id=None, op="add_member", set=place.set)
    reply = desk.call("merge_duplicates", object="lead", emails=[address])
    assert reply.card.header.counts == {"salesforce": {"merge": 2}}
    card = desk.land(reply.card)
    assert card.header.state == "landed", card.run.landing
    [left] = desk.people("salesforce", address)
    assert desk.stopped(address) == {"salesforce": {True}}
    assert left.record_id in desk.inside("salesforce", campaign)  # moved along by the vendor


def test_no_merge_leaves_while_opt_outs_are_hidden(open_desk: Callable[..., Any], small_twin: Any) -> None:
    """A worker that starts after field-level security hid the box cannot tell who has opted out: it fails."""
    desk = open_desk("salesforce")
    card = desk.clear(desk.call("merge_duplicates", object="contact").card)
    small_twin.settings(salesforce_hidden_fields=["Contact.HasOptedOutOfEmail"])
    anew = open_desk("salesforce")
    desk.writers["salesforce"], desk.readers["salesforce"] = (
        anew.writers["salesforce"],
        anew.readers["salesforce"],
    )
    desk.worker, asked = desk.new_worker(), len(desk.wrote("salesforce", "Soap"))
    desk.drive()
    [said] = desk.card(card).run.landing.residue
    assert "HasOptedOutOfEmail" in said.why
    assert said.what_to_do
    assert len(desk.wrote("salesforce", "Soap")) == asked


@pytest.mark.parametrize(
    ("system", "object", "field", "more"),
    [
        ("salesforce", "Lead", "Email", {"FirstName": "Tilda", "LastName": "Over", "Company": "Quellhaus"}),
        ("marketo", "lead", "email", {"firstName": "Tilda", "lastName": "Over", "company": "Quellhaus"}),
        ("hubspot", "contact", "email", {"firstname": "Tilda", "lastname": "Over", "company": "Quellhaus"}),
    ],
)
def test_a_record_that_has_another_address_by_now_is_not_merged_away(
    system: str, object: str, field: str, more: dict[str, str], open_desk: Callable[..., Any]
) -> None:
    """Between the vote and the run it may have become somebody else's: it stays, and the landing says why."""
    desk = open_desk(system)
    addresses = ["twice.over@quellhaus.example", "twice.under@quellhaus.example"]
    for each in addresses:
        desk.write(system, object=object, record_id=None, op="create", set={field: each, **more})
    card = desk.clear(desk.call("merge_duplicates", emails=addresses).card)
    [row] = [each for each in desk.rows(card) if each.op == "merge"]
    [goes] = [each for each in desk.people(system, *addresses) if each.record_id != row.record_id]
    anew = "somebody.else@quellhaus.example"
    desk.write(system, object=object, record_id=goes.record_id, op="update", set={field: anew})
    desk.drive()
    assert any("another address" in error for _, error in desk.states(card).values()), desk.states(card)
    assert [each.record_id for each in desk.people(system, anew)] == [goes.record_id]


def test_an_objection_under_one_address_is_one_under_all(open_desk: Callable[..., Any]) -> None:
    """Both addresses are stopped in every system before the merge, and an undo does not put them back."""
    desk = open_desk("hubspot", "sendgrid", "salesforce")
    one, other = pair(desk)
    desk.write("sendgrid", object="global_suppression", record_id=desk.key(other), op="suppress",
               set={"email": other})  # fmt: skip
    reply = desk.call("merge_duplicates", emails=[one, other])
    assert reply.card.header.counts["sendgrid"] == {"suppress": 1}
    card = desk.land(reply.card)
    assert card.header.state == "landed", card.run.landing
    for address in (one, other):
        assert {out for found in desk.stopped(address).values() for out in found} == {True}
    assert desk.call("undo", plan=card.header.id).answer.facts["rows"] == 0


def test_a_group_left_under_one_address_keeps_the_merge_back(
    small_twin: Any, open_desk: Callable[..., Any]
) -> None:
    """A group cannot be carried over by the merge: it says where to take the other address off first."""
    desk = open_desk("hubspot", "sendgrid")
    one, other = pair(desk)
    kinds = desk.readers["hubspot"].client.subscriptions()
    kind = next(each for each in kinds if each.active and not each.internal)
    desk.readers["hubspot"].client.set_status(other, kind.id, "UNSUBSCRIBED")
    answer = desk.call("merge_duplicates", emails=[one, other]).answer
    assert answer.facts == {"rows": 0, "left_alone": 1}
    assert kind.name in str(answer.tables[0].rows)
    assert not desk.wrote("hubspot", "/merge")


def test_what_cannot_be_one_record_is_left_alone_by_name(open_desk: Callable[..., Any]) -> None:
    """A lead and a contact, people with nothing in common, and addresses that are none or too many."""
    from tools.errors import InvalidArguments

    desk = open_desk("salesforce")
    both = desk.trap("duplicate_opposite_consent")["email"]
    answer = desk.call("merge_duplicates", emails=[both]).answer
    assert "convert the lead into that contact" in str(answer.tables[0].rows)
    alike = desk.call("merge_duplicates", object="contact").card
    assert alike.header.vetoes["other_address"] >= 1  # a contact under two names and addresses
    strangers = [desk.trap(name)["email"] for name in ("mailbox_full", "complained")]
    desk.write("salesforce", object="Lead", record_id=None, op="create",
               set={"Email": strangers[0], "LastName": "X", "Company": "Y"})  # fmt: skip
    answer = desk.call("merge_duplicates", object="contact", emails=strangers).answer
    assert "one person, and a merge cannot be undone" in str(answer.tables[0].rows)
    for emails, words in ((["no address"], "no e-mail"), ([f"p{n}@x.example" for n in range(11)], "no one")):
        with pytest.raises(InvalidArguments, match=words):
            desk.call("merge_duplicates", emails=emails)
