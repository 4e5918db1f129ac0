"""The evaluation: the cases' format, the scoring, the fixed JSON, two planners side by side."""

import json
from datetime import UTC, datetime

import pytest

from bot.assistant.cases import Case, load_cases, matches
from bot.assistant.evaluation import Result, evaluate
from bot.assistant.model import Tokens
from bot.assistant.scores import Report, side_by_side
from tools.context import Principal
from tools.errors import InvalidArguments

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def person(user):
    return Principal(id=user, name=user, roles=frozenset({"marops"}))


def result(tools, tool, **more):
    case = Case(say="x", tools=tools, args=more.pop("wanted", {}))
    filled = {"args": {}, "asked_back": False, "seconds": 0.01, "tokens": Tokens(), "wrong_change": False}
    return Result(case=case, tool=tool, **(filled | more))


def test_cases_are_read_in_every_form(tmp_path):
    """One tool, none, several, help as none, another speaker, effects."""
    lines = [
        {"say": "a", "tool": "report_bounces", "args": {"period": "today"}},
        {"say": "b", "tool": None, "as": "U_ANA"},
        {"say": "c", "tools": ["x", "y"]},
        {"say": "d", "tool": "help", "effects": {"marketo": {"lead": {"deleted": 1}}}},
    ]
    path = tmp_path / "cases.jsonl"
    path.write_text("\n".join(json.dumps(each) for each in lines) + "\n\n")
    cases = load_cases(path)
    assert [each.tools for each in cases] == [("report_bounces",), (None,), ("x", "y"), (None,)]
    assert cases[0].speaker == "U_MAX"
    assert cases[1].speaker == "U_ANA"
    assert cases[3].effects == {"marketo": {"lead": {"deleted": 1}}}


@pytest.mark.parametrize("text", ["", "not json\n", '{"say": "a"}\n', '["say"]\n'])
def test_broken_files_are_named(tmp_path, text):
    """An empty file or a line that is no case is a sentence with its place."""
    path = tmp_path / "cases.jsonl"
    path.write_text(text)
    with pytest.raises(InvalidArguments) as caught:
        load_cases(path)
    assert "cases.jsonl" in caught.value.sentence()


def test_values_match_without_case_and_order():
    """Strings without case, lists as sets, mappings as subsets; numbers are not strings."""
    assert matches("Spring Launch", "spring launch ")
    assert matches(["a", "B"], ["b", "A"])
    assert not matches(["a"], ["a", "b"])
    assert not matches(["a", "b"], "a")
    assert matches({"field": "Title"}, {"field": "title", "op": "eq"})
    assert not matches({"field": "title"}, None)
    assert matches(90, 90)
    assert not matches(90, "90")
    assert not matches(1, True)


def test_figures_are_counted_as_the_contract_says():
    """Tool accuracy over all, slots where the tool is right, asking back where something was meant."""
    results = (
        result(("a",), "a", wanted={"x": 1, "y": 2}, args={"x": 1}),
        result(("a",), None, asked_back=True),
        result((None,), None),
        result((None,), "b", wrong_change=True),
        result(("a", None), None),
    )
    figures = Report("offline", results).summary()
    assert figures["tool_accuracy"] == 0.6
    assert figures["slot_accuracy"] == 0.5
    assert figures["wrong_changes"] == 1
    assert figures["wrong_change_rate"] == 0.2
    assert figures["ask_back_rate"] == 0.5
    assert figures["declined_rightly"] == 0.5
    assert {"meant": "a", "taken": "asked", "times": 1} in figures["confusions"]
    assert len(list(Report("offline", results).failures())) == 3


def test_the_json_has_the_fixed_format(interpreter, catalogue):
    """Cases in input order with say, predicted, asked_back and seconds; then the summary."""
    cases = [
        Case(say="bounces last week", tools=("report_bounces",), args={"period": "last_week"}),
        Case(say="help", tools=(None,)),
        Case(say="what's the weather", tools=(None,)),
    ]
    report = Report("offline", tuple(evaluate(cases, interpreter, catalogue, principal=person, now=NOW)))
    whole = json.loads(json.dumps(report.as_json()))
    assert [each["predicted"]["tool"] for each in whole["cases"]] == ["report_bounces", None, None]
    assert set(whole["cases"][0]) == {"say", "predicted", "asked_back", "seconds"}
    assert whole["cases"][0]["predicted"]["args"] == {"period": "last_week"}
    assert whole["summary"]["tool_accuracy"] == 1.0


def test_a_wrong_change_is_counted_for_planned_tools_too(interpreter, catalogue):
    """A tool that is not built but would change something counts like a built one."""
    cases = [Case(say="merge the duplicate leads", tools=("find_duplicates",))]
    report = Report("offline", tuple(evaluate(cases, interpreter, catalogue, principal=person, now=NOW)))
    assert report.summary()["wrong_changes"] == 1


def test_effects_are_compared_when_a_case_has_them(interpreter, catalogue):
    """The factory runs only cases with effects, and what it saw is compared."""
    wanted = {"marketo": {"lead": {"deleted": 2}}}
    cases = [
        Case(say="purge bounced contacts", tools=("purge_bounces",), effects=wanted),
        Case(say="bounces last week", tools=("report_bounces",)),
    ]
    seen = []

    def world(case):
        seen.append(case.say)
        return {"marketo": {"lead": {"deleted": 1}}}

    results = tuple(evaluate(cases, interpreter, catalogue, principal=person, now=NOW, effects=world))
    assert seen == ["purge bounced contacts"]
    assert results[0].right_effects is False
    assert results[1].right_effects is None
    assert Report("offline", results).summary()["effects_accuracy"] == 0.0


def test_two_planners_stand_side_by_side(interpreter, catalogue, model_over, aimock):
    """The table has a column for each planner, tokens for the one that has any."""
    aimock.calls(("report_bounces", {"period": "last_week"}))
    cases = [Case(say="bounces last week", tools=("report_bounces",), args={"period": "last_week"})]
    reports = [
        Report(each.name, tuple(evaluate(cases, each, catalogue, principal=person, now=NOW)))
        for each in (interpreter, model_over(aimock))
    ]
    header, rows = side_by_side(reports)
    assert header == ("", "offline", "test-model")
    table = {each[0]: each[1:] for each in rows}
    assert table["tool accuracy"] == ("100.0%", "100.0%")
    assert table["report_bounces"] == ("100.0% of 1", "100.0% of 1")
    assert table["tokens per request"][0] == "0"
    assert int(table["tokens per request"][1]) > 0
