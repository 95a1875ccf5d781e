"""`python -m tests.bench.run`: time the product beside hand-written SQL, print a table, write JSON.

Both sides run in turn in the same run, on databases of their own on the same engine, and every
block is followed by a look at the facts in the database. Ratios are what is judged; the plain
figures beside them are of this machine, today. Ends with 1 where a bound was missed, with 2
where a side's facts are wrong.
"""

from __future__ import annotations

import argparse
import gc
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.bench import measures_pack, measures_steps, measures_web
from tests.bench.bench import LONG, SHORT, Bench, find_product
from tests.bench.drive import WrongFacts
from tests.bench.engines import ENGINES, engine
from tests.bench.measure import Measure, table, write_json

MEASURES: dict[str, Callable[[Bench], None]] = {
    "reports": measures_steps.reports,
    "month": measures_steps.month,
    "inbox": measures_steps.inbox,
    "web-steps": measures_web.steps,
    "web-pages": measures_web.pages,
    "web-memory": measures_web.memory,
    "start": measures_web.start,
    "pack": measures_pack.packs,
}


def _arguments(given: Sequence[str] | None, names: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.run", description=__doc__)
    parser.add_argument("--short", action="store_true", help="small sizes: a minute, for a first look")
    parser.add_argument("--only", action="append", choices=names, help="this measure alone; may be repeated")
    parser.add_argument("--engine", choices=[*ENGINES, "both"], default="both")
    parser.add_argument("--output", type=Path, default=Path("build/bench.json"))
    return parser.parse_args(given)


def main(given: Sequence[str] | None = None) -> int:
    """Run what the arguments ask for; return the exit status."""
    product = find_product()
    measures = {**MEASURES, **getattr(product, "MEASURES", {})}
    options = _arguments(given, list(measures))
    if product is None:
        print("There is no tests.bench.product: hand-written SQL runs alone, and there are no ratios.")
    gc.collect()
    gc.freeze()  # as wsgi.py does: what is imported stays, and is not searched at every turn
    done: list[Measure] = []
    try:
        for name in ENGINES if options.engine == "both" else [options.engine]:
            with engine(name) as started, tempfile.TemporaryDirectory(prefix="bench-logs-") as logs:
                bench = Bench(started, SHORT if options.short else LONG, product, Path(logs), done)
                for chosen in options.only or measures:
                    print(f"{chosen}, {bench.label}", flush=True)
                    measures[chosen](bench)
    except WrongFacts as wrong:
        print(f"Stopped, because a figure would be of work not done: {wrong}", file=sys.stderr)
        return 2
    finally:
        write_json(options.output, done)
        print(table(done))
    return 1 if any(measure.ok is False for measure in done) else 0


if __name__ == "__main__":
    sys.exit(main())
