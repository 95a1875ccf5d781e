"""Figures over HTTP, two sync workers: pages, steps by form post, memory of a worker; and the start."""

from __future__ import annotations

import gc
import importlib.util
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.bench import drive, drive_web, workload
from tests.bench.adapter import CaseId, Site, System
from tests.bench.bench import Bench
from tests.bench.drive_web import Visitor
from tests.bench.measure import interleaved, percentile
from tests.bench.web import WORKERS, Server, expect, gunicorn, in_parallel

CONNECTIONS = (1, 8)
PAGES = {"inbox": "first page", "report": "case page", "list": "list page"}
LOADED = 1_000
STEPS = len(workload.REPORT_STEPS)
MEGABYTE = 1_000_000


@dataclass(slots=True)
class Running:
    """A side whose pages are being served."""

    site: Site
    system: System
    server: Server
    report: CaseId
    visitors: list[Visitor]
    next_report: int = 100
    times: dict[str, list[float]] = field(default_factory=dict)


@contextmanager
def served(bench: Bench) -> Iterator[list[Running]]:
    """Serve each side over a database with 1,000 reports and a finished one, everybody signed in."""
    with ExitStack() as stack:
        sides = []
        for number, site in enumerate(bench.sites()):
            system = site.system()
            url = stack.enter_context(bench.on_new_database(system))
            system.load_inbox(LOADED)
            report = drive.whole_report(system, 1)
            log = bench.directory / f"pages-{number}.log"
            server = stack.enter_context(gunicorn(site.target, site.environment(url), log))
            visitors = [Visitor(site, server.port) for _ in range(max(CONNECTIONS))]
            for position, visitor in enumerate(visitors):
                stack.callback(visitor.close)
                drive_web.sign_in_cast(visitor, position)
                visitor.person(workload.INBOX_READER)
            sides.append(Running(site, system, server, report, visitors))
        yield sides


def steps(bench: Bench) -> None:
    """The nine steps by form post with CSRF check, by 1 and by 8 connections."""
    with served(bench) as sides:
        for connections in CONNECTIONS:
            blocks = [_step_block(bench, side, connections) for side in sides]
            spreads = interleaved(blocks, bench.sizes.rounds)
            name = f"form-post steps, {WORKERS} workers, {connections} connections"
            bench.add_sides(name, "1/s", [side.site for side in sides], spreads)
            # On two cores naive transitions reached 459 of 941: whoever reaches 0.49 is ahead of it,
            # and of Viewflow (155 of 941).
            bounds: dict[str, Any] = {"must": 0.49, "aim": 0.5} if connections == max(CONNECTIONS) else {}
            bench.add_ratio(name, spreads, **bounds)


def _step_block(bench: Bench, side: Running, connections: int) -> Callable[[int], float]:
    # As many reports whatever the number of connections, so that blocks last about as long.
    each = bench.sizes.web_reports * max(CONNECTIONS) // connections

    def block(_number: int) -> float:
        first = side.next_report
        side.next_report += each * connections
        made: list[tuple[CaseId, int]] = []

        def job(position: int) -> Callable[[], None]:
            numbers = range(first + position * each, first + (position + 1) * each)
            visitor = side.visitors[position]

            def run() -> None:
                made.extend((drive_web.whole_report(visitor, n, position), n) for n in numbers)

            return run

        seconds = in_parallel([job(position) for position in range(connections)])
        drive.check_report(side.system, *made[-1])
        return each * connections * STEPS / seconds

    return block


def pages(bench: Bench) -> None:
    """First page, page of a report and list by one connection: p50 and p99 against a bare page."""
    with served(bench) as sides:
        for name, words in PAGES.items():
            spreads = interleaved([_page_block(bench, side, name) for side in sides], bench.sizes.rounds)
            bench.add_sides(f"{words} p50", "ms", [side.site for side in sides], spreads)
            bench.add_ratio(f"{words} p50", spreads, must=3, aim=2, lower=True)
            slow = [percentile(side.times[name], 0.99) * 1e3 for side in sides]
            count = len(sides[0].times[name])
            for side, value in zip(sides, slow, strict=True):
                bench.add(f"{words} p99, {side.site.name}", "ms", value, n=count)
            if bench.product:
                bench.add(
                    f"{words} p99, against hand-written",
                    "x",
                    slow[1] / slow[0],
                    n=count,
                    must=3,
                    aim=2,
                    lower=True,
                )


def _page_block(bench: Bench, side: Running, name: str) -> Callable[[int], float]:
    path = side.site.page(name, side.report)
    visitor = side.visitors[0]
    reader = visitor.person(workload.INBOX_READER)

    def block(number: int) -> float:
        times = []
        for _ in range(bench.sizes.pages):
            started = time.perf_counter()
            answer = visitor.client.get(path, reader)
            times.append(time.perf_counter() - started)
            expect(answer, 200)
        if number:
            side.times.setdefault(name, []).extend(times)
        return percentile(times, 0.5) * 1e3

    return block


def memory(bench: Bench) -> None:
    """The larger worker's resident memory after many pages, and how much of it came late."""
    with served(bench) as sides:
        for position, side in enumerate(sides):
            gc.collect()
            _read_pages(side, bench.sizes.requests // 5)
            early = max(side.server.worker_memory())
            _read_pages(side, bench.sizes.requests - bench.sizes.requests // 5)
            late = max(side.server.worker_memory())
            after = f"after {bench.sizes.requests:,} requests, {side.site.name}"
            size_bounds = {"must": 150.0, "aim": 110.0} if position else {}
            # "No growth": a heap settles by a little; five megabytes over thousands of pages is a leak.
            growth_bounds = {"must": 5.0} if position else {}
            count = bench.sizes.requests
            bench.add(f"worker {after}", "MB", late / MEGABYTE, n=count, lower=True, **size_bounds)
            growth = (late - early) / MEGABYTE
            bench.add(f"growth in the last 80 % {after}", "MB", growth, n=count, lower=True, **growth_bounds)


def _read_pages(side: Running, count: int) -> None:
    paths = [side.site.page(name, side.report) for name in PAGES]
    each = count // len(side.visitors)

    def job(visitor: Visitor) -> Callable[[], None]:
        reader = visitor.person(workload.INBOX_READER)

        def run() -> None:
            for number in range(each):
                expect(visitor.client.get(paths[number % len(paths)], reader), 200)

        return run

    in_parallel([job(visitor) for visitor in side.visitors])


def start(bench: Bench) -> None:
    """Importing the application in a fresh interpreter, beside importing Flask alone."""
    names = ["flask"]
    if importlib.util.find_spec("wsgi"):
        names.append("wsgi")

    def importing(module: str) -> Callable[[int], float]:
        def block(_number: int) -> float:
            started = time.perf_counter()
            subprocess.run([sys.executable, "-c", f"import {module}"], check=True, capture_output=True)
            return time.perf_counter() - started

        return block

    spreads = interleaved([importing(name) for name in names], bench.sizes.rounds)
    for name, spread in zip(names, spreads, strict=True):
        bounds = {"must": 1.0, "aim": 0.6} if name == "wsgi" else {}
        bench.add(f"import of {name}", "s", spread.median, n=len(spread.values), lower=True, **bounds)
