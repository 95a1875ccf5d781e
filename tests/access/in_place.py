"""Mutants of access in a process that stands already: a fork of it for each, in which the check is taken out.

A fork takes milliseconds where a new process imports for seconds. One that goes unnoticed here is asked again by
`mutants.noticed`, which imports the changed module: what cannot be exchanged in place is only found so.
"""

from __future__ import annotations

import gc
import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from inspect import unwrap
from pathlib import Path
from types import FunctionType

from sqlalchemy import Engine

from tests.access import mutants
from tests.access.gates import gates, started
from tests.access.rules import barred, seen
from tests.access.site import Site, reopen_site
from tests.mutation.planting import exchange, live_functions

NOTICED, OPEN = 0, 1


class Standing:
    """A site on the world, of which each mutant gets a fork."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.functions: dict[str, list[FunctionType]] = live_functions(mutants.modules())
        # A connection that two processes use is nobody's: every fork opens its own.
        for engine in [x for x in gc.get_objects() if isinstance(x, Engine)]:
            engine.dispose()

    def notices(self, name: str) -> bool:
        """Whether the rules differ with this mutant in place; False where it could not be put there."""
        sys.stdout.flush()
        pid = os.fork()
        if pid:
            return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == NOTICED
        code = OPEN
        logging.disable(logging.CRITICAL)
        try:
            self._plant(name)
            code = NOTICED if any(True for _ in self._differences(name.partition(":")[0])) else OPEN
        except Exception as error:
            print(f"{name}: asked on import, as in place: {error!r}", file=sys.stderr, flush=True)
        finally:
            os._exit(code)

    def _differences(self, module: str) -> Iterator[str]:
        if module in mutants.RULES or module == "commissioning.visibility":
            yield from barred()
            yield from seen(self.site)
        yield from started(self.site.app)
        yield from gates(self.site.app, self.site.clients, first=module)

    def _plant(self, name: str) -> None:
        module, what = name.split(":", 1)
        kind, _, view = what.partition(":")
        if name == mutants.NOTHING:
            return
        if kind != "access":
            exchange(module, mutants.changed(module, "nothing:0"), mutants.changed(module, what), self.functions)
            return
        declared = mutants.weaker(module, view)
        views = [unwrap(function) for function in self.site.app.view_functions.values()]
        if (module, view) not in {(v.__module__, v.__name__) for v in views}:
            raise LookupError(view)
        for function in self.site.app.view_functions.values():
            if (unwrap(function).__module__, unwrap(function).__name__) == (module, view):
                function.access = declared  # type: ignore[attr-defined]  # functions carry attributes


@contextmanager
def standing(database: Path) -> Iterator[Standing]:
    """Open the world that `mutants.make_database` made."""
    with reopen_site(f"sqlite:///{database}", f"{database}.site") as site:
        yield Standing(site)
