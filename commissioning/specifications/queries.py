"""Reading specifications: one with all its parts, a unit's versions, packages, objectives, coverage by priority."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, joinedload, selectinload

from commissioning import labels
from commissioning.actors import Actor
from commissioning.casework.errors import NotFound
from commissioning.casework.registry import house
from commissioning.models.cases import Case
from commissioning.models.cycles import Cycle, CycleLink
from commissioning.models.people import Person
from commissioning.models.plans import Plan, Priority
from commissioning.models.specifications import (
    Improvement,
    Objective,
    Package,
    PackagePart,
    Specification,
    SpecOutcome,
    SpecSignature,
)
from commissioning.specifications.text import covered_hash, readable_text
from commissioning.visibility import packages as packages_seen
from commissioning.visibility import visible

NO_PRIORITY = "No plan priority"


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a specification, as it signed or has not yet signed."""

    role: str
    by: str = ""
    whom: str = ""
    signature: SpecSignature | None = None
    covers: bool = True
    """Whether what was signed is the text as it stands."""


@dataclass(slots=True)
class Covered:
    """An outcome in force with the staff objectives that follow from it, of this version or an earlier one."""

    outcome: SpecOutcome
    specification: Specification
    objectives: list[Objective] = field(default_factory=list)


def _seen(actor: Actor, today: date) -> Select[Specification]:
    return (
        select(Specification)
        .join(Case, Case.id == Specification.case_id)
        .where(visible(actor, "specification", today))
        .options(joinedload(Specification.case), joinedload(Specification.unit))
    )


def in_force_states() -> tuple[str, ...]:
    """States in which a specification is in force."""
    return tuple(house.states_meaning("specification", "in_force"))


def get_specification(session: Session, actor: Actor, specification_id: int, today: date) -> Specification:
    """One specification with its parts. Raises NotFound."""
    found = session.scalars(
        _seen(actor, today)
        .where(Specification.case_id == specification_id)
        .options(
            selectinload(Specification.outcomes),
            selectinload(Specification.improvements),
            selectinload(Specification.signatures),
        )
    ).first()
    if found is None:
        raise NotFound
    return found


@dataclass(frozen=True, slots=True)
class Served:
    """A cycle that a specification came of, with the plan's priority that it serves, where the reader may see it."""

    cycle: Case
    priority: Priority | None
    plan: Plan | None


def list_served(session: Session, actor: Actor, specification_id: int, today: date) -> list[Served]:
    """The way back from a specification: cycles that the actor may see, and their priorities (BR-12). Two queries."""
    rows = session.execute(
        select(Case, Priority)
        .join(CycleLink, CycleLink.cycle_id == Case.id)
        .join(Cycle, Cycle.case_id == Case.id)
        .outerjoin(Priority, Priority.id == Cycle.priority_id)
        .where(CycleLink.case_id == specification_id, visible(actor, "cycle", today))
        .order_by(Case.title, Case.id)
    ).all()
    wanted = {priority.plan_id for _, priority in rows if priority is not None}
    seen = select(Plan).join(Case, Case.id == Plan.case_id).where(visible(actor, "plan", today))
    plans = {p.case_id: p for p in session.scalars(seen.where(Plan.case_id.in_(wanted)))} if wanted else {}
    found = []
    for cycle, priority in rows:
        plan = plans.get(priority.plan_id) if priority is not None else None
        found.append(Served(cycle, priority if plan else None, plan))
    return found


def list_versions(session: Session, actor: Actor, unit_id: int, today: date) -> Sequence[Specification]:
    """Every version of a unit's specification, the newest first."""
    found = _seen(actor, today).where(Specification.unit_id == unit_id)
    return session.scalars(found.order_by(Specification.number.desc(), Specification.case_id)).all()


def find_in_force(session: Session, actor: Actor, unit_id: int, today: date) -> Specification | None:
    """The specification of a unit that is in force, with its outcomes."""
    found = _seen(actor, today).where(Specification.unit_id == unit_id, Case.state.in_(in_force_states()))
    found = found.options(selectinload(Specification.outcomes))
    return session.scalars(found.order_by(Specification.number.desc()).limit(1)).first()


def text_of(spec: Specification) -> str:
    """A specification as lines to read, for comparing two versions."""
    return readable_text(spec, spec.outcomes, spec.improvements)


def sides_of(session: Session, spec: Specification) -> list[Side]:
    """Both sides with their signatures, the provider's first."""
    digest = covered_hash(spec, spec.outcomes, spec.improvements)
    by_part = {s.part: s for s in spec.signatures}
    ids = {i for s in spec.signatures for i in (s.signed_by_id, s.signed_for_id) if i}
    names = {row.id: row.name for row in session.execute(select(Person.id, Person.name).where(Person.id.in_(ids)))}
    found = []
    for part, role in ((1, "The provider: head of the unit"), (2, "The commissioner: strategy leader")):
        signed = by_part.get(part)
        if signed is None:
            found.append(Side(role))
            continue
        whom = names.get(signed.signed_for_id or 0, "")
        found.append(Side(role, names[signed.signed_by_id], whom, signed, signed.text_sha256 == digest))
    return found


def list_covered(
    session: Session, actor: Actor, today: date, *, unit_id: int | None = None, specification_id: int | None = None
) -> list[Covered]:
    """Outcomes of specifications in force (or of one) with their objectives, by unit and code. Three queries."""
    wanted = _seen(actor, today).options(selectinload(Specification.outcomes))
    if specification_id is not None:
        wanted = wanted.where(Specification.case_id == specification_id)
    else:
        wanted = wanted.where(Case.state.in_(in_force_states()))
    if unit_id is not None:
        wanted = wanted.where(Specification.unit_id == unit_id)
    specs = session.scalars(wanted.order_by(Case.title, Specification.case_id)).all()
    units = {s.unit_id for s in specs}
    earlier = dict(
        session.execute(
            select(SpecOutcome.id, SpecOutcome.same_as_id)
            .join(Specification, Specification.case_id == SpecOutcome.specification_id)
            .where(Specification.unit_id.in_(units))
        ).all()
    )
    written: dict[int, list[Objective]] = {}
    for row in session.scalars(select(Objective).where(Objective.unit_id.in_(units)).order_by(Objective.id)):
        written.setdefault(row.outcome_id, []).append(row)
    found: list[Covered] = []
    for spec in specs:
        for outcome in spec.outcomes:
            one = Covered(outcome, spec)
            at: int | None = outcome.id
            while at is not None:
                one.objectives[:0] = written.get(at, [])
                at = earlier.get(at)
            found.append(one)
    return found


def by_priority(covered: Sequence[Covered]) -> list[tuple[str, list[Covered]]]:
    """The same by the plan priority that each outcome serves (BR-12); those that serve none come last."""
    groups: dict[str, list[Covered]] = {}
    for one in covered:
        groups.setdefault(one.outcome.priority.strip() or NO_PRIORITY, []).append(one)
    return sorted(groups.items(), key=lambda item: (item[0] == NO_PRIORITY, item[0].lower()))


def list_packages(session: Session, actor: Actor) -> Sequence[Package]:
    """Packages that the actor may know of, by name."""
    found = (
        select(Package).where(packages_seen(actor)).options(selectinload(Package.parts).joinedload(PackagePart.unit))
    )
    return session.scalars(found.order_by(Package.name, Package.id)).all()


def get_package(session: Session, actor: Actor, package_id: int) -> Package:
    """One package with its parts. Raises NotFound."""
    found = session.scalars(
        select(Package)
        .where(Package.id == package_id, packages_seen(actor))
        .options(selectinload(Package.parts).joinedload(PackagePart.unit))
    ).first()
    if found is None:
        raise NotFound
    return found


def specifications_of(session: Session, actor: Actor, unit_ids: Sequence[int], today: date) -> dict[int, Specification]:
    """The specification in force of each of these units that the actor may see, with its outcomes."""
    found = _seen(actor, today).where(Specification.unit_id.in_(unit_ids), Case.state.in_(in_force_states()))
    rows = session.scalars(found.options(selectinload(Specification.outcomes)).order_by(Specification.number))
    return {s.unit_id: s for s in rows}


def source_words(improvement: Improvement) -> str:
    """Where an improvement area comes from."""
    return labels.IMPROVEMENT_SOURCES[improvement.source]
