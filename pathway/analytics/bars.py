"""Counts and delays in the words of Vega-Lite: bars by name, bars made of parts, and a late run along its time."""

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta

from pathway.analytics.delays import whole
from pathway.analytics.ledger import Late
from pathway.vega import BLUE, INK, RED, Words, framed

BAR, ROOM, TALL = 34, 40, 320
NUMBER = 52  # pixels, for what stands at the end of the longest bar
COLOURS = (BLUE, "#41b6e6", RED, "#d8dde0", "#ffb81c")
AXIS = {"tickCount": 5, "tickMinStep": 1, "grid": False}
HOUR = timedelta(hours=1)


def bars(title: str, unit: str, values: Sequence[tuple[str, float]]) -> str:
    """A bar for each name, in the order given, with its value at its end."""
    data = {"values": [{"name": name, "value": value, "says": f"{value:g}"} for name, value in values]}
    y = {
        "field": "name", "type": "nominal", "sort": None, "title": None,
        "axis": {"labelLimit": 220, "ticks": False, "domain": False},
    }  # fmt: skip
    longest = max(value for _, value in values)
    room = {"domainMax": {"expr": f"{longest} * width / (width - {NUMBER})"}, "nice": False}
    x = {"field": "value", "type": "quantitative", "title": unit, "axis": AXIS, "scale": room}
    there = {"y": y, "x": x}
    text = {"type": "text", "align": "left", "dx": 4, "fontSize": 14, "color": INK}
    layers: list[Words] = [
        {"data": data, "mark": {"type": "bar", "color": BLUE}, "encoding": there},
        {"data": data, "mark": text, "encoding": there | {"text": {"field": "says"}}},
    ]
    return json.dumps(framed(title, layers, height=ROOM + BAR * len(values)))


def stacked(title: str, across: str, upward: str, parts: Mapping[str, Sequence[int]], names: Sequence[str]) -> str:
    """A bar for each name, side by side, made of what each part has there, the first at the bottom."""
    values = [
        {"name": name, "part": part, "place": place, "value": value, "says": f"{name}, {part}: {value}"}
        for place, (part, counts) in enumerate(parts.items())
        for name, value in zip(names, counts, strict=True)
    ]
    legend = {"orient": "top", "columns": 1, "labelLimit": 340, "symbolType": "square"}
    colours = {"domain": list(parts), "range": list(COLOURS[: len(parts)])}
    x = {"field": "name", "type": "nominal", "sort": None, "title": across, "axis": {"labelAngle": 0}}
    y = {"field": "value", "type": "quantitative", "title": upward, "axis": AXIS, "stack": "zero"}
    colour = {"field": "part", "type": "nominal", "sort": None, "title": None, "legend": legend, "scale": colours}
    there = {"x": x, "y": y, "color": colour, "order": {"field": "place", "type": "quantitative"}}
    layer: Words = {
        "data": {"values": values}, "mark": {"type": "bar", "stroke": INK, "strokeWidth": 0.5},
        "encoding": there | {"tooltip": {"field": "says", "type": "nominal"}},
    }  # fmt: skip
    return json.dumps(framed(title, [layer], height=TALL))


def run(late: Late) -> str:
    """The parts of a run in hours since its start, a line for each holder, and where its limit lay."""
    begin = whole(late.clock.started_at)
    values = [
        {
            "holder": part.holder, "from": hours(part.begin - begin), "to": hours(part.end - begin),
            "says": f"{part.holder}, waiting for {part.waits_for}: {part.minutes} min",
        }
        for part in late.parts
    ]  # fmt: skip
    limit = {"values": [{"at": hours(whole(late.clock.due_at) - begin), "says": "limit"}]}
    x = {"type": "quantitative", "title": "Hours since the clock started", "axis": {"tickCount": 6, "grid": False}}
    y = {
        "field": "holder", "type": "nominal", "sort": None, "title": None,
        "axis": {"labelLimit": 220, "ticks": False, "domain": False},
    }  # fmt: skip
    text = {"type": "text", "align": "right", "dx": -4, "y": 0, "baseline": "top", "fontSize": 14, "color": RED}
    layers: list[Words] = [
        {"data": {"values": values}, "mark": {"type": "bar", "color": BLUE, "stroke": "#ffffff", "height": 22},
         "encoding": {"x": {"field": "from", **x}, "x2": {"field": "to"}, "y": y,
                      "tooltip": {"field": "says", "type": "nominal"}}},
        {"data": limit, "mark": {"type": "rule", "color": RED, "strokeDash": [6, 4], "strokeWidth": 2},
         "encoding": {"x": {"field": "at", **x}}},
        {"data": limit, "mark": text, "encoding": {"x": {"field": "at", **x}, "text": {"field": "says"}}},
    ]  # fmt: skip
    return json.dumps(framed(f"Whose minutes: {late.standard.label}", layers, height=ROOM + BAR * len(late.by_holder)))


def hours(length: timedelta) -> float:
    """A length in hours."""
    return length / HOUR
