"""Words that narrow a request to some people, where the tool is about everybody."""

from datetime import date

import pytest

TODAY = date(2026, 11, 22)


@pytest.fixture
def unheard(catalogue):
    """The words of a request that a call leaves out."""
    from bot.assistant.offline.reading import Reading
    from bot.assistant.whom import for_everybody, unheard

    def run(tool, said, **args):
        spans = unheard(catalogue[tool], args, Reading(said, TODAY))
        return [each.value for each in spans], for_everybody(said, spans)

    return run


@pytest.mark.parametrize(
    ("tool", "said", "some", "rest"),
    [
        ("purge_bounces", "purge bounced contacts at acme.com", ["acme.com"], "purge bounced contacts"),
        ("purge_bounces", "delete the bounced contacts from acme", ["acme"], "delete the bounced contacts"),
        ("purge_bounces", "who in acme bounced and can you remove them", ["acme"],
         "who bounced and can you remove them"),
        ("purge_bounces", "remove bounced leads in Germany", ["Germany"], "remove bounced leads"),
        ("purge_bounces", "purge jane@acme.com, she bounced", ["jane@acme.com"], "purge she bounced"),
        ("purge_bounces", "purge the bounces of the Autumn Webinar", ["Autumn Webinar"], "purge the bounces"),
        ("purge_bounces", "purge bounces in the US and from Globex Inc", ["US", "Globex Inc"],
         "purge bounces and"),
        ("sync_suppressions", "sync the opt-out of jane@acme.com", ["jane@acme.com"], "sync the opt-out"),
        ("normalize_fields", "normalise country on leads in Germany", ["Germany"],
         "normalise country on leads"),
        ("merge_duplicates", "merge the duplicates named Miller", ["Miller"], "merge the duplicates"),
        ("recover_suppressed", "recover the suppressed people at acme.com", ["acme.com"],
         "recover the suppressed people"),
        ("report_bounces", "report bounces at acme.com", ["acme.com"], "report bounces"),
        ("compare_suppressions", "compare suppressions for “Globex”", ["Globex"], "compare suppressions"),
    ],
)  # fmt: skip
def test_who_was_named_is_noticed(unheard, tool, said, some, rest):
    """An address, a domain, a country, a name or a company; without it the request is for everybody."""
    assert unheard(tool, said) == (some, rest)


@pytest.mark.parametrize(
    ("tool", "said", "args"),
    [
        ("purge_bounces", "purge bounces older than 90 days in marketo", {"older_than_days": 90}),
        ("purge_bounces", "purge the bounced contacts from the CRM", {}),
        ("purge_bounces", "delete dead addresses from our database, please", {}),
        ("sync_suppressions", "sync the opt-outs from Marketo to Salesforce", {}),
        ("sync_suppressions", "bring the MAP up to date with the ESP's unsubs", {}),
        ("sync_suppressions", "sync unsubscribes from us to the ESP", {}),
        ("normalize_fields", "normalise the casing of First Name", {"fields": ["first_name"]}),
        ("export_suppressions", "a file of who opted out of our Product News", {"group": "Product News"}),
        ("merge_duplicates", "merge jane@acme.com and j.doe@acme.com", {"emails": ["jane@acme.com"]}),
        ("suppress_contacts", "suppress jane@acme.com, request from Legal", {"emails": ["jane@acme.com"]}),
        ("update_records", "set country to France for leads in Spain", {"definition": {"country": "Spain"}}),
        ("search_runbooks", "how do we handle bounces at acme.com?", {"question": "bounces"}),
    ],
)
def test_what_a_call_holds_or_cannot_be_people_is_left_alone(unheard, tool, said, args):
    """Systems, periods, fields and reasons narrow nothing that is not narrowed already."""
    assert unheard(tool, said, **args) == ([], said)


def test_the_tools_own_examples_name_nobody_it_cannot_take(catalogue):
    """Requests that a tool is taught with are planned as they are, but for one that names a mail provider."""
    from bot.assistant.offline.reading import Reading
    from bot.assistant.whom import unheard

    about_all = ("purge_bounces", "sync_suppressions", "normalize_fields", "recover_suppressed")
    asked = [
        said
        for name in about_all
        for said in catalogue[name].examples
        if unheard(catalogue[name], {}, Reading(said, TODAY))
    ]
    assert asked == ["the block at Microsoft was temporary, make those people mailable again"]
