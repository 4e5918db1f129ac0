"""Arguments out of words, by kind, with the shipped signatures."""

from datetime import date

import pytest

from bot.assistant.offline.definitions import definition
from bot.assistant.offline.reading import Reading
from bot.assistant.offline.slots import Extras, allowed, fill, kind_of
from tools.registry import load

TOOLS = load()
TODAY = date(2026, 11, 22)


def filled(tool, words, **extras):
    return dict(fill(TOOLS[tool], Reading(words, TODAY), Extras(**extras)).args)


@pytest.mark.parametrize(
    ("tool", "words", "args"),
    [
        (
            "report_bounces",
            "hard bounces in sfdc since October",
            {"period": "since:2026-10-01", "bounce_class": "invalid", "system": "salesforce"},
        ),
        (
            "report_bounces",
            "full mailboxes, ESP, Q3",
            {"period": "2026-Q3", "bounce_class": "full", "system": "sendgrid"},
        ),
        (
            "purge_bounces",
            "purge bounces older than three months in SFDC and the MAP",
            {"older_than_days": 90, "systems": ["salesforce", "marketo"]},
        ),
        ("purge_bounces", "purge bounces older than a year", {"older_than_days": 365}),
        ("purge_bounces", "purge bounces older than 6w", {"older_than_days": 42}),
        (
            "suppress_contacts",
            "suppress A@B.co, c@d.io and a@b.co because they asked",
            {"emails": ["A@b.co", "c@d.io", "a@b.co"], "reason": "they asked"},
        ),
        ("suppress_contacts", "suppress the people in unsubs.csv", {"file": "unsubs.csv"}),
        ("lookup_person", "look up jane@acme.com", {"email": "jane@acme.com"}),
        ("show_plan", "show p-12", {"plan": "P-12"}),
        ("show_plan", "show run 31", {"plan": "R-31"}),
        ("undo", "undo R-31", {"run": "R-31"}),
        ("undo", "undo plan 7", {"plan": "P-7"}),
        (
            "erase_person",
            "erase jane@acme.com, ticket 4711",
            {"email": "jane@acme.com", "request_reference": "4711"},
        ),
        (
            "set_campaign_status",
            "pause the Spring Launch campaign",
            {"campaign": "Spring Launch", "status": "paused"},
        ),
        ("set_campaign_status", "activate Q3 Webinar", {"campaign": "Q3 Webinar", "status": "active"}),
        ("report_campaign", 'clicks of "Big One" last week', {"campaign": "Big One", "period": "last_week"}),
        (
            "clone_campaign",
            "clone Spring Launch as Autumn Launch but with UK sender",
            {"campaign": "Spring Launch", "name": "Autumn Launch", "changes": ["UK sender"]},
        ),
        ("clone_campaign", 'copy "A One" and call it "B Two"', {"campaign": "A One", "name": "B Two"}),
        (
            "add_to_campaign",
            "put the Fintech VPs segment into Cloud Summit with status Sent",
            {"segment": "Fintech VPs", "campaign": "Cloud Summit", "member_status": "Sent"},
        ),
        ("refresh_segment", "refresh hot prospects segment", {"segment": "hot prospects"}),
        (
            "reclaim_licenses",
            "take back marketo seats nobody used in 60 days",
            {"vendor": "marketo", "inactive_days": 60},
        ),
        ("report_license_usage", "seat usage zoom", {"vendor": "zoom"}),
        ("draft_variations", "write five versions of the newsletter", {"campaign": "newsletter", "count": 5}),
        ("list_segments", "stale segments", {"stale": True}),
        ("list_segments", "segments that are not stale", {"stale": False}),
        (
            "normalize_fields",
            "normalise country and job titles on leads",
            {"object": "lead", "fields": ["country", "title"]},
        ),
        (
            "update_records",
            "set country to Germany for jane@acme.com",
            {"values": [{"field": "country", "value": "Germany"}], "emails": ["jane@acme.com"]},
        ),
        (
            "update_records",
            "industry = Retail on all accounts",
            {"values": [{"field": "industry", "value": "Retail"}], "object": "account"},
        ),
        (
            "merge_duplicates",
            "merge leads, oldest record wins",
            {"object": "lead", "rule": "oldest record wins"},
        ),
        (
            "set_agent_state",
            "kill the nightly dedupe bot because it is noisy",
            {"agent": "nightly dedupe", "state": "stopped", "reason": "it is noisy"},
        ),
        (
            "set_agent_autonomy",
            "let Bounce Patrol act on its own",
            {"agent": "Bounce Patrol", "autonomy": "act"},
        ),
        ("search_audit", "what did Dana do last week", {"who": "Dana", "period": "last_week"}),
        ("challenge", "challenge F-12", {"finding": "F-12"}),
        ("morning_brief", "brief for the CMO", {"role": "cmo"}),
        ("help", "help with bounces", {"topic": "bounces"}),
    ],
)
def test_arguments(tool, words, args):
    """Each argument has a kind, each kind one way to be found."""
    found = filled(tool, words)
    assert {name: found.get(name) for name in args} == args


def test_attachments_and_the_last_plan_fill_arguments():
    """One attachment is the file; “that” is the thread's last plan, but never over a number that was said."""
    assert filled("import_list", "import this", files=("leads.csv",))["file"] == "leads.csv"
    assert "file" not in filled("import_list", "import this", files=("a.csv", "b.csv"))
    assert filled("undo", "undo that", last_plan="P-9") == {"plan": "P-9"}
    assert filled("undo", "undo that R-3", last_plan="P-9") == {"run": "R-3"}


def test_a_schedule_names_another_tool():
    """An agent's tool comes from the interpreter, its schedule from the words."""
    found = filled("create_agent", "report bounces every Monday, call it Patrol", other_tool="report_bounces")
    assert found["tool"] == "report_bounces"
    assert found["schedule"] == "every Monday"
    assert found["name"] == "Patrol"


@pytest.mark.parametrize(
    ("words", "tree"),
    [
        (
            "CIOs in Germany",
            {
                "all": [
                    {"field": "title", "op": "contains", "value": "CIO"},
                    {"field": "country", "op": "eq", "value": "Germany"},
                ]
            },
        ),
        ("people at acme.com", {"field": "email", "op": "contains", "value": "@acme.com"}),
        ("score over 50", {"field": "score", "op": "gt", "value": 50}),
        ("lead score at least 7.5", {"field": "score", "op": "gte", "value": 7.5}),
        ("leads without a country", {"field": "country", "op": "is_not_set"}),
        (
            "visited pricing twice in 30 days",
            {
                "event": "page_visit",
                "where": {"field": "name", "op": "contains", "value": "pricing"},
                "count": {"gte": 2},
                "within": "last_30_days",
            },
        ),
        (
            "downloaded the ebook",
            {"event": "download", "where": {"field": "name", "op": "contains", "value": "ebook"}},
        ),
        ("not contacted in 90 days", {"not": {"event": "email_sent", "within": "last_90_days"}}),
        (
            "title contains head of, industry retail",
            {
                "all": [
                    {"field": "title", "op": "contains", "value": "head of"},
                    {"field": "industry", "op": "eq", "value": "retail"},
                ]
            },
        ),
        ("in Sweden and Norway", {"field": "country", "op": "in", "value": ["Sweden", "Norway"]}),
        (
            "directors or managers",
            {
                "any": [
                    {"field": "title", "op": "contains", "value": "directors"},
                    {"field": "title", "op": "contains", "value": "managers"},
                ]
            },
        ),
        ("members of Hot Leads", {"member": "Hot Leads"}),
        ("tell us about them", None),
    ],
)
def test_filters(words, tree):
    """Titles, regions, industries, domains, scores and behaviour become a filter tree."""
    assert definition(Reading(words, TODAY)) == tree


def test_filter_trees_fit_the_signature():
    """What is understood passes the tool's own validation."""
    for words in (
        "VP+ in EMEA fintech who visited pricing twice in 30 days",
        "customers in APAC not contacted in 90 days",
    ):
        args = filled("preview_segment", words)
        assert TOOLS["preview_segment"].validate(args)


def test_arguments_without_a_kind_are_taken_by_name_or_type():
    """A foreign signature works: names of arguments, closed sets, booleans, numbers."""
    from typing import Literal

    from tools.answer import Answer
    from tools.context import ToolContext
    from tools.registry import tool

    @tool(examples=tuple(f"look {n}" for n in range(8)))
    def look(
        context: ToolContext,
        *,
        period: str,
        recipients: list[str] | None = None,
        colour: Literal["red", "blue"] | None = None,
        loud: bool = False,
        top: int = 3,
        mood: str = "",
    ) -> Answer:
        """Look."""
        raise AssertionError

    assert {name: kind_of(look, name) for name in look.arguments.model_fields} == {
        "period": "period",
        "recipients": "emails",
        "colour": "word",
        "loud": "flag",
        "top": "count",
        "mood": "word",
    }
    assert allowed(look, "colour") == ("red", "blue")
    words = "look at the blue ones, loud please, 5 things of a@b.co last week, mood sunny"
    assert dict(fill(look, Reading(words, TODAY), Extras()).args) == {
        "period": "last_week",
        "recipients": ["a@b.co"],
        "colour": "blue",
        "loud": True,
        "top": 5,
        "mood": "sunny",
    }
