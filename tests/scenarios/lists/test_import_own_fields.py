"""Columns of a list that are a field of one vendor alone: said in words, shown, written and undone."""

from typing import Any

import pytest

TEXT = (
    "Email,First name,Heat,Handy\n"
    "ann@newco.example,Ann,hot,+49 171 1234567\n"
    "bob@newco.example,Bob,Lukewarm,\n"
    "cy@newco.example,Cy,,\n"
)


def leads(twin: Any) -> dict[str, dict[str, Any]]:
    """Salesforce's leads by address."""
    held = twin.state("salesforce")["salesforce"]["Lead"].values()
    return {each["Email"]: each for each in held if not each["IsDeleted"]}


@pytest.fixture
def reply(changed: Any, max_: Any) -> Any:
    """A list with a column for a restricted picklist, said by its name, and one said by its label."""
    changed(salesforce_restricted_picklists=["Lead.Rating"])
    return max_.asks("import list.csv, column Heat to Rating, column Handy is MobilePhone", TEXT)


def test_where_each_column_goes_is_shown_system_by_system(max_: Any, reply: Any) -> None:
    """By API name and by label; the card says what the field takes, and who has no such field."""
    assert reply.args["columns"] == ["Heat=Rating", "Handy=MobilePhone"]
    decided = {row[0]: row[1:3] for row in max_.table(reply, "Columns")}
    assert decided["Heat"] == ("Rating", "you said so")
    where = max_.table(reply, "Fields of your own")
    assert ("Heat", "Salesforce", "lead", "Rating", "one of Hot, Warm, Cold") in where
    assert ("Heat", "Marketo", "", "none", "no such field, or hidden from us") in where
    assert ("Handy", "Salesforce", "contact and lead", "MobilePhone") in [row[:4] for row in where]
    assert "“Rating” is in Salesforce only, not in Marketo." in reply.card.header.summary
    assert any(row[:3] == ("Rating", "Salesforce", "Contact") for row in max_.table(reply, "Not written"))


def test_what_is_said_lands_and_is_taken_back(own_twin: Any, max_: Any, reply: Any) -> None:
    """A value its picklist lacks stays out by name, and the rest of that row lands."""
    assert max_.vetoes(reply)["value_not_written"] == 1
    told = max_.file("list-differences.csv").decode("utf-8-sig")
    assert "bob@newco.example,Salesforce lead,Rating,,Lukewarm," in told
    assert "only Hot, Warm, Cold" in told
    card = max_.landed(reply)
    assert card.header.state == "landed", max_.shown
    made = leads(own_twin)
    assert [made[f"{each}@newco.example"]["Rating"] for each in ("ann", "bob", "cy")] == ["Hot", None, None]
    assert made["ann@newco.example"]["MobilePhone"] == "+49 171 1234567"
    assert made["bob@newco.example"]["FirstName"] == "Bob"
    assert max_.undone(card).header.state == "landed", max_.shown
    assert "ann@newco.example" not in leads(own_twin)


def test_an_empty_field_of_a_known_person_is_filled_and_emptied_again(own_twin: Any, max_: Any) -> None:
    """What is there is kept and told; the undo takes back what was written, and nothing else."""
    open_ = [each for each in own_twin.state("salesforce")["salesforce"]["Lead"].values()
             if each["Email"] and each["Email"].isascii() and not each["IsConverted"]
             and not each["HasOptedOutOfEmail"] and " " not in each["Email"]]  # fmt: skip
    empty = next(each for each in open_ if not each["Rating"])
    text = f"Email,Heat\n{empty['Email']},Cold\n"
    first = max_.landed(max_.asks("import list.csv, column Heat is Rating", text))
    assert first.header.state == "landed", max_.shown
    assert leads(own_twin)[empty["Email"]]["Rating"] == "Cold"
    again = max_.asks("import list.csv, column Heat is Rating", text.replace("Cold", "Hot"))
    assert again.card is None  # there is nothing to fill, and nothing is overwritten
    assert "there is a value already, and it is kept" in max_.file("list-differences.csv").decode("utf-8-sig")
    assert max_.undone(first).header.state == "landed", max_.shown
    assert leads(own_twin)[empty["Email"]]["Rating"] is None


def test_a_column_called_as_a_field_is_offered(max_: Any) -> None:
    """Not written by itself; the card has the words, and with them it is."""
    text = "Email,Rating\nann@newco.example,Warm\n"
    reply = max_.asks("import list.csv", text)
    assert ("Rating", "ignored", "Salesforce has a field of that name", "W…") in max_.table(reply, "Columns")
    assert "say “column Rating is Rating”" in reply.card.header.summary
    again = max_.asks("column Rating is Rating", text)
    assert {row[0]: row[2] for row in max_.table(again, "Columns")}["Rating"] == "you said so"


@pytest.mark.parametrize("setting", ["salesforce_read_only_fields", "salesforce_hidden_fields"])
def test_a_field_we_may_not_write_is_said_before(changed: Any, max_: Any, setting: str) -> None:
    """Field-level security: read-only fields stand on the card, of hidden ones nobody can tell us."""
    changed(**{setting: ["Lead.Rating", "Contact.Rating"]})
    reply = max_.asks("import list.csv, column Heat to Rating", TEXT)
    if setting == "salesforce_hidden_fields":
        assert reply.card is None
        assert "A column can have no such meaning (Rating)" in reply.text
        assert "or a field of your own systems" in reply.text
        return
    closed = {row[:3]: row[3] for row in max_.table(reply, "Not written")}
    assert "read-only" in closed["Rating", "Salesforce", "Lead"]
    assert "Not written everywhere: Rating" in reply.card.header.summary
    assert reply.card.header.counts["salesforce"] == {"create": 3}


def test_a_field_of_your_own_that_everybody_new_needs_is_asked_for_and_given(changed: Any, max_: Any) -> None:
    """Made required by an administrator: the card has the words, and the column so said is what is needed."""
    changed(salesforce_required_fields=["Lead.Rating"])
    without = max_.asks("import list.csv", TEXT)
    assert "Salesforce needs Rating for every new lead" in without.card.header.summary
    assert "(say “column … is Rating”)" in without.card.header.summary
    given = max_.asks("import list.csv, column Heat is Rating", TEXT)
    assert "Salesforce needs" not in given.card.header.summary
    assert given.card.header.counts["salesforce"] == {"create": 2}
    assert max_.vetoes(given)["required_field"] == 1


@pytest.mark.parametrize("field", ["Newsletter_Opt_Out__c", "Do Not Call", "Legal_Hold__c", "Blacklist"])
def test_what_says_who_may_be_mailed_is_never_a_target(max_: Any, field: str) -> None:
    """A field of consent under whatever name: refused, with what to ask for instead."""
    reply = max_.asks(f"import list.csv, column Heat to {field}", TEXT)
    assert reply.card is None
    assert "says who may be mailed, and an import never writes that (Heat)" in reply.text
    assert "Suppress these people" in reply.text
