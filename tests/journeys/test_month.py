"""One month of a unit through the pages: told again by its head, accepted, met on, closed, and noted for its board.

Head (at 320 px), strategy leader and finance leader, each in a browser of their own (issue 3; BR-34 to BR-36).
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import Engine, select

from commissioning.db import in_transaction, reading
from commissioning.models.cases import Case
from commissioning.models.monitoring import Escalation, MonitoringMeeting, Return
from commissioning.models.units import Unit
from commissioning.monitoring.meeting_plan import invite_due
from commissioning.monitoring.opening import open_due
from tests.journeys.conftest import Begin
from tests.journeys.monitoring import accept, agree_and_close, meet, send
from tests.journeys.months import FINANCE, HEAD, LEADER
from tests.journeys.way import Way
from tests.support.browser import sideways_scroll

FEBRUARY = date(2026, 2, 1)
SAID = "Two placements outside the city were not foreseen; both are reviewed each week."


def test_a_month_from_its_second_telling_to_its_closure(begin: Begin) -> None:
    way, engine = begin("sqlite")
    return_id, meeting_id, meeting_on = _where(engine)
    assert in_transaction(engine, open_due, way.now) == 0  # it was opened on the first of March
    _answer(way, return_id)
    for name in (FINANCE, LEADER):
        accept(way, name, return_id, "2026-02", SAID)
    way.at(meeting_on, 17)
    in_transaction(engine, invite_due, way.now)
    meet(way, meeting_id, date(2026, 5, 29))
    agree_and_close(way, return_id, meeting_id)
    with reading(engine) as session:
        assert session.get_one(Case, return_id).state == "closed"
        row = session.scalars(
            select(Escalation).where(Escalation.period_on == FEBRUARY, Escalation.cause == "not_within_budget")
        ).one()
        assert row.is_escalated


def _where(engine: Engine) -> tuple[int, int, date]:
    with reading(engine) as session:
        unit = select(Unit.case_id).where(Unit.name == "CiC").scalar_subquery()
        told = session.scalars(select(Return).where(Return.unit_id == unit, Return.period_on == FEBRUARY)).one()
        meeting = session.scalars(
            select(MonitoringMeeting).where(MonitoringMeeting.unit_id == unit, MonitoringMeeting.period_on == FEBRUARY)
        ).one()
        return told.case_id, meeting.case_id, meeting.meeting_on


def _answer(way: Way, return_id: int) -> None:
    """On a phone: an outcome that has turned red, with its comment; then it is sent again."""
    head = way.as_(HEAD, width=320)
    way.go(head, f"/returns/{return_id}")
    assert sideways_scroll(head) == 0
    head.get_by_role("link", name="D1").first.click()
    head.get_by_label("Value (%)").fill("13.5")
    head.get_by_label("Comment", exact=True).fill(SAID)
    head.get_by_role("button", name="Save and go on").click()
    way.look(head, "answered")
    send(way, head, return_id)
