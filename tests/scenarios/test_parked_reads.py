"""A comparison whose Marketo is used up for the day: the rest is shown, and nothing is extracted twice."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from bot.engine.calls import ThreadRef, ToolCall
from bot.reading import shown_on
from tools.progress import Stopped, heard_by, tell


@pytest.fixture
def app(own_twin: Any, home: Path) -> Iterator[Any]:
    """The bot as it is wired, without a surface."""
    from bot.app import opened

    own_twin.clear_log()
    with opened(twin=own_twin.url, home=home, works=False) as running:
        yield running
    own_twin.settings(marketo_export_megabytes=500)


def compared(app: Any) -> Any:
    """The answer of a comparison that MarOps asks for in private."""
    return asked(app, "compare_suppressions", systems=["salesforce", "marketo"])


def asked(app: Any, tool: str, **args: Any) -> Any:
    """What a tool answers."""
    call = ToolCall(
        tool=tool,
        args=args,
        principal=app.directory.principal("U_MAX"),
        thread=ThreadRef(surface="terminal", channel="t", thread="t"),
        said=tool,
    )
    return app.engine.submit(call).answer


def orders(twin: Any) -> list[str]:
    """The bulk extracts that were ordered of Marketo."""
    return [each["request"] for each in twin.log("marketo") if each["path"].endswith("export/create.json")]


def cut_off(app: Any) -> None:
    """A comparison that somebody stops once a few months of Marketo are read."""

    def until_some_are_read(_: str, sentence: str) -> None:
        if sentence.startswith("3 months"):
            raise Stopped

    with heard_by(until_some_are_read), pytest.raises(Stopped):
        compared(app)


def test_a_used_up_day_leaves_marketo_unknown_and_is_gone_on_with(app: Any, own_twin: Any) -> None:
    """Salesforce is shown, Marketo is named as not read and until when; later it goes on from there."""
    cut_off(app)
    before = orders(own_twin)
    own_twin.settings(marketo_export_megabytes=0)
    parked = compared(app)
    assert "Marketo could not be read" in parked.text
    assert "06:00 UTC" in parked.text
    assert "ask again then and it goes on from there" in parked.text
    assert {each.source for each in parked.evidence} == {"salesforce"}
    assert "unknown: not read" in str(parked.tables)
    own_twin.settings(marketo_export_megabytes=500)
    app.clock.sleep(24 * 3600)
    whole = compared(app)
    assert {each.source for each in whole.evidence} == {"salesforce", "marketo"}
    after = orders(own_twin)
    assert len(set(after)) == len(after) > len(before) > 0


@pytest.mark.parametrize("tool", ["find_duplicates", "report_data_quality"])
def test_other_questions_about_everybody_are_answered_without_it(app: Any, own_twin: Any, tool: str) -> None:
    """What can be read is looked at, and Marketo is named with the reason."""
    own_twin.settings(marketo_export_megabytes=0)
    answer = asked(app, tool)
    assert "Marketo could not be read: The megabytes" in answer.text
    assert "marketo" not in {each.source for each in answer.evidence}
    assert "salesforce" in {each.source for each in answer.evidence}


def test_a_terminal_shows_how_far_it_is_and_a_file_does_not(tmp_path: Path) -> None:
    """The line is for eyes: what is redirected into a file holds the answer alone."""
    with (tmp_path / "seen").open("w") as file:
        seen = Console(file=file, force_terminal=True, width=120)
        with shown_on(seen):
            tell("salesforce", "40,000 people read")
            seen.print("answer")
    assert "answer" in (tmp_path / "seen").read_text()
    with (tmp_path / "kept").open("w") as file:
        kept = Console(file=file)
        with shown_on(kept):
            tell("salesforce", "40,000 people read")
            kept.print("answer")
    assert (tmp_path / "kept").read_text() == "answer\n"
