"""`clearance eval`: comparing planners, exporting what people corrected, counting their verdicts."""

import json
from datetime import UTC, datetime

import pytest

from bot.assistant.cases import load_cases
from bot.commands import evaluating, teaching
from bot.settings import Settings
from bot.store import feedback
from bot.store.connect import Store

NOW = datetime.now(UTC)


@pytest.fixture
def home(tmp_path):
    """A home whose store holds two verdicts and two corrections of the same words."""
    store = Store.open(Settings().model_copy(update={"home": tmp_path, "database_url": ""}).database)
    with store.begin() as connection:
        for turn, verdict in ((1, "up"), (2, "down")):
            given = feedback.Feedback(
                turn_key=turn,
                principal="U_ANA",
                surface="slack",
                verdict=verdict,
                at=NOW,
                tool="report_bounces",
            )
            feedback.record(connection, given)
        for turn, period in ((2, "last_week"), (3, "last_month")):
            meant = feedback.Correction(
                turn_key=turn,
                said="bounces of late",
                roles=("marops",),
                principal="U_ANA",
                tool="report_bounces",
                args={},
                meant_tool="report_bounces",
                meant_args={"period": period},
                at=NOW,
            )
            feedback.correct(connection, meant)
    store.close()
    return tmp_path


def test_corrections_become_cases_that_can_be_run(home, tmp_path, capsys):
    """The latest correction of the same words counts; without a file the cases are printed."""
    file = tmp_path / "corrections.jsonl"
    assert teaching.corrections(file, home) == 0
    cases = load_cases(file)
    assert [(each.say, each.tools, dict(each.args), each.kind) for each in cases] == [
        ("bounces of late", ("report_bounces",), {"period": "last_month"}, "corrected")
    ]
    assert evaluating.speaker(cases[0].speaker) == "U_MAX"
    capsys.readouterr()
    teaching.corrections(None, home)
    assert json.loads(capsys.readouterr().out)["say"] == "bounces of late"


def test_verdicts_are_counted_by_tool(home, tmp_path, capsys):
    """Ups, downs and corrections of each tool; an empty store says so."""
    assert teaching.counts(30, home, as_json=True) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["tools"] == {"report_bounces": {"up": 1, "down": 1, "corrected": 2}}
    teaching.counts(30, home, as_json=False)
    assert "report_bounces" in capsys.readouterr().out
    teaching.counts(30, tmp_path / "elsewhere", as_json=False)
    assert "Nobody" in capsys.readouterr().out


def test_speakers_may_be_roles():
    """A role stands for somebody who has it; people stay who they are."""
    assert evaluating.speaker("U_MARKETER") == "U_ANA"
    assert evaluating.speaker("admin") == "U_IVY"
    assert evaluating.speaker("U_DANA") == "U_DANA"


def test_the_command_prints_kinds_and_writes_the_fixed_json(tmp_path, capsys):
    """A table with figures by kind and tool; JSON with cases and summary; a broken file is a sentence."""
    file = tmp_path / "cases.jsonl"
    file.write_text('{"say": "bounces last week", "tool": "report_bounces", "kind": "terse"}\n')
    now = "2026-11-22T12:00Z"
    assert evaluating.run(evaluating.Wanted(file=file, offline=True, now=now)) == 0
    assert "kind terse" in capsys.readouterr().out
    assert evaluating.run(evaluating.Wanted(file=file, offline=True, now=now, as_json=True)) == 0
    assert json.loads(capsys.readouterr().out)["summary"]["by_kind"] == {"terse": {"cases": 1, "right": 1.0}}
    assert evaluating.run(evaluating.Wanted(file=tmp_path / "none.jsonl", offline=True, now=now)) == 1
    file.write_text("nonsense\n")
    assert evaluating.run(evaluating.Wanted(file=file, offline=True, now=now)) == 1


def test_effects_are_what_changed_on_the_twin(tmp_path, capsys):
    """A change that is cleared by everybody who may leaves its counts; its undo leaves none."""
    who = "ada.abelund@alderalloy-group.example"
    file = tmp_path / "cases.jsonl"
    changed = {
        "salesforce": {"Contact": {"updated": 1}},
        "marketo": {"lead": {"updated": 1}, "durable_unsubscribe": {"created": 1}},
        "sendgrid": {"unsubscribes": {"created": 1, "deleted": 0}},
    }
    cases = [
        {"say": f"suppress {who}", "tool": "suppress_contacts", "effects": changed},
        {"say": "undo that", "after": [f"suppress {who}"], "tool": "undo", "effects": {}},
    ]
    file.write_text("\n".join(json.dumps(each) for each in cases))
    wanted = evaluating.Wanted(file=file, offline=True, effects=True, now="2026-11-22T12:00Z", as_json=True)
    assert evaluating.run(wanted) == 0
    summary = json.loads(capsys.readouterr().out)["summary"]
    assert (summary["effects_cases"], summary["effects_accuracy"]) == (2, 1.0)
