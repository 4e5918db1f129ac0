"""Sentences with conditions, several requests, corrections, slips in dates, people who came or did not."""

from datetime import date

import pytest

from bot.assistant.offline.attendance import attendance
from bot.assistant.offline.definitions import definition
from bot.assistant.offline.followups import only_values, preferred
from bot.assistant.offline.mood import mood
from bot.assistant.offline.reading import Reading
from bot.assistant.offline.several import leans, parts
from bot.assistant.offline.spelling import Speller

TODAY = date(2026, 11, 22)


def tree(words):
    return definition(Reading(words, TODAY))


@pytest.mark.parametrize(
    "words",
    [
        "if the checks fail, pause xname",
        "once legal confirms we may delete the contacts",
        "delete them as soon as legal agrees",
        "unless sales objects, merge the leads",
        "when the import is done, delete the bounced contacts",
    ],
)
def test_conditions_are_noticed(words):
    """An order that hangs on something to come is conditional."""
    assert mood(words).conditional


@pytest.mark.parametrize(
    "words",
    ["please pause xname if possible", "run it once a week", "pause xname at once", "delete it if you can"],
)
def test_politeness_and_frequency_are_no_conditions(words):
    """“If possible”, “once a week” and “at once” hang on nothing."""
    assert not mood(words).conditional


@pytest.mark.parametrize(
    ("words", "verb"),
    [
        ("carry out the erasure for xemail", "erase"),
        ("please do the weekly cleanup of leads", "clean up"),
        ("the contacts have to be taken out of xname", "take out"),
        ("xname should be switched off", "switch off"),
        ("unused seats can be freed up", "free up"),
    ],
)
def test_orders_in_other_forms(words, verb):
    """Nouns that name a change, and verbs of two parts in the passive."""
    assert verb in mood(words).ordered


@pytest.mark.parametrize(
    ("words", "verb"),
    [("hold off on pausing xname", "pause"), ("please refrain from deleting contacts", "delete")],
)
def test_what_is_held_off_is_refused(words, verb):
    """A verb in -ing after words that refuse is negated, and the refusal is no order of its own."""
    felt = mood(words)
    assert felt.negated == {verb}
    assert not felt.ordered


def test_a_hardly_possible_thing_is_no_order():
    """“Slow to sync” orders no sync."""
    assert not mood("the crm is slow to sync").ordered


def test_separated_verbs_are_put_together():
    """“Switch the campaign on” reads like “switch on the campaign”; other gaps stay."""
    assert Reading("switch the big campaign on", TODAY).masked == "switch on the big campaign"
    assert Reading("put the nurture on hold until Friday", TODAY).masked.startswith("put on hold the nurture")
    assert Reading("set the country on leads", TODAY).masked == "set the country on leads"


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("purge the bounces and then pause X", ("purge the bounces", "pause X")),
        ("bounces last week; show approvals", ("bounces last week", "show approvals")),
        ("normalize country", ("normalize country",)),
        ("one and two", ("one and two",)),
    ],
)
def test_messages_are_split_where_a_request_may_begin(words, found):
    """At “and then”, semicolons and new sentences; a piece of one word is none."""
    assert parts(words) == found


def test_a_piece_that_points_back_is_no_request_of_its_own():
    """“Export them” belongs to what was said before it."""
    assert leans("export them")
    assert not leans("export opt-outs")


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ("sendgrid, not marketo", "sendgrid"),
        ("not marketo but sendgrid", "sendgrid"),
        ("last quarter instead of last month", "last quarter"),
        ("only in France", "only in France"),
        ("not in France", "not in France"),
    ],
)
def test_the_preferred_part_of_a_correction(words, meant):
    """What is put in the place of something else is kept alone."""
    assert preferred(words) == meant


def test_values_alone_continue_the_last_request():
    """A message of values and words about them holds no request of its own."""
    assert only_values(Reading("older than 90 days", TODAY))
    assert only_values(Reading("Spring Launch", TODAY))
    assert not only_values(Reading("what is waiting for approval", TODAY))


def test_slips_in_dates_are_put_right_and_nothing_else():
    """Days, months and units after a number or “last”; names and other words stay."""
    speller = Speller(["bounces"], ["weather"])
    assert speller.dated("bounces in the last 30 dyas") == "bounces in the last 30 days"
    assert speller.dated("since Septmber") == "since september"
    assert speller.dated("the last Moths campaign") == "the last months campaign"
    assert speller.dated("Yearly Digest and weather") == "Yearly Digest and weather"


@pytest.mark.parametrize(
    ("words", "clause"),
    [
        ("no-shows of the Cloud Webinar", {"member": "Cloud Webinar", "status": "No Show"}),
        ("webinar no-shows in DACH", {"member": "webinar", "status": "No Show"}),
        ("attendees from the roadshow", {"member": "roadshow", "status": "Attended"}),
        ("people from the Spring Webinar", {"member": "Spring Webinar"}),
    ],
)
def test_who_came_and_who_did_not(words, clause):
    """An event and the status in it."""
    assert list(attendance(words)) == [clause]


def test_people_of_nowhere_are_no_members():
    """Regions and bare words are no events."""
    assert list(attendance("attendees in Germany")) == []
    assert list(attendance("people in retail")) == []


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ("customers", {"field": "lifecycle", "op": "eq", "value": "Customer"}),
        ("non-customers", {"not": {"field": "lifecycle", "op": "eq", "value": "Customer"}}),
        ("CFOs in London", {"all": [
            {"field": "title", "op": "contains", "value": "CFO"},
            {"field": "city", "op": "eq", "value": "London"},
        ]}),
        ("customers except in Germany", {"all": [
            {"field": "lifecycle", "op": "eq", "value": "Customer"},
            {"not": {"field": "country", "op": "eq", "value": "Germany"}},
        ]}),
        ("leads in South Korea", {"field": "country", "op": "eq", "value": "South Korea"}),
    ],
)  # fmt: skip
def test_filters_are_not_dropped(words, wanted):
    """Lifecycle, cities, further countries, and who is left out."""
    assert tree(words) == wanted


def test_a_customer_newsletter_is_no_filter():
    """Before a campaign's noun, customers are no people."""
    assert tree("the customer newsletter") is None
