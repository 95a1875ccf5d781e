"""Reading reports: one with the parts that the reader may see, lists, what can be chosen, and questions.

Every query is scoped in SQL before LIMIT. Signing officers' pages are `queue`; recording that a secret part was read is
`readings`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import and_, bindparam, exists, func, or_, select
from sqlalchemy.orm import Session, joinedload

from commissioning.actors import Actor
from commissioning.casework.errors import NotFound
from commissioning.casework.registry import house
from commissioning.models.base import columns
from commissioning.models.bodies import Action, Body, Decision, Meeting
from commissioning.models.cases import Case, CaseRole, Task
from commissioning.models.passages import ReportOrigin
from commissioning.models.people import Person, Post
from commissioning.models.reports import (
    Asked,
    Recommendation,
    Report,
    ReportEdition,
    ReportSignOff,
    RouteStop,
    Section,
    SignOffQuestion,
)
from commissioning.models.word import WordCopy
from commissioning.reports.covers import Parts, read_parts
from commissioning.reports.marks import has_marks, open_text
from commissioning.statements import mapped, run
from commissioning.visibility import DAY, asking, asking_case, has_part, may_read_secret, visible
from workflows.london import london_day

ABOUT_KINDS = ("action", "body", "cycle", "specification", "unit", "virement")
"""Kinds of thing that a decision can move."""

PER_PAGE = 25
_BEGUN = exists(select(ReportOrigin.report_id).where(ReportOrigin.report_id == Case.id).correlate(Case))
_COPIES = (
    select(func.aggregate_strings(Person.name, "\n"))
    .join(WordCopy, WordCopy.taken_by_id == Person.id)
    .where(WordCopy.report_id == Case.id, WordCopy.ended_at.is_(None))
    .correlate(Case)
    .scalar_subquery()
)


@dataclass(frozen=True)
class ReportView:
    """A report as one reader may see it. `withheld` names the kinds of parts that they may not read."""

    case: Case
    parts: Parts
    meeting: Meeting | None
    body: Body | None
    roles: Sequence[CaseRole]
    may_read_secret: bool
    has_part: bool
    withheld: tuple[str, ...] = ()
    secret_parts: tuple[str, ...] = ()
    """What of it is secret and was shown: to be noted as read."""
    is_from_work: bool = False
    """Whether it began from the work, for those who have a part in it."""
    copies: tuple[str, ...] = ()
    """Who has a copy of it out in Word, for the same."""

    def people(self, role: str) -> list[CaseRole]:
        """Who holds a role in it."""
        return [r for r in self.roles if r.role == role]


def get_report(session: Session, actor: Actor, report_id: int, now: datetime) -> ReportView:
    """A report with the parts that the actor may read. Raises NotFound; nothing tells what is secret from what is not
    there."""
    today = london_day(now)
    asked = asking_case(actor, report_id, "report", today), asking(_standing, actor, today, case_id=report_id)
    seen, standing = run(session.connection(), *asked)
    if not seen:
        raise NotFound
    case, (found,) = mapped(session, Case, seen[0]), standing
    reads_secret, is_party = bool(found.reads_secret) or actor.system is not None, bool(found.is_party)
    parts = read_parts(session, report_id)
    meeting = (
        session.scalars(
            select(Meeting).options(joinedload(Meeting.body)).where(Meeting.case_id == parts.report.meeting_id)
        ).first()
        if parts.report.meeting_id
        else None
    )
    roles = session.scalars(
        select(CaseRole)
        .options(joinedload(CaseRole.person), joinedload(CaseRole.post))
        .where(CaseRole.case_id == report_id)
        .order_by(CaseRole.id)
    ).all()
    secret = secret_parts(case, parts)
    shown = parts if reads_secret else open_parts(parts)
    return ReportView(
        case,
        shown,
        meeting,
        meeting.body if meeting else None,
        roles,
        reads_secret,
        is_party,
        () if reads_secret else secret,
        secret if reads_secret else (),
        is_party and bool(found.is_begun),
        tuple(sorted(set(found.copies.split("\n")))) if is_party and found.copies else (),
    )


@lru_cache(maxsize=64)
def _standing(who: Actor) -> Any:
    """What somebody is to a report, and what there is of it besides its parts."""
    reads, party = may_read_secret(who, DAY).label("reads_secret"), has_part(who).label("is_party")
    facts = select(reads, party, _BEGUN.label("is_begun"), _COPIES.label("copies"))
    return facts.select_from(Case).where(Case.id == bindparam("case_id"))


def secret_parts(case: Case, parts: Parts) -> tuple[str, ...]:
    """What of a report is exempt or confidential, as words that reveal nothing of it."""
    found = ["the whole report"] if case.secrecy != "open" else []
    sections = sum(s.secrecy != "open" for s in parts.sections)
    asks = sum(r.secrecy != "open" for r in parts.recommendations)
    files = sum(a.secrecy != "open" for a in parts.appendices)
    marked = sum(s.secrecy == "open" and has_marks(s.text) for s in parts.sections)
    risks = sum(r.secrecy != "open" for r in parts.risks)
    for count, one, many in (
        (sections, "a section", "sections"),
        (asks, "a recommendation", "recommendations"),
        (risks, "a risk", "risks"),
        (files, "an appendix", "appendices"),
        (marked, "paragraphs of a section", "sections in part"),
    ):
        found += [one if count == 1 else f"{count} {many}"] if count else []
    return tuple(found)


def open_parts(parts: Parts) -> Parts:
    """The parts that are not secret. Numbers of recommendations stay those of the whole paper: see `numbers_of`."""
    sections = [_open_section(s) for s in parts.sections if s.secrecy == "open"]
    return replace(
        parts,
        sections=sections,
        risks=[r for s in sections for r in parts.risks_of(s) if r.secrecy == "open"],
        recommendations=[r for r in parts.recommendations if r.secrecy == "open"],
        appendices=[a for a in parts.appendices if a.secrecy == "open"],
    )


def _open_section(section: Section) -> Section:
    """The section without its marked paragraphs: a copy that no session knows."""
    if not has_marks(section.text):
        return section
    return Section(**columns(section) | {"text": open_text(section.text)})


@dataclass(frozen=True)
class ReportFilter:
    """What a list of reports is narrowed to. `whose`: mine or all; `waiting`: me, or nobody in particular."""

    whose: str = "all"
    state: str = ""
    body_id: int | None = None
    is_waiting_for_me: bool = False
    is_overdue: bool = False
    words: str = ""


@dataclass(frozen=True)
class ReportLine:
    """One report in a list."""

    case: Case
    body: str
    meeting_on: date | None
    state: str
    waits_for: tuple[str, ...]


@dataclass(frozen=True)
class Page:
    """One page of a list, and how many there are in all."""

    lines: list[ReportLine] = field(default_factory=list)
    total: int = 0


def list_reports(
    session: Session, actor: Actor, wanted: ReportFilter, now: datetime, *, page: int = 1, per_page: int = PER_PAGE
) -> Page:
    """Reports by due date, those without one last. Three queries for a page."""
    today = london_day(now)
    chosen = _filtered(select(Case.id), actor, wanted, today)
    total = session.execute(select(func.count()).select_from(chosen.subquery())).scalar_one()
    rows = session.execute(
        _filtered(
            select(Case, Body.name, Meeting.meeting_on)
            .join(Report, Report.case_id == Case.id)
            .outerjoin(Meeting, Meeting.case_id == Report.meeting_id)
            .outerjoin(Body, Body.case_id == Meeting.body_id),
            actor,
            wanted,
            today,
        )
        .order_by(Case.is_done, Case.due_on.is_(None), Case.due_on, Case.id)
        .limit(per_page)
        .offset((page - 1) * per_page)
    ).all()
    waits = list_waiting(session, [r[0].id for r in rows])
    return Page([_line(row, waits) for row in rows], total)


def _line(row: Any, waits: dict[int, list[Task]]) -> ReportLine:
    case: Case = row[0]
    state = house.workflows[case.definition].states[case.state].label
    names = tuple(dict.fromkeys(t.holder_name for t in waits.get(case.id, [])))
    return ReportLine(case, row[1] or "", row[2], state, names)


def _filtered(query: Any, actor: Actor, wanted: ReportFilter, today: date) -> Any:
    query = query.where(visible(actor, "report", today))
    if wanted.whose == "mine":
        query = query.where(has_part(actor, "author", "contributor", "sponsor"))
    if wanted.state:
        query = query.where(Case.state == wanted.state)
    if wanted.body_id is not None:
        stop = exists().where(RouteStop.report_id == Case.id, RouteStop.body_id == wanted.body_id)
        query = query.where(stop)
    if wanted.is_waiting_for_me:
        mine = or_(
            Task.taken_by_id.in_(actor.person_ids),
            Task.person_id.in_(actor.person_ids),
            and_(Task.taken_by_id.is_(None), Task.post_id.in_(actor.post_ids)),
        )
        query = query.where(exists().where(Task.case_id == Case.id, Task.closed_at.is_(None), mine))
    if wanted.is_overdue:
        query = query.where(Case.due_on < today, Case.is_done.is_(False))
    for word in wanted.words.split()[:8]:
        pattern = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        like = f"%{pattern}%"
        query = query.where(or_(Case.title.ilike(like, escape="\\"), Case.reference.ilike(like, escape="\\")))
    return query


def list_waiting(session: Session, report_ids: Sequence[int]) -> dict[int, list[Task]]:
    """Open tasks by report, with their holders."""
    found: dict[int, list[Task]] = {}
    if report_ids:
        tasks = session.scalars(
            select(Task)
            .options(joinedload(Task.person), joinedload(Task.post), joinedload(Task.taken_by))
            .where(Task.case_id.in_(report_ids), Task.closed_at.is_(None))
            .order_by(Task.due_on, Task.id)
        )
        for task in tasks:
            found.setdefault(task.case_id, []).append(task)
    return found


def list_meetings_to_come(session: Session, today: date) -> list[tuple[int, str, date]]:
    """Meetings that a report can be written for: id, body and day, soonest first."""
    rows = session.execute(
        select(Meeting.case_id, Body.name, Meeting.meeting_on)
        .join(Case, Case.id == Meeting.case_id)
        .join(Body, Body.case_id == Meeting.body_id)
        .where(Meeting.meeting_on >= today, Case.is_done.is_(False))
        .order_by(Meeting.meeting_on, Body.name, Meeting.case_id)
        .limit(200)
    )
    return [(r.case_id, r.name, r.meeting_on) for r in rows]


def list_report_bodies(session: Session) -> list[tuple[int, str]]:
    """All bodies by name, for filters and routes."""
    rows = session.execute(select(Body.case_id, Body.name).order_by(Body.name, Body.case_id))
    return [(r.case_id, r.name) for r in rows]


def list_active_people(session: Session) -> list[tuple[int, str]]:
    """People who can be named, as (id, name and job title)."""
    rows = session.execute(
        select(Person.id, Person.name, Person.job_title).where(Person.is_active).order_by(Person.name, Person.id)
    )
    return [(r.id, f"{r.name}, {r.job_title}" if r.job_title else r.name) for r in rows]


def list_signing_posts(session: Session) -> list[Post]:
    """Posts and teams that sign off, by name."""
    return list(session.scalars(select(Post).where(Post.speciality.is_not(None)).order_by(Post.name, Post.id)))


def list_things_to_decide(session: Session, actor: Actor, today: date) -> list[Case]:
    """Actions, groups and virements that a recommendation can be about."""
    seen = or_(*(visible(actor, kind, today) for kind in ABOUT_KINDS))
    return list(
        session.scalars(select(Case).where(seen, Case.is_done.is_(False)).order_by(Case.kind, Case.title, Case.id))
    )


def list_editions(session: Session, report_id: int) -> Sequence[ReportEdition]:
    """Frozen editions of a report that the caller has been allowed to see, oldest first."""
    return session.scalars(
        select(ReportEdition).where(ReportEdition.report_id == report_id).order_by(ReportEdition.number)
    ).all()


def list_questions(
    session: Session, actor: Actor, report_id: int, *, sign_off_id: int | None = None
) -> Sequence[SignOffQuestion]:
    """Questions that the actor may read: the asker, the asked, author, sponsor and that team; nobody else, ever."""
    if not actor.identities:
        return []
    query = (
        select(SignOffQuestion)
        .join(ReportSignOff, ReportSignOff.id == SignOffQuestion.sign_off_id)
        .options(
            joinedload(SignOffQuestion.asked_by),
            joinedload(SignOffQuestion.asked_of),
            joinedload(SignOffQuestion.sign_off).joinedload(ReportSignOff.post),
        )
        .where(
            SignOffQuestion.report_id == report_id,
            or_(
                SignOffQuestion.asked_by_id.in_(actor.person_ids),
                SignOffQuestion.asked_of_id.in_(actor.person_ids),
                has_part(actor, "author", "sponsor", case_id=SignOffQuestion.report_id),
                ReportSignOff.post_id.in_(actor.post_ids),
            ),
        )
        .order_by(SignOffQuestion.asked_at, SignOffQuestion.id)
    )
    if sign_off_id is not None:
        query = query.where(SignOffQuestion.sign_off_id == sign_off_id)
    return session.scalars(query).all()


def list_open_questions(session: Session, actor: Actor, now: datetime) -> Sequence[SignOffQuestion]:
    """Questions that wait for the actor's answer, in reports that they may see, oldest first."""
    if not actor.identities:
        return []
    return session.scalars(
        select(SignOffQuestion)
        .join(Case, Case.id == SignOffQuestion.report_id)
        .options(joinedload(SignOffQuestion.asked_by))
        .where(
            visible(actor, "report", london_day(now)),
            Case.is_done.is_(False),
            SignOffQuestion.asked_of_id.in_(actor.person_ids),
            SignOffQuestion.answered_at.is_(None),
        )
        .order_by(SignOffQuestion.asked_at, SignOffQuestion.id)
    ).all()


def list_decisions_of(session: Session, actor: Actor, report_id: int, today: date) -> list[tuple[Case, Decision]]:
    """Decisions on a report's recommendations that the actor may see. One on a secret recommendation is left out for
    who may not read it."""
    reads = session.execute(
        select(may_read_secret(actor, today)).select_from(Case).where(Case.id == report_id)
    ).scalar()
    query = (
        select(Case, Decision)
        .join(Decision, Decision.case_id == Case.id)
        .join(Recommendation, Recommendation.id == Decision.recommendation_id)
        .where(Decision.report_id == report_id, visible(actor, "decision", today))
        .order_by(Decision.number, Case.id)
    )
    if not reads:
        query = query.where(Recommendation.secrecy == "open")
    return [(row[0], row[1]) for row in session.execute(query)]


def list_actions_from(
    session: Session, actor: Actor, decision_ids: Sequence[int], today: date
) -> dict[int, list[tuple[Case, Action]]]:
    """Actions that came of these decisions and that the actor may see, by decision, each with its owner. One query."""
    found: dict[int, list[tuple[Case, Action]]] = {}
    if decision_ids:
        rows = session.execute(
            select(Case, Action)
            .join(Action, Action.case_id == Case.id)
            .options(joinedload(Action.owner))
            .where(Action.decision_id.in_(decision_ids), visible(actor, "action", today))
            .order_by(Action.action_due_on.is_(None), Action.action_due_on, Case.id)
        )
        for case, action in rows:
            found.setdefault(action.decision_id or 0, []).append((case, action))
    return found


def list_asks(session: Session, actor: Actor, report_id: int) -> Sequence[Asked]:
    """Asks about a report that the actor made, or that were put to them or their posts, newest first."""
    subjects = [f"person:{i}" for i in actor.person_ids] + [f"post:{i}" for i in actor.post_ids]
    return session.scalars(
        select(Asked)
        .options(joinedload(Asked.asker))
        .where(Asked.case_id == report_id, or_(Asked.asker_id.in_(actor.person_ids), Asked.subject.in_(subjects)))
        .order_by(Asked.at.desc(), Asked.id.desc())
        .limit(PER_PAGE)
    ).all()
