"""Cleaning values as people left them: what is put right, what stays, and what is said of either."""

import csv
import io
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from tools.errors import InvalidArguments, Refused


def lead(desk: Any, address: str, **values: object) -> str:
    """A lead of Salesforce with these values; its id."""
    given = {"Email": address, "LastName": "Lindqvist", "Company": "Quellhaus", **values}
    made = desk.write("salesforce", object="Lead", record_id=None, op="create", set=given)
    return str(made.record_id)


def becomes(reply: Any) -> Mapping[str, tuple[str, str]]:
    """What the file says of each spelling: what it becomes, and why."""
    [file] = reply.files
    lines = csv.DictReader(io.StringIO(file.content.decode("utf-8-sig")))
    return {line["as it is"]: (line["becomes"], line["why"]) for line in lines}


def test_junk_stays_and_the_usual_spelling_wins(open_desk: Callable[..., Any]) -> None:
    """`n/a` is not made `N/A`; a company is spelled as most records spell it; a typo is asked about."""
    desk = open_desk("salesforce")
    for number, company in enumerate(("IBM", "IBM", "ibm", "n/a")):
        lead(desk, f"p{number}@quellhaus.example", Company=company, Country="Germnay")
    told = becomes(desk.call("normalize_fields", fields=["company", "country"], object="lead"))
    assert told["ibm"][0] == "IBM"
    assert told["n/a"] == ("", "junk; it stays as it is")
    assert told["Germnay"][0] == ""
    assert "perhaps “Germany”" in told["Germnay"][1]


def test_two_fields_in_one_value_are_two(open_desk: Callable[..., Any]) -> None:
    """“Germany and city to Berlin” is no country; nobody's opt-out is lowered that way either."""
    desk = open_desk("salesforce")
    record = lead(desk, "ada@quellhaus.example")

    def ask(value: str) -> Any:
        values = [{"field": "country", "value": value}]
        return desk.call("update_records", emails=["ada@quellhaus.example"], values=values)

    card = desk.land(ask("Germany and city to Berlin").card)
    assert card.header.state == "landed"
    assert "on 1 given address in" in card.header.summary
    held = desk.twin.state("salesforce")["salesforce"]["Lead"][record]
    assert (held["Country"], held["City"]) == ("Germany", "Berlin")
    with pytest.raises(Refused, match="not set as a field"):
        ask("Germany and unsubscribed to false")
    with pytest.raises(InvalidArguments, match="no country") as caught:
        ask("Germnay")
    assert caught.value.choices == ("Germany",)


def test_the_next_step_is_one_that_there_is(open_desk: Callable[..., Any]) -> None:
    """Asked about leads, it offers leads; a lead and a contact are converted and not merged."""
    desk = open_desk("salesforce")
    for name in ("Quellhaus", "Quellhaus GmbH"):
        lead(desk, "twice@quellhaus.example", Company=name)
    answer = desk.call("find_duplicates", object="lead").answer
    assert "merge duplicate leads" in answer.next_steps
    assert "merge duplicate contacts" not in answer.next_steps
    assert "a lead and a contact" in desk.call("find_duplicates").answer.text
    quality = desk.call("report_data_quality", object="lead").answer
    assert "find duplicate leads" in quality.next_steps


def test_only_systems_that_keep_such_records_are_named(open_desk: Callable[..., Any]) -> None:
    """Marketo has leads and no contacts; alone it says so instead of finding nothing to do."""
    desk = open_desk("salesforce", "marketo", "hubspot")
    card = desk.call("normalize_fields", fields=["phone"], object="contact").card
    assert "Marketo" not in card.header.summary
    assert "HubSpot" in card.header.summary
    alone = open_desk("marketo")
    for tool, args in (("find_duplicates", {}), ("normalize_fields", {"fields": ["phone"]})):
        with pytest.raises(InvalidArguments, match="keeps no contacts"):
            alone.call(tool, object="contact", **args)


def test_a_landed_merge_promises_no_way_back(open_desk: Callable[..., Any]) -> None:
    """The card does not offer an undo that changes nothing, but the backup."""
    from bot.wording import next_step

    desk = open_desk("salesforce")
    for number in range(2):
        lead(desk, "twice@quellhaus.example", FirstName=f"Ada {number}")
    card = desk.land(desk.call("merge_duplicates", object="lead", emails=["twice@quellhaus.example"]).card)
    assert card.header.state == "landed"
    assert "undo" not in next_step(card)
    assert "merge-backup.csv" in next_step(card)


def test_a_merge_shows_each_records_page(open_desk: Callable[..., Any]) -> None:
    """Before the vote: the winner's page, and that of the record a field is taken from."""
    desk = open_desk("salesforce")
    ids = [
        lead(desk, "twice@quellhaus.example", **values)
        for values in ({"Title": "CMO", "City": "Mainz"}, {"Phone": "+49 89 1234567"})
    ]
    reply = desk.call("merge_duplicates", object="lead", emails=["twice@quellhaus.example"])
    fields, backup = (
        list(csv.DictReader(io.StringIO(each.content.decode("utf-8-sig")))) for each in reply.files
    )
    [phone] = [line for line in fields if line["field"] == "Phone"]
    pages = [phone["winner's page"], phone["page it comes from"]]
    assert {page.rpartition("/")[2] for page in pages} == set(ids)
    assert {line["Page"].rpartition("/")[2] for line in backup} == set(ids)


def test_a_merge_promises_nothing_back_of_what_is_beside_it(open_desk: Callable[..., Any]) -> None:
    """The card says before the vote what the undo would say after it."""
    desk = open_desk("salesforce", "sendgrid")
    for number in range(2):
        lead(desk, f"p{number}@quellhaus.example", FirstName="Ada", HasOptedOutOfEmail=number == 0)
    emails = [f"p{number}@quellhaus.example" for number in range(2)]
    card = desk.call("merge_duplicates", object="lead", emails=emails).card
    assert card.header.counts["sendgrid"] == {"suppress": 2}
    assert {each.how for each in card.header.reversibility} == {"none"}
    desk.land(card)
    assert desk.call("undo", plan=card.header.id).answer.facts["rows"] == 0


def test_companies_are_united_where_a_normalisation_does_it(open_desk: Callable[..., Any]) -> None:
    """None written twice has no next step; case and signs are united, another legal form is only shown."""
    desk = open_desk("salesforce")
    assert desk.call("find_duplicates", object="account").answer.text.startswith("No company is written")
    lead(desk, "p1@quellhaus.example", Company="Quellhaus GmbH")
    lead(desk, "p2@quellhaus.example", Company="Quellhaus AG")
    answer = desk.call("find_duplicates", object="account").answer
    assert answer.text.startswith("1 company is written")
    assert not answer.next_steps
    lead(desk, "p3@quellhaus.example", Company="quellhaus gmbh")
    assert desk.call("find_duplicates", object="account").answer.next_steps == ("normalize company names",)


def test_what_was_looked_at_is_counted(open_desk: Callable[..., Any]) -> None:
    """Every change, and also the answer that nothing needs one, says of how many records."""
    desk = open_desk("salesforce")
    for number, country in enumerate(("Germany", "Deutschland", "Narnia")):
        lead(desk, f"n{number}@quellhaus.example", Country=country)
    [read] = desk.call("normalize_fields", fields=["country"], object="lead").card.header.evidence
    [(system, total, values, mended, kept)] = read.tables[0].rows
    assert (system, read.count, mended, kept) == ("Salesforce", total, 1, 1)
    assert 3 <= values <= total
    whom = {"field": "company", "op": "eq", "value": "Quellhaus"}
    said: dict[str, Any] = {"values": [{"field": "company", "value": "Quellhaus"}], "definition": whom}
    same = desk.call("update_records", object="lead", **said).answer
    assert same.text == "Nothing needs changing."
    assert (same.evidence[0].count, same.tables[-1].rows) == (total, (("Salesforce", total, 3, 3),))
    alone = desk.call("merge_duplicates", emails=["n0@quellhaus.example", "n1@quellhaus.example"])
    assert [each.count for each in alone.answer.evidence] == [2]


@pytest.mark.parametrize("fields", [["company", "name"], ["name"], ["company"]])
def test_the_name_of_a_company_is_a_field_of_people(open_desk: Callable[..., Any], fields: list[str]) -> None:
    """“Normalise company names” is about what stands as their company, and leaves their own names alone."""
    desk = open_desk("salesforce")
    for number, company in enumerate(("Quellhaus GmbH", "Quellhaus GmbH", "quellhaus gmbh")):
        lead(desk, f"q{number}@quellhaus.example", Company=company, LastName="LINDQVIST")
    told = becomes(desk.call("normalize_fields", fields=fields, object="account"))
    assert told["quellhaus gmbh"][0] == "Quellhaus GmbH"
    assert "LINDQVIST" not in told
    with pytest.raises(InvalidArguments, match="no account records"):
        desk.call("normalize_fields", fields=["phone"], object="account")
