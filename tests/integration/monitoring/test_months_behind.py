"""The months behind: a unit's page with charts and their tables, and where all units stand with what has moved."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from commissioning.monitoring import commands, commands_said
from commissioning.monitoring.history import get_history
from commissioning.monitoring.position import get_position
from tests.support.pages import Site
from tests.support.returns import APRIL, Month, add_actuals, open_return, release, rows_of

MAY = date(2026, 5, 1)


@pytest.fixture
def two(month: Month) -> int:
    """April and May submitted, May over the limit and one outcome amber; May's return."""
    town = month.town
    month.submit()
    town.now = datetime.fromisoformat("2026-06-01T09:00:00+00:00")
    may = open_return(town, month.unit, MAY)
    spent = {month.lines["staff"]: 10_400_000, month.lines["travel"]: 5_800_000}
    release(town, month.year, add_actuals(town, month.year, spent, MAY), MAY)
    for row, value in zip(rows_of(town, may), (80_000, 95_000), strict=True):
        town.run("heidi", commands.save_outcome, may, row.id, commands.OutcomeAnswer(value, commentary="Flu"))
    for line in month.lines.values():
        answer = commands.LineAnswer("straight_line", commentary="Agency staff")
        town.run("heidi", commands.save_line, may, line, answer)
    town.run("heidi", commands.save_headcount, may, 2_000, 1_900, "")
    town.run("heidi", commands_said.say_no_risks, may)
    owner = town.people["heidi"]
    town.run("heidi", commands_said.add_recovery, may, "Fewer agency staff", owner, date(2026, 9, 1))
    town.step("heidi", may, "submit")
    return may


def test_history_tells_what_was_submitted_and_no_more(month: Month, two: int) -> None:
    """BR-34: money of the year to date, outcomes and headcount by month; what is still filled in is left out."""
    town = month.town
    town.now = datetime.fromisoformat("2026-07-01T09:00:00+00:00")
    open_return(town, month.unit, date(2026, 6, 1))
    found = town.read(lambda s: get_history(s, town.actor("leo", s), month.unit, town.now.date()))
    assert [m.period_on for m in found.months] == [APRIL, MAY]
    assert [m.actual for m in found.money] == [7_400_000, 16_200_000]
    assert [m.forecast for m in found.money] == [88_800_000, 97_200_000]
    assert [m.filled for m in found.people] == [1_850, 1_900]
    first = found.outcomes[0]
    assert ([*first.values.values()], [*first.rags.values()]) == ([95_000, 80_000], ["green", "red"])


def test_history_and_position_are_closed_to_another_head(month: Month, two: int, site: Site) -> None:
    town = month.town
    today = town.now.date()
    assert town.read(lambda s: get_history(s, town.actor("hugo", s), month.unit, today)) is None
    rows, totals = town.read(lambda s: get_position(s, town.actor("hugo", s), MAY, today))
    assert (rows, totals.units) == ([], 0)
    assert "No return of this month is open to you" in site.visitor("hugo").get("/returns/position?month=2026-05").text


def test_position_adds_up_and_says_what_has_moved(month: Month, two: int) -> None:
    """Over and movement of each unit and of the whole; a unit that has not submitted counts in neither."""
    town = month.town
    other = town.unit("Study Centre", "head_two")
    town.in_force(other)
    open_return(town, other, MAY)
    rows, totals = town.read(lambda s: get_position(s, town.actor("carla", s), MAY, town.now.date()))
    assert [(r.name, r.over, r.moved, r.rag, r.rag_before) for r in rows] == [
        ("Attendance", 3_200_000, 8_400_000, "amber", "green"),
        ("Study Centre", None, None, None, None),
    ]
    assert (rows[0].red, rows[0].red_before) == (1, 0)
    assert (totals.units, totals.told, totals.compared) == (2, 1, 1)
    assert (totals.limit, totals.forecast, totals.moved) == (94_000_000, 97_200_000, 8_400_000)
    assert totals.rags == {"red": 0, "amber": 1, "green": 0}
    assert totals.rags_moved == {"red": 0, "amber": 1, "green": -1}


def test_both_stand_on_their_pages(month: Month, two: int, site: Site) -> None:
    leo = site.visitor("leo")
    unit = leo.get(f"/units/{month.unit}")
    assert unit.html.count('<svg class="app-chart__svg"') == 2
    for words in ("Money by month", "£972,000", "Outcomes by month", "Headcount by month", "18.5"):
        assert words in unit.text, words
    page = leo.get("/returns/position?month=2026-05")
    assert "+£84,000 (1 unit in both months)" in page.text
    assert "1 amber (+1), 0 green (−1)" in page.text
