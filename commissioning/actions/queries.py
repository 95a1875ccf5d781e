"""Reading actions: the register with its filters, one action with its lines, which are aspirations."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from commissioning.actors import Actor
from commissioning.casework.errors import NotFound
from commissioning.models.bodies import Action, ActionLine
from commissioning.models.cases import Case
from commissioning.models.people import Person
from commissioning.visibility import has_part, visible

PER_PAGE = 50
MOST_OPEN = 200
_BY_DATE = (Action.action_due_on.is_(None), Action.action_due_on, Action.case_id)


def missing_parts(action: Action) -> list[str]:
    """What makes an action an aspiration: no owner, no date, no measure (NY-37)."""
    parts = (
        ("owner", action.owner_id or action.owner_post_id),
        ("date", action.action_due_on),
        ("measure", action.measure.strip()),
    )
    return [name for name, value in parts if not value]


def _seen(actor: Actor, today: date) -> Select[Action]:
    return (
        select(Action)
        .join(Case, Case.id == Action.case_id)
        .where(visible(actor, "action", today))
        .options(joinedload(Action.case), joinedload(Action.owner), selectinload(Action.lines))
    )


def get_action(session: Session, actor: Actor, action_id: int, today: date) -> Action:
    """One action with its lines. Raises NotFound."""
    found = session.scalars(_seen(actor, today).where(Action.case_id == action_id)).first()
    if found is None:
        raise NotFound
    return found


def list_actions(
    session: Session,
    actor: Actor,
    today: date,
    *,
    is_mine: bool = False,
    state: str = "",
    body_id: int | None = None,
    decision_id: int | None = None,
    priority: str = "",
    owner_id: int | None = None,
    page: int = 1,
    per_page: int = PER_PAGE,
) -> tuple[Sequence[Action], int]:
    """Actions by due date, those without one last, and how many there are in all.

    `state` is a state's name, `open` (all that are not finished) or `overdue`; `priority` one of a line's, and
    `owner_id` a person (NY-07).
    """
    found = _seen(actor, today)
    if is_mine:
        found = found.where(has_part(actor, "owner"))
    if state in ("open", "overdue"):
        found = found.where(Case.is_done.is_(False))
        found = found.where(Action.action_due_on < today) if state == "overdue" else found
    elif state:
        found = found.where(Case.state == state)
    if body_id is not None:
        found = found.where(Action.body_id == body_id)
    if decision_id is not None:
        found = found.where(Action.decision_id == decision_id)
    if priority:
        found = found.where(Action.case_id.in_(select(ActionLine.action_id).where(ActionLine.priority == priority)))
    if owner_id is not None:
        found = found.where(Action.owner_id == owner_id)
    total = session.execute(select(func.count()).select_from(found.options().subquery())).scalar_one()
    rows = session.scalars(found.order_by(*_BY_DATE).limit(per_page).offset((page - 1) * per_page)).all()
    return rows, total


def list_priorities(session: Session, actor: Actor, today: date) -> Sequence[str]:
    """Plan priorities that actions which the reader may see have lines for, in order (NY-06, NY-07)."""
    query = select(ActionLine.priority).join(Case, Case.id == ActionLine.action_id)
    query = query.where(visible(actor, "action", today), ActionLine.priority != "")
    return session.scalars(query.distinct().order_by(ActionLine.priority)).all()


def list_owners(session: Session, actor: Actor, today: date) -> Sequence[tuple[int, str]]:
    """(id, name) of who owns an action that the reader may see, by name (NY-07)."""
    query = select(Person.id, Person.name).join(Action, Action.owner_id == Person.id)
    query = query.join(Case, Case.id == Action.case_id).where(visible(actor, "action", today))
    return [(r.id, r.name) for r in session.execute(query.distinct().order_by(Person.name, Person.id))]


def list_open_of_body(session: Session, actor: Actor, body_id: int, today: date) -> Sequence[Action]:
    """The open actions of a body: matters arising at its next meeting."""
    found = _seen(actor, today).where(Case.is_done.is_(False), Action.body_id == body_id)
    return session.scalars(found.order_by(*_BY_DATE).limit(MOST_OPEN)).all()
