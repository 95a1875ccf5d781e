"""What a successor is asked to achieve: the outcomes that it takes over, as a draft that both sides still sign."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from commissioning.actors import Actor
from commissioning.audit import note
from commissioning.casework import create
from commissioning.models.specifications import Improvement, Objective, Specification, SpecOutcome
from commissioning.models.units import Unit
from commissioning.money.arithmetic import shares
from commissioning.specifications.commands import propose_variation, write_outcomes
from commissioning.specifications.making import (
    OUTCOME_COLUMNS,
    OutcomeInput,
    SpecInput,
    list_outcomes,
    new_version,
)
from commissioning.succession.plan import specification_in_force

WHOLE = 100


def specify(
    session: Session, actor: Actor, unit_id: int, outcome_ids: Sequence[int], limit_pence: int, on: date, reason: str,
    *, now: datetime,
) -> None:  # fmt: skip
    """Draft a unit's specification with the outcomes that it takes over; a variation where it has one in force.

    Weights are scaled so that they come to 100 again: a proposal, as all of a draft is.
    """
    if not outcome_ids:
        return
    query = select(SpecOutcome).where(SpecOutcome.id.in_(outcome_ids)).order_by(SpecOutcome.id)
    come = list(session.scalars(query))
    _take_over_objectives(session, actor, unit_id, come, now)
    held = specification_in_force(session, unit_id)
    if held is None:
        _draft(session, actor, session.get_one(Unit, unit_id), come, limit_pence, on, now)
        return
    draft = _variation_of(session, actor, held, reason, now)
    own = [OutcomeInput(id=o.id, **{c: getattr(o, c) for c in OUTCOME_COLUMNS}) for o in list_outcomes(session, draft)]
    new = [OutcomeInput(**{c: getattr(o, c) for c in OUTCOME_COLUMNS}) for o in come]
    scaled = zip([*own, *new], _weights([*own, *new]), _codes([*own, *new]), strict=True)
    write_outcomes(
        session, actor, draft, [OutcomeInput(**{**vars(o), "weight": w, "code": c}) for o, w, c in scaled], now=now
    )
    for outcome, earlier in zip(list_outcomes(session, draft)[-len(come) :], come, strict=True):
        outcome.same_as_id = earlier.id
    session.flush()


def _take_over_objectives(
    session: Session, actor: Actor, unit_id: int, come: Sequence[SpecOutcome], now: datetime
) -> None:
    """Staff objectives under the outcomes that a unit takes over are its own too; the predecessor's stay as they were.

    They hang on the predecessor's outcome, of which the successor's is the same (`same_as_id`) in every draft.
    """
    taken = []
    for outcome in come:
        chain, at = [outcome.id], outcome.same_as_id
        while at is not None:
            chain.append(at)
            at = session.get_one(SpecOutcome, at).same_as_id
        earlier = select(Objective).where(Objective.outcome_id.in_(chain)).order_by(Objective.id)
        taken += [
            Objective(unit_id=unit_id, outcome_id=outcome.id, text=o.text, post_name=o.post_name)
            for o in session.scalars(earlier).all()
        ]
    session.add_all(taken)
    session.flush()
    if taken:
        said = [[o.outcome_id, o.text, o.post_name] for o in taken]
        note(session, f"objectives:{unit_id}", "unit.objectives_taken_over", actor, now, objectives=said)


def _variation_of(session: Session, actor: Actor, held: Specification, reason: str, now: datetime) -> int:
    """The draft of the next version: the one that is written already, or a new one."""
    query = select(Specification.case_id).where(Specification.earlier_id == held.case_id)
    there = session.scalars(query.order_by(Specification.number.desc())).first()
    is_open = there is not None and held.case.state == "variation_proposed"
    return there if is_open and there else propose_variation(session, actor, held.case_id, reason, now=now)


def _draft(
    session: Session, actor: Actor, unit: Unit, come: Sequence[SpecOutcome], limit_pence: int, on: date, now: datetime
) -> None:
    earlier = list(
        session.scalars(
            select(Specification)
            .where(Specification.case_id.in_({o.specification_id for o in come}))
            .order_by(Specification.case_id)
        )
    )
    policies = "\n".join(dict.fromkeys(s.policies.strip() for s in earlier if s.policies.strip()))
    header = SpecInput(on, max(s.ends_on for s in earlier), limit_pence, 0, policies)
    outcomes = [
        SpecOutcome(id=o.id, position=n, **{c: getattr(o, c) for c in OUTCOME_COLUMNS} | {"weight": w, "code": code})
        for n, (o, w, code) in enumerate(zip(come, _weights(come), _codes(come), strict=True), 1)
    ]
    improvements = session.scalars(
        select(Improvement)
        .where(Improvement.specification_id.in_([s.case_id for s in earlier]))
        .order_by(Improvement.specification_id, Improvement.position)
    ).all()
    create(session, actor, new_version(session, unit, header, None, outcomes, improvements), now=now)


def _weights(outcomes: Sequence[SpecOutcome | OutcomeInput]) -> list[int]:
    weights = [o.weight for o in outcomes]
    return shares(WHOLE, weights if sum(weights) else [1] * len(weights))


def _codes(outcomes: Sequence[SpecOutcome | OutcomeInput]) -> list[str]:
    """Codes of their own: a second A1 is A1-2."""
    found: list[str] = []
    for outcome in outcomes:
        code, number = outcome.code, 1
        while code in found:
            number += 1
            code = f"{outcome.code}-{number}"
        found.append(code)
    return found
