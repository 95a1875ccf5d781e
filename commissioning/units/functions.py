"""The register of functions: what each is, and which unit does it where; exactly one in each area (BR-31).

The database refuses a second active holder; here the reader is told so in words. What units both claim is adjudicated
in `duplications`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from commissioning.actors import Actor
from commissioning.casework import amend
from commissioning.casework.context import Context
from commissioning.casework.errors import Invalid, NotFound
from commissioning.clock import fresh_id
from commissioning.models.cases import Case
from commissioning.models.units import Function, FunctionHolding, Unit

LONGEST_NAME, LONGEST_TEXT = 120, 4000


def record_function(
    session: Session, actor: Actor, name: str, description: str, unit_id: int, area: str = "", *, now: datetime,
    key: str | None = None,
) -> int:  # fmt: skip
    """Record a function and the unit that does it; its id. Raises NotFound, Forbidden, NotNow, Invalid by field."""
    made = fresh_id()

    def change(context: Context) -> None:
        errors = {}
        if not name.strip():
            errors["name"] = "Enter what the function is"
        elif len(name) > LONGEST_NAME:
            errors["name"] = f"Name must be {LONGEST_NAME} characters or fewer"
        elif find_function(session, name) is not None:
            errors["name"] = "There is a function of that name already"
        if len(description) > LONGEST_TEXT:
            errors["description"] = f"Description must be {LONGEST_TEXT:,} characters or fewer"
        if errors:
            raise Invalid(errors)
        session.add(Function(id=made, name=name.strip(), description=description.strip()))
        session.flush()
        _give(context, made, area)

    _amend(session, actor, unit_id, "unit.function_given", change, now, key, [name, area])
    found = find_function(session, name)
    assert found is not None
    return found.id


def give_function(
    session: Session, actor: Actor, function_id: int, unit_id: int, area: str = "", *, now: datetime,
    key: str | None = None,
) -> None:  # fmt: skip
    """Say that a unit does a function in an area that nobody has. Raises NotFound, Forbidden, NotNow, Invalid."""
    if session.get(Function, function_id) is None:
        raise NotFound
    _amend(session, actor, unit_id, "unit.function_given", lambda c: _give(c, function_id, area), now, key,
           [function_id, area])  # fmt: skip


def end_holding(session: Session, actor: Actor, holding_id: int, *, now: datetime, key: str | None = None) -> None:
    """Say that a unit does a function no longer. Raises NotFound, Forbidden, NotNow."""
    row = session.get(FunctionHolding, holding_id)
    if row is None:
        raise NotFound

    def change(context: Context) -> None:
        held = session.get_one(FunctionHolding, holding_id, populate_existing=True)
        if held.to_on is None:
            held.to_on = context.today
            context.notes.update(function_id=held.function_id, area=held.area)
            session.flush()

    _amend(session, actor, row.unit_id, "unit.function_taken", change, now, key, holding_id)


def _amend(
    session: Session,
    actor: Actor,
    unit_id: int,
    event: str,
    change: Callable[[Context], None],
    now: datetime,
    key: str | None,
    body: object,
) -> None:
    amend(session, actor, unit_id, "unit.hold_functions", event, change, now=now, key=key, body=[event, body])


def _give(context: Context, function_id: int, area: str) -> None:
    lock_function(context.session, function_id)
    area = area.strip()
    if len(area) > LONGEST_NAME:
        raise Invalid({"area": f"Area must be {LONGEST_NAME} characters or fewer"})
    held = active_holdings(context.session, function_id)
    clash = next((h for h in held if h.area.casefold() == area.casefold() or "" in (h.area, area)), None)
    if clash is not None:
        where = f" in {clash.area}" if clash.area else ""
        said = "has it already" if clash.unit_id == context.case.id else "has it: if both do it, record a duplication"
        raise Invalid({"unit_id": f"{clash.unit.name} does this{where} and {said}"})
    hold(context.session, function_id, context.case.id, area, context.today)
    context.notes.update(function_id=function_id, area=area)


def lock_function(session: Session, function_id: int) -> None:
    """One at a time says who does a function."""
    session.scalars(select(Function.id).where(Function.id == function_id).with_for_update()).one()


def hold(session: Session, function_id: int, unit_id: int, area: str, day: date) -> None:
    """Write that a unit does a function from a day on; the caller has seen to it that nobody else does."""
    session.add(FunctionHolding(function_id=function_id, unit_id=unit_id, area=area, from_on=day))
    session.flush()


def active_holdings(session: Session, function_id: int) -> Sequence[FunctionHolding]:
    """Who does a function now, by area."""
    query = select(FunctionHolding).where(FunctionHolding.function_id == function_id, FunctionHolding.to_on.is_(None))
    loaded = query.options(joinedload(FunctionHolding.unit)).execution_options(populate_existing=True)
    return session.scalars(loaded.order_by(FunctionHolding.area, FunctionHolding.id)).all()


def find_function(session: Session, name: str) -> Function | None:
    """A function by its name."""
    return session.scalars(select(Function).where(Function.name == name.strip())).first()


PER_PAGE = 50


def list_functions(session: Session, page: int = 1) -> tuple[list[tuple[Function, list[FunctionHolding]]], bool]:
    """Functions by name with who does them now; whether there are more. Known to everybody, as units are."""
    query = select(Function).order_by(Function.name, Function.id).limit(PER_PAGE + 1).offset((page - 1) * PER_PAGE)
    rows = list(session.scalars(query))
    shown = rows[:PER_PAGE]
    held: dict[int, list[FunctionHolding]] = {f.id: [] for f in shown}
    holdings = select(FunctionHolding).where(
        FunctionHolding.function_id.in_(list(held)), FunctionHolding.to_on.is_(None)
    )
    for row in session.scalars(
        holdings.options(joinedload(FunctionHolding.unit)).order_by(FunctionHolding.area, FunctionHolding.id)
    ):
        held[row.function_id].append(row)
    return [(f, held[f.id]) for f in shown], len(rows) > PER_PAGE


def list_history(session: Session, function_id: int) -> Sequence[FunctionHolding]:
    """Everybody who ever did a function, the present ones first."""
    query = select(FunctionHolding).where(FunctionHolding.function_id == function_id)
    ordered = query.order_by(FunctionHolding.to_on.is_not(None), FunctionHolding.from_on.desc(), FunctionHolding.id)
    return session.scalars(ordered.options(joinedload(FunctionHolding.unit))).all()


def list_open_units(session: Session) -> Sequence[Unit]:
    """Units that have not ended, by name."""
    query = select(Unit).join(Case, Case.id == Unit.case_id).where(Case.is_done.is_(False))
    return session.scalars(query.order_by(Unit.name, Unit.kind, Unit.case_id)).all()
