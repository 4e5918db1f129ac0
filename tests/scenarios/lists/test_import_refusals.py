"""What a CRM refuses of a list: hidden fields, unknown values, locked records; and that the rest lands."""

from typing import Any

import pytest


def leads(twin: Any, *addresses: str) -> list[dict[str, Any]]:
    found = twin.state("salesforce")["salesforce"]["Lead"].values()
    return sorted((each for each in found if each["Email"] in addresses), key=lambda each: str(each["Email"]))


def test_a_hidden_field_is_named_and_the_rest_lands(own_twin: Any, changed: Any, max_: Any) -> None:
    """Field-level security: the plan says by name what is not written where and why; the other fields are."""
    changed(salesforce_hidden_fields=["Lead.Phone", "Lead.Title"])
    reply = max_.asks(
        "import list.csv", "Email,Title,Phone,City\nann@newco.example,CEO,+49 89 1234567,Bonn\n"
    )
    closed = {row[:3]: row[3] for row in max_.table(reply, "Not written")}
    assert "field-level security" in closed["Phone", "Salesforce", "Lead"]
    assert "Lead.Title" in closed["Job title", "Salesforce", "Lead"]
    assert "Not written everywhere: job title and phone" in reply.card.header.summary
    card = max_.landed(reply)
    assert card.header.state == "landed", max_.shown
    changed(salesforce_hidden_fields=[])
    [lead] = leads(own_twin, "ann@newco.example")
    assert (lead["City"], lead["Phone"], lead["Title"]) == ("Bonn", None, None)


def test_a_field_hidden_after_the_plan_fails_its_row(own_twin: Any, changed: Any, max_: Any) -> None:
    """What is hidden between plan and run: the row fails with its reason, MAP and the other row land."""
    text = "Email,Phone\nann@newco.example,+49 89 1234567\nbob@newco.example,\n"
    reply = max_.asks("import list.csv", text)
    changed(salesforce_hidden_fields=["Lead.Phone"])
    card = max_.landed(reply)
    assert card.header.state == "landed_with_residue", max_.shown
    [residue] = card.run.landing.residue
    assert (residue.system, residue.op, residue.state) == ("salesforce", "create", "failed")
    assert "Phone" in residue.why
    changed(salesforce_hidden_fields=[])
    assert [each["Email"] for each in leads(own_twin, "ann@newco.example", "bob@newco.example")] == [
        "bob@newco.example"
    ]
    assert "ann@newco.example" in str(own_twin.state("marketo"))


def test_a_value_that_no_list_has_is_left_out_by_name(own_twin: Any, changed: Any, max_: Any) -> None:
    """Industry and lead source of a restricted picklist, a headcount that is no number: the person lands."""
    changed(salesforce_restricted_picklists=["Lead.Industry", "Lead.LeadSource"])
    text = (
        "Email,Industry,Lead Source,Employees,City\n"
        "ann@newco.example,Krautfunding,Pigeon post,200-500,Bonn\nbob@newco.example,Retail,Web,1.200,Ulm\n"
    )
    reply = max_.asks("import list.csv", text)
    assert max_.vetoes(reply)["value_not_written"] >= 3
    told = str(max_.rows(reply)) + max_.file("list-differences.csv").decode("utf-8-sig")
    assert "Krautfunding" in told
    assert "Employees" in told
    card = max_.landed(reply)
    assert card.header.state == "landed", max_.shown
    ann, bob = leads(own_twin, "ann@newco.example", "bob@newco.example")
    assert (ann["Industry"], ann["LeadSource"], ann["NumberOfEmployees"], ann["City"]) == (
        None, None, None, "Bonn",
    )  # fmt: skip
    assert bob["NumberOfEmployees"] == 1200
    assert bob["LeadSource"] == "Web"


def test_what_a_system_needs_of_everybody_new_is_said_before(changed: Any, max_: Any) -> None:
    """A field that an administrator made required: named on the card; named as the source it is there."""
    changed(salesforce_required_fields=["Lead.LeadSource"])
    without = max_.asks("import list.csv", "Email\nann@newco.example\n")
    assert "Salesforce needs lead source for every new lead" in without.card.header.summary
    assert max_.vetoes(without)["required_field"] == 1
    assert "salesforce" not in without.card.header.counts
    assert "Salesforce: Salesforce needs" in max_.file("list-not-imported.csv").decode("utf-8-sig")
    given = max_.asks("import list.csv, source Web", "Email\nann@newco.example\n")
    assert given.card.header.counts["salesforce"] == {"create": 1}


def test_a_source_that_is_not_allowed_is_a_question(changed: Any, max_: Any) -> None:
    """Said for the whole list it is asked about, with what is allowed; the button puts the word right."""
    changed(salesforce_restricted_picklists=["Lead.LeadSource", "Contact.LeadSource"])
    asked = max_.asks("import list.csv, source Pigeon", "Email\nann@newco.example\n")
    assert "does not allow that lead source (Pigeon)" in asked.text
    assert asked.choices[0].text.startswith("import list.csv, source ")
    assert "Pigeon" not in asked.choices[0].text


@pytest.mark.parametrize("kind", ["lock", "rule"])
def test_a_record_that_refuses_fails_alone(own_twin: Any, changed: Any, max_: Any, kind: str) -> None:
    """A locked record and a validation rule: named with what to do; the other person is filled in."""
    emails = [own_twin.traps()[name][0]["email"] for name in ("unicode_name", "mailbox_full")]
    contact = own_twin.traps()["mailbox_full"][0]["contact"]
    text = "Email,Phone\n" + "".join(f"{each},+49 89 123456{at}\n" for at, each in enumerate(emails))
    if kind == "lock":
        changed(salesforce_locked_records=[contact])
    reply = max_.asks("import list.csv", text)
    if kind == "rule":
        changed(salesforce_refused_values=["Contact.Phone=+49891234561"])
    card = max_.landed(reply)
    assert card.header.state == "landed_with_residue", max_.shown
    assert [(each.system, each.record_id) for each in card.run.landing.residue] == [("salesforce", contact)]
    assert card.run.landing.residue[0].why
    assert card.run.landing.landed["salesforce"]["update"] == card.header.counts["salesforce"]["update"] - 1


def test_a_lead_and_a_contact_of_one_address_are_both_filled(own_twin: Any, max_: Any) -> None:
    """Empty fields of both are filled, the contact alone is put into the campaign, what differs is kept."""
    state = own_twin.state("salesforce")["salesforce"]
    contacts = {each["Email"]: each for each in state["Contact"].values() if not each["HasOptedOutOfEmail"]}
    address = next(
        each["Email"] for each in state["Lead"].values()
        if each["Email"] in contacts and not each["IsConverted"] and not each["HasOptedOutOfEmail"]
    )  # fmt: skip
    converted = own_twin.traps()["converted_lead"][0]["email"]
    text = f"Email,Postcode,First name\n{address},53113,Somebody Else\n{converted},53113,\n"
    reply = max_.asks("import list.csv into the Autumn Webinar Invite campaign", text)
    assert reply.card is not None, max_.shown
    with max_.engine.store.read() as connection:
        from bot.store import plans

        rows = [each for each in plans.rows(connection, reply.card.header.key) if each.system == "salesforce"]
    of_both = [(each.object, each.op) for each in rows if each.subject == rows[0].subject]
    assert sorted(of_both) == [("CampaignMember", "add_member"), ("Contact", "update"), ("Lead", "update")]
    assert "ContactId" in next(each.set for each in rows if each.object == "CampaignMember")
    assert max_.vetoes(reply)["kept_as_it_is"] >= 2
    assert "Somebody Else" in max_.file("list-differences.csv").decode("utf-8-sig")
    assert "converted" not in max_.vetoes(reply)
