"""What is escalated to a unit's board: noted with its meeting, frozen, and a paper for the board's next meeting."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from sqlalchemy import delete, select, update

from commissioning.boards.sections import SectionInput, save_section
from commissioning.casework.errors import NotNow
from commissioning.db import reading
from commissioning.models.bodies import SectionTemplate
from commissioning.models.cases import Case, CaseRole
from commissioning.models.monitoring import Escalation, Return, ReturnOutcome
from commissioning.models.reports import Recommendation, Report, Section
from commissioning.monitoring.commands import LineAnswer, save_line
from commissioning.monitoring.commands_said import add_recovery
from commissioning.monitoring.meeting_escalating import draft_due, note_late_due, note_unit_month
from commissioning.monitoring.meeting_queries import list_escalations
from commissioning.reports.from_work import start_report
from commissioning.units.commands import edit_unit
from tests.support.monitoring_meetings import get_meeting, hold, invite, plan
from tests.support.returns import APRIL, Month, add_actuals, open_return, release, rows_of

MAY, JUNE = date(2026, 5, 1), date(2026, 6, 1)
NO = {"within_budget": "no", "findings": "Agency staff"}


def notes(month: Month, period_on: date) -> dict[str, Escalation]:
    query = select(Escalation).where(Escalation.unit_id == month.unit, Escalation.period_on == period_on)
    return {e.cause: e for e in month.town.read(lambda s: s.scalars(query).all())}


def meet(month: Month, period_on: date, **found: str) -> int:
    """The month's meeting, held on its day."""
    meeting = get_meeting(month.town, month.unit, period_on)
    month.town.at(meeting.meeting_on, 15)
    invite(month.town)
    hold(month, meeting.case_id, **found)
    return meeting.case_id


def put(month: Month, period_on: date, *, rag: str | None = None, reds: int = 0, late: bool = False) -> int:
    """A month's return as it was submitted, written past its own workflow."""
    town = month.town
    town.at(date(period_on.year, period_on.month + 1, 2))
    case_id = month.id if period_on == APRIL else open_return(town, month.unit, period_on)
    ids = [r.id for r in rows_of(town, case_id)[:reds]]

    def write(session: Any) -> None:
        told = session.get_one(Return, case_id)
        told.submitted_at, told.budget_rag, told.is_late = town.now, rag, late
        told.cash_limit_pence, told.forecast_pence = 94_000_000, 99_500_050
        for i in ids:
            row = session.get_one(ReturnOutcome, i)
            row.rag, row.actual_thousandths = "red", 80_500

    town.write(write)
    return case_id


@pytest.fixture
def planned(month: Month) -> Month:
    """April's return open, the year's meetings planned."""
    plan(month.town, month.year)
    return month


def with_board(month: Month, on: date = date(2026, 9, 1)) -> int:
    """A board that the unit answers to, with a meeting; its id."""
    town = month.town
    board = town.body("Management team", "officer")
    town.meeting(board, on)
    town.run("carla", edit_unit, month.unit, {"board_id": board})
    return board


def test_not_within_budget_two_months_running_is_escalated_and_once_is_not(planned: Month) -> None:
    put(planned, APRIL, rag="red")
    meet(planned, APRIL, **NO)
    first = notes(planned, APRIL)["not_within_budget"]
    assert not first.is_escalated
    assert "not in the month before" in first.reason
    put(planned, MAY, rag="red")
    meet(planned, MAY, **NO)
    assert notes(planned, MAY)["not_within_budget"].is_escalated
    assert not notes(planned, APRIL)["not_within_budget"].is_escalated


def test_a_meeting_not_held_counts_the_red_budget_of_the_return(planned: Month) -> None:
    put(planned, APRIL, rag="red")
    meet(planned, APRIL, **NO)
    put(planned, MAY, rag="red")
    meeting = get_meeting(planned.town, planned.unit, MAY)
    planned.town.at(meeting.meeting_on, 15)
    invite(planned.town)
    planned.town.step("leo", meeting.case_id, "not_held", reason="Snow")
    assert notes(planned, MAY)["not_within_budget"].is_escalated


def test_red_three_months_and_late_twice_are_escalated_with_their_figures_frozen(planned: Month) -> None:
    for period_on in (APRIL, MAY, JUNE):
        put(planned, period_on, rag="green", reds=1, late=period_on != MAY)
        meet(planned, period_on)
    assert {c: e.is_escalated for c, e in notes(planned, MAY).items()} == {"outcome_red": False}
    found = notes(planned, JUNE)
    assert {c: e.is_escalated for c, e in found.items()} == {"outcome_red": True, "late_returns": True}
    figures = {what: (value, source, as_of) for what, value, source, as_of in json.loads(found["outcome_red"].figures)}
    assert figures["Forecast for the year"][0] == "£995,000.50"
    assert figures["Forecast above the limit"][0] == "£55,000.50"
    assert figures["A1 Attendance 1 (red)"][0] == "80.5 against 95"
    assert figures["Cash limit"][1].startswith("Return RET-")
    assert figures["Cash limit"][2] == "submitted 2 July 2026"
    put(planned, JUNE, rag="red")
    planned.town.write(lambda s: note_unit_month(s, planned.unit, JUNE, planned.town.now))
    assert notes(planned, JUNE)["outcome_red"].figures == found["outcome_red"].figures


def test_a_paper_is_started_once_for_the_board_in_the_name_of_a_commissioner(planned: Month) -> None:
    town = planned.town
    for period_on in (APRIL, MAY):
        put(planned, period_on, rag="red")
        meet(planned, period_on, **NO)
    assert town.write(lambda s: draft_due(s, town.now)) == 0, "the unit answers to no board yet"
    board = with_board(planned)
    assert town.write(lambda s: draft_due(s, town.now)) == 1
    assert town.write(lambda s: draft_due(s, town.now)) == 0
    report_id = notes(planned, MAY)["not_within_budget"].report_id
    assert report_id is not None
    case = town.read(lambda s: s.get_one(Case, report_id))
    assert (case.title, case.scope) == ("Attendance: monitoring in May 2026", f"body:{board}")
    author = select(CaseRole.person_id).where(CaseRole.case_id == report_id, CaseRole.role == "author")
    assert town.read(lambda s: s.scalars(author).one()) == town.people["carla"]
    query = select(Section).where(Section.report_id == report_id)
    sections = {s.key: s.text for s in town.read(lambda s: s.scalars(query).all())}
    assert "Not within budget in May 2026, 2 months running" in sections["summary"]
    assert "as noted on " in sections["financial_revenue"], "each figure stands where the template has its place"
    assert "Forecast for the year: £995,000.50 (Return RET-" in sections["financial_revenue"]
    assert "submitted 2 June 2026" in sections["financial_revenue"]
    assert "- Returned: in time (Return RET-" in sections["background"]
    assert "All activity within the budget: no" in sections["background"]
    asked = select(Recommendation.ask).where(Recommendation.report_id == report_id)
    assert town.read(lambda s: s.scalars(asked).all()) == ["agree"]
    assert len(town.read(lambda s: s.scalars(select(Report.case_id)).all())) == 1
    month = town.read(lambda s: s.scalars(select(Return.case_id).where(Return.period_on == MAY)).one())
    assert town.run("carla", start_report, month, 0) == report_id, "the return leads to it, and makes no second one"
    with pytest.raises(NotNow, match="Carla is writing this report already"):
        town.run("leo", start_report, month, 0)
    town.write(lambda s: s.execute(delete(SectionTemplate).where(SectionTemplate.body_id == board)))
    headings = ("Purpose", "Background", "Financial monitoring")
    for heading in headings:
        town.run("clerk", save_section, board, SectionInput(heading))
    town.write(lambda s: s.execute(update(Case).where(Case.id == report_id).values(is_done=True)))
    meeting = town.read(lambda s: s.get_one(Report, report_id).meeting_id)
    own = town.run("leo", start_report, month, meeting)
    query = select(Section.text).where(Section.report_id == own).order_by(Section.position)
    texts = dict(zip(headings, town.read(lambda s: s.scalars(query).all()), strict=True))
    assert "2 months running" in texts["Purpose"]
    assert "Forecast for the year" in texts["Financial monitoring"]
    assert "Forecast for the year" not in texts["Purpose"] + texts["Background"]


def test_it_waits_for_a_meeting_to_which_papers_can_still_come(planned: Month) -> None:
    town = planned.town
    for period_on in (APRIL, MAY):
        put(planned, period_on, rag="red")
        meet(planned, period_on, **NO)
    board = with_board(planned, date(2026, 6, 30))
    town.at(date(2026, 6, 29))
    assert town.write(lambda s: draft_due(s, town.now)) == 0
    town.meeting(board, date(2026, 9, 1))
    assert town.write(lambda s: draft_due(s, town.now)) == 1


@pytest.mark.parametrize(
    ("who", "sees"),
    [("carla", True), ("director", True), ("heidi", True), ("leo", True), ("ann", True), ("clerk", True),
     ("chair", True), ("hugo", False), ("stranger", False), ("author", False)],
)  # fmt: skip
def test_the_board_sees_what_was_not_escalated_and_why_and_others_do_not(planned: Month, who: str, sees: bool) -> None:
    town = planned.town
    with_board(planned)
    put(planned, APRIL, rag="red")
    meet(planned, APRIL, **NO)
    with reading(town.engine) as session:
        rows, total = list_escalations(session, town.actor(who, session), town.now.date(), is_escalated=False)
        assert total == len(rows) == (1 if sees else 0)


def test_a_return_accepted_after_its_meeting_is_judged_again(planned: Month) -> None:
    town = planned.town
    meet(planned, APRIL)
    assert set(notes(planned, APRIL)) == {"late_returns"}
    planned.release(staff=9_000_000)
    planned.answer()
    row = rows_of(town, planned.id)[0].id

    def worse(session: Any) -> None:
        found = session.get_one(ReturnOutcome, row)
        found.rag, found.commentary = "red", "Two schools were closed"

    town.write(worse)
    add = ("Replace agency staff", town.people["helper"], date(2026, 6, 30))
    town.run("heidi", add_recovery, planned.id, *add)
    for line in planned.lines.values():
        town.run("heidi", save_line, planned.id, line, LineAnswer("straight_line", commentary="Agency staff"))
    town.step("heidi", planned.id, "submit")
    assert "outcome_red" not in notes(planned, APRIL)
    planned.accept()
    assert not notes(planned, APRIL)["outcome_red"].is_escalated


def test_two_returns_that_never_came_are_escalated_though_nobody_records_a_meeting(month: Month) -> None:
    """product.md, 3: two late within six months. Not before finance has released the money that they tell of."""
    town = month.town
    with_board(month)
    town.at(date(2026, 5, 15))
    assert town.write(lambda s: note_late_due(s, town.now)) == 0, "the money is not released"
    month.release()
    assert town.write(lambda s: note_late_due(s, town.now)) == 1
    assert not notes(month, APRIL)["late_returns"].is_escalated
    town.at(date(2026, 6, 1))
    open_return(town, month.unit, MAY)
    release(town, month.year, add_actuals(town, month.year, dict.fromkeys(month.lines.values(), 1), MAY), MAY)
    town.at(date(2026, 6, 11))
    assert town.write(lambda s: note_late_due(s, town.now)) == 0, "its day has not gone by"
    town.at(date(2026, 6, 12))
    assert [town.write(lambda s: note_late_due(s, town.now)) for _ in range(2)] == [1, 0]
    found = notes(month, MAY)["late_returns"]
    assert (found.is_escalated, found.reason) == (True, "2 returns late within 6 months: April 2026, May 2026")
    assert town.write(lambda s: draft_due(s, town.now)) == 1


def test_a_month_without_a_meeting_is_judged_when_its_return_is_accepted(month: Month) -> None:
    month.town.at(date(2026, 5, 15))
    month.submit()
    month.accept()
    assert not notes(month, APRIL)["late_returns"].is_escalated


def test_nothing_is_noted_of_a_month_in_which_nothing_is_wrong(planned: Month) -> None:
    put(planned, APRIL, rag="green")
    meet(planned, APRIL)
    assert notes(planned, APRIL) == {}
