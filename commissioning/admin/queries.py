"""Reading people, posts, closed days for the administrator's pages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, Row, func, or_, select
from sqlalchemy.orm import Session, joinedload

from commissioning.casework.errors import NotFound
from commissioning.models.bodies import Body
from commissioning.models.people import ClosedDay, Grant, Person, Post, PostHolding

PER_PAGE = 50


@dataclass(frozen=True, slots=True)
class PeoplePage:
    """One page of people, how many there are in all, and what they are today by person."""

    people: Sequence[Person]
    total: int
    pages: int
    roles: dict[int, list[str]]
    posts: dict[int, list[str]]


def find_people(session: Session, words: str, standing: str, page: int, today: date) -> PeoplePage:
    """People by words in name, address or job title, and by standing ("active", "disabled", or "" for all)."""
    wanted = []
    if words:
        like = "%" + words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        wanted.append(or_(*(c.ilike(like, escape="\\") for c in (Person.name, Person.email, Person.job_title))))
    if standing:
        wanted.append(Person.is_active.is_(standing == "active"))
    total = session.execute(select(func.count()).select_from(Person).where(*wanted)).scalar_one()
    rows = session.scalars(
        select(Person).where(*wanted).order_by(Person.name, Person.id).offset((page - 1) * PER_PAGE).limit(PER_PAGE)
    ).all()
    ids = [p.id for p in rows]
    roles = session.execute(select(Grant.person_id, Grant.role).where(Grant.person_id.in_(ids), *_now(Grant, today)))
    posts = session.execute(
        select(PostHolding.person_id, Post.name)
        .join(Post, Post.id == PostHolding.post_id)
        .where(PostHolding.person_id.in_(ids), *_now(PostHolding, today))
        .order_by(Post.name)
    )
    return PeoplePage(rows, total, max(1, -(-total // PER_PAGE)), _by_person(roles, ids), _by_person(posts, ids))


def get_person(session: Session, person_id: int) -> Person:
    """One person. Raises NotFound."""
    person = session.get(Person, person_id)
    if person is None:
        raise NotFound
    return person


def list_grants(session: Session, person_id: int, today: date) -> Sequence[Row[Grant, str]]:
    """A person's roles, today and ahead, each with the name of its board."""
    return session.execute(
        select(Grant, Body.name)
        .outerjoin(Body, (Grant.scope_kind == "body") & (Body.case_id == Grant.scope_id))
        .where(Grant.person_id == person_id, or_(Grant.to_on.is_(None), Grant.to_on >= today))
        .order_by(Grant.role, Grant.from_on, Grant.id)
    ).all()


def list_holdings(
    session: Session, today: date, *, person_id: int | None = None, post_id: int | None = None
) -> Sequence[PostHolding]:
    """Who holds which post, today and ahead: of one person, or of one post."""
    statement = (
        select(PostHolding)
        .options(joinedload(PostHolding.post), joinedload(PostHolding.person))
        .where(or_(PostHolding.to_on.is_(None), PostHolding.to_on >= today))
        .order_by(PostHolding.from_on, PostHolding.id)
    )
    if person_id is not None:
        statement = statement.where(PostHolding.person_id == person_id)
    if post_id is not None:
        statement = statement.where(PostHolding.post_id == post_id)
    return session.scalars(statement).all()


def list_posts(session: Session) -> Sequence[Post]:
    """Every post and team by name."""
    return session.scalars(select(Post).order_by(Post.name, Post.id)).all()


def get_post(session: Session, post_id: int) -> Post:
    """One post. Raises NotFound."""
    post = session.get(Post, post_id)
    if post is None:
        raise NotFound
    return post


def holders_today(session: Session, today: date) -> dict[int, list[str]]:
    """The names of those who hold each post today, by post."""
    rows = session.execute(
        select(PostHolding.post_id, Person.name)
        .join(Person, Person.id == PostHolding.person_id)
        .where(Person.is_active, *_now(PostHolding, today))
        .order_by(Person.name, Person.id)
    )
    found: dict[int, list[str]] = {}
    for row in rows:
        found.setdefault(row.post_id, []).append(row.name)
    return found


def list_bodies(session: Session) -> Sequence[Body]:
    """Every body by name, whatever its state: a grant or a closed day may be for any."""
    return session.scalars(select(Body).order_by(Body.name, Body.case_id)).all()


def list_closed_days(session: Session, from_on: date) -> Sequence[Row[ClosedDay, str]]:
    """Closed days from a day on, each with the name of its body (None: the council)."""
    return session.execute(
        select(ClosedDay, Body.name)
        .outerjoin(Body, Body.case_id == ClosedDay.body_id)
        .where(ClosedDay.on_day >= from_on)
        .order_by(ClosedDay.on_day, ClosedDay.id)
    ).all()


def _now(model: type[Grant] | type[PostHolding], today: date) -> list[ColumnElement[bool]]:
    return [model.from_on <= today, or_(model.to_on.is_(None), model.to_on >= today)]


def _by_person(rows: Iterable[Row[int, str]], ids: Sequence[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {i: [] for i in ids}
    for person_id, text in rows:
        if text not in found[person_id]:
            found[person_id].append(text)
    return found
