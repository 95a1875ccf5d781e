"""What the first page shows everybody: what they are here, what was asked about their work, the next meetings.

Every query has a limit, and their number does not depend on how much there is. Sections for one role are in
`queries_papers` (author, signing officer, sponsor), `queries_boards` (clerk, member) and `queries_office`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, bindparam, exists, false, literal, null, or_, select, true, union_all
from sqlalchemy.orm import Session, aliased

from commissioning.actors import Actor
from commissioning.models.bodies import Body, Meeting, Membership
from commissioning.models.cases import Case, CaseRole
from commissioning.models.monitoring import MonitoringMeeting, ReturnQuestion
from commissioning.models.people import Person, Post
from commissioning.models.reports import Asked, SignOffQuestion
from commissioning.policy import ACTIONS
from commissioning.statements import Work, read, run
from commissioning.visibility import DAY, asking, given, has_part, visible

NEXT_MEETINGS = 5
MOST_ASKS = 50
MOST_QUESTIONS = 20


class Named(NamedTuple):
    """A team, or a body by the id of its case."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class Standing:
    """What a reader is in the organisation today; it decides which sections their first page has."""

    teams: tuple[Named, ...]
    clerked: tuple[Named, ...]
    chaired: tuple[Named, ...]
    member_of: tuple[Named, ...]


def _standing_statement() -> Any:
    people, posts, clerked, chaired = (
        bindparam(name, expanding=True, type_=BigInteger) for name in ("person_ids", "post_ids", "clerked", "chaired")
    )
    member = select(Membership.body_id).where(
        Membership.person_id.in_(people),
        Membership.from_on <= DAY,
        or_(Membership.to_on.is_(None), Membership.to_on >= DAY),
    )
    is_clerk = or_(Body.clerk_post_id.in_(posts), Body.case_id.in_(clerked))
    is_chair = or_(Body.chair_post_id.in_(posts), Body.case_id.in_(chaired))
    is_member = Body.case_id.in_(member)
    bodies = (
        select(
            literal(False).label("is_team"),
            Body.case_id.label("id"),
            Body.name.label("name"),
            is_clerk.label("is_clerk"),
            is_chair.label("is_chair"),
            is_member.label("is_member"),
        )
        # Asked of each body: from a join, SQLite may go through every case there is to find the bodies among them.
        .where(exists().where(Case.id == Body.case_id, Case.is_done.is_(False)), or_(is_clerk, is_chair, is_member))
    )
    teams = select(literal(True), Post.id, Post.name, false(), false(), false()).where(
        Post.id.in_(posts), Post.speciality.is_not(None)
    )
    return union_all(bodies, teams).order_by("name", "id")


_STANDING = _standing_statement()


def get_standing(session: Session, actor: Actor, today: date) -> Standing:
    """Teams that sign, and bodies that the reader serves as clerk, chairs, or is a member of. One query."""
    (rows,) = run(session.connection(), _asking_standing(actor, today))
    return Standing(
        tuple(Named(r.id, r.name) for r in rows if r.is_team),
        tuple(Named(r.id, r.name) for r in rows if r.is_clerk),
        tuple(Named(r.id, r.name) for r in rows if r.is_chair),
        tuple(Named(r.id, r.name) for r in rows if r.is_member),
    )


def ahead(actor: Actor, today: date) -> list[Work]:
    """What every first page is about to ask of this module, for `read_ahead`."""
    return [_asking_standing(actor, today), *(asking(build, actor, today) for build in (_next_meetings, _questions))]


def _asking_standing(actor: Actor, today: date) -> Work:
    scopes = {"clerked": _bodies_granted(actor, "clerk"), "chaired": _bodies_granted(actor, "chair")}
    return _STANDING, [given(actor, today, **scopes)]


def _bodies_granted(actor: Actor, role: str) -> list[int]:
    scopes = (s.partition(":") for s in actor.scopes(role))
    return sorted(int(key) for kind, _, key in scopes if kind == "body")


@lru_cache(maxsize=64)
def _next_meetings(who: Actor) -> Any:
    of_bodies = (
        select(
            literal("meeting").label("kind"),
            Meeting.case_id,
            Body.name.label("body"),
            Meeting.meeting_on.label("meeting_on"),
            Meeting.place,
            Meeting.papers_close_at,
        )
        .join(Body, Body.case_id == Meeting.body_id)
        .where(
            Meeting.meeting_on >= DAY,
            exists().where(Case.id == Meeting.case_id, Case.is_done.is_(False), visible(who, "meeting", DAY)),
        )
    )
    of_units = (
        select(
            literal("monitoring_meeting"),
            MonitoringMeeting.case_id,
            Case.title,
            MonitoringMeeting.meeting_on,
            MonitoringMeeting.place,
            null(),
        )
        .join(Case, Case.id == MonitoringMeeting.case_id)
        .where(
            has_part(who, "head", "strategy_leader", "finance_leader"),
            Case.state.in_(("invited", "confirmed")),
            MonitoringMeeting.meeting_on >= DAY,
        )
    )
    return union_all(of_bodies, of_units).order_by("meeting_on", "case_id").limit(NEXT_MEETINGS)


def list_next_meetings(session: Session, actor: Actor, today: date) -> Sequence[Any]:
    """The next meetings of bodies that the reader may know of, and the monitoring meetings that they go to."""
    (found,) = run(session.connection(), asking(_next_meetings, actor, today))
    return list(found)


_ASKS: Any = (
    select(Asked.case_id, Asked.text, Asked.on_day, Person.name.label("asker"))
    .join(Person, Person.id == Asked.asker_id)
    .where(
        Asked.case_id.in_(bindparam("case_ids", expanding=True)),
        or_(
            Asked.asker_id.in_(bindparam("person_ids", expanding=True)),
            Asked.subject.in_(bindparam("subjects", expanding=True)),
        ),
    )
    .order_by(Asked.at.desc(), Asked.id.desc())
    .limit(MOST_ASKS)
)


def list_asks(session: Session, actor: Actor, case_ids: Sequence[int]) -> Sequence[Any]:
    """What was asked about these cases lately, by the reader or of the reader: the two who may see it."""
    if not case_ids:
        return []
    subjects = [*(f"person:{p}" for p in actor.person_ids), *(f"post:{p}" for p in actor.post_ids)]
    about = {"case_ids": case_ids, "person_ids": actor.person_ids, "subjects": subjects}
    return read(session, _ASKS, about)


@lru_cache(maxsize=64)
def _questions(who: Actor) -> Any:
    asking, answering = aliased(Person), aliased(Person)
    question, of_return = SignOffQuestion, ReturnQuestion
    is_mine = question.asked_of_id.in_(who.person_ids)
    of_reports = (
        select(
            literal("report").label("kind"),
            question.id.label("id"),
            question.report_id.label("case_id"),
            question.sign_off_id.label("sign_off_id"),
            question.question,
            question.asked_at.label("asked_at"),
            is_mine.label("is_mine"),
            asking.name.label("asked_by"),
            answering.name.label("asked_of"),
            Case.title,
        )
        .join(Case, Case.id == question.report_id)
        .join(asking, asking.id == question.asked_by_id)
        .join(answering, answering.id == question.asked_of_id)
        .where(
            visible(who, "report", DAY),
            Case.is_done.is_(False),
            question.answered_at.is_(None),
            or_(is_mine, question.asked_by_id.in_(who.person_ids)),
        )
    )
    answers = or_(CaseRole.person_id.in_(who.person_ids), CaseRole.post_id.in_(who.post_ids))
    own = select(CaseRole.case_id).where(answers, CaseRole.role.in_(ACTIONS["return.answer_question"].by))
    of_returns = (
        select(
            literal("return"),
            of_return.id,
            of_return.return_id,
            null(),
            of_return.question,
            of_return.asked_at,
            true(),
            asking.name,
            literal(""),
            Case.title,
        )
        .join(Case, Case.id == of_return.return_id)
        .join(asking, asking.id == of_return.asked_by_id)
        .where(
            visible(who, "return", DAY),
            Case.is_done.is_(False),
            of_return.answered_at.is_(None),
            of_return.return_id.in_(own),
        )
    )
    return union_all(of_reports, of_returns).order_by("asked_at", "id").limit(MOST_QUESTIONS)


def list_questions(session: Session, actor: Actor, today: date) -> Sequence[Any]:
    """Questions without an answer: signers', put to the reader or by the reader, and those on the reader's returns."""
    (found,) = run(session.connection(), asking(_questions, actor, today))
    return list(found)
