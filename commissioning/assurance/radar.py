"""Where the lines of a radar run: an axis for each heading, four rings, a shape for each round. Pure sums.

The drawing never stands alone: the template sets the table with the same levels beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, pi, sin

SIZE, RADIUS, BEYOND = 320, 120, 138
"""The box, the outermost ring (level 4), and where the number of an axis stands."""
LEVELS = 4


@dataclass(frozen=True, slots=True)
class Radar:
    """Points of rings and shapes as SVG takes them; axes as (x, y of the end, x, y of the number)."""

    rings: tuple[str, ...]
    axes: tuple[tuple[float, float, float, float], ...]
    shapes: tuple[str, ...]
    size: int = SIZE
    centre: float = SIZE / 2


def draw(rounds: Sequence[Sequence[int | None]]) -> Radar | None:
    """A shape for each round of levels by heading; None for fewer than three headings, which have no area.

    A heading that a round did not assess is drawn at the centre.
    """
    count = len(rounds[0]) if rounds else 0
    if count < 3:
        return None
    axes = tuple((*_point(n, count, RADIUS), *_point(n, count, BEYOND)) for n in range(count))
    rings = tuple(_points([level] * count) for level in range(1, LEVELS + 1))
    return Radar(rings, axes, tuple(_points([level or 0 for level in levels]) for levels in rounds))


def _points(levels: Sequence[int]) -> str:
    found = (_point(n, len(levels), RADIUS * level / LEVELS) for n, level in enumerate(levels))
    return " ".join(f"{x:g},{y:g}" for x, y in found)


def _point(number: int, count: int, distance: float) -> tuple[float, float]:
    """A point of an axis; the first axis points up, the others follow clockwise."""
    angle = 2 * pi * number / count
    return round(SIZE / 2 + distance * sin(angle), 1), round(SIZE / 2 - distance * cos(angle), 1)
