"""A month of a unit for tests: a year with lines, actuals released, the return opened and filled in.

Here: rows that finance's import would write, put there directly. It stands on `units.Town`.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from commissioning.actors import system_actor
from commissioning.clock import fresh_id
from commissioning.models.money import BudgetLine, LedgerImport, LedgerLine, Period
from commissioning.models.monitoring import Return, ReturnOutcome
from commissioning.monitoring import commands, commands_said
from commissioning.monitoring.opening import open_month
from tests.support.kept import made_once
from tests.support.units import Town, make_town

APRIL = date(2026, 4, 1)
MAY_DAY = datetime(2026, 5, 1, 9, 0, tzinfo=UTC)
"""The Friday on which April's return opens; it is due Thu 14 May."""


def add_lines(town: Town, year_id: int, unit_id: int, **budgets: int) -> dict[str, int]:
    """Budget lines by code, in pence; their ids by code."""

    def make(session: Session) -> dict[str, int]:
        made = {}
        for position, (code, pence) in enumerate(budgets.items(), 1):
            made[code] = fresh_id()
            session.add(
                BudgetLine(
                    id=made[code],
                    year_id=year_id,
                    unit_id=unit_id,
                    position=position,
                    code=code,
                    name=code.capitalize(),
                    budget_pence=pence,
                )
            )
        return made  # fmt: skip

    found: dict[str, int] = town.write(make)
    return found


def add_actuals(town: Town, year_id: int, actuals: dict[int, int], period_on: date = APRIL) -> int:
    """An import of actuals to the end of a month, by line; its id."""

    def make(session: Session) -> int:
        total, key = sum(actuals.values()), fresh_id()
        session.add(
            LedgerImport(id=key, year_id=year_id, period_on=period_on, file_name="ledger.csv", sha256=str(key),
                         total_pence=total, control_pence=total, imported_by_id=town.people["finn"],
                         imported_at=town.now)
        )  # fmt: skip
        session.flush()
        session.add_all(
            LedgerLine(import_id=key, line_id=line, actual_pence=pence, month_pence=pence)
            for line, pence in actuals.items()
        )
        return key

    return int(town.write(make))


def release(town: Town, year_id: int, import_id: int, period_on: date = APRIL) -> None:
    """Let finance have released a month."""
    row = Period(year_id=year_id, period_on=period_on, import_id=import_id, released_by_id=town.people["finn"],
                 released_at=town.now)  # fmt: skip
    town.write(lambda s: s.add(row))


def open_return(town: Town, unit_id: int, period_on: date = APRIL) -> int:
    """Open a month for every unit; the return of this one."""
    town.write(lambda s: open_month(s, system_actor("tick"), period_on, now=town.now))
    query = select(Return.case_id).where(Return.unit_id == unit_id, Return.period_on == period_on)
    return int(town.read(lambda s: s.scalars(query).one()))


def rows_of(town: Town, return_id: int) -> list[ReturnOutcome]:
    """The outcomes of a return in order."""
    query = select(ReturnOutcome).where(ReturnOutcome.return_id == return_id).order_by(ReturnOutcome.position)
    return list(town.read(lambda s: s.scalars(query).all()))


class Month:
    """Attendance in April: two outcomes, two lines, a limit of 940,000 pounds, May Day morning."""

    def __init__(self, town: Town, **more: Any) -> None:
        self.town = town
        self.unit = town.unit()
        self.year = town.year()
        town.money(self.year, {self.unit: 100_000_000})
        town.in_force(self.unit, **more)
        self.lines = add_lines(town, self.year, self.unit, staff=60_000_000, travel=34_000_000)
        town.now = MAY_DAY
        self.id = open_return(town, self.unit)

    def release(self, staff: int = 4_900_000, travel: int = 2_500_000) -> None:
        """Finance has released April."""
        spent = {self.lines["staff"]: staff, self.lines["travel"]: travel}
        release(self.town, self.year, add_actuals(self.town, self.year, spent))

    def answer(self, *, outcomes: bool = True, risks: bool = True) -> None:
        """Everything answered, all green."""
        if outcomes:
            for row in rows_of(self.town, self.id):
                self.town.run("heidi", commands.save_outcome, self.id, row.id, commands.OutcomeAnswer(95_000))
        self.town.run("heidi", commands.save_headcount, self.id, 2_000, 1_850, "One post is being filled")
        if risks:
            self.town.run("heidi", commands_said.say_no_risks, self.id)

    def submit(self) -> None:
        """Released, answered and submitted."""
        self.release()
        self.answer()
        self.town.step("heidi", self.id, "submit")

    def accept(self) -> None:
        """Accepted by both."""
        self.town.step("fay", self.id, "accept", part=2)
        self.town.step("leo", self.id, "accept", part=1)

    def get(self) -> Return:
        """The return as it is stored."""
        found: Return = self.town.read(lambda s: s.get_one(Return, self.id))
        return found


@made_once
def make_month(engine: Engine) -> Month:
    """A month in an empty database."""
    return Month(make_town(engine))
