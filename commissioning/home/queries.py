"""What the first page shows everybody: what they are here, what was asked about their work, the next meetings.

Every query has a limit, and their number does not depend on how much there is. Sections for one role are in
`queries_papers` (author, signing officer, sponsor), `queries_boards` (clerk, member) and `queries_office`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session, joinedload

from commissioning.actors import Actor
from commissioning.models.bodies import Body, Meeting, Membership
from commissioning.models.cases import Case
from commissioning.models.people import Post
from commissioning.models.reports import Asked, SignOffQuestion
from commissioning.visibility import visible

NEXT_MEETINGS = 5
MOST_ASKS = 50


@dataclass(frozen=True, slots=True)
class Standing:
    """What a reader is in the organisation today; it decides which sections their first page has."""

    teams: tuple[Post, ...]
    clerked: tuple[Body, ...]
    chaired: tuple[Body, ...]
    member_of: tuple[Body, ...]


def get_standing(session: Session, actor: Actor, today: date) -> Standing:
    """Teams that sign, and bodies that the reader serves as clerk, chairs, or is a member of. Two queries."""
    posts = actor.post_ids
    teams = session.scalars(
        select(Post).where(Post.id.in_(posts), Post.speciality.is_not(None)).order_by(Post.name, Post.id)
    ).all()
    member = select(Membership.body_id).where(
        Membership.person_id.in_(actor.person_ids),
        Membership.from_on <= today,
        or_(Membership.to_on.is_(None), Membership.to_on >= today),
    )
    clerk_scopes, chair_scopes = (_bodies_granted(actor, role) for role in ("clerk", "chair"))
    rows = session.execute(
        select(
            Body,
            or_(Body.clerk_post_id.in_(posts), Body.case_id.in_(clerk_scopes)).label("is_clerk"),
            or_(Body.chair_post_id.in_(posts), Body.case_id.in_(chair_scopes)).label("is_chair"),
            Body.case_id.in_(member).label("is_member"),
        )
        .join(Case, Case.id == Body.case_id)
        .where(
            Case.is_done.is_(False),
            or_(
                Body.clerk_post_id.in_(posts),
                Body.chair_post_id.in_(posts),
                Body.case_id.in_({*clerk_scopes, *chair_scopes}),
                Body.case_id.in_(member),
            ),
        )
        .order_by(Body.name, Body.case_id)
    ).all()
    return Standing(
        tuple(teams),
        tuple(r.Body for r in rows if r.is_clerk),
        tuple(r.Body for r in rows if r.is_chair),
        tuple(r.Body for r in rows if r.is_member),
    )


def _bodies_granted(actor: Actor, role: str) -> list[int]:
    scopes = (s.partition(":") for s in actor.scopes(role))
    return sorted(int(key) for kind, _, key in scopes if kind == "body")


def list_next_meetings(session: Session, actor: Actor, today: date, limit: int = NEXT_MEETINGS) -> Sequence[Meeting]:
    """The next meetings that the reader may know of, their own bodies' among them."""
    return session.scalars(
        select(Meeting)
        .join(Case, Case.id == Meeting.case_id)
        .where(visible(actor, "meeting", today), Case.is_done.is_(False), Meeting.meeting_on >= today)
        .options(joinedload(Meeting.body), joinedload(Meeting.case))
        .order_by(Meeting.meeting_on, Meeting.case_id)
        .limit(limit)
    ).all()


def list_asks(session: Session, actor: Actor, case_ids: Sequence[int]) -> Sequence[Asked]:
    """What was asked about these cases lately, by the reader or of the reader: the two who may see it."""
    if not case_ids:
        return []
    subjects = [*(f"person:{p}" for p in actor.person_ids), *(f"post:{p}" for p in actor.post_ids)]
    return session.scalars(
        select(Asked)
        .where(Asked.case_id.in_(case_ids), or_(Asked.asker_id.in_(actor.person_ids), Asked.subject.in_(subjects)))
        .options(joinedload(Asked.asker))
        .order_by(Asked.at.desc(), Asked.id.desc())
        .limit(MOST_ASKS)
    ).all()


def list_questions(
    session: Session, actor: Actor, today: date, limit: int = 20
) -> Sequence[tuple[SignOffQuestion, Case]]:
    """Signers' questions without an answer, put to the reader or put by the reader."""
    rows = session.execute(
        select(SignOffQuestion, Case)
        .join(Case, and_(Case.id == SignOffQuestion.report_id))
        .where(
            visible(actor, "report", today),
            Case.is_done.is_(False),
            SignOffQuestion.answered_at.is_(None),
            or_(SignOffQuestion.asked_of_id.in_(actor.person_ids), SignOffQuestion.asked_by_id.in_(actor.person_ids)),
        )
        .options(joinedload(SignOffQuestion.asked_by), joinedload(SignOffQuestion.asked_of))
        .order_by(SignOffQuestion.asked_at, SignOffQuestion.id)
        .limit(limit)
    ).all()
    return [(r[0], r[1]) for r in rows]
