"""Cycles over the years: when each was in which stage, its gates, and the board meetings to come.

Here: the spans, from the events, and where they lie on the drawing. Not here: the drawing itself (the template).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from commissioning.actors import Actor
from commissioning.cycles.queries import CycleRow, stages_by_state
from commissioning.models.bodies import Body, Meeting
from commissioning.models.cases import Case, Event
from commissioning.models.cycles import STAGES
from commissioning.visibility import visible
from workflows.london import london_day

GATES = ("cycle.do_started", "cycle.renewed", "cycle.closed", "cycle.decommissioned")
"""Events that a board's decision brought about."""
WIDTH, LEFT, ROW = 1000, 250, 36
"""Of the drawing: its width, what the names take of it, the height of a row."""
MOST_YEARS = 6


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of days in one stage, both included; `is_ahead`: planned, not yet gone through."""

    stage: str
    from_on: date
    to_on: date
    x: float
    width: float
    is_ahead: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """One cycle on the drawing: its spans, and where its gates opened."""

    row: CycleRow
    y: int
    spans: list[Span]
    gates: list[tuple[date, float]]


@dataclass(frozen=True, slots=True)
class Drawing:
    """All lines, the first days of the years, today, and the meetings to come of the boards that decide."""

    lines: list[Line]
    years: list[tuple[int, float]]
    today_x: float
    meetings: list[tuple[date, float, str]]
    """Day, place, and which boards meet."""
    height: int


def draw(session: Session, actor: Actor, rows: Sequence[CycleRow], today: date) -> Drawing:
    """Lay out these cycles, in their order. Two queries."""
    told = _told(session, [r.case.id for r in rows])
    stages = stages_by_state()
    raw = {r.case.id: _stretches(told.get(r.case.id, []), stages, today, r) for r in rows}
    days = [d for stretches in raw.values() for _, a, b, _ in stretches for d in (a, b)] or [today]
    first = max(_half_year(min(days)), date(today.year - MOST_YEARS + 1, 1, 1))
    last = date(max(max(days).year, today.year), 12, 31)
    span = (last - first).days or 1

    def at(day: date) -> float:
        return round(LEFT + (WIDTH - LEFT) * min(max((day - first).days / span, 0), 1), 1)

    lines = []
    for n, r in enumerate(rows):
        spans = [Span(s, a, b, at(a), max(at(b) - at(a), 2), ahead) for s, a, b, ahead in raw[r.case.id] if b >= first]
        gates = [(d, at(d)) for name, d, _ in told.get(r.case.id, []) if name in GATES and d >= first]
        lines.append(Line(r, 30 + n * ROW, spans, gates))
    years = [(y, at(max(date(y, 1, 1), first))) for y in range(first.year, last.year + 1)]
    boards = {r.cycle.board_id for r in rows if r.cycle.board_id is not None}
    meetings = [(d, at(d), names) for d, names in _meetings(session, actor, boards, today) if d <= last]
    return Drawing(lines, years, at(today), meetings, 30 + len(rows) * ROW + 6)


def _half_year(day: date) -> date:
    """The first day of a day's half year: the drawing begins near its first line, with room for the year's name."""
    return date(day.year, 1 if day.month < 7 else 7, 1)


def _told(session: Session, ids: list[int]) -> dict[int, list[tuple[str, date, str]]]:
    """Each cycle's moves as (event, day, state that it came to)."""
    rows = session.execute(
        select(Event.case_id, Event.name, Event.at, Event.to_state)
        .where(Event.case_id.in_(ids), Event.to_state.is_not(None))
        .order_by(Event.case_id, Event.seq)
    )
    found: dict[int, list[tuple[str, date, str]]] = {}
    for case_id, name, at, state in rows:
        assert case_id is not None  # asked by the ids of cases
        assert state is not None
        found.setdefault(case_id, []).append((name, london_day(at), state))
    return found


def _stretches(
    told: list[tuple[str, date, str]], stages: dict[str, str], today: date, row: CycleRow
) -> list[tuple[str, date, date, bool]]:
    """Stretches of days by stage, one after the other, and what is planned of the present one."""
    found: list[tuple[str, date, date, bool]] = []
    for n, (_, day, state) in enumerate(told):
        until = told[n + 1][1] if n + 1 < len(told) else (day if row.case.is_done else today)
        stage = stages.get(state, "")
        if stage not in (*STAGES, "paused"):
            continue
        if found and found[-1][0] == stage and found[-1][2] >= day:
            found[-1] = (stage, found[-1][1], max(found[-1][2], until), False)
        else:
            found.append((stage, day, until, False))
    due = row.cycle.stage_due_on
    if row.stage in STAGES and due is not None and due > today:
        found.append((row.stage, today, due, True))
    return found


def _meetings(session: Session, actor: Actor, boards: set[int], today: date) -> list[tuple[date, str]]:
    """Days on which boards meet, each with their names."""
    if not boards:
        return []
    found = session.execute(
        select(Meeting.meeting_on, Body.name)
        .join(Case, Case.id == Meeting.case_id)
        .join(Body, Body.case_id == Meeting.body_id)
        .where(Meeting.body_id.in_(boards), Meeting.meeting_on >= today, visible(actor, "meeting", today))
        .order_by(Meeting.meeting_on, Body.name)
    )
    days: dict[date, list[str]] = {}
    for on, name in found:
        days.setdefault(on, []).append(name)
    return [(on, ", ".join(dict.fromkeys(names))) for on, names in days.items()]
