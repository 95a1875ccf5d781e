"""Suspecting a duplication, changing its claimants, stating a unit's case, implementing what was designated.

A case moves by steps of its definition; implementing one takes such a step and then proposes what follows from it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from commissioning.actors import Actor
from commissioning.casework import NewCase, amend, create, perform
from commissioning.casework.allowing import require
from commissioning.casework.context import Context
from commissioning.casework.errors import Invalid, NotFound
from commissioning.casework.making import RoleRow
from commissioning.clock import fresh_id
from commissioning.duplications.rules import KIND, claimant_roles
from commissioning.models.cases import Case, CaseRole
from commissioning.models.people import Post
from commissioning.models.specifications import Specification
from commissioning.models.units import Claimant, Duplication, Unit, Volumetric
from commissioning.money.virements import NewVirement, create_virement
from commissioning.specifications.commands import propose_variation
from commissioning.units.sizing import Line
from commissioning.units.sizings import SizingInput, get_lines, last_run, save_sizing

SAFE_TITLE = "Work that several units claim"
"""What messages call it: their log is read by people who may not know which units do what twice."""
LONGEST_NAME, LONGEST_TEXT, MOST_CLAIMANTS = 120, 20_000, 12


@dataclass(frozen=True)
class NewDuplication:
    """A duplication as it is typed; area "" is everywhere."""

    function_name: str
    unit_ids: tuple[int, ...]
    adjudicator_post_id: int
    area: str = ""
    suspicion: str = ""


def create_duplication(
    session: Session, actor: Actor, new: NewDuplication, *, now: datetime, key: str | None = None
) -> int:
    """Record that units seem to do the same; its id. Raises Forbidden, or Invalid by field."""
    require(actor, "duplications.create")
    units = _units(session, new.unit_ids)
    errors = _problems(session, new, units)
    if errors:
        raise Invalid(errors)
    roles: list[RoleRow] = [
        *claimant_roles(units),
        ("adjudicator", None, new.adjudicator_post_id, None),
    ]

    def facts(case_id: int) -> list[Any]:
        row = Duplication(
            case_id=case_id, function_name=new.function_name.strip(), area=new.area.strip(),
            suspicion=new.suspicion.strip(),
        )  # fmt: skip
        session.add(row)
        session.flush()
        return [Claimant(duplication_id=case_id, unit_id=u.case_id) for u in units]

    title = new.function_name.strip() + (f" in {new.area.strip()}" if new.area.strip() else "")
    body = vars(new) | {"unit_ids": list(new.unit_ids)}
    return create(
        session, actor, NewCase(KIND, title, SAFE_TITLE, roles=roles, facts=facts, body=body), now=now, key=key
    )


def _units(session: Session, unit_ids: Sequence[int]) -> list[Unit]:
    found = {u.case_id: u for u in session.scalars(select(Unit).where(Unit.case_id.in_(list(unit_ids))))}
    return [found[i] for i in dict.fromkeys(unit_ids) if i in found]


def _problems(session: Session, new: NewDuplication, units: Sequence[Unit]) -> dict[str, str]:
    errors = {}
    if not new.function_name.strip():
        errors["function_name"] = "Enter what they both do"
    elif len(new.function_name) > LONGEST_NAME:
        errors["function_name"] = f"Function must be {LONGEST_NAME} characters or fewer"
    if len(new.area) > LONGEST_NAME:
        errors["area"] = f"Area must be {LONGEST_NAME} characters or fewer"
    if len(new.suspicion) > LONGEST_TEXT:
        errors["suspicion"] = f"Reason must be {LONGEST_TEXT:,} characters or fewer"
    wrong = _wrong_units(session, new.unit_ids, units)
    if wrong:
        errors["unit_ids"] = wrong
    if session.get(Post, new.adjudicator_post_id) is None:
        errors["adjudicator_post_id"] = "Select who decides"
    elif any(u.head_post_id == new.adjudicator_post_id for u in units):
        errors["adjudicator_post_id"] = "Who heads one of the units does not decide: select another post"
    return errors


def _wrong_units(session: Session, wanted: Sequence[int], units: Sequence[Unit]) -> str:
    if len(units) < len(set(wanted)):
        return "Select units from the list"
    if len(units) < 2:
        return "Select two units at least"
    if len(units) > MOST_CLAIMANTS:
        return f"Select {MOST_CLAIMANTS} units at most"
    ended = session.scalars(select(Case).where(Case.id.in_([u.case_id for u in units]), Case.is_done)).first()
    return f"{ended.title} has ended" if ended else ""


def change_claimants(
    session: Session, actor: Actor, duplication_id: int, unit_ids: Sequence[int], *, now: datetime,
    key: str | None = None,
) -> None:  # fmt: skip
    """Name other claimants, before statements are asked; whoever stays keeps its statement. Raises Invalid."""

    def change(context: Context) -> None:
        if context.case.state != "suspected":
            raise Invalid({"": "Claimants are changed before statements are asked"})
        units = _units(session, unit_ids)
        wrong = _wrong_units(session, unit_ids, units)
        if wrong:
            raise Invalid({"unit_ids": wrong})
        query = select(Claimant.unit_id).where(Claimant.duplication_id == duplication_id).order_by(Claimant.id)
        before, after = list(session.scalars(query)), [u.case_id for u in units]
        context.changed("claimants", before, after)
        gone = Claimant.unit_id.not_in(after)
        session.execute(delete(Claimant).where(Claimant.duplication_id == duplication_id, gone))
        session.add_all(Claimant(duplication_id=duplication_id, unit_id=i) for i in after if i not in before)
        session.execute(delete(CaseRole).where(CaseRole.case_id == duplication_id, CaseRole.role == "claimant"))
        rows = [
            {"id": fresh_id(), "case_id": duplication_id, "role": r, "person_id": p, "post_id": post, "part": part}
            for r, p, post, part in claimant_roles(units)
            if r == "claimant"
        ]
        session.execute(insert(CaseRole), rows)

    amend(session, actor, duplication_id, "duplication.edit", "duplication.claimants_named", change, now=now, key=key,
          body=list(unit_ids))  # fmt: skip


def state_case(
    session: Session, actor: Actor, duplication_id: int, unit_id: int, text: str, *, now: datetime,
    key: str | None = None,
) -> None:  # fmt: skip
    """State a unit's case; the record says that it was stated, not what. Raises Forbidden, NotNow, Invalid."""

    def change(context: Context) -> None:
        if not text.strip():
            raise Invalid({"statement": "Enter why your unit is to do it"})
        if len(text) > LONGEST_TEXT:
            raise Invalid({"statement": f"Statement must be {LONGEST_TEXT:,} characters or fewer"})
        query = select(Claimant).where(Claimant.duplication_id == duplication_id, Claimant.unit_id == unit_id)
        row = session.scalars(query.execution_options(populate_existing=True)).first()
        if row is None:
            raise NotFound
        if row.statement == text.strip():
            return
        context.notes.update(unit_id=unit_id, length=len(text.strip()))
        row.statement, row.stated_by_id, row.stated_at = text.strip(), context.actor.person_id, now

    amend(session, actor, duplication_id, "duplication.state", "duplication.stated", change, now=now, key=key,
          body=[unit_id, text], part=unit_id)  # fmt: skip


@dataclass(frozen=True)
class Following:
    """What follows from a designation: activities that move, money that moves with them, whether to vary."""

    line_ids: tuple[int, ...] = ()
    """Activities of the other claimants' last runs."""
    year_id: int | None = None
    from_unit_id: int | None = None
    amount_pence: int = 0
    is_varied: bool = False


def implement(
    session: Session, actor: Actor, duplication_id: int, following: Following, *, version: int | None = None,
    now: datetime, key: str | None = None,
) -> None:  # fmt: skip
    """Begin to implement: the function moves, the activities move to new runs, virement and variation are proposed.

    All of it or nothing. Raises what its parts raise, Invalid by field.
    """
    done = perform(session, actor, duplication_id, "implement", version=version, now=now, key=key)
    if done.is_replay:
        return
    row = session.get_one(Duplication, duplication_id, populate_existing=True)
    assert row.designated_unit_id is not None
    moved = _move_lines(session, actor, row, following.line_ids, now)
    virement_id = _propose_virement(session, actor, row, following, now)
    variation_id = _propose_variation(session, actor, row, now) if following.is_varied else None

    def change(context: Context) -> None:
        context.notes.update(sizings=moved, virement_id=virement_id, variation_id=variation_id)
        session.get_one(Duplication, duplication_id).virement_id = virement_id

    if moved or virement_id or variation_id:
        amend(session, actor, duplication_id, "duplication.edit", "duplication.proposed", change, now=now)


def movable_lines(session: Session, duplication_id: int) -> list[tuple[Unit, Volumetric]]:
    """Activities in the last runs of those claimants that were not designated."""
    row = session.get_one(Duplication, duplication_id)
    query = select(Unit).join(Claimant, Claimant.unit_id == Unit.case_id)
    others = query.where(Claimant.duplication_id == duplication_id, Unit.case_id != row.designated_unit_id)
    found = []
    for unit in session.scalars(others.order_by(Claimant.id)).all():
        run = last_run(session, unit.case_id)
        if run is not None:
            lines = select(Volumetric).where(Volumetric.sizing_id == run.id).order_by(Volumetric.position)
            found += [(unit, line) for line in session.scalars(lines)]
    return found


def _move_lines(session: Session, actor: Actor, row: Duplication, line_ids: Sequence[int], now: datetime) -> list[int]:
    """New runs with the activities where they belong now; runs that were made before, frozen or not, stay."""
    wanted = set(line_ids)
    lines = movable_lines(session, row.case_id)
    if wanted - {line.id for _, line in lines}:
        raise Invalid({"line_ids": "Select activities from the list"})
    moving = [(unit, line) for unit, line in lines if line.id in wanted]
    if not moving:
        return []
    title = f"After {row.function_name} moved"[:200]
    made = []
    for unit in dict.fromkeys(unit for unit, _ in moving):
        stays = [x for u, x in lines if u is unit and x.id not in wanted]
        left = tuple(Line(x.activity, x.volume, x.day_hundredths) for x in stays)
        made.append(_run(session, actor, unit.case_id, title, left, now))
    assert row.designated_unit_id is not None
    last = last_run(session, row.designated_unit_id)
    own = get_lines(session, last.id) if last else []
    come = [Line(x.activity, x.volume, x.day_hundredths) for _, x in moving]
    return [*made, _run(session, actor, row.designated_unit_id, title, (*own, *come), now)]


def _run(session: Session, actor: Actor, unit_id: int, title: str, lines: tuple[Line, ...], now: datetime) -> int:
    last = last_run(session, unit_id)
    months, support = (last.months, last.support_hundredths) if last else (12, 0)
    return save_sizing(session, actor, unit_id, SizingInput(title, lines, months, support), now=now)


def _propose_virement(
    session: Session, actor: Actor, row: Duplication, following: Following, now: datetime
) -> int | None:
    if not following.amount_pence:
        return None
    if following.year_id is None or following.from_unit_id is None:
        raise Invalid({"from_unit_id": "Select the unit whose cash limit gives, and the year"})
    purpose = f"{row.function_name} is done by one unit now"
    new = NewVirement(following.from_unit_id, row.designated_unit_id, following.amount_pence, purpose)
    return create_virement(session, actor, following.year_id, new, now=now)


def _propose_variation(session: Session, actor: Actor, row: Duplication, now: datetime) -> int:
    query = select(Specification.case_id).join(Case, Case.id == Specification.case_id)
    mine = query.where(Specification.unit_id == row.designated_unit_id, Case.state == "in_force")
    specification_id = session.scalars(mine).first()
    if specification_id is None:
        raise Invalid({"is_varied": "The designated unit has no specification in force: propose it there later"})
    reason = f"{row.function_name} is done by this unit now, after a duplication was adjudicated"
    return propose_variation(session, actor, specification_id, reason, now=now)
