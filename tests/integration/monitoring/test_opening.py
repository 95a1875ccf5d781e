"""Opening the month by sets, what is carried in, when it is due (BR-34)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import func, select

from commissioning.actors import system_actor
from commissioning.casework.errors import Forbidden, Invalid
from commissioning.models.bodies import Action
from commissioning.models.cases import Case, Event, Occurrence, Task
from commissioning.models.monitoring import Return, ReturnAction
from commissioning.models.specifications import Specification
from commissioning.monitoring import commands, commands_said
from commissioning.monitoring.opening import due_day, move_due_dates, move_for_late_periods, open_due, open_month
from commissioning.monitoring.queries import get_sheet
from commissioning.monitoring.tasks import parts_of
from commissioning.specifications.commands import OutcomeInput, propose_variation, write_outcomes
from commissioning.specifications.making import OUTCOME_COLUMNS, list_outcomes
from tests.support.returns import APRIL, MAY_DAY, Month, add_actuals, open_return, release, rows_of
from tests.support.units import Town

MAY = date(2026, 5, 1)
JUNE_FIRST = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)


def test_april_2008_is_due_on_wednesday_14_may(town: Town) -> None:
    """8 working days after the first, the bank holiday of 5 May between them."""
    assert town.read(lambda s: due_day(s, date(2008, 4, 1))) == date(2008, 5, 14)


def count(town: Town, model: type) -> int:
    return int(town.read(lambda s: s.scalar(select(func.count()).select_from(model))))


def test_it_opens_once_for_units_with_a_specification_in_force(town: Town) -> None:
    with_one = town.unit()
    town.in_force(with_one)
    without = town.unit("Study Centre", head="head_two")
    town.draft(without)
    town.now = MAY_DAY
    assert town.write(lambda s: open_due(s, town.now)) == 1
    assert town.write(lambda s: open_due(s, town.now)) == 0
    assert town.write(lambda s: open_due(s, datetime(2026, 5, 20, 9, tzinfo=UTC))) == 0, "late: nothing twice"
    found = town.read(lambda s: s.scalars(select(Return)).one())
    assert (found.unit_id, found.period_on, found.return_due_on) == (with_one, APRIL, date(2026, 5, 14))
    assert [o.position for o in rows_of(town, found.case_id)] == [1, 2]
    tasks = town.read(lambda s: s.scalars(select(Task).where(Task.case_id == found.case_id)).all())
    assert [(t.step, t.role, t.due_on) for t in tasks] == [("submit", "head", date(2026, 5, 14))]
    rules = town.read(lambda s: s.scalars(select(Occurrence).where(Occurrence.case_id == found.case_id)).all())
    assert sorted((o.rule, o.to_role, o.nominal_on.isoformat()) for o in rules) == [
        ("return_due+0", None, "2026-05-14"),
        ("return_due+1", None, "2026-05-15"),
        ("return_due-2", None, "2026-05-12"),
        ("return_due-5", None, "2026-05-07"),
        ("return_late+1", "strategy_leader", "2026-05-15"),
        ("return_very_late+3", "director", "2026-05-19"),
    ]


def test_a_month_that_is_not_over_is_not_opened(town: Town) -> None:
    """No actuals for a future period."""
    town.in_force(town.unit())
    for day in (APRIL, date(2026, 4, 2)):
        with pytest.raises(Invalid):
            town.write(lambda s, day=day: open_month(s, system_actor("tick"), day, now=town.now))
    assert count(town, Return) == 0


def test_who_came_into_force_after_the_first_begins_with_the_next_month(town: Town) -> None:
    unit = town.unit()
    town.now = datetime(2026, 5, 6, 9, 0, tzinfo=UTC)
    town.in_force(unit)
    assert town.write(lambda s: open_due(s, town.now)) == 0
    assert town.write(lambda s: open_due(s, JUNE_FIRST)) == 1


def test_months_that_the_scheduler_missed_are_opened_in_order(month: Month) -> None:
    late = datetime(2026, 7, 3, 9, 0, tzinfo=UTC)
    assert [month.town.write(lambda s: open_due(s, late)) for _ in range(3)] == [1, 1, 0]
    periods = month.town.read(lambda s: s.scalars(select(Return.period_on).order_by(Return.period_on)).all())
    assert periods == [APRIL, MAY, date(2026, 6, 1)]


def test_last_month_is_carried_in(month: Month) -> None:
    """Values, ratings, the establishment and open actions; a recovery stays one."""
    town = month.town
    first = rows_of(town, month.id)[0]
    town.run("heidi", commands.save_outcome, month.id, first.id, commands.OutcomeAnswer(80_000, commentary="Flu"))
    town.run("heidi", commands.save_headcount, month.id, 2_000, 1_900, "")
    for text in ("Freeze overtime", "Share the minibus"):
        town.run("heidi", commands_said.add_recovery, month.id, text, town.people["helper"], date(2026, 9, 1))
    done = town.read(lambda s: s.scalars(select(Action.case_id).order_by(Action.case_id)).all())
    town.step("helper", done[1], "report_complete", reason="It is shared")
    town.step("leo", done[1], "verify")
    town.now = JUNE_FIRST
    nxt = open_return(town, month.unit, MAY)
    rows = rows_of(town, nxt)
    assert [(r.earlier_thousandths, r.earlier_rag) for r in rows] == [(80_000, "amber"), (None, None)]
    assert town.read(lambda s: s.get_one(Return, nxt)).establishment_hundredths == 2_000
    carried = town.read(lambda s: s.scalars(select(ReturnAction).where(ReturnAction.return_id == nxt)).all())
    assert [(a.action_id, a.is_recovery) for a in carried] == [(done[0], True)]


def test_what_was_amber_changed_or_is_new_is_asked_first(town: Town) -> None:
    """BR-34: after a variation the unit is asked first about what is not as it was, and reads what it was."""
    month = Month(town, outcomes=4)
    for row, value in zip(rows_of(town, month.id), (95_000, 95_000, 80_000, 95_000), strict=True):
        town.run("heidi", commands.save_outcome, month.id, row.id, commands.OutcomeAnswer(value, commentary="Flu"))
    earlier = town.read(lambda s: s.scalars(select(Specification)).one().case_id)
    varied = town.run("leo", propose_variation, earlier, "Fewer are excluded now")
    first, second, third, _ = [
        OutcomeInput(id=o.id, **{c: getattr(o, c) for c in OUTCOME_COLUMNS})
        for o in town.read(lambda s: list_outcomes(s, varied))
    ]
    added = replace(first, id=None, code="A5", measure="Attendance 5")
    written = [first, replace(second, target_thousandths=90_000), third, added]
    town.run("leo", write_outcomes, varied, written)
    town.step("leo", varied, "send_to_provider")
    for who, part in (("heidi", 1), ("leo", 2)):
        town.step(who, varied, "sign", fields={"outcome": "agreed"}, part=part)
    town.step("carla", varied, "bring_into_force")
    town.now = JUNE_FIRST
    nxt = open_return(town, month.unit, MAY)
    parts = town.read(lambda s: parts_of(get_sheet(s, s.get_one(Return, nxt))))
    asked = [(p.title.partition(":")[0], p.status) for p in parts if p.key.startswith("outcomes/")]
    assert asked == [
        ("A3", "To answer, amber last month"), ("A2", "To answer, changed"), ("A5", "To answer, new"),
        ("A1", "To answer"),
    ]  # fmt: skip
    assert parts[1].hint == "Attendance 2: target 90 %, last month 95; the target was 95 %"
    row = rows_of(town, nxt)[1]
    carried = commands.OutcomeAnswer(95_000, is_still_true=True)
    town.run("heidi", commands.save_outcome, nxt, row.id, carried)
    assert rows_of(town, nxt)[1].commentary == "Flu", "what was said of the earlier version is still offered"


def test_a_late_period_moves_every_due_date_with_a_reason(month: Month) -> None:
    """In one step, for returns that are not submitted; never back."""
    town = month.town
    town.now = datetime(2026, 5, 8, 9, 0, tzinfo=UTC)
    release(town, month.year, add_actuals(town, month.year, {month.lines["staff"]: 1}))
    assert town.write(lambda s: move_for_late_periods(s, town.now)) == 0, "in time: three working days are left"
    town.write(lambda s: s.execute(Return.__table__.update().values(return_due_on=date(2026, 5, 11))))
    assert town.write(lambda s: move_for_late_periods(s, town.now)) == 1
    assert town.write(lambda s: move_for_late_periods(s, town.now)) == 0
    assert month.get().return_due_on == date(2026, 5, 13)
    case = town.read(lambda s: s.get_one(Case, month.id))
    assert (case.due_on, case.state) == (date(2026, 5, 13), "open")
    events = town.read(lambda s: s.scalars(select(Event).where(Event.case_id == month.id).order_by(Event.seq)).all())
    assert events[-1].name == "return.due_moved"
    assert "Finance released the month on 8 May 2026" in events[-1].body


def test_finance_moves_the_due_date_of_a_month(month: Month) -> None:
    town, to = month.town, date(2026, 5, 18)
    with pytest.raises(Forbidden):
        town.run("heidi", move_due_dates, APRIL, to, "Ledger is late")
    for day, reason in ((to, " "), (date(2026, 5, 16), "A Saturday")):
        with pytest.raises(Invalid):
            town.run("finn", move_due_dates, APRIL, day, reason)
    assert town.run("finn", move_due_dates, APRIL, to, "Ledger is late") == 1
    assert month.get().return_due_on == to
