"""What pages of returns cost: the same number of statements for many units and lines as for few; opening by sets."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime

from sqlalchemy import Engine, event

from commissioning.actors import system_actor
from commissioning.monitoring.opening import open_month
from tests.support.pages import Site
from tests.support.returns import APRIL, Month, add_lines, open_return
from tests.support.units import Town

PAGES = {
    "/returns?month=2026-05": 16,
    "/returns/{id}": 60,
    "/returns/{id}/check": 32,
    "/returns/desk?month=2026-05": 62,
}
"""How many statements each may take."""


@contextmanager
def counting(engine: Engine) -> Iterator[list[str]]:
    """The statements that reach the database within."""
    said: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if not statement.startswith(("PRAGMA", "BEGIN")):
            said.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield said
    finally:
        event.remove(engine, "before_cursor_execute", note)


def test_pages_cost_the_same_for_many_units(month: Month, site: Site) -> None:
    town = month.town
    who = {"/returns/{id}": "heidi", "/returns/{id}/check": "heidi"}

    def costs(return_id: int) -> dict[str, int]:
        found = {}
        for path in PAGES:
            visitor = site.visitor(who.get(path, "fay"))
            real = path.format(id=return_id)
            assert visitor.get(real).status == 200
            from commissioning.web.database import db

            with site.app.app_context():
                engine = db.engine
            with counting(engine) as said:
                visitor.get(real)
            found[path] = len(said)
        return found

    month.release()
    may = date(2026, 5, 1)
    town.now = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)
    few = costs(open_return(town, month.unit, may))
    town.now = datetime(2026, 4, 10, 9, 0, tzinfo=UTC)
    others = [town.unit(f"Unit {n}") for n in range(6)]
    for unit in others:
        town.in_force(unit)
        add_lines(town, month.year, unit, **{f"line{n}": 100_000 for n in range(5)})
    town.now = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)
    many = costs(open_return(town, others[0], may))
    assert {p: many[p] for p in PAGES if "id" not in p} == {p: few[p] for p in PAGES if "id" not in p}
    assert all(many[p] <= most for p, most in PAGES.items()), many


def test_a_month_is_opened_by_sets(town: Town) -> None:
    """The number of statements does not depend on how many units there are."""

    def cost() -> int:
        with counting(town.engine) as said:
            town.write(lambda s: open_month(s, system_actor("tick"), APRIL, now=datetime(2026, 5, 1, 9, tzinfo=UTC)))
        return len(said)

    def units(count: int, word: str) -> None:
        for n in range(count):
            town.in_force(town.unit(f"{word} {n}"))

    units(1, "First")
    cost()  # which keeps the text of the definition that is used for the first time
    units(2, "Second")
    few = cost()
    units(8, "Third")
    assert cost() == few
