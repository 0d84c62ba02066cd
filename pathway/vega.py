"""What every chart shares: the words of Vega-Lite round its layers, and its colours. Each stands beside a table."""

from collections.abc import Sequence
from typing import Any

SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"  # a name that the library compares; nothing is fetched
BLUE, RED, INK = "#005eb8", "#a9160b", "#212b32"
Words = dict[str, Any]


def framed(description: str, layers: Sequence[Words], *, height: int = 220) -> Words:
    """The chart: as wide as its place, with letters that can be read, and a sentence for who does not see it."""
    size = {"labelFontSize": 14, "titleFontSize": 14}
    return {
        "$schema": SCHEMA, "description": description, "width": "container", "height": height,
        "background": "#ffffff", "config": {"font": "Arial", "axis": size, "legend": size},
        "layer": list(layers),
    }  # fmt: skip
