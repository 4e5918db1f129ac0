"""Charts drawn from an answer's own figures: a picture for Slack, bars of text for the terminal.

No global state of the drawing library is touched, so that threads can draw at the same time. Text in a chart
is data: nothing in it is taken for markup or for a formula, and letters that the font lacks become a box.
"""

import io
from typing import TYPE_CHECKING

from tools.answer import Chart

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.text import Text

WIDTH, HEIGHT, DOTS = 6.4, 4.0, 160  # inches and dots an inch: readable at the width of a telephone
FONT = "DejaVu Sans"  # comes with the library
LONGEST = 18  # characters of a label
COLOURS = ("#1f3a5f", "#e07a3f", "#3f9c8f", "#b8b03a", "#8a5fb0", "#7f8b98", "#c2466b", "#5fa8d3")
BAR = 24  # characters of the longest bar of text
SHOWN = 8  # values told in the alternative text


def png(chart: Chart) -> bytes:
    """The chart as a PNG."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTH, HEIGHT), dpi=DOTS, layout="constrained")
    FigureCanvasAgg(figure)  # the figure keeps it, and no window system is asked for
    axes = figure.add_subplot()
    _draw(axes, chart)
    _dress(axes, chart)
    out = io.BytesIO()
    figure.savefig(out, format="png")
    return out.getvalue()


def alt(chart: Chart) -> str:
    """The chart in words, for people who cannot see it: kind, title, the first values."""
    kind = {"bar": "Bar chart", "line": "Line chart", "stacked": "Stacked bar chart"}[chart.kind]
    told = []
    for name, values in chart.series:
        pairs = [f"{label} {figure(value)}" for label, value in zip(chart.labels, values, strict=True)]
        more = f" and {len(pairs) - SHOWN} more" if len(pairs) > SHOWN else ""
        told.append(f"{name}: {', '.join(pairs[:SHOWN])}{more}")
    unit = f" in {chart.unit}" if chart.unit else ""
    return f"{kind}: {chart.title}{unit}. {'; '.join(told)}."[:1000]


def bars(chart: Chart) -> list[str]:
    """The chart as lines of text: a bar for each value, the largest one the longest."""
    most = max((value for _, values in chart.series for value in values), default=0) or 1
    wide = max((len(_short(label)) for label in chart.labels), default=0)
    lines = []
    for name, values in chart.series:
        lines += [name] if len(chart.series) > 1 else []
        for label, value in zip(chart.labels, values, strict=True):
            drawn = "█" * max(round(BAR * value / most), 1 if value > 0 else 0)
            lines.append(f"{_short(label):<{wide}}  {drawn} {figure(value)}")
    return lines


def figure(value: float) -> str:
    """A value as people read it: `1,204`, `3.5`."""
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.1f}"


def _draw(axes: "Axes", chart: Chart) -> None:
    at = range(len(chart.labels))
    floor = [0.0] * len(chart.labels)
    share = 0.8 / max(len(chart.series), 1)
    for number, (name, values) in enumerate(chart.series):
        label, color = _drawable(name), COLOURS[number % len(COLOURS)]
        if chart.kind == "line":
            axes.plot(at, values, marker="o", linewidth=2, label=label, color=color)
        elif chart.kind == "stacked":
            axes.bar(at, values, bottom=floor, width=0.7, label=label, color=color)
            floor = [under + value for under, value in zip(floor, values, strict=True)]
        else:
            offset = (number - (len(chart.series) - 1) / 2) * share
            axes.bar([place + offset for place in at], values, width=share, label=label, color=color)


def _dress(axes: "Axes", chart: Chart) -> None:
    from matplotlib.ticker import FuncFormatter

    axes.set_xticks(range(len(chart.labels)), [_drawable(_short(each)) for each in chart.labels])
    turned = sum(len(_short(each)) for each in chart.labels) > 60  # noqa: PLR2004 (characters across)
    axes.tick_params(axis="x", labelsize=10, labelrotation=35 if turned else 0)
    axes.tick_params(axis="y", labelsize=10)
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: figure(value)))
    axes.set_ylim(bottom=min(0, *(value for _, values in chart.series for value in values), 0))
    axes.set_title(_drawable(chart.title), fontsize=13, loc="left")
    axes.set_ylabel(_drawable(chart.unit), fontsize=11)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", alpha=0.3)
    axes.set_axisbelow(True)
    if len(chart.series) > 1:
        axes.legend(fontsize=10, frameon=False)
    for shown in _texts(axes):
        shown.set_fontfamily(FONT)
        shown.set_parse_math(False)


def _texts(axes: "Axes") -> "list[Text]":
    legend = axes.get_legend()
    named = legend.get_texts() if legend is not None else []
    titles = [axes.title, axes._left_title, axes.yaxis.label]  # type: ignore[attr-defined]  # noqa: SLF001 (a title to the left has no public name)
    return [*titles, *axes.get_xticklabels(), *named]


def _short(label: str) -> str:
    return label if len(label) <= LONGEST else f"{label[: LONGEST - 1]}…"


def _drawable(text: str) -> str:
    from matplotlib.font_manager import findfont, get_font

    font = get_font(findfont(FONT))
    return "".join(each if font.get_char_index(ord(each)) or each == " " else "□" for each in text)
