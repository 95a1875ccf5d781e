"""Reading the set-up: the programme and every unit at a glance, one unit's steps, one step, the size of the core."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from commissioning.actors import Actor
from commissioning.casework.errors import NotFound
from commissioning.casework.registry import house
from commissioning.models.cases import Case
from commissioning.models.people import Post
from commissioning.models.units import SetupStep, SetupTemplate, Unit
from commissioning.settings_table import get_number
from commissioning.units.setup_template import list_template, numbers
from commissioning.visibility import visible

PER_PAGE = 50
CORE_STEP = 3
"""The step that defines the enabler core, at which its size is looked at (BR-04)."""
LETTERS = {
    "to_do": ("T", "grey"),
    "in_progress": ("P", "blue"),
    "for_sign_off": ("F", "yellow"),
    "signed_off": ("S", "green"),
    "not_needed": ("N", "teal"),
}
"""The letter and the colour of a state; what is late says so whatever its state."""
LATE = ("L", "red")


@dataclass(frozen=True, slots=True)
class Cell:
    """A step as the page at a glance shows it."""

    number: int
    case_id: int
    letter: str
    tone: str
    label: str
    """The state in words, "late" included."""

    @property
    def is_signed(self) -> bool:
        """Whether nothing waits for it any more."""
        return self.letter in ("S", "N")


@dataclass(frozen=True, slots=True)
class Row:
    """A unit, or the whole programme (`unit_id` None), and its steps by number."""

    unit_id: int | None
    name: str
    is_live: bool
    cells: Mapping[int, Cell]


def cell_of(number: int, case: Case, today: date) -> Cell:
    """How a step is shown; its case is loaded."""
    label = house.workflows[case.definition].states[case.state].label
    letter, tone = LETTERS[case.state]
    if not case.is_done and case.due_on is not None and case.due_on < today:
        return Cell(number, case.id, *LATE, f"Late: {label}")
    return Cell(number, case.id, letter, tone, label)


def list_rows(
    session: Session, actor: Actor, today: date, *, is_all: bool = False, page: int = 1, per_page: int = PER_PAGE
) -> tuple[list[Row], int]:
    """Units with steps that the actor may see, by name; how many there are. Only those being set up, unless all."""
    seen = select(SetupStep.unit_id).join(Case, Case.id == SetupStep.case_id).where(visible(actor, KIND, today))
    wanted = select(Unit).join(Case, Case.id == Unit.case_id).where(Unit.case_id.in_(seen))
    if not is_all:
        wanted = wanted.where(Case.state == "setting_up")
    total = session.scalar(select(func.count()).select_from(wanted.with_only_columns(Unit.case_id).subquery()))
    ordered = wanted.options(joinedload(Unit.case)).order_by(Unit.name, Unit.case_id)
    units = session.scalars(ordered.limit(per_page).offset((page - 1) * per_page)).all()
    cells = _cells(session, actor, today, [u.case_id for u in units])
    return [Row(u.case_id, u.name, u.case.state == "live", cells.get(u.case_id, {})) for u in units], int(total or 0)


def get_programme(session: Session, actor: Actor, today: date) -> Row:
    """The steps of the whole programme."""
    return Row(None, "Whole programme", False, _cells(session, actor, today, None).get(None, {}))


KIND = "setup_step"


def _cells(
    session: Session, actor: Actor, today: date, unit_ids: Sequence[int] | None
) -> dict[int | None, dict[int, Cell]]:
    which = SetupStep.unit_id.is_(None) if unit_ids is None else SetupStep.unit_id.in_(unit_ids)
    rows = session.execute(
        select(SetupStep, Case)
        .join(Case, Case.id == SetupStep.case_id)
        .where(which, visible(actor, KIND, today))
        .order_by(SetupStep.unit_id, SetupStep.number)
    )
    found: dict[int | None, dict[int, Cell]] = {}
    for step, case in rows:
        found.setdefault(step.unit_id, {})[step.number] = cell_of(step.number, case, today)
    return found


@dataclass(frozen=True, slots=True)
class UnitStep:
    """A step that a unit needs, its own or the programme's; `cell` is None where it has not begun."""

    template: SetupTemplate
    cell: Cell | None
    waits_for: tuple[int, ...]
    """Numbers of the steps before it that are not signed off."""


def list_unit_steps(session: Session, actor: Actor, unit_id: int, today: date) -> list[UnitStep]:
    """Every step that matters for a unit, in order. Raises NotFound where the unit's set-up is not the actor's."""
    own = _cells(session, actor, today, [unit_id]).get(unit_id, {})
    if not own:
        raise NotFound
    cells = {**_cells(session, actor, today, None).get(None, {}), **own}
    signed = {n for n, cell in cells.items() if cell.is_signed}
    return [
        UnitStep(t, cells.get(t.number), tuple(n for n in numbers(t.depends_on) if n not in signed))
        for t in list_template(session)
    ]


def get_step(session: Session, actor: Actor, step_id: int, today: date) -> SetupStep:
    """One step with its case and unit. Raises NotFound."""
    found = session.scalars(
        select(SetupStep)
        .join(Case, Case.id == SetupStep.case_id)
        .where(SetupStep.case_id == step_id, visible(actor, KIND, today))
        .options(joinedload(SetupStep.case), joinedload(SetupStep.unit))
    ).first()
    if found is None:
        raise NotFound
    return found


def has_steps(session: Session, actor: Actor, unit_id: int, today: date) -> bool:
    """Whether a unit has a set-up that the actor may see: for a link."""
    found = select(SetupStep.case_id).join(Case, Case.id == SetupStep.case_id)
    seen = found.where(SetupStep.unit_id == unit_id, visible(actor, KIND, today)).limit(1)
    return session.scalar(seen) is not None


def list_posts(session: Session) -> Sequence[Post]:
    """Posts by name."""
    return session.scalars(select(Post).order_by(Post.name, Post.id)).all()


def core_hundredths(session: Session) -> int:
    """Full-time people of the core units that have not ended, in hundredths."""
    wanted = select(func.sum(Unit.fte_hundredths)).join(Case, Case.id == Unit.case_id)
    return int(session.scalar(wanted.where(Unit.kind == "core", Case.is_done.is_(False))) or 0)


def core_warning(session: Session) -> str:
    """What is to be said of the size of the core; nothing where it lies between the council's two numbers."""
    least, most = get_number(session, "core.fte_least"), get_number(session, "core.fte_most")
    have = core_hundredths(session)
    if least * 100 <= have <= most * 100:
        return ""
    return f"The core has {have // 100:,}.{have % 100:02} full-time people; between {least:,} and {most:,} are usual."
