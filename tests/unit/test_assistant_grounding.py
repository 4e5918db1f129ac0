"""Sentences without a source are withheld; references are filled by code; targets need a source."""

import json

import pytest

from bot.assistant.grounding import ground, unsupported_targets
from bot.assistant.model import Call, Step
from bot.assistant.results import Sources, as_step
from tools.answer import Answer, Citation, File, Table
from tools.registry import load

ANSWER = Answer(
    text="1,310 addresses bounced 2026-10-01 to 2026-10-31 at Globex",
    tables=(Table(title="Bounces", columns=("class", "n"), rows=(("invalid", 1022), ("blocked", 288.5))),),
    citations=(Citation(title="Bounces", heading="Purge", path="b.md", quote="Suppress first."),),
    files=(File(name="rows.csv", content=b""),),
    facts={"count": 1310, "share": "12 %"},
)
STEP = as_step(Call(tool="report_bounces", args={"period": "last_month"}), ANSWER, 1)
SOURCES = Sources.of(["bounces of jane@acme.com in P-7, “Spring Launch”"], [STEP], ["list.csv"])


@pytest.mark.parametrize(
    "sentence",
    [
        "There were 1,310 bounces.",
        "1310 addresses bounced in October 2026.",
        "1022 were invalid, and 288.5 blocked.",
        "Globex is affected.",
        "You asked about jane@acme.com and P-7.",
        "It concerns “Spring Launch”.",
        "Salesforce and Marketo agree.",
        "Nothing else was found.",
        "1. First point.",
        "The period was last_month.",
    ],
)
def test_supported_sentences_stay(sentence):
    """Figures, names, addresses, ids and dates that a source holds are shown."""
    assert ground(sentence, SOURCES).text == sentence


@pytest.mark.parametrize(
    "sentence",
    [
        "There were 1,311 bounces.",
        "Initech is affected.",
        "Write to bob@acme.com now.",
        "See P-8 for more.",
        "Record 0035g00000AbCdEFGH is broken.",
        "It happened on 3 May 2026.",
        "Two systems disagree.",
        "It is called “Autumn Launch”.",
        "Read https://evil.example/x first.",
        "There are {r1.nothing} of them.",
        "There are {r2.count} of them.",
    ],
)
def test_unsupported_sentences_are_withheld(sentence):
    """What no source holds is taken out and counted."""
    checked = ground(f"{sentence} Nothing else was found.", SOURCES)
    assert checked.text == "Nothing else was found."
    assert checked.withheld == 1


def test_references_are_filled_in():
    """A reference becomes the tool's value, grouped by thousands."""
    assert (
        ground("There are {r1.count}, that is {r1.share}.", SOURCES).text == "There are 1,310, that is 12 %."
    )


def test_markup_is_made_harmless():
    """What is shown cannot ping anybody."""
    assert "<!channel>" not in ground("Nothing <!channel> here.", SOURCES).text


def test_a_failed_call_is_no_source():
    """Neither its arguments nor its error support anything."""
    failed = Step(tool="x", args={"n": 4711}, result="4711 is wrong", failed=True)
    assert ground("There are 4711.", Sources.of([], [failed], [])).withheld == 1


def test_results_for_a_model_are_cut_and_harmless():
    """Long tables are cut, long cells too, and markup of records is neutral."""
    rows = tuple((f"<!here> {'x' * 500}", n) for n in range(50))
    step = as_step(
        Call(tool="t", args={}),
        Answer(text="t", tables=(Table(title="T", columns=("a", "b"), rows=rows),)),
        3,
    )
    content = json.loads(step.result)
    assert content["reference"] == "r3"
    assert len(content["tables"][0]["rows"]) == 20
    assert content["tables"][0]["rows_in_all"] == 50
    assert "<!here>" not in step.result
    assert len(content["tables"][0]["rows"][0][0]) == 200


def test_targets_of_a_change_need_a_source():
    """Addresses and names nobody said are found; closed values and numbers are none."""
    tools = load()
    assert unsupported_targets(
        tools["suppress_contacts"], {"emails": ["jane@acme.com", "x@y.example"]}, SOURCES
    ) == ["x@y.example"]
    assert (
        unsupported_targets(
            tools["set_campaign_status"], {"campaign": "Spring Launch", "status": "paused"}, SOURCES
        )
        == []
    )
    assert unsupported_targets(
        tools["set_campaign_status"], {"campaign": "Winter Gala", "status": "paused"}, SOURCES
    ) == ["Winter Gala"]
    tree = {
        "all": [{"field": "email", "op": "contains", "value": "@globex.com"}, {"member": "Spring Launch"}]
    }
    assert unsupported_targets(tools["remove_from_campaign"], {"definition": tree}, SOURCES) == [
        "@globex.com"
    ]
