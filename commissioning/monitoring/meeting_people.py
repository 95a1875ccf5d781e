"""Who the three of a monitoring meeting are on a day, who may stand in for them, and who sits in another one then.

Somebody who holds several posts is one person.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from commissioning.models.cases import Case, CaseRole
from commissioning.models.monitoring import MonitoringMeeting
from commissioning.models.people import Deputy, Person, PostHolding
from commissioning.models.units import Unit
from commissioning.units.roles import POSTS

THREE = ("head", "strategy_leader", "finance_leader")


def holders_between(session: Session, posts: Iterable[int], from_on: date, to_on: date) -> dict[int, dict[int, str]]:
    """Everybody who holds these posts on a day of the time, both ends included: names by person, by post."""
    found: dict[int, dict[int, str]] = {p: {} for p in posts}
    rows = session.execute(
        select(PostHolding.post_id, Person.id, Person.name)
        .join(Person, Person.id == PostHolding.person_id)
        .where(
            PostHolding.post_id.in_(found),
            Person.is_active,
            PostHolding.from_on <= to_on,
            or_(PostHolding.to_on.is_(None), PostHolding.to_on >= from_on),
        )
        .order_by(Person.name, Person.id)
    )
    for post_id, person_id, name in rows:
        found[post_id][person_id] = name
    return found


def posts_of(unit: Unit) -> dict[str, int]:
    """The posts of the three, by role."""
    return {role: getattr(unit, POSTS[role]) for role in THREE}


def may_come_for(session: Session, unit: Unit, on: date) -> dict[str, dict[int, str]]:
    """Who can be there for each of the three, by role: holders first, then who may stand in.

    For the head a deputy of that day; for a leader anybody who does not work for the unit (BR-35).
    """
    posts = posts_of(unit)
    held = holders_between(session, posts.values(), on, on)
    found = {role: dict(held[post]) for role, post in posts.items()}
    deputies = session.execute(
        select(Person.id, Person.name)
        .join(Deputy, Deputy.deputy_id == Person.id)
        .where(Deputy.person_id.in_(found["head"]), Deputy.from_on <= on, Deputy.to_on >= on, Person.is_active)
        .order_by(Person.name, Person.id)
    )
    found["head"] |= {r.id: r.name for r in deputies if r.id not in found["head"]}
    own = select(CaseRole.person_id).where(CaseRole.case_id == unit.case_id, CaseRole.role == "contributor")
    others = session.execute(
        select(Person.id, Person.name)
        .where(Person.is_active, Person.id.not_in(list(held[posts["head"]])), Person.id.not_in(own))
        .order_by(Person.name, Person.id)
    ).all()
    for role in ("strategy_leader", "finance_leader"):
        found[role] |= {r.id: r.name for r in others if r.id not in found[role]}
    return found


def overlap(on: date, starts_at: time, minutes: int, other_at: time, other_minutes: int) -> bool:
    """Whether two meetings of one day have a minute in common."""
    start, other = datetime.combine(on, starts_at), datetime.combine(on, other_at)
    return start < other + timedelta(minutes=other_minutes) and other < start + timedelta(minutes=minutes)


def who_is_busy(
    session: Session, meeting: MonitoringMeeting, on: date, starts_at: time, leaving: Iterable[int] = ()
) -> list[tuple[str, str, str]]:
    """Which of the three sit in another open monitoring meeting at that time: role, name, that meeting's reference.

    `leaving` are meetings that move away in the same transaction.
    """
    rows = session.execute(
        select(MonitoringMeeting, Unit, Case.reference)
        .join(Unit, Unit.case_id == MonitoringMeeting.unit_id)
        .join(Case, Case.id == MonitoringMeeting.case_id)
        .where(
            MonitoringMeeting.meeting_on == on,
            MonitoringMeeting.case_id.not_in([meeting.case_id, *leaving]),
            Case.is_done.is_(False),
        )
        .order_by(Case.id)
    ).all()
    clashing = [
        r
        for r in rows
        if overlap(on, starts_at, meeting.minutes_long, r.MonitoringMeeting.starts_at, r.MonitoringMeeting.minutes_long)
    ]
    if not clashing:
        return []
    mine = posts_of(session.get_one(Unit, meeting.unit_id))
    held = holders_between(session, {*mine.values(), *(p for r in clashing for p in posts_of(r.Unit).values())}, on, on)
    found = []
    for r in clashing:
        sent = set(r.MonitoringMeeting.represented.split(","))
        there = {p for role, post in posts_of(r.Unit).items() if role not in sent for p in held[post]}
        found += [
            (role, name, r.reference)
            for role, post in mine.items()
            for person, name in held[post].items()
            if person in there
        ]
    return found
