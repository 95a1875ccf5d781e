"""What was promised beside what was returned, and cycles over the years (product.md, 2, Review)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from commissioning.cycles.commands import CycleInput, create_cycle, link_case
from commissioning.cycles.promises import get_promise
from commissioning.cycles.queries import Filters, list_chain, list_cycles
from commissioning.cycles.timeline import LEFT, WIDTH, draw
from commissioning.db import make_engine
from commissioning.models.monitoring import Return
from tests.support.cycles import ENDS, STARTS, Shire
from tests.support.returns import Month
from tests.support.units import Town, make_town


@pytest.fixture
def town(engine_url: str) -> Iterator[Town]:
    """A town with units, on each engine."""
    engine = make_engine(engine_url)
    yield make_town(engine)
    engine.dispose()


def test_the_last_accepted_month_stands_beside_the_promise(town: Town) -> None:
    """A month that is only submitted does not count yet; who sees no specification sees no row."""
    month = Month(town)
    posts = (town.posts["team"], town.posts["director_post"])
    new = CycleInput("Attendance", town.people["carla"], *posts, STARTS, ENDS)
    cycle = town.run("carla", create_cycle, new)
    spec = town.read(lambda s: s.get_one(Return, month.id).specification_id)
    town.run("carla", link_case, cycle, spec)

    def promise(who: str) -> list[tuple[str, int, int | None, str]]:
        found = town.read(lambda s: get_promise(s, town.actor(who, s), cycle, town.now.date()))
        return [(r.words, r.promised, r.returned, r.rag) for r in found.rows]

    before = promise("carla")
    assert len(before) == 3
    assert {r[2] for r in before} == {None}
    month.submit()
    assert {r[2] for r in promise("carla")} == {None}
    month.accept()
    after = promise("carla")
    assert [r[2] for r in after[:2]] == [95_000, 95_000]
    words, limit, forecast, rag = after[2]
    assert (words, limit, rag) == ("Cash limit, and the forecast for the year", 117_500_000, "green")
    assert forecast == town.read(lambda s: s.get_one(Return, month.id).forecast_pence)
    assert promise("hugo") == []


def test_stages_follow_each_other_on_the_drawing_and_gates_are_marked(shire: Shire) -> None:
    """A decision's gate stands on its day; what is planned of the present stage is drawn ahead."""
    cycle = shire.cycle()
    shire.reach(cycle, "do")
    shire.at(date(2027, 1, 12))
    actor = shire.read(lambda s: shire.actor("carla", s))

    def drawn(session: object) -> object:
        rows, _ = list_cycles(session, actor, shire.now.date(), Filters())
        return draw(session, actor, rows, shire.now.date())

    drawing = shire.read(drawn)
    (line,) = drawing.lines
    assert [(s.stage, s.is_ahead) for s in line.spans] == [
        ("assess", False), ("plan", False), ("do", False), ("do", True),
    ]  # fmt: skip
    assert [day for day, _ in line.gates] == [date(2026, 11, 3)]
    assert line.spans[2].to_on == date(2027, 1, 12)
    assert line.spans[3].to_on == shire.row(cycle).stage_due_on
    assert all(LEFT <= s.x <= WIDTH for s in line.spans)
    assert [y for y, _ in drawing.years] == [2026, 2027]


def test_a_chain_of_rounds_is_shown_from_either_end(shire: Shire) -> None:
    first = shire.cycle("Round one")
    second = shire.cycle("Round two", prior_id=first, starts_on=date(2030, 4, 1), ends_on=date(2033, 3, 31))
    for cycle in (first, second):
        chain = shire.read(lambda s, c=cycle: list_chain(s, shire.actor("carla", s), c, shire.now.date()))
        assert [c.case_id for c, _ in chain] == [first, second]
    hidden = shire.read(lambda s: list_chain(s, shire.actor("stranger", s), first, shire.now.date()))
    assert hidden == []
