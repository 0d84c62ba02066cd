"""A control chart in the words of Vega-Lite: limits step by step, and points that differ in shape and letter too."""

import json
from collections.abc import Iterator, Sequence
from itertools import groupby

from pathway.analytics.control import Asked, Control, Mark, Row, clipped
from pathway.analytics.spc import Judged, Sense
from pathway.vega import INK, RED, Words, framed

HEIGHT, TICKS = 340, 12
SHAPES = {
    Sense.COMMON: ("circle", "#a6a6a6"), Sense.IMPROVEMENT: ("diamond", "#00b0f0"),
    Sense.CONCERN: ("triangle-up", "#e46c0a"), Sense.NEUTRAL: ("square", "#490092"),
}  # fmt: skip
MEAN = {"type": "rule", "color": INK, "strokeWidth": 1.5}
LIMIT = {"type": "rule", "color": "#4c6272", "strokeWidth": 2, "strokeDash": [7, 4]}


def drawn(found: Control) -> str:
    """The chart as the page hands it to the script."""
    rows = found.drawn
    judged = [row.judged for row in rows if row.judged]
    x, y = axes(found, rows)
    layers = [
        *spans(judged, x, y, found.asked),
        *(target(found.asked.target, y) if found.asked.target is not None else ()),
        *marks(found.versions, x, dash=[2, 3], dy=0),
        *marks(found.limits, x, dash=[1, 0], dy=18),
        *marks(found.moves, x, dash=[8, 3], dy=36),
        *points(rows, judged, x, y),
    ]
    return json.dumps(framed(f"{found.measure.title}, control chart", layers, height=HEIGHT))


def axes(found: Control, rows: Sequence[Row]) -> tuple[Words, Words]:
    """Places across, named by their months, quarters or cases; percentages or hours upward."""
    step = max(1, -(-len(rows) // TICKS))
    names = json.dumps(["", *(row.point.label for row in rows)], ensure_ascii=False)
    across = {
        "values": list(range(1, len(rows) + 1, step)), "labelExpr": f"{names}[datum.value]", "labelAngle": -40,
        "grid": False, "labelOverlap": False,
    }  # fmt: skip
    title = "Case, by its suspicion" if found.asked.is_hours else "By suspicion"
    late = any(mark.place >= len(rows) for mark in found.marks)
    room = max(2, len(rows) / 10) if late else 0.5  # for the signs at the last point, or after it
    x = {
        "type": "quantitative", "axis": across, "title": title,
        "scale": {"domain": [0.5, len(rows) + room], "nice": False},
    }  # fmt: skip
    upward = {"title": "Hours"} if found.asked.is_hours else {"title": "Percent", "scale": {"domain": [0, 100]}}
    return x, {"type": "quantitative", **upward}


def spans(judged: Sequence[Judged], x: Words, y: Words, asked: Asked) -> Iterator[Words]:
    """Mean and limits of each group, as far as it reaches; drawn at 0 and at 100 % where they lie beyond."""
    values = {"mean": [], "limit": []}  # type: dict[str, list[Words]]
    begin = 0.5
    for _, group in groupby(judged, key=lambda each: each.group):
        of = list(group)
        within, end = of[0].limits, begin + len(of)
        edges = [("mean", within.mean), ("limit", within.upper), ("limit", within.lower)]
        for name, edge in edges:
            if edge is not None:
                values[name].append({"from": begin, "to": end, "at": float(clipped(edge, asked))})
        begin = end
    encoding = {"x": {"field": "from", **x}, "x2": {"field": "to"}, "y": {"field": "at", **y}}
    for name, mark in (("mean", MEAN), ("limit", LIMIT)):
        if values[name]:
            yield {"data": {"values": values[name]}, "mark": mark, "encoding": encoding}


def target(at: float, y: Words) -> list[Words]:
    """The target, across the chart."""
    data = {"values": [{"at": at, "says": "target"}]}
    text = {"type": "text", "align": "left", "baseline": "bottom", "color": RED, "fontSize": 14, "x": 4, "dy": -2}
    return [
        {"data": data, "mark": {"type": "rule", "color": RED, "strokeDash": [10, 3, 2, 3]},
         "encoding": {"y": {"field": "at", **y}}},
        {"data": data, "mark": text, "encoding": {"y": {"field": "at", **y}, "text": {"field": "says"}}},
    ]  # fmt: skip


def marks(found: Sequence[Mark], x: Words, *, dash: list[int], dy: int) -> list[Words]:
    """What happened, as lines with signs, which a list beside the chart explains; of one place on one line."""
    if not found:
        return []
    places = groupby(sorted(found, key=lambda each: each.place), key=lambda each: each.place)
    data = {"values": [{"place": at, "says": " ".join(each.sign for each in there)} for at, there in places]}
    words = {
        "type": "text", "color": INK, "fontSize": 14, "fontWeight": "bold", "align": "left", "dx": 4, "dy": dy,
        "baseline": "top",
    }  # fmt: skip
    across = {"field": "place", **x}
    return [
        {"data": data, "mark": {"type": "rule", "color": INK, "strokeDash": dash}, "encoding": {"x": across}},
        {"data": data, "mark": words, "encoding": {"x": across, "y": {"value": 2}, "text": {"field": "says"}}},
    ]


def points(rows: Sequence[Row], judged: Sequence[Judged], x: Words, y: Words) -> list[Words]:
    """A line within each group, a point for each value, and the letter of what flags it."""
    values = [
        {
            "place": place, "value": float(each.value), "group": each.group, "sense": each.sense.value,
            "letter": each.label, "says": f"{row.point.label}: {float(each.value):.1f}",
        }
        for place, (row, each) in enumerate(zip(rows, judged, strict=True), 1)
    ]  # fmt: skip
    data = {"values": values}
    there = {"x": {"field": "place", **x}, "y": {"field": "value", **y}}
    names, kinds = [sense.value for sense in SHAPES], list(SHAPES.values())
    looks = {
        "shape": {"field": "sense", "type": "nominal", "legend": None,
                  "scale": {"domain": names, "range": [shape for shape, _ in kinds]}},
        "fill": {"field": "sense", "type": "nominal", "legend": None,
                 "scale": {"domain": names, "range": [colour for _, colour in kinds]}},
    }  # fmt: skip
    letter = {"type": "text", "fontSize": 15, "fontWeight": "bold", "color": INK, "dy": -16}
    return [
        {"data": data, "mark": {"type": "line", "color": "#768692", "strokeWidth": 1.5},
         "encoding": {**there, "detail": {"field": "group", "type": "nominal"}}},
        {"data": data, "mark": {"type": "point", "size": 110, "stroke": INK, "strokeWidth": 1, "opacity": 1},
         "encoding": {**there, **looks, "tooltip": {"field": "says", "type": "nominal"}}},
        {"data": data, "mark": letter, "encoding": {**there, "text": {"field": "letter", "type": "nominal"}}},
    ]  # fmt: skip
