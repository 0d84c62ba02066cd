"""The map of paths as a drawing: the standard path downwards, what is beside it in a column, moves as lines and arcs.

The layout is our own and simple: a step has one fixed place, a move goes straight down to the next step, in an arc on
the right over steps left out, in one on the left back to an earlier step, and across to what stands beside.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from pathway.analytics.paths import BESIDE, STANDARD, Move, Step

WIDTH, HEIGHT, GAP, TOP = 170, 34, 44, 16
MAIN, ASIDE, MARGIN = 0, 450, 16
THINNEST, THICKEST = 1.5, 9.0
NEAREST, FURTHER, LETTERS = 40, 16, 90
LETTER, LINE = 7, 14


@dataclass(frozen=True, slots=True)
class Box:
    """One step in the drawing, with how many cases came to it."""

    label: str
    x: int
    y: int
    cases: int

    @property
    def middle(self) -> int:
        """Where its words stand."""
        return self.x + WIDTH // 2

    @property
    def below(self) -> int:
        """Its lower edge."""
        return self.y + HEIGHT


@dataclass(frozen=True, slots=True)
class Line:
    """One move in the drawing: its path, how thick it is, where its words stand, and which way it goes."""

    way: str
    path: str
    thick: float
    x: int
    y: int
    title: str
    words: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """All of it."""

    boxes: Sequence[Box]
    lines: Sequence[Line]
    left: int
    width: int
    height: int


def drawing(moves: Sequence[Move], cases: Mapping[str, int]) -> Drawing:
    """These moves between the steps that they touch."""
    touched = {step for move in moves for step in (move.start, move.end)}
    main = [step for step in STANDARD if step.key in touched]
    aside = [step for step in BESIDE if step.key in touched]
    boxes = {**column(main, MAIN, cases), **column(aside, ASIDE, cases)}
    most = max((move.count for move in moves), default=1)
    order = {step.key: place for place, step in enumerate(main)}
    lines = apart([line(move, boxes, order, most) for move in moves])
    rows = max(len(main), len(aside))
    xs = [box.x for box in boxes.values()] + [line.x - LETTERS for line in lines if line.way == "back"]
    rights = [box.x + WIDTH for box in boxes.values()] + [line.x + LETTERS for line in lines]
    left = min(xs, default=0) - MARGIN
    width, height = max(rights, default=0) + MARGIN - left, 2 * TOP + rows * HEIGHT + max(rows - 1, 0) * GAP
    return Drawing(list(boxes.values()), lines, left, width, height)


def apart(lines: Sequence[Line]) -> list[Line]:
    """These lines, the thinnest first, without the words that would cover those of a more frequent move."""
    placed, kept = list[tuple[int, int, int]](), list[Line]()
    for each in lines:
        length = len(each.words) * LETTER
        begins = each.x - length if each.way == "back" else each.x
        free = all(begins >= right or begins + length <= left or abs(each.y - y) >= LINE for left, right, y in placed)
        kept.append(each if free else replace(each, words=""))
        if free:
            placed.append((begins, begins + length, each.y))
    return kept[::-1]


def column(steps: Sequence[Step], x: int, cases: Mapping[str, int]) -> dict[str, Box]:
    """Steps below each other."""
    return {
        step.key: Box(step.label, x, TOP + place * (HEIGHT + GAP), cases.get(step.key, 0))
        for place, step in enumerate(steps)
    }


def line(move: Move, boxes: dict[str, Box], order: dict[str, int], most: int) -> Line:
    """One move between two boxes."""
    start, end = boxes[move.start], boxes[move.end]
    way, path, x, y = route(start, end, order.get(move.start), order.get(move.end))
    median = f"median {said(move.median)}" if move.median is not None else "no time known exactly"
    words = f"{move.count}" + (f", {said(move.median)}" if move.median is not None else "")
    thick = round(THINNEST + (THICKEST - THINNEST) * move.count / most, 1)
    return Line(way, path, thick, x, y, f"{start.label} to {end.label}: {move.count} times, {median}", words)


def route(start: Box, end: Box, first: int | None, second: int | None) -> tuple[str, str, int, int]:
    """The way of a move, its path, and where its words stand."""
    if first is None or second is None:
        return across(start, end)
    steps = second - first
    if steps == 1:
        return "on", f"M{start.middle} {start.below} V{end.y}", start.middle + 8, (start.below + end.y) // 2 + 4
    reach = NEAREST + FURTHER * abs(steps)
    side, sign = (start.x + WIDTH, 1) if steps > 0 else (start.x, -1)
    way = "over" if steps > 0 else "back"
    begins, ends = start.y + HEIGHT // 2 + 6, end.y + HEIGHT // 2 - 6
    bend = side + sign * reach
    path = f"M{side} {begins} C{bend} {begins} {bend} {ends} {side} {ends}"
    return way, path, side + sign * (reach * 3 // 4 + 6), (begins + ends) // 2


def across(start: Box, end: Box) -> tuple[str, str, int, int]:
    """A move to or from what stands beside the standard path, or between two of these."""
    if start.x == end.x:
        begins, ends, side = start.y + HEIGHT // 2, end.y + HEIGHT // 2, start.x + WIDTH
        bend = side + NEAREST + abs(ends - begins) // 4
        return (
            "aside",
            f"M{side} {begins} C{bend} {begins} {bend} {ends} {side} {ends}",
            side + NEAREST,
            (begins + ends) // 2,
        )
    out = end.x > start.x
    one, two = (start.x + WIDTH, end.x) if out else (start.x, end.x + WIDTH)
    begins, ends = start.y + HEIGHT // 2, end.y + HEIGHT // 2
    third = (two - one) // 3
    path = f"M{one} {begins} C{one + third} {begins} {two - third} {ends} {two} {ends}"
    return "aside", path, (one + 2 * two) // 3, begins + 2 * (ends - begins) // 3 - 4


def said(hours: float | None) -> str:
    """A length in hours in few letters."""
    if hours is None:
        return ""
    minutes = round(hours * 60)
    return f"{minutes} min" if minutes < 60 else f"{hours:.1f} h" if hours < 48 else f"{hours / 24:.1f} d"  # noqa: PLR2004
