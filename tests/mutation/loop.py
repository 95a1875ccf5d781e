"""Tests asked about mutants, inside one pytest process: collect once, see which test runs which lines, fork for each.

A plugin of pytest. A mutant is asked only of the tests that run its lines (of all of them, where it is in a table);
the first that fails, or stays away too long, has caught it.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import resource
import signal
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from functools import _lru_cache_wrapper
from pathlib import Path
from types import FrameType
from typing import Any

import hypothesis
import pytest

from tests.mutation.changes import Mutant, source_of
from tests.mutation.planting import NotInPlace, live_functions, plant

CAUGHT, SURVIVED, ELSEWHERE = 1, 0, 3
STARTING = 60
"""Seconds in which a mutant is planted and its first test begins."""
MEMORY = 6 * 2**30
"""Bytes that a process may take: a loop that a mutant never leaves may gather rather than wait."""

Seen = dict[str, dict[str, Any]]
"""For each test: `seconds`, and `lines` ("file:line") that it ran, in itself and in making what it stands on."""


class Loop:
    """Takes the place of the running of the tests; `results`: None for a mutant that is caught, else its test files."""

    def __init__(self, modules: list[str], mutants: list[tuple[str, Mutant]], tell: Callable[[str, str], None]) -> None:
        self.modules, self.mutants, self.tell = modules, mutants, tell
        self.results: dict[str, list[str] | None] = {}
        self.is_red = False

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Look over all tests once, then ask mutant by mutant."""
        for module in self.modules:
            importlib.import_module(module)  # else nobody did yet who makes no application, and it is not in place
        session.config._tmp_path_factory.getbasetemp()  # one for all forks: an example council in it is made once
        needs_database = any("databases" in getattr(item, "fixturenames", ()) for item in session.items)
        with _one_template() if needs_database else contextlib.nullcontext():
            seen = self._look_over(session)
            if not seen:
                self.is_red = True
                return True
            functions, costs = live_functions(self.modules), _costs(seen)
            for module, mutant in self.mutants:
                chosen = _covering(session, seen, module, mutant)

                def ask(module: str = module, mutant: Mutant = mutant, chosen: list[Any] = chosen) -> int:
                    session.config.pluginmanager.unregister(name="terminalreporter")
                    try:
                        plant(module, mutant.name, functions)
                    except NotInPlace:
                        return ELSEWHERE
                    return CAUGHT if _run(session, chosen, costs) else SURVIVED

                code = _in_a_fork(ask, STARTING) if chosen else SURVIVED
                is_open = code in {SURVIVED, ELSEWHERE}
                self.results[mutant.name] = list(costs) if is_open else None
                self.tell(mutant.name, {SURVIVED: "survived", ELSEWHERE: "later"}.get(code, "caught"))
        return True

    def _look_over(self, session: pytest.Session) -> Seen:
        """What every test runs, and how long it takes, seen in a fork; nothing if one of them fails as it is."""
        with tempfile.TemporaryDirectory() as folder:
            kept = Path(folder) / "seen.json"
            code = _in_a_fork(lambda: _trace(session, self.modules, kept), 1800, is_quiet=False)
            return json.loads(kept.read_text(encoding="utf-8")) if code == 0 else {}


def without_shrinking() -> None:
    """Hypothesis draws the same examples each time and does not look for a simpler one: that one fails is enough."""
    drawn = (hypothesis.Phase.explicit, hypothesis.Phase.generate)
    hypothesis.settings.register_profile("mutants", phases=drawn, derandomize=True, database=None, deadline=None)
    hypothesis.settings.load_profile("mutants")


def _trace(session: pytest.Session, modules: list[str], kept: Path) -> int:
    files = {str(source_of(module)) for module in modules}
    lines: set[str] = set()

    def inside(frame: FrameType, event: str, _argument: Any) -> Any:
        if event == "line":
            lines.add(f"{frame.f_code.co_filename}:{frame.f_lineno}")
        return inside

    def called(frame: FrameType, _event: str, _argument: Any) -> Any:
        if frame.f_code.co_filename not in files:
            return None
        lines.add(f"{frame.f_code.co_filename}:{frame.f_code.co_firstlineno}")
        return inside

    seen: Seen = {}
    in_setup: dict[str, set[str]] = defaultdict(set)

    class Phases:
        @pytest.hookimpl(wrapper=True)
        def pytest_runtest_setup(self, item: pytest.Item) -> Any:
            try:
                return (yield)
            finally:
                in_setup[item.location[0]] |= lines

    session.config.pluginmanager.register(Phases())
    threading.settrace(called)
    gc.unfreeze()  # as in `live_functions`
    kept_answers = [x for x in gc.get_objects() if isinstance(x, _lru_cache_wrapper) and x.__module__ in modules]
    for index, item in enumerate(session.items):
        for answers in kept_answers:
            answers.cache_clear()  # else only the first test to ask runs the lines
        lines.clear()
        start = time.monotonic()
        sys.settrace(called)
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=_after(session.items, index))
        sys.settrace(None)
        seen[item.nodeid] = {"seconds": time.monotonic() - start, "file": item.location[0], "lines": sorted(lines)}
        if session.testsfailed:
            return 1
    for one in seen.values():
        one["lines"] = sorted({*one["lines"], *in_setup[one["file"]]})
    kept.write_text(json.dumps(seen), encoding="utf-8")
    return 0


def _covering(session: pytest.Session, seen: Seen, module: str, mutant: Mutant) -> list[pytest.Item]:
    """The tests that run this line (for tables: all of them), quickest first."""
    path = str(source_of(module))
    if mutant.inside and mutant.is_in_function:
        wanted = {f"{path}:{line}" for line in range(mutant.lines[0], mutant.lines[1] + 1)}
        ran = [i for i in session.items if wanted.intersection(seen[i.nodeid]["lines"])]
    else:
        ran = list(session.items)
    return sorted(ran, key=lambda i: seen[i.nodeid]["seconds"])


def _costs(seen: Seen) -> dict[str, float]:
    """The seconds of all tests of each test file, the quickest first."""
    costs: dict[str, float] = defaultdict(float)
    for one in seen.values():
        costs[one["file"]] += one["seconds"]
    return dict(sorted(costs.items(), key=lambda cost: cost[1]))


def _run(session: pytest.Session, items: list[pytest.Item], costs: dict[str, float]) -> bool:
    """Whether one of them fails. Each has three times what its whole file took, as the world of the file may be made
    in it; one that takes longer is ended, and its mutant caught."""
    for index, item in enumerate(items):
        signal.setitimer(signal.ITIMER_REAL, 10 + 3 * costs[item.location[0]])
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=_after(items, index))
        if session.testsfailed:
            return True
    return False


def _after(items: list[pytest.Item], index: int) -> pytest.Item | None:
    return items[index + 1] if index + 1 < len(items) else None


def _in_a_fork(work: Callable[[], int], seconds: float, *, is_quiet: bool = True) -> int:
    """What the work answers in a process of its own; CAUGHT if it breaks or takes longer than that."""
    sys.stdout.flush()
    pid = os.fork()
    if pid:
        _, status = os.waitpid(pid, 0)
        return os.waitstatus_to_exitcode(status) if os.WIFEXITED(status) else CAUGHT
    code = CAUGHT
    try:
        os.setsid()
        if is_quiet:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, 1)
            os.dup2(nowhere, 2)
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_REAL, seconds)
        code = work()
    finally:
        os._exit(code)


@contextlib.contextmanager
def _one_template() -> Any:
    """The migrated SQLite database is made once, before the first fork, instead of once for each mutant."""
    from tests.support.databases import Databases, in_memory

    make = Databases.__init__
    with tempfile.TemporaryDirectory(prefix="mutation-", dir=in_memory()) as folder:
        first = Databases(Path(folder), lambda: pytest.fail("mutants are asked on SQLite"))
        with first.fresh("sqlite"):
            template = first._sqlite_template

        def with_template(self: Databases, *given: Any) -> None:
            make(self, *given)
            self._sqlite_template = template

        Databases.__init__ = with_template
        try:
            yield
        finally:
            Databases.__init__ = make
