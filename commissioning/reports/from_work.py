"""Reports begin from the work: "start the report" on a gate, a virement or a month, once (product.md, 2).

The board's template is filled from what is recorded, and what the board is asked is linked to the thing, so that its
decision moves it. Here: who may, one report for each occasion, the start. Not here: what is recorded (`sources`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload

from commissioning.actors import Actor
from commissioning.casework.errors import Forbidden, Invalid, NotNow
from commissioning.casework.locks import lock_ids, parties_of
from commissioning.casework.registry import house
from commissioning.models.bodies import Decision, Meeting
from commissioning.models.cases import Case, CaseRole
from commissioning.models.passages import ReportOrigin
from commissioning.models.people import Person
from commissioning.models.reports import Recommendation
from commissioning.policy import ACTIONS, identity_for
from commissioning.reports.commands import create_report
from commissioning.reports.recommending import save_recommendation
from commissioning.reports.refreshing import take_all
from commissioning.reports.sources import Occasion, find_occasion
from commissioning.visibility import get_case, visible
from workflows.london import london_day
from workflows.registry import Refusal

START = "case.start_report"


@dataclass(frozen=True, slots=True)
class Paper:
    """What the page of a thing says of its report: the one that there is, who writes it, whether it can be started."""

    occasion: Occasion
    report: Case | None
    written_by: str
    may_start: bool


def get_paper(session: Session, actor: Actor, case: Case, now: datetime) -> Paper | None:
    """The report on what a board is asked about a case that the actor may see; None where it is asked nothing."""
    occasion = find_occasion(session, actor, case, now)
    if occasion is None:
        return None
    report, written_by = find_report(session, actor, occasion, now)
    return Paper(occasion, report, written_by, _may_start(session, actor, occasion) is None)


def find_report(session: Session, actor: Actor, occasion: Occasion, now: datetime) -> tuple[Case | None, str]:
    """The report that is under way on an occasion, if the actor may see it; else who writes it.

    Started from the work or not: what counts is what it asks. A restricted or secret one is not there for others.
    """
    today = london_day(now)
    steps = [w.about_step for w in occasion.asks if w.about_step]
    begun = select(ReportOrigin.report_id).where(
        ReportOrigin.source_id == occasion.about.id, ReportOrigin.occasion == occasion.code
    )
    asked = select(Recommendation.report_id).where(
        Recommendation.about_id == occasion.about.id, Recommendation.about_step.in_(steps)
    )
    decided = sorted({s for w in house.workflows.values() if w.kind == "report" for s in w.states_meaning("decided")})
    waits = select(Decision.report_id).where(Decision.effective_at > now)
    open_ones = (
        select(Case)
        .where(
            Case.kind == "report",
            or_(Case.id.in_(begun), Case.id.in_(asked)),
            or_(Case.is_done.is_(False) & Case.state.not_in(decided), Case.id.in_(waits)),
        )
        .order_by(Case.id)
    )
    mine = session.scalars(open_ones.where(visible(actor, "report", today)).limit(1)).first()
    if mine is not None:
        return mine, ""
    known = select(Person.name).join(CaseRole, CaseRole.person_id == Person.id).where(CaseRole.role == "author")
    open_to_all = open_ones.with_only_columns(Case.id).where(Case.restricted.is_(False), Case.secrecy == "open")
    name = session.scalars(known.where(CaseRole.case_id.in_(open_to_all.order_by(None))).limit(1)).first()
    return None, name or ""


def _may_start(session: Session, actor: Actor, occasion: Occasion) -> Refusal | None:
    if actor.system:
        return None
    about = occasion.about
    parties = parties_of(session, [about.id])[about.id]
    found = identity_for(actor, START, ACTIONS[START].by, parties, about.scope)
    return found if isinstance(found, Refusal) else None


def list_meetings_for(session: Session, occasion: Occasion, today: date, now: datetime) -> Sequence[Meeting]:
    """Meetings to which the report can still come, of the boards that may be asked; soonest first."""
    query = (
        select(Meeting)
        .join(Case, Case.id == Meeting.case_id)
        .where(Meeting.meeting_on >= today, Case.is_done.is_(False), Meeting.papers_close_at > now)
        .options(joinedload(Meeting.body))
        .order_by(Meeting.meeting_on, Meeting.case_id)
        .limit(100)
    )
    if occasion.body_ids:
        query = query.where(Meeting.body_id.in_(occasion.body_ids))
    return session.scalars(query).all()


def start_report(
    session: Session,
    actor: Actor,
    case_id: int,
    meeting_id: int,
    ask: int = 0,
    *,
    now: datetime,
    key: str | None = None,
) -> int:
    """Start the report on what a board is asked about a case; the report's id, of the one that there is if there is.

    `ask` says which of the occasion's recommendations it makes. Two who press at once are given the same report.
    Raises NotFound, Forbidden, Invalid, or NotNow where nothing is asked or somebody else is writing it.
    """
    case = get_case(session, actor, case_id, london_day(now))
    occasion = find_occasion(session, actor, case, now)
    if occasion is not None:
        lock_ids(session, [occasion.about.id])
        session.refresh(case)
        occasion = find_occasion(session, actor, case, now)
    if occasion is None:
        raise NotNow([Refusal("nothing_asked", "A board is not asked anything about this now")])
    return start_on(session, actor, occasion, meeting_id, ask, now=now, key=key)


def start_on(
    session: Session,
    actor: Actor,
    occasion: Occasion,
    meeting_id: int,
    ask: int = 0,
    *,
    now: datetime,
    key: str | None = None,
    author_id: int | None = None,
) -> int:
    """The same on an occasion whose thing is locked; `author_id` is for whom the service starts it."""
    refusal = _may_start(session, actor, occasion)
    if refusal is not None:
        raise Forbidden([refusal])
    report, written_by = find_report(session, actor, occasion, now)
    if report is not None:
        return report.id
    if written_by:
        raise NotNow([Refusal("being_written", f"{written_by} is writing this report already", written_by)])
    meeting = session.get(Meeting, meeting_id)
    if meeting is None or (occasion.body_ids and meeting.body_id not in occasion.body_ids):
        raise Invalid({"meeting_id": "Choose a meeting of the board that decides on it"})
    if not 0 <= ask < len(occasion.asks):
        raise Invalid({"ask": "Choose what the board is asked"})
    report_id = create_report(
        session, actor, occasion.title[:300], meeting_id, now=now, key=key, author_id=author_id, is_allowed=True
    )
    session.add(ReportOrigin(report_id=report_id, source_id=occasion.about.id, occasion=occasion.code))
    session.flush()
    take_all(session, actor, report_id, now=now)
    save_recommendation(session, actor, report_id, occasion.asks[ask], now=now)
    return report_id
