"""Figures of steps called in this process: reports, months, inboxes, and whether they grow with history."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack

from tests.bench import drive, workload
from tests.bench.adapter import CaseId, System
from tests.bench.bench import Bench
from tests.bench.engines import bare_commits
from tests.bench.measure import Spread, interleaved, percentile, ratio

SHARES = {"postgresql": (0.4, 0.8), "sqlite": (0.25, 0.4)}
"""What share of the opponent's steps a second the product must reach, and aims at."""
STEPS = len(workload.REPORT_STEPS)


def reports(bench: Bench) -> None:
    """Nine steps of many reports: steps a second, queries and round trips a step, bare commits beside."""
    with bench.prepared() as systems:
        url = bench.engine.new_database()
        blocks: list[Callable[[int], float]] = [_report_block(bench, system) for system in systems]
        blocks.append(lambda _number: bare_commits(url, bench.sizes.bare_seconds))
        spreads = interleaved(blocks, bench.sizes.rounds)
        bench.add_sides("report steps", "1/s", systems, spreads)
        must, aim = SHARES[bench.engine.name]
        bench.add_ratio("report steps", spreads, must=must, aim=aim)
        bench.add_spread("bare durable commits", "1/s", spreads[-1])
        _statements(bench, systems)


def _statements(bench: Bench, systems: list[System]) -> None:
    for position, system in enumerate(systems):
        with system.counting() as counter:
            drive.whole_report(system, 1)
        bounds = {"must": 12.0, "aim": 5.0} if position else {}
        sent = {"queries": counter.queries, "round trips": counter.trips}
        for name in sent if bench.engine.name == "postgresql" else ["queries"]:
            bench.add(f"{name} a step, {system.name}", "", sent[name] / STEPS, n=STEPS, lower=True, **bounds)


def _report_block(bench: Bench, system: System) -> Callable[[int], float]:
    count = bench.sizes.reports

    def block(number: int) -> float:
        first = number * count
        prepared = [(drive.creation(system, n), drive.report_steps(system, n)) for n in range(first, first + count)]
        made: list[CaseId] = []
        started = time.perf_counter()
        for create, steps in prepared:
            case = create()
            for step in steps:
                step(case)
            made.append(case)
        seconds = time.perf_counter() - started
        drive.check_report(system, made[0], first)
        drive.check_report(system, made[-1], first + count - 1)
        return count * STEPS / seconds

    return block


def month(bench: Bench) -> None:
    """Opening the month of all units in one transaction, then the four steps of some returns."""
    units = workload.units(bench.sizes.units)
    opener = workload.HOLDERS["portfolio"][0]

    def opening(system: System) -> Callable[[int], float]:
        def block(number: int) -> float:
            first = workload.month(number)
            said = workload.comment(number, "open")
            started = time.perf_counter()
            opened = system.open_month(opener, first, said)
            seconds = time.perf_counter() - started
            cases = system.returns_of(first)
            if (opened, len(cases)) != (len(units), len(units)):
                raise drive.WrongFacts(f"{system.name} opened {opened} returns, {len(cases)} are there")
            for offset in (0, -1):
                drive.check_opened(system, cases[offset], units[offset])
            return seconds / len(units) * 1e6

        return block

    def returning(system: System) -> Callable[[int], float]:
        def block(number: int) -> float:
            cases = system.returns_of(workload.month(number))
            chosen = list(zip(cases, units, strict=True))[: bench.sizes.returns]
            prepared = [drive.return_steps(system, case, unit) for case, unit in chosen]
            started = time.perf_counter()
            for steps in prepared:
                for step in steps:
                    step()
            seconds = time.perf_counter() - started
            drive.check_return(system, *chosen[-1])
            return len(chosen) * 4 / seconds

        return block

    with bench.prepared(lambda system: system.add_units(units)) as systems:
        spreads = interleaved([opening(system) for system in systems], bench.sizes.rounds)
        name = f"opening a month for {len(units):,} units, each"
        bench.add_sides(name, "us", systems, spreads)
        bench.add_ratio(name, spreads, must=8, aim=4, lower=True)
        spreads = interleaved([returning(system) for system in systems], bench.sizes.rounds)
        bench.add_sides("return steps", "1/s", systems, spreads)
        bench.add_ratio("return steps", spreads)


def inbox(bench: Bench) -> None:
    """The 20 most urgent at growing sizes; reading and stepping at the largest against the smallest."""
    reader, sizes = workload.INBOX_READER, bench.sizes.inbox

    def filled(count: int) -> Callable[[System], None]:
        def fill(system: System) -> None:
            print(f"  loading {count:,} reports, {system.name}, {bench.label}", flush=True)
            system.load_inbox(count)
            drive.check_inbox(system, count, reader)

        return fill

    with ExitStack() as stack:
        smallest = stack.enter_context(bench.prepared(filled(sizes[0])))
        _inbox_at(bench, sizes[0], smallest)
        for count in sizes[1:-1]:
            with bench.prepared(filled(count)) as systems:
                _inbox_at(bench, count, systems)
        largest = stack.enter_context(bench.prepared(filled(sizes[-1])))
        spreads = _inbox_at(bench, sizes[-1], largest)
        bench.add_ratio(f"inbox p50 at {sizes[-1]:,}", spreads, must=8, aim=4, lower=True)
        _growth(bench, smallest, largest)


def _inbox_at(bench: Bench, count: int, systems: list[System]) -> list[Spread]:
    spreads = interleaved([_inbox_block(bench, system) for system in systems], bench.sizes.rounds)
    bench.add_sides(f"inbox p50 at {count:,}", "ms", systems, spreads)
    return spreads


def _inbox_block(bench: Bench, system: System) -> Callable[[int], float]:
    def block(_number: int) -> float:
        times = []
        for _ in range(bench.sizes.reads):
            started = time.perf_counter()
            system.inbox(workload.INBOX_READER)
            times.append(time.perf_counter() - started)
        return percentile(times, 0.5) * 1e3

    return block


def _growth(bench: Bench, smallest: list[System], largest: list[System]) -> None:
    small, large = bench.sizes.inbox[0], bench.sizes.inbox[-1]
    for position, (few, many) in enumerate(zip(smallest, largest, strict=True)):
        reads = interleaved([_inbox_block(bench, few), _inbox_block(bench, many)], bench.sizes.rounds)
        steps = interleaved([_report_block(bench, few), _report_block(bench, many)], bench.sizes.rounds)
        where = f"at {large:,} against {small:,}, {few.name}"
        read_bounds = {"must": 1.5, "aim": 1.2} if position else {}
        step_bounds = {"must": 1.5} if position else {}
        bench.add_spread(f"inbox p50 {where}", "x", ratio(reads[1], reads[0]), lower=True, **read_bounds)
        # Steps a second, so that the small side stands above: the ratio is of the time of a step.
        bench.add_spread(f"time of a step {where}", "x", ratio(steps[0], steps[1]), lower=True, **step_bounds)
