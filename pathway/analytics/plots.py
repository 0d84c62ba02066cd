"""Times and curves in the words of Vega-Lite: a dot for each case with the limit, steps for each group."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from pathway.analytics.curves import Curve, Outcome
from pathway.analytics.survival import Step
from pathway.analytics.times import Dot, Interval
from pathway.protocol.hours import wall
from pathway.vega import BLUE, INK, RED, Words, framed

HEIGHT = 320
FEW_DAYS, ON_DAYS, AT_TIMES = timedelta(days=4), "%-d %b %Y", "%-d %b %H:%M"
COLOURS = (BLUE, RED, INK, "#00703c", "#7c2855", "#8a5300", "#41b6e6", "#768692")
DASHES = ([1, 0], [6, 3], [2, 2], [8, 3, 2, 3], [12, 4], [4, 4], [1, 3], [10, 2, 2, 2])


def dotted(interval: Interval, dots: Sequence[Dot]) -> str:
    """A dot for each case by when it began and how long it took, the oldest first; the limit is drawn.

    The axis has days, and times of day where all began within a few days.
    """
    values = [
        {
            "at": wall(dot.at), "hours": round(dot.hours, 3), "says": f"{dot.case.code}: {dot.hours:.1f} h",
            "late": interval.limit is not None and dot.hours > interval.limit,
        }
        for dot in dots
    ]  # fmt: skip
    dates = ON_DAYS if dots[-1].at - dots[0].at > FEW_DAYS else AT_TIMES
    x = {
        "field": "at", "type": "temporal", "title": "Start, time in the United Kingdom",
        "axis": {"format": dates, "tickCount": 4, "labelOverlap": True, "grid": False},
        "scale": {"type": "utc", "padding": 14},
    }  # fmt: skip
    y = {"field": "hours", "type": "quantitative", "title": "Hours", "scale": {"domainMin": 0}}
    late = {"field": "late", "type": "nominal", "legend": None}
    shape = {**late, "scale": {"domain": [False, True], "range": ["circle", "triangle-up"]}}
    colour = {**late, "scale": {"domain": [False, True], "range": [BLUE, RED]}}
    points = {"type": "point", "filled": True, "size": 70, "opacity": 1}
    says = {"field": "says", "type": "nominal"}
    layers: list[Words] = [
        {"data": {"values": values}, "mark": points,
         "encoding": {"x": x, "y": y, "shape": shape, "color": colour, "tooltip": says}},
    ]  # fmt: skip
    if interval.limit is not None:
        layers += limit(interval.limit)
    return json.dumps(framed(f"{interval.label}: a dot for each case", layers, height=HEIGHT))


def limit(hours: float) -> list[Words]:
    """A line across at the limit."""
    data: Words = {"values": [{"hours": hours, "says": f"limit {hours:g} h"}]}
    y = {"field": "hours", "type": "quantitative"}
    rule: Words = {"type": "rule", "color": RED, "strokeDash": [6, 4], "strokeWidth": 2}
    text: Words = {"type": "text", "align": "left", "dx": 4, "dy": -8, "fontSize": 14, "color": RED}
    said: Words = {"x": {"value": 0}, "y": y, "text": {"field": "says"}}
    return [{"data": data, "mark": rule, "encoding": {"y": y}}, {"data": data, "mark": text, "encoding": said}]


def cut(steps: Sequence[Step], until: float) -> list[Step]:
    """The steps until a time, the last of them drawn up to it where somebody was followed for longer."""
    kept = [step for step in steps if step.time <= until]
    return [*kept, replace(kept[-1], time=until)] if len(kept) < len(steps) else kept


def stepped(outcome: Outcome, curves: Sequence[Curve], until: float) -> str:
    """The share without the event over time, a line of its own colour and dashes for each group, with one interval."""
    values = [
        {"time": round(step.time, 4), "share": step.share, "least": step.least, "most": step.most, "group": curve.label}
        for curve in curves
        for step in cut(curve.steps, until)
    ]
    names = [curve.label for curve in curves]
    x = {
        "field": "time", "type": "quantitative", "title": f"{outcome.unit.capitalize()} since the start",
        "scale": {"domainMin": 0}, "axis": {"grid": False},
    }  # fmt: skip
    y: dict[str, Any] = {"type": "quantitative", "title": f"Share {outcome.event}", "scale": {"domain": [0, 1]},
                         "axis": {"format": ".0%"}}  # fmt: skip
    of: Words = {"field": "group", "type": "nominal", "sort": names, "title": None}
    legend = {"orient": "top", "columns": 1, "symbolType": "stroke", "symbolSize": 600, "labelLimit": 300}
    colour = {**of, "legend": legend if len(names) > 1 else None,
              "scale": {"domain": names, "range": list(COLOURS[: len(names)])}}  # fmt: skip
    dash = {**of, "legend": legend if len(names) > 1 else None,
            "scale": {"domain": names, "range": [list(each) for each in DASHES[: len(names)]]}}  # fmt: skip
    band: Words = {
        "mark": {"type": "area", "interpolate": "step-after", "opacity": 0.15},
        "encoding": {"x": x, "y": {"field": "least", **y}, "y2": {"field": "most"}, "color": colour},
    }
    line: Words = {
        "mark": {"type": "line", "interpolate": "step-after", "strokeWidth": 2},
        "encoding": {"x": x, "y": {"field": "share", **y}, "color": colour, "strokeDash": dash},
    }
    layers = [band, line] if len(names) == 1 else [line]
    return json.dumps(framed(outcome.label, [{"data": {"values": values}} | each for each in layers], height=HEIGHT))
