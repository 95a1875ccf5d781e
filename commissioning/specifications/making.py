"""What a specification is made from: its header, outcomes and improvement areas, and the case of a next version."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from commissioning.casework import NewCase
from commissioning.clock import fresh_id
from commissioning.models.specifications import Improvement, Specification, SpecOutcome
from commissioning.models.units import Unit
from commissioning.units.roles import contributors_of, post_roles, scope_of


@dataclass(frozen=True)
class SpecInput:
    """The header of a specification. The cash limit is in pence, headcount in hundredths of a full-time person."""

    starts_on: date
    ends_on: date
    cash_limit_pence: int = 0
    headcount_hundredths: int = 0
    policies: str = ""
    target_grade: str = ""


@dataclass(frozen=True)
class OutcomeInput:
    """An outcome as it is typed. Amounts in thousandths of what it is measured in; `id` of the one that is changed."""

    code: str
    statement: str
    measure: str
    target_thousandths: int
    weight: int
    direction: str = "higher"
    measured_in: str = "%"
    target_group: str = ""
    baseline_thousandths: int | None = None
    tolerance_thousandths: int | None = None
    priority: str = ""
    task_reason: str = ""
    id: int | None = None


@dataclass(frozen=True)
class ImprovementInput:
    """An agreed area for improvement and its source (BR-14)."""

    text: str
    source: str


def list_outcomes(session: Session, specification_id: int) -> list[SpecOutcome]:
    """Outcomes of a specification in order."""
    found = select(SpecOutcome).where(SpecOutcome.specification_id == specification_id)
    return list(session.scalars(found.order_by(SpecOutcome.position, SpecOutcome.id)))


def list_improvements(session: Session, specification_id: int) -> list[Improvement]:
    """Improvement areas of a specification in order."""
    found = select(Improvement).where(Improvement.specification_id == specification_id)
    return list(session.scalars(found.order_by(Improvement.position, Improvement.id)))


OUTCOME_COLUMNS = tuple(f.name for f in fields(OutcomeInput) if f.name != "id")


def next_version(session: Session, earlier: Specification, reason: str) -> NewCase:
    """A variation: the next version of a specification, with what that one says now."""
    unit = session.get_one(Unit, earlier.unit_id)
    header = SpecInput(**{f.name: getattr(earlier, f.name) for f in fields(SpecInput)})
    return new_version(
        session,
        unit,
        header,
        earlier,
        list_outcomes(session, earlier.case_id),
        list_improvements(session, earlier.case_id),
        reason.strip(),
    )


def new_version(
    session: Session, unit: Unit, new: SpecInput, earlier: Specification | None = None,
    outcomes: Sequence[SpecOutcome] = (), improvements: Sequence[Improvement] = (), reason: str = "",
) -> NewCase:  # fmt: skip
    """The case of a unit's next version, with the unit's people in their parts."""
    last = session.scalar(select(func.max(Specification.number)).where(Specification.unit_id == unit.case_id))
    number = (last or 0) + 1

    def facts(case_id: int) -> list[Any]:
        spec = Specification(
            case_id=case_id, unit_id=unit.case_id, number=number, variation_reason=reason,
            earlier_id=earlier.case_id if earlier else None, **vars(new),
        )  # fmt: skip
        session.add(spec)
        session.flush()
        copies = [
            SpecOutcome(
                id=fresh_id(), specification_id=case_id, same_as_id=o.id, position=o.position,
                **{name: getattr(o, name) for name in OUTCOME_COLUMNS},
            )
            for o in outcomes
        ]  # fmt: skip
        return [
            *copies,
            *(
                Improvement(specification_id=case_id, position=i.position, text=i.text, source=i.source)
                for i in improvements
            ),
        ]

    people = contributors_of(session, [unit.case_id])[unit.case_id]
    return NewCase(
        "specification",
        f"Specification {number} of {unit.name}",
        scope=scope_of(unit.case_id),
        roles=[*post_roles(unit, "specification"), *(("contributor", p, None, None) for p in people)],
        facts=facts,
        body={"unit_id": unit.case_id, "number": number, "reason": reason} | {k: str(v) for k, v in vars(new).items()},
    )
