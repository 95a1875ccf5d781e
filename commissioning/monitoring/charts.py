"""Where the lines of a chart run: pure sums from values to points of an SVG. Whole units of its own box, no colours.

A chart never stands alone: the template sets a table with the same figures below it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

WIDTH, HEIGHT = 600, 240
LEFT, RIGHT, TOP, BOTTOM = 78, 12, 12, 28
SPARK_WIDTH, SPARK_HEIGHT, SPARK_PAD = 160, 36, 5
STEPS = (1, 2, 5)


@dataclass(frozen=True, slots=True)
class Series:
    """One line: which it is (for its pattern), its name, and a value for each month; None leaves a gap."""

    code: str
    name: str
    values: Sequence[int | None]


@dataclass(frozen=True, slots=True)
class Line:
    """A line as it is drawn: pieces without gaps, each a list of points; and its dots."""

    code: str
    name: str
    pieces: tuple[str, ...]
    dots: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart as it is drawn: lines, marks of the scale (height, value), months (place, letters)."""

    lines: tuple[Line, ...]
    marks: tuple[tuple[float, int], ...]
    months: tuple[tuple[float, str], ...]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT


def draw(months: Sequence[date], series: Sequence[Series]) -> Chart:
    """Lines over months, on a scale that begins at nought (or below it, where a value does)."""
    values = [v for s in series for v in s.values if v is not None]
    low, high, step = scale(min([0, *values]), max([0, *values]))
    span = high - low

    def x_of(index: int) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * ((index + 0.5) / max(1, len(months)))

    def y_of(value: int) -> float:
        return round(TOP + (HEIGHT - TOP - BOTTOM) * (high - value) / span, 1)

    lines = []
    for s in series:
        points = [None if v is None else (round(x_of(i), 1), y_of(v)) for i, v in enumerate(s.values)]
        lines.append(Line(s.code, s.name, _pieces(points), tuple(p for p in points if p is not None)))
    marks = tuple((y_of(v), v) for v in range(low, high + 1, step))
    return Chart(tuple(lines), marks, tuple((round(x_of(i), 1), f"{m:%b}") for i, m in enumerate(months)))


def scale(lowest: int, highest: int) -> tuple[int, int, int]:
    """The ends of a scale and the step between its marks: at most five steps of 1, 2 or 5 times a power of ten."""
    power = 1
    while True:
        for step in (s * power for s in STEPS):
            low, high = lowest // step * step, -(-highest // step) * step
            if (high - low) // step <= 5:
                return low, max(high, low + step), step
        power *= 10


def spark(values: Sequence[int | None], target: int) -> tuple[Line, float]:
    """A small line of one outcome with the height of its target; it fills its box, so only the shape is told."""
    there = [v for v in values if v is not None]
    low, high = min([target, *there]), max([target, *there])
    span = max(1, high - low)
    room = SPARK_HEIGHT - 2 * SPARK_PAD

    def y_of(value: int) -> float:
        return round(SPARK_PAD + room * (high - value) / span, 1)

    wide = (SPARK_WIDTH - 2 * SPARK_PAD) / max(1, len(values) - 1)
    points = [None if v is None else (round(SPARK_PAD + i * wide, 1), y_of(v)) for i, v in enumerate(values)]
    return Line("actual", "", _pieces(points), tuple(p for p in points if p is not None)), y_of(target)


def _pieces(points: Sequence[tuple[float, float] | None]) -> tuple[str, ...]:
    pieces: list[list[str]] = [[]]
    for p in points:
        if p is None:
            pieces.append([])
        else:
            pieces[-1].append(f"{p[0]:g},{p[1]:g}")
    return tuple(" ".join(piece) for piece in pieces if len(piece) > 1)
