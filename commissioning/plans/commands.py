"""Writing plans: the plan itself, its priorities and their outcomes. Its life is moved by steps of its definition."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from functools import partial
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from commissioning.actors import Actor
from commissioning.casework import NewCase, amend, create_once
from commissioning.casework.allowing import require
from commissioning.casework.context import Context
from commissioning.casework.errors import Invalid, NotFound, check_seen
from commissioning.clock import fresh_id
from commissioning.models.cycles import Cycle
from commissioning.models.people import Person, Post
from commissioning.models.plans import Plan, PlanAim, PlanOutcome, Priority
from commissioning.models.units import Unit

LONGEST_NAME, LONGEST_CODE, LONGEST_TEXT = 200, 20, 4000
MOST_PENCE = 10**13


@dataclass(frozen=True)
class PlanInput:
    """A plan as it is typed."""

    name: str
    starts_on: date
    ends_on: date
    about: str = ""


@dataclass(frozen=True)
class PriorityInput:
    """A priority as it is typed; its cost in pence a year, None while it is not known."""

    code: str
    title: str
    owner_id: int | None = None
    partner_unit_id: int | None = None
    cost_pence: int | None = None
    is_preventative: bool = False
    is_examined: bool = False


@dataclass(frozen=True)
class OutcomeInput:
    """An outcome as it is typed; an empty measure is a gap that the trace shows."""

    statement: str
    target_group: str = ""
    measure: str = ""
    aim_id: int | None = None


def create_plan(
    session: Session, actor: Actor, new: PlanInput, owner_id: int, commissioner_post_id: int, *, now: datetime,
    key: str | None = None,
) -> int:  # fmt: skip
    """Record a plan (NY-06); its id. Raises Forbidden, or Invalid by field."""
    require(actor, "plans.create")
    asked = [_json(new), owner_id, commissioner_post_id]
    make = partial(_new_case, session, new, owner_id, commissioner_post_id)
    return create_once(session, actor, "plan", asked, make, now=now, key=key)


def _new_case(session: Session, new: PlanInput, owner_id: int, commissioner_post_id: int) -> NewCase:
    errors = _plan_errors(session, new, None)
    owner = session.get(Person, owner_id)
    if owner is None or not owner.is_active:
        errors["owner_id"] = "Select who answers for it"
    if session.get(Post, commissioner_post_id) is None:
        errors["commissioner_post_id"] = "Select the team that commissions"
    if errors:
        raise Invalid(errors)
    return NewCase(
        "plan",
        new.name.strip(),
        "Plan",
        roles=[("owner", owner_id, None, None), ("commissioner", None, commissioner_post_id, None)],
        facts=lambda case_id: [
            Plan(case_id=case_id, name=new.name.strip(), starts_on=new.starts_on, ends_on=new.ends_on,
                 about=new.about.strip())
        ],
        body={"given": _json(new)},
    )  # fmt: skip


def edit_plan(
    session: Session, actor: Actor, plan_id: int, new: PlanInput, *, seen: int | None = None, now: datetime,
    key: str | None = None,
) -> None:  # fmt: skip
    """Change a plan's name, years and words. Raises Invalid by field, Stale."""

    def change(context: Context) -> None:
        plan = session.get_one(Plan, plan_id, populate_existing=True)
        check_seen(seen, plan.version, context.case.title)
        errors = _plan_errors(session, new, plan_id)
        if errors:
            raise Invalid(errors)
        _write(context, plan, asdict(new))
        context.case.title = plan.name

    amend(session, actor, plan_id, "plan.edit", "plan.edited", change, now=now, key=key, body=[_json(new), seen])


def save_priority(
    session: Session, actor: Actor, plan_id: int, priority_id: int | None, new: PriorityInput, *,
    seen: int | None = None, now: datetime, key: str | None = None,
) -> None:  # fmt: skip
    """Record a priority of a plan, or change one. Its code is unique in the plan. Raises Invalid by field, Stale."""

    def change(context: Context) -> None:
        errors = _priority_errors(session, plan_id, priority_id, new)
        if errors:
            raise Invalid(errors)
        if priority_id is None:
            position = next_position(session, Priority.position, Priority.plan_id == plan_id)
            row = Priority(id=fresh_id(), plan_id=plan_id, position=position, version=0)
        else:
            row = get_priority(session, plan_id, priority_id)
        save_row(context, "priority", row, new, seen)

    amend(session, actor, plan_id, "plan.edit", "plan.priority_saved", change, now=now, key=key,
          body=[priority_id, _json(new), seen])  # fmt: skip


def remove_priority(
    session: Session, actor: Actor, plan_id: int, priority_id: int, *, now: datetime, key: str | None = None
) -> None:
    """Take a priority out of a plan with its outcomes, while no cycle was ever opened for it."""

    def change(context: Context) -> None:
        row = get_priority(session, plan_id, priority_id)
        if session.execute(select(Cycle.case_id).where(Cycle.priority_id == priority_id).limit(1)).first():
            raise Invalid({"": f"A cycle was opened for {row.code}, so it stays in the plan"})
        context.changed("priority", [row.code, row.title, [o.statement for o in row.outcomes]], None)
        for outcome in row.outcomes:
            session.delete(outcome)
        session.flush()
        session.delete(row)

    amend(session, actor, plan_id, "plan.edit", "plan.priority_removed", change, now=now, key=key, body=priority_id)


def save_outcome(
    session: Session, actor: Actor, plan_id: int, priority_id: int, outcome_id: int | None, new: OutcomeInput, *,
    seen: int | None = None, now: datetime, key: str | None = None,
) -> None:  # fmt: skip
    """Record an outcome of a priority, or change one. Raises Invalid by field, Stale."""

    def change(context: Context) -> None:
        get_priority(session, plan_id, priority_id)
        errors = {} if new.statement.strip() else {"statement": "Enter what is better, and for whom"}
        for name in ("statement", "target_group", "measure"):
            if len(getattr(new, name)) > LONGEST_TEXT:
                errors[name] = f"{_words(name)} must be {LONGEST_TEXT:,} characters or fewer"
        aim = session.get(PlanAim, new.aim_id) if new.aim_id is not None else None
        if new.aim_id is not None and (aim is None or aim.plan_id != plan_id):
            errors["aim_id"] = "Select an aim of this plan"
        if errors:
            raise Invalid(errors)
        if outcome_id is None:
            position = next_position(session, PlanOutcome.position, PlanOutcome.priority_id == priority_id)
            row = PlanOutcome(id=fresh_id(), priority_id=priority_id, position=position, version=0)
        else:
            row = get_outcome(session, priority_id, outcome_id)
        save_row(context, "outcome", row, new, seen)

    amend(session, actor, plan_id, "plan.edit", "plan.outcome_saved", change, now=now, key=key,
          body=[priority_id, outcome_id, _json(new), seen])  # fmt: skip


def remove_outcome(
    session: Session, actor: Actor, plan_id: int, priority_id: int, outcome_id: int, *, now: datetime,
    key: str | None = None,
) -> None:  # fmt: skip
    """Take an outcome out of a priority; its words stay in the record."""

    def change(context: Context) -> None:
        get_priority(session, plan_id, priority_id)
        row = get_outcome(session, priority_id, outcome_id)
        context.changed("outcome", [row.statement, row.target_group, row.measure], None)
        session.delete(row)

    amend(session, actor, plan_id, "plan.edit", "plan.outcome_removed", change, now=now, key=key,
          body=[priority_id, outcome_id])  # fmt: skip


def get_priority(session: Session, plan_id: int, priority_id: int) -> Priority:
    """A priority of this plan. Raises NotFound."""
    found = session.get(Priority, priority_id, populate_existing=True)
    if found is None or found.plan_id != plan_id:
        raise NotFound
    return found


def get_outcome(session: Session, priority_id: int, outcome_id: int) -> PlanOutcome:
    """An outcome of this priority. Raises NotFound."""
    found = session.get(PlanOutcome, outcome_id, populate_existing=True)
    if found is None or found.priority_id != priority_id:
        raise NotFound
    return found


def _plan_errors(session: Session, new: PlanInput, plan_id: int | None) -> dict[str, str]:
    errors: dict[str, str] = {}
    name = new.name.strip()
    if not name:
        errors["name"] = "Enter the plan’s name"
    elif len(name) > LONGEST_NAME:
        errors["name"] = f"Name must be {LONGEST_NAME} characters or fewer"
    else:
        same = session.execute(select(Plan.case_id).where(Plan.name == name)).scalar()
        if same is not None and same != plan_id:
            errors["name"] = "There is a plan of that name already"
    if new.ends_on < new.starts_on:
        errors["ends_on"] = "The last day must be on or after the first"
    if len(new.about) > LONGEST_TEXT:
        errors["about"] = f"About must be {LONGEST_TEXT:,} characters or fewer"
    return errors


def _priority_errors(session: Session, plan_id: int, priority_id: int | None, new: PriorityInput) -> dict[str, str]:
    errors: dict[str, str] = {}
    for name, longest in (("code", LONGEST_CODE), ("title", LONGEST_NAME)):
        value = getattr(new, name).strip()
        if not value:
            errors[name] = f"Enter its {name}"
        elif len(value) > longest:
            errors[name] = f"{_words(name)} must be {longest} characters or fewer"
    same = select(Priority.id).where(Priority.plan_id == plan_id, Priority.code == new.code.strip())
    found = session.execute(same).scalar()
    if found is not None and found != priority_id:
        errors["code"] = f"There is a priority {new.code.strip()} in this plan already"
    owner = session.get(Person, new.owner_id) if new.owner_id is not None else None
    if new.owner_id is not None and (owner is None or not owner.is_active):
        errors["owner_id"] = "Select who answers for it"
    if new.partner_unit_id is not None and session.get(Unit, new.partner_unit_id) is None:
        errors["partner_unit_id"] = "Select the partner responsible"
    if new.cost_pence is not None and not 0 <= new.cost_pence <= MOST_PENCE:
        errors["cost_pence"] = f"Cost must be between £0 and £{MOST_PENCE // 100:,}"
    return errors


def save_row(context: Context, what: str, row: Any, new: Any, seen: int | None) -> None:
    """Write what was typed into a fresh row (version 0), or into one that is still as it was shown."""
    if row.version:
        check_seen(seen, row.version, context.case.title)
    context.notes[what] = row.id
    _write(context, row, asdict(new))
    context.session.add(row)


def _write(context: Context, row: Any, values: Mapping[str, Any]) -> None:
    """Write what was typed, and note what it changes."""
    before = len(context.changes)
    for name, typed in values.items():
        value = typed.strip() if isinstance(typed, str) else typed
        context.changed(name, _plain(getattr(row, name)), _plain(value))
        setattr(row, name, value)
    if len(context.changes) > before:
        row.version = (row.version or 0) + 1


def next_position(session: Session, position: Any, where: Any) -> int:
    """The place after the last of those there are."""
    return int(session.execute(select(func.coalesce(func.max(position), 0)).where(where)).scalar_one()) + 1


def _words(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _json(given: Any) -> dict[str, Any]:
    return {name: _plain(value) for name, value in asdict(given).items()}
