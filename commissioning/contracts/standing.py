"""Where a contract stands on a day: its dates counted back, its colour, its last day to decide.

Here: reading what the count needs (the council's lengths, boards with their rules and meetings), once for many
contracts. Not here: the count itself (`dates`), and which contracts a reader may see (`queries`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from commissioning.casework.context import council_calendar
from commissioning.casework.registry import house
from commissioning.contracts.dates import (
    BackPlan,
    Board,
    Lengths,
    Needs,
    Route,
    is_firm,
    last_day_to_decide,
    list_routes,
    plan_back,
)
from commissioning.meetings.queries import list_meetings_taking_items
from commissioning.models.bodies import Body
from commissioning.models.cases import Case
from commissioning.models.contracts import REACHED, Contract
from commissioning.models.cycles import Cycle, CycleOutput
from commissioning.models.notices import Notice
from commissioning.models.reports import Recommendation
from commissioning.settings_table import get_settings
from workflows.london import london_day
from workflows.working_days import add_months

NO_PLAN = BackPlan()


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a contract stands. `decide_on` is None where it would rest on bank holidays that are not known."""

    light: str
    plan: BackPlan
    decide_on: date | None
    is_given: bool
    is_undecided: bool
    """Whether its last day to decide is past, and nobody has said what follows."""
    is_exception: bool
    """Whether it ends soon, and no open cycle works on what follows."""


@dataclass(frozen=True, slots=True)
class Followed:
    """The cycle that commissions what comes after a contract, as far as the count needs it."""

    cycle: Cycle
    case: Case


class Counter:
    """Counts contracts at one moment, with the settings and boards of this session."""

    def __init__(self, session: Session, now: datetime, *followed: Followed | None) -> None:
        """`followed`: cycles whose boards are read at once."""
        self._session, self._now, self.today = session, now, london_day(now)
        given = get_settings(session)
        self.lengths = Lengths(
            *(int(given[f"contracts.{name}_days"]) for name in ("mobilisation", "award", "tender", "amber"))
        )
        self.exception_months = int(given["contracts.exception_months"])
        self._calendar = council_calendar(session)
        self._boards: dict[int, Board] = {}
        self._brought: dict[int, str] = {}
        self._noticed: dict[int, date] = {}
        self.read(followed)

    def read(self, cycles: Iterable[Followed | None]) -> None:
        """Read what these cycles have done for contracts, and their boards: four queries, and each board's closed
        days."""
        followed = [f for f in cycles if f is not None]
        self._read_boards(followed)
        ids = {f.case.id for f in followed if not f.case.is_done}
        if not ids:
            return
        found = self._session.execute(  # one that is waived, or opened again, was not provided
            select(CycleOutput.cycle_id, CycleOutput.brings).where(
                CycleOutput.cycle_id.in_(ids), CycleOutput.brings != "", CycleOutput.provided_on.is_not(None)
            )
        )
        for cycle_id, brings in found:
            self._brought[cycle_id] = max(self._brought.get(cycle_id, ""), brings, key=REACHED.index)
        self._read_notices(ids)

    def _read_notices(self, ids: Collection[int]) -> None:
        """Notice of the decision at a cycle's gate is given once a paper has it that is still to be decided there."""
        found = self._session.execute(
            select(Recommendation.about_id, func.min(Notice.published_on))
            .join(Notice, Notice.report_id == Recommendation.report_id)
            .join(Cycle, (Cycle.case_id == Recommendation.about_id) & (Cycle.board_id == Notice.body_id))
            .join(Case, Case.id == Recommendation.report_id)
            .where(
                Recommendation.about_id.in_(ids),
                Recommendation.about_step == "approve_plan",
                Notice.kind == "key_decision",
                Notice.withdrawn_at.is_(None),
                Case.state.not_in(house.states_meaning("board-report", "decided")),
                Case.is_done.is_(False),
            )
            .group_by(Recommendation.about_id)
        )
        self._noticed |= {cycle_id: on for cycle_id, on in found if cycle_id is not None}

    def _read_boards(self, cycles: Iterable[Followed]) -> None:
        ids = {f.cycle.board_id for f in cycles if f.cycle.board_id is not None} - self._boards.keys()
        if not ids:
            return
        meetings: dict[int, list[date]] = {}
        for meeting in list_meetings_taking_items(self._session, sorted(ids), self.today):
            meetings.setdefault(meeting.body_id, []).append(meeting.meeting_on)
        for body in self._session.scalars(select(Body).where(Body.case_id.in_(ids)).order_by(Body.case_id)):
            calendar = council_calendar(self._session, body.case_id)
            called = tuple(meetings.get(body.case_id, ()))
            self._boards[body.case_id] = Board(body, body.notice_days, body.call_in_days, calendar, called)

    def standing(self, row: Contract, case: Case, followed: Followed | None) -> Standing:
        """Where one contract stands; `followed` is its cycle, whose board was read."""
        state = house.workflows[case.definition].states[case.state]
        decide_on = row.decide_on
        if decide_on is None and is_firm(row.ends_on, row.notice, row.notice_in, self._calendar):
            decide_on = last_day_to_decide(row.ends_on, row.notice, row.notice_in, self._calendar)
        is_over = row.ends_on < self.today
        light, plan = "closed" if state.has("done") else "over" if is_over else "ending", NO_PLAN
        if state.has("to_follow") and not is_over:
            plan = plan_back(self.needs(row, followed), self._now)
            light = plan.light or "far"
        late = state.has("undecided") and decide_on is not None and decide_on < self.today
        is_exception = (
            state.has("to_follow")
            and not is_over
            and row.ends_on <= self.last_exception_on
            and (followed is None or followed.case.is_done)
        )
        return Standing(light, plan, decide_on, row.decide_on is not None, late, is_exception)

    @property
    def last_exception_on(self) -> date:
        """The last day on which a contract may end that needs a cycle by now."""
        return add_months(self.today, self.exception_months)

    def needs(self, row: Contract, followed: Followed | None) -> Needs:
        """What the count of a contract rests on. A cycle that has passed its gate has that behind it, and what its
        outputs have brought."""
        board, reached, noticed_on = None, row.reached, None
        if followed is not None and not followed.case.is_done:
            board = self._boards.get(followed.cycle.board_id or 0)
            noticed_on = self._noticed.get(followed.case.id)
            state = house.workflows[followed.case.definition].states[followed.case.state]
            passed = "gate" if state.has("do") or state.has("review") else ""
            reached = max(reached, passed, self._brought.get(followed.case.id, ""), key=REACHED.index)
        return Needs(
            row.ends_on, self.lengths, board, reached, self._calendar, row.extensions_left, row.extension_months,
            noticed_on,
        )  # fmt: skip

    def routes(self, row: Contract, followed: Followed | None) -> list[Route]:
        """The routes that remain for a red contract."""
        return list_routes(self.needs(row, followed), self._now)
