"""Drafting a specification or a variation of one, and writing its outcomes and improvement areas."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from commissioning import labels
from commissioning.actors import Actor
from commissioning.casework import amend, create_once, perform
from commissioning.casework.context import Context
from commissioning.casework.errors import Forbidden, Invalid, NotFound, NotNow, check_seen
from commissioning.casework.locks import parties_of
from commissioning.clock import fresh_id
from commissioning.models.cases import Case
from commissioning.models.specifications import Improvement, Specification, SpecOutcome
from commissioning.models.units import Unit
from commissioning.policy import holds, may_globally
from commissioning.specifications.making import (
    OUTCOME_COLUMNS,
    ImprovementInput,
    OutcomeInput,
    SpecInput,
    list_improvements,
    list_outcomes,
    new_version,
)
from commissioning.units.roles import scope_of
from workflows.registry import Refusal

__all__ = [
    "ImprovementInput",
    "OutcomeInput",
    "SpecInput",
    "create_specification",
    "edit_specification",
    "list_improvements",
    "list_outcomes",
    "may_draft",
    "propose_variation",
    "remove_outcome",
    "save_outcome",
    "write_improvements",
    "write_outcomes",
]

MOST_OUTCOMES = 40
LONGEST = 4000
WHOLE = 100


def create_specification(
    session: Session, actor: Actor, unit_id: int, new: SpecInput, *, now: datetime, key: str | None = None
) -> int:
    """Draft the first specification of a unit, or another one after the last has ended; its id. Raises Invalid."""
    unit = _unit_for(session, actor, unit_id)
    _check_header(new)
    asked = [unit_id, {name: str(value) for name, value in vars(new).items()}]
    return create_once(
        session, actor, "specification", asked, lambda: new_version(session, unit, new), now=now, key=key
    )


def propose_variation(
    session: Session, actor: Actor, specification_id: int, reason: str, *, now: datetime, key: str | None = None
) -> int:
    """Draft the next version of a specification in force, with what it says now; its id.

    The one in force stays so, as "variation proposed", until the next comes into force or is dropped.
    """
    perform(session, actor, specification_id, "propose_variation", reason=reason, now=now, key=key)
    made = select(Specification.case_id).where(Specification.earlier_id == specification_id)
    return session.scalars(made.order_by(Specification.number.desc()).limit(1)).one()


def may_draft(session: Session, actor: Actor, unit_id: int) -> bool:
    """Whether the actor may draft a specification for a unit: a commissioner, or the unit's strategy leader."""
    parties = parties_of(session, [unit_id])[unit_id]
    leads = any(holds(i, "strategy_leader", parties, scope_of(unit_id)) for i in actor.identities)
    return actor.system is not None or leads or may_globally(actor, "specifications.create")


def _unit_for(session: Session, actor: Actor, unit_id: int) -> Unit:
    """The unit, if the actor may draft for it: a commissioner, or its strategy leader. Raises NotFound, Forbidden."""
    unit = session.get(Unit, unit_id)
    if unit is None:
        raise NotFound
    if not may_draft(session, actor, unit_id):
        raise Forbidden([Refusal("not_yours", "This is for: commissioner, the unit’s strategy leader")])
    case = session.get_one(Case, unit_id)
    if case.is_done:
        raise NotNow([Refusal("unit_ended", f"{unit.name} has ended")])
    return unit


def _check_header(new: SpecInput) -> None:
    errors = {}
    if new.ends_on < new.starts_on:
        errors["ends_on"] = "Last day must be on or after the first day"
    if new.cash_limit_pence < 0:
        errors["cash_limit"] = "Cash limit must be 0 or more"
    if new.headcount_hundredths < 0:
        errors["headcount"] = "Headcount must be 0 or more"
    for name, words in (("policies", "Policies"), ("target_grade", "Target grade")):
        if len(getattr(new, name)) > LONGEST:
            errors[name] = f"{words} must be {LONGEST:,} characters or fewer"
    if errors:
        raise Invalid(errors)


def edit_specification(
    session: Session, actor: Actor, specification_id: int, new: SpecInput, *, seen: int | None = None, now: datetime,
    key: str | None = None,
) -> None:  # fmt: skip
    """Change the header of a draft. `seen` is its version as it was shown. Raises Invalid, Stale."""

    def change(context: Context) -> None:
        spec = _draft(context, seen)
        _check_header(new)
        for name, value in vars(new).items():
            context.changed(name.removesuffix("_hundredths").removesuffix("_pence"), getattr(spec, name), value)
            setattr(spec, name, value)

    _amend(session, actor, specification_id, "specification.edited", change, [vars(new), seen], now, key)


def write_outcomes(
    session: Session, actor: Actor, specification_id: int, new: Sequence[OutcomeInput], *, seen: int | None = None,
    now: datetime, key: str | None = None,
) -> None:  # fmt: skip
    """Write the outcomes of a draft, all of them in order; those left out go. Weights may not come to 100 yet.

    Raises Invalid with fields named `outcomes-N-field`, N from 0; Stale.
    """
    body = [[vars(o) for o in new], seen]
    _change_outcomes(session, actor, specification_id, lambda _there: new, body, seen, now, key)


def save_outcome(
    session: Session, actor: Actor, specification_id: int, given: OutcomeInput, *, seen: int | None = None,
    now: datetime, key: str | None = None,
) -> None:  # fmt: skip
    """Write one outcome of a draft: the one of its id, or a new one. Raises Invalid by field, Stale."""

    def change(there: Sequence[OutcomeInput]) -> Sequence[OutcomeInput]:
        if given.id is None:
            return [*there, given]
        if all(o.id != given.id for o in there):
            raise NotFound
        return [given if o.id == given.id else o for o in there]

    try:
        _change_outcomes(session, actor, specification_id, change, ["one", vars(given), seen], seen, now, key)
    except Invalid as error:
        raise Invalid({name.rpartition("-")[2]: text for name, text in error.errors.items()}) from None


def remove_outcome(
    session: Session, actor: Actor, specification_id: int, outcome_id: int, *, seen: int | None = None,
    now: datetime, key: str | None = None,
) -> None:  # fmt: skip
    """Take an outcome out of a draft. Raises NotFound, Stale."""

    def change(there: Sequence[OutcomeInput]) -> Sequence[OutcomeInput]:
        if all(o.id != outcome_id for o in there):
            raise NotFound
        return [o for o in there if o.id != outcome_id]

    _change_outcomes(session, actor, specification_id, change, ["out", outcome_id, seen], seen, now, key)


def _change_outcomes(
    session: Session, actor: Actor, specification_id: int,
    made: Callable[[Sequence[OutcomeInput]], Sequence[OutcomeInput]], body: Any, seen: int | None, now: datetime,
    key: str | None,
) -> None:  # fmt: skip
    def change(context: Context) -> None:
        spec = _draft(context, seen)
        there = {o.id: o for o in list_outcomes(session, specification_id)}
        new = made([OutcomeInput(id=i, **{c: getattr(o, c) for c in OUTCOME_COLUMNS}) for i, o in there.items()])
        _check_outcomes(new)
        if any(o.id is not None and o.id not in there for o in new):
            raise Invalid({"": "An outcome that you changed is not there any more"})
        before = [[getattr(o, c) for c in OUTCOME_COLUMNS] for o in there.values()]
        kept = {o.id for o in new if o.id is not None}
        for gone in [o for i, o in there.items() if i not in kept]:
            session.delete(gone)
        for position, given in enumerate(new, 1):
            row = there.get(given.id or 0) or SpecOutcome(id=fresh_id(), specification_id=spec.case_id)
            row.position = position
            for name in OUTCOME_COLUMNS:
                setattr(row, name, getattr(given, name))
            session.add(row)
        after = [[getattr(o, c) for c in OUTCOME_COLUMNS] for o in new]
        context.changed("outcomes", before, after)

    _amend(session, actor, specification_id, "specification.outcomes_written", change, body, now, key)


def _check_outcomes(new: Sequence[OutcomeInput]) -> None:
    errors: dict[str, str] = {}
    if len(new) > MOST_OUTCOMES:
        errors[""] = f"A specification has at most {MOST_OUTCOMES} outcomes"
    codes: set[str] = set()
    for number, outcome in enumerate(new):
        at = f"outcomes-{number}-"
        for name, words in (("code", "a code"), ("statement", "the outcome"), ("measure", "how it is measured")):
            if not getattr(outcome, name).strip():
                errors[at + name] = f"Enter {words}"
            elif len(getattr(outcome, name)) > LONGEST:
                errors[at + name] = f"Must be {LONGEST:,} characters or fewer"
        if outcome.code.strip() in codes:
            errors[at + "code"] = f"Code {outcome.code} is used twice"
        codes.add(outcome.code.strip())
        if outcome.direction not in labels.DIRECTIONS:
            errors[at + "direction"] = "Select which way is good"
        if not 0 <= outcome.weight <= WHOLE:
            errors[at + "weight"] = f"Weight must be between 0 and {WHOLE}"
        if outcome.tolerance_thousandths is not None and outcome.tolerance_thousandths < 0:
            errors[at + "tolerance"] = "Tolerance must be 0 or more"
    if errors:
        raise Invalid(errors)


def write_improvements(
    session: Session, actor: Actor, specification_id: int, new: Sequence[ImprovementInput], *,
    seen: int | None = None, now: datetime, key: str | None = None,
) -> None:  # fmt: skip
    """Write the improvement areas of a draft, all of them in order. Raises Invalid, Stale."""

    def change(context: Context) -> None:
        spec = _draft(context, seen)
        errors = {}
        for number, given in enumerate(new):
            if not given.text.strip():
                errors[f"improvements-{number}-text"] = "Enter what is to improve"
            if given.source not in labels.IMPROVEMENT_SOURCES:
                errors[f"improvements-{number}-source"] = "Select where it comes from"
        if errors:
            raise Invalid(errors)
        before = [[i.text, i.source] for i in list_improvements(session, specification_id)]
        session.execute(delete(Improvement).where(Improvement.specification_id == spec.case_id))
        session.add_all(
            Improvement(specification_id=spec.case_id, position=n, text=i.text.strip(), source=i.source)
            for n, i in enumerate(new, 1)
        )
        context.changed("improvements", before, [[i.text.strip(), i.source] for i in new])

    body = [[vars(i) for i in new], seen]
    _amend(session, actor, specification_id, "specification.improvements_written", change, body, now, key)


def _draft(context: Context, seen: int | None) -> Specification:
    spec = context.session.get_one(Specification, context.case.id, populate_existing=True)
    check_seen(seen, spec.version, context.case.safe_title)
    spec.version += 1
    return spec


def _amend(
    session: Session, actor: Actor, specification_id: int, event: str, change: Any, body: Any, now: datetime,
    key: str | None,
) -> None:  # fmt: skip
    amend(session, actor, specification_id, "specification.edit", event, change, now=now, key=key,
          body=[event, repr(body)])  # fmt: skip
