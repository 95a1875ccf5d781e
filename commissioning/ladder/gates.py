"""The way of a gate to its board before its report is started: which meeting it is for, and which it can still make."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import CompoundSelect, select, union
from sqlalchemy.orm import Session, aliased

from commissioning.actors import Actor
from commissioning.casework.context import council_calendar
from commissioning.meetings.dates import rungs
from commissioning.models.bodies import Body, Meeting
from commissioning.models.cases import Case
from commissioning.models.passages import ReportOrigin
from commissioning.models.reports import Recommendation
from commissioning.visibility import visible
from workflows.back_planning import EarliestMeeting, earliest_meeting
from workflows.london import london_day
from workflows.working_days import BeyondCalendar


@dataclass(frozen=True, slots=True)
class Way:
    """One gate: its row as it was given, its board, the first meeting after its stage is to end, and the one that a
    report begun now can make."""

    row: Any
    board: Body
    first_on: date | None
    found: EarliestMeeting

    @property
    def is_missed(self) -> bool:
        """Whether the meeting that it is for cannot be made any more, or there is none."""
        return self.found.meeting_on is None or (self.first_on is not None and self.found.meeting_on > self.first_on)


def list_ways(session: Session, actor: Actor, rows: Sequence[Any], now: datetime) -> Iterable[Way]:
    """For rows with `id`, `due_on` and `board_id`: each gate for which nobody writes a report that the reader may see.

    Two statements. One beyond what is known of the calendar is left out.
    """
    today, ids = london_day(now), [r.id for r in rows]
    seen = select(Case.id).where(visible(actor, "report", today), Case.is_done.is_(False))
    begun: CompoundSelect[Any] = union(
        select(ReportOrigin.source_id).where(ReportOrigin.source_id.in_(ids), ReportOrigin.report_id.in_(seen)),
        select(Recommendation.about_id).where(Recommendation.about_id.in_(ids), Recommendation.report_id.in_(seen)),
    )
    written = set(session.scalars(begun))
    wanted = [r for r in rows if r.id not in written]
    open_case = aliased(Case)
    ahead = (
        select(Meeting.body_id, Meeting.meeting_on)
        .join(open_case, open_case.id == Meeting.case_id)
        .where(Meeting.meeting_on >= today, open_case.is_done.is_(False))
        .subquery()
    )
    boards: dict[int, Body] = {}
    called: dict[int, list[date]] = {}
    for board, on in session.execute(
        select(Body, ahead.c.meeting_on)
        .outerjoin(ahead, ahead.c.body_id == Body.case_id)
        .where(Body.case_id.in_({r.board_id for r in wanted}))
    ):
        boards[board.case_id] = board
        called.setdefault(board.case_id, []).extend([on] if on is not None else [])
    for row in wanted:
        board = boards[row.board_id]
        after = [on for on in called[board.case_id] if row.due_on is None or on >= row.due_on]
        try:
            found = earliest_meeting(now, rungs(board), after, council_calendar(session, board.case_id))
        except BeyondCalendar:
            continue
        yield Way(row, board, min(after, default=None), found)
