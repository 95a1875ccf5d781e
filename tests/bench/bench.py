"""What every measure is given: the engine, the sides that are compared, and how much to do."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from types import ModuleType
from typing import TYPE_CHECKING

from tests.bench import workload
from tests.bench.adapter import Site, System
from tests.bench.engines import LABELS, Engine
from tests.bench.flask_handwritten import HandwrittenSite
from tests.bench.handwritten import Handwritten
from tests.bench.measure import Measure, Spread, judged, ratio

if TYPE_CHECKING:
    from pathlib import Path

PRODUCT = "product"


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much a run does."""

    rounds: int
    """Blocks of each side that count, besides one to warm up."""
    reports: int
    """Reports of nine steps in a block."""
    units: int
    """Units whose returns a block opens."""
    returns: int
    """Returns of four steps in a block."""
    inbox: tuple[int, ...]
    reads: int
    """Inboxes read in a block."""
    web_reports: int
    """Reports of nine steps in a block over HTTP, for each connection."""
    pages: int
    """Pages of a kind read in a block."""
    requests: int
    """Requests after which the memory of the workers is read."""
    bare_seconds: float


LONG = Sizes(15, 50, 10_000, 50, (1_000, 10_000, 100_000, 1_000_000), 150, 5, 100, 10_000, 0.3)
# Many short blocks rather than few long ones: on a shared machine the median of their ratios is steadier.
SHORT = Sizes(3, 10, 500, 10, (1_000, 10_000), 100, 1, 30, 400, 0.1)


@dataclass(slots=True)
class Bench:
    """One engine's part of a run."""

    engine: Engine
    sizes: Sizes
    product: ModuleType | None
    directory: Path
    measures: list[Measure] = field(default_factory=list)

    @property
    def label(self) -> str:
        return LABELS[self.engine.name]

    def systems(self) -> list[System]:
        """Return the opponent and, where it is there, the product: fresh, not yet prepared."""
        return [Handwritten(), *([self.product.system()] if self.product else [])]

    def sites(self) -> list[Site]:
        """Return the opponent's pages and, where it is there, the product's."""
        return [HandwrittenSite(), *([self.product.site()] if self.product else [])]

    @contextmanager
    def prepared(self, fill: Callable[[System], object] | None = None) -> Iterator[list[System]]:
        """Give each side on a database of its own with the 200 people, and what `fill` adds."""
        systems = self.systems()
        with ExitStack() as stack:
            for system in systems:
                stack.enter_context(self.on_new_database(system))
                if fill:
                    fill(system)
            yield systems

    @contextmanager
    def on_new_database(self, system: System) -> Iterator[str]:
        """Prepare one side on a database of its own; give its URL, drop it at the end."""
        with ExitStack() as stack:
            url = self.engine.new_database()
            stack.callback(self.engine.drop, url)
            system.prepare(url, workload.PERSONS)
            stack.callback(system.close)
            yield url

    def add(
        self,
        name: str,
        unit: str,
        value: float,
        *,
        n: int,
        must: float | None = None,
        aim: float | None = None,
        lower: bool = False,
    ) -> None:
        """Keep a measure under its name and the engine's."""
        measure = judged(f"{name}, {self.label}", unit, value, n=n, must=must, aim=aim, lower=lower)
        self.measures.append(measure)

    def add_spread(
        self,
        name: str,
        unit: str,
        spread: Spread,
        *,
        must: float | None = None,
        aim: float | None = None,
        lower: bool = False,
    ) -> None:
        """Keep the median of a spread; print the whole of it."""
        print(f"  {name}, {self.label}: {spread} {unit}", flush=True)
        self.add(name, unit, spread.median, n=len(spread.values), must=must, aim=aim, lower=lower)

    def add_sides(self, name: str, unit: str, sides: Iterable[System | Site], spreads: list[Spread]) -> None:
        """Keep and print what each side reached."""
        for side, spread in zip(sides, spreads, strict=False):
            self.add_spread(f"{name}, {side.name}", unit, spread)

    def add_ratio(
        self,
        name: str,
        spreads: list[Spread],
        *,
        must: float | None = None,
        aim: float | None = None,
        lower: bool = False,
    ) -> None:
        """Keep product over opponent, where the product is there."""
        if self.product:
            self.add_spread(
                f"{name}, against hand-written",
                "x",
                ratio(spreads[1], spreads[0]),
                must=must,
                aim=aim,
                lower=lower,
            )


def find_product() -> ModuleType | None:
    """Return `tests.bench.product`, or None while there is none; what it misses itself is an error."""
    name = f"tests.bench.{PRODUCT}"
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as missing:
        if missing.name != name:
            raise
        return None
