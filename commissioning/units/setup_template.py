"""The steps by which units are set up: the product's list (BR-38), and changing it. The council may have another list.

Here: the template. Not here: the steps of the programme or of a unit, which are cases (`setup`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from commissioning import audit
from commissioning.actors import Actor
from commissioning.casework.allowing import require
from commissioning.casework.errors import Invalid, NotFound
from commissioning.casework.keys import claim
from commissioning.models.units import SetupStep, SetupTemplate
from commissioning.units.roles import POSTS

LONGEST_TITLE, LONGEST_HINT, MOST_NUMBER, MOST_DAYS = 120, 2000, 99, 400


@dataclass(frozen=True)
class TemplateInput:
    """A step of the template as it is typed. `owner` and `approver` are posts of a unit; `depends_on` are numbers."""

    title: str
    hint: str = ""
    is_per_unit: bool = True
    is_gate: bool = False
    depends_on: tuple[int, ...] = ()
    owner: str = "commissioner"
    approver: str = "director"
    working_days: int = 20


USUAL: dict[int, TemplateInput] = {
    1: TemplateInput("Agree the principles", "Equity first: the same process for whoever provides.", False),
    2: TemplateInput("Agree the business units", "Which units there are, and what each is for.", False, False, (1,)),
    3: TemplateInput(
        "Define the enabler core", "Its people, in full-time equivalents; 50 to 65 are usual.", False, False, (1,)
    ),
    4: TemplateInput(
        "Key outcomes, not tasks", "What is better for whom, each with a measure.", True, False, (2,),
        "strategy_leader", "director", 20,
    ),
    5: TemplateInput(
        "Identify the budget", "A named finance officer says what the unit has now.", True, False, (2,),
        "finance_leader", "director", 20,
    ),
    6: TemplateInput(
        "Sizing", "Volumes times days, by the productive days of a year.", True, False, (4,), "head",
        "strategy_leader", 30,
    ),
    7: TemplateInput(
        "Draft the specification", "Outcomes, measures, targets, weights, policies.", True, True, (4, 5, 6),
        "strategy_leader", "director", 40,
    ),
    8: TemplateInput(
        "Adjudicate duplications", "No function of the unit is done by another one too.", True, False, (7,),
        "commissioner", "director", 50,
    ),
    9: TemplateInput(
        "Cash-limit budget and headcount", "Both are frozen together.", True, True, (5, 6, 8), "finance_leader",
        "director", 55,
    ),
    10: TemplateInput("Format for monitoring", "One format for the monthly return of all.", False, True, (2,)),
    11: TemplateInput(
        "Staff objectives", "Objectives of staff follow from the specification.", True, False, (7,), "head",
        "strategy_leader", 60,
    ),
    12: TemplateInput(
        "Create the commissioning budget", "From the savings of all the units.", False, False, (9,), working_days=60
    ),
    13: TemplateInput(
        "Business support", "At most one to five.", True, True, (6,), "head", "finance_leader", 45
    ),
}  # fmt: skip
"""The thirteen steps. A unit goes live when 7, 9, 10 and 13 are signed off."""


def list_template(session: Session) -> Sequence[SetupTemplate]:
    """The steps in order."""
    return session.scalars(select(SetupTemplate).order_by(SetupTemplate.number)).all()


def numbers(text: str) -> tuple[int, ...]:
    """The step numbers in a text such as "4, 5, 6". Raises ValueError for anything else."""
    return tuple(sorted({int(part) for part in text.replace(" ", "").split(",") if part}))


def joined(given: Iterable[int]) -> str:
    """Numbers as they are stored."""
    return ",".join(str(n) for n in sorted(set(given)))


def fill_template(session: Session, actor: Actor, *, now: datetime, key: str | None = None) -> None:
    """Put the product's list in place of an empty template; one that has steps stays as it is. Raises Forbidden."""
    _require(actor)
    if claim(session, actor, key, "setup_template/fill", "usual", now).is_replay:
        return
    use_usual(session, actor, now)


def use_usual(session: Session, actor: Actor, now: datetime) -> None:
    """The product's list, where there is none yet; for whoever may already do what needs it."""
    if list_template(session):
        return
    for number, given in USUAL.items():
        session.add(_row(SetupTemplate(number=number), given))
    session.flush()
    audit.note(session, "setup_template", "setup_template.filled", actor, now, steps=len(USUAL))


def save_template_step(
    session: Session, actor: Actor, number: int, given: TemplateInput, *, is_new: bool = False, now: datetime,
    key: str | None = None,
) -> None:  # fmt: skip
    """Change a step of the template, or add one. What it says holds at once for steps that are under way.

    Whether it is the programme's or a unit's stays once there are such steps. Raises Forbidden, NotFound, Invalid.
    """
    _require(actor)
    body = [number, is_new, {**vars(given), "depends_on": list(given.depends_on)}]
    if claim(session, actor, key, "setup_template/save", body, now).is_replay:
        return
    rows = {row.number: row for row in list_template(session)}
    if not is_new and number not in rows:
        raise NotFound
    errors = _problems(number, given, rows)
    if is_new and number in rows:
        errors["number"] = f"There is a step {number} already"
    row = rows.get(number) or SetupTemplate(number=number)
    if not is_new and row.is_per_unit != given.is_per_unit and _is_used(session, number):
        errors["is_per_unit"] = "Such steps are under way, so this stays as it is"
    if errors:
        raise Invalid(errors)
    session.add(_row(row, given))
    session.flush()
    audit.note(session, "setup_template", "setup_template.changed", actor, now, step=body)


def remove_template_step(session: Session, actor: Actor, number: int, *, now: datetime, key: str | None = None) -> None:
    """Take a step out of the template that nobody has begun and no other step waits for. Raises Invalid."""
    _require(actor)
    if claim(session, actor, key, "setup_template/remove", number, now).is_replay:
        return
    rows = {row.number: row for row in list_template(session)}
    if number not in rows:
        raise NotFound
    waiting = [n for n, row in rows.items() if number in numbers(row.depends_on)]
    if waiting:
        raise Invalid({"": f"Step {waiting[0]} waits for it: change that one first"})
    if _is_used(session, number):
        raise Invalid({"": "Such steps are under way: say of each that it is not needed instead"})
    session.delete(rows[number])
    session.flush()
    audit.note(session, "setup_template", "setup_template.removed", actor, now, number=number)


def _is_used(session: Session, number: int) -> bool:
    return session.scalar(select(SetupStep.case_id).where(SetupStep.number == number).limit(1)) is not None


def _row(row: SetupTemplate, given: TemplateInput) -> SetupTemplate:
    for name, value in vars(given).items():
        setattr(row, name, joined(value) if name == "depends_on" else value)
    row.title, row.hint = row.title.strip(), row.hint.strip()
    return row


def _problems(number: int, given: TemplateInput, rows: dict[int, SetupTemplate]) -> dict[str, str]:
    errors = {}
    if not 1 <= number <= MOST_NUMBER:
        errors["number"] = f"Number must be between 1 and {MOST_NUMBER}"
    if not given.title.strip():
        errors["title"] = "Enter what is done"
    elif len(given.title) > LONGEST_TITLE:
        errors["title"] = f"Title must be {LONGEST_TITLE} characters or fewer"
    if len(given.hint) > LONGEST_HINT:
        errors["hint"] = f"Hint must be {LONGEST_HINT:,} characters or fewer"
    late = [n for n in given.depends_on if n >= number]
    unknown = [n for n in given.depends_on if n not in rows]
    if late:
        errors["depends_on"] = f"A step waits for earlier ones: {late[0]} is not before {number}"
    elif unknown:
        errors["depends_on"] = f"There is no step {unknown[0]}"
    for name in ("owner", "approver"):
        if getattr(given, name) not in POSTS:
            errors[name] = "Select a post of the unit"
    if given.owner == given.approver:
        errors["approver"] = "Nobody signs off their own step: select another post"
    if not 1 <= given.working_days <= MOST_DAYS:
        errors["working_days"] = f"Working days must be between 1 and {MOST_DAYS}"
    return errors


def _require(actor: Actor) -> None:
    require(actor, "setup.edit_template")
