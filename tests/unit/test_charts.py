"""Charts: the table's own figures, as a picture, in words, and as bars of text."""

import struct
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from bot import charts
from tools.answer import Chart, Table

TABLE = Table(
    title="Addresses by class",
    columns=("class", "Marketo", "Salesforce", "note"),
    rows=(("invalid", 120, 80, "x"), ("blocked", 12, 0, "y"), ("mailbox full for a long time", 3.5, 9, "z")),
)


def a_chart(**change: object) -> Chart:
    made = Chart.of(TABLE, columns=("Marketo", "Salesforce"), unit="addresses")
    assert made is not None
    return replace(made, **change)


def test_a_chart_has_its_table_s_figures_and_no_other() -> None:
    """Labels and values are the cells; a table without rows, or without columns to draw, makes no chart."""
    made = a_chart()
    assert made.labels == ("invalid", "blocked", "mailbox full for a long time")
    assert made.series == (("Marketo", (120.0, 12.0, 3.5)), ("Salesforce", (80.0, 0.0, 9.0)))
    assert Chart.of(replace(TABLE, rows=()), columns=("Marketo",)) is None
    assert Chart.of(TABLE, columns=()) is None
    words = Chart.of(TABLE, columns=("note",))
    assert words is not None
    assert words.series == (("note", (0.0, 0.0, 0.0)),)


@pytest.mark.parametrize("kind", ["bar", "line", "stacked"])
def test_every_kind_is_drawn_at_the_width_of_a_telephone(kind: str) -> None:
    """A PNG of about a thousand dots across, whatever letters and signs the labels hold."""
    made = charts.png(a_chart(kind=kind, title="$x_{1}$ \u65e5\u672c <b>", unit="%"))
    assert made.startswith(b"\x89PNG")
    assert struct.unpack(">II", made[16:24]) == (1024, 640)


def test_threads_draw_at_the_same_time() -> None:
    """Nothing is shared between two drawings: the same chart gives the same picture."""
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(charts.png, [a_chart()] * 8))
    assert len(set(made)) == 1


def test_many_labels_and_a_single_series_are_drawn() -> None:
    """Long label rows are turned; one series needs no legend; nothing but zeros is still a chart."""
    many = tuple(f"a rather long label {at}" for at in range(30))
    assert charts.png(Chart(kind="bar", title="t", labels=many, series=(("n", (0.0,) * 30),)))


def test_the_words_tell_the_figures() -> None:
    """Kind, title, unit, then label and value; more than eight are counted."""
    told = charts.alt(a_chart())
    assert told.startswith("Bar chart: Addresses by class in addresses. Marketo: invalid 120, blocked 12")
    many = Chart(kind="line", title="t", labels=tuple("abcdefghij"), series=(("n", (1.0,) * 10),))
    assert "and 2 more" in charts.alt(many)


def test_bars_of_text_are_as_long_as_their_values() -> None:
    """The largest value has the longest bar, nothing has none, little has at least one block."""
    lines = charts.bars(a_chart())
    assert lines[0] == "Marketo"
    drawn = [line.count("█") for line in lines]
    assert drawn == [0, 24, 2, 1, 0, 16, 0, 2]
    assert lines[1].endswith(" 120")
    assert charts.bars(Chart(kind="bar", title="t", labels=(), series=())) == []
