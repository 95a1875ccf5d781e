"""`python -m tests.fuzz.run`: requests and forms thrown at a council for long, as each role; exits 1 on a fault.

    python -m tests.fuzz.run [--examples N] [--start N] [--engine sqlite|postgresql] [--who NAME ...]
    python -m tests.fuzz.run --mutants [--every N] [--start N]      (tests/access/mutants.py)

Another `--start` throws other things; the same one throws the same. Writes what it found to build/fuzz.txt.
"""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from commissioning import clock, create_app
from commissioning.db import upgrade
from config import load_settings
from tests.access import mutants
from tests.fuzz import api, forms
from tests.fuzz.council import known_ids
from tests.support.api_council import PEOPLE, SUMMER, Council, add_units, found_council
from tests.support.databases import postgres
from tests.support.units import PEOPLE as UNIT_PEOPLE

WHO = (*PEOPLE, *UNIT_PEOPLE, "bertha")
"""Somebody of each role: officers and members, and those of the units."""


@contextmanager
def database(engine: str) -> Iterator[str]:
    """The address of an empty migrated database."""
    if engine == "sqlite":
        with tempfile.TemporaryDirectory() as folder:
            url = f"sqlite:///{folder}/fuzz.db"
            upgrade(url)
            yield url
        return
    with postgres(durable=False) as server:
        url = server.url(server.create())
        upgrade(url.replace("postgresql://", "postgresql+psycopg://", 1))
        yield url


def found(url: str) -> Council:
    """The application with its council."""
    clock.now = lambda: SUMMER
    app = create_app(load_settings(database_url=url, secret_key="k" * 40, demo=False))
    app.testing = True
    council = found_council(app)
    add_units(council)
    return council


def main() -> int:
    """Throw, and say what broke."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--examples", type=int, default=30, help="of each operation and form (30)")
    words.add_argument(
        "--start", type=int, default=0, help="what the made-up values follow from; with --mutants: the first (0)"
    )
    words.add_argument("--engine", choices=("sqlite", "postgresql"), default="sqlite")
    words.add_argument("--mutants", action="store_true", help="take single checks out of the rules of access instead")
    words.add_argument("--every", type=int, default=1, help="with --mutants: only every so-manyeth")
    words.add_argument("--who", nargs="*", choices=WHO, default=list(WHO))
    given = words.parse_args()
    if given.mutants:
        return mutants.run(every=given.every, start=given.start)
    logging.disable(logging.ERROR)
    faults: list[str] = []
    for who in given.who:
        began = time.monotonic()
        # A council of its own for each: what one does to the others (signing out, disabling) is theirs to bear.
        with database(given.engine) as url:
            council = found(url)
            new = list(api.throw(council.app, council.token(who), known_ids(council), given.examples, given.start))
            new += forms.throw(council, who, known_ids(council), max(1, given.examples // 5), given.start)
        faults += new
        print(f"{who}: {len(new)} faults in {time.monotonic() - began:.0f} s", flush=True)
    report = Path("build/fuzz.txt")
    report.parent.mkdir(exist_ok=True)
    report.write_text("\n\n".join(faults), encoding="utf-8")
    for fault in faults[:20]:
        print(f"\n{fault[:2000]}", file=sys.stderr)
    print(f"fuzz: {len(faults)} faults, all of them in {report}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
