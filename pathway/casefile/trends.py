"""Mobility, power and pain over time with the treatments marked: each as a chart for Vega-Lite and as a table."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pathway.casefile.scores import Reading, Series, histories
from pathway.casefile.sources import as_held, events_of
from pathway.engine.now import now
from pathway.protocol.hours import LONDON, wall
from pathway.protocol.types import Fact
from pathway.record.case import Case
from pathway.record.event import standing
from pathway.record.step import wording
from pathway.scales.ais import AIS
from pathway.scales.frankel import FRANKEL
from pathway.scales.mobility import MOBILITY
from pathway.scales.mrc import MRC
from pathway.scales.pain import PAIN
from pathway.vega import BLUE, INK, RED, framed

MARKED = (
    "surgery.started",
    "radiotherapy.completed",
    "systemic.started",
    "steroids.started",
    "position.cleared_to_sit",
)
Points = Callable[[Reading], list[tuple[str, int, int]]]


@dataclass(frozen=True, slots=True)
class Chart:
    """How one scale is drawn: its axis from the worst to the best, in the words of `labels`, and the points of a score.

    `labels` is an expression of Vega for the value of a tick; `turned` puts the smaller value on top.
    """

    key: str
    title: str
    axis: str
    ends: tuple[int, int]
    points: Points
    labels: str = ""
    turned: bool = False
    ticks: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class Trend:
    """One chart with the readings that its table lists, newest first, and what it shows in a sentence."""

    key: str
    title: str
    summary: str
    readings: list[Reading]
    spec: dict[str, Any] = field(hash=False)

    @property
    def json(self) -> str:
        """The chart as the page hands it to the script."""
        return json.dumps(self.spec)


@dataclass(frozen=True, slots=True)
class Mark:
    """A treatment, as a line across the charts."""

    at: datetime
    words: str


def whole(reading: Reading) -> list[tuple[str, int, int]]:
    """The total or the rank of a score; the range that it can be, where an item is missing."""
    score = reading.score
    return [] if score.least is None or score.most is None else [("", score.least, score.most)]


def each_item(reading: Reading) -> list[tuple[str, int, int]]:
    """A point for each question that was answered."""
    names = {item.key: item.label for item in PAIN.items}
    parts = reading.score.components
    return [(names[part.item], part.points, part.points) for part in parts if part.points is not None]


CHARTS = (
    Chart(MOBILITY.key, "Mobility", "Grade: M1 walks alone, M8 bed-bound", (1, 8), whole, "'M' + datum.value",
          turned=True, ticks=range(1, 9)),
    *(Chart(key, title, "Grade: A complete loss, E normal", (0, 4), whole, "['A', 'B', 'C', 'D', 'E'][datum.value]",
            ticks=range(5)) for key, title in ((FRANKEL.key, "Frankel grade"), (AIS.key, "ASIA Impairment Scale"))),
    Chart(MRC.key, "Power (MRC)", "Total of 100", (0, 100), whole),
    Chart(PAIN.key, "Pain", "0 none, 10 worst", (0, 10), each_item, ticks=range(0, 11, 2)),
)  # fmt: skip


def trends(case: Case) -> tuple[list[Trend], list[Mark]]:
    """The charts of a case that have anything to show, and the treatments, oldest first."""
    told = events_of(case)
    every, marks = (
        {series.key: series for series in histories(standing(told))},
        marks_of(as_held(case, now(), told).facts),
    )
    return [trend(chart, every[chart.key], marks) for chart in CHARTS if chart.key in every], marks


def marks_of(facts: Sequence[Fact]) -> list[Mark]:
    """The treatments that charts are marked with."""
    return [Mark(fact.occurred_at, words) for fact in facts if (words := marked(fact))]


def marked(fact: Fact) -> str:
    """What the line of a fact says; '' for a fact that draws none."""
    if fact.kind == "radiotherapy.fraction" and fact.answers.get("n") == 1:
        return "Radiotherapy begun"
    if fact.kind == "case.deteriorated":
        return "Something worse"
    return wording(fact.kind) if fact.kind in MARKED else ""


def trend(chart: Chart, series: Series, marks: Sequence[Mark]) -> Trend:
    """One chart with its table and its sentence."""
    readings = series.readings
    first, last = readings[-1], readings[0]
    summary = f"{len(readings)} score{'s' if len(readings) > 1 else ''}. Newest: {last.words} ({on_wall(last)})."
    if len(readings) > 1:
        summary += f" First: {first.words} ({on_wall(first)})."
    return Trend(chart.key, chart.title, summary, readings, spec(chart, readings, marks, summary))


def on_wall(reading: Reading) -> str:
    """When it was scored, on the clock of the wall."""
    return f"{reading.event.occurred_at.astimezone(LONDON):%a %-d %b %H:%M}"


def spec(chart: Chart, readings: Sequence[Reading], marks: Sequence[Mark], summary: str) -> dict[str, Any]:
    """The chart in the words of Vega-Lite; it needs no expression but that of its labels."""
    points = [
        {"at": wall(each.event.occurred_at), "least": least, "most": most, "which": which, "says": each.words}
        for each in reversed(readings)
        for which, least, most in chart.points(each)
    ]
    x, y = axes(chart)
    drawn = [{"data": {"values": points}} | layer for layer in layers(points, x, y)]
    return framed(f"{chart.title} over time. {summary}", [*lines(marks, x), *drawn])


def axes(chart: Chart) -> tuple[dict[str, Any], dict[str, Any]]:
    """Time across; the scale upward, with the best on top."""
    across = {"format": "%-d %b %H:%M", "tickCount": 4, "labelOverlap": True, "grid": False}
    upward = ({"values": list(chart.ticks)} if chart.ticks else {}) | (
        {"labelExpr": chart.labels} if chart.labels else {}
    )
    x = {
        "field": "at", "type": "temporal", "axis": across, "title": "Time in the United Kingdom",
        "scale": {"type": "utc", "padding": 14},
    }  # fmt: skip
    scale = {"domain": list(chart.ends), "reverse": chart.turned}
    return x, {"type": "quantitative", "title": chart.axis, "axis": upward, "scale": scale}


def layers(points: Sequence[dict[str, Any]], x: dict[str, Any], y: dict[str, Any]) -> list[dict[str, Any]]:
    """A line, the range of each score that is not whole, and a point for each; two of a kind differ in shape too."""
    which: dict[str, Any] = {"field": "which", "type": "nominal", "title": None, "legend": {"orient": "top"}}
    several = len({point["which"] for point in points}) > 1
    colour = {"color": {**which, "scale": {"range": [BLUE, RED]}}} if several else {}
    shape = {"shape": {**which, "scale": {"range": ["circle", "square"]}}} if several else {}
    dash = {"strokeDash": which} if several else {}
    drawn = {"x": x, "y": {"field": "most", **y}, **colour}
    return [
        {"mark": {"type": "line", "color": BLUE, "strokeWidth": 2}, "encoding": drawn | dash},
        {
            "mark": {"type": "rule", "color": BLUE, "strokeWidth": 2},
            "encoding": {"x": x, "y": {"field": "least", **y}, "y2": {"field": "most"}, **colour},
        },
        {
            "mark": {"type": "point", "color": BLUE, "size": 90, "filled": True, "opacity": 1},
            "encoding": drawn | shape,
        },
    ]


def lines(marks: Sequence[Mark], x: dict[str, Any]) -> list[dict[str, Any]]:
    """The treatments as lines across a chart, numbered as in the list beside the charts."""
    if not marks:
        return []
    data = {"values": [{"at": wall(mark.at), "says": str(number)} for number, mark in enumerate(marks, 1)]}
    words = {"type": "text", "color": INK, "fontSize": 14, "fontWeight": "bold", "dx": 8, "baseline": "top"}
    text = {"x": x, "y": {"value": 2}, "text": {"field": "says"}}
    return [
        {"data": data, "mark": {"type": "rule", "color": INK, "strokeDash": [4, 4]}, "encoding": {"x": x}},
        {"data": data, "mark": words, "encoding": text},
    ]
