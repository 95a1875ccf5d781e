"""Months of a unit that go by beside a journey: told by the same commands as the pages run, by the same people.

Here: what the tick does on a day, finance's ledger, and a whole month of a unit from its return to its closure. Not
here: the months that a journey goes through in a browser.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from commissioning.actors import load_actor
from commissioning.casework import perform
from commissioning.db import in_transaction, reading
from commissioning.jobs import tick
from commissioning.models.money import BudgetLine, BudgetYear
from commissioning.models.monitoring import MonitoringMeeting, Return, ReturnOutcome
from commissioning.models.people import Person
from commissioning.models.units import Unit
from commissioning.money.actuals import Ledger, import_actuals, release_period
from commissioning.money.imports import Upload
from commissioning.monitoring.commands import LineAnswer, OutcomeAnswer, save_headcount, save_line, save_outcome
from commissioning.monitoring.commands_said import add_recovery, say_no_risks
from commissioning.monitoring.figures import get_money
from commissioning.monitoring.meeting_commands import record_attendance, write_minutes
from commissioning.monitoring.opening import next_month
from config import load_settings
from tests.journeys.way import Way

HEAD, LEADER, FINANCE = "Head of CiC", "Strategy Leader, Safeguarding", "Strategy Leader of Finance"
ACCOUNTANT = "Finance Unit Accountant"
RECOVERY = "Approve twelve foster carers in the city, and end four placements outside it."
WHY = "Placements outside the city cost more than was planned; each is reviewed every week."


@dataclass
class Months:
    """The unit CiC, month by month, in the council of a journey."""

    way: Way
    engine: Engine

    def tick(self) -> dict[str, str]:
        """Everything that happens by itself at this moment."""
        settings = load_settings(database_url=str(self.engine.url), secret_key="for-tests-alone", smtp_url="")
        done = tick(self.engine, self.way.now, settings)
        assert not [words for words in done.values() if words.startswith("failed")], done
        return done

    def do(self, who: str, command: Callable[..., Any], *given: Any, **more: Any) -> Any:
        """Run a command as somebody, now."""

        def run(session: Session) -> Any:
            person = session.scalars(select(Person.id).where(Person.name == who)).one()
            actor = load_actor(session, person, self.way.today)
            return command(session, actor, *given, now=self.way.now, **more)

        return in_transaction(self.engine, run)

    def find(self, period_on: date) -> tuple[Return | None, MonitoringMeeting | None]:
        """The unit's return and meeting for a month, as far as they are there."""
        with reading(self.engine) as session:
            unit = select(Unit.case_id).where(Unit.name == "CiC", Unit.kind == "business").scalar_subquery()
            told = session.scalars(select(Return).where(Return.unit_id == unit, Return.period_on == period_on))
            met = session.scalars(
                select(MonitoringMeeting).where(
                    MonitoringMeeting.unit_id == unit, MonitoringMeeting.period_on == period_on
                )
            )
            return told.first(), met.first()

    def release(self, period_on: date, months: int, percent: int) -> None:
        """Finance takes the ledger in and releases the month: so many months of the year, spent at this pace."""
        with reading(self.engine) as session:
            year_id = session.scalars(select(BudgetYear.case_id)).one()
            unit = select(Unit.case_id).where(Unit.name == "CiC", Unit.kind == "business").scalar_subquery()
            lines = session.scalars(select(BudgetLine).where(BudgetLine.unit_id == unit)).all()
        spent = {x.code: x.budget_pence * months * percent // 1200 for x in lines}
        rows = ["Unit,Line code,Line name,Actual to date,This month,Commitment"]
        for x in lines:
            now, month = spent[x.code], spent[x.code] // months
            rows.append(f"CiC (business unit),{x.code},{x.name},{now / 100:.2f},{month / 100:.2f},0.00")
        upload = Upload(f"ledger-{months}.csv", "\n".join(rows).encode())
        self.do(ACCOUNTANT, import_actuals, year_id, Ledger(period_on, sum(spent.values()), upload))
        self.do(ACCOUNTANT, release_period, year_id, period_on)

    def go_by(self, period_on: date, stable_home: int, *, is_within: bool) -> None:
        """A month from the head's answers to its closure; `stable_home` is D1's value in tenths of a per cent."""
        told, meeting = self.find(period_on)
        assert told is not None
        assert meeting is not None
        self.way.at(next_month(period_on) + timedelta(days=7))
        self._answer(told, stable_home)
        self.do(HEAD, perform, told.case_id, "submit")
        self.do(FINANCE, perform, told.case_id, "accept", part=2)
        self.do(LEADER, perform, told.case_id, "accept", part=1)
        self.way.at(meeting.meeting_on, 17)
        self._meet(meeting.case_id, is_within)
        self.do(LEADER, perform, told.case_id, "close")

    def _answer(self, told: Return, stable_home: int) -> None:
        with reading(self.engine) as session:
            outcomes = session.scalars(
                select(ReturnOutcome.id).where(ReturnOutcome.return_id == told.case_id).order_by(ReturnOutcome.position)
            ).all()
            money = get_money(session, [told], live=[told.case_id])[told.case_id]
        for row, value in zip(outcomes, (stable_home * 100, 15_000, 63_000), strict=True):
            self.do(HEAD, save_outcome, told.case_id, row, OutcomeAnswer(value, commentary=WHY))
        for line in money.lines:
            if line.rag != "green":
                self.do(HEAD, save_line, told.case_id, line.line_id, LineAnswer(line.method, commentary=WHY))
        if money.over > 0:
            with reading(self.engine) as session:
                head = session.scalars(select(Person.id).where(Person.name == HEAD)).one()
            self.do(HEAD, add_recovery, told.case_id, RECOVERY, head, date(2008, 10, 31))
        self.do(HEAD, save_headcount, told.case_id, 13_800, 13_100, "Seven posts are advertised.")
        self.do(HEAD, say_no_risks, told.case_id)

    def _meet(self, meeting_id: int, is_within: bool) -> None:
        with reading(self.engine) as session:
            people = {row.name: row.id for row in session.execute(select(Person.name, Person.id))}
        came = {"head": people[HEAD], "strategy_leader": people[LEADER], "finance_leader": people[FINANCE]}
        self.do(LEADER, record_attendance, meeting_id, came)
        found = {"to_specification": "no", "within_budget": "yes" if is_within else "no", "findings": WHY}
        self.do(LEADER, perform, meeting_id, "hold", fields=found)
        self.do(LEADER, write_minutes, meeting_id, "What was said stands in the findings.", None)
        self.do(LEADER, perform, meeting_id, "draft_minutes")
        for part, who in enumerate((HEAD, LEADER, FINANCE), 1):
            self.do(who, perform, meeting_id, "agree", fields={"outcome": "agreed"}, part=part)
        self.do(LEADER, perform, meeting_id, "close")
