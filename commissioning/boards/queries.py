"""Reading boards, committees and groups: the register, one body, its members on a day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session, aliased, joinedload, selectinload

from commissioning.actors import Actor, Identity
from commissioning.casework.errors import NotFound
from commissioning.casework.locks import parties_of
from commissioning.casework.registry import house
from commissioning.models.bodies import Body, Membership, SectionTemplate
from commissioning.models.cases import Case
from commissioning.models.people import Person, Post
from commissioning.models.reports import Recommendation
from commissioning.policy import GLOBAL_ACTIONS, Party, Rule, identity_for
from commissioning.visibility import may_read_secret, visible
from workflows.registry import Refusal


def scope_of(body_id: int) -> str:
    """The scope of everything that belongs to a body."""
    return f"body:{body_id}"


def _seen(actor: Actor, today: date) -> Select[Body]:
    return (
        select(Body)
        .join(Case, Case.id == Body.case_id)
        .where(visible(actor, "body", today))
        .options(
            joinedload(Body.case), joinedload(Body.parent), joinedload(Body.clerk_post), joinedload(Body.chair_post)
        )
    )


def list_bodies(session: Session, actor: Actor, today: date, *, is_open: bool | None = None) -> Sequence[Body]:
    """Bodies by name; only those that are not finished, or only those that are, if asked."""
    found = _seen(actor, today)
    if is_open is not None:
        found = found.where(Case.is_done.is_(not is_open))
    return session.scalars(found.order_by(Body.name, Body.case_id)).all()


def get_body(session: Session, actor: Actor, body_id: int, today: date) -> Body:
    """One body with its members and posts. Raises NotFound."""
    found = session.scalars(
        _seen(actor, today)
        .where(Body.case_id == body_id)
        .options(selectinload(Body.members).joinedload(Membership.person))
    ).first()
    if found is None:
        raise NotFound
    return found


def is_on(day: date) -> ColumnElement[bool]:
    """Whether a membership covers a day."""
    return (Membership.from_on <= day) & or_(Membership.to_on.is_(None), Membership.to_on >= day)


def list_members(session: Session, body_id: int, day: date) -> Sequence[Membership]:
    """The members of a body on a day, by name."""
    return session.scalars(
        select(Membership)
        .join(Person, Person.id == Membership.person_id)
        .where(Membership.body_id == body_id, is_on(day))
        .options(joinedload(Membership.person))
        .order_by(Person.name, Membership.id)
    ).all()


@dataclass(frozen=True, slots=True)
class Overlap:
    """Another body with members of this one."""

    body_id: int
    name: str
    members: list[str]


def list_overlaps(session: Session, actor: Actor, body_id: int, today: date) -> list[Overlap]:
    """Bodies that the reader may see and that share members with one today, most first (NY-15). One query."""
    other = aliased(Membership)
    rows = session.execute(
        select(Body.case_id, Body.name, Person.name.label("person"))
        .join(Case, Case.id == Body.case_id)
        .join(other, other.body_id == Body.case_id)
        .join(Membership, Membership.person_id == other.person_id)
        .join(Person, Person.id == other.person_id)
        .where(Membership.body_id == body_id, Body.case_id != body_id, Case.is_done.is_(False))
        .where(is_on(today), other.from_on <= today, or_(other.to_on.is_(None), other.to_on >= today))
        .where(visible(actor, "body", today))
        .distinct()
        .order_by(Body.name, Person.name)
    )
    found: dict[int, Overlap] = {}
    for row in rows:
        found.setdefault(row.case_id, Overlap(row.case_id, row.name, [])).members.append(row.person)
    return sorted(found.values(), key=lambda o: (-len(o.members), o.name))


def count_members(session: Session, body_id: int, day: date) -> int:
    """How many people are members on a day."""
    return session.execute(
        select(func.count(Membership.person_id.distinct())).where(Membership.body_id == body_id, is_on(day))
    ).scalar_one()


def list_papers_about(session: Session, actor: Actor, body_id: int, today: date) -> list[tuple[Case, str]]:
    """Papers that ask for a step of this body, with the step: of those that the actor may see, what they may read."""
    rows = session.execute(
        select(Case, Recommendation.about_step)
        .join(Recommendation, Recommendation.report_id == Case.id)
        .where(Recommendation.about_id == body_id)
        .where(visible(actor, "report", today), (Recommendation.secrecy == "open") | may_read_secret(actor, today))
        .order_by(Case.is_done, Case.id.desc(), Recommendation.position)
        .limit(20)
    )
    return [(case, step) for case, step in rows if step]


def list_section_templates(session: Session, body_id: int) -> Sequence[SectionTemplate]:
    """The sections that papers for a body have, in order."""
    return session.scalars(
        select(SectionTemplate)
        .where(SectionTemplate.body_id == body_id)
        .order_by(SectionTemplate.position, SectionTemplate.id)
    ).all()


def list_posts(session: Session) -> Sequence[Post]:
    """Posts that can be clerk or chair of a body, by name."""
    return session.scalars(select(Post).where(Post.kind == "post").order_by(Post.name, Post.id)).all()


def list_people(session: Session) -> Sequence[Person]:
    """Active people, by name."""
    return session.scalars(select(Person).where(Person.is_active).order_by(Person.name, Person.id)).all()


def list_bodies_clerked(session: Session, actor: Actor, today: date) -> Sequence[Body]:
    """Sitting bodies for which the actor may call a meeting, by name."""
    found = list_bodies(session, actor, today, is_open=True)
    sitting = [b for b in found if house.workflows[b.case.definition].states[b.case.state].has("sitting")]
    parties = parties_of(session, [b.case_id for b in sitting])
    rule = GLOBAL_ACTIONS["meetings.create"]
    return [b for b in sitting if not isinstance(_who(actor, rule, parties[b.case_id], b.case_id), Refusal)]


def may_in_body(session: Session, actor: Actor, action: str, body_id: int) -> Refusal | None:
    """Whether the actor may do a global action for one body: by a grant that reaches it, or by a post of the body."""
    return why_not_in_bodies(session, actor, action, [body_id])[body_id]


def why_not_in_bodies(
    session: Session, actor: Actor, action: str, body_ids: Sequence[int]
) -> dict[int, Refusal | None]:
    """The same for several bodies, in one query."""
    if actor.system:
        return dict.fromkeys(body_ids)
    rule, parties = GLOBAL_ACTIONS[action], parties_of(session, body_ids)
    found = {i: _who(actor, rule, parties[i], i) for i in body_ids}
    return {i: who if isinstance(who, Refusal) else None for i, who in found.items()}


def _who(actor: Actor, rule: Rule, parties: list[Party], body_id: int) -> Identity | Refusal:
    return identity_for(actor, "", rule.by, parties, scope_of(body_id))
