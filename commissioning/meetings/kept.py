"""A meeting that another committee system runs, as its page shows it: the papers meant for it, and where each stands.

Its agenda, attendance and minutes are kept there; here papers are handed over and outcomes recorded (product.md, 1).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from commissioning.actors import Actor
from commissioning.casework.registry import house
from commissioning.models.bodies import Meeting
from commissioning.models.cases import Case
from commissioning.models.reports import Report
from commissioning.visibility import visible
from commissioning.web.steps import CaseView, case_view

VIA = "handed_over"


@dataclass(frozen=True, slots=True)
class Meant:
    """A paper that is meant for the meeting."""

    report_id: int
    reference: str
    title: str
    state: str


def view_of(session: Session, meeting: Meeting) -> CaseView:
    """Where the meeting is and what can be done. Of one that is run here nothing is said of handing over."""
    view = case_view(session, meeting.case, via=VIA if is_kept(meeting) else "")
    if meeting.body.kept_in:
        return view
    return replace(view, unavailable=[b for b in view.unavailable if b.step != "hand_over"])


def is_kept(meeting: Meeting) -> bool:
    """Whether its page is that of a meeting run elsewhere: not one whose agenda went out here before its body moved."""
    state = house.workflows[meeting.case.definition].states[meeting.case.state]
    return bool(meeting.body.kept_in) and not state.has("public")


def list_meant(session: Session, actor: Actor, meeting: Meeting, today: date) -> list[Meant]:
    """The papers meant for a meeting that the reader may know of, in order. One query."""
    rows = session.execute(
        select(Case.id, Case.reference, Case.title, Case.state, Case.definition)
        .join(Report, Report.case_id == Case.id)
        .where(Report.meeting_id == meeting.case_id, visible(actor, "report", today), Case.state != "withdrawn")
        .order_by(Case.reference)
    )
    return [Meant(r.id, r.reference, r.title, house.workflows[r.definition].states[r.state].label) for r in rows]
