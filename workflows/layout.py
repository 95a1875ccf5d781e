"""Where things go in a picture: layers by longest path, order by neighbours, no two things on top of each other.

Here: numbers alone (pixels, from the top left). What is drawn there is `diagram`. An arrow that spans layers passes
through a point in each layer between; arrows of one step to one state share those points, so that a step with eight
sources is one line with eight branches.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

GAP, DROP = 26, 34
"""Pixels between two things in a row, and between rows."""
SWEEPS = 16


@dataclass(frozen=True, slots=True)
class Arrow:
    """One step, or several that go the same ways: from any of the sources to the target; `back` goes upwards."""

    key: str
    sources: tuple[str, ...]
    target: str
    width: int
    height: int
    back: bool
    weight: float = 1.0


@dataclass(slots=True, eq=False)
class Spot:
    """A box, a label or a bend, in one row; x and y are its middle; a box weighs nothing (see `_pull`)."""

    key: str
    row: int
    width: float
    height: float
    x: float = 0
    y: float = 0
    weight: float = 0
    up: list[Spot] = field(default_factory=list)
    down: list[Spot] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Picture:
    """Everything placed: boxes by state, for each arrow its label and its pieces from upper to lower spot."""

    width: float
    height: float
    boxes: Mapping[str, Spot]
    labels: Mapping[str, Spot]
    pieces: Mapping[str, Sequence[tuple[Spot, Spot]]]


def layers(names: Sequence[str], start: str, edges: Sequence[tuple[str, str]]) -> tuple[dict[str, int], set[int]]:
    """The layer of each name by longest path from the start, and the indexes of edges that close a circle."""
    leaving: dict[str, list[int]] = {}
    for i, (source, _) in enumerate(edges):
        leaving.setdefault(source, []).append(i)
    back: set[int] = set()
    finished: list[str] = []
    seen: set[str] = set()
    open_: set[str] = set()

    def visit(name: str) -> None:
        seen.add(name)
        open_.add(name)
        for i in leaving.get(name, ()):
            target = edges[i][1]
            if target in open_:
                back.add(i)
            elif target not in seen:
                visit(target)
        open_.discard(name)
        finished.append(name)

    for name in (start, *names):
        if name not in seen:
            visit(name)
    depth = dict.fromkeys(names, 0)
    for name in reversed(finished):
        for i in leaving.get(name, ()):
            if i not in back:
                depth[edges[i][1]] = max(depth[edges[i][1]], depth[name] + 1)
    return depth, back


def place(sizes: Mapping[str, tuple[int, int]], depth: Mapping[str, int], arrows: Iterable[Arrow]) -> Picture:
    """Place boxes of these sizes, and the arrows between them. Arrows from a box to itself are not for here."""
    rows: dict[int, list[Spot]] = {}
    boxes: dict[str, Spot] = {}
    for name, (width, height) in sizes.items():
        boxes[name] = _add(rows, Spot(name, 2 * depth[name], width, height))
    labels: dict[str, Spot] = {}
    pieces: dict[str, list[tuple[Spot, Spot]]] = {}
    for arrow in arrows:
        labels[arrow.key], pieces[arrow.key] = _chain(rows, boxes, arrow)
    for upper, lower in (piece for chain in pieces.values() for piece in chain):
        upper.down.append(lower)
        lower.up.append(upper)
    ordered = [rows[row] for row in sorted(rows)]
    _order(ordered)
    _across(ordered)
    tall = _down(ordered)
    left = min(s.x - s.width / 2 for row in ordered for s in row) - GAP
    for row in ordered:
        for spot in row:
            spot.x -= left
    wide = max(s.x + s.width / 2 for row in ordered for s in row) + GAP
    return Picture(wide, tall, boxes, labels, pieces)


def _add(rows: dict[int, list[Spot]], spot: Spot) -> Spot:
    rows.setdefault(spot.row, []).append(spot)
    return spot


def _chain(rows: dict[int, list[Spot]], boxes: dict[str, Spot], arrow: Arrow) -> tuple[Spot, list[tuple[Spot, Spot]]]:
    """Points from the target's own label row to the row beside the farthest source; pieces are (upper, lower)."""
    target = boxes[arrow.target]
    towards = 1 if arrow.back else -1
    label = _add(rows, Spot(arrow.key, target.row + towards, arrow.width, arrow.height, weight=arrow.weight))
    points = {label.row: label}

    def piece(near: Spot, far: Spot) -> tuple[Spot, Spot]:
        return (near, far) if arrow.back else (far, near)

    pieces = [piece(target, label)]
    for source in sorted((boxes[s] for s in arrow.sources), key=lambda s: abs(s.row - target.row)):
        row = label.row
        while row + towards != source.row:
            row += towards
            if row not in points:
                points[row] = _add(rows, Spot(arrow.key, row, 10, 0, weight=arrow.weight))
                pieces.append(piece(points[row - towards], points[row]))
        pieces.append(piece(points[row], source))
    return label, pieces


def _order(rows: list[list[Spot]]) -> None:
    """Sort each row by the middle of its neighbours, down and up in turn; keep the order with fewest crossings."""
    best, fewest = [list(row) for row in rows], _crossings(rows)
    for sweep in range(SWEEPS):
        downwards = sweep % 2 == 0
        for row in rows if downwards else reversed(rows):
            _sort(row, rows, (lambda s: s.up) if downwards else (lambda s: s.down))
        crossings = _crossings(rows)
        if crossings < fewest:
            best, fewest = [list(row) for row in rows], crossings
    for row, kept in zip(rows, best, strict=True):
        row[:] = kept


def _sort(row: list[Spot], rows: list[list[Spot]], beside: Callable[[Spot], list[Spot]]) -> None:
    index = {id(s): i / len(r) for r in rows for i, s in enumerate(r)}

    def middle(spot: Spot) -> float:
        found = beside(spot)
        return sum(index[id(n)] for n in found) / len(found) if found else index[id(spot)]

    row.sort(key=middle)


def _crossings(rows: list[list[Spot]]) -> int:
    total = 0
    for upper, lower in pairwise(rows):
        index = {id(s): i for i, s in enumerate(lower)}
        ends = [(i, index[id(d)]) for i, s in enumerate(upper) for d in s.down if id(d) in index]
        total += sum(1 for n, (a, b) in enumerate(ends) for c, d in ends[:n] if (a - c) * (b - d) < 0)
    return total


def _across(rows: list[list[Spot]]) -> None:
    for row in rows:
        _spread(row, [(0.0, 1.0)] * len(row))
    for sweep in range(SWEEPS * 2):
        for row in rows if sweep % 2 == 0 else reversed(rows):
            _spread(row, [_wish(spot) for spot in row])


def _wish(spot: Spot) -> tuple[float, float]:
    """Where a spot would stand by its neighbours, and how much it wants to."""
    pulls = [(n.x, _pull(spot, n)) for n in (*spot.up, *spot.down)]
    weight = sum(pull for _, pull in pulls)
    return (sum(x * pull for x, pull in pulls) / weight, weight) if pulls else (spot.x, 1.0)


def _pull(spot: Spot, other: Spot) -> float:
    """Long arrows want to be straight most, then the main line."""
    if spot.weight and other.weight:
        return 8.0 * spot.weight
    return spot.weight or other.weight


def _spread(row: list[Spot], wishes: list[tuple[float, float]]) -> None:
    """The x nearest to the wishes (least squares) that keeps the order and the gaps: pool adjacent violators."""
    shifts = [0.0]
    for left, right in pairwise(row):
        shifts.append(shifts[-1] + (left.width + right.width) / 2 + GAP)
    pools: list[tuple[float, float, int]] = []
    for (wish, weight), shift in zip(wishes, shifts, strict=True):
        pool = ((wish - shift) * weight, weight, 1)
        while pools and pools[-1][0] / pools[-1][1] > pool[0] / pool[1]:
            before = pools.pop()
            pool = (pool[0] + before[0], pool[1] + before[1], pool[2] + before[2])
        pools.append(pool)
    values = [total / weight for total, weight, count in pools for _ in range(count)]
    for spot, value, shift in zip(row, values, shifts, strict=True):
        spot.x = value + shift


def _down(rows: list[list[Spot]]) -> float:
    """Set y row by row; the space between rows leaves room for curves. Gives the height of the picture."""
    y = float(GAP)
    for row in rows:
        height = max(s.height for s in row)
        for spot in row:
            spot.y = y + height / 2
            if not spot.height:
                spot.height = height
        y += height + DROP
    return y - DROP + GAP
