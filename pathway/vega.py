<<<<<<< HEAD
"""What every chart has in common, in the words of Vega-Lite: letters, colours, and times as they are on the wall."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from pathway.protocol.hours import LONDON

SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"  # a name that the library compares; nothing is fetched
BLUE, RED, INK, GREY = "#005eb8", "#a9160b", "#212b32", "#768692"


def figure(description: str, layers: Iterable[dict[str, Any]], height: int = 220) -> dict[str, Any]:
    """A chart as wide as its place, with what it shows in a sentence."""
    size = {"labelFontSize": 14, "titleFontSize": 14}
    return {
        "$schema": SCHEMA, "description": description, "width": "container", "height": height,
        "background": "#ffffff", "config": {"font": "Arial", "axis": size, "legend": size}, "layer": list(layers),
    }  # fmt: skip


def wall(at: datetime) -> str:
    """The time on the wall in the United Kingdom, written as if it were UTC: charts then show it on any machine."""
    return at.astimezone(LONDON).strftime("%Y-%m-%dT%H:%M:%SZ")
=======
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
>>>>>>> origin/m6
