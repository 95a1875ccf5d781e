"""People and posts where work stands still, and posts that nobody holds while something is due of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from commissioning.actors import Actor
from commissioning.casework.context import council_calendar
from commissioning.casework.registry import house
from commissioning.models.cases import Case, CaseRole, Task
from commissioning.models.people import Person, Post
from commissioning.overview.lines import MOST, Line
from commissioning.policy import PAST_ROLES
from commissioning.reminders.empty_posts import ALARM_DAYS, has_nobody
from commissioning.visibility import visible_any
from workflows.london import london_day

STILL_DAYS = 5
"""Working days after a due date from which work stands still and is not merely late."""
HOLDS = ("head", "owner", "lead", "manager", "author", "clerk")
"""Roles by which a case is somebody's, where no open task says so; the first that is found."""


def _tasks(session: Session, actor: Actor, today: date, *wanted: ColumnElement[bool]) -> Sequence[tuple[Task, Case]]:
    rows = session.execute(
        select(Task, Case)
        .join(Case, Case.id == Task.case_id)
        .where(Task.closed_at.is_(None), *wanted, visible_any(actor, today))
        .order_by(Task.due_on, Task.id)
        .limit(MOST)
    )
    return [(row[0], row[1]) for row in rows]


def left_with_nobody(session: Session, actor: Actor, now: datetime) -> Iterable[Line]:
    """Open tasks of posts that nobody can act for when they are due, within `ALARM_DAYS`."""
    today = london_day(now)
    soon = council_calendar(session).add_working_days(today, ALARM_DAYS)
    for task, case in _tasks(session, actor, today, has_nobody(), Task.due_on <= soon):
        what = f"{_step(task, case)}: nobody who may do it holds the post when it is due"
        yield _line("nobody", task, case, what, london_day(task.opened_at))


def overdue(session: Session, actor: Actor, now: datetime) -> Iterable[Line]:
    """Open tasks that have been overdue for `STILL_DAYS`, the longest first. The day to act is today."""
    today = london_day(now)
    long_ago = council_calendar(session).add_working_days(today, -STILL_DAYS)
    for task, case in _tasks(session, actor, today, Task.due_on <= long_ago):
        line = _line("still", task, case, f"{_step(task, case)}: overdue", task.due_on)
        line.act_on = today
        yield line


def _step(task: Task, case: Case) -> str:
    return house.workflows[case.definition].steps[task.step].label


def _line(code: str, task: Task, case: Case, what: str, since: date) -> Line:
    return Line(code, case.id, case.kind, case.title, case.safe_title, what, since, task.due_on)


def name_holders(session: Session, lines: Sequence[Line]) -> None:
    """Say who holds each line's case: of its open tasks the first, or who it belongs to. Two statements."""
    ids = sorted({line.case_id for line in lines})
    asked: dict[int, Task] = {}
    for task in session.scalars(
        select(Task).where(Task.case_id.in_(ids), Task.closed_at.is_(None)).order_by(Task.due_on.desc(), Task.id.desc())
    ):
        asked[task.case_id] = task
    parts: dict[int, CaseRole] = {}
    for part in session.scalars(
        select(CaseRole)
        .where(CaseRole.case_id.in_(set(ids) - asked.keys()), CaseRole.role.in_(HOLDS), ~CaseRole.role.in_(PAST_ROLES))
        .order_by(CaseRole.id)
    ):
        best = parts.get(part.case_id)
        if best is None or HOLDS.index(part.role) < HOLDS.index(best.role):
            parts[part.case_id] = part
    people, posts = _names(session, [*asked.values()], [*parts.values()])
    for line in lines:
        waits, held = asked.get(line.case_id), parts.get(line.case_id)
        person = (waits.taken_by_id or waits.person_id) if waits else held.person_id if held else None
        post = waits.post_id if waits else held.post_id if held else None
        line.holder = people.get(person or 0) or posts.get(post or 0) or "Nobody"
        line.holder_key = f"person:{person}" if person else f"post:{post}"
        line.task_id = waits.id if waits else None


def _names(session: Session, tasks: Sequence[Task], parts: Sequence[CaseRole]) -> tuple[dict[int, str], dict[int, str]]:
    holders = [(t.taken_by_id or t.person_id, t.post_id) for t in tasks] + [(p.person_id, p.post_id) for p in parts]
    people = session.execute(select(Person.id, Person.name).where(Person.id.in_({h for h, _ in holders if h})))
    posts = session.execute(select(Post.id, Post.name).where(Post.id.in_({h for _, h in holders if h})))
    return {row.id: row.name for row in people}, {row.id: row.name for row in posts}
