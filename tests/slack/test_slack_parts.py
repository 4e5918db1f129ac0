"""Small parts of the surface: what modals give back, moments suggested, progress and ages in words."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot import progress, wording
from bot.engine.cards import RunView
from bot.slack import given, ids
from bot.slack.commands import BY_VERB
from bot.slack.desk import suggested
from bot.slack.manifest import manifest
from bot.slack.verdicts import LIKELY
from bot.slack.views import asking, correcting, forms, modals
from tools.answer import Citation
from tools.catalog.runbooks import _text
from tools.errors import InvalidArguments
from tools.ports import Found
from tools.registry import load

NOW = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)
DAY = timedelta(days=1)


def a_run(**change: Any) -> RunView:
    values = {
        "id": "R-1",
        "state": "running",
        "rows": {"applied": 2, "waiting": 3},
        "total": 5,
        "parked_until": None,
        "attention": "",
        "created_at": NOW,
        "started_at": NOW,
        "finished_at": None,
        "stopped_by": "",
        "landing": None,
    }
    return RunView(**{**values, **change})


@pytest.mark.parametrize(
    ("zone", "latest", "expected"),
    [
        ("UTC", NOW + 3 * DAY, datetime(2026, 11, 23, 9, tzinfo=UTC)),
        ("Asia/Tokyo", NOW + 3 * DAY, datetime(2026, 11, 24, 0, tzinfo=UTC)),
        ("America/New_York", NOW + 3 * DAY, datetime(2026, 11, 23, 14, tzinfo=UTC)),
        ("No/Where", NOW + 3 * DAY, datetime(2026, 11, 23, 9, tzinfo=UTC)),
        ("UTC", NOW + timedelta(hours=4), NOW + timedelta(hours=3)),
        ("UTC", NOW + timedelta(minutes=30), NOW + timedelta(minutes=15)),
    ],
)
def test_later_means_tomorrow_at_nine_where_one_is(zone: str, latest: datetime, expected: datetime) -> None:
    """Nine in the morning of the next day in one's own zone, or before it expires when that is sooner."""
    assert suggested(NOW, zone, latest) == expected


@pytest.mark.parametrize(
    ("passed", "words"),
    [
        (timedelta(seconds=20), "just now"),
        (timedelta(minutes=1), "1 minute ago"),
        (timedelta(hours=47), "47 hours ago"),
        (timedelta(days=3), "3 days ago"),
        (timedelta(minutes=-5), "just now"),
    ],
)
def test_ages_are_told_in_words(passed: timedelta, words: str) -> None:
    """Minutes, hours up to two days, then days; a clock that runs ahead makes no minus."""
    assert wording.ago(NOW - passed, NOW) == words


def test_a_bar_is_as_long_as_what_is_done() -> None:
    """Two of five rows are two fifths; a run without rows is done."""
    assert progress.bar(a_run()) == "▓" * 8 + "░" * 12 + " 40%"
    assert progress.bar(a_run(rows={}, total=0)).endswith("100%")


def test_modals_give_back_what_was_filled_in() -> None:
    """Every input is read by its name; what was left empty is empty and not missing."""
    state = {
        "a": {"a": {"type": "plain_text_input", "value": " x "}},
        "n": {"n": {"type": "number_input", "value": "12"}},
        "p": {"p": {"type": "static_select", "selected_option": {"value": "v"}}},
        "t": {"t": {"type": "checkboxes", "selected_options": [{"value": "x"}, {"value": "y"}]}},
        "u": {"u": {"type": "users_select", "selected_user": "U1"}},
        "m": {"m": {"type": "datetimepicker", "selected_date_time": 1_700_000_000}},
        "f": {"f": {"type": "file_input", "files": [{"id": "F1"}]}},
        "e": {"e": {"type": "plain_text_input", "value": None}},
    }
    view = {"private_metadata": '{"plan":"P-1"}', "state": {"values": state}}
    assert given.where(view) == {"plan": "P-1"}
    assert given.line(view, "a") == "x"
    assert given.number(view, "n") == 12
    assert given.picked(view, "p") == "v"
    assert given.ticked(view, "t") == ("x", "y")
    assert given.person(view, "u") == "U1"
    assert given.moment(view, "m") == datetime.fromtimestamp(1_700_000_000, UTC)
    assert given.files(view, "f") == ({"id": "F1"},)
    empty = {"private_metadata": "", "state": {"values": {}}}
    assert (given.line(empty, "e"), given.number(view, "e"), given.moment(view, "e")) == ("", None, None)
    assert given.where(empty) == {}
    assert given.entries("a@b.example, 7;8\n9") == ("a@b.example", "7", "8", "9")


def test_every_modal_is_within_slack_s_limits() -> None:
    """Commands' fields, the question about a message, corrections: whatever text goes in."""
    from slack_sdk.models.views import View

    from bot.slack import rules

    ref, long = ids.PlanRef("P-123456789012", "3fa9c1d2e4b5"), "x" * 20_000
    where = modals.place(ref, channel="C1", message="1.1", thread="1.1")
    made = [
        modals.delegate(ref, where),
        modals.snooze(ref, where, NOW),
        asking.about(long, where),
        correcting.correct(list(load().values())[:LIKELY], where),
        *(asking.form(each.description[:24], each.fields, where) for each in BY_VERB.values() if each.fields),
        forms.modal("c", long, long, [forms.pick("p", long, [(long, long)] * 200, initial=long)], where),
    ]
    for view in made:
        assert rules.view_faults(view) == []
        View(**view).to_dict()


def test_values_that_we_did_not_write_are_refused() -> None:
    """Turns, thumbs and requests are read back from buttons strictly."""
    assert ids.turn("t.17.2") == (17, 2)
    thumb = ids.Thumb("down", "t.17", "bounces.md#when", "When", "Wait\n14 days.")
    assert ids.thumb(thumb.value()) == ids.Thumb("down", "t.17", "bounces.md#when", "When", "Wait 14 days.")
    assert ids.thumb("up.P-7") == ids.Thumb("up", "P-7")
    for read, value in ((ids.turn, "t.x"), (ids.thumb, "sideways.t.1"), (ids.plan, "P-1 or 1=1")):
        with pytest.raises(InvalidArguments):
            read(value)


def test_the_manifest_names_every_way_to_ask() -> None:
    """Commands and the message shortcut, events for deleted messages and files among them."""
    features = manifest()["features"]
    assert [each["callback_id"] for each in features["shortcuts"]] == [ids.ASK_ABOUT]
    assert {each["command"] for each in features["slash_commands"]} >= {
        "/marops",
        "/approvals",
        "/import-list",
    }


def test_what_was_read_otherwise_is_said_with_the_answer() -> None:
    """A corrected word is told; how it was searched is told where the pages have no answer."""
    cited = (Citation(title="Bounces", heading="When", path="bounces.md", quote="Wait."),)
    notice = "Searched by words alone."
    answer = Found(
        outcome="answer",
        citations=cited,
        passage="Wait 14 days.",
        notice=notice,
        corrected=(("bonces", "bounces"), ("marketto", "marketo")),
    )
    assert _text(answer) == "I read “bonces” as “bounces” and “marketto” as “marketo”.\nWait 14 days."
    assert _text(Found(outcome="none", citations=(), notice=notice)).endswith(notice)
    assert _text(Found(outcome="closest", citations=cited)).startswith("The runbooks do not answer this")
