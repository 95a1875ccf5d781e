"""The first page of who serves or sits on a board: the clerk's deadline ladder, the member's next and last meeting."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session, joinedload

from commissioning.actors import Actor
from commissioning.casework.registry import house
from commissioning.home.queries import Named
from commissioning.models.bodies import Action, AgendaItem, Attendance, Decision, Meeting, Membership
from commissioning.models.cases import Case
from commissioning.models.reports import Recommendation, Report, ReportSignOff
from commissioning.visibility import may_read_secret, visible
from workflows.london import london_day

MOST_MEETINGS = 12
MOST_PAPERS = 100
LOOKS_BACK = timedelta(days=120)
NOT_IN_YET = ("planned", "drafting", "in_clearance", "with_sponsor", "returned")


@dataclass(slots=True)
class PaperDue:
    """A paper that a meeting is to have, and what is wrong with it: "" if nothing is."""

    case: Case
    state_label: str
    trouble: str
    tone: str
    unsigned: int


@dataclass(slots=True)
class Rung:
    """One meeting on the clerk's ladder."""

    meeting: Meeting
    state_label: str
    papers: list[PaperDue] = field(default_factory=list)
    voting: int = 0
    apologies: int = 0
    quorum: int = 0
    minutes_due_on: date | None = None

    @property
    def is_quorate(self) -> bool:
        """Whether the voting members who have not sent apologies make a quorum."""
        return self.voting - self.apologies >= self.quorum


def list_ladder(session: Session, bodies: Sequence[Named], actor: Actor, today: date) -> list[Rung]:
    """The open meetings of these bodies by date, each with the papers meant for it. Five queries."""
    if not bodies:
        return []
    meetings = session.scalars(
        select(Meeting)
        .join(Case, Case.id == Meeting.case_id)
        .where(
            Meeting.body_id.in_([b.id for b in bodies]),
            Case.is_done.is_(False),
            Meeting.meeting_on >= today - LOOKS_BACK,
            Case.state.in_(
                ("scheduled", "open_for_papers", "papers_closed", "agenda_published", "held", "minutes_drafted")
            ),
        )
        .options(joinedload(Meeting.body), joinedload(Meeting.case))
        .order_by(Meeting.meeting_on, Meeting.case_id)
        .limit(MOST_MEETINGS)
    ).all()
    rungs = {m.case_id: Rung(m, house.workflows[m.case.definition].states[m.case.state].label) for m in meetings}
    _add_papers(session, rungs, actor, today)
    _add_quorum(session, rungs)
    for rung in rungs.values():
        if rung.meeting.case.state == "held":
            rung.minutes_due_on = rung.meeting.case.due_on
    return list(rungs.values())


def _add_papers(session: Session, rungs: dict[int, Rung], actor: Actor, today: date) -> None:
    if not rungs:
        return
    unsigned = (
        select(func.count())
        .where(ReportSignOff.report_id == Case.id, ReportSignOff.outcome.is_(None))
        .correlate(Case)
        .scalar_subquery()
    )
    rows = session.execute(
        select(Case, Report.meeting_id, Report.late_agreed_at, unsigned.label("unsigned"))
        .join(Report, Report.case_id == Case.id)
        .where(Report.meeting_id.in_(rungs), visible(actor, "report", today), Case.state != "withdrawn")
        .order_by(Case.due_on.is_(None), Case.due_on, Case.id)
        .limit(MOST_PAPERS)
    )
    for row in rows:
        case, rung = row.Case, rungs[row.meeting_id]
        label = house.workflows[case.definition].states[case.state].label
        trouble, tone = _trouble(case, rung.meeting, row.late_agreed_at is not None, row.unsigned, today)
        rung.papers.append(PaperDue(case, label, trouble, tone, row.unsigned))


def _trouble(case: Case, meeting: Meeting, late_agreed: bool, unsigned: int, today: date) -> tuple[str, str]:
    closes_on = london_day(meeting.papers_close_at)
    if case.state in NOT_IN_YET:
        if today > closes_on:
            return ("Late, agreed by the chair", "orange") if late_agreed else ("Late: papers have closed", "red")
        if case.due_on and case.due_on < today:
            return "Behind its own dates", "orange"
        if unsigned and case.state == "in_clearance":
            return f"{unsigned} not signed yet", "yellow"
        return "Not in yet", "grey"
    if case.state == "on_agenda" and meeting.case.state == "agenda_published":
        return "To follow", "orange"
    return "", "green"


def _add_quorum(session: Session, rungs: dict[int, Rung]) -> None:
    if not rungs:
        return
    bodies = {r.meeting.body_id for r in rungs.values()}
    members = session.execute(
        select(Membership.body_id, Membership.person_id, Membership.from_on, Membership.to_on).where(
            Membership.body_id.in_(bodies), Membership.is_voting
        )
    ).all()
    sorry = session.execute(
        select(Attendance.meeting_id, Attendance.person_id).where(
            Attendance.meeting_id.in_(rungs), Attendance.status == "apologies"
        )
    ).all()
    away: dict[int, set[int]] = defaultdict(set)
    for row in sorry:
        away[row.meeting_id].add(row.person_id)
    for rung in rungs.values():
        day, body = rung.meeting.meeting_on, rung.meeting.body
        voting = {
            m.person_id
            for m in members
            if m.body_id == body.case_id and m.from_on <= day and (m.to_on is None or m.to_on >= day)
        }
        rung.voting, rung.apologies = len(voting), len(voting & away[rung.meeting.case_id])
        rung.quorum = max(body.quorum_minimum, -(-len(voting) // body.quorum_divisor))


@dataclass(frozen=True, slots=True)
class AskLine:
    """A recommendation on the agenda of a next meeting, which asks something of its members."""

    meeting: Meeting
    case: Case
    recommendation: Recommendation


@dataclass(frozen=True, slots=True)
class DecisionLine:
    """A decision of a last meeting, and the actions that came of it."""

    decision: Decision
    actions: tuple[Action, ...]


@dataclass(frozen=True, slots=True)
class MemberPage:
    """What a member sees of their bodies."""

    next_meetings: tuple[Meeting, ...]
    asks: tuple[AskLine, ...]
    last_meetings: tuple[Meeting, ...]
    decisions: tuple[DecisionLine, ...]


def get_member_page(session: Session, actor: Actor, bodies: Sequence[Named], today: date) -> MemberPage:
    """The next and the last meeting of each of these bodies, what is asked and what was decided. Five queries."""
    ids = [b.id for b in bodies]
    coming = _edge_meetings(session, ids, and_(Meeting.meeting_on >= today, Case.is_done.is_(False)), first=True)
    past = _edge_meetings(session, ids, Meeting.decisions_confirmed_at.is_not(None), first=False)
    return MemberPage(
        tuple(coming),
        tuple(_asks(session, actor, coming, today)),
        tuple(past),
        tuple(_decisions(session, actor, past, today)),
    )


def _edge_meetings(
    session: Session, bodies: Sequence[int], which: ColumnElement[bool], *, first: bool
) -> list[Meeting]:
    """The first (or last) meeting of each body among those wanted."""
    if not bodies:
        return []
    edge = func.min(Meeting.meeting_on) if first else func.max(Meeting.meeting_on)
    days = (
        select(Meeting.body_id, edge.label("on_day"))
        .join(Case, Case.id == Meeting.case_id)
        .where(Meeting.body_id.in_(bodies), which)
        .group_by(Meeting.body_id)
        .subquery()
    )
    found = session.scalars(
        select(Meeting)
        .join(days, and_(days.c.body_id == Meeting.body_id, days.c.on_day == Meeting.meeting_on))
        .join(Case, Case.id == Meeting.case_id)
        .where(which)
        .options(joinedload(Meeting.body), joinedload(Meeting.case))
        .order_by(Meeting.meeting_on, Meeting.case_id)
    )
    return list(found)


def _readable(actor: Actor, today: date, report_id: InstrumentedAttribute[int]) -> ColumnElement[bool]:
    return or_(Recommendation.secrecy == "open", may_read_secret(actor, today, report_id))


def _asks(session: Session, actor: Actor, meetings: Sequence[Meeting], today: date) -> list[AskLine]:
    if not meetings:
        return []
    by_id = {m.case_id: m for m in meetings}
    items = select(AgendaItem.meeting_id, AgendaItem.report_id, AgendaItem.position).where(
        AgendaItem.meeting_id.in_(by_id)
    )
    listed = items.subquery()
    rows = session.execute(
        select(listed.c.meeting_id, Case, Recommendation)
        .join(Case, Case.id == listed.c.report_id)
        .join(Recommendation, Recommendation.report_id == Case.id)
        .where(
            visible(actor, "report", today),
            Case.state.in_(("on_agenda", "published")),
            _readable(actor, today, Recommendation.report_id),
        )
        .order_by(listed.c.meeting_id, listed.c.position, Case.id, Recommendation.position, Recommendation.id)
        .limit(MOST_PAPERS)
    )
    found = [AskLine(by_id[row.meeting_id], row.Case, row.Recommendation) for row in rows]
    return sorted(found, key=lambda a: a.meeting.meeting_on)


def _decisions(session: Session, actor: Actor, meetings: Sequence[Meeting], today: date) -> list[DecisionLine]:
    if not meetings:
        return []
    decisions = session.scalars(
        select(Decision)
        .join(Case, Case.id == Decision.case_id)
        .join(Recommendation, Recommendation.id == Decision.recommendation_id)
        .where(
            Decision.meeting_id.in_([m.case_id for m in meetings]),
            visible(actor, "decision", today),
            _readable(actor, today, Decision.report_id),
        )
        .options(joinedload(Decision.case), joinedload(Decision.body))
        .order_by(Decision.decided_on, Decision.number, Decision.case_id)
        .limit(MOST_PAPERS)
    ).all()
    actions: dict[int, list[Action]] = defaultdict(list)
    if decisions:
        rows = session.scalars(
            select(Action)
            .join(Case, Case.id == Action.case_id)
            .where(Action.decision_id.in_([d.case_id for d in decisions]), visible(actor, "action", today))
            .options(joinedload(Action.case), joinedload(Action.owner))
            .order_by(Action.action_due_on, Action.case_id)
        )
        for action in rows:
            actions[action.decision_id or 0].append(action)
    return [DecisionLine(d, tuple(actions[d.case_id])) for d in decisions]
