"""What is said after something: filters narrowed, members left out, ties settled, budgets of a thread."""

import pytest

from bot.assistant.model import PastTurn, Proposed

FRANCE = {"field": "country", "op": "eq", "value": "France"}


def past(tool, **args):
    return PastTurn(said="before", tool=tool, args=args, outcome="answered", principal="U_MAX")


def test_a_filter_is_narrowed_and_turned_round(interpreter, asked):
    """“Only in France” joins the filter; “not in France” joins its opposite; without one it stands alone."""
    titles = {"field": "title", "op": "contains", "value": "VP"}
    before = past("preview_segment", definition=titles)
    only = interpreter.plan(asked("only in France", history=(before,)))
    assert only.calls[0].args["definition"] == {"all": [titles, FRANCE]}
    again = interpreter.plan(
        asked("only healthcare", history=(past("preview_segment", definition={"all": [titles, FRANCE]}),))
    )
    assert len(again.calls[0].args["definition"]["all"]) == 3
    without = interpreter.plan(asked("except in France", history=(before,)))
    assert without.calls[0].args["definition"] == {"all": [titles, {"not": FRANCE}]}
    alone = interpreter.plan(
        asked("but not in France", history=(past("export_people", segment="Hot Leads"),))
    )
    assert alone.calls[0].args["definition"] == {"not": FRANCE}


def test_members_named_are_left_out(interpreter, asked):
    """“Without Marketo” takes it out of the systems named, or out of all."""
    before = past("compare_suppressions", systems=["marketo", "sendgrid"])
    planned = interpreter.plan(asked("without marketo", history=(before,)))
    assert planned.calls[0].args["systems"] == ["sendgrid"]


def test_columns_are_put_right_one_after_the_other(interpreter, asked):
    """What was said of other columns before stays; “skip” leaves a column out, not the argument."""
    before = past("import_list", file="a.csv", columns=["Org=company"])
    words = "no, column “Mail 2” is the address and skip the columns Notes and Score"
    planned = interpreter.plan(asked(words, history=(before,)))
    assert dict(planned.calls[0].args) == {
        "file": "a.csv", "columns": ["Org=company", "Mail 2=address", "Notes=ignore", "Score=ignore"],
    }  # fmt: skip


def test_the_same_for_other_records(interpreter, asked):
    """“Same for contacts” repeats the call for them."""
    planned = interpreter.plan(asked("same for contacts", history=(past("find_duplicates", object="lead"),)))
    assert dict(planned.calls[0].args) == {"object": "contact"}


@pytest.mark.parametrize("words", ["only in purple", "instead", "not last week"])
def test_what_fits_nothing_of_the_last_call_is_no_follow_up(interpreter, asked, words):
    """Words that fill none of its arguments, or cannot be left out, do not repeat the call."""
    planned = interpreter.plan(asked(words, history=(past("report_bounces", period="last_week"),)))
    assert not isinstance(planned, Proposed)


def test_repairs_of_the_engine_are_offered_as_buttons():
    """A value that was wrong is replaced in the asker's own words; else the repair is added."""
    from bot.assistant.replies import repaired

    assert (
        repaired("pause Sprng Launch now", {"campaign": "sprng launch"}, "Spring Launch")
        == "pause Spring Launch now"
    )
    assert repaired("pause it", {"n": 3}, "Spring Launch") == "pause it Spring Launch"
    args = {"file": "a.csv", "columns": ["Frima=company"]}
    asked = "import a.csv, column Frima is the company"
    assert repaired(asked, args, "Firma", "Frima") == "import a.csv, column Firma is the company"
    assert repaired("import a.csv", args, "column “M” is the address", "“M” and “N”") == (
        "import a.csv column “M” is the address"
    )
