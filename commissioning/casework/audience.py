"""Who can see a case, by name: the answer that every case page gives. The rule itself is `visibility`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from commissioning import labels
from commissioning.casework.messages import holders_of_posts
from commissioning.models.bodies import Action, Body, Decision, Meeting, Membership
from commissioning.models.cases import Case, CaseRole
from commissioning.models.people import Grant, Person, Post
from commissioning.models.reports import RouteStop
from commissioning.policy import PAST_ROLES
from commissioning.visibility import DRAFT_ROLES

EVERYBODY = "Everybody who is signed in"


@dataclass(frozen=True, slots=True)
class Audience:
    """Names, and the rule in words."""

    names: tuple[str, ...]
    why: str


def get_audience(session: Session, case: Case, today: date) -> Audience:
    """Who may see a case that the caller has been allowed to see."""
    if case.kind == "body":
        return Audience((EVERYBODY,), "Boards and groups are known to everybody.")
    bodies = _bodies_of(session, case)
    is_public = any(b.meets_in_public for b in bodies)
    if case.kind in ("report", "agenda_item", "decision"):
        return _of_paper(session, case, bodies, is_public, today)
    if is_public:
        return Audience((EVERYBODY,), "It belongs to a body that meets in public.")
    names = [*_parties(session, case.id, today), *_members(session, bodies, today), *_granted(session, today)]
    return Audience(tuple(dict.fromkeys(names)), "Those who have a part in it, the body’s members, and directors.")


def _of_paper(session: Session, case: Case, bodies: list[Body], is_public: bool, today: date) -> Audience:
    report_id, state = case.id, case
    if case.kind == "decision":
        report_id = session.get_one(Decision, case.id).report_id
        state = session.get_one(Case, report_id)
    names = _parties(session, report_id, today, DRAFT_ROLES)
    if state.exposure == "draft":
        return Audience(tuple(names), "It is a draft: those who have a part in it, and the clerks of its bodies.")
    names += [*_parties(session, report_id, today, ("chair", "other_chair")), *_members(session, bodies, today)]
    names += _granted(session, today)
    if state.exposure == "published" and is_public and state.secrecy == "open":
        return Audience((EVERYBODY,), "It is published, and its body meets in public.")
    why = "Those who have a part in it, the bodies’ members (less those with an interest in it), and directors."
    return Audience(tuple(dict.fromkeys(names)), why)


def _bodies_of(session: Session, case: Case) -> list[Body]:
    wanted: Select[Any]
    if case.kind in ("report", "agenda_item"):
        wanted = select(RouteStop.body_id).where(RouteStop.report_id == case.id)
    elif case.kind == "meeting":
        wanted = select(Meeting.body_id).where(Meeting.case_id == case.id)
    elif case.kind == "decision":
        wanted = select(Decision.body_id).where(Decision.case_id == case.id)
    else:
        wanted = select(Action.body_id).where(Action.case_id == case.id)
    return list(session.scalars(select(Body).where(Body.case_id.in_(wanted)).order_by(Body.name)))


def _parties(session: Session, case_id: int, today: date, roles: tuple[str, ...] = ()) -> list[str]:
    rows = session.execute(
        select(CaseRole.role, CaseRole.person_id, CaseRole.post_id, Person.name, Post.name.label("post"))
        .outerjoin(Person, Person.id == CaseRole.person_id)
        .outerjoin(Post, Post.id == CaseRole.post_id)
        .where(CaseRole.case_id == case_id)
        .order_by(CaseRole.id)
    ).all()
    held = holders_of_posts(session, sorted({r.post_id for r in rows if r.post_id}), today)
    people = {p for holders in held.values() for p in holders}
    names = {r.id: r.name for r in session.execute(select(Person.id, Person.name).where(Person.id.in_(people)))}
    found = []
    for row in rows:
        if row.role in PAST_ROLES or (roles and row.role not in roles):
            continue
        if row.post_id is None:
            found.append(f"{row.name}, {labels.role(row.role).lower()}")
        else:
            who = ", ".join(names[p] for p in held[row.post_id]) or "nobody at present"
            found.append(f"{row.post}: {who}")
    return list(dict.fromkeys(found))


def _members(session: Session, bodies: list[Body], today: date) -> list[str]:
    rows = session.execute(
        select(Person.name, Body.name.label("body"))
        .join(Membership, Membership.person_id == Person.id)
        .join(Body, Body.case_id == Membership.body_id)
        .where(
            Membership.body_id.in_([b.case_id for b in bodies]),
            Membership.from_on <= today,
            or_(Membership.to_on.is_(None), Membership.to_on >= today),
        )
        .order_by(Body.name, Person.name, Person.id)
    )
    return [f"{row.name}, member of {row.body}" for row in rows]


def _granted(session: Session, today: date) -> list[str]:
    rows = session.execute(
        select(Person.name)
        .join(Grant, Grant.person_id == Person.id)
        .where(
            Grant.role == "director",
            Grant.from_on <= today,
            or_(Grant.to_on.is_(None), Grant.to_on >= today),
            Person.is_active,
        )
        .order_by(Person.name, Person.id)
    )
    return [f"{row.name}, director" for row in rows]
