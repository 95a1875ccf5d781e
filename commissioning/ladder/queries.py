"""Every date that leads to gates and papers: back-planned from meetings, stages and outputs of cycles, contracts.

Here: dates that the reader may see, earliest first, so that what is overdue leads. Not here: counting days
(`workflows`), or a board's own ladder with quorum and troubles (the clerk's first page).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, or_, select, true
from sqlalchemy.orm import Session, aliased

from commissioning.actors import Actor
from commissioning.casework.context import council_calendar
from commissioning.casework.registry import house
from commissioning.contracts.queries import list_dates
from commissioning.cycles.making import stage_of
from commissioning.cycles.paper import GATES
from commissioning.ladder.gates import list_ways
from commissioning.meetings.dates import RUNGS, meeting_dates, words_for_skipped
from commissioning.models.bodies import Body, Meeting
from commissioning.models.cases import Case, CaseRole, Task
from commissioning.models.cycles import Cycle, CycleOutput
from commissioning.models.notices import Notice
from commissioning.models.reports import Report, RouteStop
from commissioning.policy import PAST_ROLES
from commissioning.reports.queries import list_waiting
from commissioning.visibility import visible
from workflows.back_planning import LadderDate
from workflows.london import london_day
from workflows.working_days import BeyondCalendar

PER_PAGE = 50
MOST = 1000
"""Things of each kind that are looked at, the most urgent first."""
MINE = ("author", "contributor", "sponsor", "lead", "owner")
"""Parts that somebody holds by their own name."""
LEFT = {
    "in_clearance": ("notice", "sponsor", "papers_close", "publish"),
    "with_sponsor": ("notice", "papers_close", "publish"),
    "submitted": ("notice", "publish"),
    "on_agenda": ("publish",),
    "published": (),
}
"""Which rungs are still ahead of a report, by its state; all of them of one that is being written."""
HOLDS = {
    "notice": "the clerk",
    "draft": "the author",
    "sign_offs_out": "the author",
    "sponsor": "the signers",
    "papers_close": "the sponsor",
    "publish": "the clerk",
    "meeting": "the board",
}
"""Whom a date waits for once it is its turn."""
_OWES_NOTICE = and_(
    Body.notice_days > 0,
    or_(Report.is_key_decision, Case.secrecy != "open"),
    exists(select(RouteStop.id).where(RouteStop.report_id == Case.id, RouteStop.body_id == Body.case_id,
                                      RouteStop.decides)).correlate(Case, Body),
    ~exists(select(Notice.id).where(Notice.report_id == Case.id, Notice.body_id == Body.case_id,
                                    Notice.withdrawn_at.is_(None))).correlate(Case, Body),
)  # fmt: skip
"""Whether a report asks its body for a decision that needs notice, and none has been given (P-08, P-11)."""
AT_GATE = {"draft": "Draft of the gate’s report, not started yet", "papers_close": "Papers close for its gate"}
"""Rungs that are shown of a gate before its report is started."""


@dataclass(slots=True)
class Line:
    """One date: what is due, of which thing, for what. `waits_for` names people where it is their turn now."""

    on: date
    what: str
    case_id: int
    kind: str
    title: str
    place: str = ""
    skipped: str = ""
    is_now: bool = True
    """Whether the thing's open tasks are what this date waits for."""
    waits_for: str = ""
    key: str = ""
    """Which of the dates of its thing this is: the same when the day moves."""
    meeting_id: int | None = None
    """The meeting itself, where this is its day."""


def list_ladder(
    session: Session, actor: Actor, now: datetime, whose: str = "mine", *, is_late: bool = False
) -> list[Line]:
    """The dates of the reader's own things ("mine"), of their posts ("team"), or of all that they may see ("all")."""
    if not actor.identities:
        return []
    today = london_day(now)
    found = [*list_papers(session, actor, today, whose), *_stages(session, actor, now, whose),
             *_outputs(session, actor, today, whose), *_contracts(session, actor, now, whose)]  # fmt: skip
    lines = [line for line in found if not is_late or line.on < today]
    return sorted(lines, key=lambda line: (line.on, line.title, line.what))


def name_holders(session: Session, lines: Sequence[Line]) -> None:
    """Say by name whom the dates on a page wait for, where it is somebody's turn. One query."""
    waiting = list_waiting(session, sorted({line.case_id for line in lines if line.is_now}))
    for line in lines:
        if line.is_now:
            names = dict.fromkeys(t.holder_name for t in waiting.get(line.case_id, []))
            line.waits_for = ", ".join(names) or line.waits_for


def _whose(actor: Actor, whose: str, case_id: Any = Case.id) -> ColumnElement[bool]:
    """Things in which the actor has a part by name, or waits on them; those of the actor's posts; or any."""
    role = select(CaseRole.id).where(CaseRole.case_id == case_id)
    if whose == "mine":
        asked = select(Task.id).where(
            Task.case_id == case_id,
            Task.closed_at.is_(None),
            or_(Task.person_id.in_(actor.person_ids), Task.taken_by_id.in_(actor.person_ids)),
        )
        mine = role.where(CaseRole.person_id.in_(actor.person_ids), CaseRole.role.in_(MINE))
        return or_(exists(mine.correlate_except(CaseRole)), exists(asked.correlate_except(Task)))
    if whose == "team":
        team = role.where(CaseRole.post_id.in_(actor.post_ids), CaseRole.role.not_in(PAST_ROLES))
        return exists(team.correlate_except(CaseRole))
    return true()


def list_papers(session: Session, actor: Actor, today: date, whose: str) -> Iterable[Line]:
    """Every rung that is still ahead of each report that is under way, and its meeting."""
    rows = session.execute(
        select(
            Case.id, Case.title, Case.state, Report.draft_on, Report.sign_off_on, Report.meeting_id, Meeting.meeting_on,
            Body, _OWES_NOTICE.label("owes_notice"),
        )
        .join(Report, Report.case_id == Case.id)
        .join(Meeting, Meeting.case_id == Report.meeting_id)
        .join(Body, Body.case_id == Meeting.body_id)
        .where(
            visible(actor, "report", today),
            _whose(actor, whose),
            Case.is_done.is_(False),
            Case.state.in_([*_writing(), *LEFT]),
        )
        .order_by(Meeting.meeting_on, Case.id)
        .limit(MOST)
    )  # fmt: skip
    ladders: dict[tuple[int, date, int], Sequence[LadderDate]] = {}
    for row in rows:
        notice_days = row.Body.notice_days if row.owes_notice else 0
        key = (row.Body.case_id, row.meeting_on, notice_days)
        if key not in ladders:
            ladders[key] = _ladder_of(session, row.Body, row.meeting_on, notice_days)
        own = {"draft": row.draft_on, "sponsor": row.sign_off_on}
        ahead = [s for s in ladders[key] if s.rung.code in LEFT.get(row.state, RUNGS)]
        turn = next((s.rung.code for s in ahead if s.rung.code != "notice"), "")  # notice waits beside the writing
        for step in ahead:
            code = step.rung.code
            line = _line(row, code, own.get(code) or step.on, RUNGS[code], is_now=code == turn)
            line.skipped = "" if own.get(code) else words_for_skipped(step)
            yield line
        line = _line(row, "meeting", row.meeting_on, "Meeting", is_now=False)
        line.meeting_id = row.meeting_id
        yield line


def _line(row: Any, code: str, on: date, what: str, *, is_now: bool) -> Line:
    place = f"{row.Body.name}, {row.meeting_on:%-d %B %Y}"
    return Line(on, what, row.id, "report", row.title, place, is_now=is_now, waits_for=HOLDS[code], key=code)


def _writing() -> list[str]:
    return sorted({s for w in house.workflows.values() if w.kind == "report" for s in w.states_meaning("editable")})


def _ladder_of(session: Session, body: Body, on: date, notice_days: int) -> Sequence[LadderDate]:
    try:
        return meeting_dates(body, on, council_calendar(session, body.case_id), notice_days).ladder
    except BeyondCalendar:
        return ()


def _contracts(session: Session, actor: Actor, now: datetime, whose: str) -> Iterable[Line]:
    """What is to be done for contracts, counted back from their ends."""
    for found in list_dates(session, actor, now, is_mine=whose != "all"):
        yield Line(
            found.on, found.what, found.contract.id, found.contract.kind, found.contract.title, is_now=False,
            waits_for="Whoever manages it", key=found.code,
        )  # fmt: skip


def _stages(session: Session, actor: Actor, now: datetime, whose: str) -> Iterable[Line]:
    """When the stages of cycles end; and for a gate without a report, the dates of the meeting that it can make."""
    today = london_day(now)
    rows = session.execute(
        select(Case.id, Case.title, Case.state, Case.definition, Case.due_on, Cycle.board_id, Cycle.resume_on)
        .join(Cycle, Cycle.case_id == Case.id)
        .where(visible(actor, "cycle", today), _whose(actor, whose), Case.is_done.is_(False))
        .order_by(Case.due_on.is_(None), Case.due_on, Case.id)
        .limit(MOST)
    ).all()
    gates = []
    for row in rows:
        state = house.workflows[row.definition].states[row.state]
        if row.due_on is not None:
            what = "To be resumed" if state.has("paused") else f"{state.label} is to end"
            yield Line(row.due_on, what, row.id, "cycle", row.title, key="stage")
        if stage_of(state) in GATES and row.board_id is not None:
            gates.append(row)
    yield from _gates(session, actor, gates, now)


def _gates(session: Session, actor: Actor, rows: Sequence[Any], now: datetime) -> Iterable[Line]:
    """The first meeting after the stage is to end that a report can still make: its draft, its closing, itself."""
    for way in list_ways(session, actor, rows, now):
        row, board, found = way.row, way.board, way.found
        if found.meeting_on is None:
            if row.due_on is not None:
                what = f"No meeting of {board.name} is called that its gate could make"
                yield Line(row.due_on, what, row.id, "cycle", row.title, board.name, is_now=False,
                           waits_for="the clerk", key="no_meeting")  # fmt: skip
            continue
        place = f"{board.name}, {found.meeting_on:%-d %B %Y}"
        for step in found.ladder:
            if step.rung.code in AT_GATE:
                yield Line(step.on, AT_GATE[step.rung.code], row.id, "cycle", row.title, place, words_for_skipped(step),
                           is_now=False, waits_for="Whoever leads it", key=f"gate_{step.rung.code}")  # fmt: skip
        yield Line(found.meeting_on, "Meeting that the gate can make", row.id, "cycle", row.title, place,
                   is_now=False, waits_for=board.name, key="gate_meeting")  # fmt: skip


def _outputs(session: Session, actor: Actor, today: date, whose: str) -> Iterable[Line]:
    """When outputs that are to do are due."""
    of = aliased(Case)
    rows = session.execute(
        select(Case.id, CycleOutput.title, of.title.label("cycle"), Case.due_on)
        .join(CycleOutput, CycleOutput.case_id == Case.id)
        .join(of, of.id == CycleOutput.cycle_id)
        .where(
            visible(actor, "cycle_output", today),
            or_(_whose(actor, whose), _whose(actor, whose, CycleOutput.cycle_id)),
            Case.is_done.is_(False),
            Case.due_on.is_not(None),
        )
        .order_by(Case.due_on, Case.id)
        .limit(MOST)
    )
    for row in rows:
        yield Line(row.due_on, f"Output: {row.title}", row.id, "cycle_output", row.cycle, key="output")
