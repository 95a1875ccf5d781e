"""Whom a reminder goes to, found when it is sent: holders of open tasks, or of the role that the rule names."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from commissioning.casework.messages import holders_of_posts
from commissioning.models.cases import Case, CaseRole, Occurrence, Task
from commissioning.models.people import Grant, Person, Post


@dataclass
class Found:
    """Who is to be told of one occurrence: person to post ("" if by name), the steps asked, and who holds them."""

    people: dict[int, str] = field(default_factory=dict)
    steps: dict[int, list[str]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    has_tasks: bool = False

    @property
    def asked_names(self) -> str:
        """Whom it waits for, in words."""
        return ", ".join(dict.fromkeys(self.asked))


@dataclass(frozen=True, slots=True)
class _Holder:
    case_id: int
    what: str
    """The step of a task, or the role."""
    person_id: int | None
    post_id: int | None


def find_recipients(session: Session, pairs: Sequence[tuple[Occurrence, Case]], today: date) -> dict[int, Found]:
    """Who is to be told, by occurrence id. A fixed number of queries for any number of occurrences."""
    cases = sorted({case.id for _, case in pairs})
    roles = sorted({o.to_role for o, _ in pairs if o.to_role})
    tasks = _tasks(session, cases)
    parties = _parties(session, cases, roles) if roles else {}
    granted = _granted(session, roles, today) if roles else []
    everyone = [h for found in (tasks, parties) for holders in found.values() for h in holders]
    names = _Names(session, everyone, [g[2] for g in granted], today)
    return {o.id: _found(o, case, tasks, parties, granted, names) for o, case in pairs}


def holders_in(
    session: Session, wanted: Iterable[tuple[int, tuple[str, ...]]], today: date
) -> dict[tuple[int, tuple[str, ...]], set[int]]:
    """Who holds any of these roles in a case on a day, by case and roles."""
    pairs = set(wanted)
    roles = sorted({role for _, names in pairs for role in names})
    parties = _parties(session, sorted({case for case, _ in pairs}), roles)
    names = _Names(session, [h for holders in parties.values() for h in holders], [], today)
    return {
        (case, roles): {p for h in parties.get(case, []) if h.what in roles for p in names.people(h)}
        for case, roles in pairs
    }


def _found(
    occurrence: Occurrence,
    case: Case,
    tasks: dict[int, list[_Holder]],
    parties: dict[int, list[_Holder]],
    granted: Sequence[tuple[str, str, int]],
    names: _Names,
) -> Found:
    found = Found()
    waiting = tasks.get(case.id, [])
    found.has_tasks = bool(waiting)
    found.asked = [names.of(h) for h in waiting]
    if occurrence.to_role is None:
        for holder in waiting:
            for person in names.people(holder):
                found.people.setdefault(person, names.post(holder))
                found.steps.setdefault(person, []).append(holder.what)
        return found
    named = [h for h in parties.get(case.id, []) if h.what == occurrence.to_role]
    for holder in named:
        for person in names.people(holder):
            found.people.setdefault(person, names.post(holder))
    if not named:
        scopes = {"organisation", case.scope}
        found.people = {p: "" for role, scope, p in granted if role == occurrence.to_role and scope in scopes}
        found.people = {p: "" for p in found.people if p in names.active}
    return found


def _tasks(session: Session, cases: Sequence[int]) -> dict[int, list[_Holder]]:
    rows = session.execute(
        select(Task.case_id, Task.step, Task.person_id, Task.post_id, Task.taken_by_id)
        .where(Task.case_id.in_(cases), Task.closed_at.is_(None))
        .order_by(Task.case_id, Task.id)
    )
    found: dict[int, list[_Holder]] = {}
    for row in rows:
        post = None if row.taken_by_id is not None else row.post_id
        found.setdefault(row.case_id, []).append(_Holder(row.case_id, row.step, row.taken_by_id or row.person_id, post))
    return found


def _parties(session: Session, cases: Sequence[int], roles: Iterable[str]) -> dict[int, list[_Holder]]:
    rows = session.execute(
        select(CaseRole.case_id, CaseRole.role, CaseRole.person_id, CaseRole.post_id)
        .where(CaseRole.case_id.in_(cases), CaseRole.role.in_(roles))
        .order_by(CaseRole.case_id, CaseRole.id)
    )
    found: dict[int, list[_Holder]] = {}
    for row in rows:
        found.setdefault(row.case_id, []).append(_Holder(row.case_id, row.role, row.person_id, row.post_id))
    return found


def _granted(session: Session, roles: Iterable[str], today: date) -> list[tuple[str, str, int]]:
    """(role, scope, person) for roles that are granted rather than held in a case."""
    rows = session.execute(
        select(Grant.role, Grant.scope_kind, Grant.scope_id, Grant.person_id)
        .where(Grant.role.in_(roles), Grant.from_on <= today, or_(Grant.to_on.is_(None), Grant.to_on >= today))
        .order_by(Grant.id)
    )
    return [
        (r.role, "organisation" if r.scope_id is None else f"{r.scope_kind}:{r.scope_id}", r.person_id) for r in rows
    ]


class _Names:
    """Active people and post names for a set of holders."""

    def __init__(self, session: Session, holders: Sequence[_Holder], more: Sequence[int], today: date) -> None:
        posts = sorted({h.post_id for h in holders if h.post_id is not None})
        people = sorted({h.person_id for h in holders if h.person_id is not None} | set(more))
        self.held = holders_of_posts(session, posts, today)
        rows = session.execute(select(Person.id, Person.name, Person.is_active).where(Person.id.in_(people))).all()
        self.active = {r.id for r in rows if r.is_active}
        self.names: dict[int, str] = {r.id: r.name for r in rows}
        self.posts: dict[int, str] = {
            r.id: r.name for r in session.execute(select(Post.id, Post.name).where(Post.id.in_(posts)))
        }

    def people(self, holder: _Holder) -> list[int]:
        if holder.person_id is not None:
            return [holder.person_id] if holder.person_id in self.active else []
        return self.held.get(holder.post_id or 0, [])

    def post(self, holder: _Holder) -> str:
        return self.posts.get(holder.post_id or 0, "")

    def of(self, holder: _Holder) -> str:
        if holder.person_id is not None:
            return self.names.get(holder.person_id, "")
        return self.post(holder)


def administrators(session: Session, today: date) -> list[int]:
    """Active people who administer the service today."""
    granted = _granted(session, ["administrator"], today)
    ids = sorted({person for _, _, person in granted})
    return list(session.scalars(select(Person.id).where(Person.id.in_(ids), Person.is_active).order_by(Person.id)))
