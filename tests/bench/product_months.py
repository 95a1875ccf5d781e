"""The monthly returns of real units: opening a month, and the grid of units and months, each beside hand-written SQL.

Unlike the month of the workload, which is a kind of the bench's own, this is the product's own return, opened as the
scheduler opens it: for every unit with a specification in force a return with an event, a task, six reminders and a row
for each outcome of the specification. The hand-written side writes the same facts by sets; who has a part in a return
follows there from the unit's columns, and is a row for each part in the product.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any, cast

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from commissioning.actors import system_actor
from commissioning.casework.making import reference
from commissioning.casework.registry import house
from commissioning.casework.sets import insert_rows
from commissioning.clock import fresh_ids
from commissioning.db import in_transaction, reading
from commissioning.models import cases, monitoring, specifications, units
from commissioning.models.people import Grant
from commissioning.monitoring.opening import next_month, open_month
from tests.bench import flask_handwritten as bare
from tests.bench import handwritten_sql, product, product_web, workload
from tests.bench.adapter import CaseId
from tests.bench.bench import Bench
from tests.bench.drive import WrongFacts
from tests.bench.handwritten import Handwritten
from tests.bench.measure import interleaved, percentile
from tests.bench.web import Client, expect, gunicorn

OUTCOMES = 3
"""Outcomes in each specification."""
GRID_UNITS, GRID_MONTHS = 200, 12
FACTS = ("returns", "events", "tasks", "reminders", "outcomes")
UNIT_POSTS = {
    "head": "bu_head",
    "strategy": "portfolio",
    "finance": "finance",
    "commissioner": "clerk",
    "director": "sponsor",
}
"""Which role of the workload stands for which post of a unit."""


class MonthsByHand(Handwritten):
    """The opponent with a sixth reminder, and a row for each outcome of a unit."""

    def prepare(self, engine_url: str, users: Sequence[workload.Person]) -> None:
        super().prepare(engine_url, users)
        self.run(
            "CREATE TABLE outcomes (unit_id BIGINT NOT NULL, position INTEGER NOT NULL, measure TEXT NOT NULL,"
            " PRIMARY KEY (unit_id, position))"
        )
        self.run(
            "CREATE TABLE return_outcomes (return_id BIGINT NOT NULL, position INTEGER NOT NULL, actual BIGINT,"
            " earlier BIGINT, rag TEXT, PRIMARY KEY (return_id, position))"
        )

    def add_outcomes(self, count: int) -> None:
        """Add the outcomes that units 1 to `count` are asked for."""
        with self._transaction:
            rows = [(number, n, f"Measure {n}") for number in range(1, count + 1) for n in range(OUTCOMES)]
            self._connection.load("outcomes", ("unit_id", "position", "measure"), rows)
        self._connection.settle(())

    def open_month(self, actor: int, month: date, comment: str) -> int:
        day, due = self._connection.day, workload.return_due_on(month)
        reminders = [day(due + timedelta(days=days)) for days in workload.REMINDER_DAYS]
        with self._transaction:
            self._check_role(actor, "portfolio")
            opened = self.run(self.sql.open_returns, (month.isoformat(), day(due), day(month))).rowcount
            self.run(self.sql.open_history, (actor, self._connection.now(), comment, day(month)))
            self.run(self.sql.open_tasks, (day(month),))
            self.run(self.sql.open_reminders, (*reminders, day(month)))
            self._in_own_words(
                "INSERT INTO reminders (return_id, number, due_on, state) SELECT id, 6, due_on, 'planned' FROM cases"
                " WHERE kind = 'return' AND month = ?",
                day(month),
            )
            self._in_own_words(
                "INSERT INTO return_outcomes (return_id, position, earlier) SELECT c.id, o.position, e.actual"
                " FROM cases c JOIN outcomes o ON o.unit_id = c.unit_id"
                " LEFT JOIN cases b ON b.kind = 'return' AND b.month = ? AND b.unit_id = c.unit_id"
                " LEFT JOIN return_outcomes e ON e.return_id = b.id AND e.position = o.position"
                " WHERE c.kind = 'return' AND c.month = ?",
                day((month - timedelta(days=1)).replace(day=1)),
                day(month),
            )
        return cast("int", opened)

    def settle(self) -> None:
        """Let the planner know the sizes, as a database does by itself in time."""
        self._connection.settle(())

    def _in_own_words(self, statement: str, *parameters: object) -> None:
        self.run(handwritten_sql.in_words_of(self._connection.engine, statement), parameters)

    def written(self) -> tuple[int, ...]:
        """How many of each of `FACTS` there are."""
        tables = ("cases", "history", "tasks", "reminders", "return_outcomes")
        return tuple(self._read(f"SELECT count(*) FROM {table}")[0][0] for table in tables)


class MonthsOfProduct(product.Product):
    """The product with real units, whose month its own scheduler's command opens."""

    def add_units(self, units: Sequence[workload.Unit]) -> None:
        in_transaction(self.engine, _add_units, units)

    def open_month(self, actor: int, month: date, comment: str) -> int:
        del actor, comment
        opened, now = 0, datetime.combine(next_month(month), datetime.min.time(), UTC)
        while some := in_transaction(self.engine, open_month, system_actor("tick"), month, now=now):
            opened += some
        return opened

    def settle(self) -> None:
        """Let the planner know the sizes."""
        in_transaction(self.engine, Session.execute, text("ANALYZE"))

    def written(self) -> tuple[int, ...]:
        """How many of each of `FACTS` there are."""
        models = (monitoring.Return, cases.Event, cases.Task, cases.Occurrence, monitoring.ReturnOutcome)
        with reading(self.engine) as session:
            return tuple(session.execute(select(func.count()).select_from(model)).scalar_one() for model in models)


def _add_units(session: Session, wanted: Sequence[workload.Unit]) -> None:
    """Units with a specification in force, by sets; their posts are held by those who hold the workload's roles."""
    ids = iter(fresh_ids((2 + OUTCOMES) * len(wanted)))
    posts = {f"{name}_post_id": product.POSTS[role] for name, role in UNIT_POSTS.items()}
    made, facts, specs, outcomes = [], [], [], []
    in_force = min(house.latest("specification").states_meaning("in_force"))
    for unit in wanted:
        unit_id, spec_id = next(ids), next(ids)
        scope = f"unit:{unit_id}"
        made.append(_case(unit_id, "unit", unit.name, house.latest("unit").initial, scope))
        made.append(_case(spec_id, "specification", f"Specification of {unit.name}", in_force, scope))
        facts.append({"case_id": unit_id, "name": unit.name, "kind": "business", **posts})
        asked: dict[str, Any] = {"case_id": spec_id, "unit_id": unit_id, "number": 1, "cash_limit_pence": 1_000_000}
        specs.append({**asked, "starts_on": product.LONG_AGO, "ends_on": date(2040, 3, 31)})
        for n in range(OUTCOMES):
            measured: dict[str, Any] = {"code": f"O{n}", "statement": f"Outcome {n}", "measure": f"Measure {n}"}
            target: dict[str, Any] = {"direction": "higher", "target_thousandths": 95_000, "weight": 30}
            outcomes.append({"id": next(ids), "specification_id": spec_id, "position": n, **measured, **target})
    insert_rows(session, cases.Case, made)
    insert_rows(session, units.Unit, facts)
    insert_rows(session, specifications.Specification, specs)
    insert_rows(session, specifications.SpecOutcome, outcomes)
    # The reader of the grid sees every unit's return.
    grant = {"person_id": workload.INBOX_READER, "role": "commissioner", "from_on": product.LONG_AGO}
    insert_rows(session, Grant, [grant])


def _case(case_id: int, kind: str, title: str, state: str, scope: str) -> dict[str, Any]:
    found = house.kinds[kind]
    workflow = house.latest(found.definition)
    at = datetime.combine(product.LONG_AGO, datetime.min.time(), UTC)
    return {
        "id": case_id,
        "kind": kind,
        "reference": reference(found.prefix),
        "scope": scope,
        "title": title,
        "safe_title": title,
        "state": state,
        "definition": workflow.id,
        "entered_on": product.LONG_AGO,
        "exposure": workflow.states[state].exposure,
        "created_at": at,
        "moved_at": at,
    }


@contextmanager
def _sides(bench: Bench, count: int) -> Iterator[list[tuple[MonthsByHand | MonthsOfProduct, str]]]:
    """Both sides with so many units, each with the URL of its database."""
    by_hand, of_product, wanted = MonthsByHand(), MonthsOfProduct(), workload.units(count)
    with ExitStack() as stack:
        urls = [stack.enter_context(bench.on_new_database(side)) for side in (by_hand, of_product)]
        by_hand.add_units(wanted)
        by_hand.add_outcomes(count)
        of_product.add_units(wanted)
        yield [(by_hand, urls[0]), (of_product, urls[1])]


def opening(bench: Bench) -> None:
    """Opening the month of all real units, microseconds a unit."""
    count = bench.sizes.units
    with _sides(bench, count) as sides:
        spreads = interleaved([_opening(side, count) for side, _ in sides], bench.sizes.rounds)
        facts = {side.name: side.written() for side, _ in sides}
        if len(set(facts.values())) > 1 or facts["product"][0] != (bench.sizes.rounds + 1) * count:
            raise WrongFacts(f"{', '.join(FACTS)} are not the same: {facts}")
        name = f"opening the returns of {count:,} real units, each"
        bench.add_sides(name, "us", [side for side, _ in sides], spreads)
        bench.add_ratio(name, spreads, must=8, aim=4, lower=True)


def _opening(side: MonthsByHand | MonthsOfProduct, count: int) -> Callable[[int], float]:
    opener = workload.HOLDERS["portfolio"][0]

    def block(number: int) -> float:
        side.settle()
        started = time.perf_counter()
        opened = side.open_month(opener, workload.month(number), workload.comment(number, "open"))
        seconds = time.perf_counter() - started
        if opened != count:
            raise WrongFacts(f"{side.name} opened {opened} returns of {count}")
        return seconds / count * 1e6

    return block


class GridOfProduct(product_web.ProductSite):
    """The product's pages; the grid is its own."""

    mark = b'<a class="app-grid__mark'

    def page(self, name: str, case_id: CaseId | None) -> str:
        del name, case_id
        return f"/returns?month={workload.month(GRID_MONTHS - 1):%Y-%m}"


class GridByHand(bare.HandwrittenSite):
    """The opponent's pages, with a grid of the same rows."""

    mark = b'<a class="mark'

    def page(self, name: str, case_id: CaseId | None) -> str:
        del name, case_id
        return f"/grid/{workload.month(GRID_MONTHS - 1)}"


def grid(bench: Bench) -> None:
    """The page of 200 units and their twelve months, by one connection: p50 and p99 against a bare page."""
    sites = (GridByHand(), GridOfProduct())
    kept: tuple[list[float], list[float]] = ([], [])
    with _sides(bench, GRID_UNITS) as sides, ExitStack() as stack:
        blocks = []
        for site, (side, url), times in zip(sites, sides, kept, strict=True):
            for number in range(GRID_MONTHS):
                _opening(side, GRID_UNITS)(number)
            log = bench.directory / f"grid-{len(blocks)}.log"
            server = stack.enter_context(gunicorn(site.target, site.environment(url), log))
            client = Client(server.port)
            stack.callback(client.close)
            blocks.append(_reading(bench, site, client, times))
        spreads = interleaved(blocks, bench.sizes.rounds)
    bounds: Mapping[str, Any] = {"must": 3.0, "aim": 2.0, "lower": True}
    bench.add_sides("returns grid p50", "ms", sites, spreads)
    bench.add_ratio("returns grid p50", spreads, **bounds)
    bare_page, page = (percentile(times, 0.99) for times in kept)
    bench.add("returns grid p99, against hand-written", "x", page / bare_page, n=len(kept[0]), **bounds)


def _reading(
    bench: Bench, site: GridOfProduct | GridByHand, client: Client, kept: list[float]
) -> Callable[[int], float]:
    reader, path = site.sign_in(client, workload.INBOX_READER), site.page("grid", None)

    def block(number: int) -> float:
        times = []
        for _ in range(bench.sizes.pages):
            started = time.perf_counter()
            answer = expect(client.get(path, reader), 200)
            times.append(time.perf_counter() - started)
        if answer.body.count(site.mark) != bare.GRID_ROWS * GRID_MONTHS:
            raise WrongFacts(f"the grid of {site.name} has {answer.body.count(site.mark)} cells")
        kept.extend(times if number else ())
        return percentile(times, 0.5) * 1e3

    return block
