"""Making the steps of a set-up: those of the whole programme once, those of a unit when it is recorded (BR-38)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from commissioning.actors import Actor
from commissioning.casework import NewCase, create_many
from commissioning.casework.allowing import require
from commissioning.casework.context import council_calendar, day_of
from commissioning.casework.errors import Invalid, NotFound, NotNow
from commissioning.casework.keys import claim
from commissioning.casework.making import RoleRow
from commissioning.models.cases import Case
from commissioning.models.people import Post
from commissioning.models.units import SetupStep, SetupTemplate, Unit
from commissioning.units.roles import POSTS, scope_of
from commissioning.units.setup_template import list_template, use_usual
from workflows.registry import Refusal

KIND = "setup_step"


def begin_programme(
    session: Session, actor: Actor, team_post_id: int, director_post_id: int, *, now: datetime, key: str | None = None
) -> list[int]:
    """Make the steps of the whole programme that are not there yet; their ids.

    The team does them, the director's post signs them off. Raises Forbidden, or Invalid by field.
    """
    require(actor, "setup.edit_template")
    if claim(session, actor, key, "setup/programme", [team_post_id, director_post_id], now).is_replay:
        return _ids(session, None)
    errors = {}
    for name, post_id in (("team_post_id", team_post_id), ("director_post_id", director_post_id)):
        if session.get(Post, post_id) is None:
            errors[name] = "Select a post"
    if not errors and team_post_id == director_post_id:
        errors["director_post_id"] = "Nobody signs off their own step: select another post"
    if errors:
        raise Invalid(errors)
    roles: list[RoleRow] = [
        ("owner", None, team_post_id, None),
        ("approver", None, director_post_id, None),
        ("commissioner", None, team_post_id, None),
    ]
    use_usual(session, actor, now)
    there = _numbers(session, None)
    rows = [t for t in list_template(session) if not t.is_per_unit and t.number not in there]
    create_many(session, actor, [_case(session, t, None, roles, now) for t in rows], now=now)
    return _ids(session, None)


def begin_unit(session: Session, actor: Actor, unit_id: int, *, now: datetime, key: str | None = None) -> list[int]:
    """Make the steps of a unit that are not there yet (all, or those that were added to the template since); their ids.

    Raises NotFound, Forbidden, NotNow if the unit is not being set up.
    """
    unit = session.get(Unit, unit_id)
    if unit is None:
        raise NotFound
    require(actor, "units.create")
    if claim(session, actor, key, f"{unit_id}/setup", unit_id, now).is_replay:
        return _ids(session, unit_id)
    case = session.scalars(select(Case).where(Case.id == unit_id).with_for_update()).one()
    if case.state != "setting_up":
        raise NotNow([Refusal("wrong_state", f"{unit.name} is not being set up")])
    make_steps(session, actor, unit, now)
    return _ids(session, unit_id)


def make_steps(session: Session, actor: Actor, unit: Unit, now: datetime) -> None:
    """The steps of a unit that the template has and the unit has not; for commands that checked who and whether."""
    use_usual(session, actor, now)
    there = _numbers(session, unit.case_id)
    rows = [t for t in list_template(session) if t.is_per_unit and t.number not in there]
    create_many(session, actor, [_case(session, t, unit, roles_of(unit, t), now) for t in rows], now=now)


def roles_of(unit: Unit, step: SetupTemplate) -> list[RoleRow]:
    """Who has which part in a unit's step: the posts that the template names."""
    return [
        ("owner", None, getattr(unit, POSTS[step.owner]), None),
        ("approver", None, getattr(unit, POSTS[step.approver]), None),
        ("commissioner", None, unit.commissioner_post_id, None),
    ]


def _case(session: Session, step: SetupTemplate, unit: Unit | None, roles: list[RoleRow], now: datetime) -> NewCase:
    due = council_calendar(session).add_working_days(day_of(now), step.working_days)
    unit_id = unit.case_id if unit else None

    def facts(case_id: int) -> list[Any]:
        return [SetupStep(case_id=case_id, unit_id=unit_id, number=step.number, step_due_on=due)]

    return NewCase(
        KIND,
        f"{step.number}. {step.title}" + (f": {unit.name}" if unit else ""),
        scope=scope_of(unit_id) if unit_id else None,
        roles=roles,
        facts=facts,
        body={"unit_id": unit_id, "number": step.number, "step_due_on": due.isoformat()},
        dates={"step_due_on": due},
    )


def _of(unit_id: int | None) -> Any:
    return SetupStep.unit_id.is_(None) if unit_id is None else SetupStep.unit_id == unit_id


def _numbers(session: Session, unit_id: int | None) -> set[int]:
    return set(session.scalars(select(SetupStep.number).where(_of(unit_id))))


def _ids(session: Session, unit_id: int | None) -> list[int]:
    return list(session.scalars(select(SetupStep.case_id).where(_of(unit_id)).order_by(SetupStep.number)))
