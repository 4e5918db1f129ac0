"""What a request leaves out, limits or says of a mail passed on: never acted on, never dropped in silence."""

from datetime import date

import pytest

from bot.assistant.model import Proposed

TODAY = date(2026, 11, 22)


@pytest.fixture
def first(interpreter, asked):
    """The arguments of the call made of some words."""

    def run(said):
        from bot.assistant.text import plain

        planned = interpreter.plan(asked(plain(said).text))
        assert isinstance(planned, Proposed), planned
        return dict(planned.calls[0].args)

    return run


@pytest.fixture
def unheard(catalogue):
    """The words of a request that its call has no place for."""
    from bot.assistant.offline.reading import Reading
    from bot.assistant.whom import unheard

    def run(tool, said, **args):
        return [each.value for each in unheard(catalogue[tool], args, Reading(said, TODAY))]

    return run


@pytest.mark.parametrize(
    ("said", "argument", "value"),
    [
        ("opt out jane@acme.com but not bob@globex.com", "emails", ["jane@acme.com"]),
        ("suppress a@acme.com and b@acme.com, but leave bob@globex.com", "emails",
         ["a@acme.com", "b@acme.com"]),
        ("resubscribe jane@acme.com and not bob@globex.com, she signed the form", "emails",
         ["jane@acme.com"]),
        ("sync the opt-outs except marketo", "systems", ["salesforce", "hubspot", "sendgrid"]),
        ("purge bounces in Marketo, not in Salesforce", "systems", ["marketo"]),
        ("normalise the country field but not for accounts", "object", None),
        ('please unsubscribe "Jane Doe" <jane@acme.com> and <mailto:bob@globex.com|Bob>', "emails",
         ["jane@acme.com", "bob@globex.com"]),
        ('please unsubscribe "Jane Doe" <jane@acme.com>', "reason", None),
        ("From: Jane Doe <jane@acme.com>\nTo: a@ours.com\nSubject: unsubscribe\n\nTake me off your list",
         "emails", ["jane@acme.com"]),
        ("unsubscribe this person\n\nOn Mon, 3 Nov 2026, Jane <jane@acme.com> wrote:\n> stop it", "emails",
         ["jane@acme.com"]),
        ("From: a@acme.com\nTo: help@ours.com\n\nunsubscribe me and x@globex.com", "emails", None),
    ],
)  # fmt: skip
def test_what_is_left_out_is_not_acted_on(first, said, argument, value):
    """People, systems and records after “but not”; display names; whom a mail passed on was sent to."""
    assert first(said).get(argument) == value


@pytest.mark.parametrize(
    ("tool", "said", "args", "words"),
    [
        ("purge_bounces", "purge bounces except customers", {}, ["customers"]),
        ("purge_bounces", "purge all bounces, but leave acme.com alone", {}, ["acme.com alone"]),
        ("purge_bounces", "purge bounces from last month", {}, ["last month"]),
        ("purge_bounces", "purge soft bounces", {}, ["soft bounces"]),
        ("purge_bounces", "purge bounced leads only", {}, ["leads"]),
        ("purge_bounces", "purge the first 10 bounced contacts", {}, ["the first 10"]),
        ("merge_duplicates", "merge duplicates in marketo", {}, ["marketo"]),
        ("merge_duplicates", "merge duplicates except customers", {}, ["customers"]),
        ("sync_suppressions", "sync yesterday's opt-outs", {}, ["yesterday"]),
        ("recover_suppressed", "recover those wrongly suppressed by Outlook", {}, ["Outlook"]),
        ("suppress_contacts", "suppress jane@acme.com in Marketo only", {"emails": ["jane@acme.com"]},
         ["Marketo"]),
        ("import_list", "import leads.csv but only the first 10 rows", {"file": "leads.csv"},
         ["only the first 10 rows"]),
        ("report_data_quality", "how clean is our lead data in HubSpot", {"object": "lead"}, ["HubSpot"]),
    ],
)  # fmt: skip
def test_what_a_call_has_no_place_for_is_noticed(unheard, tool, said, args, words):
    """Exceptions, periods, classes, numbers and systems that the tool cannot take."""
    assert unheard(tool, said, **args) == words


@pytest.mark.parametrize(
    ("tool", "said", "args"),
    [
        ("sync_suppressions", "sync the opt-outs except marketo", {"systems": ["salesforce", "sendgrid"]}),
        ("suppress_contacts", "opt out jane@acme.com but not bob@globex.com", {"emails": ["jane@acme.com"]}),
        ("suppress_contacts", "suppress jane@acme.com, she complained last week",
         {"emails": ["jane@acme.com"]}),
        ("purge_bounces", "purge anything past 60 days", {"older_than_days": 60}),
        ("report_health", "any integration errors today", {}),
        ("export_people", "export people in Germany except customers",
         {"definition": {"not": {"field": "lifecycle", "op": "eq", "value": "Customer"}}}),
        ("compare_suppressions", "is anybody unsubscribed in one system but not in the other", {}),
        ("merge_duplicates", "merge duplicates, keep the oldest", {}),
    ],
)  # fmt: skip
def test_what_a_call_holds_is_no_question(unheard, tool, said, args):
    """Nothing is asked where the call leaves out what was to be left out, or the tool is spoken to so."""
    assert unheard(tool, said, **args) == []


@pytest.mark.parametrize(
    ("said", "values", "definition"),
    [
        ("set country to Germany for jane@acme.com and the title to CMO",
         {"country": "Germany", "title": "CMO"}, None),
        ("set country to France and title to CMO for jane@acme.com",
         {"country": "France", "title": "CMO"}, None),
        ("set title to VP of Sales and Marketing for jane@acme.com",
         {"title": "VP of Sales and Marketing"}, None),
        ("set country to France for leads in Spain", {"country": "France"},
         {"field": "country", "op": "eq", "value": "Spain"}),
        ("update industry to Fintech for leads at stripe.com", {"industry": "Fintech"},
         {"field": "email", "op": "contains", "value": "@stripe.com"}),
        ("fill in industry Retail for everyone at globex.com", {"industry": "Retail"},
         {"field": "email", "op": "contains", "value": "@globex.com"}),
    ],
)  # fmt: skip
def test_new_values_are_whole_and_say_nothing_of_who_is_meant(first, said, values, definition):
    """Every field named gets its value, to the value's end, and is no filter."""
    args = first(said)
    assert {each["field"]: each["value"] for each in args["values"]} == values
    assert args.get("definition") == definition


def test_a_value_is_answered_without_a_verb(interpreter, asked):
    """“Country to France” answers which field gets which value."""
    from bot.assistant.model import PastTurn

    before = PastTurn(
        said="fix leads", tool="update_records", args={"object": "lead"}, outcome="asked",
        asked_for="values", principal="U_MAX",
    )  # fmt: skip
    planned = interpreter.plan(asked("country to France", history=(before,)))
    assert planned.calls[0].args["values"] == [{"field": "country", "value": "France"}]


def test_values_of_several_people_are_a_question(interpreter, asked):
    """Two people with a value each are not given the first one's value both."""
    words = "update the phone of jane@acme.com to +49 30 1234 and bob@globex.com to +44 20 99"
    assert interpreter.plan(asked(words)).about == "values"


@pytest.mark.parametrize("said", ["if bounced twice, purge", "if somebody bounced twice, purge them"])
def test_an_order_under_a_condition_is_a_question(interpreter, asked, said):
    """Nobody waits for a condition, and no other tool answers instead."""
    planned = interpreter.plan(asked(said))
    assert "condition" in planned.text
    assert [each.text for each in planned.choices] == [f"[purge bounces] {said}"]


@pytest.mark.parametrize(
    ("said", "fields"),
    [
        ("convert countries to iso codes", ["country codes"]),
        ("use two-letter codes for country", ["country codes"]),
        ("make country codes consistent", ["country codes"]),
        ("convert country codes to full names", ["country"]),
        ("normalise country", ["country"]),
    ],
)
def test_codes_asked_for_reach_the_rules_of_spelling(catalogue, said, fields):
    """The wish for codes is part of the call; a wish for names is none for codes."""
    from bot.assistant.as_codes import settled

    assert settled(catalogue["normalize_fields"], {"fields": ["country"]}, said) == {"fields": fields}


def test_a_change_with_an_exception_is_a_question_and_yes_plans_it_without(say):
    """What cannot be left out is named; nothing is planned before somebody says so."""
    reply = say("purge bounces except customers")
    assert reply.outcome == "asked"
    assert reply.text.startswith("I can't purge bounces without “customers”: it takes everybody")
    assert say("yes").outcome == "planned"


def test_asides_about_a_plan_are_answered_from_its_card(say):
    """How long, why, every row, taking it back: from the plan that waits."""
    plan = say("purge bounced contacts").card.header.id
    assert f"{plan} is pending" in say("how long does it take?").text
    rest = say("show me the rest")
    assert [each.name for each in rest.files] == [f"{plan}-revision-1.csv"]
    named = next(line for line in rest.files[0].content.decode().splitlines() if "@" in line).split(",")[5]
    assert f"{named} in this plan" in say(f"why was {named} held back?").text
    assert f"{plan} waits" in say("never mind").text


def test_asides_about_an_answer_say_what_there_is(say):
    """The rest of a report is what can be asked instead; a few words that change nothing are told so."""
    say("hard bounces last month")
    assert "can't tell what “only those” changes" in say("only those").text
    assert "That is all it shows" in say("show me the rest").text
    assert say("and for sendgrid?").args["system"] == "sendgrid"
    assert say("never mind").text == "All right: nothing is changed."
