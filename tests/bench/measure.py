"""A figure and how it is judged, printed and written; and how two sides are timed side by side.

What is measured belongs to the `measures_...` modules.
"""

from __future__ import annotations

import json
import statistics
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Measure:
    """One line of `build/bench.json`; `ok` is None where nothing has to be reached."""

    name: str
    unit: str
    value: float
    must: float | None
    aim: float | None
    ok: bool | None
    n: int
    """How many blocks or answers the value is the median of."""


def judged(
    name: str,
    unit: str,
    value: float,
    *,
    n: int,
    must: float | None = None,
    aim: float | None = None,
    lower: bool = False,
) -> Measure:
    """Return a measure with its verdict: at least `must`, or at most where `lower` is better."""
    ok = None if must is None else (value <= must if lower else value >= must)
    return Measure(name, unit, float(f"{value:.4g}"), must, aim, ok, n)


@dataclass(slots=True)
class Spread:
    """The values of one side, one a block."""

    values: list[float] = field(default_factory=list)

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    def __str__(self) -> str:
        return f"{self.median:,.4g} ({min(self.values):,.4g} to {max(self.values):,.4g})"


def interleaved(sides: Sequence[Callable[[int], float]], rounds: int, *, warm: bool = True) -> list[Spread]:
    """Time the sides in turn (A B A B ...); each is called with the number of the block.

    The first block of each side warms up and is not counted, unless `warm` is false.
    """
    spreads = [Spread() for _ in sides]
    for number in range(rounds + warm):
        for side, spread in zip(sides, spreads, strict=True):
            value = side(number)
            if number or not warm:
                spread.values.append(value)
    return spreads


def ratio(over: Spread, under: Spread) -> Spread:
    """Return the ratios of blocks that ran one after the other; their spread shows the noise."""
    return Spread([a / b for a, b in zip(over.values, under.values, strict=True)])


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value below which a share (0 to 1) of the values lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def table(measures: Sequence[Measure]) -> str:
    """Return the measures as lines of text."""
    width = max((len(m.name) for m in measures), default=4)
    lines = [f"{'what':{width}}  {'value':>10} {'unit':10} {'must':>8} {'aim':>8}  {'n':>5}"]
    words = {None: "", True: "  reached", False: "  MISSED"}
    for m in measures:
        must, aim = ("" if bound is None else f"{bound:g}" for bound in (m.must, m.aim))
        lines.append(f"{m.name:{width}}  {m.value:>10,.4g} {m.unit:10} {must:>8} {aim:>8}  {m.n:>5}{words[m.ok]}")
    return "\n".join(lines)


def write_json(path: Path, measures: Sequence[Measure]) -> None:
    """Write the measures as a list of objects; folders on the way are made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps([asdict(m) for m in measures], indent=1) + "\n", encoding="utf-8")
